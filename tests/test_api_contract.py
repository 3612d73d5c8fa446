"""What a change breaks of the public interface, and whom it leaves behind in the repository."""

import time

import pytest
from conftest import Command, Ran, Repo

from bot.checkers import api_contract
from bot.outside import api_worker

pytestmark = pytest.mark.usefixtures("workers_measured")

POLICY = 'packs = ["contracts"]\n'
ALL = POLICY + '[options]\n"contracts/public-api" = {surface = "all"}\n'
API, CALLER = "contracts/public-api", "contracts/broken-caller"

Files = dict[str, str | bytes | None]


def compare(repo: Repo, review: Command, base: Files, head: Files, policy: str = POLICY) -> Ran:
    repo.commit({".architrave.toml": policy, **base})
    repo.write(head)
    return review.json(repo)


def messages(ran: Ran, rule: str = API) -> list[str]:
    return [found["message"] for found in ran.review["findings"] if found["rule"] == rule]


def exported(repo: Repo, review: Command, before: str, after: str) -> Ran:
    """A module with one exported name `x`, before and after."""
    package = {"shop/__init__.py": "from shop.mod import x as x\n"}
    return compare(repo, review, {**package, "shop/mod.py": before}, {"shop/mod.py": after})


# What is broken ------------------------------------------------------------------------------


