"""What a review by a model takes in tokens, on real changes, against PR-Agent's on the same.

    python benchmarks/judge_cost.py --pr-agent CLONE REPOSITORY [REPOSITORY ...]

The model is a fake that does what models usually do: two turns with tools, two suspicions, one of
which is confirmed. It counts 2.7 bytes a token and keeps a prompt cache by exact prefixes. Tokens
are weighed as they are priced: written to the cache 1.25, read from it 0.1 ("real": written for an
hour 2). PR-Agent's describe, review and improve are counted likewise: each of their four calls sends
its own text, read from a clone of PR-Agent, and the diff in its own form (`pr_agent.py`); no call
takes more than 32k, and it has no cache. D is the tokens of the diff as Git shows it.
"""

import argparse
import ast
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from anthropic_cache import tokens  # noqa: E402
from fake_anthropic import FakeAnthropic  # noqa: E402
from judge import faked, git, review  # noqa: E402
from judge_readers import Usual  # noqa: E402
from pr_agent import CONTEXT, sent, texts  # noqa: E402

from bot.outside.llm import Usage  # noqa: E402

# Between two reviews: what is kept for five minutes is gone, what is kept for an hour is not.
_LATER = 600
ADDED = "\n\ndef added_in_a_second_push(value):\n    return [each for each in value if each]\n"


class Change(NamedTuple):
    """A change of a repository: the commits on both sides."""

    repository: Path
    base: str
    head: str


class Taken(NamedTuple):
    """What one review took: its calls, and tokens by what the calls were for."""

    calls: int
    by_purpose: dict[str, Usage]

    @property
    def usage(self) -> Usage:
        return plus(self.by_purpose.values())


def plus(usages: Iterable[Usage]) -> Usage:
    """All together."""
    return Usage(*(sum(each) for each in zip(Usage(), *usages, strict=True)))


def weighed(usage: Usage, hour: float = 1.25) -> float:
    """Input tokens at full price that cost as much."""
    written = 1.25 * usage.cache_write_5m + hour * usage.cache_write_1h
    return usage.input + written + 0.1 * usage.cache_read


def read_share(usage: Usage) -> float:
    """The part of what was sent that came from the cache."""
    sent = usage.input + usage.cache_write_5m + usage.cache_write_1h + usage.cache_read
    return usage.cache_read / sent if sent else 0.0


def shown(change: Change, context: str = "-U3") -> str:
    """A change as Git shows it."""
    found = subprocess.check_output(
        ["git", "diff", "--no-ext-diff", context, change.base, change.head], cwd=change.repository
    )
    return found.decode(errors="replace")


def recent(repository: Path, count: int) -> list[Change]:
    """The newest commits that change 3 to 12 files, and add lines to two Python files that are no tests."""
    found: list[Change] = []
    for commit in git(repository, "log", "--no-merges", "--format=%H", "-n2000").split():
        said = git(repository, "diff-tree", "-r", "--no-commit-id", "--numstat", commit)
        rows = [row.split("\t") for row in said.splitlines()]
        if 3 <= len(rows) <= 12 and len(judged(row[2] for row in rows if row[0] != "0")) >= 2:
            found.append(Change(repository, f"{commit}^", commit))
        if len(found) == count:
            break
    return found


def judged(names: Iterable[str]) -> list[str]:
    """The Python files that rules for a reader are about."""
    return [name for name in names if name.endswith(".py") and "test" not in name]


