"""How well a model reviews: the labelled changes in benchmarks/judge, reviewed and held to their labels.

    python benchmarks/judge.py                   with the model of the environment (docs/judge.md)
    python benchmarks/judge.py --record DIR      the same, and its answers are kept
    python benchmarks/judge.py --replay DIR      from kept answers; nothing is asked
    python benchmarks/judge.py --oracle          a fake that knows the labels: all must be found
    python benchmarks/judge.py --lying           a fake that invents: nothing may be said

A finding is right where it names the labelled rule and file, within eight lines of the labelled
one or in the same function. The model sees what a repository holds: code and commit message.
"""

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from fake_anthropic import FakeAnthropic  # noqa: E402
from judge_readers import Liar, Oracle  # noqa: E402

from bot import judged, pipeline, settings  # noqa: E402
from bot.domain import Cost, Request, Review  # noqa: E402
from bot.errors import ArchitraveError  # noqa: E402
from bot.judge_settings import JudgeSettings, judge_settings  # noqa: E402
from bot.outside.cache import Cache  # noqa: E402
from bot.outside.git import Repository  # noqa: E402
from bot.sources import local  # noqa: E402

FOLDER = ROOT / "benchmarks" / "judge"
NEAR = 8
_REASON = re.compile(r"(.*?) \(([^()]*)\)(?:; |$)")
_MANY = re.compile(r"(\d+) rules")
_SOMEBODY = {
    "GIT_AUTHOR_NAME": "Maren",
    "GIT_AUTHOR_EMAIL": "maren@example.org",
    "GIT_COMMITTER_NAME": "Maren",
    "GIT_COMMITTER_EMAIL": "maren@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


class Case(NamedTuple):
    """A labelled change; *violates* is "" where it only looks as if it broke *tempts*."""

    name: str
    message: str
    violates: str
    tempts: str
    path: str
    line: int
    quote: str
    base: dict[str, str]
    head: dict[str, str]


class Told(NamedTuple):
    """A finding of the model reviewer, as far as it is held to a label."""

    rule: str
    path: str
    line: int
    message: str = ""


class Result(NamedTuple):
    """What came of one case: findings, cost, and how many pairs were not judged, by reason."""

    case: Case
    told: tuple[Told, ...]
    cost: Cost = Cost()
    missed: Mapping[str, int] = {}
    seconds: float = 0.0


def load(folder: Path) -> Case:
    """One case; what `head/` does not hold is as in `base/`, unless `deleted` names it."""
    label = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    base, changed = (_tree(folder / side) for side in ("base", "head"))
    kept = {path: text for path, text in base.items() if path not in label.get("deleted", ())}
    return Case(
        folder.name,
        label["message"].strip(),
        label["violates"],
        label.get("tempts", ""),
        label["path"],
        label["line"],
        label["quote"],
        base,
        kept | changed,
    )


def _tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }


def build(case: Case, folder: Path) -> None:
    """The case as a repository: a commit of its base, and one of its head with its message."""
    git(folder, "init", "-q", "-b", "main")
    for text, tree in (("Begin", case.base), (case.message, case.head)):
        for path in case.base.keys() - tree.keys():
            (folder / path).unlink()
        for path, content in tree.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content, encoding="utf-8")
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", text)


def git(folder: Path, *arguments: str) -> str:
    environ = {**os.environ, **_SOMEBODY}
    return subprocess.check_output(["git", *arguments], cwd=folder, env=environ, text=True)


def review(folder: Path, revisions: str, model: JudgeSettings, cache: str | None = None) -> Review:
    """The whole review of a range of *folder*, by the pipeline that `review-local` runs."""
    environ = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    with (
        closing(Repository(str(folder), environ)) as repository,
        closing(Cache(cache)) as kept,
    ):
        around = pipeline.Surroundings(
            settings.load(environ), repository, kept, judge=judged.Asked(model, "required")
        )
        return pipeline.review(local.read(Request(range=revisions), repository), around)


def run(case: Case, model: JudgeSettings) -> Result:
    """Build a case, have it reviewed, and take down what the model reviewer said."""
    with tempfile.TemporaryDirectory() as folder:
        build(case, Path(folder))
        started = time.perf_counter()
        found = review(Path(folder), "HEAD~1..HEAD", model)
        seconds = time.perf_counter() - started
    told = tuple(
        Told(each.rule, each.path, each.start_line, each.message)
        for each in found.findings
        if each.checker == "judge"
    )
    return Result(case, told, found.cost, not_judged(found), seconds)