BROKEN = {
    "def x(a, b=1): ...": {
        "def x(a): ...": "no longer takes `b`",
        "def x(a, c=1): ...": "calls its argument `b` now `c`",
        "def x(a, b): ...": "requires `b` now",
        "def x(a, b=1, *, c): ...": "requires a new argument `c`",
        "def x(b=1, a=2): ...": "takes `b`, `a` in another order",
        "def x(a, c=0, b=1): ...": "takes a new argument `c` before `b`",
        "def x(a, *, b=1): ...": "takes `b` only by keyword now",
        "def x(a, /, b=1): ...": "takes `a` only by position now",
        "def x(a, *args): ...": "no longer takes `b`",
        "async def x(a, b=1): ...": "must be awaited now",
        "y = 1": "is gone",
        "from os import y": "is gone",
    },
    "def x(a, deprecated=None): f(deprecated=deprecated)": {
        "def x(deprecated=None): f(deprecated=deprecated)": "no longer takes `a`"
    },
    "async def x(): ...": {"def x(): ...": "must not be awaited any more"},
    "def x(): print(1)": {"def x(): yield 1": "does nothing now until it is iterated over"},
    "def x(): yield 1": {"def x(): print(1)": "yields nothing any more"},
    "def x() -> list[int]: return [1]": {"def x(): yield 1": "is a generator now and returned"},
    "def x(*args): ...": {"def x(): ...": "any number of positional arguments"},
    "def x(**kwargs): ...": {"def x(): ...": "arbitrary keyword arguments"},
    "def x() -> int: ...": {
        "def x() -> str: ...": "returns `str` now, not `int`",
        "def x() -> int | None: ...": "may return `None` now",
    },
    "def x(a: int | str): ...": {"def x(a: int): ...": "takes `a` no longer as `str`"},
    "class x:\n    def f(self): ...": {
        "class x: ...": "`shop.x.f` is gone (method)",
        "class x:\n    f = property(str)": "",
        "class x:\n    @property\n    def f(self): ...": "was a method and is a property now",
        "def x(): ...": "was a class and is a function now",
    },
    "class x:\n    @property\n    def f(self): ...": {
        "class x:\n    def f(self): ...": "was a property and is a method now",
        "class x: ...": "is gone (property)",
    },
    "class x:\n    @staticmethod\n    def f(a): ...": {
        "class x:\n    def f(self, a): ...": "can no longer be called on the class"
    },
    "class x:\n    def __init__(self, a): ...": {
        "class x:\n    def __init__(self, a, b): ...": "`shop.x` requires a new argument `b`"
    },
    "class x:\n    def __init__(self):\n        self.a = 1": {
        "class x: ...": "is gone (attribute)"
    },
    "from enum import Enum\nclass x(Enum):\n    A = 1\n    B = 2": {
        "from enum import Enum\nclass x(Enum):\n    A = 1": "`shop.x.B` is gone (enum member)"
    },
    "from typing import TypedDict\nclass x(TypedDict):\n    a: int": {
        "from typing import TypedDict\nclass x(TypedDict): ...": "is gone (key)"
    },
    "from dataclasses import dataclass\n@dataclass\nclass x:\n    a: int": {
        "from dataclasses import dataclass\n@dataclass\nclass x: ...": "is gone (field)"
    },
    "class x(ValueError): ...": {"class x(Exception): ...": "is no longer a `ValueError`"},
    "class x:\n    class Inner:\n        def f(self): ...": {
        "class x:\n    class Inner: ...": "`shop.x.Inner.f` is gone"
    },
    '''def x(a):
    """Do.

    Raises:
        KeyError: never mind.
    """
    raise KeyError(a)''': {
        '''def x(a):
    """Do.

    Raises:
        IndexError: never mind.
    """
    raise IndexError(a)''': "raises `IndexError` instead of `KeyError`, as documented",
    },
}


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (before, after, says)
        for before, cases in BROKEN.items()
        for after, says in cases.items()
        if says
    ],
)
def test_what_is_broken_is_said(
    repo: Repo, review: Command, before: str, after: str, says: str
) -> None:
    found = messages(exported(repo, review, before, after))
    assert len(found) == 1
    assert says in found[0]
    assert found[0].startswith("`shop.x")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def x(a): ...", "def x(a, b=1): ..."),
        ("def x(a, b): ...", "def x(a, b=1): ..."),
        ("def x(a, b=1): ...", "def x(a, **kwargs): ..."),
        ("def x(a, _b=1): ...", "def x(a): ..."),
        ("def x(*, a, b): ...", "def x(*, b, a): ..."),
        ("def x(a, /): ...", "def x(b, /): ..."),
        ("def x(a, /): ...", "def x(a): ..."),
        ("def x(a=1): ...", "def x(a=2): ..."),
        ("def x(a): ...", "def y(a): ...\nx = y"),
        ("def x(a, b=1, c=2, d=3, e=4): ...", "def x(a, b=1, c=2, d=3, f=0, e=4): ..."),
        ("from typing import Union\ndef x(a: Union[int]): ...", "def x(a: int): ..."),
        ("def x(a): ...", "from shop.other import x"),
        ("def x(a): ...", "def __getattr__(name): ..."),
        ("def x(a): ...", "from shop.elsewhere import *"),
        ("def x(a): ...", "if True:\n    def x(a): ...\nelse:\n    def x(a, b): ..."),
        ("def x(a): ...", "try:\n    from fast import x\nexcept ImportError:\n    def x(b): ..."),
        ("def x(a) -> int: ...", "def x(a) -> bool: ..."),
        ("def x(a) -> bool: ...", "def x(a): ..."),
        ("def x(a: str): ...", "def x(a: str | None): ..."),
        ("from typing import Optional\ndef x(a: Optional[str]): ...", "def x(a: str | None): ..."),
        ("def x(a: 'int | str'): ...", "def x(a: int | str): ..."),
        ("def x(a: int | None = None): ...", "def x(a: int = None): ..."),
        ("@wrap\ndef x(a): ...", "@other\ndef x(b): ..."),
        ("@app.command()\ndef x(a): ...", "@app.command()\ndef x(b): ..."),
        ("def x(a) -> Awaitable[int]: ...", "async def x(a) -> int: ..."),
        ("def x(): return iter(())", "def x(): yield 1"),
        (
            (
                "from typing import overload\n@overload\ndef x(a: int): ...\n@overload\n"
                "def x(a: str): ...\ndef x(a): ..."
            ),
            "def x(a): ...",
        ),
        (
            "import warnings\ndef x(a):\n    warnings.warn('', DeprecationWarning)",
            "def x(): ...",
        ),
        ("@deprecated('soon')\ndef x(a): ...", "y = 1"),
        ("class x:\n    '''Deprecated.'''", "y = 1"),
        ("class x:\n    def _f(self): ...", "class x: ..."),
        ("class x:\n    def f(self): ...", "class B:\n    def f(self): ...\nclass x(B): ..."),
        ("class x:\n    def f(self): ...", "from far import B\nclass x(B): ..."),
        ("class x:\n    def f(self): ...", "class x:\n    f = other"),
        ("class x:\n    def f(self): ...", "class x:\n    def __getattr__(self, name): ..."),
        (
            "class x:\n    def __init__(self):\n        self.a = 1",
            (
                "class x:\n    def __init__(self):\n        self.fill()\n"
                "    def fill(self):\n        self.a = 1"
            ),
        ),
        ("class x(dict):\n    def get(self, a): ...", "class x(dict): ..."),
        ("class x(KeyError): ...", "class B(KeyError): ...\nclass x(B): ..."),
        ("class x(A): ...", "class x(B): ..."),
        (
            "class x:\n    @property\n    def f(self): ...",
            "import functools\nclass x:\n    @functools.cached_property\n    def f(self): ...",
        ),
        (
            "class x:\n    @property\n    def f(self): ...\n    @f.setter\n    def f(self, v): ...",
            "class x:\n    @property\n    def f(self): ...",
        ),
        (
            "from contextlib import contextmanager\n@contextmanager\ndef x(a): yield",
            "class x:\n    def __init__(self, a): ...\n    def __enter__(self): ...",
        ),
        (
            'def x(a):\n    """Do."""\n    raise KeyError',
            'def x(a):\n    """Do.\n\n    Raises:\n        KeyError: so.\n    """\n    raise KeyError',
        ),
    ],
)
def test_what_still_works_or_cannot_be_told_is_not_said(
    repo: Repo, review: Command, before: str, after: str
) -> None:
    repo.commit(
        {"shop/other.py": "def x(a): ...\n", "shop/elsewhere.py": "import far\nfrom far import *\n"}
    )
    assert messages(exported(repo, review, before, after)) == []


def test_types_and_documented_errors_are_notes(repo: Repo, review: Command) -> None:
    ran = exported(repo, review, "def x(a: int | str): ...", "def x(a: int): ...")
    assert [found["severity"] for found in ran.review["findings"]] == ["note"]


def test_a_note_stays_a_note_where_the_policy_makes_it_an_error(
    repo: Repo, review: Command
) -> None:
    package: Files = {
        "shop/__init__.py": "from shop.mod import x, y\n",
        "shop/mod.py": "def x(a: int | str): ...\ndef y(): ...\n",
    }
    policy = POLICY + '[severity]\n"contracts/public-api" = "error"\n'
    ran = compare(repo, review, package, {"shop/mod.py": "def x(a: int): ...\n"}, policy)
    found = {each["message"]: each["severity"] for each in ran.review["findings"]}
    assert found["`shop.x` takes `a` no longer as `str`"] == "note"
    assert found["`shop.y` is gone; still used by `shop/__init__.py:1`"] == "error"


