"""The repository's own Ruff settings, from the trusted side, as far as they may be followed.

What says how the code is meant (versions, thresholds, ignored codes, import roots) is kept.
What could hide code, touch files or stop Ruff (`exclude`, `fix`, `cache-dir`, `required-version`,
`extend` out of the tree ...) is not: the settings are rebuilt key by key, never copied. What
`exclude` leaves out is looked at and told as notes.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from bot import paths
from bot.errors import ArchitraveError

FILES = (".ruff.toml", "ruff.toml", "pyproject.toml")
_EXTEND_LIMIT = 8
_NEWEST = "py314"
_TOP = ("namespace-packages", "target-version", "per-file-target-version")
_NEWER_BUILTINS = (
    "BaseExceptionGroup", "EncodingWarning", "ExceptionGroup", "PythonFinalizationError", "aiter",
    "anext",
)  # fmt: skip
_LINT = (
    "dummy-variable-rgx", "allowed-confusables", "typing-modules", "logger-objects", "task-tags",
    "typing-extensions", "future-annotations",
)  # fmt: skip
_LINT_TABLES = (
    "flake8-annotations", "flake8-bandit", "flake8-boolean-trap", "flake8-bugbear",
    "flake8-builtins", "flake8-comprehensions", "flake8-errmsg", "flake8-gettext",
    "flake8-implicit-str-concat", "flake8-import-conventions", "flake8-pytest-style",
    "flake8-self", "flake8-tidy-imports", "flake8-type-checking", "flake8-unused-arguments",
    "isort", "mccabe", "pep8-naming", "pycodestyle", "pydoclint", "pydocstyle", "pyflakes",
    "pylint", "pyupgrade", "ruff",
)  # fmt: skip
_IGNORES = ("ignore", "extend-ignore")
_FILE_IGNORES = ("per-file-ignores", "extend-per-file-ignores")
# A package's own names are imported by its __init__ on purpose.
_OWN_FILE_IGNORES = {"__init__.py": ["F401", "F403"], "*.pyi": ["F401", "F811"]}

# What they leave out is told mildly, since it is not held to be code (`tests/fixtures/bad.py`).
_EXCLUDES = ("exclude", "extend-exclude")

# Reads one file of the trusted side by its path; None where there is none.
Reader = Callable[[str], bytes | None]


class Settings(NamedTuple):
    """By folder, the root's and each that has its own: the text of a `ruff.toml`, and globs left out."""

    texts: Mapping[str, str] = {}
    excluded: Mapping[str, Sequence[str]] = {}


def excludes(settings: Settings, path: str) -> bool:
    """Whether the repository's settings keep its own Ruff from a file, or from a folder it is in."""
    folders = [folder for folder in paths.folders(path) if folder in settings.excluded]
    if not folders:
        return False
    inner = path.removeprefix(f"{folders[-1]}/")
    globs = [glob.removeprefix("./") for glob in settings.excluded[folders[-1]]]
    # To our globs, "!" says what not to take in.
    globs = [glob for glob in globs if not glob.startswith("!")]
    within = [*paths.folders(inner)[1:], inner]
    return bool(globs) and any(paths.matches(each, globs) for each in within)


def write(
    folders: Sequence[str], codes: Sequence[str], first_party: Sequence[str], read: Reader
) -> tuple[Settings, bool]:
    """The settings to run Ruff under, and whether any of them extends another file.

    *codes* are the checks to run, *first_party* the
    names a full checkout would show to be the repository's own. Raises `ArchitraveError` for
    settings that are not TOML.
    """
    import tomli_w

    texts, excluded = {}, {}
    extended = False
    for folder in dict.fromkeys(["", *folders]):
        found = _of_folder(folder, read)
        if found is None and folder:
            continue
        extended = extended or "extend" in (found or {})
        settings = _rebuild(found or {}, codes)
        lint = settings["lint"]
        isort = lint.setdefault("isort", {})
        own = _strings(isort.get("known-first-party"))
        isort["known-first-party"] = sorted({*own, *first_party})
        if "target-version" not in settings:
            settings["target-version"] = _required_python(folder, read)
        texts[folder] = tomli_w.dumps(settings)
        excluded[folder] = _excluded(found or {})
    return Settings(texts, excluded), extended


def _excluded(settings: Mapping[str, Any]) -> list[str]:
    lint = settings.get("lint")
    tables = [settings, lint] if isinstance(lint, dict) else [settings]
    return [glob for table in tables for key in _EXCLUDES for glob in _strings(table.get(key))]


