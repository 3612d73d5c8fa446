"""What files declare of a project's dependencies: which files do, and what each of them says.

Pure. `read` is meant for a worker process: it hands hostile text to the parsers of TOML, YAML and
Python. Nothing is resolved and nothing executed.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from bot.distributions import normalized

# Files that make their folder a project.
PROJECT_KINDS = frozenset({"pyproject", "setup.py", "setup.cfg", "pipfile"})
# Files that only mention what somebody installs somewhere: no dependency is declared by them.
WEAK_KINDS = frozenset({"commands", "nox", "constraints"})
# Of requirements in one manifest. A file with more is generated, or an attack.
LIMIT = 20_000
LOCK = "lock"
# A Python file that carries its own.
SCRIPT = "script"
_NAMES = {
    "pyproject.toml": "pyproject",
    "setup.py": "setup.py",
    "setup.cfg": "setup.cfg",
    "tox.ini": "tox",
    "Pipfile": "pipfile",
    "noxfile.py": "nox",
    "uv.toml": "uv",
    "pip.conf": "pip.conf",
    "uv.lock": LOCK,
    "poetry.lock": LOCK,
    "pdm.lock": LOCK,
    "Pipfile.lock": LOCK,
    "pixi.lock": LOCK,
    "conda-lock.yml": LOCK,
    ".gitlab-ci.yml": "commands",
    "azure-pipelines.yml": "commands",
    "Makefile": "commands",
}
_PATTERNS = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"(.*/)?[^/]*constraints?[^/]*\.(txt|in|pip)", "constraints"),
        (r"(.*/)?([^/]*[-_.])?(requirements?|reqs?)([-_.][^/]*)?\.(txt|in|pip)", "requirements"),
        (r"(.*/)?(requirements?|reqs?)/[^/]+\.(txt|in|pip)", "requirements"),
        (r"(.*/)?pylock(\.[^/]+)?\.toml", LOCK),
        (r"(.*/)?(conda[-_.]?)?env(ironment)?([-_.][^/]*)?\.ya?ml", "conda"),
        (r"(.*/)?([^/]+\.)?(Dockerfile|Containerfile)(\.[^/]+)?", "commands"),
        (r"(.*/)?\.(github/(workflows|actions)|circleci)/.*\.ya?ml", "commands"),
    )
)
# Without one of these no pattern fits; most paths of a repository are done with here.
_HINT = re.compile(r"re?q|constraint|pylock|env|onda|ockerfile|ontainerfile|\.github/|circleci/")
_DEVELOPMENT = re.compile(
    r"(^|[-_. /])(dev|devel|develop|development|tests?|testing|tox|nox|docs?|documentation|lint|"
    r"linting|linters?|style|format|typing|types|mypy|ci|cov|coverage|bench|benchmarks?|release|"
    r"build|local|all-dev|debug|qa|checks?|examples?|scripts?|tools?|tooling|e2e|profiling|pre-commit)(\d*)($|[-_. /])"
)
# Folders whose manifests are material for something else.
_MATERIAL = re.compile(
    r"(^|/)(fixtures?|testdata|test[-_]data|snapshots?|__snapshots__|golden|vendor|_vendor|"
    r"site-packages|node_modules|cassettes)/|[{][{%]|(^|/)tests?/(.*/)?data/"
)


class Requirement(NamedTuple):
    """One dependency as declared. *source* is where it comes from, "" for an index.

    *group* is "" for what the package itself needs, else what asks for it: `extra NAME`, a
    dependency group, `build`, `tox`.
    """

    name: str
    spec: str
    group: str
    line: int
    source: str = ""
    hashed: bool = False

    @property
    def key(self) -> str:
        return normalized(self.name)


class Manifest(NamedTuple):
    """What one file says. *mentions* are names that it installs or names without declaring them."""

    requirements: tuple[Requirement, ...] = ()
    mentions: tuple[tuple[str, int], ...] = ()
    # Addresses that packages are taken from: option, address, line.
    indexes: tuple[tuple[str, str, int], ...] = ()
    # Other files with requirements, as written: path, group, line.
    includes: tuple[tuple[str, str, int], ...] = ()
    # Why more may be declared than could be read; "" when all was.
    unknown: str = ""
    # Whether a tool wrote it, from a file that a person wrote.
    compiled: bool = False
    # Whether it would name dependencies if there were any.
    speaks: bool = False


def from_json(answer: dict[str, Any]) -> Manifest:
    """What `read` said, after a journey as JSON."""
    return Manifest(
        tuple(Requirement(*row) for row in answer["requirements"]),
        tuple((name, line) for name, line in answer["mentions"]),
        tuple((option, address, line) for option, address, line in answer["indexes"]),
        tuple((path, group, line) for path, group, line in answer["includes"]),
        answer["unknown"],
        answer["compiled"],
        answer["speaks"],
    )


def kind(path: str) -> str:
    """What kind of manifest a file is by its path; "" if it is none."""
    name = path.rpartition("/")[2]
    if (name not in _NAMES and not _HINT.search(path)) or is_material(path):
        return ""
    if name in _NAMES:
        return _NAMES[name]
    return next((kind for pattern, kind in _PATTERNS if pattern.fullmatch(path)), "")


def is_material(path: str) -> bool:
    """Whether a file is material for tests or templates, and not a part of the project."""
    return bool(_MATERIAL.search(path))


def group_of(path: str) -> str:
    """The group that a requirements file stands for by its name; "" for what is always needed."""
    name = re.sub(r"\.(txt|in|pip|ya?ml)$", "", path.lower())
    match = _DEVELOPMENT.search("/".join(name.split("/")[-2:]))
    return match.group(2) if match else ""


def is_development(group: str) -> bool:
    """Whether a group is for those who work on the project, not for those who use it."""
    if group.startswith("extra "):
        return bool(_DEVELOPMENT.search(group.removeprefix("extra ").lower()))
    return bool(group) and group != "optional"


def read(kind: str, text: str) -> Manifest:
    """What a manifest says.

    Raises what the parsers raise for text that is not valid, `ValueError` for one beyond limits.
    """
    manifest = _parser(kind)(text)
    if max(map(len, manifest[:4])) > LIMIT:
        raise ValueError(f"more than {LIMIT} requirements")
    return manifest


def _parser(kind: str) -> Callable[[str], Manifest]:
    # Imported here: only the worker reads, and one file needs one of them.
    if kind in ("requirements", "constraints"):
        from bot.manifests import requirements

        return requirements.read
    if kind in ("pyproject", "pipfile", "uv"):
        from bot.manifests import toml

        return partial(toml.read, kind)
    if kind == SCRIPT:
        from bot.manifests import toml

        return toml.read_script
    if kind in ("setup.cfg", "tox", "pip.conf"):
        from bot.manifests import ini

        return partial(ini.read, kind)
    if kind in ("setup.py", "nox"):
        from bot.manifests import python

        return partial(python.read, kind)
    if kind == "conda":
        from bot.manifests import conda

        return conda.read
    from bot.manifests import commands

    return commands.read
