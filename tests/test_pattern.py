"""Pattern rules: what they find in which language, how they are labelled, and what breaks them."""

import json
import random
import re
from pathlib import Path

import pytest
from conftest import Command, Ran, Repo

from bot import examples, rulebook, settings, structure
from bot.analysis import FINDINGS_LIMIT
from bot.checkers import KINDS, pattern
from bot.domain import Rule
from bot.outside import pattern_worker
from bot.rulebook import RuleText

ROOT = Path(__file__).parent.parent
COOKBOOK = re.findall(
    r"^````markdown\n(.*?)^````$", (ROOT / "docs" / "rules.md").read_text(), re.DOTALL | re.MULTILINE
)  # fmt: skip
NO_COMMANDS = {"language": "python", "pattern": "os.system($COMMAND)"}


def house(name: str, options: dict, severity: str = "error", paths: str = "[]") -> str:  # type: ignore[type-arg]
    return (
        f"---\nid: house/{name}\ntitle: The title of {name}\nseverity: {severity}\ncheck: pattern\n"
        f"paths: {paths}\noptions: {json.dumps(options)}\n---\n\n## Why\n\nBecause.\n\n## Instead\n\nElse.\n"
    )


def rules(repo: Repo, *texts: str, **files: str) -> None:
    """Commit these rules, and no packs, as what judges."""
    written: dict[str, str | bytes | None] = {".architrave.toml": "packs = []\n", **files}
    written |= {f".architrave/rules/r{n}.md": text for n, text in enumerate(texts)}
    repo.commit(written)


def rule(options: dict, name: str = "r") -> Rule:  # type: ignore[type-arg]
    return Rule(f"house/{name}", "t", "error", "pattern", options, {}, origin=f"{name}.md")


def messages(ran: Ran) -> list[str]:
    return [found["message"] for found in ran.review["findings"] if found["label"] == "introduced"]


# The cookbook ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", COOKBOOK, ids=lambda text: text.split("\n")[1])
def test_every_rule_of_the_cookbook_finds_what_it_is_for(text: str) -> None:
    data = text.encode()
    (read,) = rulebook.parse([RuleText(".architrave/rules/x.md", data)], KINDS)
    assert examples.problems(read, data, settings.load()) == []


def test_an_example_without_a_path_has_the_usual_ending_of_its_language() -> None:
    section = "```rust\nx\n```\n\n```tsx\nx\n```\n\n```python\nx\n```\n\n```toml\nx\n```\n"
    names = [name for example in examples.read(section) for name in example.head]
    assert names == ["example.rs", "example.tsx", "example.py", "example.toml"]


def test_the_cookbook_has_rules_and_names_every_language() -> None:
    assert len(COOKBOOK) >= 5
    listed = (ROOT / "docs" / "rules.md").read_text().split("any of these languages:")[1]
    names = listed.split(". Files are told")[0].replace(",", " ").split()
    assert names == list(structure.LANGUAGES)


