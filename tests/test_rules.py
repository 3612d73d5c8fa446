"""Rule files and policies: every built-in rule holds, every mistake is named with its line."""

import ast
import fnmatch
import re
from pathlib import Path

import pytest
from conftest import Command, Repo
from hypothesis import given
from hypothesis import strategies as st

from bot import examples, paths, rulebook, settings, standards
from bot.checkers import KINDS
from bot.domain import Policy, Rule
from bot.errors import ArchitraveError
from bot.rulebook import RuleText

BUILT_IN = {rule.id: rule for rule in rulebook.parse(standards.built_in_texts(), KINDS)}
TEXTS = {text.origin: text.data for text in standards.built_in_texts()}
# Their examples would have to be files of many hundred lines; test_introduced and test_metric cover them.
FOR_A_READER = {name for name, rule in BUILT_IN.items() if rule.check == "judge"}
WITHOUT_EXAMPLE = FOR_A_READER | {
    "complexity/maintainability",
    "modularity/class-too-long",
    "modularity/module-too-long",
}


@pytest.mark.parametrize("name", sorted(FOR_A_READER))
def test_a_rule_for_a_reader_shows_code_that_breaks_and_keeps_it_and_what_is_not_meant(
    name: str,
) -> None:
    sections = BUILT_IN[name].sections
    assert sections["Exceptions"]
    blocks = [
        re.findall(r"^```python[^\n]*\n(.*?)^```", sections[title], re.MULTILINE | re.DOTALL)
        for title in ("Breaks it", "Keeps it")
    ]
    assert all(blocks)
    for block in [*blocks[0], *blocks[1]]:
        ast.parse(block)
    assert sections["Breaks it"] != sections["Keeps it"]


@pytest.mark.parametrize("name", sorted(set(BUILT_IN) - WITHOUT_EXAMPLE))
def test_a_rule_speaks_about_its_own_example_and_is_silent_about_the_better_one(name: str) -> None:
    rule = BUILT_IN[name]
    assert examples.problems(rule, TEXTS[rule.origin], settings.load()) == []


@pytest.mark.parametrize("rule", BUILT_IN.values(), ids=lambda rule: rule.id)
def test_a_built_in_rule_can_be_explained_in_a_sentence(rule: Rule) -> None:
    for section in (rule.why, rule.instead):
        sentence = rulebook.first_sentence(section)
        assert sentence.endswith((".", "!", "?"))
        assert sentence.count("`") % 2 == 0
    assert rule.origin == f"rules/{rule.id}.md"


def test_no_two_built_in_rules_claim_the_same_code() -> None:
    claimed = [
        code
        for rule in BUILT_IN.values()
        for code in (*rule.options.get("codes", ()), *rule.options.get("tests", ()))
    ]
    assert sorted(claimed) == sorted(set(claimed))


RULE = """---
id: house/no-prints
title: No prints here
severity: error
check: ruff
options: {codes: [T201]}
---

## Why

Because. Really.

## Instead

Log.
"""


def problems(text: str | bytes, *more: str) -> str:
    data = text.encode() if isinstance(text, str) else text
    texts = [
        RuleText("r.md", data),
        *(RuleText(f"r{n}.md", m.encode()) for n, m in enumerate(more)),
    ]
    with pytest.raises(ArchitraveError) as caught:
        rulebook.parse(texts, KINDS)
    return caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("id: house/no-prints", "id: House Rules!", "r.md:2: `id` must be"),
        ("id: house/no-prints\n", "", "r.md:1: `id` is missing"),
        ("severity: error", "severity: fatal", "r.md:4: `severity` must be one of error, warning"),
        (
            "severity: error",
            "severety: error",
            "r.md:4: unknown key `severety`; did you mean `severity`?",
        ),
        ("check: ruff", "check: rust", "r.md:5: `check` must be one of ruff, bandit, radon"),
        ("{codes: [T201]}", "{codes: T201}", "r.md:6: `codes` must be a list"),
        ("{codes: [T201]}", "{codes: [print]}", "r.md:6: `codes` must be a list"),
        ("{codes: [T201]}", "{code: [T201]}", "r.md:6: unknown option `code`"),
        ("{codes: [T201]}", "[T201]", "r.md:6: `options` must be a table"),
        ("check: ruff", "check: ruff\npaths: src", "r.md:6: `paths` must be a list of globs"),
        ("check: ruff", "check: ruff\nowner: [a]", "r.md:6: `owner` must be a name"),
        ("check: ruff", "check: ruff\napplies_to: bots", "r.md:6: `applies_to` must be all or ai"),
        ("title: No prints here", "title: [", ": the front matter is not valid YAML"),
        (
            "title: No prints here",
            "title: Prints: none",
            "r.md:3: the front matter is not valid YAML: mapping values are not allowed in this context, at column 14;",
        ),
        ("check: ruff", "check: rufff", "; did you mean `ruff`?"),
        ("title: No prints here", "title: !!python/object:os.system x", "not valid YAML"),
        ("title: No prints here", "title: &a x", "anchors and aliases are not allowed"),
        ("## Why", "## Reasons", "unknown section `Reasons`"),
        ("## Instead", "## Insted", "unknown section `Insted`; did you mean `Instead`?"),
        ("Log.", "", "the section `## Instead` is missing or empty"),
        ("---\nid", "id", "must begin with YAML front matter"),
    ],
)
def test_a_mistake_in_a_rule_is_named_with_its_line(old: str, new: str, complaint: str) -> None:
    assert old in RULE
    assert complaint in problems(RULE.replace(old, new, 1))


