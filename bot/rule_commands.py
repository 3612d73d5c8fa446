"""`review-local rules ...`: what an architect does with rules, as text for the terminal.

Rules and policy are read where they are being written, in the working tree; a bare repository has
only those of its HEAD.
"""

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from bot import (
    examples,
    explain,
    first_layers,
    import_linter,
    rulebook,
    settings,
    standards,
    starter,
    wording,
)
from bot.checkers import KINDS, judge, pattern
from bot.domain import Policy, Rule
from bot.errors import ArchitraveError
from bot.import_linter import Stated
from bot.outside import commands
from bot.outside.git import Repository
from bot.rulebook import RuleText
from bot.settings import Settings

_STATED_ID = re.compile(rb"^id: *([^\s#]+)", re.MULTILINE)


class Answer(NamedTuple):
    """What to print, and whether all was in order."""

    text: str
    sound: bool = True


class _Here(NamedTuple):
    """The rule files of the repository, its policy files, and what to call the place."""

    texts: Sequence[RuleText]
    own: bytes | None
    project: bytes | None
    house: Sequence[RuleText]
    # What the repository states for import-linter.
    stated: Stated


def listing(folder: str, surroundings: Settings, everything: bool, as_json: bool) -> Answer:
    """The rules in force here, by pack; with *everything* also those that are not."""
    rules, policy = _read(_here(folder, surroundings))
    chosen = {rule.id: rule for rule in rulebook.apply(rules, policy, KINDS)}
    shown = [chosen.get(rule.id, rule) for rule in rules if everything or rule.id in chosen]
    if as_json:
        rows = [
            {
                "id": rule.id,
                "title": rule.title,
                "severity": rule.severity,
                "check": rule.check,
                "origin": rule.origin,
                "owner": rule.owner,
                "in_force": rule.id in chosen,
            }
            for rule in shown
        ]
        return Answer(json.dumps(rows, indent=2) + "\n")
    return Answer("".join(f"{line}\n" for line in _table(shown, rules, chosen, policy)))


def _table(
    shown: Sequence[Rule], rules: Sequence[Rule], chosen: dict[str, Rule], policy: Policy
) -> Iterator[str]:
    width = max((len(rule.id) for rule in shown), default=0)
    of_kind = max((len(rule.check) for rule in shown), default=0)
    pack = ""
    for rule in shown:
        if rule.id.split("/")[0] != pack:
            pack = rule.id.split("/")[0]
            yield f"{pack}" if pack != rule.id else "-"
        off = "" if rule.id in chosen else f"  (off: {_reason(rule, policy)})"
        line = (
            f"  {rule.id:<{width}}  {rule.severity:<7}  {rule.check:<{of_kind}}  {rule.title}{off}"
        )
        yield wording.visible(line)
    origin = policy.origin or "the built-in policy"
    more = "" if len(shown) == len(rules) else " `--all` shows the others, and why they are not."
    yield f"{len(chosen)} of {wording.plural(len(rules), 'rule')} in force by {origin}.{more}"


def _reason(rule: Rule, policy: Policy) -> str:
    if rule.id in policy.disable:
        return f"disabled in {policy.origin}"
    return f"pack `{rule.id.split('/')[0]}` is not in `packs`"


def show(folder: str, surroundings: Settings, name: str) -> Answer:
    """One rule with all its sections, by its id or a tool's code."""
    return Answer(explain.text(name, _read(_here(folder, surroundings))[0]))


def check(folder: str, surroundings: Settings) -> Answer:
    """Every mistake in the rule files and the policy, at once."""
    here = _here(folder, surroundings)
    complaints = []
    rules: list[Rule] = []
    try:
        rules = rulebook.parse(here.texts, KINDS)
    except ArchitraveError as error:
        complaints.append(error.message)
    try:
        contracts = [rule.id for rule in here.stated.rules]
        known = [*contracts, *([rule.id for rule in rules] or _ids(here))]
        policy = settings.read_policy(here.own, here.project, known)
        if rules:
            rulebook.apply([*here.stated.rules, *rules], policy, KINDS)
    except ArchitraveError as error:
        complaints.append(error.message)
    complaints += pattern.compile_problems(
        [rule for rule in rules if _is_house(rule)], commands.tool_environment(surroundings.environ)
    )
    if complaints:
        raise ArchitraveError("\n".join(complaints), "docs/rules.md and docs/policy.md say more.")
    return Answer("".join(f"{wording.visible(line)}\n" for line in _in_order(here, policy)))


def _in_order(here: _Here, policy: Policy) -> Iterator[str]:
    files = wording.plural(len(here.house), "rule file") if here.house else "no rule files"
    count = len(here.stated.rules)
    more = f", {wording.plural(count, 'contract')} for import-linter" if count else ""
    if here.house or count or policy.origin:
        yield f"In order: {policy.origin or 'no policy'}, {files} of this repository{more}."
    else:
        yield "This repository has no policy and no rules of its own; the built-in ones hold."
    yield from here.stated.notes