# Options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"pattern": "x"}, "`language` is missing; it is a language or a list of them: bash"),
        ({"language": "cobol", "pattern": "x"}, "`cobol` is not known; known are bash, c,"),
        ({"language": "js", "pattern": "x"}, "`js` is not known; did you mean `javascript`?"),
        ({"language": "Pyhton", "pattern": "x"}, "`Pyhton` is not known; did you mean `python`?"),
        ({"language": ["go", "c#"], "pattern": "x"}, "`c#` is not known; did you mean `csharp`?"),
        ({"language": [], "pattern": "x"}, "`language` must be"),
        ({"language": "go"}, "takes either `pattern` or `rule`"),
        ({"language": "go", "pattern": "x", "rule": {"kind": "x"}}, "either `pattern` or `rule`"),
        ({"language": "go", "pattern": " "}, "`pattern` must be text that is not empty"),
        ({"language": "go", "pattern": ["x", ""]}, "`pattern` must be text that is not empty"),
        ({"language": "go", "pattern": "x" * 2_001}, "`pattern` is longer than 2000 characters"),
        ({"language": "go", "pattern": "a\0b"}, "`pattern` holds characters"),
        ({"language": "go", "patern": "x"}, "unknown option `patern`; did you mean `pattern`?"),
        ({"language": "go", "rule": "x"}, "`rule` must be an ast-grep rule object"),
        ({"language": "go", "rule": {}}, "`rule` must have at least one of pattern, kind"),
        ({"language": "go", "rule": {"has": {"stopBy": "end"}}}, "`rule.has` must have at least"),
        ({"language": "go", "rule": {"kind": 3}}, "`rule.kind` must be text"),
        ({"language": "go", "rule": {"kinds": "x"}}, "unknown key `kinds`; did you mean `kind`?"),
        (
            {"language": "go", "rule": {"all": [{"any": [{"kind": "a"}, {"patern": "x"}]}]}},
            "`rule.all[0].any[1]`: unknown key `patern`; did you mean `pattern`?",
        ),
        ({"language": "go", "rule": {"all": {"kind": "x"}}}, "`rule.all` must be a list"),
        ({"language": "go", "rule": {"any": []}}, "`rule.any` must be a list"),
        ({"language": "go", "rule": {"not": ["x"]}}, "`rule.not` must be a rule object"),
        ({"language": "go", "rule": {"kind": "x", "field": "a"}}, "unknown key `field`"),
        ({"language": "go", "rule": {"regex": "x" * 501}}, "`rule.regex` is longer than 500"),
        (
            {"language": "go", "rule": {"inside": {"kind": "x", "stopBy": "ende"}}},
            "`rule.inside.stopBy` must be neighbor, end or a rule object",
        ),
        (
            {"language": "go", "rule": {"inside": {"kind": "x", "stopBy": {"kid": "y"}}}},
            "`rule.inside.stopBy`: unknown key `kid`; did you mean `kind`?",
        ),
        ({"language": "go", "rule": {"pattern": {"context": "x"}}}, "`rule.pattern.selector` must"),
        (
            {"language": "go", "rule": {"pattern": {"context": "x", "selector": "y", "strict": 1}}},
            "`rule.pattern`: unknown key `strict`; did you mean `strictness`?",
        ),
        (
            {"language": "go", "pattern": "f($A)", "constraints": {"a": {"kind": "x"}}},
            "`constraints`: `a` must be the name of a capture",
        ),
        (
            {"language": "go", "pattern": "f($A)", "constraints": {"A": {"regx": "x"}}},
            "`constraints.A`: unknown key `regx`; did you mean `regex`?",
        ),
        (
            {"language": "go", "rule": {"matches": "u"}, "utils": {"u": {"any": [{}]}}},
            "`utils.u.any[0]` must have at least one of",
        ),
        ({"language": "go", "pattern": "f($A)", "message": "`$B`"}, "speaks of `$B`, which no"),
        ({"language": "go", "pattern": "f($A)", "fix": "g($$$B)"}, "`fix` speaks of `$B`"),
        ({"language": "go", "pattern": "f($A)", "required": "yes"}, "`required` must be true"),
        (
            {"language": "go", "pattern": "f($A)", "required": True, "fix": "x"},
            "`fix` has nothing to replace",
        ),
    ],
)  # fmt: skip
def test_a_mistake_in_the_options_is_named(options: dict, complaint: str) -> None:  # type: ignore[type-arg]
    assert complaint in " | ".join(pattern.check_options(options))


@pytest.mark.parametrize("key", ["not", "has", "all"])
def test_a_rule_object_nested_without_end_is_refused(key: str) -> None:
    deep: object = {"kind": "call"}
    for _ in range(5_000):
        deep = {key: [deep] if key == "all" else deep}
    (problem,) = pattern.check_options({"language": "go", "rule": deep})
    assert "nested deeper than 20" in problem


def test_a_rule_object_of_a_thousand_parts_is_refused() -> None:
    wide = {"any": [{"kind": "call"}] * 1_000}
    (problem,) = pattern.check_options({"language": "go", "rule": wide})
    assert "more than 200 parts" in problem


def test_the_languages_are_those_of_the_library() -> None:
    for language in structure.LANGUAGES:
        assert pattern_worker.mistake({"rule": {"regex": "x"}}, language) == ""
    assert "cobol" in pattern_worker.mistake({"rule": {"regex": "x"}}, "cobol")


