"""What a change to Architrave's own rules and policy takes away."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.domain import SEVERITIES, Policy

_LADDER = (*SEVERITIES, "never")
_USUAL = Policy()
# Keys with a word, from the strictest to the softest, and how an edit that softens it is told.
_WORDS: Mapping[str, tuple[tuple[Any, ...], str]] = {
    "fail-on": (_LADDER, "blocks on `{new}` instead of `{old}`"),
    "judge": (("required", "auto", "off"), "sets the judge from `{old}` to `{new}`"),
    "scope": (("all", "ai"), "holds only what an agent wrote to the rules"),
    "unmarked": (("ai", "human", "skip"), "takes lines without a sign for `{new}` instead of `{old}`"),
    "answer": (("reason", "resolve"), "lets findings be resolved without a reason"),
    "author-may-answer": ((False, True), "lets authors answer the findings about their own changes"),
    "owners-only": ((True, False), "lets others than a rule's owner answer"),
    "demote-noisy": ((False, True), "lets rules become notes that people call wrong"),
}  # fmt: skip
_DEFAULTS: dict[str, Any] = {
    "packs": list(_USUAL.packs),
    "fail-on": _USUAL.fail_on,
    "judge": _USUAL.judge,
    "scope": _USUAL.scope,
    "unmarked": _USUAL.unmarked,
    "answer": _USUAL.answer,
    "author-may-answer": _USUAL.author_may_answer,
    "owners-only": _USUAL.owners_only,
    "demote-noisy": _USUAL.demote_noisy,
}
# Keys whose every edit decides what is believed or seen, whichever way it goes.
_TOUCHED = {
    "record-keys": "changes the keys that records are believed by",
    "source-roots": "changes where imports start",
    "traces": "changes the files that tell what agents wrote",
}


def compare_policies(base: Any, head: Any) -> Iterator[str]:
    """What the policy of head lets pass that the one of base did not; without a subject."""
    old, new = {**_DEFAULTS, **_dict(base)}, {**_DEFAULTS, **_dict(head)}
    for key, says, grows in (
        ("packs", "drops the pack", False),
        ("disable", "switches off", True),
        ("ignore", "leaves out of review", True),
    ):
        before, after = _texts(old.get(key)), _texts(new.get(key))
        changed = _lost(after, before) if grows else _lost(before, after)
        if changed:
            yield f"{says} {_few(changed)}"
    for key, (ladder, says) in _WORDS.items():
        if _is_softer(ladder, old[key], new[key]):
            yield says.format(old=old[key], new=new[key])
    yield from (says for key, says in _TOUCHED.items() if old.get(key) != new.get(key))
    yield from _tables(old, new)


def _tables(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """What is said of single rules and agents."""
    for key, where in (("severity", ""), ("severity-ai", " on lines by agents")):
        before, after = _dict(old.get(key)), _dict(new.get(key))
        for rule, severity in after.items():
            if before.get(rule) != severity and severity != "error":
                yield f"makes `{rule}` {_a(severity)}{where}"
        for rule in _lost([*before], [*after]):
            if before[rule] == "error" or key == "severity-ai":
                yield f"no longer makes `{rule}` {_a(before[rule])}{where}"
    options = _dict(old.get("options"))
    for rule, taken in _dict(new.get("options")).items():
        if options.get(rule) != taken:
            yield f"changes the options of `{rule}`"
    for rule in _lost([*options], [*_dict(new.get("options"))]):
        yield f"drops the options of `{rule}`"
    before, after = _dict(old.get("agents")), _dict(new.get("agents"))
    for agent, marks in before.items():
        lost = _lost(_texts(marks), _texts(after.get(agent)))
        if lost or agent not in after:
            yield f"no longer knows the agent `{agent[:80]}`{f' by {_few(lost)}' if lost else ''}"


def compare_rules(base: Any, head: Any) -> Iterator[str]:
    """What a rule says less of than at base, by the two front matters; without a subject."""
    old, new = _dict(base), _dict(head)
    if _is_softer(_LADDER, old.get("severity"), new.get("severity")):
        yield f"lowers the severity from {old['severity']} to {new['severity']}"
    before, after = _texts(old.get("paths")), _texts(new.get("paths"))
    added = [each for each in after if each not in before]
    if before != after and (any(each.startswith("!") for each in added) or (after and not before)):
        yield f"leaves out paths: {_few(added)}"
    elif [each for each in before if each not in after and not each.startswith("!")] and after:
        yield f"looks at fewer paths: {_few(after)}"
    for key in ("check", "options", "applies_to", "id"):
        if old and new and old.get(key) != new.get(key):
            yield f"changes `{key}`"


def _is_softer(ladder: tuple[Any, ...], before: Any, after: Any) -> bool:
    return before in ladder and after in ladder and ladder.index(after) > ladder.index(before)


def _lost(before: list[str], after: list[str]) -> list[str]:
    return [each for each in before if each not in after]


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _a(severity: Any) -> str:
    return f"an {severity}" if severity == "error" else f"a {severity}"


def _few(names: list[str]) -> str:
    shown = ", ".join(f"`{name[:80]}`" for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
