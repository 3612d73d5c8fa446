"""Changes to what guards a repository: `check: guarded`, `options: {files: [...], what: ...}`.

One finding a file: what kind of guard it is, what the edit weakens where that can be told, and who
decides. An edit that leaves the data the same (comments, layout) is none.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from bot import documents, options, paths, syntax
from bot.comparison import Comparison
from bot.domain import REGULAR_MODES, ChangedFile, Coverage, Finding, Rule
from bot.options import STRINGS, Option
from bot.outside.worker import Failure
from bot.settings import POLICY_FILE, PROJECT_FILE
from bot.weakening import images, owners, workflows
from bot.weakening import rules as rule_files

NAME = "guarded"
READS = ""

_ONLY = ("any", "weakened", "unweakened", "added")
OPTIONS: options.Table = {
    "files": Option("a list of globs, at least one", {**STRINGS, "minItems": 1}, required=True),
    "what": Option("a short phrase for what these files are", {"type": "string", "pattern": r"^[^\n]{1,80}$"}, True),
    "only": Option(f"one of {', '.join(_ONLY)}", {"enum": list(_ONLY)}),
}  # fmt: skip
_HOUSE_RULES = ".architrave/rules/"
_WORKFLOWS = ("/.github/workflows/**", "action.yml", "action.yaml")
_IMAGES = ("*Dockerfile*", "*Containerfile*")
_MOST = 4


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is guarded by any of these rules."""
    return any(_guards(rule, path) for rule in rules)


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


def compare(comparison: Comparison, rules: Sequence[Rule]) -> Iterator[Finding | Coverage]:
    """A finding for each guarded file whose meaning changed."""
    guards = _Guards(comparison, rules)
    for file in guards.files:
        edit = guards.edit(file)
        if edit.unread:
            yield Coverage(file.path, NAME, "failed", edit.unread)
        for rule in rules:
            if _is_wanted(rule, file, edit):
                yield guards.finding(rule, file, edit)


class _Edit(NamedTuple):
    """What became of a guarded file. *unread* is why its meaning at head is not known."""

    changed: bool
    weaker: tuple[str, ...] = ()
    unread: str = ""
    # What is not weaker, but other.
    other: tuple[str, ...] = ()


def _guards(rule: Rule, path: str) -> bool:
    return paths.matches(path, rule.options["files"])


def _is_wanted(rule: Rule, file: ChangedFile, edit: _Edit) -> bool:
    here, before = _guards(rule, file.path), bool(file.old_path) and _guards(rule, file.old_path)
    is_moved = here != before and bool(file.old_blob and file.new_blob)
    if not (here or before) or not (edit.changed or is_moved):
        return False
    is_weaker = bool(edit.weaker) or not here
    return {
        "any": True,
        "weakened": is_weaker,
        "unweakened": not is_weaker,
        "added": here and not (before and file.old_blob),
    }[rule.options.get("only", "any")]