def test_all_mistakes_are_told_at_once() -> None:
    text = problems(RULE.replace("error", "fatal").replace("ruff", "rust"), "no front matter")
    assert text.count("\n") == 3


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"---\nid: \xff\n---\n", "not UTF-8"),
        (b"---\n" + b"#" * 70_000 + b"\n---\n", "larger than 64 KiB"),
        (b"---\n- a list\n---\n", "must be `key: value` lines"),
        (b"---\n\n---\n", "must be `key: value` lines"),
        (b"---\n" + b"a: [" * 2_000 + b"\n---\n", "the front matter is not valid YAML"),
    ],
)
def test_a_file_that_is_no_rule_is_refused(data: bytes, complaint: str) -> None:
    assert complaint in problems(data)


def test_ten_thousand_rules_are_refused_at_once() -> None:
    texts = [RuleText(f"r{n}.md", b"") for n in range(10_000)]
    with pytest.raises(ArchitraveError, match="at most 1000 are read"):
        rulebook.parse(texts, KINDS)


def test_a_rule_for_the_judge_is_read_and_said_not_to_be_judged(
    repo: Repo, review: Command
) -> None:
    judged = RULE.replace("check: ruff\noptions: {codes: [T201]}\n", "")
    repo.commit({".architrave/rules/border.md": judged})
    repo.write({"a.py": "x = 1\n"})
    ran = review.json(repo)
    assert ran.code == 0
    assert "Not judged by a model: 15 rules" in ran.review["change"]["notes"][0]


@pytest.mark.parametrize(
    ("judge", "code"), [("auto", 0), ("off", 0), ("required", 3), ("maybe", 2)]
)
def test_a_judge_that_is_required_and_absent_keeps_the_gate_closed(
    repo: Repo, review: Command, judge: str, code: int
) -> None:
    repo.commit({".architrave.toml": f"judge = '{judge}'\n"})
    repo.write({"a.py": "x = 1\n"})
    ran = review(repo)
    assert ran.code == code
    assert ("requires a model's judgement" in ran.out) == (judge == "required")


def test_two_rules_of_one_folder_cannot_share_an_id() -> None:
    with pytest.raises(ArchitraveError, match="is already that of house/a.md"):
        rulebook.parse([RuleText(f"house/{n}.md", RULE.encode()) for n in "ab"], KINDS)


def test_a_house_rule_is_applied_and_explained(repo: Repo, review: Command) -> None:
    repo.commit({".architrave/rules/prints.md": RULE, "tests/a.py": "x = 1\n"})
    repo.write({"tests/a.py": "print(1)\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/no-prints", "tests/a.py", 1)]
    assert ran.review["findings"][0]["why"] == "Because."
    assert ran.code == 1
    assert "No prints here" in review(repo, "--explain", "house/no-prints").out


def test_a_house_rule_with_mistakes_stops_the_review(repo: Repo, review: Command) -> None:
    repo.commit({".architrave/rules/prints.md": RULE.replace("error", "fatal")})
    repo.write({"a.py": "x = 1\n"})
    ran = review(repo)
    assert ran.code == 2
    assert ".architrave/rules/prints.md:4" in ran.err