# What is public ------------------------------------------------------------------------------

PLAIN, LESS = "def x(a): ...\n", "def x(): ...\n"


@pytest.mark.parametrize(
    ("init", "path", "named"),
    [
        ("from .mod import x", "shop/mod.py", "shop.x"),
        ("from .mod import x as y", "shop/mod.py", "shop.y"),
        ("from shop.mod import x", "shop/mod.py", "shop.x"),
        ("from .mod import *", "shop/mod.py", "shop.x"),
        ("from .mod import x\n__all__ = ['x']\nprint(x)", "shop/mod.py", "shop.x"),
        ("from .mod import x\n__all__ = []\n__all__ += ['x']", "shop/mod.py", "shop.x"),
        ("from .mod import x as x\nprint(x)", "shop/mod.py", "shop.x"),
        ("from ._mod import x", "shop/_mod.py", "shop.x"),
        ("from .mod import x\nprint(x)", "shop/mod.py", ""),
        ("from .mod import x\n__all__ = ['y']\ny = 1", "shop/mod.py", ""),
        ("from .mod import x as _x", "shop/mod.py", ""),
        ("import shop.mod", "shop/mod.py", ""),
        ("", "shop/mod.py", ""),
        ("from .tests import x", "shop/tests.py", "shop.x"),
    ],
)
def test_public_is_what_a_package_presents(
    repo: Repo, review: Command, init: str, path: str, named: str
) -> None:
    ran = compare(repo, review, {"shop/__init__.py": init, path: PLAIN}, {path: LESS})
    assert messages(ran) == ([f"`{named}` no longer takes `a`"] if named else [])


def test_names_are_followed_one_package_after_the_other(repo: Repo, review: Command) -> None:
    base: Files = {
        "src/shop/__init__.py": "from .web import x\n",
        "src/shop/web/__init__.py": "from shop.web.mod import x\n",
        "src/shop/web/mod.py": PLAIN,
    }
    ran = compare(repo, review, base, {"src/shop/web/mod.py": LESS})
    # Said once, by the innermost path.
    assert messages(ran) == ["`shop.web.x` no longer takes `a`"]
    assert ran.labelled("introduced") == [(API, "src/shop/web/mod.py", 1)]


@pytest.mark.parametrize(
    "path",
    [
        "shop/mod.py",
        "tests/shop/mod.py",
        "examples/mod.py",
        "shop/_inner/mod.py",
        "shop/migrations/mod.py",
        "setup.py",
        "test_mod.py",
    ],
)
def test_what_a_module_lists_is_public_but_not_in_tests_and_private_folders(
    repo: Repo, review: Command, path: str
) -> None:
    listed = "__all__ = ['x']\n"
    ran = compare(repo, review, {path: listed + PLAIN}, {path: listed + LESS})
    assert bool(messages(ran)) == (path == "shop/mod.py")


def test_with_all_names_public_no_export_is_needed(repo: Repo, review: Command) -> None:
    base: Files = {"shop/__init__.py": "", "shop/mod.py": PLAIN + "def _y(a): ...\n"}
    ran = compare(repo, review, base, {"shop/mod.py": LESS}, ALL)
    assert messages(ran) == ["`shop.mod.x` no longer takes `a`"]


def test_an_application_that_presents_nothing_is_left_alone(repo: Repo, review: Command) -> None:
    base: Files = {
        "app/__init__.py": "from app.views import x\n\ndef make(a):\n    return x\n",
        "app/views.py": PLAIN,
    }
    head: Files = {"app/__init__.py": "def make():\n    return 1\n", "app/views.py": "y = 1\n"}
    assert messages(compare(repo, review, base, head)) == []


def test_a_name_that_a_package_no_longer_presents_is_gone(repo: Repo, review: Command) -> None:
    base: Files = {"shop/__init__.py": "from .mod import x, y\n", "shop/mod.py": PLAIN + "y = 1\n"}
    ran = compare(repo, review, base, {"shop/__init__.py": "from .mod import y\n"})
    assert ran.labelled("introduced") == [(API, "shop/__init__.py", 1)]
    assert messages(ran) == ["`shop.x` is gone, now in `shop.mod`"]


def test_a_definition_that_moved_is_compared_where_it_is_now(repo: Repo, review: Command) -> None:
    base: Files = {"shop/__init__.py": "from .mod import x\n", "shop/mod.py": PLAIN + "y = 1\n"}
    head: Files = {
        "shop/__init__.py": "from .new import x\n",
        "shop/new.py": "z = 1\n\n\n" + LESS,
        "shop/mod.py": "y = 1\n",
    }
    ran = compare(repo, review, base, head)
    assert messages(ran) == ["`shop.x` no longer takes `a`"]
    assert ran.labelled("introduced")[0][1] == "shop/new.py"


def test_a_renamed_module_breaks_nothing_where_the_package_presents_it_as_before(
    repo: Repo, review: Command
) -> None:
    body = PLAIN + "".join(f"\n\ndef y{n}():\n    return {n}\n" for n in range(9))
    repo.commit(
        {
            ".architrave.toml": POLICY,
            "shop/__init__.py": "from .mod import x\n",
            "shop/mod.py": body,
        }
    )
    repo.git("mv", "shop/mod.py", "shop/new.py")
    repo.write({"shop/__init__.py": "from .new import x\n"})
    assert review.json(repo).labelled("introduced") == []


