"""Settings of checkers: what they pass over from now on, whatever file they are in."""

import time

import pytest
from conftest import Command, Ran, Repo

from bot.checkers import configuration
from bot.outside import document_worker
from bot.weakening import checks, hooks, settings

POLICY = {".architrave.toml": 'packs = ["oversight"]\ndisable = ["oversight/checker-settings"]\n'}
CHECKS = "oversight/weakened-configuration"
LIMITS = "oversight/lowered-threshold"


def edited(
    repo: Repo,
    review: Command,
    before: dict[str, str | bytes | None],
    after: dict[str, str | bytes | None],
) -> Ran:
    repo.commit({**POLICY, **before})
    repo.write(after)
    return review.json(repo)


def told(ran: Ran) -> list[tuple[str, str, str]]:
    return [(each["rule"], each["severity"], each["message"]) for each in ran.review["findings"]]


RUFF = '[tool.ruff.lint]\nselect = ["E", "F", "S"]\nignore = ["S101"]\n'
MYPY = "[tool.mypy]\nstrict = true\n"
COVERAGE = (
    '[tool.coverage.run]\nbranch = true\nomit = ["a/*"]\n[tool.coverage.report]\nfail_under = 90\n'
)


FLAKE8 = """\
[flake8]
per-file-ignores =
  # Why
  src/a.py, src/b.py: F401
  tests/*.py: S101, F811
"""


