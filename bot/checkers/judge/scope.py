"""Which file is held to which rule, and how that is cut into tasks for one conversation each."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from bot import paths
from bot.checkers.judge import rules_text
from bot.domain import REGULAR_MODES, Authorship, ChangedFile, Policy, Rule

# More rules in one question and the last ones are read badly: so many, and so many bytes of them,
# which has room for those that are built in and some of the house; see docs/judge.md.
RULES_AT_ONCE = 20
RULE_BYTES_AT_ONCE = 32_000
# Bytes of diff in one question; about 60,000 tokens.
BYTES_AT_ONCE = 160_000

# The blob without content, by either hash.
EMPTY = (
    "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)

Pair = tuple[str, str]


class Task(NamedTuple):
    """Files and rules for one conversation, and which of their pairs are asked about."""

    files: tuple[ChangedFile, ...]
    rules: tuple[Rule, ...]
    pairs: frozenset[Pair]


def _by_path(rule: Rule, file: ChangedFile) -> bool:
    return paths.matches(file.path, rule.paths)


def pairs(
    files: Iterable[ChangedFile],
    rules: Sequence[Rule],
    policy: Policy,
    authorship: Authorship,
    is_about: Callable[[Rule, ChangedFile], bool] = _by_path,
) -> list[tuple[ChangedFile, Rule]]:
    """Every changed file with each rule that is about such a file and its writers."""
    found: list[tuple[ChangedFile, Rule]] = []
    for file in files:
        # Links and submodules hold no code, a new empty file says nothing.
        if file.new_mode not in REGULAR_MODES or file.old_blob == file.new_blob:
            continue
        if not file.old_blob and file.new_blob in EMPTY:
            continue
        if policy.ignore and paths.matches(file.path, policy.ignore):
            continue
        found += [
            (file, rule)
            for rule in rules
            if is_about(rule, file) and _concerns(rule, file, policy, authorship)
        ]
    return found


def _concerns(rule: Rule, file: ChangedFile, policy: Policy, authorship: Authorship) -> bool:
    if rule.applies_to == "all" and policy.scope == "all":
        return True
    stretches = authorship.files.get(file.path)
    writers = {each.writer for each in stretches} if stretches else {"unknown"}
    unknown = policy.unmarked == "ai" and "unknown" in writers
    return "ai" in writers or unknown


def tasks(wanted: Iterable[tuple[ChangedFile, Rule]], sizes: Mapping[str, int]) -> list[Task]:
    """The pairs as tasks: rules by id, files by path, neither more than one question holds."""
    wanted = list(wanted)
    rules = sorted({rule.id: rule for _, rule in wanted}.values(), key=lambda each: each.id)
    files = sorted({file.path: file for file, _ in wanted}.values(), key=lambda each: each.path)
    asked = frozenset((file.path, rule.id) for file, rule in wanted)
    found = []
    for shard in _shards(files, sizes):
        for together in _portions(rules):
            task = _task(shard, together, asked)
            if task is not None:
                found.append(task)
    return found


def _task(
    files: Sequence[ChangedFile], rules: Sequence[Rule], asked: Collection[Pair]
) -> Task | None:
    of_task = frozenset(
        (file.path, rule.id) for file in files for rule in rules if (file.path, rule.id) in asked
    )
    if not of_task:
        return None
    named = {path for path, _ in of_task}
    meant = {rule for _, rule in of_task}
    return Task(
        tuple(file for file in files if file.path in named),
        tuple(rule for rule in rules if rule.id in meant),
        of_task,
    )


def part(task: Task, pairs: Collection[Pair]) -> Task:
    """The task with these of its pairs alone, of which there are some."""
    found = _task(task.files, task.rules, pairs)
    assert found is not None
    return found


def halves(task: Task) -> list[Task]:
    """Two tasks of half the files each; one file cannot be halved."""
    middle = len(task.files) // 2
    found = [
        _task(part, task.rules, task.pairs) for part in (task.files[:middle], task.files[middle:])
    ]
    return [each for each in found if each is not None] if middle else []


def _portions(rules: Sequence[Rule]) -> Iterable[list[Rule]]:
    portion: list[Rule] = []
    size = 0
    for rule in rules:
        own = len(rules_text.rule_text(rule).encode(errors="replace"))
        if portion and (len(portion) == RULES_AT_ONCE or size + own > RULE_BYTES_AT_ONCE):
            yield portion
            portion, size = [], 0
        portion.append(rule)
        size += own
    if portion:
        yield portion


def _shards(files: Sequence[ChangedFile], sizes: Mapping[str, int]) -> Iterable[list[ChangedFile]]:
    shard: list[ChangedFile] = []
    size = 0
    for file in files:
        if shard and size + sizes[file.path] > BYTES_AT_ONCE:
            yield shard
            shard, size = [], 0
        shard.append(file)
        size += sizes[file.path]
    if shard:
        yield shard
