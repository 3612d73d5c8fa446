"""Comments that silence a check: told when new or wider, never when they merely stayed or moved."""

import ast
import io
import time
import tokenize
from pathlib import Path

import pytest
from conftest import Command, Ran, Repo

from bot.checkers import suppressions
from bot.domain import Hunk
from bot.facts import comments
from bot.facts import suppressions as facts
from bot.located import LineMap
from bot.weakening import comments as comments_of

POLICY = {".architrave.toml": 'packs = ["oversight"]\n'}
UNEXPLAINED = "oversight/suppression-without-reason"
EXPLAINED = "oversight/suppression"
WIDE = "oversight/file-wide-suppression"
CODE = "import subprocess\n\n\ndef run(x):\n    return subprocess.run(x){}\n"


def changed(repo: Repo, review: Command, before: str | None, after: str, path: str = "a.py") -> Ran:
    """The review of an edit of one file."""
    repo.commit(POLICY if before is None else {**POLICY, path: before})
    repo.write({path: after})
    return review.json(repo)


def found(text: str) -> list[tuple[int, str, str, list[str], bool]]:
    return [
        (each.line, each.tool, each.scope, each.codes, each.has_reason)
        for each in facts.collect(ast.parse(text), text)
    ]


LINT, TYPES = "Ruff and Flake8", "the type checker"


@pytest.mark.parametrize(
    ("comment", "tool", "scope", "codes"),
    [
        ("# noqa", LINT, "line", []),
        ("#NOQA", LINT, "line", []),
        ("# noqa: F401, E402", LINT, "line", ["F401", "E402"]),
        ("# noqa:f401", LINT, "line", ["F401"]),
        ("# noqa: whatever", LINT, "line", []),
        ("# ruff: noqa", LINT, "file", []),
        ("# ruff: noqa: F401", LINT, "file", ["F401"]),
        ("# flake8: noqa", LINT, "file", []),
        ("# ruff: ignore[F401]", LINT, "line", ["F401"]),
        ("# ruff: ignore[unused-import]", LINT, "line", ["unused-import"]),
        ("# ruff: file-ignore[F401]", LINT, "file", ["F401"]),
        ("# nosec", "Bandit", "line", []),
        ("# nosec B602,B603", "Bandit", "line", ["B602", "B603"]),
        ("# nosec: B602 B603", "Bandit", "line", ["B602", "B603"]),
        ("# type: ignore", TYPES, "line", []),
        ("# type: ignore[arg-type, misc]", TYPES, "line", ["arg-type", "misc"]),
        ("# type: ignore  # noqa: F401", LINT, "line", ["F401"]),
        ("# mypy: ignore-errors", "mypy", "file", ["ignore-errors"]),
        ('# mypy: disable-error-code="misc"', "mypy", "file", ['disable-error-code="misc"']),
        ("# mypy: disallow-untyped-defs=False", "mypy", "file", ["disallow-untyped-defs=False"]),
        ("# pyright: ignore[reportFoo]", "Pyright", "line", ["reportFoo"]),
        ("# pyright: basic", "Pyright", "file", ["basic"]),
        ("# pyright: reportFoo=false", "Pyright", "file", ["reportFoo=false"]),
        ("# ty: ignore[division-by-zero]", "ty", "line", ["division-by-zero"]),
        ("# pyrefly: ignore", "Pyrefly", "line", []),
        ("# pyre-ignore[7]", "Pyre", "line", ["7"]),
        ("# pyre-fixme[7]: later", "Pyre", "line", ["7"]),
        ("# pylint: disable=no-self-use, eval-used", "Pylint", "line", ["no-self-use", "eval-used"]),
        ("# a word, pylint: disable=eval-used", "Pylint", "line", ["eval-used"]),
        ("# pragma: no cover", "coverage", "line", []),
        ("# PRAGMA: NO COVER", "coverage", "line", []),
        ("# nosemgrep: python.lang.eval", "Semgrep", "line", ["python.lang.eval"]),
        ("# NOSONAR", "SonarQube", "line", []),
        ("# gitleaks:allow", "the secret scanner", "line", []),
        ("# pragma: allowlist secret", "the secret scanner", "line", []),
    ],
)  # fmt: skip
def test_every_way_to_silence_a_tool_is_known(
    comment: str, tool: str, scope: str, codes: list[str]
) -> None:
    assert (2, tool, scope, codes) in [each[:4] for each in found(f"import os\nx = 1  {comment}\n")]