@pytest.mark.parametrize("language", pattern_worker.DEFINITIONS)
def test_the_kinds_that_have_names_exist(language: str) -> None:
    config = {"rule": {"any": pattern_worker.DEFINITIONS[language]}}
    assert pattern_worker.mistake(config, language) == ""


# What only the library can tell ---------------------------------------------------------------

UNSOUND = [
    ({"rule": {"regex": "("}}, "unclosed group"),
    ({"rule": {"regex": "(?=a)b"}}, "look-around"),
    ({"rule": {"regex": "((a{100}){100}){100}"}}, "size limit"),
    ({"rule": {"kind": "nosuch"}}, "Kind `nosuch` is invalid"),
    ({"rule": {"has": {"kind": "call", "field": "nosuch"}}}, "invalid field nosuch"),
    ({"pattern": "a b"}, "Multiple AST nodes"),
    ({"pattern": "$$$"}, "is invalid"),
    ({"pattern": "f($A"}, "`f($A` does not parse as python, so it would match nothing"),
    ({"rule": {"all": [{"pattern": "def f("}]}}, "does not parse as python"),
    ({"pattern": "f($A)", "constraints": {"B": {"regex": "x"}}}, "Undefined meta var `B`"),
    ({"rule": {"matches": "nosuch"}}, "`nosuch` is not defined"),
    ({"rule": {"matches": "u"}, "utils": {"u": {"matches": "u"}}}, "cyclic"),
    (
        {"rule": {"matches": "u"}, "utils": {"u": {"matches": "v"}, "v": {"matches": "u"}}},
        "cyclic",
    ),
]


@pytest.mark.parametrize(("options", "why"), UNSOUND)
def test_what_the_library_refuses_is_told_when_rules_are_checked(
    repo: Repo,
    review: Command,
    options: dict,  # type: ignore[type-arg]
    why: str,
) -> None:
    options = {"language": "python", **options}
    assert pattern.check_options(options) == []
    rules(repo, house("bad", options), house("good", NO_COMMANDS))
    ran = review(repo, "rules", "check")
    assert ran.code == 2
    assert why in ran.err
    assert ".architrave/rules/r0.md" in ran.err
    assert ".architrave/rules/r1.md" not in ran.err


def test_a_rule_that_the_library_refuses_ends_the_review_as_a_mistake(
    repo: Repo, review: Command
) -> None:
    rules(repo, house("bad", {"language": "python", "rule": {"regex": "("}}))
    repo.write({"a.js": "x\n"})
    assert review(repo).code == 0  # nothing that the rule is for
    repo.write({"a.py": "x = 1\n"})
    for _ in range(2):  # from the worker, and from what was kept
        ran = review(repo)
        assert ran.code == 2
        assert ".architrave/rules/r0.md: as a rule for python:" in ran.err
        assert "the regular expression `(` is refused: unclosed group" in ran.err
        assert "backtrace" not in ran.err.casefold()


def test_sound_rules_compile() -> None:
    every = [rule({"language": list(structure.LANGUAGES), "rule": {"regex": "x"}})]
    assert pattern.compile_problems(every, {}) == []
    assert pattern.compile_problems([], {}) == []