@pytest.mark.parametrize("left", [None, "from shop.new import x\n"])
def test_a_renamed_module_that_lists_its_names_is_gone_unless_the_old_path_leads_there(
    repo: Repo, review: Command, left: str | None
) -> None:
    body = "__all__ = ['x', 'y1']\n" + PLAIN
    body += "".join(f"\n\ndef y{n}():\n    return {n}\n" for n in range(9))
    repo.commit({".architrave.toml": POLICY, "shop/__init__.py": "", "shop/mod.py": body})
    repo.git("mv", "shop/mod.py", "shop/new.py")
    if left:
        repo.write({"shop/mod.py": "from shop.new import x, y1\n"})
    found = messages(review.json(repo))
    says = "`shop.mod` is gone, and with it `x`, `y1`, now in `shop.new`"
    assert found == ([] if left else [says])


def test_a_package_that_moves_to_another_folder_is_still_there(repo: Repo, review: Command) -> None:
    body = "__all__ = ['x', 'y1']\n" + PLAIN
    body += "".join(f"\n\ndef y{n}():\n    return {n}\n" for n in range(9))
    base: Files = {
        ".architrave.toml": POLICY,
        "shop/__init__.py": "from shop.mod import x\n",
        "shop/mod.py": body,
        "use.py": "from shop import mod, x\nimport shop.mod\n",
    }
    repo.commit(base)
    repo.write({"src/keep": ""})
    repo.git("mv", "shop", "src/shop")
    assert review.json(repo).labelled("introduced") == []


@pytest.mark.parametrize(
    ("start", "is_said"),
    [
        ("import warnings\nwarnings.warn('gone soon', DeprecationWarning)\n", False),
        ("import warnings\nwarnings.filterwarnings('ignore', category=DeprecationWarning)\n", True),
    ],
)
def test_a_module_that_warns_when_it_is_imported_may_go(
    repo: Repo, review: Command, start: str, is_said: bool
) -> None:
    base: Files = {"shop/__init__.py": "", "shop/mod.py": start + "__all__ = ['x']\n" + PLAIN}
    assert bool(messages(compare(repo, review, base, {"shop/mod.py": None}))) == is_said


def test_a_deleted_module_is_one_finding(repo: Repo, review: Command) -> None:
    text = f"__all__ = {[f'x{n}' for n in range(10)]}\n" + "\n".join(f"x{n} = 1" for n in range(10))
    base: Files = {"shop/__init__.py": "", "shop/mod.py": text}
    ran = compare(repo, review, base, {"shop/mod.py": None})
    assert len(messages(ran)) == 1
    assert messages(ran)[0].startswith("`shop.mod` is gone, and with it `x0`, `x1`")
    assert messages(ran)[0].endswith("`x7` and 2 more")
    assert ran.labelled("introduced") == [(API, "shop/mod.py", 1)]


def test_the_same_change_to_many_methods_is_one_finding(repo: Repo, review: Command) -> None:
    before = "class x:\n" + "".join(f"    def f{n}(self, a): ...\n" for n in range(11))
    ran = exported(repo, review, before, before.replace("(self, a)", "(self)"))
    assert len(messages(ran)) == 1
    assert messages(ran)[0].startswith("`shop.x.f0` no longer takes `a`; the same goes for `shop.x")
    assert messages(ran)[0].endswith(" and 2 more")


def test_uses_in_one_file_are_one_finding(repo: Repo, review: Command) -> None:
    base: Files = {"shop.py": PLAIN, "use.py": "import shop\n\nshop.x(1)\nshop.x(1)\nshop.x(1)\n"}
    ran = compare(repo, review, base, {"shop.py": LESS})
    assert ran.labelled("introduced") == [(CALLER, "use.py", 3)]
    assert messages(ran, CALLER)[0].endswith(", not 1 (and on 2 more lines of this file)")


def test_a_package_that_is_gone_is_said_once_for_all_that_lay_in_it(
    repo: Repo, review: Command
) -> None:
    base: Files = {
        "shop/__init__.py": "",
        "shop/old/__init__.py": "",
        "shop/old/mod.py": PLAIN,
        "use.py": "from shop.old.mod import x\n",
    }
    ran = compare(repo, review, base, {"shop/old/__init__.py": None, "shop/old/mod.py": None})
    assert messages(ran, CALLER) == ["Since this change, `shop.old` is gone, which this imports"]


def test_something_gone_is_placed_where_it_was(repo: Repo, review: Command) -> None:
    base = "y = 1\n\n\nclass x:\n    a = 1\n    b = 2\n    c = 3\n"
    ran = exported(repo, review, base, "# new\n" + base.replace("    b = 2\n", ""))
    assert ran.labelled("introduced") == [(API, "shop/mod.py", 6)]


def test_something_that_still_stands_is_missed_where_it_is_no_longer_passed_on(
    repo: Repo, review: Command
) -> None:
    body = PLAIN + "".join(f"\n\ndef y{n}():\n    return {n}\n" for n in range(9))
    base: Files = {
        ".architrave.toml": POLICY,
        "shop/__init__.py": "",
        "shop/api/__init__.py": "import os\n\nfrom .mod import x as z\n\n__all__ = ['z']\n",
        "shop/api/mod.py": body,
    }
    repo.commit(base)
    repo.write(
        {"shop/api/__init__.py": "import os\n", "shop/api/v3/__init__.py": "from .mod import x\n"}
    )
    repo.git("mv", "shop/api/mod.py", "shop/api/v3/mod.py")
    ran = review.json(repo)
    assert messages(ran) == ["`shop.api.z` is gone, now in `shop.api.v3.x`"]
    assert (API, "shop/api/__init__.py", 1) in ran.labelled("introduced")


