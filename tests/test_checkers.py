"""Ruff, Bandit and Radon: what each finds, and that nothing it would find is lost on the way."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Command, Repo

from bot.checkers import CHANGE_CHECKERS, FILE_CHECKERS, bandit, radon, ruff
from bot.domain import Rule

pytestmark = pytest.mark.usefixtures("tools_alone")

ROOT = Path(__file__).parent.parent
LIBRARY = sorted(Path(io.__file__).parent.glob("*.py"))[::4]


def test_the_table_names_every_checker_module() -> None:
    folder = ROOT / "bot" / "checkers"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    modules |= {path.parent.name for path in folder.glob("*/__init__.py")}
    known = {checker.NAME for checker in FILE_CHECKERS} | set(CHANGE_CHECKERS)
    # The model is asked after all others, about what they leave.
    assert known | {"judge"} == modules


def test_bandit_finds_what_an_untouched_bandit_finds() -> None:
    """In a process of its own, since the worker imports Bandit in its short way."""
    script = f"""
import io, json, sys
sys.path.insert(0, {str(ROOT)!r})
from bot.outside import bandit_worker
from bandit.core import config, extension_loader, manager
tests = sorted({{*extension_loader.MANAGER.plugins_by_id, *extension_loader.MANAGER.blacklist_by_id}})
mine = [bandit_worker.scan(open(path, 'rb').read(), path, tests) for path in sys.argv[1:]]
json.dump([tests, mine], sys.stdout)
"""
    whole = """
import io, json, sys
from bandit.core import config, extension_loader, manager
tests = sorted({*extension_loader.MANAGER.plugins_by_id, *extension_loader.MANAGER.blacklist_by_id})
judge = manager.BanditManager(config.BanditConfig(), "file", ignore_nosec=True)
theirs = []
for path in sys.argv[1:]:
    judge.results = []
    judge._parse_file(path, io.BytesIO(open(path, "rb").read()), [path])
    theirs.append([[i.test_id, max(i.lineno or 1, 1), max(i.linerange or [1]), i.severity,
                    i.confidence, i.text] for i in judge.results])
