"""Findings that the file itself, its settings or its neighbours refute, and those they do not."""

import ast
import textwrap

import pytest
from conftest import Command, Repo

from bot.facts import circumstances

pytestmark = pytest.mark.usefixtures("tools_alone")

SECRET, SQL = "security/hard-coded-secret", "security/sql-injection"
BROAD, RAISES, ARGUMENTS = (
    "python/broad-except",
    "python/vague-raises",
    "complexity/too-many-arguments",
)


def told(repo: Repo, review: Command, rule: str, text: str, path: str = "a.py") -> list[int]:
    """The lines of a new file on which the rule speaks."""
    repo.write({path: textwrap.dedent(text)})
    return [line for each, _, line in review.json(repo).labelled("introduced") if each == rule]


def test_what_is_no_secret_whatever_it_is_called(repo: Repo, review: Command) -> None:
    text = """\
        import enum

        FLAGS = {"must_change_password": False, "reset_token": "true", "secret": None}
        page(pass_parameter="info", pass_="x")


        class Model(enum.StrEnum):
            PER_TOKEN = "per-token"
            TOKEN = "token"


        class Scope:
            READ_TOKEN = "read_token"


        def f(token="", pass_context="x"):
            return token == ""
        """
    assert told(repo, review, SECRET, text) == []


def test_secrets_that_look_alike_are_told(repo: Repo, review: Command) -> None:
    text = """\
        import enum

        page(pass_word="hunter2")
        page(pass_token="hunter2")
        page(pass_parameter="info", password="hunter2")
        page(token="", password="hunter2")
        LIMITS = {"token": False, "secret": "hunter2"}


        class Settings:
            password = "password"
            PASSWORD = "password"


        class Model(enum.Enum):
            TOKEN = "hunter2"


        def f(token="", password="hunter2"):
            return token == "hunter2"
        """
    lines = told(repo, review, SECRET, text)
    assert lines == [3, 4, 5, 6, 7, 11, 12, 16, 19, 20]


def harmless(text: str) -> dict[str, list[int]]:
    text = textwrap.dedent(text)
    found: dict[str, list[int]] = circumstances.collect(ast.parse(text), text)["harmless"]
    return found


def query(body: str, head: str = "", parameters: str = "") -> list[int]:
    """The harmless lines of a method with this body, counted from the body's first."""
    start = (
        f"{head}class Store:\n    _TABLE = 'facts'\n\n    def find(self, db, user{parameters}):\n"
    )
    text = start + textwrap.indent(textwrap.dedent(body), "        ")
    return [line - start.count("\n") for line in harmless(text).get("B608", [])]


@pytest.mark.parametrize(
    "body",
    [
        "db.run(f'SELECT a FROM {self._TABLE}')",
        "db.run(f'SELECT a FROM {Store._TABLE} WHERE x = ?', user)",
        "db.run('SELECT a FROM ' + COLUMNS)",
        "db.run('SELECT %s FROM b' % COLUMNS)",
        "db.run('SELECT {} FROM b'.format(COLUMNS))",
        "db.run('SELECT {a} FROM b'.format(a=COLUMNS))",
        'db.run(f\'SELECT a FROM b WHERE c IN ({",".join("?" for _ in user)})\', user)',
        'db.run(f\'SELECT a FROM b WHERE c IN ({",".join(["?"] * len(user))})\', user)',
        "db.run('SELECT a FROM b WHERE c IN (%s)' % ','.join('?' * len(user)), user)",
        "db.run(f'SELECT {\", \".join(NAMES)} FROM b')",
        'db.run(f\'SELECT a FROM b ORDER BY {"a" if user else "b"}\')',
    ],
)
def test_sql_from_texts_of_the_file_alone_is_harmless(body: str) -> None:
    assert query(body, "COLUMNS = 'a, b'\nNAMES = ('a', 'b')\n\n\n") == [1]


