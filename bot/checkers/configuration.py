"""Settings of checkers that are weaker than at base: `check: configuration`.

Compared are values, not texts, and what counts in a folder, not one file: settings that moved
from one file to another are no news, and a new file that puts another out of force is.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot import documents, moved_modules, options
from bot.comparison import Comparison, SideName
from bot.domain import SEVERITIES, ChangedFile, Coverage, Finding, Rule, Severity
from bot.options import Option
from bot.outside.worker import Failure
from bot.weakening import Weakening, checks, hooks, moved, settings

NAME = "configuration"
READS = ""

_WHICH = ("checks", "thresholds")
OPTIONS: options.Table = {
    "which": Option(f"one of {', '.join(_WHICH)}", {"enum": list(_WHICH)}, required=True)
}
_SIDES: tuple[SideName, ...] = ("base", "head")
# A clue is looked for this many lines below the one before.
_WINDOW = 400


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is for these rules."""
    return path.rpartition("/")[2] in settings.FILES


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


class _Folder(NamedTuple):
    """One folder: its changed files, and what is in its files of settings, by side and name."""

    path: str
    changed: Mapping[str, ChangedFile]
    data: Mapping[str, Mapping[str, Any]]


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """What checkers are told to pass over from now on."""
    for folder in _folders(comparison):
        failed = [
            (name, file, data)
            for name, file in folder.changed.items()
            if isinstance(data := folder.data["head"].get(name), Failure)
        ]
        for _, file, failure in failed:
            yield Coverage(file.path, NAME, "failed", str(failure))
        try:
            found = list(_weakenings(folder, comparison))
        except ValueError as error:
            file = next(iter(folder.changed.values()))
            yield Coverage(file.path, NAME, "failed", str(error))
            continue
        for name, weakening in found:
            for rule in rules:
                if (rule.options["which"] == "thresholds") == weakening.is_threshold:
                    yield _finding(rule, name, weakening, folder, comparison)


# Reading ------------------------------------------------------------------------------------


def _folders(comparison: Comparison) -> Iterator[_Folder]:
    changed: dict[str, dict[str, ChangedFile]] = {}
    for file in comparison.change.files:
        for path in dict.fromkeys((file.path, file.old_path)):
            folder, _, name = path.rpartition("/")
            if name in settings.FILES and not comparison.ignores(path):
                changed.setdefault(folder, {})[name] = file
    places = [
        (side, f"{folder}/{name}".lstrip("/"))
        for folder in changed
        for name in sorted(settings.FILES)
        for side in _SIDES
    ]
    found = documents.read(comparison, [each for each in places if _is_there(each, comparison)])
    for folder, files in changed.items():
        data: dict[str, dict[str, Any]] = {side: {} for side in _SIDES}
        for (side, path), content in found.items():
            if path.rpartition("/")[0] == folder:
                data[side][path.rpartition("/")[2]] = content
        yield _Folder(folder, files, data)


def _is_there(place: documents.Place, comparison: Comparison) -> bool:
    return place[1] in comparison.listing(place[0])


def _settings(
    tool: str, folder: _Folder, side: SideName, comparison: Comparison
) -> tuple[str, settings.Settings] | None:
    found = settings.of(tool, folder.data[side])
    if found is None or tool != "Ruff":
        return found
    name, own = found
    target = posixpath.normpath(posixpath.join(folder.path, str(own.get("extend", ""))))
    if "extend" in own and posixpath.basename(target) in settings.PLACES[tool]:
        above = documents.read(comparison, [(side, target)])[side, target]
        inherited = settings.of(tool, {posixpath.basename(target): above})
        return name, {**(inherited[1] if inherited else {}), **own}
    return found


# Comparing ----------------------------------------------------------------------------------