json.dump([tests, theirs], sys.stdout)
"""
    mine, theirs = (
        subprocess.run(
            [sys.executable, "-c", code, *map(str, LIBRARY)], capture_output=True, check=True
        ).stdout
        for code in (script, whole)
    )
    assert mine == theirs
    assert len(mine) > 5_000


def test_radon_counts_what_an_untouched_radon_counts() -> None:
    from radon import complexity, metrics, raw

    from bot.outside import outline_worker

    compared = 0
    for path in LIBRARY:
        data = path.read_bytes()
        text = data.decode()
        mine = outline_worker.outline(data, str(path), {"index_below": 200})
        blocks = complexity.cc_visit(text)
        flat = complexity.add_inner_blocks(blocks)
        theirs = sorted((b.name, b.lineno, b.complexity) for b in flat if b.letter != "C")
        named = sorted((n.rpartition(".")[2], line, value) for n, line, value in mine["complexity"])
        assert {(name.rpartition(".")[2], line, value) for name, line, value in theirs} <= set(
            named
        )
        assert mine["maintainability"] == round(metrics.mi_visit(text, multi=True), 2)
        assert outline_worker.analyze_lines(data) == raw.analyze(text)
        compared += len(named)
    assert compared > 1_000


@pytest.mark.parametrize("limit", [5.0, 20.0, 60.0])
def test_the_quick_bound_never_hides_a_low_index(limit: float) -> None:
    from bot.outside import outline_worker

    for path in LIBRARY:
        data = path.read_bytes()
        exact = outline_worker.outline(data, "", {"index_below": 200.0})["maintainability"]
        quick = outline_worker.outline(data, "", {"index_below": limit})["maintainability"]
        assert quick in (exact, None)
        assert quick is not None or exact >= limit


RULE = Rule("security/x", "x", "error", "bandit", {"tests": ["B602"]}, {})


@pytest.mark.parametrize(
    ("severity", "confidence", "expected"),
    [
        ("HIGH", "HIGH", "error"),
        ("MEDIUM", "MEDIUM", "error"),
        ("LOW", "HIGH", "warning"),
        ("MEDIUM", "LOW", "warning"),
        ("LOW", "LOW", "note"),
    ],
)
def test_each_low_of_bandit_lowers_the_severity_a_step(
    severity: str, confidence: str, expected: str
) -> None:
    assert bandit.rate(RULE, severity, confidence) == expected
    stated = RULE._replace(severity="warning", severity_is_fixed=True)
    assert bandit.rate(stated, severity, confidence) == "warning"


@pytest.mark.parametrize(
    ("kind", "options", "complaint"),
    [
        (bandit, {}, "`tests` is missing; it is a list of"),
        (bandit, {"tests": ["602"]}, "`tests` must be"),
        (bandit, {"tests": ["B602"], "x": 1}, "unknown option `x`"),
        (radon, {}, "`metric` is missing; it is one of complexity, maintainability"),
        (radon, {"metric": "complexity", "max": "1"}, "`max` must be a number"),
        (radon, {"metric": "complexity", "max": True}, "`max` must be a number"),
        (radon, {"metric": "maintainability", "max": 1}, "unknown option `max`"),
        (ruff, {"codes": []}, "`codes` must be"),
        (ruff, {"codes": ["F401"], "y": 1}, "unknown option `y`"),
    ],
)
def test_options_of_a_rule_are_checked(kind: object, options: dict, complaint: str) -> None:  # type: ignore[type-arg]
    assert complaint in " ".join(kind.check_options(options))  # type: ignore[attr-defined]


def test_a_password_that_is_none_is_no_password(repo: Repo, review: Command) -> None:
    repo.write({"a.py": "password = None\nLIMITS = {'token': None, 'secret': ''}\n"})
    assert review.json(repo).labelled("introduced") == []


def test_a_builtin_of_a_newer_python_is_no_undefined_name(repo: Repo, review: Command) -> None:
    repo.commit({"pyproject.toml": "[project]\nrequires-python = '>=3.9'\n"})
    repo.write({"a.py": "ERRORS = (ExceptionGroup, nosuch)\n"})
    (found,) = review.json(repo).review["findings"]
    assert "nosuch" in found["message"]


def test_a_silent_handler_is_told_once(repo: Repo, review: Command) -> None:
    repo.write({"a.py": "try:\n    import this\nexcept Exception:\n    pass\n"})
    found = [rule for rule, _, _ in review.json(repo).labelled("introduced")]
    assert found.count("python/silent-except") == 1
    assert "python/broad-except" not in found


def test_of_many_syntax_errors_the_first_is_told(repo: Repo, review: Command) -> None:
    repo.write({"a.py": "x = = 1\ny = = 2\ndef\n"})
    assert review.json(repo).labelled("introduced") == [("python/syntax-error", "a.py", 1)]


def test_syntax_newer_than_the_python_that_runs_is_explained(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = "def first[T](items: list[T]) -> T:\n    return items[0]\n"
    if sys.version_info >= (3, 12):
        pytest.skip("this Python parses it")
    repo.write({"a.py": newest})
    ran = review.json(repo)
    assert ran.code == 3
    assert ran.status("a.py")["ruff"] == "checked"
    assert "written for a newer Python than 3.11" in ran.status("a.py")["bandit"]


def test_a_tool_that_is_missing_keeps_the_gate_closed(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outside.installed.ruff", lambda: "/nonexistent/ruff")
    repo.write({"a.py": "x = 1\n"})
    ran = review.json(repo, "--no-cache")
    assert ran.code == 3
    assert "not installed" in ran.status("a.py")["ruff"]
    assert ran.status("a.py")["bandit"] == "checked"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 3", "exit code 3"),
        ("echo not json; exit 0", "answer cannot be read"),
        ("echo boom >&2; exit 2", "boom"),
        ("kill -9 $$", "SIGKILL"),
    ],
)
def test_a_ruff_that_misbehaves_keeps_the_gate_closed(
    repo: Repo,
    review: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    script: str,
    why: str,
) -> None:
    fake = tmp_path / "ruff"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setattr("bot.outside.installed.ruff", lambda: str(fake))
    repo.write({"a.py": "x = eval('1')\n"})
    ran = review.json(repo, "--no-cache")
    assert ran.code == 3
    assert why in ran.status("a.py")["ruff"]
    assert ran.labelled("introduced") == [("security/code-execution", "a.py", 1)]


def test_a_ruff_that_hangs_is_stopped(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "ruff"
    fake.write_text("#!/bin/sh\nsleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setattr("bot.outside.installed.ruff", lambda: str(fake))
    monkeypatch.setattr(ruff, "_START_SECONDS", 0.3)
    repo.write({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    ran = review.json(repo, "--no-cache")
    assert ran.code == 3
    assert "no answer within" in ran.status("b.py")["ruff"]
