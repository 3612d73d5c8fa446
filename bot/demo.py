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
    "shop/__init__.py": "",
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

SHIPPING = {"letter": 150, "parcel": 590}


def total(prices, weight):
    """Sum of prices and shipping in cents; weight in grams."""
    kind = "letter" if weight < 500 else "parcel"
    return sum(prices) + SHIPPING[kind]


def export(orders):
    print("exporting", len(orders))
    return [order["number"] for order in orders]
''',
}
_AGENTS_WORK = {
    "shop/catalogue.py": _SHOP["shop/catalogue.py"].replace(
        "import sqlite3", "import json\nimport sqlite3"
    )
    + '''

def search(connection: sqlite3.Connection, text: str, found=[]):
    """Articles whose name contains the text."""
    query = f"SELECT name, price FROM article WHERE name LIKE '%{text}%'"
    try:
        found.extend(connection.execute(query))
    except Exception:
        pass
    return found
''',
    "shop/orders.py": '''\
"""Baskets, totals and shipping."""

import subprocess

SHIPPING = {"letter": 150, "parcel": 590, "pallet": 4900}


def total(prices, weight, country="DE", express=False, member=False, coupon=None):
    """Sum of prices and shipping in cents; weight in grams."""
    result = sum(prices)
    if weight < 500:
        kind = "letter"
    elif weight < 30_000:
        kind = "parcel"
    else:
        kind = "pallet"
    if country == "DE" and not express:
        result += SHIPPING[kind]
    elif country in ("AT", "CH") and not express:
        result += SHIPPING[kind] * 2
    elif express and kind != "pallet":
        result += SHIPPING[kind] * 3
    else:
        result += SHIPPING[kind] * 5
    if member and result > 5000:
        result -= 250
    if coupon == "SPRING" or coupon == "SUMMER":
        result = result * 9 // 10
    elif coupon and coupon.startswith("X") and member:
        result = result * 8 // 10
    if result < 0:
        result = 0
    return rounded(result)


def export(orders):
    print("exporting", len(orders))
    return [order["number"] for order in orders]


def archive(name):
    subprocess.run(f"tar -czf {name}.tar.gz exports/", shell=True)
''',
}
_MESSAGE = """\
Add article search, express shipping and order archives

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
