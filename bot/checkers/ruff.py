"""Rules whose breach Ruff finds: `check: ruff`, `options: {codes: [F821, ...]}`.

Ruff runs beside regular files in a folder of our own, under settings of our own
(`bot.ruff_settings`), once for each side. `# noqa` is not obeyed: who wrote it is under review.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot import options, paths
from bot.analysis import FINDINGS_LIMIT, Workshop
from bot.domain import Edit, Finding, Fix, Measure, Rule, Source
from bot.options import Option
from bot.outside import commands, installed
from bot.outside.confinement import CANNOT_START, confined
from bot.outside.worker import Failure
from bot.outside.workspace import SIDES, Workspace

NAME = "ruff"
READS = "ruff"
COMMENTS = False

SYNTAX_ERROR = "invalid-syntax"
_UNREADABLE = "E902"
OPTIONS: options.Table = {
    "codes": Option(
        "a list of Ruff codes such as F821",
        {
            "type": "array",
            "items": {"type": "string", "pattern": rf"^([A-Z]{{1,8}}\d{{0,4}}|{SYNTAX_ERROR})$"},
            "minItems": 1,
        },
        required=True,
    ),
    "comments": Option("true where a code looks into comments", options.FLAG),
}
# A handler that says nothing is told once, though it is often too broad as well.
_SILENT, _BROAD = ("S110", "S112"), ("BLE001", "E722")
_OVER = re.compile(r"\((\d+) > (\d+)\)")
# Linux takes 2 MiB in all, others a quarter of it.
_ARGUMENT_BYTES = 100_000
_START_SECONDS = 30.0
_FILE_SECONDS = 0.5


def applies(path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file of this name is for these rules."""
    return paths.may_be_python(path)


def check_options(given: Mapping[str, Any]) -> list[str]:
    """What is wrong with a rule's options, one sentence each."""
    return options.problems(NAME, OPTIONS, given)


def codes(rules: Sequence[Rule]) -> list[str]:
    """What Ruff is to select for these rules."""
    wanted = {code for rule in rules for code in rule.options["codes"]}
    return sorted((wanted - {SYNTAX_ERROR}) | {_UNREADABLE})


class RuffTool:
    """Runs Ruff over all files of a side at once, and over ever fewer when it crashes."""

    name = NAME

    def __init__(self, settings: Mapping[str, str], environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._environ = environ
        self._running: list[tuple[str, list[Source], commands.Running]] = []
        self._runs = 0
        self._answers: dict[Source, Any] = {}

    def key(self, source: Source) -> str:
        folders = [folder for folder in paths.folders(source.path) if folder in self._settings]
        # The folder counts: Ruff reads the globs of its settings from there.
        governing = f"{folders[-1]!a}|{self._settings[folders[-1]]}" if folders else ""
        return f"ruff|{source.blob}|{installed.ruff_tag()}|{source.path!a}|{governing}"

    def start(self, workshop: Workshop) -> None:
        """Nothing to start ahead: Ruff starts in 4 ms."""
        self._stop = workshop.stop

    def feed(self, workspace: Workspace, sources: Sequence[Source]) -> None:
        self._workspace, self._sources = workspace, sources
        for side in SIDES:
            own = [source for source in sources if source.side == side and _nameable(source.path)]
            try:
                self._write_settings(workspace, side)
            except OSError as error:
                reason = Failure(f"Ruff's settings cannot be put in place: {error.strerror}")
                self._answers.update(dict.fromkeys(own, reason))
                continue
            for batch in _batches(own):
                self._launch(side, batch)

    def _write_settings(self, workspace: Workspace, side: str) -> None:
        for folder, text in self._settings.items():
            path = workspace.path(side, folder, "ruff.toml")
            if os.path.isdir(os.path.dirname(path)):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)

    def results(self) -> Sequence[Any]:
        answers = self._answers
        while self._running:
            side, sources, running = self._running.pop()
            finished = running.wait(_START_SECONDS + _FILE_SECONDS * len(sources), self._stop)
            if finished.code in (0, 1) and not finished.trouble:
                answers.update(self._read(finished.output, sources))
            elif len(sources) == 1 or finished.code in (2, CANNOT_START):
                answers.update(dict.fromkeys(sources, Failure(_complaint(finished))))
            else:
                # One file brought Ruff down; the others must not go unchecked for it.
                middle = len(sources) // 2
                for half in (sources[:middle], sources[middle:]):
                    self._launch(side, half)
        unnameable = Failure("its name is not UTF-8, which Ruff needs", lasting=True)
        return [answers.get(source, unnameable) for source in self._sources]

    def stop(self) -> None:
        for _, _, running in self._running:
            running.stop()

    def _launch(self, side: str, sources: list[Source]) -> None:
        self._runs += 1
        try:
            running = commands.Running(
                [
                    *confined(installed.ruff(), self._workspace.folder), "check", "--no-cache", "--no-fix", "--no-respect-gitignore",
                    "--ignore-noqa", "--quiet", "--output-format", "json", "--",
                    # "./": a name may begin with "@", which Ruff would open as a list of arguments.
                    *("./" + source.path for source in sources),
                ],
                environ=self._environ,
                cwd=self._workspace.path(side),
                stem=self._workspace.path(f"ruff-{self._runs}"),
            )  # fmt: skip
        except OSError as error:
            reason = Failure(f"Ruff is not installed or cannot start: {error.strerror}")
            self._answers.update(dict.fromkeys(sources, reason))
        else:
            self._running.append((side, sources, running))

    def _read(self, output: bytes, sources: Sequence[Source]) -> dict[Source, Any]:
        by_name = {
            self._workspace.path(source.side, *source.path.split("/")): source for source in sources
        }
        rows: dict[Source, Any] = {source: [] for source in sources}
        try:
            items = json.loads(output)
        except ValueError:
            return dict.fromkeys(sources, Failure("Ruff's answer cannot be read"))
        for item in items:
            source = by_name[item["filename"]]
            if item["code"] == _UNREADABLE:
                rows[source] = Failure(item["message"], lasting=True)
            elif not isinstance(rows[source], Failure):
                rows[source].append(_row(item))
        return rows


