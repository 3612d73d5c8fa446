"""What became of guarded files: whether they mean the same, and what they guard less."""

import posixpath
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from bot import documents, moved_modules, paths, syntax
from bot.comparison import Comparison
from bot.domain import REGULAR_MODES, ChangedFile, Rule
from bot.outside.worker import Failure
from bot.settings import POLICY_FILE, PROJECT_FILE
from bot.weakening import images, owners, workflows
from bot.weakening import rules as rule_files

REMOVED = "removes it"
_HOUSE_RULES = ".architrave/rules/"
_WORKFLOWS = ("/.github/workflows/**", "action.yml", "action.yaml")
_IMAGES = ("*Dockerfile*", "*Containerfile*")


class Edit(NamedTuple):
    """What became of a guarded file. *unread* is why its meaning at head is not known."""

    changed: bool
    weaker: tuple[str, ...] = ()
    unread: str = ""
    # What is not weaker, but other.
    other: tuple[str, ...] = ()


def guards(rule: Rule, path: str) -> bool:
    """Whether a rule is about a file of this name."""
    return paths.matches(path, rule.options["files"])


class Guards:
    """The guarded files of a change and their data on both sides."""

    def __init__(self, comparison: Comparison, rules: Sequence[Rule]) -> None:
        self._comparison, self._rules = comparison, rules
        self.files = [
            file
            for file in comparison.change.files
            if not comparison.ignores(file.path)
            and any(
                guards(rule, path) for rule in rules for path in {file.path, file.old_path} if path
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
    def _moved(self) -> Mapping[str, str]:
        return moved_modules.names(self._comparison)

    @cached_property
    def _twins(self) -> Mapping[str, str]:
        """Deleted Python files to new ones of that name, where the rest of their folder went."""
        folders = {
            posixpath.dirname(old): posixpath.dirname(new)
            for old, new in self._comparison.renamed.items()
        }
        files = [file for file in self._comparison.change.files if paths.is_python(file.path)]
        added = {file.path for file in files if not file.old_blob}
        found = {}
        for file in files:
            folder, name = posixpath.split(file.path)
            twin = posixpath.join(folders.get(folder, ""), name)
            if not file.new_blob and twin in added:
                found[file.path] = twin
        return found

    def _only_moved(self, file: ChangedFile) -> bool:
        """Whether a deleted or a new file is one that moved too, so short that Git did not see it."""
        pairs = [pair for pair in self._twins.items() if file.path in pair]
        if len(pairs) != 1 or (file.old_blob and file.new_blob):
            return False
        old, new = pairs[0]
        # What guards less where it is now is no mere move.
        if any(guards(rule, old) != guards(rule, new) for rule in self._rules):
            return False
        if file.new_blob and file.new_mode not in REGULAR_MODES:
            return False
        base, head = self._comparison.text("base", old), self._comparison.text("head", new)
        if base is None or head is None:
            return False
        return syntax.do_the_same(base, head, self._moved)

    @cached_property
    def owner_entries(self) -> owners.Entries:
        """Who owns what by the trusted side."""
        for path in owners.PLACES:
            if self._comparison.text("base", path) is not None:
                return owners.parse(self._comparison.lines("base", path))
        return []

    def edit(self, file: ChangedFile) -> Edit:
        """What became of a file."""
        if PROJECT_FILE in (file.path, file.old_path):
            return self._edit_of_project(file)
        if self._only_moved(file):
            return Edit(False)
        if not file.new_blob:
            return Edit(True, (REMOVED,) if not self._moved_checks(file) else ())
        if file.new_mode not in REGULAR_MODES:
            return Edit(True, ("makes a link of it",))
        if file.old_blob and file.old_mode not in REGULAR_MODES:
            return Edit(True)
        if documents.format_of(file.path):
            return self._edit_of_data(file)
        base = self._comparison.lines("base", file.old_path) if file.old_blob else ()
        head = self._comparison.lines("head", file.path)
        if self._comparison.text("head", file.path) is None:
            return Edit(True, unread="its content is missing or too large")
        if file.path.rpartition("/")[2] == "CODEOWNERS":
            old, new = owners.parse(base), owners.parse(head)
            return Edit(old != new, tuple(owners.compare(old, new)))
        if paths.matches(file.path, _IMAGES):
            before, after = images.parse(base), images.parse(head)
            return Edit(before != after, tuple(images.compare(before, after)))
        return Edit(self._means_something_else(file, base, head))

    def _edit_of_project(self, file: ChangedFile) -> Edit:
        """What became of the policy in it: the rest is no matter of review."""
        before = self._data.get(("base", PROJECT_FILE))
        after = self._data.get(("head", PROJECT_FILE))
        if isinstance(after, Failure):
            return Edit(True, ("makes it unreadable",) if file.old_blob else (), str(after))
        base, head = _policy(before), _policy(after)
        return Edit(base != head, tuple(rule_files.compare_policies(base, head)))

    def _edit_of_data(self, file: ChangedFile) -> Edit:
        base = self._data.get(("base", file.old_path)) if file.old_blob else None
        head = self._data.get(("head", file.path))
        is_workflow = paths.matches(file.path, _WORKFLOWS)
        if isinstance(head, Failure):
            return Edit(True, ("makes it unreadable",) if file.old_blob else (), str(head))
        if isinstance(base, Failure):
            base = None
        if file.path.startswith(_HOUSE_RULES):
            # The text of a rule is part of it.
            return Edit(
                file.old_blob != file.new_blob,
                tuple(rule_files.compare_rules(base, head)) if base else (),
            )
        if base == head:
            return Edit(False)
        if file.path == POLICY_FILE:
            return Edit(True, tuple(rule_files.compare_policies(base, head)))
        if is_workflow:
            before, after = workflows.facts(base), workflows.facts(head)
            weaker = tuple(workflows.compare(before, after, self._elsewhere(file.path)))
            other = () if base is None else tuple(workflows.differences(before, after))
            return Edit(bool(weaker or other) or base is None, weaker, other=other)
        return Edit(True)

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
        if paths.is_python(file.path):
            return not syntax.do_the_same(_joined(base), _joined(head), self._moved)
        return [line.split() for line in base if line.strip()] != [
            line.split() for line in head if line.strip()
        ]


def _joined(lines: Sequence[str]) -> bytes:
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def _policy(project: Any) -> Any:
    tools = project.get("tool") if isinstance(project, dict) else None
    return tools.get("architrave") if isinstance(tools, dict) else None
