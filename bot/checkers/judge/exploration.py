"""What a model may look at besides the change: both trees, read only, and nothing else there is.

Everything goes by Git objects of the two sides: no file system, no network, no process but Git's
search. What is asked for and what is returned is bounded for each conversation.
"""

import itertools
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from bot import import_graph, paths
from bot.checkers.judge import dossier, tool_arguments
from bot.checkers.judge.dossier import Fence
from bot.checkers.judge.material import Material
from bot.checkers.judge.tool_arguments import Mistake
from bot.comparison import SideName
from bot.domain import ChangedFile
from bot.import_graph import GraphFailed
from bot.outside.git_objects import GitFailed, GitStopped
from bot.outside.llm import ToolUse

MOST_CALLS = 12
MOST_BYTES = 60_000
_MOST_LINES = 200
_MOST_HITS = 20
_HIT_LENGTH = 140
_MOST_FILES = 20
_MOST_NAMES = 300
# Fewer lines that the conversation has already are shown again: to say so is no shorter.
_LEAST_LEFT_OUT = 4
_SPENT = "The budget for reading is spent. Answer from what you have seen."
_ABOVE = "(see above)"
_NOTHING = "nothing found"
_AGAIN = "The same as when you asked this before: see above.\n"
_DEFINES = (
    r"(def|class|func|fn|function|interface|type|struct|enum|trait|impl|module|const|let|var|val)"
)
# Of other languages, the lines that begin something.
_BEGINS = re.compile(rf"^\s*(?:export |public |private |static |async |abstract )*{_DEFINES}\b")
# Where a name stands in a sentence: in a large repository mostly there, and seldom what was meant.
_PROSE = (".md", ".rst", ".txt", ".adoc", ".html", ".po")
# A back-reference makes matching exponential, a counted repeat makes the automaton huge.
_UNSAFE = re.compile(r"\\[1-9]|\{")


def _tool(tool: str, says: str, required: str, /, **fields: Any) -> dict[str, Any]:
    return {
        "name": tool,
        "description": says,
        "input_schema": {"type": "object", "properties": fields, "required": [required]},
    }


_REF = {"type": "string", "enum": ["head", "base"]}
_STRING = {"type": "string"}
_INTEGER = {"type": "integer"}
# The same for every repository and every question, since all that follows is cached after them.
TOOLS: tuple[Mapping[str, Any], ...] = (
    _tool("find_definition", "Where a name is defined, with the lines.", "name", ref=_REF, name=_STRING),
    _tool("find_references", "Lines of code that hold a name.", "name", ref=_REF, name=_STRING),
    _tool(
        "import_edges", "What a Python file imports, and which files import it.", "path",
        ref=_REF, path=_STRING,
    ),
    _tool("list_dir", "The files and folders in a folder; `` is the top.", "path", ref=_REF, path=_STRING),
    _tool("outline", "Functions and classes of a file with their lines.", "path", ref=_REF, path=_STRING),
    _tool(
        "read_file", "Lines of a file, at most 200 at once.", "path",
        ref=_REF, path=_STRING, start=_INTEGER, end=_INTEGER,
    ),
    _tool(
        "search", "Lines that match a POSIX extended regular expression, or a literal text.",
        "pattern", ref=_REF, pattern=_STRING, literal={"type": "boolean"}, glob=_STRING,
    ),
)  # fmt: skip


