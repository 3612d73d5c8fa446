"""What a change introduced, on real repositories: one case for each way a finding can be old."""

from typing import NamedTuple

import pytest
from conftest import Command, Repo

pytestmark = pytest.mark.usefixtures("tools_alone")

IMPORT, SHELL, EVAL = "python/unused-import", "security/shell-injection", "security/code-execution"
SILENT, DEFAULT, COMPLEX = (
    "python/silent-except",
    "python/mutable-default",
    "complexity/cyclomatic-complexity",
)
REDEFINED, UNDEFINED, SECRET = (
    "python/redefinition",
    "python/undefined-name",
    "security/hard-coded-secret",
)


def shell(name: str = "run", command: str = "x") -> str:
    return f"def {name}(x):\n    y = 1\n    subprocess.run({command}, shell=True)\n    return y\n"


def tangled(name: str, branches: int, extra: str = "") -> str:
    body = "".join(f"    if x == {n}:\n        return {n}\n" for n in range(branches))
    return f"def {name}(x):\n{extra}{body}    return 0\n"


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


HEAD = "import subprocess\n\n\n"
OTHER = "\n\ndef other(a):\n    b = a + 1\n    return b\n"


class Case(NamedTuple):
    """Files before and after, and what each label must hold: rule, path and line."""

    before: dict[str, str | None]
    after: dict[str, str | None]
    introduced: list[tuple[str, str, int]] = []
    worsened: list[tuple[str, str, int]] = []
    moved: list[tuple[str, str, int]] = []
    fixed: list[tuple[str, str, int]] = []
    old: int = 0