@pytest.mark.parametrize(
    ("moved", "where"),
    [
        ({"shop/new.py": PLAIN}, ", now in `shop.new`"),
        ({"shop/new.py": PLAIN, "shop/newer.py": PLAIN}, ""),
        ({"shop/new.py": "x = 1\n"}, ""),
        ({"tests/new.py": PLAIN}, ""),
        ({"shop/new.py": "def x(:\n"}, ""),
    ],
)
def test_a_definition_that_went_to_another_module_is_said_to_be_there(
    repo: Repo, review: Command, moved: Files, where: str
) -> None:
    base: Files = {"shop/__init__.py": "from .mod import x\n", "shop/mod.py": PLAIN + "y = 1\n"}
    head: Files = {"shop/__init__.py": "import os\n", "shop/mod.py": "y = 1\n", **moved}
    ran = compare(repo, review, base, head)
    assert messages(ran) == [f"`shop.x` is gone{where}"]


def documented(raised: str, body: str, before: str = "") -> str:
    """A module whose `x` documents that it raises something."""
    return f'{before}def x(a):\n    """Do.\n\n    Raises:\n        {raised}: so.\n    """\n    {body}\n'


@pytest.mark.parametrize(
    ("defined", "new", "is_told"),
    [
        ("class Odd(RuntimeError): ...\n", "Odd", False),
        ("class Base(RuntimeError): ...\n\n\nclass Odd(Base): ...\n", "Odd", False),
        ("from shop.errors import Odd\n", "Odd", False),
        ("from far import Odd\n", "Odd", False),
        ("", "RecursionError", False),
        ("class Odd(ValueError): ...\n", "Odd", True),
        ("", "KeyError", True),
    ],
)
@pytest.mark.parametrize("body", ["raise {}(a)", "check(a)"])
def test_an_error_of_the_old_kind_is_still_caught(
    repo: Repo, review: Command, defined: str, new: str, is_told: bool, body: str
) -> None:
    repo.commit({"shop/errors.py": "class Odd(RuntimeError): ...\n"})
    before = documented("RuntimeError", "raise RuntimeError(a)")
    ran = exported(repo, review, before, documented(new, body.format(new), defined))
    assert bool(messages(ran)) == is_told


ENUM = "from enum import Enum, StrEnum\nclass x(StrEnum):\n"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (
            ENUM + "    A = 'a_b'\n",
            ENUM + "    A = 'a:b'\n",
            "`shop.x.A` is `'a:b'` now, not `'a_b'`: what was stored or sent before has the old value",
        ),
        (
            ENUM + "".join(f"    A{n} = {n}\n" for n in range(5)),
            ENUM + "".join(f"    A{n} = {n + 1}\n" for n in range(5)),
            "not `0`, `A1` is `2`, not `1`, `A2` is `3`, not `2` and 2 more; what was stored",
        ),
        (ENUM + "    A = 1\n", ENUM + "    A = True\n", "`shop.x.A` is `True` now, not `1`"),
        (
            "from .more import Own\nclass x(Own):\n    A = 1\n",
            "from .more import Own\nclass x(Own):\n    A = 2\n",
            "`shop.x.A` is `2` now",
        ),
        (ENUM + "    A = 'a'\n", ENUM + '    A = "a"\n', ""),
        (ENUM + "    A = 'a'\n", ENUM + "    A = name()\n", ""),
        (ENUM + "    A = 1\n    B = 2\n", ENUM + "    B = 2\n    A = 1\n", ""),
        ("class x:\n    A = 1\n", "class x:\n    A = 2\n", ""),
        (ENUM + "    _A = 1\n", ENUM + "    _A = 2\n", ""),
    ],
)
def test_another_value_of_a_member_of_an_enumeration_is_said(
    repo: Repo, review: Command, before: str, after: str, says: str
) -> None:
    repo.commit({"shop/more.py": "import enum\nclass Own(str, enum.Enum): ...\n"})
    found = messages(exported(repo, review, before, after))
    assert len(found) == bool(says)
    assert says in "".join(found)


def test_who_still_uses_the_old_form_is_named(repo: Repo, review: Command) -> None:
    base: Files = {
        "shop/__init__.py": "from shop.mod import x\n",
        "shop/mod.py": PLAIN,
        **{f"use{n}.py": "from shop import x\n\nx(1)\n" for n in range(7)},
    }
    ran = compare(repo, review, base, {"shop/mod.py": LESS})
    assert "; still used by `use0.py:3`, " in messages(ran)[0]
    assert messages(ran)[0].endswith("`use4.py:3` and 2 more")
    assert len(messages(ran, CALLER)) == 7