@pytest.mark.parametrize(
    "line",
    [
        'x = "# noqa"',
        "x = '''\n# type: ignore\n# noqa'''",
        'f("# nosec", """\n# ruff: noqa\n""")',
        'x = """a\n"""; y = "# noqa"',
        "def f():\n    '''Put # noqa at the end.\n\n    # noqa\n    '''",
        "x = [\n    '# noqa',\n]",
        "match x:\n    case '# noqa':\n        pass",
        "x = 1  # fmt: off",
        "x = 1  # isort: skip",
        "x = 1  # yapf: disable",
        "x = 1  # mypy: disallow-untyped-defs",
        "# pyright: strict",
        "# pylint: enable=eval-used",
        "x = 1  # about noqaX and types: ignored",
        "x = 1  # type: int",
    ],
)
def test_what_only_looks_like_a_suppression_is_none(line: str) -> None:
    assert found(line + "\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "x = (1,\n     2)  # noqa\n",
        "x = '''a\n'''  # noqa\n",
        "if x:\n    pass\nelse:  # noqa\n    pass\n",
        "try:\n    '# noqa'\nexcept E:  # noqa\n    pass\n",
        "@decorator\n@other(  # noqa\n)\ndef f():\n    pass\n",
        "class A:\n    def f(self):\n        if x:\n            y = '''\n# noqa'''; z = 1  # noqa\n",
        "def f():\n        x = 1\n    # noqa\n",
        "\n\n# noqa",
        "x = 1\r\ny = 2  # noqa\r\n",
        "x = 1 + \\\n    2  # noqa\n",
        "match x:\n    case 1:  # noqa\n        pass\n",
        "async def f():\n    async with a as b:  # noqa\n        pass\n",
    ],
)
def test_a_comment_is_found_wherever_it_stands(text: str) -> None:
    text = text.replace("\r\n", "\n")
    assert len(found(text)) == 1


def test_comments_are_those_that_the_tokenizer_finds() -> None:
    compared = 0
    for path in sorted(Path(ast.__file__).parent.glob("*.py"))[::3]:
        text = path.read_text(encoding="utf-8")
        theirs = {
            token.start[0]: token.string
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.COMMENT
        }
        lines = text.split("\n")
        wanted = [number for number, line in enumerate(lines, 1) if "#" in line]
        assert comments.on_lines(ast.parse(text), lines, wanted) == theirs
        compared += len(theirs)
    assert compared > 1_000


@pytest.mark.parametrize(
    ("text", "has_reason"),
    [
        ("x = 1  # noqa: F841", False),
        ("x = 1  # noqa: F841 - kept for the debugger", True),
        ("x = 1  # noqa: F841  # kept for the debugger", True),
        ("x = 1  # kept for the debugger  # noqa: F841", True),
        ("x = 1  # type: ignore[misc] -- https://example.org/1", True),
        ("# The stub is wrong.\nx = 1  # type: ignore[misc]", True),
        ("# noqa: E501\nx = 1  # noqa: F841", False),
        ("y = 2  # The stub is wrong.\nx = 1  # noqa: F841", False),
        ("x = 1  # noqa: F841, isort:skip", False),
        ("x = 1  # noqa: F841 TODO", False),
        ("x = 1  # noqa: F841 ...", False),
    ],
)
def test_a_reason_stands_beside_or_above(text: str, has_reason: bool) -> None:
    assert found(text + "\n")[-1][4] is has_reason


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("# type: ignore\nimport os\n", "file"),
        ('"""Doc."""\n# type: ignore\nimport os\n', "line"),
        ("# pylint: disable=eval-used\nx = 1\n", "file"),
        ("# pylint: disable=eval-used\nx = 1\n# pylint: enable=eval-used\n", "range"),
        ("def f():\n    # pylint: disable=eval-used\n    return 1\n", "range"),
        ("# pylint: disable-next=eval-used\nx = 1\n", "line"),
        ("# pylint: skip-file\nx = 1\n", "file"),
        ("# ruff: disable[S307]\nx = 1\n", "file"),
        ("# ruff: disable[S307]\nx = 1\n# ruff: enable[S307]\n", "range"),
    ],
)
def test_how_far_a_comment_reaches_depends_on_where_it_stands(text: str, scope: str) -> None:
    assert found(text)[0][2] == scope


