"""Contracts that a repository already states for import-linter, as rules.

Pure. Its files are read as data. `contract_types` names code to be imported and is never followed:
contracts of such types are said not to be judged.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot import contract_options
from bot.domain import Rule

# In the order in which import-linter looks: the first that configures it counts.
FILES = ("setup.cfg", ".importlinter", "pyproject.toml")
PREFIX = "import-linter/"
# More are an attack; longer files too.
_MOST_CONTRACTS = 500
_MOST_BYTES = 1 << 20
_NOT_SLUG = re.compile(r"[^a-z0-9]+")

_TYPES = {
    "layers": "layers",
    "forbidden": "forbidden",
    "independence": "independence",
    "protected": "protected",
    "acyclic_siblings": "acyclic",
}
_LISTS = (
    "layers", "containers", "exhaustive_ignores", "source_modules", "forbidden_modules", "modules",
    "protected_modules", "allowed_importers", "ancestors", "skip_descendants", "ignore_imports",
)  # fmt: skip
_FLAGS = ("exhaustive", "allow_indirect_imports", "as_packages")
_REQUIRED = {
    "layers": ("layers",),
    "forbidden": ("source_modules", "forbidden_modules"),
    "independence": ("modules",),
    "protected": ("protected_modules", "allowed_importers"),
    "acyclic": ("ancestors",),
}


class Stated(NamedTuple):
    """The contracts as rules, and a sentence for each that cannot be judged."""

    rules: tuple[Rule, ...]
    notes: tuple[str, ...]


class _Section(NamedTuple):
    session: Mapping[str, Any]
    contracts: Sequence[Mapping[str, Any]]


def read(files: Mapping[str, bytes]) -> Stated:
    """The contracts in the configuration files of a repository, by path; none where there are none."""
    for path in FILES:
        data = files.get(path, b"")
        if b"importlinter" not in data:
            continue
        try:
            section = _parse(path, data)
        except (ValueError, RecursionError) as error:
            reason = " ".join(str(error).split())
            return Stated((), (f"{path} cannot be read for import-linter's contracts: {reason}.",))
        if section is not None:
            return _rules(path, section)
    return Stated((), ())


def _parse(path: str, data: bytes) -> _Section | None:
    if len(data) > _MOST_BYTES:
        raise ValueError(f"larger than {_MOST_BYTES >> 20} MiB")
    return _toml(data) if path.endswith(".toml") else _ini(data)


def _toml(data: bytes) -> _Section | None:
    import tomllib

    content: Any = tomllib.loads(data.decode())
    for key in ("tool", "importlinter"):
        content = content.get(key) if isinstance(content, dict) else None
    if not isinstance(content, dict) or not content:
        return None
    stated = content.get("contracts")
    stated = stated if isinstance(stated, list) else []
    return _Section(content, [each for each in stated if isinstance(each, dict)])


def _ini(data: bytes) -> _Section | None:
    # As TOML: a review whose rules are known needs neither.
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(data.decode())
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    if "importlinter" not in parser.sections():
        return None
    found = [
        {"id": name.split(":")[-1], **dict(parser[name])}
        for name in parser.sections()
        if name.startswith("importlinter:")
    ]
    return _Section(dict(parser["importlinter"]), found)


def _rules(path: str, section: _Section) -> Stated:
    rules: dict[str, Rule] = {}
    notes = []
    roots = _strings(section.session.get("root_packages", section.session.get("root_package")))
    common: dict[str, Any] = {"root_packages": roots}
    if _flag(section.session.get("include_external_packages")):
        common["include_external_packages"] = True
    if _flag(section.session.get("exclude_type_checking_imports")):
        common["exclude_type_checking"] = True
    for stated in section.contracts[:_MOST_CONTRACTS]:
        name = str(stated.get("name") or stated.get("id") or "")
        options, problem = _options(stated, common)
        if problem:
            notes.append(
                f"A contract in {path} is not judged: {name or 'one without name'}: {problem}."
            )
            continue
        identity = _identity(stated, rules)
        rules[identity] = Rule(
            id=identity,
            title=name or identity,
            severity="error",
            check="imports",
            options=options,
            sections=_sections(stated, name, path),
            origin=path,
        )
    return Stated(tuple(rules.values()), tuple(notes))


def _options(stated: Mapping[str, Any], common: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    kind = str(stated.get("type", ""))
    if kind not in _TYPES:
        return {}, f"its type `{kind}` is not one of import-linter's own"
    options: dict[str, Any] = {"contract": _TYPES[kind], **common}
    for key in _LISTS:
        if key in stated:
            options[key] = _strings(stated[key])
    for key in _FLAGS:
        if key in stated:
            options[key] = _flag(stated[key])
    if "depth" in stated:
        if not str(stated["depth"]).isdecimal() or int(stated["depth"]) > 100:
            return {}, "`depth` is no number up to 100"
        options["depth"] = int(stated["depth"])
    missing = [key for key in _REQUIRED[options["contract"]] if key not in options]
    if missing:
        return {}, f"`{missing[0]}` is missing"
    return options, next(contract_options.problems(options), "")


def _strings(value: Any) -> list[str]:
    """A list as INI and TOML files state it: lines, or strings."""
    if value is None:
        return []
    items: Iterator[Any] = iter(value if isinstance(value, list) else str(value).split("\n"))
    return [text for item in items if isinstance(item, str) and (text := item.strip())]


def _flag(value: Any) -> bool:
    return str(value).strip().lower() == "true"


def _identity(stated: Mapping[str, Any], taken: Mapping[str, Rule]) -> str:
    text = str(stated.get("id") or stated.get("name") or stated.get("type"))
    slug = PREFIX + (_NOT_SLUG.sub("-", text.lower()).strip("-")[:80].strip("-") or "contract")
    identity, number = slug, 1
    while identity in taken:
        number += 1
        identity = f"{slug}-{number}"
    return identity


def _sections(stated: Mapping[str, Any], name: str, path: str) -> dict[str, str]:
    guidance = "\n".join(_strings(stated.get("broken_contract_guidance")))
    why = guidance or f"This repository states it as a contract in `{path}`: {name.rstrip('.')}."
    instead = "Depend in the direction that the contract allows, or change the contract with those who own it."
    return {"Why": why, "Instead": instead}