# Whom a change leaves behind ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "user", "line", "says"),
    [
        (PLAIN, "y = 1", "from shop.mod import x", 1, "`shop.mod` no longer has `x`, which this imports"),
        (PLAIN, "y = 1", "from .mod import x", 1, "`x`, which this imports"),
        (PLAIN, "y = 1", "import os\nimport shop.mod\nshop.mod.x(1)", 3, "`x`, which this uses"),
        (PLAIN, "y = 1", "from shop import mod as m\nm.x(1)", 2, "`x`, which this uses"),
        (PLAIN, None, "from shop.mod import x", 1, "`shop.mod` is gone, which this imports"),
        (PLAIN, None, "from shop import mod", 1, "`shop.mod` is gone, which this imports"),
        (PLAIN, None, "import shop.mod", 1, "`shop.mod` is gone, which this imports"),
        (PLAIN, LESS, "from shop.mod import x\nx(1)", 2, "takes no positional arguments, not 1"),
        (PLAIN, LESS, "from shop.mod import x as y\ny(a=1)", 2, "takes no argument `a`"),
        (PLAIN, LESS, "def f():\n    from shop.mod import x\n    x(1)", 3, "takes no"),
        (PLAIN, "def x(a, b): ...", "import shop.mod as m\nm.x(1)", 2, "requires `b`"),
        (PLAIN, "def x(b, a=1): ...", "from shop.mod import x\nx(a=1)", 2, "requires `b`"),
        ("class x:\n    def __init__(self): ...", "class x:\n    def __init__(self, a): ...",
         "from shop.mod import x\nx()", 2, "`shop.mod.x` requires `a`"),
        ("class x:\n    @classmethod\n    def f(cls): ...",
         "class x:\n    @classmethod\n    def f(cls, a): ...",
         "from shop.mod import x\nx.f()", 2, "`shop.mod.x.f` requires `a`"),
    ],
)  # fmt: skip
def test_a_caller_left_behind_is_found_in_a_file_that_did_not_change(
    repo: Repo,
    review: Command,
    before: str,
    after: str | None,
    user: str,
    line: int,
    says: str,
) -> None:
    base: Files = {"shop/__init__.py": "", "shop/mod.py": before, "shop/use.py": user}
    ran = compare(repo, review, base, {"shop/mod.py": after})
    assert [each for each in ran.labelled("introduced") if each[0] == CALLER] == [
        (CALLER, "shop/use.py", line)
    ]
    assert says in messages(ran, CALLER)[0]
    assert messages(ran, CALLER)[0].startswith("Since this change, `shop.mod")
    assert ran.code == 1