@pytest.mark.parametrize(
    ("comment", "rule"),
    [
        ("  # noqa", UNEXPLAINED),
        ("  # noqa: S603", UNEXPLAINED),
        ("  # noqa - it is ours", UNEXPLAINED),
        ("  # noqa: S603 - the command is ours", EXPLAINED),
        ("  # nosec", UNEXPLAINED),
        ("  # nosec B603", UNEXPLAINED),
        ("  # nosec B603 - the command is ours", EXPLAINED),
        ("  # type: ignore", UNEXPLAINED),
        ("  # type: ignore[arg-type]", EXPLAINED),
        ("  # pylint: disable=subprocess-run-check", UNEXPLAINED),
        ("  # pragma: no cover", EXPLAINED),
        ("\n# ruff: noqa", WIDE),
        ("\n# flake8: noqa: F401", WIDE),
        ("\n# mypy: ignore-errors", WIDE),
    ],
)
def test_a_new_suppression_is_told_the_louder_the_less_it_says(
    repo: Repo, review: Command, comment: str, rule: str
) -> None:
    ran = changed(repo, review, CODE.format(""), CODE.format(comment))
    line = 6 if "\n" in comment else 5
    assert ran.labelled("introduced") == [(rule, "a.py", line)]


def test_what_the_comment_hides_is_told(repo: Repo, review: Command) -> None:
    policy = 'packs = ["oversight", "security", "python"]\n'
    repo.commit({".architrave.toml": policy})
    repo.write({"a.py": "import os  # noqa\nx = eval('1')  # nosec\ny = 1  # type: ignore\n"})
    messages = [
        each["message"]
        for each in review.json(repo).review["findings"]
        if each["rule"] == UNEXPLAINED
    ]
    assert messages == [
        "`# noqa` silences all of Ruff and Flake8 here and gives no reason; it hides F401",
        "`# nosec` silences all of Bandit here and gives no reason; it hides B307",
        "`# type: ignore` silences all of the type checker here and gives no reason; it is not run in this review",
    ]


def test_only_what_the_codes_name_is_hidden(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": 'packs = ["oversight", "python"]\n'})
    repo.write({"a.py": "import os  # noqa: B008\n"})
    (message,) = [
        each["message"]
        for each in review.json(repo).review["findings"]
        if each["rule"] == UNEXPLAINED
    ]
    assert "hides" not in message


def test_a_suppression_that_was_there_is_nothing(repo: Repo, review: Command) -> None:
    ran = changed(repo, review, CODE.format("  # noqa"), "x = 1\n" + CODE.format("  # noqa"))
    assert ran.labelled("introduced", "worsened") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  # noqa", "  # noqa: S603"),
        ("  # noqa: S602, S603", "  # noqa: S603"),
        ("  # noqa: S603", "  # noqa: S603 - a reason"),
        ("\n# ruff: noqa", "  # noqa: S603"),
        ("\n# ruff: noqa\n", "  # noqa: S603\n# ruff: noqa\n"),
        ("  # type: ignore", "  # type: ignore[arg-type]"),
    ],
)
def test_to_silence_less_is_nothing(repo: Repo, review: Command, before: str, after: str) -> None:
    ran = changed(repo, review, CODE.format(before), CODE.format(after))
    assert ran.labelled("introduced", "worsened") == []


