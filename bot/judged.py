"""What a model says of a change: whether it is asked, what came of that, and what it cost.

Whatever was to be judged and was not is in the coverage, so that it keeps the gate closed.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Literal, NamedTuple

from bot import foreign
from bot.checkers import judge
from bot.compared import Question
from bot.comparison import Comparison
from bot.domain import (
    BLOCKING_LABELS,
    REGULAR_MODES,
    ChangedFile,
    Cost,
    Coverage,
    Finding,
    Fix,
    Rule,
)
from bot.errors import unstoppable
from bot.judge_settings import JudgeSettings
from bot.outside.cache import Cache, Kept

if TYPE_CHECKING:
    from bot.checkers.judge.budget import Spent
    from bot.checkers.judge.concern import Concern
    from bot.checkers.judge.desk import Desk
    from bot.checkers.judge.evidence import Proven
    from bot.checkers.judge.plans import Wanted
    from bot.checkers.judge.session import Outcome

_MOST_PLACES, _MOST_RULES, _MOST_CHARACTERS = 2, 4, 300
_MOST_OF_A_LINE = 500
# As an entrance asks for it; "auto" leaves it to the policy and to whether there is a model.
Demand = Literal["auto", "required", "off"]
_NO_MODEL = "the policy requires a model's judgement, and no model is set (ANTHROPIC_API_KEY)"
# Begins the name of what all reviews of a day have spent together.
DAY = "judge-day|"
_NO_LEDGER = "The budget of a day holds for this review alone: the cache folder cannot be written."
_SWITCHED_OFF = "the policy requires a model's judgement, which was switched off"


class Asked(NamedTuple):
    """What an entrance asked for, and the model there is.

    With *preview*, nothing is asked; it is given what would be. *verdicts* keeps what was paid for of
    one repository, wherever its objects lie; without it, the cache does. *stop* raises `Stopped` when
    nobody waits for an answer any more.
    """

    settings: JudgeSettings | None = None
    demand: Demand = "auto"
    preview: Callable[[str], None] | None = None
    verdicts: Kept | None = None
    stop: Callable[[], None] = unstoppable


class Judged(NamedTuple):
    """Findings, what was judged of each file, what a person should know, and the cost."""

    findings: Sequence[Finding] = ()
    coverage: Sequence[Coverage] = ()
    notes: tuple[str, ...] = ()
    cost: Cost = Cost()


def review(
    question: Question,
    reported: Sequence[Finding],
    comparison: Comparison,
    asked: Asked,
    cache: Cache,
    folder: str | None = None,
) -> Judged:
    """Ask the model whatever of the change it is to judge. *reported* is what tools found.

    What a day costs is kept in *folder*, whether answers are kept or not.
    """
    rules = question.standard.of_kind(judge.NAME)
    policy = question.standard.policy
    required = policy.judge == "required" or asked.demand == "required"
    is_off = asked.demand == "off" or (policy.judge == "off" and not required)
    if not rules or (is_off and not required):
        return Judged()
    from bot.checkers.judge import scope
    from bot.checkers.judge.concern import Concern

    files, concern = question.change.files, Concern(comparison)
    pairs = scope.pairs(files, rules, policy, question.authorship, concern.is_about)
    if not pairs:
        is_on = asked.settings is not None and not is_off
        return Judged(coverage=_others(question, pairs, concern) if is_on else ())
    if is_off or asked.settings is None:
        if required:
            reason = _SWITCHED_OFF if is_off else _NO_MODEL
            return Judged(coverage=_all_failed(pairs, reason))
        count = len({rule.id for _, rule in pairs})
        return Judged(notes=(_not_judged(count),))
    desk = _desk(question, reported, comparison, asked.settings)
    # Where verdicts of one repository are kept by themselves, its folder says nothing.
    place = comparison.place if asked.verdicts is None else ""
    desk = desk._replace(origin=f"{place}|{desk.origin}")
    with closing(Cache(folder, "spending")) as own:
        said = _ask(question, desk, asked, asked.settings, cache, own, pairs)
    return said._replace(coverage=[*said.coverage, *_others(question, pairs, concern)])


def _others(
    question: Question, pairs: Iterable[tuple[ChangedFile, Rule]], concern: "Concern"
) -> list[Coverage]:
    """The files whose code no rule was held against, with the reason: nothing is passed over."""
    rules = [rule for rule in question.standard.of_kind(judge.NAME) if not _is_intent(rule)]
    policy, held = question.standard.policy, {file.path for file, rule in pairs if rule in rules}
    return [
        Coverage(file.path, judge.NAME, "not applicable", concern.why_not(file, rules, policy))
        for file in question.change.files
        if file.path not in held and file.new_mode in REGULAR_MODES
    ]


def _all_failed(pairs: Iterable[tuple[ChangedFile, Rule]], reason: str) -> list[Coverage]:
    files = dict.fromkeys(file.path for file, _ in pairs)
    return [Coverage(path, judge.NAME, "failed", reason) for path in files]


def _not_judged(count: int) -> str:
    rules = "1 rule" if count == 1 else f"{count} rules"
    return f"Not judged by a model: {rules} of architecture. Set ANTHROPIC_API_KEY to have them judged."


def _ask(
    question: Question,
    desk: "Desk",
    asked: Asked,
    settings: JudgeSettings,
    cache: Cache,
    own: Cache,
    pairs: Sequence[tuple[ChangedFile, Rule]],
) -> Judged:
    from bot.checkers.judge import budget, plans, preview, session
    from bot.checkers.judge.verdicts import Verdicts
    from bot.outside.llm import Model

    wanted = _wanted(pairs, bool(desk.statement))
    verdicts = Verdicts(asked.verdicts or cache, desk)
    ledger = asked.verdicts or own
    limits = budget.limits(question.standard.policy.budget)
    today = f"{DAY}{time.strftime('%Y-%m-%d', time.gmtime())}"
    meter = budget.Meter(limits, _spent(ledger, today))
    plan = plans.plan(wanted, desk, verdicts, meter)
    if asked.preview is not None:
        asked.preview(preview.render(plan, desk))
        return Judged()
    model = Model(settings, stop=asked.stop)
    try:
        outcome = session.carry_out(
            plan, wanted, desk, verdicts, lambda call: model.ask(call, meter.deadline), meter
        )
    finally:
        if meter.spent.calls:
            # Other reviews may have spent something meanwhile.
            ledger.put({today: budget.as_row(_spent(ledger, today).and_(meter.spent))})
    cost = _cost(meter.spent, outcome, len(plan.known))
    return Judged(
        [_finding(proven, question.standard.rules, desk) for proven in outcome.held],
        _coverage(wanted, outcome),
        (_NO_LEDGER,) if limits.is_daily and ledger is own and not own.is_open else (),
        cost,
    )


def _wanted(pairs: Sequence[tuple[ChangedFile, Rule]], is_stated: bool) -> "Wanted":
    """What is to be judged: of the intent only where one is stated."""
    from bot.checkers.judge.plans import Wanted

    of_intent = [pair for pair in pairs if _is_intent(pair[1])]
    of_code = [pair for pair in pairs if not _is_intent(pair[1])]
    return Wanted(of_code, of_intent if is_stated else ())


def _spent(ledger: Kept, day: str) -> "Spent":
    """What a day has cost so far."""
    from bot.checkers.judge import budget

    kept = ledger.get([day]).get(day)
    return budget.from_row(kept) if kept else budget.NOTHING


def _desk(
    question: Question,
    reported: Sequence[Finding],
    comparison: Comparison,
    settings: JudgeSettings,
) -> "Desk":
    from bot import redaction
    from bot.checkers.judge import desk, dossier, intent
    from bot.checkers.judge.material import Material

    redactor = redaction.Redactor()
    material = Material(
        comparison, lambda text, path: redactor.redact(text, path).text, redaction.denied
    )
    rules = question.standard.of_kind(judge.NAME)
    return desk.Desk(
        settings.model,
        settings.verify_model,
        material,
        dossier.fence(),
        tuple(rule for rule in rules if not _is_intent(rule)),
        tuple(rule for rule in rules if _is_intent(rule)),
        intent.stated(question.change.stated, question.authorship, material),
        tuple(each for each in reported if each.label in BLOCKING_LABELS),
    )


def _is_intent(rule: Rule) -> bool:
    return rule.options.get("about") == "intent"


def _finding(proven: "Proven", rules: Sequence[Rule], desk: "Desk") -> Finding:
    """What was held, as a finding: our severity, the code's own words, the model's one sentence."""
    candidate = proven.candidate
    severity = next(rule.severity for rule in rules if rule.id == candidate.rule)
    places = [f"{path}:{line}" for _, path, line in proven.supports[:_MOST_PLACES]]
    compare = f" Compare {' and '.join(places)}." if places else ""
    return Finding(
        rule=candidate.rule,
        checker=judge.NAME,
        severity=severity,
        path=candidate.path,
        start_line=proven.head_start,
        end_line=proven.head_end,
        message=_sentence(candidate.claim) + compare,
        quote=_removed(proven, desk) if proven.side == "base" else "",
        fix=Fix(_sentence(candidate.instead), False, ()) if candidate.instead.strip() else None,
    )


def _removed(proven: "Proven", desk: "Desk") -> str:
    """The lines of base that were quoted, as they stand there."""
    file = desk.material.comparison.changed(proven.candidate.path)
    lines = (file and desk.material.lines("base", file.old_path)) or ()
    return "\n".join(line[:_MOST_OF_A_LINE] for line in lines[proven.start - 1 : proven.end])


def _sentence(text: str) -> str:
    """A model's sentence: one line, not longer than a person reads."""
    line = foreign.plain(" ".join(text.split()))
    return line if len(line) <= _MOST_CHARACTERS else f"{line[: _MOST_CHARACTERS - 1]}…"


