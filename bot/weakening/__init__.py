"""What an edit of a safeguard takes away: settings of checkers, workflows, images, owners, rules.

Pure: the data of both sides comes in (`bot.documents`), sentences about what is weaker go out.
"""

from typing import NamedTuple


class Weakening(NamedTuple):
    """One thing that is weaker at head.

    *says* completes "`pyproject.toml` ..."; *clues* are texts to find its line by, the key last
    but one and the item last; *is_threshold*: a number was moved; *is_mild*: it may well be meant.
    """

    says: str
    clues: tuple[str, ...] = ()
    is_threshold: bool = False
    is_mild: bool = False