class _Guards:
    """The guarded files of a change and their data on both sides."""

    def __init__(self, comparison: Comparison, rules: Sequence[Rule]) -> None:
        self._comparison = comparison
        self.files = [
            file
            for file in comparison.change.files
            if not comparison.ignores(file.path)
            and any(
                _guards(rule, path) for rule in rules for path in {file.path, file.old_path} if path
            )
        ]

    @cached_property
    def _data(self) -> Mapping[documents.Place, Any]:
        places: list[documents.Place] = []
        for file in self.files:
            if documents.format_of(file.path) and file.old_path:
                places.append(("base", file.old_path))
            if documents.format_of(file.path):
                places.append(("head", file.path))
        return documents.read(self._comparison, places)

    @cached_property
    def _gained(self) -> dict[str, Counter[str]]:
        """The checks of each changed workflow at head, to tell a moved one from one that is gone."""
        return {
            file.path: workflows.facts(self._data.get(("head", file.path))).checks
            for file in self.files
            if paths.matches(file.path, _WORKFLOWS) and file.new_blob
        }

    @cached_property
    def _owners(self) -> owners.Entries:
        for path in owners.PLACES:
            if self._comparison.text("base", path) is not None:
                return owners.parse(self._comparison.lines("base", path))
        return []

    def edit(self, file: ChangedFile) -> _Edit:
        """What became of a file."""
        if PROJECT_FILE in (file.path, file.old_path):
            return self._edit_of_project(file)
        if not file.new_blob:
            return _Edit(True, ("removes it",) if not self._moved_checks(file) else ())
        if file.new_mode not in REGULAR_MODES:
            return _Edit(True, ("makes a link of it",))
        if file.old_blob and file.old_mode not in REGULAR_MODES:
            return _Edit(True)
        if documents.format_of(file.path):
            return self._edit_of_data(file)
        base = self._comparison.lines("base", file.old_path) if file.old_blob else ()
        head = self._comparison.lines("head", file.path)
        if self._comparison.text("head", file.path) is None:
            return _Edit(True, unread="its content is missing or too large")
        if file.path.rpartition("/")[2] == "CODEOWNERS":
            old, new = owners.parse(base), owners.parse(head)
            return _Edit(old != new, tuple(owners.compare(old, new)))
        if paths.matches(file.path, _IMAGES):
            before, after = images.parse(base), images.parse(head)
            return _Edit(before != after, tuple(images.compare(before, after)))
        return _Edit(self._means_something_else(file, base, head))

    def _edit_of_project(self, file: ChangedFile) -> _Edit:
        """What became of the policy in it: the rest is no matter of review."""
        before = self._data.get(("base", PROJECT_FILE))
        after = self._data.get(("head", PROJECT_FILE))
        if isinstance(after, Failure):
            return _Edit(True, ("makes it unreadable",) if file.old_blob else (), str(after))
        base, head = _policy(before), _policy(after)
        return _Edit(base != head, tuple(rule_files.compare_policies(base, head)))

    def _edit_of_data(self, file: ChangedFile) -> _Edit:
        base = self._data.get(("base", file.old_path)) if file.old_blob else None
        head = self._data.get(("head", file.path))
        is_workflow = paths.matches(file.path, _WORKFLOWS)
        if isinstance(head, Failure):
            return _Edit(True, ("makes it unreadable",) if file.old_blob else (), str(head))
        if isinstance(base, Failure):
            base = None
        if file.path.startswith(_HOUSE_RULES):
            # The text of a rule is part of it.
            return _Edit(
                file.old_blob != file.new_blob,
                tuple(rule_files.compare_rules(base, head)) if base else (),
            )
        if base == head:
            return _Edit(False)
        if file.path == POLICY_FILE:
            return _Edit(True, tuple(rule_files.compare_policies(base, head)))
        if is_workflow:
            before, after = workflows.facts(base), workflows.facts(head)
            weaker = tuple(workflows.compare(before, after, self._elsewhere(file.path)))
            other = () if base is None else tuple(workflows.differences(before, after))
            return _Edit(bool(weaker or other) or base is None, weaker, other=other)
        return _Edit(True)

    def _elsewhere(self, path: str) -> Counter[str]:
        total: Counter[str] = Counter()
        for other, checks in self._gained.items():
            if other != path:
                total.update(checks)
        return total

    def _moved_checks(self, file: ChangedFile) -> bool:
        """Whether all that a deleted workflow checked is checked by another changed one."""
        if not paths.matches(file.path, _WORKFLOWS):
            return False
        gone = workflows.facts(self._data.get(("base", file.old_path))).checks
        elsewhere = self._elsewhere(file.path)
        return all(check in elsewhere for check in gone)

    def _means_something_else(
        self, file: ChangedFile, base: Sequence[str], head: Sequence[str]
    ) -> bool:
        if paths.is_python(file.path) and file.old_blob:
            texts = (
                each.encode("utf-8", "surrogateescape") for each in map("\n".join, (base, head))
            )
            return not syntax.equal(*texts)
        return [line.split() for line in base if line.strip()] != [
            line.split() for line in head if line.strip()
        ]

    def finding(self, rule: Rule, file: ChangedFile, edit: _Edit) -> Finding:
        """What is told about an edit."""
        line = next(
            (hunk.new_start + (hunk.new_count == 0) for hunk in self._comparison.hunks(file)), 1
        )
        said = edit.weaker or edit.other
        gone = f"; it {'; it '.join(said[:_MOST])}" if said else ""
        if not _guards(rule, file.path):
            gone = f"; it is moved to where it has no effect, `{file.path}`{gone}"
        verb = (
            "edits" if file.old_blob and file.new_blob else "adds" if file.new_blob else "removes"
        )
        gone = "" if edit.weaker == ("removes it",) else gone
        path = file.path if _guards(rule, file.path) else file.old_path
        return Finding(
            rule=rule.id,
            checker=NAME,
            severity=rule.severity,
            path=file.path,
            start_line=max(1, line),
            end_line=max(1, line),
            message=f"The change {verb} {rule.options['what']}{gone}; {self._decider(rule, path)}",
            key=f"{path}|{'|'.join(edit.weaker)}",
        )

    def _decider(self, rule: Rule, path: str) -> str:
        named = [rule.owner] if rule.owner else list(owners.of(path, self._owners))
        return (
            f"needs a decision by {', '.join(named[:_MOST])}"
            if named
            else "needs a decision by its owner"
        )


def _policy(project: Any) -> Any:
    tools = project.get("tool") if isinstance(project, dict) else None
    return tools.get("architrave") if isinstance(tools, dict) else None
