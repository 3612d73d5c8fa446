"""What docs/operate.md says is so: its manifests, its variables, its arithmetic, its names."""

import math
import re
from pathlib import Path

import pytest
import yaml

from webhooks import executors, metrics
from webhooks.metrics import Metrics
from webhooks.service_settings import service_settings

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "operate.md").read_text()
(MANIFESTS,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
DOCUMENTS = [*yaml.safe_load_all(MANIFESTS)]
RUNNING = [each for each in DOCUMENTS if each["kind"] in ("Deployment", "StatefulSet")]
CODE = "\n".join(
    path.read_text() for name in ("bot", "webhooks") for path in (ROOT / name).rglob("*.py")
)


def pod(document):
    return document["spec"]["template"]["spec"]


def containers(image=""):
    return [
        container
        for document in RUNNING
        for container in pod(document)["containers"]
        if container["image"].startswith(image)
    ]


def test_the_manifests_are_whole():
    names = {(each["kind"], each["metadata"]["name"]) for each in DOCUMENTS}
    assert len(names) == len(DOCUMENTS) == 6
    assert all(each["apiVersion"] for each in DOCUMENTS)
    for document in RUNNING:
        labels = document["spec"]["template"]["metadata"]["labels"]
        assert document["spec"]["selector"]["matchLabels"] == labels
    labels = [each["spec"]["template"]["metadata"]["labels"] for each in RUNNING]
    for service in (each for each in DOCUMENTS if each["kind"] == "Service"):
        assert service["spec"]["selector"] in labels


def test_they_set_only_what_the_service_reads():
    names = {each["name"] for container in containers("architrave") for each in container["env"]}
    names |= set(re.findall(r'"([A-Z_]+)=', TEXT))
    assert "DATABASE_URL" in names
    for name in names - {"HOME"}:
        assert f'"{name}"' in CODE, name


def test_the_service_takes_what_they_set():
    for container in containers("architrave"):
        environ = {each["name"]: each["value"] for each in container["env"]}
        secret = {"GITHUB_WEBHOOK_SECRET": "s", "GITHUB_TOKEN": "t"}
        secret["DATABASE_URL"] = re.search(r'"DATABASE_URL=(.*?)"', TEXT)[1]
        settings = service_settings(environ | secret)
        assert not settings.is_embedded
        assert settings.folder == "/data"
        ports = [each["containerPort"] for each in container.get("ports", [])]
        assert not ports or ports == [settings.port]
        assert container["args"] in (["review-service", "web"], ["review-service", "worker"])


def test_nobody_is_root_and_nothing_but_volumes_can_be_written():
    for document in RUNNING:
        spec = pod(document)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["automountServiceAccountToken"] is False
        known = {each["name"] for each in spec["volumes"]}
        known |= {
            each["metadata"]["name"] for each in document["spec"].get("volumeClaimTemplates", [])
        }
        for container in spec["containers"]:
            given = container["securityContext"]
            assert given["readOnlyRootFilesystem"] is True
            assert given["allowPrivilegeEscalation"] is False
            assert given["capabilities"] == {"drop": ["ALL"]}
            assert {each["name"] for each in container["volumeMounts"]} <= known
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "--uid 10001" in dockerfile
    assert {pod(each)["securityContext"]["runAsUser"] for each in RUNNING} == {10001, 70}


def test_probes_ask_what_the_service_answers():
    (web,) = [each for each in containers("architrave") if "ports" in each]
    app = (ROOT / "webhooks" / "app.py").read_text()
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert f'@app.get("{web[probe]["httpGet"]["path"]}")' in app
        assert web[probe]["httpGet"]["port"] == web["ports"][0]["containerPort"]
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_only_deliveries_come_in_from_outside():
    (ingress,) = [each for each in DOCUMENTS if each["kind"] == "Ingress"]
    (rule,) = ingress["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/webhooks/github", "Exact")


def test_they_are_given_the_time_to_drain():
    from webhooks.worker import DRAIN_SECONDS

    for document in RUNNING:
        if pod(document)["containers"][0]["image"] == "architrave":
            assert pod(document)["terminationGracePeriodSeconds"] > DRAIN_SECONDS


def test_the_figures_that_it_names_are_told():
    names = set(re.findall(r"architrave_\w+(?=[{\[ )`<])", TEXT))
    assert len(names) >= 6
    told = Path(metrics.__file__).read_text()
    for name in names - {"architrave_store_up", "architrave_deliveries_total"}:
        assert f'"{name.removeprefix("architrave_")}"' in told, name
    empty = Metrics().text()
    assert "architrave_store_up" in empty
    assert "architrave_deliveries_total" in empty


def row(name):
    line = next(line for line in TEXT.splitlines() if line.startswith(f"| {name}"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def number(text):
    found = re.match(r"([\d.,]+)( million| billion)?", text)
    scale = {None: 1, " million": 1e6, " billion": 1e9}[found[2]]
    return float(found[1].replace(",", "")) * scale


# Reviews, settlings and deliveries of a pull request; the busiest hour is a sixth of a day.
HEADS, SETTLINGS, DELIVERIES, PEAK = 3, 4, 24, 4 / 24
CALLS = 7 * HEADS + 4 * SETTLINGS


@pytest.mark.parametrize(
    ("name", "computed", "whole"),
    [
        ("deliveries a second", lambda n: n * PEAK * DELIVERIES / 3600, False),
        ("calls to GitHub, then", lambda n: n * PEAK * CALLS, False),
        ("installations of 5,000", lambda n: n * PEAK * CALLS / 5000, True),
        ("installations of 15,000", lambda n: n * PEAK * CALLS / 15_000, True),
        ("reviews posted", lambda n: n * PEAK * HEADS / 500, True),
        ("cores for tools", lambda n: n * PEAK * HEADS * 2 / 3600, False),
        ("reviews at once", lambda n: n * PEAK * HEADS * 62 / 3600, True),
        ("workers at", lambda n: n * PEAK * HEADS * 62 / 3600 / 16, True),
        ("tokens a day", lambda n: n * (20_000 + 2 * 4_000), False),
    ],
)
def test_the_capacity_is_computed_rightly(name, computed, whole):
    for pulls, cell in zip((1_000, 10_000, 100_000), row(name), strict=True):
        wanted = math.ceil(computed(pulls)) if whole else computed(pulls)
        assert number(cell) == pytest.approx(wanted, rel=0.0 if whole else 0.07), cell


def test_what_one_pull_request_costs_is_what_tests_hold():
    cost = (ROOT / "tests" / "test_github_cost.py").read_text()
    assert "(7 if as_app else 6)" in cost
    assert "(4 if as_app else 3)" in cost
    assert "7 a review, 4 a settling" in TEXT
    assert f"may be {executors._SLOTS} of them" in " ".join(TEXT.split())
    assert f"are {5000 // CALLS} pull requests an hour ({15_000 // CALLS})" in " ".join(
        TEXT.split()
    )
