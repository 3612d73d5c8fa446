"""Rules that only a reader can judge: a model reads the change, our code checks what it says.

Imported at every start, so this module imports little; `bot.judged` runs the others.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot import options
from bot.options import STRINGS, Option, Table

NAME = "judge"
OPTIONS: Table = {
    "reported_by": Option("a list of rules whose findings make this one superfluous", STRINGS),
    "about": Option(
        "code or intent: whether the code is judged or what is said about it",
        {"enum": ["code", "intent"]},
    ),
}


def check_options(given: Mapping[str, Any]) -> Sequence[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)