CASES = {
    "an import loses its last use elsewhere in the file": Case(
        {"a.py": "import os\n\n\ndef f():\n    return os.sep\n"},
        {"a.py": "import os\n\n\ndef f():\n    return '/'\n"},
        introduced=[(IMPORT, "a.py", 1)],
    ),
    "the use of an import moves to another file": Case(
        {"a.py": "import os\n\nSEP = os.sep\n", "b.py": "import os\n"},
        {"a.py": "import os\n\nSEP = '/'\n", "b.py": "import os\n\nSEP = os.sep\n"},
        introduced=[(IMPORT, "a.py", 1)],
        fixed=[(IMPORT, "b.py", 1)],
    ),
    "lines are inserted above an old finding": Case(
        {"a.py": HEAD + shell()}, {"a.py": "X = 1\nY = 2\n" + HEAD + shell()}, old=1
    ),
    "the line of an old finding is edited": Case(
        {"a.py": HEAD + shell()}, {"a.py": HEAD + shell(command="x + 'z'")}, old=1
    ),
    "a file is renamed": Case(
        {"a.py": HEAD + shell() + OTHER}, {"a.py": None, "b.py": HEAD + shell() + OTHER}, old=1
    ),
    "a file is renamed and mostly rewritten": Case(
        {"a.py": HEAD + shell() + "\n\nOLD = [\n" + "    'words',\n" * 60 + "]\n"},
        {"a.py": None, "b.py": HEAD + shell() + "\n\nNEW = [\n" + "    'text',\n" * 60 + "]\n"},
        moved=[(SHELL, "b.py", 6)],
    ),
    "a function moves within its file": Case(
        {"a.py": HEAD + shell() + OTHER},
        {"a.py": HEAD + OTHER.lstrip() + "\n\n" + shell()},
        old=1,
    ),
    "a function moves to another file": Case(
        {"a.py": HEAD + shell() + OTHER, "b.py": "import subprocess\n\nX = subprocess.PIPE\n"},
        {"a.py": OTHER.lstrip(), "b.py": "import subprocess\n\nX = subprocess.PIPE\n\n\n" + shell()},
        moved=[(SHELL, "b.py", 8)],
    ),
    "bad code is copied within its file": Case(
        {"a.py": HEAD + shell()},
        {"a.py": HEAD + shell() + "\n\n" + shell("again")},
        introduced=[(SHELL, "a.py", 12)],
        old=1,
    ),
    "bad code is copied to another file": Case(
        {"a.py": HEAD + shell()},
        {"b.py": HEAD + shell()},
        introduced=[(SHELL, "b.py", 6)],
    ),
    "a second identical hit appears in the same function": Case(
        {"a.py": "def f(x):\n    y = eval(x)\n    return y\n"},
        {"a.py": "def f(x):\n    y = eval(x)\n    x = y + 1\n    y = eval(x)\n    return y\n"},
        introduced=[(EVAL, "a.py", 2)],
        old=1,
    ),
    "one of two identical hits goes": Case(
        {"a.py": "def f(x):\n    y = eval(x)\n    x = y + 1\n    y = eval(x)\n    return y\n"},
        {"a.py": "def f(x):\n    y = eval(x)\n    return y\n"},
        fixed=[(EVAL, "a.py", 2)],
        old=1,
    ),
    "an inner edit raises the complexity over the limit": Case(
        {"a.py": tangled("f", 14)},
        {"a.py": tangled("f", 18)},
        introduced=[(COMPLEX, "a.py", 1)],
    ),
    "a function over the limit grows": Case(
        {"a.py": tangled("f", 20)}, {"a.py": tangled("f", 23)}, worsened=[(COMPLEX, "a.py", 1)]
    ),
    "a function over the limit shrinks and stays over": Case(
        {"a.py": tangled("f", 23)}, {"a.py": tangled("f", 20)}, old=1
    ),
    "a function over the limit is edited and stays as it is": Case(
        {"a.py": tangled("f", 20)}, {"a.py": tangled("f", 20, "    y = x\n    x = y\n")}, old=1
    ),
    "a function falls below the limit": Case(
        {"a.py": tangled("f", 20)}, {"a.py": tangled("f", 10)}, fixed=[(COMPLEX, "a.py", 1)]
    ),
    "a function over the limit is renamed": Case(
        {"a.py": tangled("f", 20)}, {"a.py": tangled("g", 20)}, moved=[(COMPLEX, "a.py", 1)]
    ),
    "a function over the limit is renamed and grows": Case(
        {"a.py": tangled("f", 20)}, {"a.py": tangled("g", 23)}, worsened=[(COMPLEX, "a.py", 1)]
    ),
    "a function over the limit moves to another file": Case(
        {"a.py": tangled("f", 20) + OTHER, "b.py": "X = 1\n"},
        {"a.py": OTHER.lstrip(), "b.py": "X = 1\n\n\n" + tangled("f", 20)},
        moved=[(COMPLEX, "b.py", 4)],
    ),
    "a new function is over the limit at once": Case(
        {"a.py": "X = 1\n"},
        {"a.py": "X = 1\n\n\n" + tangled("f", 20)},
        introduced=[(COMPLEX, "a.py", 4)],
    ),
    "a function is split into two below the limit": Case(
        {"a.py": tangled("f", 20)},
        {"a.py": tangled("f", 9) + "\n\n" + tangled("g", 9)},
        fixed=[(COMPLEX, "a.py", 1)],
    ),
    "a file is only reformatted": Case(
        {"a.py": "import subprocess\ndef run(x): subprocess.run(x, shell=True)\nY = eval('1')\n"},
        {
            "a.py": "import subprocess\n\n\ndef run(\n    x,\n):\n    subprocess.run(\n        x,\n"
            '        shell=True,\n    )\n\n\nY = eval(\n    "1",\n)\n'
        },
        old=2,
    ),
    "a method is indented under a class": Case(
        {"a.py": HEAD + shell()},
        {
            "a.py": HEAD
            + "class Box:\n"
            + "".join(f"    {line}\n" for line in shell().splitlines())
        },
        old=1,
    ),
    "a finding gives way to another of its kind": Case(
        {"a.py": "import os\n"}, {"a.py": "import sys\n"},
        introduced=[(IMPORT, "a.py", 1)], fixed=[(IMPORT, "a.py", 1)],
    ),
    "a handler that says nothing is written where another was deleted": Case(
        {
            "a.py": "def f(x):\n    try:\n        x()\n    except Exception:\n        pass\n" + OTHER,
            "b.py": "def g(y):\n    return y\n",
        },
        {
            "a.py": OTHER.lstrip(),
            "b.py": "def g(y):\n    try:\n        y.z = 3\n    except Exception:\n        pass\n    return y\n",
        },
        introduced=[(SILENT, "b.py", 4)],
        fixed=[(SILENT, "a.py", 4)],
    ),
    "a decorator with a finding goes to another function": Case(
        {"a.py": "@hook(password='hunter22')\ndef f():\n    return 1\n\n\ndef g():\n    return 2\n"},
        {"a.py": "def f():\n    return 1\n\n\n@hook(password='hunter22')\ndef g():\n    return 2\n"},
        introduced=[(SECRET, "a.py", 5), (UNDEFINED, "a.py", 5)],
        fixed=[(SECRET, "a.py", 1), (UNDEFINED, "a.py", 1)],
    ),
    "a function with a finding in its first line is renamed": Case(
        {"a.py": "def f(x=[]):\n    return x\n"}, {"a.py": "def g(x=[]):\n    return x\n"},
        old=1,
    ),
    "a function with a finding inside is renamed": Case(
        {"a.py": HEAD + shell("f")}, {"a.py": HEAD + shell("g")}, old=1
    ),
    "a deletion of the twin does not excuse a second definition": Case(
        {"a.py": "def f():\n    return 1\n"},
        {"a.py": "def f():\n    return 1\n\n\ndef f():\n    return 2\n"},
        introduced=[(REDEFINED, "a.py", 5)],
    ),
    "an old file did not parse": Case(
        {"a.py": "print 'hello'\ny = eval(x)\n"},
        {"a.py": "x = '1'\nprint('hello')\ny = eval(x)\n"},
        introduced=[("python/leftover-print", "a.py", 2)],
        fixed=[("python/syntax-error", "a.py", 1)],
        old=1,
    ),
    "a file stops parsing": Case(
        {"a.py": HEAD + shell() + "\n\n" + tangled("f", 20)},
        {"a.py": HEAD + shell() + "\n\n" + tangled("f", 20) + "x = = 1\n"},
        introduced=[("python/syntax-error", "a.py", 52)],
    ),
    "a file parses again": Case(
        {"a.py": HEAD + shell() + "\n\n" + tangled("f", 20) + "x = = 1\n"},
        {"a.py": HEAD + shell() + "\n\n" + tangled("f", 20) + "x = eval('1')\n"},
        introduced=[(EVAL, "a.py", 52)],
        fixed=[("python/syntax-error", "a.py", 52)],
        old=2,
    ),
    "a function over the limit appears between two others of its name": Case(
        {"a.py": "if A:\n" + indented(tangled("f", 20)) + "else:\n" + indented(tangled("f", 30))},
        {
            "a.py": "if A:\n" + indented(tangled("f", 20))
            + "elif B:\n" + indented(tangled("f", 16))
            + "else:\n" + indented(tangled("f", 30))
        },
        introduced=[(COMPLEX, "a.py", 45), (UNDEFINED, "a.py", 44)],
        old=3,
    ),
    "a method goes to another class and is edited": Case(
        {"a.py": HEAD + "class A:\n" + indented(shell()) + "\n\nclass B:\n    x = 1\n"},
        {"a.py": HEAD + "class A:\n    x = 1\n\n\nclass B:\n" + indented(shell(command="y"))},
        old=1,
    ),
    "an old file that did not parse keeps what it had and is charged with what is new": Case(
        {"a.py": "def f(x):\n    y = eval(x)\n    return y\n\n\nx = = 1\n"},
        {
            "a.py": "def f(x):\n    y = eval(x)\n    return y\n\n\nx = 1\n\n\n"
            "def g(x):\n    y = eval(x)\n    return y\n"
        },
        introduced=[(EVAL, "a.py", 10)],
        fixed=[("python/syntax-error", "a.py", 6)],
        old=1,
    ),
    "a function that grew while the file did not parse": Case(
        {"a.py": tangled("f", 20) + "\n\n" + tangled("g", 20) + "x = = 1\n"},
        {"a.py": tangled("f", 22) + "\n\n" + tangled("g", 20) + "x = 1\n"},
        introduced=[(COMPLEX, "a.py", 1)],
        fixed=[("python/syntax-error", "a.py", 87)],
        old=1,
    ),
    "a telling line goes into a helper": Case(
        {"a.py": HEAD + "def f(x):\n    subprocess.run('make ' + x, shell=True)\n    return x\n"},
        {
            "a.py": HEAD + "def g(x):\n    x = x.strip()\n"
            "    subprocess.run('make ' + x, shell=True)\n\n\n"
            "def f(x):\n    g(x)\n    return x\n"
        },
        old=1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_labels_tell_what_is_new_when(repo: Repo, review: Command, case: Case) -> None:
    repo.commit(case.before)
    repo.branch("topic")
    repo.commit(case.after)
    ran = review.json(repo)
    found = {
        label: sorted(ran.labelled(label)) for label in ("introduced", "worsened", "moved", "fixed")
    }
    assert found == {
        "introduced": sorted(case.introduced),
        "worsened": sorted(case.worsened),
        "moved": sorted(case.moved),
        "fixed": sorted(case.fixed),
    }
    assert ran.review["summary"]["pre-existing"] == case.old


def test_what_was_there_before_is_listed_when_asked_for(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": HEAD + shell()})
    repo.write({"a.py": "X = 1\n" + HEAD + shell()})
    assert review.json(repo).review["findings"] == []
    assert review.json(repo, "-v").labelled("pre-existing") == [(SHELL, "a.py", 7)]


def test_numbers_are_told_with_the_finding(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": tangled("f", 20)})
    repo.write({"a.py": tangled("f", 23)})
    (found,) = review.json(repo).review["findings"]
    assert found["measure"] == {"name": "complexity", "value": 24, "limit": 15, "before": 21}
    assert found["message"] == "Cyclomatic complexity of `f` is 24, the limit 15; it was 21"


def test_a_bidirectional_mark_in_a_comment_is_new_though_the_syntax_is_equal(
    repo: Repo, review: Command
) -> None:
    repo.commit({"a.py": "x = 1  # user\n"})
    repo.write({"a.py": "x = 1  # us\u202eer\n"})
    assert ("security/hidden-text", "a.py", 1) in review.json(repo).labelled("introduced")


def fingerprints(ran: object) -> list[str]:
    return [found["fingerprint"] for found in ran.review["findings"]]  # type: ignore[attr-defined]


def test_a_fingerprint_survives_edits_elsewhere_and_a_rename(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": HEAD + OTHER * 5})
    repo.branch("topic")
    repo.commit({"a.py": HEAD + shell() + OTHER * 5})
    first = fingerprints(review.json(repo))
    repo.commit({"a.py": "X = 1\n" * 9 + HEAD + OTHER * 3 + "\n\n" + shell() + OTHER * 2})
    assert fingerprints(review.json(repo)) == first
    repo.git("mv", "a.py", "b.py")
    assert fingerprints(review.json(repo)) == first
    assert len(first[0]) == 32


def test_fingerprints_of_identical_findings_differ(repo: Repo, review: Command) -> None:
    repo.write({"a.py": "def f(x):\n    y = eval(x)\n    y = eval(x)\n    return y\n"})
    one, other = fingerprints(review.json(repo))
    assert one != other


@pytest.mark.parametrize(
    ("before", "after", "labels"),
    [(16, 18, []), (40, 42, []), (16, 19, ["worsened"]), (40, 43, ["worsened"])],
)
def test_a_tangled_function_is_told_again_from_three_branches_more(
    repo: Repo, review: Command, before: int, after: int, labels: list[str]
) -> None:
    repo.commit({"a.py": tangled("f", before - 1)})
    repo.write({"a.py": tangled("f", after - 1)})
    found = review.json(repo).review["findings"]
    assert [each["label"] for each in found] == labels


def test_a_branch_that_passes_the_limit_is_worth_a_note_too(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": tangled("f", 14)})
    repo.write({"a.py": tangled("f", 15)})
    (found,) = review.json(repo).review["findings"]
    assert (found["label"], found["severity"]) == ("introduced", "note")


def test_a_body_that_moved_out_from_under_its_name_is_no_new_one(
    repo: Repo, review: Command
) -> None:
    repo.commit({"a.py": tangled("f", 20), "b.py": "x = 1\n"})
    wrapper = "from b import g\n\n\ndef f(x):\n    return g(x)\n"
    repo.write({"a.py": wrapper, "b.py": tangled("g", 20)})
    labels = {each["label"] for each in review.json(repo, "-v").review["findings"]}
    assert not labels & {"introduced", "worsened"}


def test_a_severity_that_the_policy_states_holds_for_a_branch_more_too(
    repo: Repo, review: Command
) -> None:
    repo.commit(
        {".architrave.toml": f"severity = {{'{COMPLEX}' = 'error'}}\n", "a.py": tangled("f", 16)}
    )
    repo.write({"a.py": tangled("f", 17)})
    (found,) = review.json(repo).review["findings"]
    assert found["severity"] == "error"


def test_numbers_within_their_limits_are_nothing_that_anybody_has_dismissed(
    repo: Repo, review: Command
) -> None:
    repo.commit({"a.py": tangled("f", 20)})
    repo.write({"a.py": tangled("f", 10)})
    document = review.json(repo).review
    assert (document["summary"]["fixed"], document["change"]["notes"]) == (1, [])