@pytest.mark.parametrize(
    ("path", "before", "after", "rule", "says"),
    [
        ("pyproject.toml", RUFF, RUFF.replace('["S101"]', '["S101", "S602"]'), CHECKS, "makes Ruff pass over `S602` (`ignore`)"),
        ("pyproject.toml", RUFF, RUFF + "extend-ignore = ['S602']\n", CHECKS, "makes Ruff pass over `S602`"),
        ("pyproject.toml", RUFF, RUFF.replace(', "S"]', "]"), CHECKS, "no longer has Ruff look at `S` (`select`)"),
        ("pyproject.toml", RUFF, RUFF + "[tool.ruff.lint.per-file-ignores]\n'src/a.py' = ['F821']\n", CHECKS, "makes Ruff pass over `F821` in `src/a.py`"),
        ("pyproject.toml", RUFF, "[tool.ruff]\nexclude = ['src']\n" + RUFF, CHECKS, "makes Ruff pass over `src` (`exclude`)"),
        ("pyproject.toml", RUFF, "[project]\nname = 'x'\n", CHECKS, "removes all settings of Ruff"),
        ("ruff.toml", "[lint.mccabe]\nmax-complexity = 8\n", "[lint.mccabe]\nmax-complexity = 30\n", LIMITS, "raises `mccabe.max-complexity` of Ruff from 8 to 30"),
        ("ruff.toml", "[lint.mccabe]\nmax-complexity = 8\n[format]\n", "[format]\nx = 1\n", LIMITS, "drops `mccabe.max-complexity` of Ruff, which was 8"),
        (".flake8", "[flake8]\nselect = E,F,B\n", "[flake8]\nselect = E,F\n", CHECKS, "no longer has Flake8 look at `B`"),
        (".flake8", "[flake8]\nmax-complexity = 8\n", "[flake8]\nmax-complexity = 8\nextend-ignore =\n    F821,\n", CHECKS, "makes Flake8 pass over `F821`"),
        ("setup.cfg", "[flake8]\nmax-complexity = 8\n", "[flake8]\nmax-complexity = 8\nper-file-ignores =\n    src/a.py: F821\n", CHECKS, "makes Flake8 pass over `F821` in `src/a.py`"),
        ("setup.cfg", FLAKE8, FLAKE8.replace("b.py: F401", "b.py: F401, F821"), CHECKS, "makes Flake8 pass over `F821` in `src/a.py`, `src/b.py`"),
        ("mypy.ini", "[mypy]\ndisallow_untyped_defs = True\n", "[mypy]\ndisallow_untyped_defs = True\ndisable_error_code = no-untyped-def\n", CHECKS, "makes mypy pass over `no-untyped-def`"),
        ("mypy.ini", "[mypy]\n[mypy-a]\nwarn_unreachable = True\n", "[mypy]\ndisable_error_code = unreachable, misc\n[mypy-a]\nwarn_unreachable = True\n", CHECKS, "makes mypy pass over `unreachable`, `misc`"),
        ("mypy.ini", "[mypy]\nenable_error_code = redundant-expr\n", "[mypy]\nenable_error_code = redundant-expr\ndisable_error_code = redundant-expr\n", CHECKS, "makes mypy pass over `redundant-expr`"),
        ("pyproject.toml", MYPY, MYPY + "disable_error_code = ['type-arg']\n", CHECKS, "makes mypy pass over `type-arg`"),
        ("pyproject.toml", MYPY, MYPY.replace("true", "false"), CHECKS, "switches off `strict` of mypy"),
        ("pyproject.toml", MYPY, MYPY + "disable_error_code = ['misc']\n", CHECKS, "makes mypy pass over `misc`"),
        ("pyproject.toml", MYPY, MYPY + "exclude = ['src/old']\n", CHECKS, "makes mypy pass over `src/old`"),
        ("pyproject.toml", MYPY, MYPY + "[[tool.mypy.overrides]]\nmodule = 'a.*'\nignore_errors = true\n", CHECKS, "switches on `a.*.ignore-errors` of mypy"),
        ("mypy.ini", "[mypy]\ndisallow_untyped_defs = True\n", "[mypy]\nx = 1\n", CHECKS, "switches off `disallow-untyped-defs`"),
        ("mypy.ini", "[mypy]\nstrict = True\n", "[mypy]\nstrict = True\n[mypy-a.*]\nignore_errors = True\n", CHECKS, "switches on `a.*.ignore-errors`"),
        ("mypy.ini", "[mypy]\nx = 1\n", "[mypy]\nx = 1\nfollow_imports = skip\n", CHECKS, "sets `follow-imports` of mypy to skip"),
        ("pyproject.toml", "[tool.pyright]\ntypeCheckingMode = 'strict'\n", "[tool.pyright]\ntypeCheckingMode = 'basic'\n", CHECKS, "sets `typecheckingmode` of Pyright from strict to basic"),
        ("pyproject.toml", "[tool.pyright]\nreportFoo = true\n", "[tool.pyright]\nreportFoo = false\n", CHECKS, "sets `reportfoo` of Pyright from true to false"),
        ("pyproject.toml", COVERAGE, COVERAGE.replace("90", "70"), LIMITS, "lowers `report.fail-under` of coverage from 90 to 70"),
        ("pyproject.toml", COVERAGE, COVERAGE.replace("fail_under = 90\n", "x = 1\n"), LIMITS, "lowers `report.fail-under` of coverage from 90 to 0"),
        ("pyproject.toml", COVERAGE, COVERAGE.replace('"a/*"', '"a/*", "b/*"'), CHECKS, "makes coverage pass over `b/*`"),
        ("pyproject.toml", COVERAGE, COVERAGE.replace("branch = true", "branch = false"), CHECKS, "switches off `run.branch`"),
        (".coveragerc", "[report]\nfail_under = 90\n", "[report]\nfail_under = 9\n", LIMITS, "from 90 to 9"),
        ("setup.cfg", "[coverage:run]\nsource = a\n", "[coverage:run]\nsource = a\nomit =\n  x.py\n", CHECKS, "makes coverage pass over `x.py`"),
        (".bandit", "[bandit]\nexclude = tests\n", "[bandit]\nexclude = tests\nskips = B602,B101\n", CHECKS, "makes Bandit pass over `B602`, `B101`"),
        ("pyproject.toml", "[tool.bandit]\ntests = ['B101', 'B602']\n", "[tool.bandit]\ntests = ['B101']\n", CHECKS, "no longer has Bandit look at `B602`"),
        (".pylintrc", "[MESSAGES CONTROL]\ndisable=no-else-return\n", "[MESSAGES CONTROL]\ndisable=no-else-return,eval-used\n", CHECKS, "makes Pylint pass over `eval-used`"),
        (".pylintrc", "[MAIN]\nfail-under=9.5\n", "[MAIN]\nfail-under=5\n", LIMITS, "from 9.5 to 5"),
        ("pyproject.toml", "[tool.pytest.ini_options]\naddopts = ['--strict-markers']\n", "[tool.pytest.ini_options]\naddopts = []\n", CHECKS, "makes pytest run without `--strict-markers`"),
        ("pytest.ini", "[pytest]\naddopts = -q\n", "[pytest]\naddopts = -q --deselect tests/a.py\n", CHECKS, "makes pytest run with `--deselect=tests/a.py`"),
        ("tox.ini", "[pytest]\naddopts = --cov-fail-under=90\n", "[pytest]\naddopts = --cov-fail-under 50\n", LIMITS, "lowers `--cov-fail-under` of pytest from 90 to 50"),
        ("pytest.ini", "[pytest]\nxfail_strict = true\n", "[pytest]\nx = 1\n", CHECKS, "switches off `xfail-strict`"),
        ("pytest.ini", "[pytest]\nfilterwarnings =\n  error\n", "[pytest]\nfilterwarnings =\n  error\n  ignore::X\n", CHECKS, "pass over warnings: `ignore::X`"),
        ("pytest.ini", "[pytest]\nfilterwarnings =\n  error\n", "[pytest]\naddopts = -q\n", CHECKS, "no longer fails on warnings: `error`"),
        (".importlinter", "[importlinter:contract:1]\nname = x\n", "[importlinter:contract:1]\nname = x\nignore_imports =\n  a -> b\n", CHECKS, "makes Import Linter pass over `a -> b`"),
    ],
)  # fmt: skip
def test_what_weakens_a_check_is_told(
    repo: Repo, review: Command, path: str, before: str, after: str, rule: str, says: str
) -> None:
    ((found, _, message),) = told(edited(repo, review, {path: before}, {path: after}))
    assert found == rule
    assert says in message


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("pyproject.toml", RUFF, RUFF.replace('["S101"]', '["S101", "E501", "D100"]')),
        ("pyproject.toml", RUFF, RUFF.replace('["S101"]', '["S101", "B008"]')),
        ("pyproject.toml", RUFF, RUFF.replace('["S101"]', '["S1"]').replace('S1"', 'S101"')),
        ("pyproject.toml", RUFF, RUFF.replace('["E", "F", "S"]', '["ALL"]')),
        ("pyproject.toml", RUFF.replace('"E"', '"E", "D"'), RUFF),
        ("pyproject.toml", RUFF, "# why\n" + RUFF.replace('["S101"]', '[\n  "S101",\n]')),
        ("pyproject.toml", RUFF, RUFF.replace("tool.ruff.lint", "tool.ruff")),
        ("pyproject.toml", RUFF, RUFF + "[tool.ruff.lint.per-file-ignores]\n'tests/**' = ['S']\n"),
        ("ruff.toml", "line-length = 80\n", "line-length = 120\n"),
        ("ruff.toml", "[lint.mccabe]\nmax-complexity = 8\n", "[lint.mccabe]\nmax-complexity = 6\n"),
        ("pyproject.toml", MYPY, "[tool.mypy]\nstrict = true\nwarn_unreachable = true\n"),
        ("pyproject.toml", "[tool.mypy]\ndisallow_untyped_defs = true\n", MYPY),
        ("pyproject.toml", COVERAGE, COVERAGE.replace("90", "95")),
        ("pytest.ini", "[pytest]\naddopts = -q\n", "[pytest]\naddopts = -q -ra\nfilterwarnings =\n  error\n  ignore::X\n"),
        ("pytest.ini", "[pytest]\nfilterwarnings = ignore::Y\n", "[pytest]\nfilterwarnings = ignore::X\n"),
        ("setup.cfg", FLAKE8, "[flake8]\nper-file-ignores = src/b.py:F401,src/a.py:F401 tests/*.py:F811,S101\n"),
        ("setup.cfg", FLAKE8, FLAKE8.replace("S101, F811", "S101, E501, F811, S105")),
        ("pyproject.toml", RUFF.replace("S101", "B008"), RUFF.replace("S101", "B008") + "[tool.ruff.lint.per-file-ignores]\n'benchmarks/*.py' = ['S101']\n"),
        ("mypy.ini", "[mypy]\nx = 1\n", "[mypy]\nx = 1\ndisable_error_code = no-untyped-def, unreachable\n"),
        ("mypy.ini", "[mypy]\nwarn_return_any = False\nstrict = True\n", "[mypy]\nwarn_return_any = False\nstrict = True\ndisable_error_code = no-any-return, unreachable, redundant-expr\n"),
        ("setup.cfg", "[metadata]\nname = x\n", "[metadata]\nname = y\n"),
        (".flake8", "[flake8]\nmax-line-length = 80\n", "[flake8]\nmax-line-length = 100\n"),
    ],
)  # fmt: skip
def test_what_weakens_nothing_is_not_told(
    repo: Repo, review: Command, path: str, before: str, after: str
) -> None:
    assert told(edited(repo, review, {path: before}, {path: after})) == []