def test_a_house_rule_that_ruff_does_not_know_keeps_the_gate_closed(
    repo: Repo, review: Command
) -> None:
    repo.commit({".architrave/rules/x.md": RULE.replace("T201", "ZZZ999")})
    repo.write({"a.py": "x = 1\n"})
    ran = review.json(repo)
    assert ran.code == 3
    assert "Ruff refused" in ran.status("a.py")["ruff"]
    assert ran.status("a.py")["bandit"] == "checked"


def test_imports_are_sorted_as_in_a_full_checkout(repo: Repo, review: Command) -> None:
    isort = RULE.replace("T201", "I001").replace("no-prints", "sorted")
    repo.commit(
        {".architrave/rules/i.md": isort, "shop/__init__.py": "", "src/lib/__init__.py": ""}
    )
    good = (
        "import os\n\nimport requests\n\nimport lib\nimport shop\n\nX = (os, requests, lib, shop)\n"
    )
    bad = good.replace("import requests\n\nimport lib", "import lib\nimport requests")
    repo.write({"good.py": good, "bad.py": bad})
    assert review.json(repo).labelled("introduced") == [("house/sorted", "bad.py", 1)]


# Policy ---------------------------------------------------------------------------------------


def test_the_policy_switches_rules_off_and_changes_severity_and_options(
    repo: Repo, review: Command, tools_alone: None
) -> None:
    policy = """
disable = ["python/unused-import"]
ignore = ["vendor/**"]
[severity]
"python/leftover-print" = "error"
[options]
"complexity/cyclomatic-complexity" = {max = 2}
"""
    repo.commit({".architrave.toml": policy})
    tangled = "import os\n\n\ndef f(x):\n    if x:\n        print(x)\n    return x or 1\n"
    repo.write({"a.py": tangled, "vendor/b.py": tangled})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [
        ("complexity/cyclomatic-complexity", "a.py", 4),
        ("python/leftover-print", "a.py", 6),
    ]
    assert [found["severity"] for found in ran.review["findings"]] == ["warning", "error"]
    assert ran.status("vendor/b.py")["ruff"] == "not applicable: ignored by .architrave.toml"
    assert ran.code == 1


def test_the_policy_may_stand_in_pyproject(repo: Repo, review: Command) -> None:
    repo.commit({"pyproject.toml": "[tool.architrave]\npacks = ['security']\n"})
    repo.write({"a.py": "import os\nx = eval('1')\n"})
    assert review.json(repo).labelled("introduced") == [("security/code-execution", "a.py", 2)]


@pytest.mark.parametrize(
    ("severity", "code"), [("note", 1), ("warning", 1), ("error", 0), ("never", 0)]
)
def test_the_policy_says_what_blocks_and_the_flag_overrules_it(
    repo: Repo, review: Command, severity: str, code: int
) -> None:
    repo.commit({".architrave.toml": f"fail-on = '{severity}'\n"})
    repo.write({"a.py": "import os\n"})
    assert review(repo).code == code
    assert review(repo, "--fail-on", "never").code == 0
    assert review(repo, "--fail-on", "warning").code == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("\npaks = []\n", ".architrave.toml:2: unknown key `paks`; did you mean `packs`?"),
        ("packs = 'x'\n", ".architrave.toml:1: `packs` must be a list of strings"),
        ("ignore = [1]\n", ".architrave.toml:1: `ignore` must be a list of strings"),
        ("fail-on = 'always'\n", "`fail-on` must be one of"),
        ("[severity]\n'a/b' = 'bad'\n", ".architrave.toml:2: severity of `a/b` must be"),
        ("severity = 1\n", "`severity` must be a table"),
        ("[options]\n'a/b' = 1\n", ".architrave.toml:2: options of `a/b` must be a table"),
        ("packs = [\n", ".architrave.toml cannot be read"),
        ("packs = ['pyhton']\n", "unknown pack `pyhton` in `packs`; did you mean `python`?"),
        ("disable = ['python/x']\n", "unknown rule `python/x` in `disable`"),
        (
            "[severity]\n'security/shell-injecton' = 'note'\n",
            "did you mean `security/shell-injection`?",
        ),
        ("[options.'complexity/maintainability']\nmin = 'x'\n", "`min` must be a number"),
        ("[options.'complexity/maintainability']\nmax = 1\n", "unknown option `max`"),
    ],
)
def test_a_mistake_in_the_policy_is_named(
    repo: Repo, review: Command, text: str, complaint: str
) -> None:
    repo.commit({".architrave.toml": text})
    repo.write({"a.py": "x = 1\n"})
    ran = review(repo)
    assert ran.code == 2
    assert complaint in ran.err