class Bench:
    """A fake model with its prompt cache, and the verdicts kept in one repository."""

    def __init__(self, folder: Path, server: FakeAnthropic, reviewer: Usual) -> None:
        self._folder, self._server, self._reviewer = folder, server, reviewer
        self._count = 0

    def take(self, change: Change, *, again: bool = False) -> Taken:
        """Review a change, and count what was asked."""
        self._count += 1
        self._reviewer.begin(again=again)
        self._server.advance(_LATER)
        kept = self._folder / f"asked-{self._count}"
        model = faked(self._server)._replace(record=str(kept))
        before = len(self._server.requests)
        review(
            change.repository, f"{change.base}..{change.head}", model, str(self._folder / "cache")
        )
        if self._server.problems:
            sys.exit(f"{change.head}: {self._server.problems[0]}")
        usages: dict[str, list[Usage]] = defaultdict(list)
        for path in kept.glob("*.json"):
            document = json.loads(path.read_text(encoding="utf-8"))
            usages[document["request"]["purpose"]].append(Usage(**document["answer"]["usage"]))
        return Taken(
            len(self._server.requests) - before,
            {purpose: plus(several) for purpose, several in sorted(usages.items())},
        )


@contextmanager
def bench() -> Iterator[Bench]:
    """One where nothing is kept yet."""
    reviewer = Usual()
    with tempfile.TemporaryDirectory() as folder, FakeAnthropic(reviewer) as server:
        yield Bench(Path(folder), server, reviewer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--changes", type=int, default=10, help="how many in all")
    parser.add_argument("--pr-agent", type=Path, required=True, help="a clone of PR-Agent")
    options = parser.parse_args()
    each = -(-options.changes // len(options.repositories))
    changes = [change for path in options.repositories for change in recent(path.resolve(), each)]
    changes = changes[: options.changes]
    compare(changes, texts(options.pr_agent))
    for path in dict.fromkeys(change.repository for change in changes):
        again(path)


def compare(changes: Sequence[Change], rival: tuple[tuple[int, bool], ...]) -> None:
    """Each change where nothing is kept, and where another was reviewed within the hour. *rival* is
    what PR-Agent's calls take without a diff."""
    print(f"PR-Agent's calls without a diff: {' + '.join(f'{each:,}' for each, _ in rival)}")
    print(
        f"{'change':28}{'D':>8}{'calls':>6}{'uncached':>9}{'written':>9}{'read':>9}{'weighed':>9}"
        f"{'real':>9}{'PR-Agent':>9}{'ratio':>7}   {'warm':>8}{'ratio':>7}{'read':>7}   by purpose"
    )
    colds, warms, shares, paid, bounds = [], [], [], [], []
    for change in changes:
        with bench() as fresh:
            cold = fresh.take(change)
        with bench() as used:
            used.take(other(change))
            warm = used.take(change)
        usage, size = cold.usage, tokens(shown(change))
        bound = sent(rival, shown(change, CONTEXT))
        paid.append(weighed(usage))
        bounds.append(bound)
        colds.append(weighed(usage) / bound)
        warms.append(weighed(warm.usage) / bound)
        shares.append(read_share(warm.usage))
        name = f"{title(change.repository)[:18]} {change.head[:8]}"
        print(
            f"{name:28}{size:8,}{cold.calls:6}{usage.input:9,}"
            f"{usage.cache_write_5m + usage.cache_write_1h:9,}{usage.cache_read:9,}"
            f"{weighed(usage):9,.0f}{weighed(usage, 2):9,.0f}{bound:9,.0f}{colds[-1]:7.2f}"
            f"   {weighed(warm.usage):8,.0f}{warms[-1]:7.2f}{shares[-1]:7.0%}   {_parts(warm)}",
            flush=True,
        )
    print(f"all together: {sum(paid):,.0f} of {sum(bounds):,.0f}, {sum(paid) / sum(bounds):.2f}")
    print(
        f"medians: {statistics.median(colds):.2f} where nothing is kept, {statistics.median(warms):.2f}"
        f" after another review within the hour, which reads {statistics.median(shares):.0%} from the cache"
    )


def other(change: Change) -> Change:
    """A small change of the same repository, reviewed before: it leaves the rules in the cache."""
    return next(each for each in recent(change.repository, 5) if each.head != change.head)


def title(repository: Path) -> str:
    """What a repository is called: a bare one, by the folder that it lies in."""
    name = repository.parent.name if repository.name in ("repo", ".git") else repository.name
    return name.rpartition("+")[2]


def again(repository: Path) -> None:
    """A push of ten files; one of them edited, in two ways, and pushed again; and all rebased."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "clone")
        git(repository, "clone", "-q", "--bare", "--shared", str(repository), str(clone))
        base, files = ten_files(clone)
        if not files:
            print(f"{title(repository)}: no ten changed files")
            return
        before = {name: git(clone, "show", f"{base}:{name}") for name in files}
        sizes = {name: len(_changed(files[name], before[name])) for name in files}
        name = sorted(files, key=lambda path: sizes[path])[len(files) // 2]
        edits = {
            "line edited": edited(files[name], before[name]),
            "function added": files[name] + ADDED,
        }
        for what, text in edits.items():
            for usual in (False, True):
                _pushed_twice(
                    clone, base, files, {**files, name: text}, f"{title(repository)}, {what}", usual
                )


def _pushed_twice(
    clone: Path, base: str, files: dict[str, str], later: dict[str, str], what: str, usual: bool
) -> None:
    with bench() as used:
        first = used.take(Change(clone, base, commit(clone, base, base, files)))
        pushed = Change(clone, base, commit(clone, base, base, later))
        second = used.take(pushed, again=not usual)
        moved = commit(clone, base, base, {"NOTES-OF-ANOTHER.md": "Something else.\n"})
        rebased = used.take(Change(clone, moved, commit(clone, moved, moved, later)))
    share = weighed(second.usage) / weighed(first.usage)
    turns = "2 turns, 2 suspicions" if usual else "1 turn, 1 suspicion"
    print(
        f"{what:26} ({turns:21}): {weighed(first.usage):7,.0f} in {first.calls} calls,"
        f" again {weighed(second.usage):7,.0f} in {second.calls}, {share:4.0%};"
        f" rebased: {rebased.calls} calls   {_parts(second)}",
        flush=True,
    )


def _parts(taken: Taken) -> str:
    return ", ".join(f"{purpose} {weighed(of):,.0f}" for purpose, of in taken.by_purpose.items())


def _changed(text: str, before: str) -> set[str]:
    """Lines that were not there before."""
    return set(text.splitlines()) - set(before.splitlines())


def edited(text: str, before: str) -> str:
    """*text* with one more line in a function that the change touched (the last, if it did none)."""
    new, lines = _changed(text, before), text.splitlines(keepends=True)
    functions = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body[0].lineno > node.lineno
    ]
    touched = [
        node
        for node in functions
        if new.intersection(text.splitlines()[node.lineno - 1 : node.end_lineno])
    ]
    last = max(touched or functions, key=lambda node: node.lineno).body[-1]
    lines.insert(
        last.lineno - 1, " " * last.col_offset + "again = [each for each in (1, 2) if each]\n"
    )
    return "".join(lines)


def ten_files(clone: Path) -> tuple[str, dict[str, str]]:
    """A commit, and ten Python files as they are at HEAD that were others there."""
    for back in range(5, 400, 5):
        base = f"HEAD~{back}"
        listed = git(clone, "diff", "--name-only", "--diff-filter=M", base, "HEAD").splitlines()
        names = judged(listed)[:10]
        if len(names) == 10:
            return git(clone, "rev-parse", base).strip(), {
                name: git(clone, "show", f"HEAD:{name}") for name in names
            }
    return "", {}


def commit(clone: Path, parent: str, tree: str, files: dict[str, str]) -> str:
    """A commit on *parent* whose tree is that of *tree* with these files."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "GIT_INDEX_FILE": str(Path(folder, "index"))}

        def run(*arguments: str, given: str | None = None) -> str:
            said = subprocess.run(
                ["git", *arguments], cwd=clone, env=environ, input=given,
                stdout=subprocess.PIPE, check=True, text=True,
            )  # fmt: skip
            return said.stdout.strip()

        run("read-tree", tree)
        for name, text in files.items():
            blob = run("hash-object", "-w", "--stdin", given=text)
            run("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
        written = run("write-tree")
    return git(clone, "commit-tree", written, "-p", parent, "-m", "Change ten files").strip()


if __name__ == "__main__":
    main()
