"""What was judged before: never paid for twice, and never another answer about the same code.

A verdict on a file and a rule is kept by the repository, the blobs of both sides, the rule, the
prompts and the models, with the blobs it rests on and with what else stood in its conversation
(`bot.checkers.judge.company`). What was held about a function is kept
beside, so that it stands as long as the function does, whatever happens elsewhere in its file; what
was dropped stays so as long as all that the verifier saw is the same.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from bot.checkers.judge import company, evidence, prompts, rules_text
from bot.checkers.judge.answers import Candidate, Support
from bot.checkers.judge.desk import Desk
from bot.checkers.judge.evidence import Grounds, Proven, prove
from bot.checkers.judge.scope import Pair
from bot.domain import ChangedFile, Rule
from bot.outside.cache import Kept

# Of one file and rule; a rule that speaks more often is not remembered further back.
_MOST_REMEMBERED = 50
# Of a line that was shown besides: characters of its hash.
_SHORT = 12
# Of an outline: where lines stand, and how many were added and removed.
_NUMBERS = re.compile(
    r"^  \d+\||, \d+ lines added, \d+ removed(?=\)$)|(?<=\S):\d+(?= )", re.MULTILINE
)
_NUMBER = re.compile(r"(?<=^[ +-])\d+(?=\|)", re.MULTILINE)
_DIGITS = re.compile(r"\d+")


class Seen(NamedTuple):
    """What a verifier was shown, wherever in its file that stands: the place, and lines besides."""

    place: str
    besides: tuple[str, ...] = ()


# Another file of the change: its path, its blob, and a name for what the change wrote in it.
Companion = tuple[str, str, str]


class Memory(NamedTuple):
    """Something said about a function: the candidate, what stood there, and whether it held.

    What was dropped was so in the company of other files; *besides* is what else spoke against it.
    """

    candidate: Candidate
    symbol: str
    body: str
    dropped: str
    company: tuple[Companion, ...] = ()
    besides: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """What was held about a pair. *is_whole* where the model could read besides the change."""

    held: Sequence[Candidate]
    is_whole: bool = True


class Verdicts:
    """The verdicts of earlier reviews, where an entrance keeps them."""

    def __init__(self, kept: Kept, desk: Desk) -> None:
        self._kept, self._desk = kept, desk
        models = f"{desk.model}|{desk.verify_model}"
        self._kind = f"judge|{prompts.version()}|{models}|{_hash(desk.origin)}"
        # What was kept in this review of what files say, and which of them still say it.
        self._written: set[str] = set()
        self._saying: dict[tuple[str, str], bool] = {}
        self._rules = {
            rule.id: _hash(rules_text.rule_text(rule)) for rule in (*desk.rules, *desk.intent_rules)
        }

    def known(self, pairs: Iterable[tuple[ChangedFile, Rule]]) -> dict[Pair, Verdict]:
        """The pairs judged before whose grounds are the same."""
        keys = {self._key(file, rule): (file, rule) for file, rule in pairs}
        found: dict[Pair, Verdict] = {}
        for key, kept in self._kept.get(keys).items():
            file, rule = keys[key]
            if all(
                self._blob(side, path) == blob for side, path, blob in kept["rests_on"]
            ) and self._is_here(kept["company"]):
                held = [_candidate(row) for row in kept["findings"]]
                found[file.path, rule.id] = Verdict(held, kept["is_whole"])
        return found

    def keep(
        self,
        file: ChangedFile,
        rule: Rule,
        held: Sequence[Proven],
        memories: Sequence[Memory],
        beside: Iterable[str],
        is_whole: bool,
    ) -> None:
        """Remember a verdict: what was held, all that was said, and which files stood *beside*."""
        rests_on = [
            [side, path, self._blob(side, path)]
            for proven in held
            for side, path, _ in proven.supports
        ]
        values: dict[str, Any] = {
            self._key(file, rule): {
                "findings": [proven.candidate for proven in held],
                "rests_on": rests_on,
                "company": self.company(beside, file.path),
                "is_whole": is_whole,
            }
        }
        if memories:
            key = self._memory_key(file, rule)
            before = self._kept.get([key]).get(key, [])
            rows = json.loads(json.dumps(memories))
            values[key] = [*rows, *(row for row in before if row not in rows)][:_MOST_REMEMBERED]
        self._kept.put(values)

    def remembered(self, file: ChangedFile, rule: Rule, grounds: Grounds) -> list[Proven]:
        """What was held about functions of a file that are still the same, and still changed."""
        found = []
        for memory in self._memories(file, rule):
            proven = prove(memory.candidate, grounds)
            if isinstance(proven, str) or memory.dropped:
                continue
            if self.memory(proven) == memory:
                found.append(proven)
        return evidence.once(found)[0]

    def dropped_before(self, file: ChangedFile, rule: Rule, proven: Proven, seen: Seen) -> bool:
        """Whether the same suspicion was dropped before, and all that the verifier saw stands.

        An author could have a suspicion dropped with the help of lines that are taken out again.
        """
        return any(
            memory.dropped and memory.body == seen.place
            and set(memory.besides).issubset(seen.besides) and self._is_here(memory.company)
            and evidence.squeezed(memory.candidate.quote) == evidence.squeezed(proven.candidate.quote)
            for memory in self._memories(file, rule)
        )  # fmt: skip

    def memory(
        self,
        proven: Proven,
        dropped: str = "",
        seen: Seen | None = None,
        beside: Iterable[str] = (),
    ) -> Memory:
        """What there is to remember of a candidate; of one that was dropped, what was *seen*, and what
        was verified *beside* it."""
        file = proven.candidate.path
        material = self._desk.material
        symbol = material.symbol("head", file, proven.head_start)
        lines = material.lines("head", file) or ()
        if symbol is None:
            body, name = proven.candidate.quote, ""
        else:
            name = symbol.name
            body = "\n".join(lines[symbol.start_line - 1 : symbol.end_line])
        if seen is None:
            return Memory(proven.candidate, name, _hash(body), dropped)
        beside_it = self.company(beside, file)
        return Memory(proven.candidate, name, seen.place, dropped, beside_it, seen.besides)

    def company(self, beside: Iterable[str], own: str = "") -> tuple[Companion, ...]:
        """The changed files among these paths, but for their *own*, as they are now."""
        comparison = self._desk.material.comparison
        found = (comparison.changed(path) for path in sorted({*beside} - {own}))
        return tuple(self._companion(file) for file in found if file is not None)

    def _companion(self, file: ChangedFile) -> Companion:
        blobs = f"{file.old_path}|{file.old_blob}|{file.path}|{file.new_blob}"
        key = f"{self._kind}|wrote|{_hash(blobs)}"
        if key not in self._written:
            self._written.add(key)
            self._kept.put({key: company.written(self._desk.material, file)})
        return file.path, file.new_blob, key

    def _is_here(self, companions: Iterable[Sequence[str]]) -> bool:
        """Whether each is still in the change and says all that it said."""
        return all(self._says(*companion) for companion in companions)

    def _says(self, path: str, blob: str, key: str) -> bool:
        if (path, blob) not in self._saying:
            file = self._desk.material.comparison.changed(path)
            then = None
            if file is not None and file.new_blob != blob:
                then = self._kept.get([key]).get(key)
            self._saying[path, blob] = file is not None and (
                file.new_blob == blob or company.still_says(self._desk.material, file, then)
            )
        return self._saying[path, blob]

    def seen(self, code: str, besides: str) -> Seen:
        """What a verifier is shown: the code of a place, and the change *besides*."""
        place = _NUMBER.sub("", self._desk.fence.without(code))
        rows = {_unnumbered(row) for row in self._desk.fence.without(besides).split("\n")}
        return Seen(_hash(place), tuple(sorted(_hash(row)[:_SHORT] for row in rows)))

    def _memories(self, file: ChangedFile, rule: Rule) -> list[Memory]:
        key = self._memory_key(file, rule)
        rows = self._kept.get([key]).get(key, [])
        return [
            Memory(
                _candidate(candidate),
                symbol,
                body,
                dropped,
                tuple(map(tuple, beside)),
                tuple(besides),
            )
            for candidate, symbol, body, dropped, beside, besides in rows
        ]

    def _key(self, file: ChangedFile, rule: Rule) -> str:
        blobs = f"{file.old_path}|{file.old_blob}|{file.path}|{file.new_blob}"
        # A path may hold bytes that are not UTF-8, which is nothing for a key.
        return f"{self._kind}|{self._rules[rule.id]}|{rule.id}|{_hash(blobs)}"

    def _memory_key(self, file: ChangedFile, rule: Rule) -> str:
        return f"{self._kind}|said|{self._rules[rule.id]}|{rule.id}|{_hash(file.path)}"

    def _blob(self, side: str, path: str) -> str:
        listing = self._desk.material.comparison.listing("base" if side == "base" else "head")
        return listing[path].id if path in listing else ""

    def intent_key(self, outline: str) -> str:
        """Names the verdict on what a change of this outline says of itself.

        Where its definitions stand and how long they are makes no other intent.
        """
        rules = [self._rules[rule.id] for rule in self._desk.intent_rules]
        said = _hash(json.dumps([self._desk.statement, _NUMBERS.sub("", outline), rules]))
        return f"{self._kind}|intent|{said}"

    def intent(self, key: str) -> list[Candidate] | None:
        """What was held about an intent; None where it was not judged."""
        kept = self._kept.get([key]).get(key)
        if kept is None or not self._is_here(kept["company"]):
            return None
        return [_candidate(row) for row in kept["findings"]]

    def keep_intent(self, key: str, held: Sequence[Proven], beside: Iterable[str] = ()) -> None:
        """Remember the verdict on an intent, and beside which files its suspicions were verified."""
        found = [proven.candidate for proven in held]
        self._kept.put({key: {"findings": found, "company": self.company(beside)}})


def _unnumbered(row: str) -> str:
    """A line of code, or one of ours about code, wherever that stands."""
    return _NUMBER.sub("", row) if _NUMBER.search(row) else _DIGITS.sub("", row)


def _candidate(row: Sequence[Any]) -> Candidate:
    candidate = Candidate(*row)
    return candidate._replace(
        supporting=tuple(Support(*support) for support in candidate.supporting)
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24]