@pytest.mark.parametrize(
    ("before", "after", "rule", "says"),
    [
        ("  # noqa: S603", "  # noqa", UNEXPLAINED, "silences more of Ruff and Flake8"),
        ("  # noqa: S603", "  # noqa: S603, S607", UNEXPLAINED, "for S607 as well now"),
        ("  # type: ignore[misc]", "  # type: ignore", UNEXPLAINED, "silences more of"),
        (
            "\n# ruff: disable[S603]\nx = 1\n# ruff: enable[S603]",
            "\n# ruff: disable[S603]\nx = 1",
            WIDE,
            "in the whole file",
        ),
    ],
)
def test_to_silence_more_is_worse(
    repo: Repo, review: Command, before: str, after: str, rule: str, says: str
) -> None:
    ran = changed(repo, review, CODE.format(before), CODE.format(after))
    assert [each[0] for each in ran.labelled("worsened")] == [rule]
    assert says in ran.review["findings"][0]["message"]


def test_a_line_comment_that_becomes_one_for_the_file_is_new(repo: Repo, review: Command) -> None:
    ran = changed(repo, review, CODE.format("  # noqa: S603"), CODE.format("\n# ruff: noqa: S603"))
    assert [rule for rule, _, _ in ran.labelled("introduced")] == [WIDE]


def test_a_comment_on_an_edited_or_indented_line_is_not_new(repo: Repo, review: Command) -> None:
    before = CODE.format("  # noqa: S603")
    after = "import subprocess\n\n\ndef run(x):\n    if x:\n        return subprocess.run(x, check=True)  # noqa: S603\n"
    assert changed(repo, review, before, after).labelled("introduced", "worsened") == []


def test_a_comment_moved_to_another_line_is_new(repo: Repo, review: Command) -> None:
    before = "import os\n\nrun(first, second)  # noqa: S603\nvalue = eval(text)\n"
    after = "import os\n\nrun(first, second)\nvalue = eval(text)  # noqa: S603\n"
    assert changed(repo, review, before, after).labelled("introduced") == [(UNEXPLAINED, "a.py", 4)]


def test_code_that_moves_to_another_file_takes_its_comment_along(
    repo: Repo, review: Command
) -> None:
    repo.commit({**POLICY, "a.py": CODE.format("  # noqa"), "b.py": "x = 1\n" * 30})
    repo.write({"a.py": "y = 2\n", "b.py": "x = 1\n" * 30 + CODE.format("  # noqa")})
    assert review.json(repo).labelled("introduced", "worsened") == []


def test_a_renamed_file_has_no_new_comments(repo: Repo, review: Command) -> None:
    repo.commit({**POLICY, "a.py": CODE.format("  # noqa") * 3})
    repo.git("mv", "a.py", "b.py")
    assert review.json(repo).labelled("introduced", "worsened") == []


def test_a_copy_of_a_silenced_line_is_new(repo: Repo, review: Command) -> None:
    line = "run(first, second)  # noqa\n"
    ran = changed(repo, review, line, line + "x = 1\n" + line)
    assert len(ran.labelled("introduced")) == 1


def test_many_comments_of_one_kind_in_a_file_are_told_once(repo: Repo, review: Command) -> None:
    text = "".join(f"x{n} = f({n})  # type: ignore\n" for n in range(9))
    ran = changed(repo, review, None, text)
    assert ran.labelled("introduced") == [(UNEXPLAINED, "a.py", 1)]
    assert "9 times (lines 1, 2, 3, 4, 5, 6, ...)" in ran.review["findings"][0]["message"]


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa: E501",
        "import os  # noqa: E402",
        "def f(): ...  # noqa: D103, N802",
        "if TYPE_CHECKING:  # pragma: no cover\n    pass",
        "def __repr__(self):  # pragma: no cover\n    return ''",
        "raise NotImplementedError  # pragma: no cover",
        "raise ValueError  # noqa: TRY004",
        "class A:\n    @computed_field  # type: ignore[prop-decorator]\n    @property\n    def x(self): ...",
    ],
)
def test_layout_and_what_nobody_covers_is_left_alone(
    repo: Repo, review: Command, line: str
) -> None:
    assert changed(repo, review, None, line + "\n").labelled("introduced") == []