@pytest.mark.parametrize(
    "body",
    [
        "db.run(f'SELECT a FROM {user}')",
        "db.run(f'SELECT a FROM {self.table}')",
        "db.run(f'SELECT a FROM {self._SET}')",
        "db.run(f'SELECT a FROM {IMPORTED}')",
        "db.run(f'SELECT a FROM {REBOUND}')",
        "db.run(f'SELECT a FROM {NAMES}')",
        "db.run('SELECT a FROM b WHERE c = %s' % user)",
        "db.run('SELECT a FROM b WHERE c = ' + (user or 'x'))",
        "db.run('SELECT {} FROM b'.format(user))",
        "db.run(f'SELECT a FROM b WHERE {\" AND \".join(user)}')",
        "db.run(f'SELECT a FROM b WHERE {\" AND \".join(GIVEN_AWAY)}')",
        "db.run(f'SELECT a FROM b WHERE {\" AND \".join(x for x in user)}')",
        "db.run(f'SELECT a FROM {3 * user}')",
        "db.run(f'SELECT {COLUMNS} FROM b WHERE x = ' + user)",
        "db.run(f'SELECT {COLUMNS} FROM b', f'DELETE FROM {user}')",
        "db.run(f'SELECT a FROM {(COLUMNS := user)}')",
        "db.run(f'SELECT a FROM b WHERE {self._clause(user)}')",
        "[db.run(f'SELECT {COLUMNS} FROM b') for COLUMNS in user]",
        "db.run((lambda COLUMNS: f'SELECT {COLUMNS} FROM b')(user))",
    ],
)
def test_sql_from_anything_else_stays_told(body: str) -> None:
    head = (
        "from x import IMPORTED\n\nCOLUMNS = 'a, b'\nNAMES = ['a']\nGIVEN_AWAY = []\nfill(GIVEN_AWAY)\n"
        "REBOUND = 'a'\n\n\ndef rebind(x):\n    global REBOUND\n    REBOUND = x\n\n\n"
    )
    tail = "\nself._SET = user\ndef later():\n    pass\n"
    assert query(body + tail, head) == []


def test_a_where_clause_from_a_list_of_texts_is_harmless() -> None:
    body = """\
        clauses: list[str] = []
        params = []
        if user.a is not None:
            marks = ",".join("?" for _ in user.a)
            clauses.append(f"a IN ({marks})")
            params.extend(user.a)
        if user.b:
            clauses.append("b LIKE ?")
        clauses += ["c = 1"]
        where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
        order = "ORDER BY a"
        if user.c:
            order = "ORDER BY b"
        sql = f"SELECT * FROM facts{where} {order} LIMIT ?"
        return db.run(sql, params)
        """
    assert query(body) == [14]


@pytest.mark.parametrize(
    "line",
    [
        "clauses.append(user.name)",
        "clauses.extend(user)",
        "clauses[0] = user",
        "clauses += user",
        "fill(clauses)",
        "other = clauses",
        "sql += user",
        "sql = sql + user",
        "db.run(sql + user)",
        "db.run(f'{sql} WHERE {user}')",
        "db.run(sql % user)",
        "db.run(sql.format(user))",
    ],
)
def test_what_is_added_later_keeps_sql_told(line: str) -> None:
    body = "clauses = ['a']\nsql = f'SELECT a FROM b WHERE {\" AND \".join(clauses)}'\n"
    assert query(body + "db.run(sql, user)\n") == [2]
    assert query(body + line + "\ndb.run(sql, user)\n") == []


def test_sql_is_followed_into_a_method_that_returns_texts() -> None:
    text = """\
        class Store:
            def find(self, db, user):
                where, params = self._where(user)
                return db.run(f"SELECT a FROM b{where}", params)

            async def other(self, db, user):
                where, params = await self._given(user)
                return db.run(f"SELECT a FROM b{where}", params)

            def _where(self, user):
                conditions = []
                if user:
                    conditions.append("c = ?")
                where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
                return where, [user]

            async def _given(self, user):
                return user, []
        """
    assert harmless(text) == {"B608": [4]}


def test_the_default_of_a_field_is_no_constant() -> None:
    text = """\
        @dataclass
        class Query:
            table: str = "facts"
            columns: ClassVar[str] = "a"

            def sql(self):
                one = f"SELECT {self.columns} FROM a"
                return f"SELECT a FROM {self.table}"
        """
    assert harmless(text) == {"B608": [7]}


