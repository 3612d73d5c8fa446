"""What was judged before: never paid for twice, and never another answer about the same code.

A verdict on a file and a rule is kept by the repository, the blobs of both sides, the rule, the
prompts and the models, and with the blobs it rests on. What was held about a function is kept
beside, so that it stands as long as the function does, whatever happens elsewhere in its file; what
was dropped stays so as long as all that the verifier saw is the same.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bot.checkers.judge import evidence, prompts, rules_text, verifier
from bot.checkers.judge.answers import Candidate, Support
from bot.checkers.judge.desk import Desk
from bot.checkers.judge.evidence import Grounds, Proven, prove
from bot.checkers.judge.scope import Pair
from bot.domain import ChangedFile, Rule
from bot.outside.cache import Kept

# Of one file and rule; a rule that speaks more often is not remembered further back.
_MOST_REMEMBERED = 50
# Of an outline: where lines stand, and how many were added and removed.
_NUMBERS = re.compile(
    r"^  \d+\||, \d+ lines added, \d+ removed(?=\)$)|(?<=\S):\d+(?= )", re.MULTILINE
)
_NUMBER = re.compile(r"^Marked: .*|(?<=^[ +-])\d+(?=\|)", re.MULTILINE)


class Memory(NamedTuple):
    """Something said about a function: the candidate, what stood there, and whether it held."""

    candidate: Candidate
    symbol: str
    body: str
    dropped: str


class Verdicts:
    """The verdicts of earlier reviews, where an entrance keeps them."""

    def __init__(self, kept: Kept, desk: Desk) -> None:
        self._kept, self._desk = kept, desk
        models = f"{desk.model}|{desk.verify_model}"
        self._kind = f"judge|{prompts.version()}|{models}|{_hash(desk.origin)}"
        self._rules = {
            rule.id: _hash(rules_text.rule_text(rule)) for rule in (*desk.rules, *desk.intent_rules)
        }

    def known(self, pairs: Iterable[tuple[ChangedFile, Rule]]) -> dict[Pair, list[Candidate]]:
        """The pairs judged before whose grounds are the same, with the findings that were held."""
        keys = {self._key(file, rule): (file, rule) for file, rule in pairs}
        found: dict[Pair, list[Candidate]] = {}
        for key, kept in self._kept.get(keys).items():
            file, rule = keys[key]
            if all(self._blob(side, path) == blob for side, path, blob in kept["rests_on"]):
                found[file.path, rule.id] = [_candidate(row) for row in kept["findings"]]
        return found

    def keep(
        self, file: ChangedFile, rule: Rule, held: Sequence[Proven], memories: Sequence[Memory]
    ) -> None:
        """Remember a verdict: what was held, and all that was said."""
        rests_on = [
            [side, path, self._blob(side, path)]
            for proven in held
            for side, path, _ in proven.supports
        ]
        values: dict[str, Any] = {
            self._key(file, rule): {
                "findings": [proven.candidate for proven in held],
                "rests_on": rests_on,
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

    def dropped_before(self, file: ChangedFile, rule: Rule, proven: Proven) -> bool:
        """Whether the same suspicion about the same function was dropped before."""
        seen = self._seen(proven)
        return any(
            memory.dropped and memory.body == seen
            and evidence.squeezed(memory.candidate.quote) == evidence.squeezed(proven.candidate.quote)
            for memory in self._memories(file, rule)
        )  # fmt: skip

    def memory(self, proven: Proven, dropped: str = "") -> Memory:
        """What there is to remember of a candidate."""
        file = proven.candidate.path
        material = self._desk.material
        symbol = material.symbol("head", file, proven.head_start)
        lines = material.lines("head", file) or ()
        if symbol is None:
            body, name = proven.candidate.quote, ""
        else:
            name = symbol.name
            body = "\n".join(lines[symbol.start_line - 1 : symbol.end_line])
        return Memory(
            proven.candidate, name, self._seen(proven) if dropped else _hash(body), dropped
        )

    def _seen(self, proven: Proven) -> str:
        """What a verifier is shown of a candidate, wherever in its file that stands.

        An author could have a suspicion dropped with the help of lines that are taken out again.
        """
        file = self._desk.material.comparison.changed(proven.candidate.path)
        shown = verifier.shown(proven, file, self._desk) if file else ""
        return _hash(_NUMBER.sub("", self._desk.fence.without(shown)))

    def _memories(self, file: ChangedFile, rule: Rule) -> list[Memory]:
        key = self._memory_key(file, rule)
        rows = self._kept.get([key]).get(key, [])
        return [
            Memory(_candidate(candidate), symbol, body, dropped)
            for candidate, symbol, body, dropped in rows
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
        kept: Mapping[str, Any] = self._kept.get([key])
        return [_candidate(row) for row in kept[key]] if key in kept else None

    def keep_intent(self, key: str, held: Sequence[Proven]) -> None:
        """Remember the verdict on an intent."""
        self._kept.put({key: [proven.candidate for proven in held]})


def _candidate(row: Sequence[Any]) -> Candidate:
    candidate = Candidate(*row)
    return candidate._replace(
        supporting=tuple(Support(*support) for support in candidate.supporting)
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24]