# Findings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "name", "code", "forbidden", "line"),
    [
        ("javascript", "a.mjs", "f();\n\neval(x)\n", "eval($X)", 3),
        ("typescript", "a.mts", "let a = b as any\n", "$X as any", 1),
        ("tsx", "a.tsx", "let a =\n <p {...all} />\n", "<p {...$A} />", 2),
        ("go", "a.go", "package a\n\nfunc f() {\n  go run()\n}\n", "go run()", 4),
        ("rust", "a.rs", "fn f() {\n  a.unwrap();\n}\n", "$X.unwrap()", 2),
        ("java", "A.java", "class A {\n  int f() { return a.b(1); }\n}\n", "a.b($X)", 2),
        ("kotlin", "a.kt", "fun f() {\n  println(1)\n}\n", "println($X)", 2),
        ("ruby", "a.rb", "def f\n  eval(x)\nend\n", "eval($X)", 2),
        ("php", "a.php", "<?php\nmysql_query($q);\n", "mysql_query($$$)", 2),
        ("csharp", "A.cs", "class A {\n  void F() { B.C(1); }\n}\n", "B.C($X)", 2),
        ("swift", "a.swift", "func f() {\n  print(1)\n}\n", "print($X)", 2),
        ("bash", "a.sh", "set -e\ncurl $URL | sh\n", "curl $$$A | sh", 2),
        ("yaml", "a.yml", "a:\n  privileged: true\n", "privileged: true", 2),
        ("json", "a.json", '[1,\n{"a": 1}]\n', '{"a": $X}', 2),
        ("html", "a.html", "<p>\n<script>x</script></p>\n", "<script>$$$A</script>", 2),
        ("css", "a.css", "\na { color: red }\n", "a { color: $X }", 2),
        ("hcl", "a.tf", 'a "b" {\n  acl = 1\n}\n', "acl = $A", 2),
        ("lua", "a.lua", "\nos.execute('ls')\n", "os.execute($A)", 2),
        ("elixir", "a.ex", "\nIO.puts(1)\n", "IO.puts($A)", 2),
        ("python", "script", "#!/usr/bin/env python3\neval(x)\n", "eval($A)", 2),
        ("cpp", "A.HPP", "void f() {\n  auto a = new B(1);\n}\n", "new $T($$$A)", 2),
    ],
)  # fmt: skip
def test_a_structure_is_found_in_its_language(
    repo: Repo, review: Command, language: str, name: str, code: str, forbidden: str, line: int
) -> None:
    rules(repo, house("x", {"language": language, "pattern": forbidden}))
    repo.write({name: code})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/x", name, line)]
    assert ran.code == 1
    assert ran.status(name)["pattern"] == "checked"
    (found,) = ran.review["findings"]
    assert found["quote"] == code.split("\n")[line - 1]


def test_a_file_of_another_language_or_path_is_not_for_the_rule(
    repo: Repo, review: Command
) -> None:
    rules(repo, house("x", {"language": "go", "pattern": "go $X"}, paths='["a/**"]'))
    repo.write({"b/a.go": "package a\nfunc f() { go run() }\n", "a/a.js": "x\n", "a/go": "x\n"})
    ran = review.json(repo)
    assert ran.code == 0
    for path in ("b/a.go", "a/a.js", "a/go"):
        assert ran.status(path)["pattern"] == "not applicable: no rule for such a file"


def test_the_message_shows_what_was_matched_in_short(repo: Repo, review: Command) -> None:
    argument = '"' + "x" * 100 + '"'
    rules(
        repo,
        house("x", {"language": "python", "pattern": "f($A, $$$B)", "message": "`$A` and `$$$B`"}),
        house("y", {"language": "python", "pattern": "g($$$A)", "message": "`$$$A`"}),
    )
    repo.write({"a.py": f"f(a  +\n 1, b, '`')\ng()\ng({argument})\n"})
    assert messages(review.json(repo)) == ["`a + 1` and `b,'''`", "`…`", f"`{argument[:59]}…`"]


def test_without_a_message_the_title_speaks(repo: Repo, review: Command) -> None:
    rules(repo, house("x", NO_COMMANDS))
    repo.write({"a.py": "os.system('ls')\n"})
    assert messages(review.json(repo)) == ["The title of x"]


def test_a_fix_names_the_place_and_the_code(repo: Repo, review: Command) -> None:
    rules(repo, house("x", {**NO_COMMANDS, "fix": "run($COMMAND)"}))
    repo.write({"a.py": "é = 1; os.system(\n  'é')\n"})
    (found,) = review.json(repo).review["findings"]
    assert found["fix"]["safe"] is False
    assert found["fix"]["edits"] == [
        {"start_line": 1, "start_column": 8, "end_line": 2, "end_column": 7, "text": "run('é')"}
    ]


def test_alike_on_one_line_is_told_once(repo: Repo, review: Command) -> None:
    rules(repo, house("x", NO_COMMANDS))
    repo.write({"a.py": "os.system(1), os.system(2)\nos.system(1)\n"})
    assert review.json(repo).labelled("introduced") == [
        ("house/x", "a.py", 1),
        ("house/x", "a.py", 2),
    ]