def test_all_mistakes_in_a_policy_are_told_at_once_with_their_lines(
    repo: Repo, review: Command
) -> None:
    repo.commit(
        {".architrave.toml": "packs = [\n  'pyton',\n]\ndisabel = []\n[severity]\n'a/b' = 'x'\n"}
    )
    repo.write({"a.py": "x = 1\n"})
    ran = review(repo)
    assert ran.code == 2
    assert ".architrave.toml:2: unknown pack `pyton` in `packs`; did you mean `python`?" in ran.err
    assert ".architrave.toml:4: unknown key `disabel`; did you mean `disable`?" in ran.err
    assert ".architrave.toml:6: severity of `a/b` must be" in ran.err
    assert ".architrave.toml:6: unknown rule `a/b` in `severity`" in ran.err


def test_a_mistake_in_pyproject_is_found_in_its_table() -> None:
    text = b"[tool.other]\npaks = 1\n[tool.architrave]\npaks = 1\n"
    with pytest.raises(ArchitraveError, match=r"pyproject.toml:4: unknown key `paks`"):
        settings.read_policy(None, text)


def test_a_repository_without_policy_gets_the_built_in_one() -> None:
    assert settings.read_policy(None, b"[project]\nname = 'x'\n") == Policy()


# Ruff's settings ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ruff.toml", "[lint]\nignore = ['F401']\n"),
        (".ruff.toml", "lint.extend-ignore = ['F4']\n"),
        ("pyproject.toml", "[tool.ruff.lint]\nignore = ['F', 'NOSUCH123']\n"),
        ("pyproject.toml", "[tool.ruff]\nignore = ['F401']\n"),
        ("ruff.toml", "[lint.per-file-ignores]\n'pkg/*' = ['F401']\n"),
        ("pkg/ruff.toml", "lint.ignore = ['F401']\n"),
    ],
)
def test_what_the_repository_tells_ruff_to_ignore_is_ignored(
    repo: Repo, review: Command, name: str, text: str
) -> None:
    repo.commit({name: text, "base.toml": ""})
    repo.write({"pkg/a.py": "import os\nx = undefined\n"})
    found = [rule for rule, _, _ in review.json(repo).labelled("introduced")]
    assert "python/unused-import" not in found
    assert ("python/undefined-name" in found) == ("'F'" not in text)


def test_settings_are_extended_within_the_tree(repo: Repo, review: Command) -> None:
    repo.commit(
        {"conf/base.toml": "lint.ignore = ['F401']\n", "ruff.toml": "extend = 'conf/base.toml'\n"}
    )
    repo.write({"a.py": "import os\n"})
    assert review.json(repo).labelled("introduced") == []
    repo.commit({"conf/base.toml": "", "b.py": "x = 1\n"})
    repo.write({"b.py": "import os\n"})
    assert review.json(repo).labelled("introduced") == [("python/unused-import", "b.py", 1)]


def test_settings_that_extend_each_other_end(repo: Repo, review: Command) -> None:
    repo.commit({"ruff.toml": "extend = 'b.toml'\n", "b.toml": "extend = 'ruff.toml'\n"})
    repo.write({"a.py": "import os\n"})
    assert review.json(repo).labelled("introduced") == [("python/unused-import", "a.py", 1)]


def test_thresholds_of_the_repository_count(repo: Repo, review: Command, tools_alone: None) -> None:
    repo.commit({"ruff.toml": "[lint.pylint]\nmax-args = 9\n"})
    repo.write({"a.py": "def f(a, b, c, d, e, g):\n    return a, b, c, d, e, g\n"})
    assert review.json(repo).labelled("introduced") == []


@pytest.mark.parametrize("setting", ["exclude = ['*']", "force-exclude = true\nexclude = ['*']",
                                     "required-version = '0.0.1'", "fix = true\nunsafe-fixes = true",
                                     "lint.select = []", "include = []", "output-format = 'grouped'"])  # fmt: skip