def _weakenings(folder: _Folder, comparison: Comparison) -> Iterator[tuple[str, Weakening]]:
    """The name of the file each is in, and the weakening."""
    unread = {
        name
        for side in _SIDES
        for name, data in folder.data[side].items()
        if isinstance(data, Failure)
    }
    modules, gone = moved_modules.names(comparison), moved_modules.gone(comparison)
    for tool, places in settings.PLACES.items():
        if not folder.changed.keys() & places.keys() or unread & places.keys():
            continue
        base = _settings(tool, folder, "base", comparison)
        head = _settings(tool, folder, "head", comparison)
        if base is None or head == base:
            continue
        if head is None:
            if not _has_successor(tool, folder):
                yield base[0], Weakening(f"removes all settings of {tool}")
            continue
        before = moved.renamed(base[1], comparison.renamed, modules)
        base = base[0], moved.without(before, head[1], gone)
        if tool == "Flake8" and (ruff := _settings("Ruff", folder, "head", comparison)):
            head = head[0], checks.taken_over(base[1], head[1], ruff[1])
        # The one that counts now, or the one that no longer does.
        name = head[0] if head[0] in folder.changed else base[0]
        for weakening in checks.compare(tool, base[1], head[1]):
            yield name, weakening
    yield from _hooks(folder, unread)


def _hooks(folder: _Folder, unread: set[str]) -> Iterator[tuple[str, Weakening]]:
    name = settings.HOOKS
    if name not in folder.changed or name in unread or folder.data["base"].get(name) is None:
        return
    if name not in folder.data["head"]:
        yield name, Weakening("removes all hooks of pre-commit")
        return
    for weakening in hooks.compare(folder.data["base"][name], folder.data["head"][name]):
        yield name, weakening


def _has_successor(tool: str, folder: _Folder) -> bool:
    heads = folder.data["head"]
    if any(
        settings.of(each, heads)
        for each in settings.SUCCESSORS.get(tool, ())
        if each in settings.PLACES
    ):
        return True
    project = heads.get("pyproject.toml")
    tables = project.get("tool", {}) if isinstance(project, dict) else {}
    return any(each in tables for each in settings.SUCCESSORS.get(tool, ()))


# Telling ------------------------------------------------------------------------------------


def _finding(
    rule: Rule, name: str, weakening: Weakening, folder: _Folder, comparison: Comparison
) -> Finding:
    # Settings of a file that did not change count because another, which did, is gone.
    file = folder.changed.get(name) or next(iter(folder.changed.values()))
    line = _line(file, weakening.clues, comparison)
    return Finding(
        rule=rule.id,
        checker=NAME,
        severity=_severity(rule, weakening),
        path=file.path,
        start_line=line,
        end_line=line,
        message=f"The change {weakening.says}",
        label="worsened" if weakening.is_threshold else "introduced",
        key=f"{folder.path}|{weakening.says}",
    )


def _severity(rule: Rule, weakening: Weakening) -> Severity:
    if rule.severity_is_fixed or not weakening.is_mild:
        return rule.severity
    return SEVERITIES[min(SEVERITIES.index(rule.severity) + 1, len(SEVERITIES) - 1)]


def _line(file: ChangedFile, clues: Sequence[str], comparison: Comparison) -> int:
    """The line of the last clue found after those before it: at head or where it was at base."""
    if file.new_blob:
        at, found = _search(comparison.lines("head", file.path), clues)
        if found == len(clues) or not file.old_blob:
            return at
    old_at, old_found = _search(comparison.lines("base", file.old_path), clues)
    if not file.new_blob:
        return old_at
    return comparison.line_at_head(file, old_at) if old_found > found else at


def _search(lines: Sequence[str], clues: Sequence[str]) -> tuple[int, int]:
    """Line and number of clues found, each at or below the one before; line 1 without any."""
    at, found = 0, 0
    for clue in clues:
        window = range(at, min(len(lines), at + _WINDOW) if found else len(lines))
        match = next(
            (
                each
                for each in window
                if clue in lines[each].replace("_", "-") or clue in lines[each]
            ),
            None,
        )
        if match is not None:
            at, found = match, found + 1
    return at + 1, found
