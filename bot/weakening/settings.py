"""Where each checker keeps its settings, and what they are in one folder, whatever file they are in."""

import re
from collections.abc import Mapping
from typing import Any

# Checker to its files, the one it prefers first, with the tables that hold its settings there.
# "*" takes every table, "name*" those whose names begin so, with what follows as part of the key.
PLACES: dict[str, dict[str, tuple[str, ...]]] = {
    "Ruff": {".ruff.toml": ("*",), "ruff.toml": ("*",), "pyproject.toml": ("tool.ruff",)},
    "Flake8": {
        "setup.cfg": ("flake8",), "tox.ini": ("flake8",), ".flake8": ("flake8",),
        "pyproject.toml": ("tool.flake8",),
    },
    "mypy": {
        "mypy.ini": ("mypy", "mypy-*"), ".mypy.ini": ("mypy", "mypy-*"),
        "pyproject.toml": ("tool.mypy",), "setup.cfg": ("mypy", "mypy-*"),
    },
    "Pyright": {"pyproject.toml": ("tool.pyright",)},
    "Pylint": {
        "pylintrc": ("*",), ".pylintrc": ("*",), "pyproject.toml": ("tool.pylint",),
        "setup.cfg": ("pylint*",), "tox.ini": ("pylint*",),
    },
    "Bandit": {".bandit": ("bandit",), "bandit.yaml": ("*",), "pyproject.toml": ("tool.bandit",)},
    "coverage": {
        ".coveragerc": ("*",), "setup.cfg": ("coverage:*",), "tox.ini": ("coverage:*",),
        "pyproject.toml": ("tool.coverage",),
    },
    "pytest": {
        "pytest.ini": ("pytest",), ".pytest.ini": ("pytest",),
        "pyproject.toml": ("tool.pytest.ini_options", "tool.pytest"), "tox.ini": ("pytest",),
        "setup.cfg": ("tool:pytest",),
    },
    "Import Linter": {
        ".importlinter": ("*",), "setup.cfg": ("importlinter*",), "pyproject.toml": ("tool.importlinter",),
    },
}  # fmt: skip
HOOKS = ".pre-commit-config.yaml"
FILES = frozenset([HOOKS, *(name for files in PLACES.values() for name in files)])
# Who takes over from whom: then settings that went are no loss.
SUCCESSORS = {
    "Flake8": ("Ruff",), "Pylint": ("Ruff",), "Bandit": ("Ruff",), "mypy": ("Pyright", "ty", "pyrefly"),
    "Pyright": ("mypy", "ty", "pyrefly"),
}  # fmt: skip
# Entries of one list that are compared with each other.
LIMIT = 2_000
_LIST = re.compile(r"[,\n]")
_FILES = "per-file-ignores"
_WORD = re.compile(r"[^\s:,]+|:")
_CODE = re.compile(r"[A-Z]{1,3}\d{0,3}|[A-Z]+\d+")
_MODULE = re.compile(r"[^\s|:()]+")
# What names a table in a list of tables.
_NAMES = ("module", "name", "id", "path")

Settings = Mapping[str, Any]


def of(tool: str, documents: Mapping[str, Any]) -> tuple[str, Settings] | None:
    """The file of a folder whose settings count for *tool*, and those, flat; None without any.

    *documents* are the data of the folder's files by name. Keys are written with `-`, in lower
    case, the tables around them joined by `.`; ways to write the same key are made one.
    """
    for name, tables in PLACES[tool].items():
        data = documents.get(name)
        found: dict[str, Any] = {}
        if isinstance(data, dict):
            for table in tables:
                found.update(_flat(data, table))
        if found:
            return name, _unified(tool, found)
    return None