def test_constraints_and_utils_are_heeded(repo: Repo, review: Command) -> None:
    options = {
        "language": "python",
        "rule": {"all": [{"pattern": "$F($A)"}, {"matches": "inside-loop"}]},
        "constraints": {"F": {"regex": "^(get|load)$"}},
        "utils": {"inside-loop": {"inside": {"kind": "for_statement", "stopBy": "end"}}},
    }
    rules(repo, house("x", options))
    repo.write({"a.py": "get(1)\nfor a in b:\n    get(a)\n    put(a)\n    load(a)\n"})
    assert [line for _, _, line in review.json(repo).labelled("introduced")] == [3, 5]


# Labels ---------------------------------------------------------------------------------------

SCRIPT = "function load() {\n  run();\n  eval(text);\n}\n\nclass Shop {\n  open() {\n    eval(text);\n  }\n}\n"
NO_EVAL = {"language": ["javascript", "typescript"], "pattern": "eval($A)"}


def test_symbols_of_other_languages_are_named(repo: Repo, review: Command) -> None:
    rules(repo, house("x", NO_EVAL))
    repo.write({"a.js": SCRIPT + "const go = (a) => {\n  eval(a);\n};\n"})
    named = [found["symbol"] for found in review.json(repo).review["findings"]]
    assert named == ["load", "Shop.open", "go"]


@pytest.mark.parametrize("new", [SCRIPT.replace("  run();\n", ""), "let a;\n\n" + SCRIPT, SCRIPT.replace("eval(text)", "eval( text )"), SCRIPT.replace("\n", "\r\n"), "\ufeff" + SCRIPT])  # fmt: skip
def test_what_was_there_before_stays_so_after_edits_around_it(
    repo: Repo, review: Command, new: str
) -> None:
    rules(repo, house("x", NO_EVAL), **{"a.js": SCRIPT})
    repo.write({"a.js": new})
    ran = review.json(repo, "-v")
    assert ran.labelled("introduced") == []
    assert len(ran.labelled("pre-existing")) == 2


def test_a_second_one_alike_is_new(repo: Repo, review: Command) -> None:
    rules(repo, house("x", NO_EVAL), **{"a.js": SCRIPT})
    repo.write({"a.js": SCRIPT.replace("  run();", "  eval(text);")})
    ran = review.json(repo, "-v")
    assert len(ran.labelled("introduced")) == 1
    assert len(ran.labelled("pre-existing")) == 2


