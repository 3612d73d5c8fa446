"""What the settings of pytest in a repository say about which tests are run."""

import configparser
import fnmatch
import posixpath
import shlex
import tomllib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

# In the order in which pytest looks; the first that has a section counts.
SECTIONS = {
    "pytest.ini": "pytest", ".pytest.ini": "pytest", "pyproject.toml": "tool.pytest.ini_options",
    "tox.ini": "pytest", "setup.cfg": "tool:pytest",
}  # fmt: skip
_LISTS = ("testpaths", "norecursedirs", "python_files", "python_functions", "python_classes")
_DEFAULTS = {
    "norecursedirs": ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}"),
    "python_files": ("test_*.py", "*_test.py"),
    "python_functions": ("test",),
    "python_classes": ("Test",),
}  # fmt: skip
_WITH_VALUE = ("-k", "-m", "--ignore", "--ignore-glob", "--deselect")
_ALONE = ("--collect-only", "--co")
_MOST_PATTERNS = 100


class Unreadable(Exception):
    """A file of settings that is no INI or TOML."""


class Settings(NamedTuple):
    """The settings of one side. *narrowing* are the options of `addopts` that leave tests out."""

    path: str
    lists: Mapping[str, tuple[str, ...]]
    narrowing: tuple[tuple[str, str], ...]

    def get(self, name: str) -> tuple[str, ...]:
        return self.lists.get(name) or _DEFAULTS.get(name, ())

    def collects(self, path: str) -> bool:
        """Whether pytest, run without arguments, looks for tests in this file."""
        folder, name = posixpath.split(path)
        if not any(_fits(name, pattern) for pattern in self.get("python_files")):
            return False
        roots = self.get("testpaths")
        if roots and not any(_is_below(path, root) for root in roots):
            return False
        parts = folder.split("/")
        if any(_fits(part, pattern) for part in parts for pattern in self.get("norecursedirs")):
            return False
        return not any(
            _is_below(path, value) if option == "--ignore" else _fits(path, value)
            for option, value in self.narrowing
            if option in ("--ignore", "--ignore-glob")
        )


def read(text_of: Callable[[str], bytes | None]) -> Settings:
    """The settings in force, *text_of* giving the files at the root. Raises `Unreadable`."""
    for path, section in SECTIONS.items():
        data = text_of(path)
        if data is None or b"pytest" not in data:
            continue
        found = _toml(data, section) if path.endswith(".toml") else _ini(data, section)
        if found is not None or path.endswith("pytest.ini"):
            return _settings(path, found or {})
    return Settings("", {}, ())


def _settings(path: str, found: Mapping[str, Any]) -> Settings:
    lists = {name: tuple(_words(found.get(name))[:_MOST_PATTERNS]) for name in _LISTS}
    words = _words(found.get("addopts"))
    narrowing = []
    for number, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option in _ALONE:
            narrowing.append((option, ""))
        elif option in _WITH_VALUE:
            value = value if equals else "".join(words[number + 1 : number + 2])
            narrowing.append((option, value.removeprefix("./").rstrip("/")))
    return Settings(path, lists, tuple(narrowing[:_MOST_PATTERNS]))


def _toml(data: bytes, section: str) -> Mapping[str, Any] | None:
    try:
        content: Any = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    for part in section.split("."):
        content = content.get(part) if isinstance(content, dict) else None
    return content if isinstance(content, dict) else None


def _ini(data: bytes, section: str) -> Mapping[str, Any] | None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(data.decode())
    except (UnicodeDecodeError, configparser.Error) as error:
        raise Unreadable(" ".join(str(error).split())) from error
    return dict(parser[section]) if parser.has_section(section) else None


def _words(value: Any) -> Sequence[str]:
    if isinstance(value, list):
        return [each for each in value if isinstance(each, str)]
    if not isinstance(value, str):
        return []
    try:
        return shlex.split(value, comments=True)
    except ValueError:
        return value.split()


def _is_below(path: str, root: str) -> bool:
    root = root.removeprefix("./").rstrip("/")
    if root in ("", "."):
        return True
    depth = root.count("/") + 1
    return _fits("/".join(path.split("/")[:depth]), root)


def _fits(text: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(text, pattern)