@pytest.mark.parametrize(
    ("before", "after", "user"),
    [
        (PLAIN, LESS, "from shop.mod import x\nx(1, 2)"),  # broken before
        (PLAIN, LESS, "from shop.mod import x\nx(*[])"),
        (PLAIN, "def x(a, b): ...", "from shop.mod import x\nx(1, **{})"),
        (PLAIN, "def x(a, b): ...", "from shop.mod import x\nx(*[1, 2])"),
        (PLAIN, LESS, "from shop.mod import x\ndef f(x):\n    x(1)"),
        (PLAIN, LESS, "from shop.mod import x\nx = 2\nx(1)"),
        (PLAIN, LESS, "try:\n    from shop.mod import x\n    x(1)\nexcept TypeError:\n    pass"),
        (PLAIN, LESS, "import pytest\nfrom shop.mod import x\nwith pytest.raises(Exception):\n    x(1)"),
        (PLAIN, "@wrap\ndef x(): ...", "from shop.mod import x\nx(1)"),
        (PLAIN, LESS, "from other.mod import x\nx(1)"),
        (PLAIN, LESS, "obj.x(1)"),
        (PLAIN, LESS, "from shop.mod import *\nx(1)"),
        (PLAIN, "y = 1", "try:\n    from shop.mod import x\nexcept ImportError:\n    x = None"),
        (PLAIN, "y = 1", "try:\n    from shop.mod import x\nexcept Exception:\n    x = None"),
        (PLAIN, "y = 1", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop.mod import x"),
        (PLAIN, "y = 1", "import shop.mod as m\nif hasattr(m, 'x'):\n    m.x(1)"),
        (PLAIN, "def __getattr__(name): ...", "from shop.mod import x"),
        (PLAIN, "from far import *", "from shop.mod import x"),
        (PLAIN, "def f():\n    global x\n    x = 1", "from shop.mod import x"),
        ("class x:\n    def f(self): ...", "class x:\n    def f(self, a): ...",
         "from shop.mod import x\nx.f(1)"),
        ("class x:\n    def __init__(self): ...",
         "class x(metaclass=M):\n    def __init__(self, a): ...", "from shop.mod import x\nx()"),
    ],
)  # fmt: skip
def test_a_use_that_is_not_certain_to_fail_is_not_said(
    repo: Repo, review: Command, before: str, after: str, user: str
) -> None:
    base: Files = {"shop/__init__.py": "", "shop/mod.py": before, "shop/use.py": user}
    assert messages(compare(repo, review, base, {"shop/mod.py": after}), CALLER) == []


def test_a_caller_in_the_same_file_is_left_behind_too(repo: Repo, review: Command) -> None:
    before = "def f(a): ...\n\n\nclass C:\n    def g(self): ...\n\n    def h(self):\n        "
    before += "self.g()\n        return f(1)\n"
    after = before.replace("f(a): ...", "f(): ...").replace("g(self): ...", "g(self, a): ...")
    ran = compare(repo, review, {"shop.py": before}, {"shop.py": after})
    assert ran.labelled("introduced") == [(CALLER, "shop.py", 8), (CALLER, "shop.py", 9)]


def test_a_method_that_another_class_has_too_is_not_certain(repo: Repo, review: Command) -> None:
    before = "class C:\n    def g(self): ...\n\n    def h(self):\n        self.g()\n"
    base: Files = {"shop.py": before, "other.py": "class D(C):\n    def g(self, a=1): ...\n"}
    ran = compare(repo, review, base, {"shop.py": before.replace("g(self)", "g(self, a)")})
    assert ran.labelled("introduced") == []


def test_two_modules_of_the_same_name_are_not_certain(repo: Repo, review: Command) -> None:
    base: Files = {
        "one/shop/__init__.py": PLAIN,
        "two/shop/__init__.py": PLAIN,
        "use.py": "from shop import x\nx(1)\n",
    }
    assert compare(repo, review, base, {"one/shop/__init__.py": LESS}).labelled("introduced") == []


def test_a_module_that_a_build_writes_is_not_missed(repo: Repo, review: Command) -> None:
    base: Files = {
        "shop/__init__.py": "from shop._version import v\n",
        "shop/_version.py": "v = 1\n",
    }
    assert compare(repo, review, base, {"shop/_version.py": None}).labelled("introduced") == []


def test_a_module_that_became_a_package_is_still_there(repo: Repo, review: Command) -> None:
    base: Files = {"shop/__init__.py": "", "shop/mod.py": PLAIN, "use.py": "import shop.mod\n"}
    head: Files = {"shop/mod.py": None, "shop/mod/__init__.py": PLAIN}
    assert compare(repo, review, base, head).labelled("introduced") == []


# What goes wrong ------------------------------------------------------------------------------


def test_a_head_that_does_not_parse_is_not_passed(repo: Repo, review: Command) -> None:
    ran = exported(repo, review, PLAIN, "def x(:\n")
    assert ran.status("shop/mod.py")["api_contract"].startswith("failed: ")
    assert messages(ran) == []
    assert ran.code == 3


def test_a_base_that_does_not_parse_is_said_to_be_incomparable(repo: Repo, review: Command) -> None:
    ran = exported(repo, review, "def x(:\n", PLAIN)
    status = ran.status("shop/mod.py")["api_contract"]
    assert status.startswith(
        "failed: no interface to compare: the old version of shop/mod.py: line 1"
    )
    assert ran.code == 3


def test_what_is_wrong_with_head_is_said_as_every_checker_says_it(
    repo: Repo, review: Command
) -> None:
    ran = exported(repo, review, "def (:\n", "x = 1\ndef (:\n")
    status = ran.status("shop/mod.py")
    assert status["api_contract"].startswith("failed: line 2 does not parse: invalid syntax")


def test_a_package_whose_exports_cannot_be_read_is_said(repo: Repo, review: Command) -> None:
    base: Files = {"shop/__init__.py": "from (", "shop/mod.py": PLAIN}
    ran = compare(repo, review, base, {"shop/mod.py": LESS})
    assert "shop/__init__.py" in ran.status("shop/mod.py")["api_contract"]
    assert ran.code == 3


def test_an_old_version_that_is_too_large_is_said(repo: Repo, review: Command) -> None:
    ran = exported(repo, review, "x = 1\n" + "#" * (1 << 20), PLAIN)
    assert "the old version cannot be read" in ran.status("shop/mod.py")["api_contract"]


def test_a_worker_that_crashes_costs_no_silence(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.checkers.api_contract import modules

    broken = modules.PROGRAM._replace(module="bot.outside.no_such_worker")
    monkeypatch.setattr(modules, "PROGRAM", broken)
    ran = exported(repo, review, PLAIN, LESS)
    assert ran.status("shop/mod.py")["api_contract"].startswith("failed: no interface to compare")
    assert ran.code == 3


def test_a_search_for_callers_that_crashes_costs_no_silence(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.checkers.api_contract import callers

    broken = callers.PROGRAM._replace(module="bot.outside.no_such_worker")
    monkeypatch.setattr(callers, "PROGRAM", broken)
    ran = exported(repo, review, PLAIN, LESS)
    assert "failed" in ran.status("shop/mod.py")["api_contract"]
    assert ran.code == 3


def test_more_callers_than_can_be_read_are_said(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.checkers.api_contract import callers

    monkeypatch.setattr(callers, "_MOST_BYTES", 1)
    ran = exported(repo, review, PLAIN, LESS)
    assert "MiB of Python that may use" in ran.status("shop/mod.py")["api_contract"]


def describe(text: str) -> tuple[object, float]:
    start = time.process_time()
    return api_worker.describe(text.encode(), "", None), time.process_time() - start


@pytest.mark.parametrize(
    "text",
    [
        "def x(" + ", ".join(f"a{n}" for n in range(10_000)) + "): ...\n",
        "def x(a): ...\n" * 5_000,
        "class x:\n    def f(self): ...\n" * 3_000,
        "__all__ = [" + "'x', " * 30_000 + "]\n",
        "x = " + "[" * 80 + "]" * 80 + "\n",
        "from a import b\n" * 5_000,
        "".join(f"{'    ' * n}class c{n}:\n" for n in range(90)) + "    " * 90 + "pass\n",
        'def x():\n    """Raises:\n' + "        KeyError: a\n" * 50_000 + '    """\n',
        ('def x():\n    """Raises:\n' + "        KeyError: a\n" * 900 + '    """\n') * 50,
        ('def x():\n    """Raises\n    ------\n' + "    KeyError\n" * 1_000 + '    """\n') * 50,
        ('def x():\n    """\n' + "    :raises KeyError: a\n" * 800 + '    """\n') * 50,
        "def x():\n    '" + "@deprecat" * 100_000 + "'\n",
        "def x():\n" + "    '" + "is " * 300_000 + "'\n",
        "x = a" + ".x" * 900 + "\n",
    ],
)
def test_hostile_text_is_described_in_a_few_seconds(text: str) -> None:
    assert describe(text)[1] < 10


def test_a_signature_of_ten_thousand_parameters_is_compared(repo: Repo, review: Command) -> None:
    names = [f"a{n}" for n in range(10_000)]
    start = time.perf_counter()
    ran = exported(
        repo,
        review,
        f"def x({', '.join(names)}): ...\n",
        f"def x({', '.join(reversed(names))}): ...\n",
    )
    assert "in another order" in messages(ran)[0]
    assert time.perf_counter() - start < 20


def test_deeply_nested_text_is_said_not_to_be_compared(repo: Repo, review: Command) -> None:
    ran = exported(repo, review, PLAIN, "x = " + "-" * 50_000 + "1\n")
    assert ran.status("shop/mod.py")["api_contract"].startswith("failed: ")


def test_modules_that_import_from_each_other_end(repo: Repo, review: Command) -> None:
    base: Files = {
        "shop/__init__.py": "from .a import x\n",
        "shop/a.py": "from .b import x\n",
        "shop/b.py": "from .a import x\n",
    }
    head: Files = {
        "shop/a.py": "from .b import x\ny = 1\n",
        "shop/b.py": "from .a import x\ny = 1\n",
    }
    assert compare(repo, review, base, head).labelled("introduced") == []


def test_classes_that_inherit_from_each_other_end(repo: Repo, review: Command) -> None:
    after = "class y(x): ...\nclass x(y): ...\n"
    ran = exported(repo, review, "class x:\n    def f(self): ...\n", after)
    assert messages(ran) == ["`shop.x.f` is gone (method)"]


# Options ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"report": "everything"}, "`report` must be one of breakage, broken-callers"),
        ({"surface": "some"}, "`surface` must be one of exported, all"),
        ({"report": "broken-callers", "surface": "all"}, "`surface` says nothing"),
        ({"reports": "breakage"}, "unknown option `reports`"),
    ],
)
def test_a_mistake_in_the_options_is_named(options: dict[str, str], complaint: str) -> None:
    assert complaint in api_contract.check_options(options)[0]


def test_without_options_exported_names_are_compared() -> None:
    assert api_contract.check_options({}) == []


def test_a_package_that_moved_as_a_whole_is_told_of_once(repo: Repo, review: Command) -> None:
    files: dict[str, str | bytes | None] = {"old/__init__.py": ""}
    for name in ("a", "b", "c"):
        files[f"old/{name}/__init__.py"] = f"from .x import F{name}\n"
        files[f"old/{name}/x.py"] = f"class F{name}:\n    def go(self):\n        return {name!r}\n"
    repo.commit(files)
    repo.branch("work")
    repo.git("mv", "old", "new")
    repo.commit({})
    ran = review.json(repo)
    told = [
        each["message"] for each in ran.review["findings"] if each["rule"] == "contracts/public-api"
    ]
    assert told == ["`old` is gone, and with it `old.a`, `old.b`, `old.c`, now in `new`"]


def test_an_argument_that_must_be_given_now_is_not_told_of_its_none_as_well(
    repo: Repo, review: Command
) -> None:
    before, after = "def x(a: int | None = None): ...\n", "def x(a: int): ...\n"
    assert messages(exported(repo, review, before, after)) == ["`shop.x` requires `a` now"]


def test_names_that_moved_are_told_once_however_many_places_offered_them(
    repo: Repo, review: Command
) -> None:
    body = "class Retry:\n    a = 1\n\n\nclass Limit:\n    b = 2\n"
    passed = "from shop.net.config import Limit, Retry\n\n__all__ = ['Limit', 'Retry']\n"
    base: Files = {
        "shop/__init__.py": "",
        "shop/net/__init__.py": passed,
        "shop/net/config.py": "__all__ = ['Limit', 'Retry']\n\n\n" + body,
        "shop/wide/__init__.py": passed,
    }
    head: Files = {
        "shop/net/__init__.py": "",
        "shop/net/config.py": None,
        "shop/wide/__init__.py": "",
        "shop/core.py": body,
    }
    (told,) = messages(compare(repo, review, base, head))
    assert told.count("now in `shop.core`") == 1
    for name in ("shop.net.Retry", "shop.wide.Limit", "shop.wide.Retry", "shop.net.config"):
        assert f"`{name}`" in told


def test_a_package_that_is_gone_is_told_of_where_its_own_file_was(
    repo: Repo, review: Command
) -> None:
    listed = "__all__ = ['x']\n\n\n" + PLAIN
    base: Files = {"old/__init__.py": "", "old/a.py": listed, "old/b/__init__.py": listed}
    ran = compare(repo, review, base, dict.fromkeys(base))
    assert ran.labelled("introduced") == [(API, "old/__init__.py", 1)]


def test_a_module_that_a_package_presents_in_part_is_told_where_it_went(
    repo: Repo, review: Command
) -> None:
    body = "__all__ = ['x', 'y0']\n" + PLAIN
    body += "".join(f"\n\ndef y{n}():\n    return {n}\n" for n in range(9))
    repo.commit({".architrave.toml": POLICY, "shop/__init__.py": "", "shop/mod.py": body})
    repo.write({"shop/new/__init__.py": "from shop.new.mod import x as x\n"})
    repo.git("mv", "shop/mod.py", "shop/new/mod.py")
    says = "`shop.mod` is gone, and with it `x`, `y0`, now in `shop.new.mod`"
    assert messages(review.json(repo)) == [says]


@pytest.mark.parametrize(("inner", "told"), [("Meta", 0), ("Line", 1)])
def test_what_configures_a_class_from_within_is_nobodys_contract(
    repo: Repo, review: Command, inner: str, told: int
) -> None:
    before = f"class x:\n    class {inner}:\n        permissions = 1\n        table = 'orders'\n"
    after = before.replace("        permissions = 1\n", "")
    assert len(messages(exported(repo, review, before, after))) == told