def test_settings_that_move_to_another_file_are_no_news(repo: Repo, review: Command) -> None:
    ini = "[mypy]\nstrict = True\n[mypy-a.*]\nignore_errors = True\n"
    toml = MYPY + "[[tool.mypy.overrides]]\nmodule = 'a.*'\nignore_errors = true\n"
    ran = edited(repo, review, {"mypy.ini": ini}, {"mypy.ini": None, "pyproject.toml": toml})
    assert told(ran) == []


def test_a_new_file_that_puts_another_out_of_force_is_told(repo: Repo, review: Command) -> None:
    ran = edited(
        repo, review, {"pyproject.toml": RUFF}, {"ruff.toml": "[lint]\nignore = ['ALL']\n"}
    )
    messages = " ".join(message for _, _, message in told(ran))
    assert "makes Ruff pass over `ALL`" in messages
    assert "no longer has Ruff look at `E`, `S`" in messages
    assert {each["path"] for each in ran.review["findings"]} == {"ruff.toml"}


def test_a_new_file_that_extends_the_other_is_taken_together_with_it(
    repo: Repo, review: Command
) -> None:
    extended = "extend = 'pyproject.toml'\n[lint]\nextend-select = ['B']\n"
    ran = edited(repo, review, {"pyproject.toml": RUFF}, {"ruff.toml": extended})
    assert told(ran) == []


