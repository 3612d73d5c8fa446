"""`--demo`: a small web shop and a branch an agent wrote, in a repository that is thrown away."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

FAREWELL = """
That was a throw-away shop. In a repository of your own:
  review-local                    reviews your branch and what you have not committed
  review-local --explain B602     says why a rule exists and what to do instead
  review-local --format prompt    writes a text that a coding agent can work from
  review-local --install-hook     reviews before every git push"""

_DATE = "2026-01-05T10:00:00 +0000"
_PERSON = "Maren Holt <maren@shop.example>"
_SHOP = {
    "pyproject.toml": """\
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.11"
""",
    "shop/__init__.py": """\
from shop.orders import total

__all__ = ["total"]
""",
    "shop/catalogue.py": '''\
"""What is for sale."""

import sqlite3


def find(connection: sqlite3.Connection, number: int) -> tuple[str, int]:
    """Name and price in cents of an article; KeyError if there is none."""
    row = connection.execute(
        "SELECT name, price FROM article WHERE number = ?", (number,)
    ).fetchone()
    if row is None:
        raise KeyError(number)
    return row
''',
    "shop/orders.py": '''\
"""Baskets, totals and shipping."""

from shop import catalogue

SHIPPING = {"letter": 150, "parcel": 590}


def total(prices, weight):
    """Sum of prices and shipping in cents; weight in grams."""
    kind = "letter" if weight < 500 else "parcel"
    return sum(prices) + SHIPPING[kind]


def prices(connection, numbers):
    print("looking up", len(numbers))
    return [catalogue.find(connection, number)[1] for number in numbers]
''',
    "shop/receipt.py": '''\
"""What a customer gets on paper."""

from shop.orders import total


def lines(prices, weight):
    """The receipt, line by line."""
    return [f"{price / 100:.2f}" for price in prices] + [f"total {total(prices, weight) / 100:.2f}"]
''',
    "tests/test_orders.py": """\
from shop.orders import total


def test_a_parcel_costs_more_than_a_letter():
    assert total([1000], 100) == 1150
    assert total([1000], 900) == 1590
""",
}
_AGENTS_WORK = {
    "shop/catalogue.py": _SHOP["shop/catalogue.py"].replace(
        "import sqlite3\n", "import sqlite3\n\nfrom shop.orders import SHIPPING\n", 1
    )
    + '''

def search(connection: sqlite3.Connection, text: str) -> list[tuple[str, int]]:
    """Articles whose name contains the text, with what it costs to send them."""
    query = f"SELECT name, price FROM article WHERE name LIKE '%{text}%'"
    try:
        return [(name, price + SHIPPING["parcel"]) for name, price in connection.execute(query)]
    except Exception:
        pass
    return []
''',
    "shop/orders.py": _SHOP["shop/orders.py"]
    .replace("from shop import", "import subprocess\n\nfrom shop import")
    .replace("def total(prices, weight):", "def total(prices, weight, country):")
    .replace(
        """    return sum(prices) + SHIPPING[kind]
""",
        """    abroad = 1 if country == "DE" else 2
    return rounded(sum(prices) + SHIPPING[kind] * abroad)
""",
    )
    + """

def archive(name):
    subprocess.run(f"tar -czf {name}.tar.gz exports/", shell=True)
""",
    "tests/test_orders.py": """\
from shop.orders import total


def test_a_parcel_costs_more_than_a_letter():
    assert total([1000], 100, "DE") == 1150
    assert total([1000], 900, "DE") > 0
""",
}
_MESSAGE = """\
Add article search, shipping abroad and order archives

Co-Authored-By: Claude <noreply@anthropic.com>
"""


@contextlib.contextmanager
def shop() -> Iterator[str]:
    """The folder of the repository, gone when left: `main`, and the agent's branch checked out."""
    import git

    folder = tempfile.mkdtemp(prefix="architrave-demo-")
    try:
        with git.Repo.init(folder, initial_branch="main") as repository:
            person = git.Actor._from_string(_PERSON)
            for message, files in (("A small shop", _SHOP), (_MESSAGE, _AGENTS_WORK)):
                _write(folder, files)
                repository.index.add(list(files))
                repository.index.commit(
                    message,
                    author=person,
                    committer=person,
                    author_date=_DATE,
                    commit_date=_DATE,
                    skip_hooks=True,
                )
                if message != _MESSAGE:
                    repository.create_head("search-and-shipping").checkout()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(folder: str, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
