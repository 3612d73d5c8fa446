"""Text from outside, a model's or a change's author's, made safe for where it is to be read.

It stays text: nothing in it steers a terminal, becomes markup on GitHub, calls a person or another
program, or is invisible to a reader.
"""

import re
from collections.abc import Iterator

from bot import wording

_BACKTICKS = re.compile("`+")
# What GitHub turns into a link or a call wherever it stands in plain text, escaped or not.
_LIVE = re.compile(
    r"@|://|www\.|mailto:|xmpp:|(?<![A-Za-z0-9])GH-\d|[#!]\d|(?<![A-Za-z0-9])[0-9a-f]{7,64}(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_SPECIAL = re.compile(r"([\\*_\[\]|~!#{}])")
_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "$": "&#36;", "`": "&#96;"}
_ENTITY = re.compile("[<>&$`]")
# What begins a list, a heading or a rule at the start of a line.
_BLOCK = re.compile(r"(\d{1,9})?([-+=.):])")
# Commands that other programs take from the start of a line.
COMMAND = re.compile(
    r"[/!.@]\w|(?:bors|homu|mergify|dependabot|renovate|recheck|retest|rerun|r[+?=-])(?![a-z])",
    re.IGNORECASE,
)
_PREFIX = "(quoted) "
# A name that is no markup wherever it stands.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9./:-]*(?: in [A-Za-z0-9][A-Za-z0-9.]*)?")
_LANGUAGE = re.compile(r"[A-Za-z0-9+-]{1,20}")


def plain(text: str) -> str:
    """*text* for a terminal or a log: one line, everything unseen or steering as an escape."""
    return wording.visible(text)


def markdown(text: str, most: int = 1_000, *, raw: bool = False) -> str:
    """*text* as one sentence of GitHub's Markdown, of which only `inline code` is kept.

    At most *most* characters of it are shown. *raw* is for a reader of the source, whom
    backslashes would mislead: what needs one is inline code.
    """
    line = plain(" ".join(text.split()))
    if len(line) > most:
        line = line[: max(most - 1, 0)] + "…"
    shown = ""
    for each, is_code in _pieces(line):
        piece = code_span(each) if is_code else _words(each, raw)
        # Two runs of backticks would be one.
        shown += " " + piece if shown.endswith("`") and piece.startswith("`") else piece
    if COMMAND.match(line.lstrip("`* ")):
        return _PREFIX + shown
    return _BLOCK.sub(r"\1\\\2", shown, count=1) if _BLOCK.match(shown) else shown


def name(text: str) -> str:
    """A path, a place or another name: as it stands where all of it is plain, else as inline code."""
    return text if _PLAIN.fullmatch(text) and not _LIVE.search(text) else code_span(text)


def _pieces(line: str) -> Iterator[tuple[str, bool]]:
    """The text of a line, and what stands in it between two equal runs of backticks."""
    runs = [match.span() for match in _BACKTICKS.finditer(line)]
    last = {end - start: start for start, end in runs}
    at, opening = 0, None
    for start, end in runs:
        length = end - start
        if opening is None:
            if last[length] > start:
                yield line[at:start], False
                opening, at = length, end
        elif opening == length:
            yield line[at:start], True
            opening, at = None, end
    yield line[at:], False


def _words(text: str, raw: bool) -> str:
    return " ".join(_word(word, raw) for word in text.split(" "))


def _word(word: str, raw: bool) -> str:
    needs_code = _LIVE.search(word) or (raw and (_SPECIAL.search(word) or _ENTITY.search(word)))
    return code_span(word) if needs_code else _escaped(word)


def _escaped(word: str) -> str:
    return _ENTITY.sub(lambda match: _ENTITIES[match[0]], _SPECIAL.sub(r"\\\1", word))


def code_span(text: str) -> str:
    """*text* as inline code; nothing for nothing."""
    shown = plain(text)
    if not shown.strip():
        return shown
    marks = "`" * (_longest(shown) + 1)
    # A blank on both sides is taken off again, and parts the marks from backticks within.
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{marks}{pad}{shown}{pad}{marks}"


def fence(text: str, language: str = "") -> str:
    """*text* as a block of code, which nothing in it can end; no block that could be applied."""
    lines = [plain(line) for line in text.replace("\r\n", "\n").split("\n")]
    marks = "`" * max(3, _longest(text) + 1)
    named = _LANGUAGE.fullmatch(language) and language.casefold() not in wording.ACTIVE
    return "\n".join([marks + (language if named else ""), *lines, marks])


def _longest(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)