def test_names_exported_by_a_package_may_be_unused(repo: Repo, review: Command) -> None:
    ran = changed(repo, review, None, "from a.b import c  # noqa: F401\n", "a/__init__.py")
    assert ran.labelled("introduced") == []


def test_tests_are_left_alone(repo: Repo, review: Command) -> None:
    repo.commit(POLICY)
    repo.write({"tests/a.py": "x = 1  # noqa\n", "test_b.py": "x = 1  # noqa\n"})
    assert review.json(repo).labelled("introduced") == []


def test_stubs_are_read_too(repo: Repo, review: Command) -> None:
    ran = changed(repo, review, None, "def f(x): ...  # type: ignore\n", "a.pyi")
    assert ran.labelled("introduced") == [(UNEXPLAINED, "a.pyi", 1)]


def test_a_script_without_an_ending_is_read_too(repo: Repo, review: Command) -> None:
    ran = changed(repo, review, None, "#!/usr/bin/env python\nx = 1  # noqa\n", "tool")
    assert ran.labelled("introduced") == [(UNEXPLAINED, "tool", 2)]


ALL = 'packs = ["oversight", "security", "python", "complexity"]\n'


@pytest.mark.parametrize(
    ("comment", "severity"),
    [
        ("# noqa", "warning"),
        ("# noqa: PLR0913", "note"),
        ("# noqa: S608", "warning"),
        ("# noqa: F821", "warning"),
        ("# noqa: PLR0913, F821", "warning"),
        ("# noqa: S60", "warning"),
        ("# noqa: SLF001", "note"),
        ("# nosec B608", "warning"),
        ("# nosec B603", "note"),
        ("# nosec hardcoded_sql_expressions", "warning"),
        ("# pylint: disable=abstract-method", "note"),
        ("# type: ignore", "note"),
    ],
)
def test_to_silence_a_check_is_no_worse_than_what_it_would_say(
    repo: Repo, review: Command, comment: str, severity: str
) -> None:
    repo.commit({".architrave.toml": ALL})
    repo.write({"a.py": f"x = 1  {comment}\n"})
    found = [each for each in review.json(repo).review["findings"] if each["rule"] == UNEXPLAINED]
    assert [each["severity"] for each in found] == [severity]