def test_the_first_settings_of_a_tool_weaken_nothing(repo: Repo, review: Command) -> None:
    assert told(edited(repo, review, {}, {"pyproject.toml": RUFF, ".flake8": "[flake8]\n"})) == []


def test_who_goes_over_to_ruff_loses_nothing(repo: Repo, review: Command) -> None:
    flake8 = "[flake8]\nselect = E,F\n"
    ran = edited(repo, review, {".flake8": flake8}, {".flake8": None, "pyproject.toml": RUFF})
    assert told(ran) == []


@pytest.mark.parametrize(
    ("ruff", "says"),
    [
        ("select = ['C90']\nmccabe.max-complexity = 6\n", None),
        ("extend-select = ['C901']\nmccabe.max-complexity = 4\n", None),
        ("select = ['C90']\nmccabe.max-complexity = 7\n", "drops `max-complexity` of Flake8"),
        ("select = ['C90']\n", "drops `max-complexity` of Flake8"),
        ("select = ['E']\nmccabe.max-complexity = 6\n", "drops `max-complexity` of Flake8"),
        ("select = ['ALL']\nignore = ['C901']\nmccabe.max-complexity = 6\n", "drops"),
    ],
)
def test_a_limit_that_ruff_keeps_from_now_on_is_not_dropped(
    repo: Repo, review: Command, ruff: str, says: str | None
) -> None:
    flake8 = "[flake8]\nmax-complexity = 6\nselect = WPS\n"
    after = {
        "setup.cfg": flake8.replace("max-complexity = 6\n", ""),
        "pyproject.toml": f"[tool.ruff.lint]\n{ruff}",
    }
    messages = [
        message for _, _, message in told(edited(repo, review, {"setup.cfg": flake8}, after))
    ]
    assert [says in message for message in messages if says] == ([True] if says else [])
    assert says is not None or messages == []


