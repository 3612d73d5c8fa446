"""What a change is held to: policy, rules and tool settings, all from the trusted side.

Reading them means YAML and TOML, so what was read is kept by the object ids of what it was read from.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from bot import __version__, import_linter, paths, ruff_settings, rulebook, settings
from bot.domain import REGULAR_MODES, SUBMODULE_MODE, Change, Policy, Rule
from bot.errors import ArchitraveError
from bot.outside.cache import Cache
from bot.outside.git import Repository
from bot.outside.git_output import TreeEntry
from bot.rulebook import OptionsCheck, RuleText

BUILT_IN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "rules")
HOUSE_RULES = ".architrave/rules"
# Only these Ruff codes ask whether an import is the repository's own.
_IMPORT_CODES = ("I", "TC", "TID", "INP")
_TREE_MODE = "040000"


class Standards(NamedTuple):
    """Policy, the rules it wants, and settings for Ruff."""

    policy: Policy
    rules: tuple[Rule, ...]
    ruff: ruff_settings.Settings
    # Changes when policy or rules do.
    key: str
    # What a person should know of them.
    notes: tuple[str, ...] = ()

    def of_kind(self, kind: str) -> list[Rule]:
        return [rule for rule in self.rules if rule.check == kind]


def read(
    change: Change,
    repository: Repository,
    kinds: Mapping[str, OptionsCheck],
    ruff_codes: Callable[[Sequence[Rule]], Sequence[str]],
    cache: Cache,
) -> Standards:
    """The standards for *change*. Raises `ArchitraveError` for files there that are not valid."""
    trusted = _Tree(repository, change.trusted)
    files = dict.fromkeys((settings.POLICY_FILE, HOUSE_RULES, *import_linter.FILES))
    key = "|".join(["rules", __version__, _built_in_tag(), *(trusted.id(path) for path in files)])
    policy, rules, notes = _policy_and_rules(trusted, kinds, cache, key)
    codes = ruff_codes([rule for rule in rules if rule.check == "ruff"])
    ruff = _ruff_settings(change, trusted, codes, cache)
    return Standards(policy, tuple(rules), ruff, key, tuple(notes))


def _policy_and_rules(
    trusted: "_Tree", kinds: Mapping[str, OptionsCheck], cache: Cache, key: str
) -> tuple[Policy, list[Rule], Sequence[str]]:
    kept = cache.get([key]).get(key)
    if kept is not None:
        return Policy(*kept[0]), [_rule(row) for row in kept[1]], kept[2]
    own, project = trusted.read(settings.POLICY_FILE), trusted.read(settings.PROJECT_FILE)
    contracts = _contracts(trusted)
    found = [
        *contracts.rules,
        *rulebook.parse([*built_in_texts(), *_house_texts(trusted)], kinds),
    ]
    policy = settings.read_policy(own, project, [rule.id for rule in found])
    rules = rulebook.apply(found, policy, kinds)
    cache.put({key: [policy, rules, contracts.notes]})
    return policy, rules, contracts.notes


def _contracts(trusted: "_Tree") -> import_linter.Stated:
    return import_linter.read(_contract_texts(trusted))


def _contract_texts(tree: "_Tree") -> dict[str, bytes]:
    texts = {path: tree.read(path) for path in import_linter.FILES}
    return {path: text for path, text in texts.items() if text}


def _ruff_settings(
    change: Change, trusted: "_Tree", codes: Sequence[str], cache: Cache
) -> ruff_settings.Settings:
    folders = _folders(change)
    own_names: set[str] = set()
    if any(code.startswith(_IMPORT_CODES) for code in codes):
        own_names = trusted.module_names() | trusted.beside(change.head).module_names()
    seen = [
        f"{folder!a}/{name}={identity}"
        for folder in folders
        for name in ruff_settings.FILES
        if (identity := trusted.id(f"{folder}/{name}".lstrip("/")))
    ]
    key = "|".join(["settings", __version__, *codes, *sorted(own_names), *seen])
    kept = cache.get([key]).get(key)
    if kept is not None:
        return ruff_settings.Settings(*kept)
    written, extended = ruff_settings.write(folders, codes, sorted(own_names), trusted.read)
    # What `extend` brings in is not in the key.
    if not extended:
        cache.put({key: written})
    return written


def built_in_texts() -> list[RuleText]:
    """The rule files that come with Architrave."""
    texts = []
    for pack in sorted(os.listdir(BUILT_IN)):
        folder = os.path.join(BUILT_IN, pack)
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            if name.endswith(".md"):
                with open(os.path.join(folder, name), "rb") as file:
                    texts.append(RuleText(f"rules/{pack}/{name}", file.read()))
    return texts


def texts_at(
    repository: Repository, name: str
) -> tuple[bytes | None, bytes | None, list[RuleText]]:
    """The policy file, the project file and the house rules of a commit or tree, as they stand."""
    tree = _Tree(repository, name)
    own, project = tree.read(settings.POLICY_FILE), tree.read(settings.PROJECT_FILE)
    return own, project, _house_texts(tree)


def contract_texts(repository: Repository, name: str) -> dict[str, bytes]:
    """The files of a commit or tree in which import-linter's contracts may stand."""
    return _contract_texts(_Tree(repository, name))


