"""The rule kinds: one module each, listed here. Adding one: CONTRIBUTING.md."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from bot.checkers import bandit, radon, ruff
from bot.domain import Finding, Rule, Source


class Checker(Protocol):
    """A rule kind that looks at one file at a time, at base and at head alike."""

    # As written after `check:` in a rule file.
    NAME: str
    # The tool (`bot.analysis.Tool.name`) whose answers it interprets.
    READS: str

    def check_options(self, options: Mapping[str, Any]) -> Sequence[str]:
        """What is wrong with a rule's options, one sentence each."""

    def findings(self, answer: Any, source: Source, rules: Sequence[Rule]) -> Iterator[Finding]:
        """What the tool's answer for one file means under the rules of this kind."""

    def shortfall(self, answer: Any) -> str:
        """Why an answer says less than all about its file; "" when it is whole."""


CHECKERS: list[Checker] = [ruff, bandit, radon]