def test_settings_removed_with_their_file_are_told_there(repo: Repo, review: Command) -> None:
    ran = edited(repo, review, {"mypy.ini": "[mypy]\nstrict = True\n"}, {"mypy.ini": None})
    ((rule, _, message),) = told(ran)
    assert (rule, message) == (CHECKS, "The change removes all settings of mypy")
    assert ran.review["findings"][0]["path"] == "mypy.ini"


def test_a_renamed_file_takes_its_codes_along(repo: Repo, review: Command) -> None:
    more = "[tool.ruff.lint.per-file-ignores]\n'{}' = ['F821']\n"
    code = "".join(f"x{n} = {n}\n" for n in range(20))
    repo.commit({**POLICY, "pyproject.toml": RUFF + more.format("a.py"), "a.py": code})
    repo.git("mv", "a.py", "b.py")
    repo.write({"pyproject.toml": RUFF + more.format("b.py")})
    assert told(review.json(repo)) == []


def test_a_renamed_package_takes_what_is_said_of_its_modules_along(
    repo: Repo, review: Command
) -> None:
    more = (
        "[[tool.mypy.overrides]]\nmodule = '{0}.web.a'\ndisable_error_code = ['misc']\n"
        "[tool.coverage.run]\nsource = ['{0}', 'more']\n"
    )
    code = "".join(f"x{n} = {n}\n" for n in range(20))
    files = dict.fromkeys(["old/__init__.py", "old/web/__init__.py"], "")
    base = {**POLICY, "pyproject.toml": MYPY + more.format("old"), "old/web/a.py": code}
    repo.commit({**base, **files})
    repo.git("mv", "old", "new")
    repo.write({"pyproject.toml": MYPY + more.format("new")})
    assert told(review.json(repo)) == []
    repo.write(
        {"pyproject.toml": MYPY + more.format("new").replace("'misc'", "'misc', 'attr-defined'")}
    )
    ((_, _, message),) = told(review.json(repo))
    assert "pass over `attr-defined` (`new.web.a.disable-error-code`)" in message
    repo.write({"old/b.py": "", "pyproject.toml": MYPY + more.format("new")})
    assert "no longer has coverage look at `old`" in told(review.json(repo))[0][2]


@pytest.mark.parametrize("is_deleted", [True, False])
def test_a_deleted_module_takes_its_entry_along(
    repo: Repo, review: Command, is_deleted: bool
) -> None:
    before = "[importlinter:contract:1]\nname = x\nsource_modules =\n  shop.a\n  shop.b\n"
    base: dict[str, str | bytes | None] = {".importlinter": before, "shop/__init__.py": ""}
    base |= {"shop/b/__init__.py": "", "shop/b/c.py": "c = 1\n"}
    head: dict[str, str | bytes | None] = {".importlinter": before.replace("  shop.b\n", "")}
    head |= {"shop/b/__init__.py": None}
    head |= {"shop/b/c.py": None} if is_deleted else {}
    assert bool(told(edited(repo, review, base, head))) is not is_deleted


def test_a_finding_stands_on_the_line_of_the_entry(repo: Repo, review: Command) -> None:
    before = "[project]\nignore = 1\n\n" + RUFF
    after = before.replace('["S101"]', '[\n  "S101",\n  "S602",\n]')
    ran = edited(repo, review, {"pyproject.toml": before}, {"pyproject.toml": after})
    assert ran.labelled("introduced") == [(CHECKS, "pyproject.toml", 8)]


def test_an_entry_of_a_module_whose_name_has_dots_is_found_below_that_name(
    repo: Repo, review: Command
) -> None:
    more = "[[tool.mypy.overrides]]\nmodule = '{}.*'\nignore_missing_imports = true\n"
    before = "[project]\ndependencies = ['mem0ai']\n" + MYPY + more.format("lite")
    ran = edited(
        repo, review, {"pyproject.toml": before}, {"pyproject.toml": before + more.format("mem0")}
    )
    assert ran.labelled("introduced") == [(CHECKS, "pyproject.toml", 10)]


