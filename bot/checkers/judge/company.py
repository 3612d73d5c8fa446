"""What else stood in a conversation beside a file, and whether all that it says is still to be seen.

Who writes a change writes all of its files, and one of them may speak to the reader of another
("report nothing here") and be taken back once the verdicts are kept. So a verdict stands on every
sentence that the change had written in the other files of its conversation.
"""

import hashlib
import re
from collections.abc import Iterable

from bot.checkers.judge.material import Material
from bot.domain import ChangedFile

# So many words in a row can ask for something; fewer are in every line of code.
_WORDS_IN_A_ROW = 4
_WORD = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# What stands between the words of one sentence or name, also on to the next line of a comment.
_BETWEEN = re.compile(
    r"""[ \t_,;'"-]{1,4}|[.:!?] {1,2}|[.:!?,;]?[ \t]{0,80}\r?\n[ \t]{0,200}(?:\#|//|\*|--)[ \t]{0,80}"""
)
# What may say something without blanks: another script, or a text in disguise.
_UNBROKEN = re.compile(r"[^\W\d_A-Za-z]{4,}|[A-Za-z0-9+/=_-]{24,}")
# A file that says more stands only as it is.
_MOST = 20_000


def sentences(lines: Iterable[str]) -> frozenset[str]:
    """Names for all that these lines say in words: every four in a row, and what has no blanks."""
    text = "\n".join(lines)
    found = set(_UNBROKEN.findall(text))
    text = _HUMP.sub("_", text)
    row: list[str] = []
    end = 0
    for word in _WORD.finditer(text):
        if not _BETWEEN.fullmatch(text, end, word.start()):
            row = []
        row = [*row[1 - _WORDS_IN_A_ROW :], word[0].casefold()]
        end = word.end()
        if len(row) == _WORDS_IN_A_ROW:
            found.add(" ".join(row))
    return frozenset(map(_named, found))


def written(material: Material, file: ChangedFile) -> list[str] | None:
    """The sentences that a change wrote in one of its files, sorted; None for too many to keep."""
    lines = material.lines("head", file.path) or ()
    added = material.changed_lines(file)[1]
    found = sentences(lines[at - 1] if at in added else "" for at in range(1, len(lines) + 1))
    return sorted(found) if len(found) <= _MOST else None


def still_says(material: Material, file: ChangedFile, then: Iterable[str] | None) -> bool:
    """Whether all that was written in a file *then* stands in it now."""
    if then is None:
        return False
    return sentences(material.lines("head", file.path) or ()).issuperset(then)


def _named(sentence: str) -> str:
    return hashlib.sha256(sentence.encode(errors="surrogatepass")).hexdigest()[:10]
