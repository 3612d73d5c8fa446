"""The examples in a rule file, run through the rule's own checker.

A code block whose first line ends in a path tells where its text lies: ```` ```python before a.py````
at base, ```` ```python after a.py ```` at head, ```` ```python a.py ```` on both sides. All blocks
with a path make one change; a file that is only *before* is deleted. A block without a path is a
change of its own, which adds that one file. A block of the language `message` is the commit message.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import NamedTuple

from bot import contracts, paths, pipeline, settings, structure
from bot.domain import Request, Review, Rule
from bot.outside import scratch
from bot.outside.cache import Cache
from bot.outside.git import Repository
from bot.settings import Settings
from bot.sources import local

_OPENING = re.compile(r"(`{3,})(\w+)(?: +(before|after))?(?: +(\S+))? *")
_HOUSE_RULE = ".architrave/rules/the-rule.md"


class Example(NamedTuple):
    """A change as two trees, paths to texts, and the message of its commit."""

    base: Mapping[str, str]
    head: Mapping[str, str]
    message: str = "example"


def read(section: str) -> list[Example]:
    """The examples in one section of a rule file."""
    alone: list[Example] = []
    base: dict[str, str] = {}
    head: dict[str, str] = {}
    message = ""
    lines = iter(section.splitlines())
    for line in lines:
        opening = _OPENING.fullmatch(line)
        if opening is None:
            continue
        fence, language, side, path = opening.groups()
        text = "".join(f"{line}\n" for line in itertools.takewhile(fence.__ne__, lines))
        if language == "message":
            message = text
            head.setdefault("example.txt", "example\n")
            continue
        if path is None:
            ending = structure.LANGUAGES.get(language, (f".{language}",))[0]
            alone.append(Example({}, {f"example{ending}": text}))
            continue
        if side != "after":
            base[path] = text
        if side != "before":
            head[path] = text
    return [*alone, Example(base, head, message or "example")] if base or head else alone


def problems(rule: Rule, text: bytes, surroundings: Settings) -> list[str]:
    """What is wrong with the examples of a rule, whose file is *text*; one sentence each."""
    found = []
    for section, expected in (("Breaks it", True), ("Keeps it", False)):
        examples = read(rule.sections.get(section, ""))
        if not examples:
            found.append(f"`## {section}` has no code to run")
        for number, example in enumerate(examples, 1):
            which = f"`## {section}`" + (f", example {number}" if len(examples) > 1 else "")
            found += [
                f"{which}: {each}" for each in _verdict(rule, text, example, expected, surroundings)
            ]
    return found


def _verdict(
    rule: Rule, text: bytes, example: Example, expected: bool, surroundings: Settings
) -> Iterator[str]:
    review = run(rule, text, example, surroundings)
    lines = [
        f"{each.path}:{each.start_line}"
        for each in review.findings
        if each.rule == rule.id and each in review.blocking
    ]
    missed = [
        entry
        for entry in review.coverage
        # An example shows a few modules of many; a contract names them all.
        if entry.checker == rule.check and not entry.reason.endswith(contracts.ABSENT)
    ]
    for entry in () if expected and lines else missed:
        if entry.standing in ("skipped", "failed"):
            yield f"{entry.path} was not checked: {entry.reason}"
    if expected and not lines:
        seen = [path for path in example.head if not paths.matches(path, rule.paths)]
        hint = f"; its `paths` do not take in {', '.join(seen)}" if seen else ""
        if any(path.startswith("example.") for path in seen):
            hint += ": say where the block lies, as in ```python after PATH"
        yield f"the rule finds nothing{hint}"
    elif not expected and lines:
        yield f"the rule finds {', '.join(lines)}"


def run(rule: Rule, text: bytes, example: Example, surroundings: Settings) -> Review:
    """The review of an example under the rule (and, of a built-in one, under its pack)."""
    environ = settings.forget_repository(surroundings).environ
    pack = rule.id.split("/")[0]
    if rule.origin.startswith("rules/"):
        standards = {settings.POLICY_FILE: f'packs = ["{pack}"]\n'}
    else:
        standards = {
            settings.POLICY_FILE: "packs = []\n",
            _HOUSE_RULE: text.decode("utf-8", "surrogateescape"),
        }
    base, head = {**standards, **example.base}, {**standards, **example.head}
    with (
        scratch.repository([("base", base), (example.message, head)], environ) as folder,
        closing(Repository(folder, environ)) as repository,
    ):
        change = local.read(Request(range="main~1..main"), repository)
        around = pipeline.Surroundings(
            surroundings._replace(environ=environ), repository, Cache(None), "note"
        )
        return pipeline.review(change, around)