def _ids(here: _Here) -> list[str]:
    """The ids of rules some of which cannot be read: as their files seem to state them."""
    return [
        found[1].decode(errors="replace")
        for text in here.texts
        if (found := _STATED_ID.search(text.data[: rulebook.SIZE_LIMIT]))
    ]


def test(folder: str, surroundings: Settings, names: Sequence[str]) -> Answer:
    """The examples of the rules named by id or file, by default of all the repository's own."""
    here = _here(folder, surroundings)
    texts = {text.origin: text.data for text in here.texts}
    rules = [rule for rule in rulebook.parse(here.texts, KINDS) if rule.origin in texts]
    wanted = _named(names, rules) if names else [each for each in rules if _is_house(each)]
    if not wanted:
        raise ArchitraveError(
            "This repository has no rules of its own to test",
            f"They go to {standards.HOUSE_RULES}/. A built-in rule is tested by its name.",
        )
    lines, failed = [], 0
    for rule in wanted:
        if rule.check == judge.NAME:
            lines.append(f"skipped  {rule.id}: its examples are for the model reviewer")
            continue
        problems = examples.problems(rule, texts[rule.origin], surroundings)
        failed += bool(problems)
        lines.append(f"{'FAILED ' if problems else 'ok     '}  {rule.id}  ({rule.origin})")
        lines += [f"           {problem}" for problem in problems]
    tested = sum(rule.check != judge.NAME for rule in wanted)
    lines.append(f"{tested - failed} of {wording.plural(tested, 'rule')} passed.")
    return Answer("".join(f"{wording.visible(line)}\n" for line in lines), not failed)


def _named(names: Sequence[str], rules: Sequence[Rule]) -> list[Rule]:
    found = []
    for name in names:
        fitting = [rule for rule in rules if name in (rule.id, rule.origin)]
        if not fitting:
            known = [*(rule.id for rule in rules), *(rule.origin for rule in rules)]
            raise ArchitraveError(
                f"There is no rule `{name}`{settings.nearest(name, known)}",
                "`review-local rules list --all` lists them.",
            )
        found += fitting
    return found


def _is_house(rule: Rule) -> bool:
    return rule.origin.startswith(f"{standards.HOUSE_RULES}/")


def _read(here: _Here) -> tuple[list[Rule], Policy]:
    rules = [*here.stated.rules, *rulebook.parse(here.texts, KINDS)]
    return rules, settings.read_policy(here.own, here.project, [rule.id for rule in rules])


def _here(folder: str, surroundings: Settings) -> _Here:
    built_in = standards.built_in_texts()
    try:
        repository = Repository(folder, surroundings.environ)
    except ArchitraveError:
        return _Here(
            built_in, None, None, (), Stated((), ())
        )  # outside a repository the built-in rules are all
    with closing(repository):
        if repository.root is not None:
            tree, _ = repository.snapshot_worktree()
        else:
            tree = repository.commit("HEAD") or repository.empty_tree
        own, project, house = standards.texts_at(repository, tree)
        stated = import_linter.read(standards.contract_texts(repository, tree))
    return _Here([*built_in, *house], own, project, house, stated)


def init(folder: str, surroundings: Settings) -> Answer:
    """Write a commented `.architrave.toml` and rules that say what holds already."""
    with closing(Repository(folder, surroundings.environ)) as repository:
        if repository.root is None:
            raise ArchitraveError(
                "A bare repository has no place for a policy", "Run it in a working tree."
            )
        tree, _ = repository.snapshot_worktree()
        own, project, house = standards.texts_at(repository, tree)
        if own is not None or (project is not None and b"tool.architrave" in project):
            raise ArchitraveError(
                "There is a policy already",
                "Edit it, and try it with: review-local rules check",
            )
        files = {settings.POLICY_FILE: starter.policy(list(repository.listing(tree)))}
        if not house:  # else somebody has thought about layers
            environ = commands.tool_environment(surroundings.environ)
            files.update(first_layers.propose(repository, tree, environ))
        for path, text in files.items():
            _write(os.path.join(repository.root, path), text)
    return Answer("".join(f"{line}\n" for line in _written(list(files))))


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "x", encoding="utf-8") as file:
        file.write(text)


def _written(files: Sequence[str]) -> Iterator[str]:
    yield f"Wrote {files[0]}: what holds without it, for you to change."
    for path in files[1:]:
        yield f"Wrote {path}: layers that the imports keep today, for you to read and put right."
    yield "Commit this by itself: of a change of rules a review asks that a human answers for it."
    yield "Every later change is judged by what stands at its base."