def test_a_renamed_file_and_a_moved_function_make_no_noise(repo: Repo, review: Command) -> None:
    rules(repo, house("x", NO_EVAL), **{"a.js": SCRIPT, "c.js": "start();\n"})
    first, second = SCRIPT.split("\n\n")
    repo.git("mv", "a.js", "b.ts")
    repo.write({"b.ts": f"{second}\n{first}\n", "c.js": "start();\n"})
    assert review.json(repo).labelled("introduced") == []
    repo.write({"b.ts": second, "c.js": f"start();\n{first}\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == []
    assert ran.labelled("moved") == [("house/x", "c.js", 4)]


def test_a_file_that_moves_to_where_the_rule_holds_brings_its_findings(
    repo: Repo, review: Command
) -> None:
    rules(repo, house("x", NO_EVAL, paths='["web/**"]'), **{"lib/a.js": SCRIPT})
    (repo.path / "web").mkdir()
    repo.git("mv", "lib/a.js", "web/a.js")
    assert len(review.json(repo).labelled("introduced")) == 2


def test_in_a_language_without_names_lines_tell_what_is_old(repo: Repo, review: Command) -> None:
    old = "a:\n  image: x:latest\nb:\n  image: y:1\n"
    options = {
        "language": "yaml",
        "rule": {"kind": "block_mapping_pair", "regex": "^image: .*latest$"},
    }
    rules(repo, house("x", options), **{"a.yml": old})
    repo.write({"a.yml": "# services\n" + old.replace("y:1", "y:latest")})
    ran = review.json(repo, "-v")
    assert ran.labelled("introduced") == [("house/x", "a.yml", 5)]
    assert ran.labelled("pre-existing") == [("house/x", "a.yml", 3)]


def test_a_rule_about_comments_sees_a_change_of_comments_alone(repo: Repo, review: Command) -> None:
    options = {"language": "python", "rule": {"kind": "comment", "regex": "TODO"}}
    rules(repo, house("x", options), **{"a.py": "x = 1\n"})
    repo.write({"a.py": "x = 1  # TODO\n"})
    assert review.json(repo).labelled("introduced") == [("house/x", "a.py", 1)]


def test_yaml_that_means_the_same_to_python_is_not_pardoned(repo: Repo, review: Command) -> None:
    """As Python, both sides are the same program: an annotation."""
    options = {"language": "yaml", "pattern": "mode: 0o777"}
    rules(repo, house("x", options), **{"a.yml": "mode: 511\n"})
    repo.write({"a.yml": "mode: 0o777\n"})
    assert review.json(repo).labelled("introduced") == [("house/x", "a.yml", 1)]


# Required structures --------------------------------------------------------------------------

STRICT = {"language": "javascript", "pattern": "'use strict'", "required": True}


def test_a_new_file_must_have_what_is_required(repo: Repo, review: Command) -> None:
    rules(repo, house("x", STRICT))
    repo.write({"a.js": "// first\nrun();\n", "b.js": "'use strict';\nrun();\n", "c.js": ""})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/x", "a.js", 1), ("house/x", "c.js", 1)]
    assert messages(ran)[0] == "`'use strict'` is missing in this file"


@pytest.mark.parametrize(
    ("base", "head", "label"),
    [
        ("'use strict';\nrun();\n", "run();\n", "introduced"),
        ("run();\n", "run(1);\n", "pre-existing"),
        ("function f() {}\nrun();\n", "let a;\nfunction g() {}\nrun();\n", "pre-existing"),
        ("run();\n", "'use strict';\nrun();\n", "fixed"),
        ("'use strict';\n", "'use strict';\nrun();\n", ""),
    ],
)
@pytest.mark.parametrize("language", ["javascript", "lua"])
def test_what_is_required_is_told_of_when_it_goes(
    repo: Repo, review: Command, base: str, head: str, label: str, language: str
) -> None:
    name = f"a.{structure.LANGUAGES[language][-1].lstrip('.')}"
    options = {**STRICT, "language": language, "rule": {"regex": "^'use strict'$"}}
    del options["pattern"]
    if language == "lua":  # no names there, and other calls
        base, head = (
            text.replace(";", "").replace("'use strict'", "a = 'use strict'").replace("{}", "end")
            .replace("let a", "a = 1") for text in (base, head)
        )  # fmt: skip
    rules(repo, house("x", options), **{name: base})
    repo.write({name: head})
    assert [found["label"] for found in review.json(repo, "-v").review["findings"]] == [
        label
    ] * bool(label)


def test_a_renamed_file_that_lacks_what_is_required_is_no_news(repo: Repo, review: Command) -> None:
    rules(repo, house("x", STRICT), **{"a.js": SCRIPT})
    repo.git("mv", "a.js", "b.js")
    repo.write({"b.js": "let a = 1;\n" + SCRIPT})
    assert review.json(repo).labelled("introduced") == []


# Every output ---------------------------------------------------------------------------------


def test_every_output_shows_code_of_other_languages(repo: Repo, review: Command) -> None:
    rules(repo, house("x", NO_EVAL), house("y", {"language": "html", "pattern": "<b>$A</b>"}))
    repo.write({"a.ts": SCRIPT, "b.html": "<b>x</b>\n"})
    assert "```ts\n" in review(repo, "--format", "markdown").out
    assert "```html\n" in review(repo, "--format", "prompt").out
    assert "a.ts" in review(repo, "--format", "github").out
    sarif = json.loads(review(repo, "--format", "sarif").out)
    assert len(sarif["runs"][0]["results"]) == 3
    assert "eval(text);" in review(repo).out


def test_a_strange_ending_does_not_reach_a_fence() -> None:
    from bot import wording

    assert wording.language("a.py") == wording.language("script") == "python"
    assert wording.language("a.TS") == "ts"
    assert wording.language("a.b`c") == wording.language("a." + "x" * 11) == ""


def test_only_python_is_coloured_as_python(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    rules(repo, house("x", {"language": ["javascript", "python"], "pattern": "eval($A)"}))
    repo.write({"a.js": "lambda = eval(1)\n", "b.py": "lambda: eval(1)\n"})
    lines = [line for line in review(repo).out.split("\n") if "eval" in line]
    assert [line.endswith("| \x1b[0mlambda = eval(1)") for line in lines] == [True, False]


# Hostile and broken files ---------------------------------------------------------------------


def test_a_file_that_is_no_text_keeps_the_gate_closed(repo: Repo, review: Command) -> None:
    rules(repo, house("x", NO_EVAL))
    data = random.Random(7).randbytes(5_000)
    repo.write({"a.js": data, "b.js": b"run()\n// \0\neval(x)\n", "c.js": "eval(x)\n"})
    ran = review.json(repo)
    assert ran.code == 3
    assert "no text" in ran.status("a.js")["pattern"]
    assert "no text" in ran.status("b.js")["pattern"]
    assert ran.labelled("introduced") == [("house/x", "c.js", 1)]


def test_bytes_that_are_not_utf8_hide_nothing(repo: Repo, review: Command) -> None:
    rules(repo, house("x", {**NO_EVAL, "message": "`$A`"}))
    repo.write({"a.js": "let é = 'é';\neval('é')\n".encode("latin-1")})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/x", "a.js", 2)]
    assert messages(ran) == ["`'\ufffd'`"]


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n", "\u2028"])
def test_no_line_end_hides_code_behind_a_comment(repo: Repo, review: Command, end: str) -> None:
    rules(repo, house("x", NO_EVAL))
    repo.write({"a.js": f"run() // harmless{end}eval(x)\n"})
    assert len(review.json(repo).labelled("introduced")) == 1


def test_a_slip_in_the_syntax_hides_nothing_else(repo: Repo, review: Command) -> None:
    rules(repo, house("x", NO_EVAL))
    repo.write({"a.js": "function f() {\n  let a = ;\n  eval(x);\n}\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/x", "a.js", 3)]
    assert ran.status("a.js")["pattern"] == "checked"


def test_a_file_that_does_not_parse_at_all_keeps_the_gate_closed(
    repo: Repo, review: Command
) -> None:
    rules(repo, house("x", NO_EVAL))
    repo.write({"a.js": "[[[ {{{ )))\n" * 20})
    ran = review.json(repo)
    assert ran.code == 3
    assert ran.status("a.js")["pattern"] == "failed: it does not parse as javascript"


def test_an_old_version_that_does_not_parse_costs_only_the_comparison(
    repo: Repo, review: Command
) -> None:
    rules(repo, house("x", NO_EVAL), **{"a.js": "eval(1)\n" + "[[[ {{{ )))\n" * 20})
    repo.write({"a.js": "eval(1)\neval(2)\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/x", "a.js", 2)]
    assert "the old version failed" in ran.status("a.js")["pattern"]


def test_translations_that_end_as_typescript_does_are_no_typescript(
    repo: Repo, review: Command
) -> None:
    rules(repo, house("x", NO_EVAL))
    repo.write({"de.ts": '<?xml version="1.0"?>\n<!DOCTYPE TS>\n<TS><message/></TS>\n'})
    ran = review.json(repo)
    assert ran.code == 0
    assert ran.status("de.ts")["pattern"] == "checked"


def test_a_file_that_is_too_large_keeps_the_gate_closed(repo: Repo, review: Command) -> None:
    rules(repo, house("x", NO_EVAL))
    repo.write({"a.js": "run();\n" * 160_000})
    ran = review.json(repo)
    assert ran.code == 3
    assert ran.status("a.js")["pattern"] == "skipped: larger than 1 MiB"


def test_more_findings_than_can_be_compared_keep_the_gate_closed(
    repo: Repo, review: Command
) -> None:
    rules(repo, house("x", NO_EVAL), house("y", {"language": "javascript", "pattern": "zzz"}))
    repo.write({"a.js": "eval(x);\n" * (FINDINGS_LIMIT + 100) + "zzz;\n"})
    ran = review.json(repo)
    assert ran.code == 3
    assert f"more than {FINDINGS_LIMIT} findings" in ran.status("a.js")["pattern"]
    assert len(ran.labelled("introduced")) == FINDINGS_LIMIT


DEEP = ["python", "javascript", "typescript", "tsx", "go", "rust", "java", "ruby", "php", "json"]


@pytest.mark.parametrize("language", DEEP)
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("[", "")])
def test_brackets_as_deep_as_a_file_is_long_cost_no_more_than_the_worker(
    language: str, opening: str, closing: str
) -> None:
    """The parser may refuse it, not fall over: half a megabyte of brackets in brackets."""
    data = (opening * 250_000 + closing * 250_000).encode()
    definition = {"languages": [language], "config": {"rule": {"regex": "^zzz$"}}, "message": "", "fix": None, "required": False}  # fmt: skip
    options = {"rules": {"r": definition}, "files": {}, "groups": [], "limit": 10}
    answer = pattern_worker.look(data, "", options)
    assert answer["rows"] == []
    assert answer["refused"] == []


def test_a_file_on_which_the_worker_hangs_costs_itself(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The grammar of Lua takes quadratic time for brackets that nobody closes."""
    monkeypatch.setattr("bot.outside.worker.PATIENCE_SECONDS", 2.0)
    rules(repo, house("x", {"language": "lua", "pattern": "os.execute($A)"}))
    repo.write({"a.lua": "[" * 1_000_000, "b.lua": "os.execute(x)\n"})
    ran = review.json(repo)
    assert ran.code == 3
    assert "no answer within" in ran.status("a.lua")["pattern"]
    assert ran.labelled("introduced") == [("house/x", "b.lua", 1)]


def test_a_regular_expression_cannot_take_forever(repo: Repo, review: Command) -> None:
    options = {"language": "python", "rule": {"kind": "string", "regex": "^(.*a)*(a|aa)+$"}}
    rules(repo, house("x", options))
    repo.write({"a.py": "x = '" + "a" * 50_000 + "'\n"})
    ran = review.json(repo)
    assert ran.code == 0
    assert ran.review["cost"]["seconds"] < 20


def test_functions_in_functions_have_names_of_bounded_length() -> None:
    root = pattern_worker.SgRoot("function a(){" * 20_000 + "}" * 20_000, "javascript").root()
    names = [name for name, _, _ in pattern_worker.symbols(root, "javascript")]
    assert len(names) == 12
    assert names[-1] == ".".join("a" * 12)


def test_nine_hundred_rules_are_no_trouble(repo: Repo, review: Command) -> None:
    texts = [house(f"r{n}", {"language": "python", "pattern": f"f{n}($A)"}) for n in range(900)]
    rules(repo, *texts)
    repo.write({"a.py": "f7(1)\nf898(2)\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/r7", "a.py", 1), ("house/r898", "a.py", 2)]


def test_a_library_that_is_missing_keeps_the_gate_closed(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = pattern.PROGRAM._replace(module="bot.outside.nosuch_worker")
    monkeypatch.setattr(pattern, "PROGRAM", broken)
    rules(repo, house("x", NO_EVAL))
    repo.write({"a.js": "eval(x)\n"})
    ran = review.json(repo, "--no-cache")
    assert ran.code == 3
    assert "nosuch_worker" in ran.status("a.js")["pattern"]
    assert "could not be tried" in pattern.compile_problems([rule(NO_EVAL)], {})[0]


# What is kept ---------------------------------------------------------------------------------


def test_answers_are_kept_by_blob_and_by_the_rules_for_the_file(
    repo: Repo, review: Command
) -> None:
    rules(repo, house("x", NO_EVAL, paths='["web/**"]'))
    repo.write({"web/a.js": "eval(1)\n"})
    assert review.json(repo).labelled("introduced") == [("house/x", "web/a.js", 1)]
    assert review.json(repo).review["cost"]["from_cache"] == 1
    # The same text where another rule holds is another question.
    rules(repo, house("x", {**NO_EVAL, "message": "`$A`"}, paths='["web/**"]'))
    repo.write({"web/a.js": "eval(1)\n", "web/b.js": "eval(1)\n", "lib/a.js": "eval(1)\n"})
    ran = review.json(repo)
    assert messages(ran) == ["`1`"]