def test_settings_that_hide_or_change_files_are_not_followed(
    repo: Repo, review: Command, setting: str
) -> None:
    repo.commit({"ruff.toml": setting + "\n"})
    repo.write({"a.py": "import os\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("python/unused-import", "a.py", 1)]
    assert (repo.path / "a.py").read_text() == "import os\n"


def test_settings_that_are_no_toml_stop_the_review(repo: Repo, review: Command) -> None:
    repo.commit({"ruff.toml": "lint = [\n"})
    repo.write({"a.py": "x = 1\n"})
    ran = review(repo)
    assert ran.code == 2
    assert "ruff.toml cannot be read" in ran.err


def test_settings_that_ruff_refuses_keep_the_gate_closed(repo: Repo, review: Command) -> None:
    repo.commit({"ruff.toml": "target-version = 'py2'\n"})
    repo.write({"a.py": "x = 1\n"})
    ran = review.json(repo)
    assert ran.code == 3
    assert "Ruff refused its settings" in ran.status("a.py")["ruff"]


def test_a_link_in_place_of_settings_is_not_followed(repo: Repo, review: Command) -> None:
    (repo.path / "ruff.toml").symlink_to("/etc/passwd")
    repo.commit({"b.py": "x = 1\n"})
    repo.write({"a.py": "import os\n"})
    assert review.json(repo).labelled("introduced") == [("python/unused-import", "a.py", 1)]


@pytest.mark.parametrize(("python", "parses"), [("3.8", False), ("3.10", True)])
def test_the_python_that_the_project_supports_decides_what_parses(
    repo: Repo, review: Command, tools_alone: None, python: str, parses: bool
) -> None:
    repo.commit({"pyproject.toml": f"[project]\nrequires-python = '>={python}'\n"})
    repo.write({"pkg/a.py": "def f(x):\n    match x:\n        case 1:\n            return 1\n"})
    found = [rule for rule, _, _ in review.json(repo).labelled("introduced")]
    assert found == ([] if parses else ["python/syntax-error"])


# Globs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "globs", "expected"),
    [
        ("a/b.py", [], True),
        ("a/b.py", ["*.py"], True),
        ("a/b.py", ["a/*"], True),
        ("a/b/c.py", ["a/*"], False),
        ("a/b/c.py", ["a/**"], True),
        ("a/b/c.py", ["a/"], True),
        ("c.py", ["**/c.py"], True),
        ("x/c.py", ["/c.py"], False),
        ("x/y/tests/z.py", ["!**/tests/**"], False),
        ("tests/z.py", ["!**/tests/**"], False),
        ("x/z.py", ["!**/tests/**"], True),
        ("src/z.py", ["src/**", "!src/z.py"], False),
        ("a+b.py", ["a?b.py"], True),
        ("a\nb.py", ["*.py"], True),
    ],
)
def test_globs_are_read_as_in_a_gitignore(path: str, globs: list[str], expected: bool) -> None:
    assert paths.matches(path, globs) is expected


def test_every_rule_file_is_markdown_and_nothing_else_is_there() -> None:
    names = [path for path in Path(standards.BUILT_IN).rglob("*") if path.is_file()]
    assert {path.suffix for path in names} == {".md"}


GLOBS = st.lists(
    st.sampled_from(["a", "b", "*", "?", "**", "a*", "*b", "a*b", "*a*", "a?b*", "ab"]),
    min_size=1,
    max_size=5,
)
PATHS = st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=5)


@given(GLOBS, PATHS, st.booleans())
def test_globs_mean_what_a_gitignore_means(
    segments: list[str], names: list[str], rooted: bool
) -> None:
    glob, path = "/" * rooted + "/".join(segments), "/".join(names)
    anchored = segments if rooted or len(segments) > 1 else ["**", *segments]
    assert paths.matches(path, [glob]) == _by_the_book(anchored, names)


def _by_the_book(glob: list[str], names: list[str]) -> bool:
    """Plain recursion over segments."""
    if not glob:
        return not names
    if glob[0] == "**":
        if len(glob) == 1:
            return bool(names)
        return any(_by_the_book(glob[1:], names[skipped:]) for skipped in range(len(names)))
    return (
        bool(names) and fnmatch.fnmatchcase(names[0], glob[0]) and _by_the_book(glob[1:], names[1:])
    )


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("*a" * 40, "a" * 4_000 + "b"),
        ("**/" * 40 + "x", "a/" * 2_000 + "b"),
        ("**/*a*/" * 20 + "x", "a/" * 2_000 + "b"),
        ("*?" * 40 + "b", "a" * 4_000),
    ],
)
def test_a_hostile_path_does_not_keep_a_glob_busy(glob: str, path: str) -> None:
    assert not paths.matches(path, [glob])  # with a pattern that backtracks: hours


def test_a_rule_file_of_nothing_but_fences_is_read_in_no_time() -> None:
    assert len(examples.read("```a\n" * 13_000)) == 1