def everything(
    repository: Repository | None, trusted: str, kinds: Mapping[str, OptionsCheck]
) -> list[Rule]:
    """Every rule there is, wanted by the policy or not; without a repository the built-in ones."""
    if repository is None:
        return rulebook.parse(built_in_texts(), kinds)
    tree = _Tree(repository, trusted)
    rules = rulebook.parse([*built_in_texts(), *_house_texts(tree)], kinds)
    return [*rules, *_contracts(tree).rules]


def notes(change: Change, standards: Standards) -> tuple[str, ...]:
    """What a person should know of the standards: edited by the change, or not all in force."""
    return (*_edited(change), *standards.notes)


def _edited(change: Change) -> tuple[str, ...]:
    edited = [
        file.path
        for file in change.files
        if file.path in (settings.POLICY_FILE, ".importlinter")
        or file.path.startswith(f"{HOUSE_RULES}/")
    ]
    if not edited or change.trusted == change.head:
        return ()
    note = (
        f"The change edits {', '.join(edited[:3])}; what stands at the base judges it."
        " Try the new ones with --rules worktree."
    )
    return (note,)


class _Tree:
    """The files of one commit by path; links are not followed, they simply are no files."""

    def __init__(self, repository: Repository, name: str) -> None:
        self._repository, self._name = repository, name
        self._known: dict[str, list[TreeEntry]] = {}

    def beside(self, name: str) -> "_Tree":
        """Another tree of the same repository."""
        return _Tree(self._repository, name)

    def id(self, path: str) -> str:
        """The object id of a file or folder, "" where there is none."""
        folder, _, name = path.rpartition("/")
        return next((entry.id for entry in self.entries(folder) if entry.name == name), "")

    def entries(self, folder: str) -> list[TreeEntry]:
        if folder not in self._known:
            self._known[folder] = self._repository.tree(f"{self._name}:{folder}")
        return self._known[folder]

    def read(self, path: str) -> bytes | None:
        folder, _, name = path.rpartition("/")
        for entry in self.entries(folder):
            if entry.name == name and entry.mode in REGULAR_MODES:
                found = self._repository.read([entry.id])[entry.id]
                if found is None or found.data is None:
                    raise ArchitraveError(
                        f"{path} cannot be read at {self._name[:12]}", "Is the clone complete?"
                    )
                return found.data
        return None

    def files(self, folder: str) -> Iterable[str]:
        for entry in self.entries(folder):
            path = f"{folder}/{entry.name}".lstrip("/")
            if entry.mode == _TREE_MODE:
                yield from self.files(path)
            elif entry.mode in REGULAR_MODES:
                yield path

    def module_names(self) -> set[str]:
        entries = [*self.entries(""), *self.entries("src")]
        names = {
            entry.name if entry.mode == _TREE_MODE else entry.name.removesuffix(".py")
            for entry in entries
            if entry.mode == _TREE_MODE or entry.name.endswith(".py")
        }
        return {name for name in names if name.isidentifier()}


def _house_texts(trusted: _Tree) -> list[RuleText]:
    texts = []
    for path in trusted.files(HOUSE_RULES):
        if path.endswith(".md"):
            texts.append(RuleText(path, trusted.read(path) or b""))
            if len(texts) > rulebook.COUNT_LIMIT:
                break
    return texts


def _folders(change: Change) -> list[str]:
    """Every folder whose settings may govern a changed Python file."""
    found: dict[str, None] = {}
    for file in change.files:
        for path, mode in ((file.path, file.new_mode), (file.old_path, file.old_mode)):
            if ".." in path.split("/"):
                continue  # not a path Git would check out, and an error if asked for
            if mode != SUBMODULE_MODE and (paths.is_python(path) or not paths.has_ending(path)):
                found.update(dict.fromkeys(paths.folders(path)))
    return list(found)


def _rule(row: Sequence[object]) -> Rule:
    rule = Rule(*row)  # type: ignore[arg-type]
    return rule._replace(paths=tuple(rule.paths))


def _built_in_tag() -> str:
    newest, count = 0, 0
    for pack in os.scandir(BUILT_IN):
        if pack.is_dir():
            for file in os.scandir(pack.path):
                status = file.stat()
                newest, count = max(newest, status.st_mtime_ns), count + status.st_size + 1
    return f"{newest}-{count}"
