"""Every sentence a person reads about a review, and the making visible of foreign text."""

import re
from collections.abc import Collection, Iterable, Sequence

from bot import paths
from bot.domain import BLOCKING_LABELS, Authorship, Coverage, Finding, Label, Review
from bot.rulebook import first_sentence

# More are counted instead.
_NAMED_CHECKERS = 4
_NAMED_FILES = 10
# Where a file does not parse differs where the reason is the same.
_UNPARSED = re.compile(r"line (\d+) (does not parse: )")
# Printable to Unicode, and yet nothing is to be seen: variation selectors and fillers.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
_LABELS: tuple[Label, ...] = ("introduced", "worsened", "moved", "fixed")


def visible(text: str) -> str:
    """*text* with everything that could steer a terminal or deceive the eye written as an escape.

    Control characters, bidirectional marks, whatever is not seen and bytes that are not UTF-8; tabs
    become four spaces.
    """
    if not text.isprintable():
        text = "".join(
            character if character.isprintable() else _ESCAPES.get(character) or _escape(character)
            for character in text
        )
    return text if text.isascii() else _UNSEEN.sub(lambda match: _escape(match[0]), text)


def lines_of(text: str) -> list[str]:
    """The lines of foreign text, each made visible."""
    return [visible(line) for line in text.split("\n")]


_ESCAPES = {"\t": "    ", "\n": "\\n", "\r": "\\r"}


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def plural(count: int, noun: str) -> str:
    """`1 finding`, `2 findings`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def why(finding: Finding, review: Review) -> str:
    """One sentence on why the finding's rule exists."""
    rule = review.rules.get(finding.rule)
    return first_sentence(rule.why) if rule else ""


def instead(finding: Finding, review: Review) -> str:
    """What to do: what was said about this very code, where that can be trusted, and the rule's advice."""
    return " ".join(part for part in (repair(finding), advice(finding, review)) if part)


def repair(finding: Finding) -> str:
    """What the tool or the model says to do here, made visible; "" where nothing is to be told."""
    told = finding.fix and (finding.fix.safe or finding.checker == "judge")
    if finding.fix is None or not told or not finding.fix.message:
        return ""
    return f"{visible(finding.fix.message).rstrip('.')}."


def advice(finding: Finding, review: Review) -> str:
    """One sentence of the rule on what to do."""
    rule = review.rules.get(finding.rule)
    return first_sentence(rule.instead) if rule else ""


def judgement(finding: Finding) -> str:
    """A mark on what a model says, which no tool has measured."""
    return "a model's judgement" if finding.checker == "judge" else ""


def brief(review: Review) -> list[str]:
    """What a person should read first, besides the verdict."""
    said = (counts(review), checked(review), written_by(review.authorship), asked(review))
    return [*(f"{each}." for each in said if each), *map(visible, review.change.notes)]


def asked(review: Review) -> str:
    """What the model reviewer took, and what of it was dropped; "" where none was asked."""
    cost = review.cost
    parts = []
    if cost.calls:
        money = "" if cost.usd is None else f", {cost.usd:.2f} US dollars"
        models = _listed([visible(model) for model in cost.models]) if cost.models else "The model"
        parts.append(f"{models}: {plural(cost.calls, 'call')}, {cost.tokens:,} tokens{money}")
    if cost.reused:
        parts.append(f"{plural(cost.reused, 'verdict')} kept from before")
    if dropped := sum(cost.rejected.values()):
        parts.append(f"{plural(dropped, 'suspicion')} dropped as not proven")
    return "; ".join(parts)


def title(finding: Finding, review: Review) -> str:
    """The rule's title."""
    rule = review.rules.get(finding.rule)
    return rule.title if rule else finding.rule


def message(finding: Finding) -> str:
    """The tool's sentence, made visible, with the symbol where it does not name it."""
    text = visible(finding.message)
    leaf = finding.symbol.rpartition(".")[2]
    return text if not leaf or leaf in text else f"{text} [in {visible(finding.symbol)}]"


def place(finding: Finding) -> str:
    """`path:line` and the symbol, made visible."""
    symbol = f" in {visible(finding.symbol)}" if finding.symbol else ""
    return f"{visible(finding.path)}:{finding.start_line}{symbol}"


def language(path: str) -> str:
    """What marks a fence around code of this file: `python`, its plain ending, or nothing."""
    if paths.may_be_python(path):
        return "python"
    ending = path.rpartition(".")[2].casefold()
    is_plain = ending.isascii() and ending.isalnum() and len(ending) <= 10
    return ending if is_plain and ending not in ACTIVE else ""


# GitHub makes something else than code of a block that is marked so.
ACTIVE = frozenset({"suggestion", "mermaid", "math", "geojson", "topojson", "stl"})


def written_by(authorship: Authorship) -> str:
    """Who wrote the lines that a change adds: `63 % of 120 added lines by Claude Code (trailer), 12 % unknown`."""
    shares: dict[tuple[str, str], tuple[int, set[str]]] = {}
    for stretches in authorship.files.values():
        for each in stretches:
            who = (each.writer, " and ".join(each.agents))
            count, signs = shares.get(who, (0, set()))
            shares[who] = (count + each.end - each.start + 1, signs | {each.sign} - {""})
    total = sum(count for count, _ in shares.values())
    if not total:
        return ""
    parts: list[str] = []
    for (writer, agents), (count, signs) in sorted(shares.items(), key=lambda share: -share[1][0]):
        share = f"{max(1, round(100 * count / total))} %"
        lines = f" of {plural(total, 'added line')}" if not parts else ""
        by = f" by {visible(agents)}" if writer == "ai" else _WRITERS[writer]
        parts.append(f"{share}{lines}{by}" + (f" ({', '.join(sorted(signs))})" if signs else ""))
    missed = len(authorship.uncounted)
    more = f"; {plural(missed, 'file')} not looked into" if missed else ""
    return _listed(parts[:_MOST_WRITERS]) + more


