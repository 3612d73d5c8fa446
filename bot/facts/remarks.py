"""The comments of one file, and which of them say nothing that the code does not.

Found by a pattern and not by the tokenizer, which takes ten times as long.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

# Each alternative takes whatever it began to read up to its end or that of the file, so that the
# search is linear on any text.
_STRINGS_AND_COMMENTS = re.compile(
    r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|\Z)'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'''|\Z)"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*(?:"|$)'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*(?:'|$)"
    r"|\#(?P<comment>[^\n]*)",
    re.DOTALL | re.MULTILINE,
)
# A longer comment is data; nobody retells a line in so many words.
_LONGEST = 200
_LONGEST_BLOCK = 60
_MOST_WORDS = 7
_MOST_NODES = 80


class Remark(NamedTuple):
    """A comment: its line, its column from 0, what follows the `#`, whether it has the line alone."""

    line: int
    column: int
    text: str
    is_alone: bool


def scan(text: str) -> list[Remark]:
    """All comments of a file that parses, in order."""
    found = []
    line, counted, line_start = 1, 0, 0
    for match in _STRINGS_AND_COMMENTS.finditer(text):
        if match["comment"] is None:
            continue
        start = match.start()
        line += text.count("\n", counted, start)
        line_start = text.rfind("\n", 0, start) + 1
        counted = start
        said = match["comment"][:_LONGEST]
        column = start - line_start
        is_alone = not text[line_start:start].strip() if column < _LONGEST else False
        found.append(Remark(line, column, said, is_alone))
    return found


def judge(text: str, statements: Mapping[int, ast.stmt]) -> Iterator[tuple[str, int, int, str]]:
    """What is wrong with comments: the report, first and last line, and the comment.

    *statements* are the file's by the line they begin on.
    """
    remarks = scan(text)
    alone = {remark.line for remark in remarks if remark.is_alone}
    for remark in remarks:
        said = remark.text.strip()
        plain = said.lower()
        if any(mark in plain for mark in _ELISION_MARKS) and _ELIDED.search(plain):
            yield "elided-code", remark.line, remark.line, said
        elif any(mark in plain for mark in _PLACEHOLDER_MARKS) and _PLACEHOLDER.search(plain):
            yield "placeholder", remark.line, remark.line, said
        elif _MARKED.match(said) or (_CHANGE.match(said) and not _REASON.search(said)):
            yield "change-comment", remark.line, remark.line, said
        elif remark.is_alone and not {remark.line - 1, remark.line + 1} & alone:
            statement = statements.get(remark.line + 1)
            if statement is not None and _retells(said, statement):
                yield "narrating-comment", remark.line, remark.line, said
    for block in _blocks([remark for remark in remarks if remark.is_alone]):
        if _is_code(block):
            said = " ".join(remark.text.strip() for remark in block)
            yield "leftover-code", block[0].line, block[-1].line, said[:_LONGEST]


# Patterns are slow to search for; what one of them takes in holds one of these.
_ELISION_MARKS = ("rest", "remain", "existing", "previous", "other", "same", "unchanged")
_PLACEHOLDER_MARKS = (
    "place", "stub", "dummy", "mock", "real", "actual", "production", "your ", "now", "implement",
    "simulat",
)  # fmt: skip
# What an agent writes where it leaves out code, and sometimes code with it.
_ELIDED = re.compile(
    r"^(?:\.\.\.|…)\s*\(?(?:\w+ ){0,3}?(?:existing|rest|remaining|other|previous|same|unchanged)\b"
    r"|^\(?(?:the )?(?:rest|remainder) of (?:the |this |your )?(?:\w+ ){0,2}"
    r"(?:remains?|stays?|is|are) (?:the same|unchanged|as before|here)\b"
    r"|^(?:existing|previous|other|remaining) (?:\w+ )?(?:code|methods?|functions?|imports|logic)"
    r" (?:here|remains?|stays?|unchanged|goes here)\b"
    r"|\b(?:existing|remaining|rest of the) (?:code|implementation)\s*(?:\.\.\.|…)",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"^(?:this is )?(?:just |only )?an? (?:place ?holder|stub|dummy|mock) (?:implementation|function|method|value)\b"
    r"|^place ?holder(?:$| (?:implementation|for now|until|-|:))"
    r"|\bin (?:a|an) (?:real|actual|production)(?:-world| world)?"
    r" (?:implementation|application|app|system|scenario|environment|project)\b"
    r"|\byour (?:code|logic|implementation) (?:goes )?here\b"
    r"|\b(?:simplified|simulated?|mocked|hard-?coded|dummy|faked?|stubbed) for now\b"
    r"|^(?:todo:? ?)?implement (?:this|me|the (?:actual|real))\b"
    r"|\bfor now,? (?:we )?(?:just |simply |only )?(?:return|simulate|assume|mock|fake|hard-?code)\b"
    r"|\bsimulat(?:e|ing) (?:the |an? )?(?:api|network|database|processing|work|response)\b",
    re.IGNORECASE,
)
# The history of the code, which Git tells.
_MARKED = re.compile(
    r"(?:NEW|FIXED|ADDED|CHANGED|UPDATED|MODIFIED|REMOVED|REFACTORED|IMPROVED|OPTIMIZED)\s*(?::|!|-\s)"
)
_CHANGE = re.compile(
    r"(?:Added|Removed|Deleted|Fixed|Updated|Refactored|Modified|Improved|Moved|Renamed|Replaced|Changed)"
    r" (?:the |this |a |an |new |old |unused |import|from |to |back |bug|\w+ (?:to|from|with|import)\b)"
    r"|(?:[Cc]hanged|[Rr]enamed|[Mm]oved|[Ss]witched|[Uu]pdated|[Rr]efactored) (?:from|to|back to|into)\b"
    r"|[Nn]ow (?:uses?|using|also|returns?|handles?|supports?|we use)\b"
    r"|[Nn]o longer (?:needed|used|necessary|required)\b",
)
_REASON = re.compile(
    r"\b(?:because|since|so that|so|as|otherwise|workaround|work around|hack|avoid|prevent|ensure|must|"
    r"should|need|never|always|only|until|unless|see|note|todo|fixme|xxx|bug|issue|version|py\d*|python|"
    r"if|when|but|not|don't|can't|cannot|in v?\d[\d.]*|due|why|e\.g|i\.e|for|before|after|first|http\S*)\b"
    r"|[#?(`\d=]|https?:",
    re.IGNORECASE,
)


def _retells(said: str, statement: ast.stmt) -> bool:
    """Whether every word that carries meaning stands in the statement, or is what it does."""
    words = [_stem(word) for word in _WORD.findall(said.lower()) if word not in _FILLERS]
    # Without a verb it is a heading.
    if not 2 <= len(words) <= _MOST_WORDS or words[0] not in _VERBS or _REASON.search(said):
        return False
    named = _named(statement)
    done = _DOES.get(type(statement), frozenset())
    return all(word in named or word in done for word in words) and any(
        word in named for word in words
    )


def _named(statement: ast.stmt) -> set[str]:
    """The words in the identifiers of a statement, without the statements in it."""
    waiting: list[ast.AST] = [statement]
    found: set[str] = set()
    visited = 0
    while waiting and visited < _MOST_NODES:
        node = waiting.pop()
        visited += 1
        if isinstance(node, ast.Constant):
            continue
        for value in (getattr(node, field, None) for field in node._fields):
            if isinstance(value, str) and len(value) < _LONGEST:
                found.update(_stem(word) for word in _PARTS.findall(value) if len(word) > 1)
            some = value if isinstance(value, list) else [value]
            waiting += [
                each
                for each in some
                if isinstance(each, ast.AST) and not isinstance(each, ast.stmt)
            ]
    return found


def _stem(word: str) -> str:
    word = word.lower()
    for ending in ("ing", "ies", "es", "ed", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            return word[: -len(ending)]
    return word


_WORD = re.compile(r"[a-z]+")
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_FILLERS = {
    "a", "an", "the", "to", "of", "in", "from", "with", "and", "it", "this", "that", "these",
    "those", "all", "each", "every", "by", "on", "into", "at", "our", "its", "is", "are", "be",
    "we", "new", "current", "given", "any", "some", "using",
}  # fmt: skip


def _verbs(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in text.split())


# What a kind of statement does, as a comment would say it.
_SETS = _verbs(
    "set initialize init create define get assign store compute calculate build make save variable instance object list dict"
)
_DOES: Mapping[type[ast.stmt], frozenset[str]] = {
    ast.Assign: _SETS,
    ast.AnnAssign: _SETS,
    ast.AugAssign: _verbs("increment increase add append update decrement"),
    ast.Return: _verbs("return result value give back"),
    ast.For: _verbs("loop iterate go through over process for"),
    ast.AsyncFor: _verbs("loop iterate go through over process for"),
    ast.While: _verbs("loop while"),
    ast.If: _verbs("check verify whether test"),
    ast.Expr: _verbs("call run execute invoke print add append update send start"),
    ast.Raise: _verbs("raise throw error exception"),
    ast.Import: _verbs("import module library"),
    ast.ImportFrom: _verbs("import module library"),
    ast.With: _verbs("open use context"),
    ast.AsyncWith: _verbs("open use context"),
    ast.Assert: _verbs("assert check verify make sure"),
    ast.Delete: _verbs("delete remove"),
}
# What a comment begins with that tells what is done.
_VERBS = frozenset().union(*_DOES.values()) | _verbs(
    "apply attach build calculate call cancel change clean clear close collect combine compute configure"
    " connect convert copy count decode delete detect determine dispatch display draw dump enable encode"
    " escape execute extract fetch fill filter find format generate handle insert invoke join load log look"
    " mark merge move normalize parse perform pop prepare process push read record register remove render"
    " replace reset resolve retrieve sanitize save search select send serialize show skip sort split start"
    " stop strip track trigger update upload validate wait wrap write"
)


def _blocks(remarks: Sequence[Remark]) -> Iterator[list[Remark]]:
    """Runs of comments that stand alone on neighbouring lines, in one column."""
    block: list[Remark] = []
    for remark in remarks:
        if block and (remark.line != block[-1].line + 1 or remark.column != block[0].column):
            yield block
            block = []
        block.append(remark)
    if block:
        yield block


def _is_code(block: Sequence[Remark]) -> bool:
    """Whether two lines or more of a block are Python that was switched off."""
    if not 2 <= len(block) <= _LONGEST_BLOCK:
        return False
    lines = [remark.text.removeprefix(" ") for remark in block]
    if not any(_CODE_MARK.search(line) for line in lines):
        return False
    # Without its first line, which may announce the code: "For example:".
    tries = ["\n".join(lines), *(["\n".join(lines[1:])] if len(lines) > 2 else [])]
    for text in tries:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        if lines[0].rstrip().endswith(":") and text != tries[0]:
            return False
        return all(_is_work(statement) for statement in tree.body)
    return False


_CODE_MARK = re.compile(r"\w\(|[\w\])] = |^\s*(?:import|from|return|if|for|def|class|with|try)\b")


def _is_work(statement: ast.stmt) -> bool:
    """Whether a statement does something: prose parses too, as names and annotations."""
    if isinstance(statement, ast.Expr):
        value = statement.value
        return isinstance(value, (ast.Call, ast.Await))
    return not isinstance(statement, (ast.AnnAssign, ast.Pass))
