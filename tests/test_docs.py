"""What the documents say is so."""

import importlib.util
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from conftest import Command

from bot import arguments, publishers, rulebook, standards, structure
from bot.checkers import KINDS
from bot.domain import Policy
from bot.errors import ArchitraveError
from bot.settings import read_policy

ROOT = Path(__file__).parent.parent
RULES = rulebook.parse(standards.built_in_texts(), KINDS)


def text(name: str) -> str:
    return (ROOT / name).read_text()


def test_generated_pages_are_up_to_date() -> None:
    finished = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout


def test_the_page_of_benchmarks_shows_all_that_is_kept() -> None:
    found = importlib.util.spec_from_file_location("page", ROOT / "benchmarks" / "page.py")
    assert found is not None
    assert found.loader is not None
    page = importlib.util.module_from_spec(found)
    found.loader.exec_module(page)
    assert page.page() == text("docs/benchmarks.md")


def test_the_changelog_counts_the_rules() -> None:
    assert f"- {len(RULES)} rules in the packs of" in text("CHANGELOG.md")


def test_packs_and_kinds_are_told() -> None:
    packs = {rule.id.split("/")[0] for rule in RULES}
    assert packs - {"services"} == set(Policy().packs)
    rulebook_section = text("README.md").split("## The rulebook")[1]
    assert all(f"`{pack}`" in rulebook_section for pack in packs)
    assert all(f"`{kind}`" in text("docs/rules.md").split("## The kinds")[1] for kind in KINDS)
    assert f"in {len(structure.LANGUAGES)} languages" in text("CHANGELOG.md")


def test_the_floors_are_those_that_import_linter_checks() -> None:
    (contract,) = [
        each
        for each in tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
        if each["type"] == "layers" and each["containers"] == ["bot"]
    ]
    drawn = text("docs/architecture.md").split("```\n")[1].splitlines()
    floors = [re.match(r"\w[\w |]*?(?=  |$)", line) for line in drawn if line[0] != " "]
    assert [found[0] for found in floors if found] == contract["layers"]


def test_links_lead_somewhere() -> None:
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")),
    ):
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text(name)):
            if not target.startswith("http"):
                assert ((ROOT / name).parent / target).exists(), f"{name}: {target}"


def test_the_example_policy_is_valid() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", text("docs/policy.md"), re.DOTALL)
    policy = read_policy(example.encode(), None)
    assert rulebook.apply(RULES, policy, KINDS)


def test_the_example_rule_is_valid() -> None:
    (example,) = re.findall(
        r"^```markdown\n(---\n.*?)```", text("docs/rules.md"), re.DOTALL | re.MULTILINE
    )
    example = example.replace("## Why\n\n", "## Why\n\nBecause. ").replace(
        "## Instead\n\n", "## Instead\n\nLog. "
    )
    (rule,) = rulebook.parse([rulebook.RuleText("house.md", example.encode())], KINDS)
    assert rule.id == "house/no-prints"


def test_the_readme_names_every_format_and_exit_code() -> None:
    readme = text("README.md")
    for name in set(publishers.PUBLISHERS) - {"terminal"}:
        assert f"`{name}`" in readme or f"--format {name}" in readme
    for code in ("**0**", "**1**", "**2**", "**3**", "**130**"):
        assert code in readme


def test_the_flags_offer_every_publisher() -> None:
    for name in publishers.PUBLISHERS:
        assert arguments.parse(["--format", name]).outputs == [arguments.Output(name, None)]
    with pytest.raises(ArchitraveError):
        arguments.parse(["--output", "x"])


def test_the_wheel_carries_the_rules_and_no_tests(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {rule.origin for rule in RULES} <= set(names)
    shown = {"bot/templates/review.html", "webhooks/pages/templates/frame.html"}
    assert {"bot/cli.py", *shown} <= {*names}
    assert not [name for name in names if name.startswith(("tests/", "docs/", "benchmarks/"))]


def test_requirements_are_pinned_with_hashes_and_name_no_host() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        lines = path.read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert all(
            re.match(r"[a-z0-9._-]+(\[[a-z0-9,]+\])?==[^ ]+ (;.* )?\\$", pin) for pin in pins
        ), path
        assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", path.read_text())) >= len(pins)
        assert "://" not in path.read_text()


def test_every_pinned_package_is_within_its_bounds() -> None:
    declared = tomllib.loads(text("pyproject.toml"))["project"]["dependencies"]
    assert {re.split(r"[\[><=]", each)[0].lower() for each in declared} <= set(pins("runtime"))


def test_each_dependency_is_declared_and_told_what_for() -> None:
    project = tomllib.loads(text("pyproject.toml"))["project"]
    declared = {re.split(r"[\[><=]", each)[0] for each in project["dependencies"]}
    table = text("docs/architecture.md").split("## What each dependency is for")[1]
    told = re.findall(r"^\| ([\w-]+) \|", table.split("\n## ")[0], re.MULTILINE)[1:]
    assert sorted(told, key=str.lower) == told
    assert set(told) == declared


def pins(name: str) -> dict[str, str]:
    lines = [line.split() for line in text(f"requirements/{name}.txt").splitlines() if "==" in line]
    return dict(re.sub(r"\[.*?\]", "", line[0]).split("==") for line in lines)


def test_the_action_installs_nothing_of_the_service_and_all_install_the_same() -> None:
    action, runtime, dev = pins("action"), pins("runtime"), pins("dev")
    assert not {"flask", "dbos", "sqlalchemy", "psycopg", "alembic", "waitress"} & action.keys()
    assert action.items() <= runtime.items()
    assert all(runtime.get(name, version) == version for name, version in dev.items())


def test_the_readme_and_its_picture_end_as_the_demo_does(tmp_path: Path, review: Command) -> None:
    (closing,) = [
        line for line in review(tmp_path, "--demo").out.split("\n") if " introduced; " in line
    ]
    assert closing in text("README.md")
    picture = re.sub(r"<[^>]+>", "", text("docs/demo.svg")).replace("&#160;", " ")
    assert closing.rstrip(".") in picture
