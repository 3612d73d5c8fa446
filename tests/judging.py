"""What tests of the model reviewer build: a change in a real repository, and answers of a model."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conftest import Repo

from bot import paths
from bot.analysis import Workshop
from bot.checkers.judge.answers import Candidate, Support
from bot.checkers.judge.dossier import Fence
from bot.checkers.judge.exploration import Exploration
from bot.checkers.judge.material import Material
from bot.comparison import Comparison, Subject
from bot.coverage import Eligible
from bot.domain import Change, ChangedFile, Policy, Rule, Source
from bot.outside.cache import Cache
from bot.outside.git import Repository
from bot.outside.llm import Answer, ToolUse, Usage

FENCE = Fence("data-0123456789abcdef")
Files = dict[str, str | bytes | None]


def denied(path: str) -> bool:
    """Files that hold secrets, as far as these tests go."""
    return path.rpartition("/")[2].startswith(".env") or path.endswith(".pem")


def redact(text: str, path: str) -> str:
    """A secret here is the word hunter2."""
    return text.replace("hunter2", "[secret]")


@contextlib.contextmanager
def material_of(
    folder: str, base: str, head: str, redact: Callable[[str, str], str] = redact
) -> Iterator[Material]:
    """What a model may see of the change between two commits, Python outlined."""
    environ = dict(os.environ)
    with contextlib.ExitStack() as stack:
        repository = stack.enter_context(contextlib.closing(Repository(folder, environ)))
        workshop = stack.enter_context(contextlib.closing(Workshop(Cache(None), environ)))
        changed = tuple(repository.compare(base, head))
        change = Change("a change", base, head, base, changed)
        files = [_eligible(file) for file in changed if paths.is_python(file.path)]
        comparison = Comparison(Subject(change, Policy(), (), files), repository, workshop)
        comparison.outlines([source for file in files for source in file.sources])
        yield Material(comparison, redact, denied)


def _eligible(file: ChangedFile) -> Eligible:
    base = Source("base", file.old_path, file.old_blob) if file.old_blob else None
    head = Source("head", file.path, file.new_blob) if file.new_blob else None
    return Eligible(file, base, head, None)


@contextlib.contextmanager
def changing(repo: Repo, before: Files, after: Files) -> Iterator[Material]:
    """The change from one state to another; *after* says what differs, None what is gone."""
    base, head = repo.commit(before, "before"), repo.commit(after, "after")
    with material_of(str(repo.path), base, head) as material:
        yield material


def changed(material: Material, path: str) -> ChangedFile:
    """The changed file of this name."""
    file = material.comparison.changed(path)
    assert file is not None
    return file


class Tools:
    """A conversation's tools, used as a model does."""

    def __init__(self, material: Material, *paths: str) -> None:
        files = [changed(material, path) for path in paths]
        self._exploration = Exploration(material, FENCE, files)
        self.begin_again = self._exploration.begin_again

    def __call__(self, tool: str, /, **arguments: Any) -> str:
        return self.raw(tool, arguments)

    def raw(self, tool: str, arguments: Any) -> str:
        return self._exploration.use(ToolUse("t1", tool, arguments))

    def lines(self, tool: str, /, **arguments: Any) -> list[str]:
        """What stands between the tags."""
        text = self.raw(tool, arguments)
        rows = text.removesuffix("\n").split("\n")
        assert rows[0].startswith(f"<{FENCE.tag} "), text
        assert rows[-1] == f"</{FENCE.tag}>"
        return rows[1:-1]


def rule(identity: str = "house/one", **fields: Any) -> Rule:
    """A rule for a reader."""
    start = Rule(identity, f"Rule {identity}", "error", "judge", {}, {"Why": "Because."})
    return start._replace(**fields)


def candidate(quote: str, **fields: Any) -> Candidate:
    """A finding as a model tells it."""
    supporting = tuple(Support(*each) for each in fields.pop("supporting", ()))
    start = Candidate(
        "house/one", "a.py", "head", 1, quote, "It breaks.", "Mend it.", "introduced", supporting
    )
    return start._replace(**fields)


def answer(text: str = "", *uses: tuple[str, Mapping[str, Any]], stop: str = "") -> Answer:
    """One answer of a model: text, tools it wants, and why it stopped."""
    wanted = tuple(ToolUse(f"t{at}", name, given) for at, (name, given) in enumerate(uses, 1))
    content: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    content += [
        {"type": "tool_use", "id": use.id, "name": use.name, "input": use.arguments}
        for use in wanted
    ]
    turn = {"role": "assistant", "content": content}
    stop = stop or ("tool_use" if uses else "end_turn")
    return Answer(text, wanted, turn, stop, Usage(input=10, output=5), "model-a")