def test_each_code_is_told_with_the_files_it_is_passed_over_in(repo: Repo, review: Command) -> None:
    more = "[tool.ruff.lint.per-file-ignores]\n'a.py' = ['F821']\n'b.py' = ['S602', 'S603']\n"
    ran = edited(repo, review, {"pyproject.toml": RUFF}, {"pyproject.toml": RUFF + more})
    assert [message for _, _, message in told(ran)] == [
        "The change makes Ruff pass over `F821` in `a.py`",
        "The change makes Ruff pass over `S602`, `S603` in `b.py`",
    ]
    assert [line for _, _, line in ran.labelled("introduced")] == [5, 6]


def test_what_may_well_be_meant_is_told_a_step_lower(repo: Repo, review: Command) -> None:
    more = "[[tool.mypy.overrides]]\nmodule = 'a.*'\nignore_missing_imports = true\n"
    ran = edited(repo, review, {"pyproject.toml": MYPY}, {"pyproject.toml": MYPY + more})
    assert [severity for _, severity, _ in told(ran)] == ["note"]


HOOKS = """\
repos:
  - repo: https://example.org/a
    rev: v1
    hooks:
      - id: mypy
        args: [--strict]
      - id: bandit
        exclude: ^tests/
      - id: black
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("      - id: mypy\n        args: [--strict]\n", "", "removes the hook `mypy`"),
        ("[--strict]", "[--strict, --ignore-missing-imports]", "runs the hook `mypy` with"),
        ("[--strict]", "[--strict]\n        stages: [manual]", "runs the hook `mypy` only by hand"),
        ("^tests/", "^(tests|src)/", None),
        ("^tests/", "^tests/|^src/", "takes `src/` out of the hook `bandit`"),
        ("[--strict]", "[--strict]\n        exclude: ^src/", "takes `src/` out of the hook `mypy`"),
        ("      - id: black\n", "", None),
        ("rev: v1", "rev: v2", None),
        ("id: bandit", "id: ruff", None),
    ],
)
def test_what_hooks_check_less_is_told(
    repo: Repo, review: Command, old: str, new: str, says: str | None
) -> None:
    path = ".pre-commit-config.yaml"
    assert old in HOOKS
    ran = edited(repo, review, {path: HOOKS}, {path: HOOKS.replace(old, new)})
    assert [says in message for _, _, message in told(ran) if says] == ([True] if says else [])
    assert says is not None or told(ran) == []


def test_hooks_that_go_altogether_are_told(repo: Repo, review: Command) -> None:
    path = ".pre-commit-config.yaml"
    assert "removes all hooks" in told(edited(repo, review, {path: HOOKS}, {path: None}))[0][2]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", "[tool.ruff\n"),
        ("pyproject.toml", "a = " + "[" * 50_000),
        ("pyproject.toml", b"\xff"),
        (".flake8", "no section\n"),
        (".pre-commit-config.yaml", "repos: [\n"),
        (".pre-commit-config.yaml", "a: &a {b: *a}\n"),
    ],
)
def test_settings_that_cannot_be_read_keep_the_gate_closed(
    repo: Repo, review: Command, path: str, text: str | bytes
) -> None:
    before = {"pyproject.toml": RUFF, ".flake8": "[flake8]\n", ".pre-commit-config.yaml": HOOKS}
    ran = edited(repo, review, before, {path: text})
    assert ran.status(path)["configuration"].startswith("failed")
    assert ran.code == 3


def test_a_hundred_thousand_entries_are_refused_and_said(repo: Repo, review: Command) -> None:
    codes = ", ".join(f'"S{number}"' for number in range(60_000))
    after = RUFF.replace('"S101"', codes)
    ran = edited(repo, review, {"pyproject.toml": RUFF}, {"pyproject.toml": after})
    assert "`ignore` has more than 2000 entries" in ran.status("pyproject.toml")["configuration"]


def test_endless_globs_and_codes_are_refused_and_said(repo: Repo, review: Command) -> None:
    many = "a, " * 20_000 + ": " + "F821, " * 20_000
    after = f"[flake8]\nper-file-ignores = {many}\n"
    ran = edited(repo, review, {"setup.cfg": FLAKE8}, {"setup.cfg": after})
    assert "`per-file-ignores` has more than 2000 entries" in ran.status("setup.cfg")["configuration"]  # fmt: skip


def test_an_ignored_file_is_left_alone(repo: Repo, review: Command) -> None:
    repo.commit(
        {
            ".architrave.toml": 'packs = ["oversight"]\nignore = ["sub/**"]\n',
            "sub/.flake8": "[flake8]\n",
        }
    )
    repo.write({"sub/.flake8": "[flake8]\nextend-ignore = F821\n"})
    assert told(review.json(repo)) == []


@pytest.mark.parametrize(
    "question",
    [
        b"yaml\n" + b"a: " + b"{a: " * 5_000,
        b"yaml\n" + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9) if n else b"x") for n in range(30)),
        b"front\nno front matter",
        b"ini\n[a]\n" + b"x" * 100 + b"\n y\n[[[\n=\n",
    ],
)  # fmt: skip
def test_a_document_made_to_stall_is_refused_at_once(question: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises((ValueError, RecursionError)):
        document_worker.parse(question, "", {})
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("kind", "text", "data"),
    [
        ("yaml", "on: [push]\na: yes\nb: 012\nc: ~\nd: 2020-01-01", {"on": ["push"], "a": True, "b": "012", "c": None, "d": "2020-01-01"}),
        ("yaml", "a: &x {b: 1}\nc: *x", {"a": {"b": "1"}, "c": {"b": "1"}}),
        ("yaml", "a: !!python/object:os.system x", {"a": "x"}),
        ("yaml", "", None),
        ("toml", "a = 2020-01-01\nb = [1, nan]", {"a": "2020-01-01", "b": [1, "nan"]}),
        ("ini", "[a]\nb = %(c)s\n", {"a": {"b": "%(c)s"}}),
        ("front", "---\na: 1\n---\ntext: [", {"a": "1"}),
    ],
)  # fmt: skip
def test_documents_are_read_as_data(kind: str, text: str, data: object) -> None:
    assert document_worker.parse(f"{kind}\n{text}".encode(), "", {}) == data


@pytest.mark.parametrize("odd", [None, 3, "x", ["x"], {"a": ["b"]}, [{"name": ["a"]}], True])
def test_values_of_any_type_are_compared(odd: object) -> None:
    keys = ["ignore", "select", "disable-error-code", "per-file-ignores", "disable", "strict", "exclude", "run.omit", "report.fail-under",
            "filterwarnings", "addopts", "follow-imports", "max-args"]  # fmt: skip
    for tool in settings.PLACES:
        for before in (odd, 1, ["y"], "z"):
            list(checks.compare(tool, dict.fromkeys(keys, before), dict.fromkeys(keys, odd)))
        settings.of(tool, {name: {"flake8": {"per-file-ignores": odd}} for name in settings.FILES})
    list(hooks.compare({"repos": odd}, {"repos": [{"hooks": odd}]}))
    list(hooks.compare(odd, odd))


def test_options_of_a_rule_are_checked() -> None:
    assert "`which` is missing" in configuration.check_options({})[0]


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (["a", "b"], ["a | c", "b"], ""),
        (["a", "(b)"], ["a", "d", "b"], ""),
        (["a | b"], ["a | b | c"], ""),
        (["a", "b"], ["a"], "`b`"),
        (["a | b"], ["a : b"], "`a | …`, `b | …`"),
        (["a | b"], ["a", "b"], "`a | …`, `b | …`"),
    ],
)
def test_a_layer_that_takes_in_another_module_loses_none(
    before: list[str], after: list[str], lost: str
) -> None:
    def of(layers: list[str]) -> settings.Settings:
        contract = {"name": "Floors", "type": "layers", "layers": layers}
        data = {"tool": {"importlinter": {"contracts": [contract]}}}
        found = settings.of("Import Linter", {"pyproject.toml": data})
        assert found is not None
        return found[1]

    told = list(checks.compare("Import Linter", of(before), of(after)))
    assert [lost in each.says for each in told] == ([True] if lost else []), told
