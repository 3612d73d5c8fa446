"""One review by a model: what is known already, what there is room for, and what came of the rest."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from bot.checkers.judge import budget, conversations, dossier, finder, intent, scope, verifier
from bot.checkers.judge.answers import Candidate
from bot.checkers.judge.budget import Meter
from bot.checkers.judge.conversations import BudgetSpent, Conversation
from bot.checkers.judge.desk import Desk, finder_call
from bot.checkers.judge.evidence import Grounds, Proven, once, prove
from bot.checkers.judge.finder import Search
from bot.checkers.judge.scope import Pair, Task
from bot.checkers.judge.verdicts import Memory, Verdicts
from bot.domain import ChangedFile, Finding, Rule
from bot.outside.llm import Answer, Call, LlmFailure, Usage

# What a conversation sends again with tools, and what verifying takes: shares of its first question.
_TOOLS_SHARE, _VERIFY_SHARE = 0.6, 0.3
_OUTPUT = 1_500


class Wanted(NamedTuple):
    """What is to be judged: files with the rules for their code, and with those about intent."""

    pairs: Sequence[tuple[ChangedFile, Rule]]
    intent: Sequence[tuple[ChangedFile, Rule]]


class Plan(NamedTuple):
    """What will be asked, what is known, what there is no room for, and what that should cost."""

    tasks: Sequence[Task]
    known: Mapping[Pair, Sequence[Candidate]]
    missed: Mapping[Pair, str]
    explore: bool
    tokens: int
    usd: float | None


class Outcome(NamedTuple):
    """What was held, which pairs were not judged and why, and how many candidates were dropped."""

    held: Sequence[Proven]
    missed: Mapping[Pair, str]
    dropped: Mapping[str, int]


def plan(wanted: Wanted, desk: Desk, verdicts: Verdicts, meter: Meter) -> Plan:
    """What to ask. Under the budget goes first the reading besides, then rules that only note,
    then files, the largest first."""
    known = verdicts.known(wanted.pairs)
    pairs = [(file, rule) for file, rule in wanted.pairs if (file.path, rule.id) not in known]
    sizes = {
        file.path: len(dossier.diff(desk.material, file).encode(errors="replace"))
        for file in {file.path: file for file, _ in pairs}.values()
    }
    missed: dict[Pair, str] = {}
    # An empty file has nothing to judge, and one that may not be shown is not judged.
    pairs = [
        pair
        for pair in pairs
        if sizes[pair[0].path] or not dossier.is_shown(desk.material, pair[0])
    ]
    for file, rule in pairs:
        if sizes[file.path] == 0:
            missed[file.path, rule.id] = "it is binary, too large or may hold secrets"
        elif sizes[file.path] > scope.BYTES_AT_ONCE:
            missed[file.path, rule.id] = "more of it changed than one question to a model holds"
        elif desk.material.is_cut(file):
            missed[file.path, rule.id] = "a line that changed is too long to be shown"
    pairs = [(file, rule) for file, rule in pairs if (file.path, rule.id) not in missed]
    return _fitted(Plan((), known, missed, True, 0, 0.0), pairs, sizes, desk, meter)


def _fitted(
    empty: Plan,
    pairs: Sequence[tuple[ChangedFile, Rule]],
    sizes: Mapping[str, int],
    desk: Desk,
    meter: Meter,
) -> Plan:
    dropped: dict[Pair, str] = {}
    explore, notes = True, True
    while True:
        tasks = scope.tasks(pairs, sizes)
        tokens, usd = _estimate(tasks, sizes, desk, explore)
        problem = meter.problem(tokens, usd or 0.0, len(tasks)) if tasks else ""
        if not problem:
            return empty._replace(
                tasks=tasks,
                missed={**empty.missed, **dropped},
                explore=explore,
                tokens=tokens,
                usd=usd,
            )
        if explore:
            explore = False
            continue
        if notes:
            notes = False
            kept = [pair for pair in pairs if pair[1].severity != "note"]
        else:
            largest = sorted({file.path for file, _ in pairs}, key=lambda path: -sizes[path])
            gone = set(largest[: max(1, len(largest) // 10)])
            kept = [pair for pair in pairs if pair[0].path not in gone]
        left = {(file.path, rule.id) for file, rule in kept}
        before = ((file.path, rule.id) for file, rule in pairs)
        dropped |= dict.fromkeys((pair for pair in before if pair not in left), problem)
        pairs = kept


def _estimate(
    tasks: Sequence[Task], sizes: Mapping[str, int], desk: Desk, explore: bool
) -> tuple[int, float | None]:
    """Tokens and US dollars that tasks should take, tools and verifying included."""
    if not tasks:
        return 0, 0.0
    fixed = budget.estimate(finder_call(desk, tasks[0]._replace(files=(), pairs=frozenset())))
    share = 1 + _VERIFY_SHARE + (_TOOLS_SHARE if explore else 0)
    data = sum(sizes[file.path] for task in tasks for file in task.files) / budget.BYTES_PER_TOKEN
    sends = int(share * (fixed * len(tasks) + data))
    usage = Usage(input=sends, output=_OUTPUT * len(tasks))
    return sends + usage.output, budget.price(desk.model, usage)


def carry_out(
    plan: Plan,
    wanted: Wanted,
    desk: Desk,
    verdicts: Verdicts,
    ask: Callable[[Call], Answer],
    meter: Meter,
) -> Outcome:
    """Ask what the plan says, verify what is suspected, and remember what came of it."""
    session = _Session(wanted, desk._replace(explore=plan.explore), verdicts, ask, meter)
    session.missed.update(plan.missed)
    session.take_known(plan.known)
    session.search(plan.tasks)
    session.verify()
    session.remember()
    return Outcome(session.held, session.missed, session.dropped)


class _Session:
    """What is gathered while a review goes on."""

    def __init__(
        self,
        wanted: Wanted,
        desk: Desk,
        verdicts: Verdicts,
        ask: Callable[[Call], Answer],
        meter: Meter,
    ) -> None:
        self._wanted, self._verdicts, self._ask, self._meter = wanted, verdicts, ask, meter
        self._desk = desk
        self._files = {file.path: file for file, _ in (*wanted.pairs, *wanted.intent)}
        self._rules = {rule.id: rule for rule in (*desk.rules, *desk.intent_rules)}
        self._intent_key = ""
        self._known: frozenset[Pair] = frozenset()
        self.held: list[Proven] = []
        self.missed: dict[Pair, str] = {}
        self.dropped: Counter[str] = Counter()
        self._suspected: list[Proven] = []
        self._memories: dict[Pair, list[Memory]] = defaultdict(list)
        self._searched: set[Pair] = set()

    def take_known(self, known: Mapping[Pair, Sequence[Candidate]]) -> None:
        """Hold again what was held about the same blobs."""
        self._known = frozenset(known)
        self._take([candidate for found in known.values() for candidate in found])

    def _take(self, candidates: Iterable[Candidate]) -> None:
        grounds = self._grounds()
        for candidate in candidates:
            proven = prove(candidate, grounds)
            if isinstance(proven, str):
                self.dropped[proven] += 1
            else:
                self.held.append(proven)

    def _grounds(self) -> Grounds:
        pairs = frozenset((path, rule) for path in self._files for rule in self._rules)
        return Grounds(self._desk.material, self._files, self._rules, pairs, self._desk.reported)

    def search(self, tasks: Sequence[Task]) -> None:
        """Look for violations in all tasks, and hold the intent against the outline."""
        self._recall()
        talks: list[Conversation[Search]] = [finder.find(task, self._desk) for task in tasks]
        asked: list[frozenset[Pair]] = [task.pairs for task in tasks]
        if self._intent_is_open():
            talks.append(intent.compare(self._intent_files(), self._desk))
            asked.append(frozenset((intent.WHOLE, rule.id) for rule in self._desk.intent_rules))

        def ended(index: int, found: Search) -> None:
            # A review that is cut short has paid for these as well.
            if not found.proven:
                self._keep(asked[index] - set(found.missed))

        outcomes = conversations.run(talks, self._ask, self._meter, ended)
        for pairs, found in zip(asked, outcomes, strict=True):
            if isinstance(found, (LlmFailure, BudgetSpent)):
                self.missed.update(dict.fromkeys(pairs, str(found)))
                continue
            self.missed.update(found.missed)
            self.dropped.update(found.dropped)
            self._searched |= pairs - set(found.missed)
            self._suspected += found.proven

    def _recall(self) -> None:
        """What was held about functions that are the same stands, and is not looked for again.

        Also in a file that there is no room to ask about.
        """
        grounds = self._grounds()
        recalled: list[Proven] = []
        for file, rule in self._wanted.pairs:
            if (file.path, rule.id) not in self._known:
                recalled += self._verdicts.remembered(file, rule, grounds)
        self.held += recalled
        told = tuple(_standing(proven, self._rules[proven.candidate.rule]) for proven in recalled)
        self._desk = self._desk._replace(reported=(*self._desk.reported, *told))

    def _intent_files(self) -> list[ChangedFile]:
        return list({file.path: file for file, _ in self._wanted.intent}.values())

    def _intent_is_open(self) -> bool:
        if not self._wanted.intent:
            return False
        outline = intent.outline(self._intent_files(), self._desk.reported, self._desk.material)
        key = self._verdicts.intent_key(outline)
        known = self._verdicts.intent(key)
        if known is None:
            self._intent_key = key
            return True
        self._take(known)
        return False

    def verify(self) -> None:
        """Let every suspicion be attacked; what stands is held."""
        open_ones = []
        for proven in once(self._suspected)[0]:
            file, rule = self._files[proven.candidate.path], self._rules[proven.candidate.rule]
            if self._verdicts.dropped_before(file, rule, proven):
                self.dropped["dropped before"] += 1
            else:
                open_ones.append(proven)
        groups = verifier.grouped(open_ones)
        talks: list[Conversation[tuple[verifier.Verified, ...]]] = [
            verifier.verify(group, self._files, self._desk) for group in groups
        ]
        outcomes = conversations.run(talks, self._ask, self._meter)
        for group, outcome in zip(groups, outcomes, strict=True):
            if isinstance(outcome, (LlmFailure, BudgetSpent)):
                for proven in group:
                    pair = (proven.candidate.path, proven.candidate.rule)
                    self.missed[pair] = f"a suspicion was not verified: {outcome}"
                    self._searched.discard(pair)
                continue
            for verified in outcome:
                self._settle(verified)

    def _settle(self, verified: verifier.Verified) -> None:
        proven = verified.proven
        pair = (proven.candidate.path, proven.candidate.rule)
        self._memories[pair].append(self._verdicts.memory(proven, verified.dropped))
        if verified.dropped:
            self.dropped[verified.dropped] += 1
        else:
            self.held.append(proven)

    def remember(self) -> None:
        """Keep each verdict that is whole."""
        self._keep(pair for pair in self._searched if pair not in self.missed)
        of_intent = {rule.id for rule in self._desk.intent_rules}
        if self._intent_key and not any(rule in of_intent for _, rule in self.missed):
            held = [proven for proven in self.held if proven.candidate.rule in of_intent]
            self._verdicts.keep_intent(self._intent_key, held)

    def _keep(self, pairs: Iterable[Pair]) -> None:
        for path, rule_id in pairs:
            if path == intent.WHOLE:
                continue
            held = [
                proven
                for proven in self.held
                if (proven.candidate.path, proven.candidate.rule) == (path, rule_id)
            ]
            self._verdicts.keep(
                self._files[path], self._rules[rule_id], held, self._memories[path, rule_id]
            )


def _standing(proven: Proven, rule: Rule) -> Finding:
    """A finding that stands from before, for the list of what is reported already."""
    return Finding(
        rule.id,
        "judge",
        rule.severity,
        proven.candidate.path,
        proven.head_start,
        proven.head_end,
        proven.candidate.claim,
    )