class Exploration:
    """The tools of one conversation about *files*, with what is left of its budget.

    All that is returned is sent again with every turn: what the conversation shows already is
    named instead.
    """

    def __init__(self, material: Material, fence: Fence, files: Sequence[ChangedFile] = ()) -> None:
        self._material, self._fence, self._files = material, fence, files
        self._calls, self._bytes = 0, 0
        # The files of the change of which something was told.
        self.told: set[str] = set()
        self.begin_again()
        self._tools: Mapping[str, Callable[[SideName, Mapping[str, Any]], str]] = {
            "find_definition": self._find_definition,
            "find_references": self._find_references,
            "import_edges": self._import_edges,
            "list_dir": self._list_dir,
            "outline": self._outline,
            "read_file": self._read_file,
            "search": self._search,
        }

    def begin_again(self) -> None:
        """The conversation was begun anew: nothing that was returned is in it any more."""
        self._answered: set[str] = set()
        self._shown: dict[tuple[SideName, str], set[int]] = {
            ("head", file.path): set(dossier.shown_lines(self._material, file))
            for file in self._files
        }

    def use(self, use: ToolUse) -> str:
        """What a tool answers; mistakes and a spent budget are told in words."""
        self._calls += 1
        if self._calls > MOST_CALLS or self._bytes >= MOST_BYTES:
            return _SPENT
        if not tool_arguments.are_plain(use.arguments):
            return "error: arguments must be an object of plain values\n"
        key = json.dumps([use.name, use.arguments], sort_keys=True)
        if key in self._answered:
            return _AGAIN
        self._answered.add(key)
        answer = self._answer(use)
        self._bytes += len(answer.encode(errors="replace"))
        return answer

    def _answer(self, use: ToolUse) -> str:
        tool = self._tools.get(use.name)
        if tool is None:
            return f"error: there is no such tool; there are {', '.join(self._tools)}\n"
        try:
            side = tool_arguments.side(use.arguments)
            text = tool(side, use.arguments)
        except Mistake as problem:
            return f"error: {problem}\n"
        except GraphFailed:
            return "error: the imports cannot be read\n"
        except GitStopped:
            return "error: the search took too long; look for something simpler\n"
        except GitFailed:
            return "error: the search failed; is the pattern a POSIX extended expression?\n"
        left = max(0, MOST_BYTES - self._bytes)
        shown = text.encode(errors="replace")[:left].decode(errors="ignore")
        more = "" if len(shown) == len(text) else "\n(cut: the budget for reading is spent)"
        return self._fence.around(shown + more, ref=side) + "\n"

    def _lines(self, side: SideName, arguments: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
        path = tool_arguments.text(arguments, "path")
        if self._material.is_denied(path):
            raise Mistake("this file may hold secrets and is not shown")
        # Looked up by its whole name: there is nothing that a path could lead out of.
        if path not in self._material.comparison.listing(side):
            raise Mistake(f"no such file at {side}")
        lines = self._material.lines(side, path)
        if lines is None:
            raise Mistake("not a text file that can be shown (a link, binary or too large)")
        self._tell(side, path)
        return path, lines

    def _tell(self, side: SideName, path: str) -> None:
        if side == "head" and self._material.comparison.changed(path) is not None:
            self.told.add(path)

    def _read_file(self, side: SideName, arguments: Mapping[str, Any]) -> str:
        path, lines = self._lines(side, arguments)
        start = max(1, tool_arguments.number(arguments, "start", 1))
        end = min(
            tool_arguments.number(arguments, "end", start + _MOST_LINES - 1),
            start + _MOST_LINES - 1,
        )
        shown = self._shown.setdefault((side, path), set())
        text = _without(shown, lines, range(start, min(end, len(lines)) + 1))
        shown.update(range(start, min(end, len(lines)) + 1))
        return f"{text}\n({len(lines)} lines in all)"

    def _outline(self, side: SideName, arguments: Mapping[str, Any]) -> str:
        path, lines = self._lines(side, arguments)
        symbols = self._material.symbols(side, path)
        if symbols:
            return "\n".join(f"{each.start_line}-{each.end_line} {each.name}" for each in symbols)
        found = [f"{at}| {line[:120]}" for at, line in enumerate(lines, 1) if _BEGINS.match(line)]
        return "\n".join(found[:_MOST_NAMES]) or "nothing defined here"

    def _list_dir(self, side: SideName, arguments: Mapping[str, Any]) -> str:
        folder = tool_arguments.text(arguments, "path").strip("/").removeprefix("./")
        prefix = "" if folder in ("", ".") else f"{folder}/"
        names: dict[str, None] = {}
        for path in self._material.paths(side):
            if path.startswith(prefix):
                name, below, _ = path[len(prefix) :].partition("/")
                self._tell(side, path)  # a name, too, may be meant for the reader
                names[self._material.name(name) + below] = None
        if not names:
            raise Mistake(f"no such folder at {side}")
        more = f"\n({len(names)} in all)" if len(names) > _MOST_NAMES else ""
        return "\n".join(list(names)[:_MOST_NAMES]) + more

    def _find_definition(self, side: SideName, arguments: Mapping[str, Any]) -> str:
        name = tool_arguments.word(arguments)
        pattern = rf"(^|[^A-Za-z0-9_]){_DEFINES}[[:space:]]+{name}([^A-Za-z0-9_]|$)|^[[:space:]]*{name}[[:space:]]*[:=]"
        return self._hits(side, pattern, ("-E",)) or _NOTHING

    def _find_references(self, side: SideName, arguments: Mapping[str, Any]) -> str:
        name, options = tool_arguments.word(arguments), ("-F", "-w")
        found = self._hits(side, name, options, lambda path: not path.lower().endswith(_PROSE))
        return found or self._hits(side, name, options) or _NOTHING

    def _search(self, side: SideName, arguments: Mapping[str, Any]) -> str:
        pattern = tool_arguments.one_line(arguments, "pattern")
        literal = arguments.get("literal")
        if not isinstance(literal, bool | None):
            raise Mistake("literal must be true or false")
        if not literal and _UNSAFE.search(pattern):
            raise Mistake("back-references and counted repeats are not allowed; use literal")
        globs = [tool_arguments.one_line(arguments, "glob")] if arguments.get("glob") else []
        # Files are narrowed down here: a glob of the model's is nothing for Git's own language.
        kind = ("-F" if literal else "-E",)
        return self._hits(side, pattern, kind, lambda path: paths.matches(path, globs)) or _NOTHING

    def _hits(
        self,
        side: SideName,
        pattern: str,
        options: Sequence[str],
        is_meant: Callable[[str], bool] = lambda path: True,
    ) -> str:
        def is_wanted(path: str) -> bool:
            return is_meant(path) and not self._material.is_denied(path)

        places = self._material.comparison.lines_with(
            side, pattern, options, _MOST_FILES, is_wanted
        )
        rows = list(itertools.islice(self._rows(side, places), _MOST_HITS + 1))
        more = "\n(and more; search for less)" if len(rows) > _MOST_HITS else ""
        return "\n".join(rows[:_MOST_HITS]) + more

    def _rows(self, side: SideName, places: Iterable[tuple[str, int]]) -> Iterable[str]:
        before = ""
        for path, number in places:
            # Shown from what was made fit to be shown, not from what Git printed. That a line was
            # found whose secret was taken out would tell of the secret.
            lines = self._material.lines(side, path)
            if lines is None or number > len(lines):
                continue
            if not self._material.is_redacted(side, path, number):
                text = lines[number - 1].strip()[:_HIT_LENGTH]
                if len(text) > len(_ABOVE) and number in self._shown.get((side, path), ()):
                    text = _ABOVE
                self._tell(side, path)
                # One name is enough for several lines of a file.
                yield f"{'' if path == before else self._material.name(path)}:{number}| {text}"
                before = path

    def _import_edges(self, side: SideName, arguments: Mapping[str, Any]) -> str:
        path, _ = self._lines(side, arguments)
        comparison = self._material.comparison
        graphs = import_graph.read(comparison)
        edges = graphs.head.edges
        if side == "base":
            # There, too, the graph has files by what they are called at head.
            before = {new: old for old, new in comparison.renamed.items()}
            edges = {
                (before.get(one, one), before.get(other, other)): edge
                for (one, other), edge in graphs.base.edges.items()
            }
        imports = sorted({target.removeprefix(":") for source, target in edges if source == path})
        importers = sorted({source for source, target in edges if target == path})
        for each in (*imports, *importers):
            self._tell(side, each)
        rows = ["imports:", *(f"  {each}" for each in imports[:_MOST_NAMES])]
        rows += ["imported by:", *(f"  {each}" for each in importers[:_MOST_NAMES])]
        return "\n".join(self._material.name(row) for row in rows)


def _without(shown: Collection[int], lines: Sequence[str], wanted: range) -> str:
    """The lines wanted; of those shown before, where they are."""
    parts = []
    for is_shown, run in itertools.groupby(wanted, lambda at: at in shown):
        numbers = list(run)
        if is_shown and len(numbers) >= _LEAST_LEFT_OUT:
            parts.append(f"({numbers[0]} to {numbers[-1]}: see above)")
        else:
            parts.append(dossier.numbered(lines, numbers[0], numbers[-1]))
    return "\n".join(parts)
