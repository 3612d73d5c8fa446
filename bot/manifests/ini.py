"""`setup.cfg`, `tox.ini` and `pip.conf`."""

import configparser
import re

from bot.manifests import Manifest, Requirement
from bot.manifests.requirements import parse

_ADDRESSES = ("index-url", "extra-index-url", "find-links", "trusted-host")


def read(kind: str, text: str) -> Manifest:
    """What such a file says. Raises `configparser.Error` where it is not valid."""
    parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    if kind == "setup.cfg":
        return _setup(parser, text)
    if kind == "tox":
        return _tox(parser, text)
    indexes = [
        (option, address, _line(text, address))
        for section in parser.sections()
        for option in _ADDRESSES
        for address in (parser.get(section, option, fallback="") or "").split()
    ]
    return Manifest(indexes=tuple(indexes))


def _setup(parser: configparser.ConfigParser, text: str) -> Manifest:
    wanted = [
        ("options", "install_requires", ""),
        ("options", "setup_requires", "build"),
        ("options", "tests_require", "test"),
    ]
    if parser.has_section("options.extras_require"):
        wanted += [
            ("options.extras_require", name, f"extra {name}")
            for name in parser.options("options.extras_require")
        ]
    found: list[Requirement] = []
    includes = []
    for section, option, group in wanted:
        value = parser.get(section, option, fallback="") or ""
        if value.strip().startswith("file:"):
            names = value.strip().removeprefix("file:").replace(",", " ").split()
            includes += [(name, group, _line(text, name)) for name in names]
        else:
            found += _requirements(re.split(r"[\n;](?!\s*\w+\s*[<>=!])", value), group, text)
    return Manifest(
        tuple(found),
        includes=tuple(includes),
        speaks=parser.has_section("metadata") or bool(found or includes),
    )


def _tox(parser: configparser.ConfigParser, text: str) -> Manifest:
    found: list[Requirement] = []
    includes = []
    for section in parser.sections():
        value = parser.get(section, "deps", fallback="") or ""
        lines = []
        for line in value.split("\n"):
            # `py311: pytest` holds for one environment.
            plain = re.sub(r"^[\w,{}!.-]+:\s+", "", line.strip())
            if included := re.match(r"-r\s*(\S+)", plain):
                name = re.sub(r"^\{[^}]*\}/?", "", included.group(1))
                includes.append((name, "tox", _line(text, included.group(1))))
            elif not plain.startswith(("-", "{")):
                lines.append(plain)
        found += _requirements(lines, "tox", text)
    return Manifest(tuple(found), includes=tuple(includes))


def _requirements(lines: list[str], group: str, text: str) -> list[Requirement]:
    parsed = [
        parse(plain, group, 0)
        for line in lines
        if (plain := re.sub(r"(^|\s)#.*", "", line).strip())
    ]
    lines_of = _lines(text)
    return [each._replace(line=lines_of.get(each.name, 1)) for each in parsed if each is not None]


def _lines(text: str) -> dict[str, int]:
    """The first line each word that could be a name begins an entry on."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        for word in re.findall(r"[\w.-]+", line)[:4]:
            found.setdefault(word, number)
    return found


def _line(text: str, word: str) -> int:
    return text[: max(text.find(word), 0)].count("\n") + 1