def _unified(tool: str, settings: Settings) -> Settings:
    found: dict[str, Any] = {}
    for key, value in settings.items():
        key = key.removeprefix("lint." if tool == "Ruff" else "overrides.")
        if tool in ("Ruff", "Flake8") and not key.endswith("select"):
            key = key.removeprefix("extend-")
        if tool == "Flake8" and key == _FILES:
            found.update(_by_glob(value))
            continue
        if tool == "Import Linter" and key.endswith(".layers"):
            value = _members(value)
        both = isinstance(value, list) and isinstance(found.get(key), list)
        found[key] = found[key] + value if both else value
    return found


def _members(value: Any) -> list[str]:
    """The modules of all layers, whatever layer each is in; those that are kept apart from their
    neighbours (`a | b`) with a mark besides."""
    found = []
    for layer in items(value):
        names = _MODULE.findall(layer)
        found += [*names, *(f"{name} | …" for name in names if "|" in layer)]
    return found


def _by_glob(value: Any) -> dict[str, Any]:
    """Flake8's `globs: codes, globs: codes` as Ruff writes it: one list of codes for each glob.

    Raises `ValueError` for endless ones.
    """
    found: dict[str, list[str]] = {}
    count = 0
    globs: list[str] = []
    has_ended = True
    for word in _WORD.findall(" ".join(items(value, "\n"))):
        if word == ":":
            has_ended = True
        elif has_ended and globs and _CODE.fullmatch(word):
            count += len(globs)
            if count > LIMIT:
                raise ValueError(f"`{_FILES}` has more than {LIMIT} entries")
            for glob in globs:
                found.setdefault(f"{_FILES}.{glob}", []).append(word)
        else:
            globs = [word] if has_ended else [*globs, word]
            has_ended = False
    return found


def _flat(data: Mapping[str, Any], table: str) -> dict[str, Any]:
    if table.endswith("*"):
        stem = table[:-1]
        part: Any = {key[len(stem) :]: each for key, each in data.items() if key.startswith(stem)}
    else:
        part = data
        # In an INI file the dot is part of the name.
        for key in [table] if table in data else table.split("."):
            part = part.get(key, {}) if isinstance(part, dict) else {}
    return flat(part) if isinstance(part, dict) else {}


def flat(data: Mapping[str, Any]) -> dict[str, Any]:
    """Nested tables as one, with dotted keys; a list of tables that have names as tables."""
    found: dict[str, Any] = {}
    waiting: list[tuple[str, Any]] = [("", data)]
    while waiting:
        prefix, part = waiting.pop()
        for key, value in part.items():
            name = (
                f"{prefix}{key}"
                if _is_text(prefix)
                else f"{prefix}{str(key).lower().replace('_', '-')}"
            )
            tables = _named(value) if isinstance(value, list) else value
            if isinstance(tables, dict) and tables:
                waiting.append((f"{name}.", tables))
            else:
                found[name] = value
    return found


def _is_text(prefix: str) -> bool:
    # Globs and modules are the repository's names, not keys.
    return prefix.endswith(("per-file-ignores.", "overrides."))


def _named(value: list[Any]) -> Any:
    """A list of tables as a table by their names; None for any other list."""
    if not value or not all(isinstance(each, dict) for each in value):
        return None
    named: dict[str, Any] = {}
    for each in value:
        names = next((each[key] for key in _NAMES if key in each), "")
        for name in names if isinstance(names, list) else [names]:
            named.setdefault(str(name), {}).update(
                (key, item) for key, item in each.items() if key not in _NAMES
            )
    return named


def items(value: Any, separators: str = "") -> list[str]:
    """The items of a list, or of a text that is one: by comma or line, without comments."""
    if isinstance(value, list):
        return [str(each).strip() for each in value]
    if not isinstance(value, str):
        return [] if value is None or isinstance(value, dict) else [str(value)]
    pieces = value.split(separators) if separators else _LIST.split(value)
    return [
        each for piece in pieces if (each := piece.partition(" #")[0].strip()) and each[0] != "#"
    ]


def is_on(value: Any) -> bool:
    """Whether a flag is set, as TOML or INI write it."""
    return value is True or (isinstance(value, str) and value.lower() in ("true", "1", "yes", "on"))