def test_harmless_sql_is_not_told_and_other_sql_is(repo: Repo, review: Command) -> None:
    text = """\
        COLUMNS = "a, b"


        def f(db, name):
            db.execute(f"SELECT {COLUMNS} FROM a WHERE b = ?", name)
            db.execute(f"SELECT {COLUMNS} FROM a WHERE b = '{name}'")
        """
    assert told(repo, review, SQL, text) == [6]


def test_sql_in_code_that_leads_back_to_itself_is_read_in_time() -> None:
    steps = "\n".join(
        f"    a{n} = f'{{a{n + 1}}} {{a{n + 1}}} {{a{n - 1}}}'" for n in range(1, 200)
    )
    deep = "'x' + " * 500 + "'x'"
    text = f"def f(db):\n{steps}\n    db.run(f'SELECT {{a1}} FROM a')\n    db.run('SELECT a' + {deep})\n"
    assert harmless(text) == {}


def test_a_handler_that_keeps_the_traceback_is_not_too_broad(repo: Repo, review: Command) -> None:
    text = """\
        def f(notice):
            try:
                work()
            except Exception:
                notice("failed", exc_info=True)
            try:
                work()
            except Exception as error:
                notice("failed", exc_info=error)
            try:
                work()
            except Exception:
                notice("failed", exc_info=False)
            try:
                work()
            except Exception:
                later = lambda: notice("failed", exc_info=True)
        """
    assert told(repo, review, BROAD, text) == [12, 16]


def test_a_handler_that_prints_the_traceback_is_not_too_broad(repo: Repo, review: Command) -> None:
    text = """\
        def f(notice, other):
            try:
                work()
            except Exception as error:
                traceback.print_exception(error)
            try:
                work()
            except Exception:
                notice(traceback.format_exc())
            try:
                work()
            except Exception:
                traceback.format_exc()
                notice("failed")
            try:
                work()
            except Exception:
                other.print_exc()
        """
    assert told(repo, review, BROAD, text) == [12, 17]


def test_a_handler_in_which_a_test_fails_hides_nothing(repo: Repo, review: Command) -> None:
    text = """\
        import pytest
        from unittest import TestCase


        class Backup(TestCase):
            def test_it(self):
                try:
                    work()
                except Exception as error:
                    self.fail(f"it failed: {error}")


        def test_it():
            try:
                work()
            except Exception as error:
                pytest.fail(f"it failed: {error}")


        class Job:
            def run(self):
                try:
                    work()
                except Exception:
                    self.fail()
        """
    assert told(repo, review, BROAD, text, "tests/test_a.py") == [24]


def test_whether_anything_can_be_assigned_is_asked_by_any_exception(
    repo: Repo, review: Command
) -> None:
    text = """\
        import pytest


        def test_frozen(thing):
            with pytest.raises(Exception):
                thing.name = "x"
            with pytest.raises(Exception):
                thing.name = "x"
                thing.save()
            with pytest.raises(Exception):
                thing.save()
        """
    assert told(repo, review, RAISES, text, "tests/test_a.py") == [7, 10]


def test_nobody_counts_the_arguments_of_a_route_or_a_command(repo: Repo, review: Command) -> None:
    text = """\
        @router.post("/users")
        async def create(a, b, c, d, e, f):
            pass


        @app.command()
        def run(a, b, c, d, e, f):
            pass


        @mock.patch("a.b")
        def other(a, b, c, d, e, f):
            pass
        """
    assert told(repo, review, ARGUMENTS, text) == [12]


def test_one_more_optional_collaborator_is_not_worth_a_word(repo: Repo, review: Command) -> None:
    def service(count: int, required: str = "") -> str:
        names = "".join(f", a{n}=None" for n in range(count))
        return f"class A:\n    def __init__(self{required}, *{names}):\n        pass\n"

    repo.commit({"a.py": service(7)})
    repo.write({"a.py": service(8)})
    assert review.json(repo).labelled("introduced", "worsened") == []
    repo.write({"a.py": service(9)})
    assert review.json(repo).labelled("worsened") == [(ARGUMENTS, "a.py", 2)]
    repo.commit({"a.py": service(1, ", b, c, d, e, f")})
    repo.write({"a.py": service(1, ", b, c, d, e, f, g")})
    assert review.json(repo).labelled("worsened") == [(ARGUMENTS, "a.py", 2)]