def _of_folder(folder: str, read: Reader) -> dict[str, Any] | None:
    """The settings Ruff would take from this folder, `extend` followed; None where it has none."""
    for name in FILES:
        path = f"{folder}/{name}".lstrip("/")
        settings = _parse(path, read)
        if settings is not None:
            return _extended(settings, folder, read, _EXTEND_LIMIT)
    return None


def _parse(path: str, read: Reader) -> dict[str, Any] | None:
    import tomllib

    data = read(path)
    if data is None:
        return None
    content: Any
    try:
        content = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ArchitraveError(
            f"{path} cannot be read: {error}",
            "Ruff's settings there decide what is checked; mend it first.",
        ) from error
    if path.rpartition("/")[2] == "pyproject.toml":
        tool = content.get("tool")
        content = tool.get("ruff") if isinstance(tool, dict) else None
    return content if isinstance(content, dict) else None


def _extended(settings: dict[str, Any], folder: str, read: Reader, limit: int) -> dict[str, Any]:
    target = settings.get("extend")
    path = _inside(folder, target) if isinstance(target, str) else None
    if path is None or not limit:
        return settings
    parent = _parse(path, read)
    if parent is None:
        return settings
    return _merge(_extended(parent, path.rpartition("/")[0], read, limit - 1), settings)


def _inside(folder: str, target: str) -> str | None:
    """The path *target* means, seen from *folder*; None when it leaves the tree or uses variables."""
    if target.startswith(("/", "~")) or "$" in target or "\\" in target:
        return None
    parts = folder.split("/") if folder else []
    for part in target.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _merge(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(parent)
    for key, value in child.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _rebuild(settings: Mapping[str, Any], codes: Sequence[str]) -> dict[str, Any]:
    nested = settings.get("lint")
    # Older settings hold lint keys at the top; those under `lint` win, as in Ruff.
    lint = _merge(settings, nested) if isinstance(nested, dict) else settings
    ignored = [code for key in _IGNORES for code in _selectors(lint.get(key), codes)]
    rebuilt: dict[str, Any] = {key: settings[key] for key in _TOP if key in settings}
    # Names that a newer Python has are no mistake in code that asks for the version first.
    rebuilt["builtins"] = [*_strings(settings.get("builtins")), *_NEWER_BUILTINS]
    if isinstance(settings.get("src"), list):
        rebuilt["src"] = [root for root in settings["src"] if _inside("", str(root)) is not None]
    rebuilt["lint"] = {
        "select": list(codes),
        "ignore": sorted(set(ignored)),
        "per-file-ignores": _file_ignores(lint, codes),
        **{key: lint[key] for key in _LINT if key in lint},
        **{key: dict(lint[key]) for key in _LINT_TABLES if isinstance(lint.get(key), dict)},
    }
    return rebuilt


def _file_ignores(lint: Mapping[str, Any], codes: Sequence[str]) -> dict[str, list[str]]:
    ignores = {glob: set(own) for glob, own in _OWN_FILE_IGNORES.items()}
    for key in _FILE_IGNORES:
        table = lint.get(key)
        for glob, selectors in table.items() if isinstance(table, dict) else ():
            ignores.setdefault(glob, set()).update(_selectors(selectors, codes))
    return {glob: sorted(found) for glob, found in ignores.items()}


def _selectors(value: Any, codes: Sequence[str]) -> list[str]:
    """The codes of ours that ignore-selectors switch off: so none is unknown to this Ruff."""
    if not isinstance(value, list):
        return []
    return [
        code
        for selector in value
        if isinstance(selector, str)
        for code in codes
        if selector == "ALL" or code.startswith(selector)
    ]


def _strings(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _required_python(folder: str, read: Reader) -> str:
    """The oldest Python that the project says it supports, which decides what parses."""
    parts = folder.split("/") if folder else []
    for count in range(len(parts), -1, -1):
        path = "/".join([*parts[:count], "pyproject.toml"])
        match = re.search(
            rb"""requires-python\s*=\s*["'][^"'\n]*?(?:>=|~=|==)\s*3\.(\d+)""", read(path) or b""
        )
        if match and 7 <= int(match.group(1)) <= int(_NEWEST[3:]):
            return f"py3{int(match.group(1))}"
    return _NEWEST