def _coverage(wanted: "Wanted", outcome: "Outcome") -> list[Coverage]:
    reasons: dict[str, dict[str, list[str]]] = {}
    for (path, rule), reason in sorted(outcome.missed.items()):
        reasons.setdefault(path, {}).setdefault(reason, []).append(rule)
    entries = [
        Coverage(path, judge.NAME, "checked")
        for path in dict.fromkeys(file.path for file, _ in wanted.pairs)
        if path not in reasons
    ]
    for path, of_path in reasons.items():
        told = "; ".join(f"{reason} ({_rules(rules)})" for reason, rules in of_path.items())
        entries.append(Coverage(path, judge.NAME, "failed", f"not judged: {told}"))
    return entries


def _rules(rules: Sequence[str]) -> str:
    return ", ".join(rules) if len(rules) <= _MOST_RULES else f"{len(rules)} rules"


def _cost(spent: "Spent", outcome: "Outcome", reused: int) -> Cost:
    usages = spent.usages.values()
    return Cost(
        calls=spent.calls,
        input=sum(usage.input for usage in usages),
        cache_write=sum(usage.cache_write_5m + usage.cache_write_1h for usage in usages),
        cache_read=sum(usage.cache_read for usage in usages),
        output=sum(usage.output for usage in usages),
        usd=None if spent.unpriced else round(spent.usd, 6),
        models=tuple(spent.usages),
        reused=reused,
        rejected=dict(sorted(outcome.dropped.items())),
    )