def test_one_more_name_that_is_optional_is_not_worth_a_word_in_any_function(
    repo: Repo, review: Command
) -> None:
    def made(count: int) -> str:
        return f"def make(app, *{''.join(f', a{n}=None' for n in range(count))}):\n    pass\n"

    repo.commit({"a.py": made(6)})
    repo.write({"a.py": made(7)})
    assert review.json(repo).labelled("introduced", "worsened") == []
    repo.write({"a.py": made(9)})
    assert review.json(repo).labelled("worsened") == [(ARGUMENTS, "a.py", 1)]


def test_an_import_that_asks_whether_something_is_installed_is_used(
    repo: Repo, review: Command
) -> None:
    text = """\
        try:
            import torch
        except ImportError:
            HAS_TORCH = False

        try:
            import numpy
            HAS_NUMPY = True
        except ImportError:
            HAS_NUMPY = False

        try:
            import scipy
        except ValueError:
            pass
        """
    assert told(repo, review, "python/unused-import", text) == [7, 13]


def test_what_a_benchmark_reads_is_what_it_measures(repo: Repo, review: Command) -> None:
    text = """\
        class Suite:
            def time_params(self):
                self.context.params

            def other(self):
                self.context.params
        """
    assert told(repo, review, "python/unused-variable", text) == [6]


def test_what_a_script_prints_when_it_is_run_is_its_output(repo: Repo, review: Command) -> None:
    text = """\
        def work():
            print("here")


        if __name__ == "__main__":
            print(work())
        """
    assert told(repo, review, "python/leftover-print", text) == [2]


# What other files say ---------------------------------------------------------------------------


def test_a_star_import_of_a_module_that_declares_all_is_a_facade(
    repo: Repo, review: Command
) -> None:
    repo.commit(
        {
            "src/shop/__init__.py": "",
            "src/shop/a.py": "__all__: list[str] = ['X']\nX = 1\n",
            "src/shop/b/__init__.py": "__all__ = ['Y']\nfrom shop.a import X as Y\n",
            "src/shop/plain.py": "Z = 1\nif Z:\n    __all__ = []\n",
        }
    )
    facade = (
        "from .a import *\nfrom shop.b import *\nfrom ..shop.b import *\nfrom .plain import *\n"
        "from shop.nowhere import *\nfrom math import *\n"
    )
    lines = told(repo, review, "python/star-import", facade, "src/shop/api.py")
    assert lines == [4, 5, 6]


EXCLUDED = "[tool.ruff]\nextend-exclude = ['tests/**/snaps/**', 'tests/fixtures/**', 'legacy']\n"


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("tests/fixtures/bad.py", "note"),
        ("tests/a/snaps/bad.py", "note"),
        ("pkg/legacy/deep/bad.py", "note"),
        ("tests/bad.py", "error"),
        ("own/legacy/bad.py", "error"),
    ],
)
def test_where_the_projects_own_ruff_does_not_look_findings_are_notes(
    repo: Repo, review: Command, path: str, severity: str
) -> None:
    repo.commit({"pyproject.toml": EXCLUDED, "own/ruff.toml": "line-length = 99\n"})
    repo.write({path: "x = undefined\n"})
    (found,) = review.json(repo).review["findings"]
    assert (found["rule"], found["severity"]) == ("python/undefined-name", severity)


def test_an_exclusion_that_the_change_adds_has_no_effect(repo: Repo, review: Command) -> None:
    repo.commit({"pyproject.toml": "[tool.ruff]\n"})
    repo.write({"pyproject.toml": EXCLUDED, "legacy/bad.py": "x = undefined\n"})
    (found,) = review.json(repo).review["findings"]
    assert found["severity"] == "error"


def test_a_severity_that_the_policy_states_holds_in_excluded_files(
    repo: Repo, review: Command
) -> None:
    policy = "severity = {'python/undefined-name' = 'warning'}\n"
    repo.commit({"pyproject.toml": EXCLUDED, ".architrave.toml": policy})
    repo.write({"legacy/bad.py": "x = undefined\n"})
    (found,) = review.json(repo).review["findings"]
    assert found["severity"] == "warning"
