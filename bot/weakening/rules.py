"""What a change to Architrave's own rules and policy takes away."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.domain import SEVERITIES, Policy

_LADDER = (*SEVERITIES, "never")
_DEFAULTS: dict[str, Any] = {
    "packs": list(Policy().packs),
    "fail-on": Policy().fail_on,
    "judge": Policy().judge,
}
_JUDGE = ("required", "auto", "off")


def compare_policies(base: Any, head: Any) -> Iterator[str]:
    """What the policy of head lets pass that the one of base did not; without a subject."""
    old, new = {**_DEFAULTS, **_dict(base)}, {**_DEFAULTS, **_dict(head)}
    for key, says, grows in (
        ("packs", "drops the pack", False),
        ("disable", "switches off", True),
        ("ignore", "leaves out of review", True),
    ):
        before, after = _texts(old.get(key)), _texts(new.get(key))
        changed = [each for each in after if each not in before] if grows else [
            each for each in before if each not in after
        ]  # fmt: skip
        if changed:
            yield f"{says} {_few(changed)}"
    if _is_softer(_LADDER, old["fail-on"], new["fail-on"]):
        yield f"blocks on `{new['fail-on']}` instead of `{old['fail-on']}`"
    if _is_softer(_JUDGE, old["judge"], new["judge"]):
        yield f"sets the judge from `{old['judge']}` to `{new['judge']}`"
    if new.get("demote-noisy") is True and old.get("demote-noisy") is not True:
        yield "lets rules become notes that people call wrong"
    if old.get("record-keys") != new.get("record-keys"):
        yield "changes the keys that records are believed by"
    severities = _dict(old.get("severity"))
    for rule, severity in _dict(new.get("severity")).items():
        if severities.get(rule) != severity and severity != "error":
            yield f"makes `{rule}` a {severity}"
    for rule in _dict(new.get("options")):
        if _dict(old.get("options")).get(rule) != _dict(new.get("options"))[rule]:
            yield f"changes the options of `{rule}`"


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


def _is_softer(ladder: tuple[str, ...], before: Any, after: Any) -> bool:
    return before in ladder and after in ladder and ladder.index(after) > ladder.index(before)


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _few(names: list[str]) -> str:
    shown = ", ".join(f"`{name[:80]}`" for name in names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