def test_a_severity_that_the_policy_states_stays(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": f'{ALL}[severity]\n"{UNEXPLAINED}" = "error"\n'})
    repo.write({"a.py": "x = 1  # noqa: SLF001\n"})
    assert [each["severity"] for each in review.json(repo).review["findings"]] == ["error"]


def test_a_rule_counts_only_where_it_is_in_force(repo: Repo, review: Command) -> None:
    rule = '---\nid: house/own\ntitle: Own\nseverity: error\ncheck: ruff\noptions: {codes: [SLF001]}\npaths: ["src/**"]\n---\n\n## Why\n\nSo.\n\n## Instead\n\nNot.\n'
    repo.commit({**POLICY, ".architrave/rules/own.md": rule})
    repo.write({"src/a.py": "x = 1  # noqa: SLF001\n", "a.py": "x = 1  # noqa: SLF001\n"})
    found = review.json(repo).review["findings"]
    assert {each["path"]: each["severity"] for each in found} == {
        "src/a.py": "warning",
        "a.py": "note",
    }


def test_comments_told_together_stand_at_the_gravest(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": ALL})
    repo.write({"a.py": "x = 1  # noqa: PLR0913\ny = 2  # noqa: S608\nz = 3  # noqa: PLR0913\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [(UNEXPLAINED, "a.py", 2)]
    message = ran.review["findings"][0]["message"]
    assert message.startswith("`# noqa: S608`, `# noqa: PLR0913` silence Ruff and Flake8 3 times")
    assert "(lines 1, 2, 3)" in message


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("WPS437", "SLF001", None),
        ("WPS437, S603", "SLF001, S603", None),
        ("WPS204", "S608", "silences Ruff and Flake8 here for S608 instead of WPS204"),
        ("S603, S607", "S608", "for S608 instead of S603, S607"),
    ],
)
def test_one_code_for_another_is_a_note_at_most(
    repo: Repo, review: Command, before: str, after: str, says: str | None
) -> None:
    repo.commit({".architrave.toml": ALL, "a.py": f"x = run(value)  # noqa: {before}\n"})
    repo.write({"a.py": f"x = run(value)  # noqa: {after}\n"})
    found = review.json(repo).review["findings"]
    assert [each["severity"] for each in found] == (["note"] if says else [])
    assert says is None or says in found[0]["message"]


@pytest.mark.parametrize(
    ("before", "after"), [("E501", "S608"), ("WPS204", "S608, F821"), ("S603", "S603, S608")]
)
def test_more_codes_than_before_are_no_exchange(
    repo: Repo, review: Command, before: str, after: str
) -> None:
    repo.commit({".architrave.toml": ALL, "a.py": f"x = run(value)  # noqa: {before}\n"})
    repo.write({"a.py": f"x = run(value)  # noqa: {after}\n"})
    assert [each["severity"] for each in review.json(repo).review["findings"]] == ["warning"]


def test_a_comment_belongs_to_the_class_that_had_it(repo: Repo, review: Command) -> None:
    mark = "  # noqa: S301\n    x = 1\n\n\n"
    before = f"class Part(base.Kind):{mark}class Version(base.Kind):{mark}"
    after = (
        f"class First(base.Kind):{mark}class Second(base.Kind):{mark}"
        f"class Part(First):{mark}class Version(Second):{mark}"
    )
    ran = changed(repo, review, before, after)
    assert ran.labelled("introduced") == [(UNEXPLAINED, "a.py", 1)]
    assert "2 times (lines 1, 5)" in ran.review["findings"][0]["message"]


def test_the_likest_comment_is_the_same_whatever_comes_first(repo: Repo, review: Command) -> None:
    before = "one = load(first, second, third)  # noqa: S301\n"
    after = "two = load(first, second, other)  # noqa: S301\n" + before.replace("one", "one_")
    ran = changed(repo, review, before, after)
    assert ran.labelled("introduced") == [(UNEXPLAINED, "a.py", 1)]


def test_of_comments_as_like_the_one_nearer_to_the_old_line_is_the_same(
    repo: Repo, review: Command
) -> None:
    body = "def patched(original):\n    if original:\n        def {}():\n            pass\n"
    before = (
        body.format("wrapper") + "    x = 1\n    return wraps(original)(wrapper)  # type: ignore\n"
    )
    after = body.format("one") + (
        "        return wraps(original)(one)  # type: ignore\n"
        "    return wraps(original)(two)  # type: ignore\n"
    )
    ran = changed(repo, review, before, after)
    assert ran.labelled("introduced") == [(UNEXPLAINED, "a.py", 5)]


def test_a_thousand_comments_are_paired_at_once() -> None:
    several = [
        comments_of.Placed("a.py", facts.Suppression(n, LINT, "line", [], False, "# noqa"), f"x{n}", frozenset({f"x{n}", "y"}), "")
        for n in range(facts.LIMIT)
    ]  # fmt: skip
    turned = [each._replace() for each in reversed(several)]
    started = time.perf_counter()
    left, fresh = comments_of.within(several, turned, LineMap([Hunk(1, 2_000, 1, 2_000)]))
    assert time.perf_counter() - started < 5
    assert len(left) == len(fresh)


def test_a_file_that_does_not_parse_keeps_the_gate_closed(repo: Repo, review: Command) -> None:
    ran = changed(repo, review, None, "def (:  # noqa\n")
    assert ran.code == 3
    assert "does not parse" in ran.status("a.py")["suppressions"]


def test_where_base_does_not_parse_only_written_lines_are_judged(
    repo: Repo, review: Command
) -> None:
    before = "x = 1  # noqa\ndef (:\n"
    ran = changed(repo, review, before, "x = 1  # noqa\ny = 2  # noqa\n")
    assert ran.labelled("introduced") == [(UNEXPLAINED, "a.py", 2)]


def test_a_stub_that_does_not_parse_keeps_the_gate_closed(repo: Repo, review: Command) -> None:
    ran = changed(repo, review, None, "def (:\n", "a.pyi")
    assert "failed" in ran.status("a.pyi")["suppressions"]


def test_too_many_to_compare_is_said(repo: Repo, review: Command) -> None:
    text = "".join(f"x{n} = 1  # noqa\n" for n in range(facts.LIMIT + 5))
    ran = changed(repo, review, None, text)
    assert ran.status("a.py")["suppressions"].startswith("failed: more than 1000 comments")


@pytest.mark.parametrize(
    "text",
    [
        "x = 1  # noqa: " + "A1 " * 200_000,
        "x = 1  # " + "#" * 500_000,
        "x = 1  # nosec " + "a_b_" * 100_000,
        "x = 1  # pylint: disable=" + "a," * 100_000,
        "x = 1  # type: ignore[" + "a" * 500_000,
        "x = 1  # noqa:" + " " * 500_000,
        "x = [\n" + "    1,  # noqa\n" * 20_000 + "]",
        "if x:\n    pass\n" + "elif x:  # noqa\n    pass\n" * 900,
        "# pragma" + " " * 100_000 + "\n" + "x = 1\n",
    ],
    ids=lambda text: text[:20],
)
def test_comments_made_to_stall_do_not(text: str) -> None:
    tree = ast.parse(text)
    started = time.perf_counter()
    facts.collect(tree, text + "\n")
    assert time.perf_counter() - started < 5


def test_options_of_a_rule_are_checked() -> None:
    assert "`which` is missing" in suppressions.check_options({})[0]
    assert "must be one of unexplained" in suppressions.check_options({"which": "x"})[0]


def test_other_languages_and_stubs_beside_python_cost_nothing(repo: Repo, review: Command) -> None:
    repo.commit({"run.sh": "ls\n", "a.pyi": "x: int\n", "a.py": "x = 1\n"})
    repo.write({"run.sh": "ls -l\n", "a.pyi": "x: int  # type: ignore\n", "a.py": "x = 2\n"})
    repo.write({"web/new.ts": "const x: number = 1\n"})
    ran = review.json(repo)
    assert ran.status("web/new.ts")["suppressions"].startswith("not applicable")
    assert ran.status("run.sh")["suppressions"].startswith("not applicable")
    assert ran.status("a.pyi")["suppressions"] == "checked"
    assert ("oversight/suppression-without-reason", "a.pyi", 1) in ran.labelled("introduced")
    assert ran.review["verdict"] == "passed"


@pytest.mark.parametrize(("comment", "told"), [("# noqa: PLR0913", 0), ("# noqa: BLE001", 1)])
def test_a_comment_that_stands_in_the_file_already_is_its_habit(
    repo: Repo, review: Command, comment: str, told: int
) -> None:
    base = "def f(a, b, c, d, e, g):  # noqa: PLR0913\n    return a\n"
    repo.commit({"a.py": base})
    repo.write({"a.py": f"{base}\n\ndef h(x, y, z, u, v, w):  {comment}\n    return x\n"})
    found = review.json(repo).labelled("introduced")
    assert sum(rule.startswith("oversight/suppression") for rule, _, _ in found) == told