_WRITERS = {"human": " by a person", "automation": " by a program", "unknown": " unknown"}
_MOST_WRITERS = 5


def left_to_others(count: int) -> tuple[str, ...]:
    """A note on findings that the policy's scope leaves out, if there are any."""
    if not count:
        return ()
    verb = "is" if count == 1 else "are"
    return (f"{plural(count, 'finding')} on lines outside the policy's scope {verb} not told.",)


def dismissed(count: int) -> tuple[str, ...]:
    """A note on findings that people have called false positives, if there are any."""
    if not count:
        return ()
    verb = "is" if count == 1 else "are"
    return (f"{plural(count, 'finding')} that people called false {verb} not raised again.",)


def writer(finding: Finding) -> str:
    """Who wrote the lines of a finding, where there is a sign of it."""
    if finding.authorship == "ai":
        return f"by {visible(' and '.join(finding.agents) or 'an agent')}"
    return {"human": "by a person", "automation": "by a program"}.get(finding.authorship, "")


def counts(review: Review) -> str:
    """How many findings of each label: `2 errors and 1 warning introduced, 3 fixed`."""
    parts = []
    for label in _LABELS:
        found = [finding for finding in review.findings if finding.label == label]
        if found and label in BLOCKING_LABELS:
            parts.append(f"{_by_severity(found)} {label}")
        elif found:
            parts.append(f"{len(found)} {label}")
    before = sum(finding.label == "pre-existing" for finding in review.findings)
    text = ", ".join(parts) or "Nothing introduced"
    return f"{text}; {before} there before" if before else text


def _by_severity(findings: Sequence[Finding]) -> str:
    parts = [
        plural(count, severity)
        for severity in ("error", "warning", "note")
        if (count := sum(finding.severity == severity for finding in findings))
    ]
    return _listed(parts)


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def checked(review: Review) -> str:
    """What was looked at, by what, and in which time."""
    if not review.coverage:
        return f"No file differs ({review.seconds:.2f} s)"
    standings: dict[str, set[str]] = {}
    for entry in review.coverage:
        standings.setdefault(entry.path, set()).add(entry.standing)
    relevant = [found for found in standings.values() if found != {"not applicable"}]
    whole = sum(found <= {"checked", "not applicable"} for found in relevant)
    checkers = _checkers(dict.fromkeys(entry.checker for entry in review.coverage))
    rest = len(standings) - len(relevant)
    return (
        f"{whole} of {plural(len(relevant), 'file')} checked with {checkers}"
        f" in {review.seconds:.2f} s"
        + (f"; {plural(rest, 'other file')} not for them" if rest else "")
    )


def _checkers(names: Collection[str]) -> str:
    return _listed(list(names)) if len(names) <= _NAMED_CHECKERS else f"{len(names)} kinds of rules"


def unchecked(review: Review) -> list[str]:
    """One line for each reason why something was not reviewed, and the files that share it."""
    return unlooked(review.coverage)


def unlooked(coverage: Iterable[Coverage]) -> list[str]:
    """The same of entries that are all that is known of a review."""
    checkers: dict[tuple[str, str], list[str]] = {}
    for entry in coverage:
        if entry.standing in ("skipped", "failed"):
            checkers.setdefault((entry.path, entry.reason), []).append(entry.checker)
    alike: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for (path, reason), names in checkers.items():
        without_line = _UNPARSED.sub(r"\2", reason)
        alike.setdefault((without_line, _checkers(names)), []).append((path, reason))
    return [_missed(places, reason, names) for (reason, names), places in alike.items()]


def _missed(places: Sequence[tuple[str, str]], shared: str, checkers: str) -> str:
    if len(places) == 1:
        path, reason = places[0]
        return f"{_file(path)}: {visible(reason)} ({checkers})"
    named = []
    for path, reason in places[:_NAMED_FILES]:
        line = _UNPARSED.match(reason)
        named.append(f"{_file(path)}{f':{line[1]}' if line else ''}")
    if len(places) > _NAMED_FILES:
        named.append(plural(len(places) - _NAMED_FILES, "other file"))
    if _UNPARSED.match(places[0][1]):
        shared = shared.replace("does", "do", 1)
    return f"{_listed(named)}: {visible(shared)} ({checkers})"


def _file(path: str) -> str:
    """A path as it is named to a person; `.` stands for what is about no file in particular."""
    return "The change as a whole" if path == "." else visible(path)


def verdict(review: Review) -> str:
    """The verdict as a sentence."""
    waiting = len(review.blocking)
    waits = f"{plural(waiting, 'finding')} {'waits' if waiting == 1 else 'wait'} for a human"
    if review.verdict == "incomplete":
        also = f"; {waits}" if waiting else ""
        return f"Incomplete: {unseen(review)} not fully checked, so this is no pass{also}."
    if review.verdict == "blocked":
        return f"Blocked: {waits}."
    return "Passed: nothing here has to be answered."


def unseen(review: Review) -> str:
    """How many files were not reviewed in full, or that it is the change as a whole."""
    missed = {entry.path for entry in missing(review.coverage)}
    return plural(len(missed - {"."}), "file") if missed - {"."} else "the change as a whole"


def missing(coverage: Iterable[Coverage]) -> list[Coverage]:
    """The entries that keep the gate closed."""
    return [entry for entry in coverage if entry.standing in ("skipped", "failed")]


def shown(review: Review, everything: bool = False) -> list[Finding]:
    """The findings a person is told of: what was there before only when asked for."""
    return [f for f in review.findings if everything or f.label != "pre-existing"]