def findings(answer: Any, source: Source, rules: Sequence[Rule]) -> Iterator[Finding]:
    """What Ruff's answer for one file means under *rules*; of syntax errors only the first."""
    answer = answer[:FINDINGS_LIMIT]
    broken = False
    silent = {line for code, line, *_ in answer if code in _SILENT}
    for code, line, end_line, message, fix in answer:
        rule = _rule_of(code, rules)
        if rule is None or (broken and code == SYNTAX_ERROR) or (line in silent and code in _BROAD):
            continue
        broken = broken or code == SYNTAX_ERROR
        over = _OVER.search(message)
        yield Finding(
            rule=rule.id,
            checker=NAME,
            severity=rule.severity,
            path=source.path,
            start_line=line,
            end_line=end_line,
            message=message,
            code=code,
            fix=None if fix is None else Fix(fix[0], fix[1], tuple(Edit(*edit) for edit in fix[2])),
            measure=Measure(code, int(over[1]), int(over[2])) if over else None,
        )


def shortfall(answer: Any) -> str:
    """Where and why a file does not parse: Ruff then checks hardly anything else in it.

    Or that it found too much to compare.
    """
    if len(answer) > FINDINGS_LIMIT:
        return f"more than {FINDINGS_LIMIT} findings; only the first are compared"
    for code, line, _, message, _ in answer:
        if code == SYNTAX_ERROR:
            return f"line {line} does not parse: {message}"
    return ""


def _rule_of(code: str, rules: Sequence[Rule]) -> Rule | None:
    """The rule that names *code* most exactly; of equals the last, so a house rule wins."""
    best, length = None, 0
    for rule in rules:
        for known in rule.options["codes"]:
            if code.startswith(known) and len(known) >= length:
                best, length = rule, len(known)
    return best


def _row(item: Mapping[str, Any]) -> list[Any]:
    start, end = item["location"], item["end_location"]
    # An end at the first column stands for the end of the line before.
    last = end["row"] - (end["column"] == 1 and end["row"] > start["row"])
    fix = item["fix"]
    return [item["code"], start["row"], last, item["message"], None if fix is None else _fix(fix)]


def _fix(fix: Mapping[str, Any]) -> list[Any]:
    edits = [
        [
            edit["location"]["row"], edit["location"]["column"],
            edit["end_location"]["row"], edit["end_location"]["column"], edit["content"],
        ]
        for edit in fix["edits"]
    ]  # fmt: skip
    return [fix["message"] or "", fix["applicability"] == "safe", edits]


def _complaint(finished: commands.Finished) -> str:
    if finished.code == CANNOT_START:
        return f"Ruff is not installed or cannot start: {finished.complaint}"
    if finished.trouble or finished.code != 2:
        return finished.complaint
    return f"Ruff refused its settings or its files: {finished.complaint}"


def _batches(sources: Sequence[Source]) -> Iterator[list[Source]]:
    """The sources in runs whose names fit on a command line."""
    batch: list[Source] = []
    size = 0
    for source in sources:
        if batch and size + len(source.path) > _ARGUMENT_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(source)
        size += len(source.path) + 3
    if batch:
        yield batch


def _nameable(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