def not_judged(found: Review) -> dict[str, int]:
    """Reasons for which pairs of file and rule were not judged, and how many pairs each."""
    counts: Counter[str] = Counter()
    for entry in found.coverage:
        if entry.checker == "judge" and entry.standing == "failed":
            said = entry.reason.removeprefix("not judged: ")
            for reason, rules in _REASON.findall(said) or [(said, "?")]:
                many = _MANY.fullmatch(rules)
                counts[reason] += int(many[1]) if many else len(rules.split(", "))
    return dict(counts)


def is_right(told: Told, case: Case) -> bool:
    """Whether a finding is the labelled one, leniently."""
    if (told.rule, told.path) != (case.violates, case.path):
        return False
    if abs(told.line - case.line) <= NEAR:
        return True
    around = function(case.head.get(case.path, ""), case.line)
    return around is not None and around == function(case.head[case.path], told.line)


def function(text: str, line: int) -> tuple[int, int] | None:
    """First and last line of the innermost function around a line of Python."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except SyntaxError:
        return None
    spans = [
        (node.lineno, node.end_lineno or node.lineno)
        for node in nodes
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    return max((span for span in spans if span[0] <= line <= span[1]), default=None)


class OfRule(NamedTuple):
    """One rule: labelled violations, how many of them were found, and findings right and wrong."""

    labelled: int = 0
    found: int = 0
    right: int = 0
    wrong: int = 0


class Score(NamedTuple):
    """All cases together. A share of nothing is None."""

    rules: Mapping[str, OfRule]
    clean: int
    on_clean: int

    @property
    def precision(self) -> float | None:
        right = sum(each.right for each in self.rules.values())
        return _share(right, right + sum(each.wrong for each in self.rules.values()))

    @property
    def recall(self) -> float | None:
        found = sum(each.found for each in self.rules.values())
        return _share(found, sum(each.labelled for each in self.rules.values()))

    @property
    def per_clean(self) -> float | None:
        return _share(self.on_clean, self.clean)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def score(results: Iterable[Result]) -> Score:
    """Findings against labels. What is told twice is right twice and found once."""
    rules: dict[str, OfRule] = defaultdict(OfRule)
    clean = on_clean = 0
    for case, told, *_ in results:
        right = [each for each in told if is_right(each, case)]
        for each in told:
            before = rules[each.rule]
            if each in right:
                rules[each.rule] = before._replace(right=before.right + 1)
            else:
                rules[each.rule] = before._replace(wrong=before.wrong + 1)
        if case.violates:
            before = rules[case.violates]
            rules[case.violates] = before._replace(
                labelled=before.labelled + 1, found=before.found + bool(right)
            )
        else:
            clean, on_clean = clean + 1, on_clean + len(told)
    return Score(dict(sorted(rules.items())), clean, on_clean)


def total(results: Sequence[Result]) -> Cost:
    """What all reviews took together."""
    costs = [result.cost for result in results]
    known = [cost.usd for cost in costs if cost.usd is not None]
    rejected: Counter[str] = Counter()
    for cost in costs:
        rejected.update(cost.rejected)
    return Cost(
        calls=sum(cost.calls for cost in costs),
        input=sum(cost.input for cost in costs),
        cache_write=sum(cost.cache_write for cost in costs),
        cache_read=sum(cost.cache_read for cost in costs),
        output=sum(cost.output for cost in costs),
        usd=sum(known) if len(known) == len(costs) else None,
        models=tuple(dict.fromkeys(model for cost in costs for model in cost.models)),
        rejected=dict(sorted(rejected.items())),
    )


def missed(results: Iterable[Result]) -> dict[str, int]:
    """Pairs of file and rule that were not judged in all cases, by reason."""
    counts: Counter[str] = Counter()
    for result in results:
        counts.update(result.missed)
    return dict(counts)


def table(results: Sequence[Result]) -> str:
    """The score for a person."""
    found, cost = score(results), total(results)
    lines = [f"{'rule':38}{'labelled':>9}{'found':>7}{'recall':>8}{'right':>7}{'wrong':>7}"]
    for rule, each in found.rules.items():
        recall = _percent(_share(each.found, each.labelled))
        lines.append(
            f"{rule:38}{each.labelled:9}{each.found:7}{recall:>8}{each.right:7}{each.wrong:7}"
        )
    comments = "-" if found.per_clean is None else f"{found.per_clean:.2f}"
    money = "price unknown" if cost.usd is None else f"{cost.usd:.2f} US dollars"
    shares = f"precision {_percent(found.precision)}, recall {_percent(found.recall)}"
    sent = f"{cost.input:,} uncached, {cost.cache_write:,} written, {cost.cache_read:,} read"
    lines += [
        "",
        f"{len(results)} changes: {shares}; {comments} comments per clean change",
        f"rejected: {_counts(cost.rejected)}",
        f"pairs not judged: {_counts(missed(results))}",
        f"{cost.calls} calls; tokens: {sent}, {cost.output:,} out; {money}",
    ]
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _counts(counts: Mapping[str, int]) -> str:
    said = ", ".join(f"{count} {reason}" for reason, count in counts.items())
    return said or "none"


def document(results: Sequence[Result]) -> dict[str, Any]:
    """The score and every case for a program."""
    found, cost = score(results), total(results)
    return {
        "changes": len(results),
        "precision": found.precision,
        "recall": found.recall,
        "comments_per_clean_change": found.per_clean,
        "rules": {rule: each._asdict() for rule, each in found.rules.items()},
        "not_judged": missed(results),
        "cost": {**cost._asdict(), "rejected": dict(cost.rejected)},
        "cases": [
            {
                "name": result.case.name,
                "violates": result.case.violates,
                "tempts": result.case.tempts,
                "found": any(is_right(each, result.case) for each in result.told),
                "told": [each._asdict() for each in result.told],
                "rejected": dict(result.cost.rejected),
                "not_judged": dict(result.missed),
                "seconds": round(result.seconds, 3),
            }
            for result in results
        ],
    }


def faked(server: FakeAnthropic) -> JudgeSettings:
    """A model reviewer that is the fake."""
    model = judge_settings({"ANTHROPIC_API_KEY": "test-key", "ANTHROPIC_BASE_URL": server.url})
    assert model is not None
    return model


def with_fake(cases: Iterable[Case], reviewer: Oracle | Liar) -> list[Result]:
    """Each case reviewed by the fake; a broken rule of the API ends the benchmark."""
    results = []
    with FakeAnthropic(reviewer) as server:
        for case in cases:
            reviewer.case = case
            results.append(run(case, faked(server)))
            if server.problems:
                sys.exit(f"{case.name}: {server.problems[0]}")
    return results


def main() -> None:
    options = _options()
    names = options.case or sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
    cases = [load(FOLDER / name) for name in names]
    if options.oracle or options.lying:
        results = with_fake(cases, Oracle() if options.oracle else Liar())
    else:
        results = _with_model(cases, options)
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps(document(results), indent=1) + "\n", encoding="utf-8")
    found = score(results)
    if options.oracle and (found.precision, found.recall) != (1, 1):
        sys.exit(
            "The oracle was not believed: the harness, a label or the evidence check is wrong."
        )
    if options.lying and any(result.told for result in results):
        sys.exit("A lie was told to people.")


def _with_model(cases: Iterable[Case], options: argparse.Namespace) -> list[Result]:
    environ = dict(os.environ)
    for name in ("record", "replay"):
        if folder := getattr(options, name):
            environ[f"ARCHITRAVE_LLM_{name.upper()}"] = str(folder.resolve())
    try:
        model = judge_settings(environ)
    except ArchitraveError as error:
        sys.exit(f"{error.message}. {error.hint}")
    if model is None:
        sys.exit("No model is set (ANTHROPIC_API_KEY); --replay, --oracle and --lying need none.")
    results = []
    for case in cases:
        result = run(case, model)
        verdict = "clean" if not case.violates else "to be found"
        print(f"{case.name:44}{verdict:13}{len(result.told)} told", file=sys.stderr, flush=True)
        results.append(result)
    return results


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--record", type=Path, metavar="DIR", help="keep the model's answers")
    way.add_argument("--replay", type=Path, metavar="DIR", help="answer from what was kept")
    way.add_argument("--oracle", action="store_true", help="a fake that knows the labels")
    way.add_argument("--lying", action="store_true", help="a fake that invents")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the score, for programs")
    parser.add_argument("--case", action="append", metavar="NAME", help="only this one")
    return parser.parse_args()


if __name__ == "__main__":
    main()
