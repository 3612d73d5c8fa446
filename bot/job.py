"""The job of a workflow: its log, its outputs and its summary, as GitHub's runner reads them.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

import base64
import contextlib
import os
import re
import secrets
import sys
from collections.abc import Iterator, Mapping

from bot.errors import ArchitraveError

# GitHub refuses a larger summary of a step as a whole, and says so nowhere near it.
SUMMARY_LIMIT = 1 << 20
_SECRETS = (
    "ANTHROPIC_API_KEY",
    "GITHUB_TOKEN",
    "GITHUB_APP_PRIVATE_KEY",
    "GITHUB_WEBHOOK_SECRET",
)
# To mask what is shorter would make the log unreadable, and it is no secret.
_SHORTEST = 8
_CUT = "\n_What follows is left out: a summary holds 1 MiB._\n"
_FENCE = re.compile(r"`{3,}")


class Job:
    """What a job shows. Anywhere but on a runner its log is plain text and it has no commands."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._is_on_runner = environ.get("GITHUB_ACTIONS") == "true"
        self._mark = secrets.token_hex(16)

    def mask(self) -> None:
        """Have the runner hide the secrets it gave, whole and as they are sent."""
        if not self._is_on_runner:
            return
        from bot.publishers import annotations

        lines = []
        for name in _SECRETS:
            value = self._environ.get(name, "")
            # Keys may stand in one line, as `bot.github_settings` takes them.
            lines += [*value.splitlines(), *value.replace("\\n", "\n").splitlines()]
        if token := self._environ.get("GITHUB_TOKEN"):
            lines.append(base64.b64encode(f"x-access-token:{token}".encode()).decode())
        for line in dict.fromkeys(lines):
            if len(line) > _SHORTEST:
                sys.stdout.write(f"::add-mask::{annotations.data(line)}\n")
        sys.stdout.flush()

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """While it lasts no line of the log is a command to the runner, whoever has written it; only
        `command` and `error` are."""
        self._stop()
        try:
            yield
        finally:
            self._resume()

    def say(self, text: str) -> None:
        """A line of the log."""
        from bot import wording

        print(wording.visible(text), flush=True)

    def command(self, text: str) -> None:
        """Lines that the runner is to take as commands."""
        self._resume()
        sys.stdout.write(text)
        self._stop()

    def error(self, message: str, hint: str = "") -> None:
        """What went wrong and what to do, at the top of the page of the job."""
        from bot import wording
        from bot.publishers import annotations

        text = " ".join(f"{message} {hint}".split())
        if self._is_on_runner:
            self.command(annotations.command("error", {"title": "Architrave"}, text) + "\n")
        else:
            print(f"review-action: {wording.visible(text)}", file=sys.stderr)

    def output(self, values: Mapping[str, str]) -> None:
        """Outputs of the step; the last word on each counts."""
        # A delimiter nobody can guess: what is between is not ours alone.
        mark = f"end-{secrets.token_hex(16)}"
        rows = [f"{name}<<{mark}\n{value}\n{mark}\n" for name, value in values.items()]
        self._append("GITHUB_OUTPUT", "".join(rows))

    def summary(self, text: str) -> None:
        """More of the page of the job, in Markdown; what does not fit is left out, and that is said."""
        path = self._environ.get("GITHUB_STEP_SUMMARY", "")
        there = os.path.getsize(path) if path and os.path.exists(path) else 0
        self._append("GITHUB_STEP_SUMMARY", fitting(text, SUMMARY_LIMIT - there))

    @property
    def sarif_file(self) -> str:
        """Where SARIF is wanted; "" for nowhere. The next step looks for it from the workspace."""
        path = self._environ.get("INPUT_SARIF_FILE", "")
        return os.path.join(self._environ.get("GITHUB_WORKSPACE", ""), path) if path else ""

    def write_sarif(self, text: str) -> None:
        """Write it where it is wanted. Raises `ArchitraveError`."""
        path = self.sarif_file
        if not path:
            return
        try:
            with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError as error:
            raise ArchitraveError(
                f"sarif-file cannot be written: {path}: {error.strerror}", "Name another path."
            ) from error

    def _append(self, name: str, text: str) -> None:
        if path := self._environ.get(name):
            with open(path, "a", encoding="utf-8", errors="replace") as file:
                file.write(text)

    def _stop(self) -> None:
        if self._is_on_runner:
            print(f"::stop-commands::{self._mark}", flush=True)

    def _resume(self) -> None:
        if self._is_on_runner:
            print(f"::{self._mark}::", flush=True)


def fitting(text: str, most: int) -> str:
    """*text* in at most *most* bytes of UTF-8: cut before a heading, so that no code is left open."""
    if len(text.encode(errors="replace")) <= most:
        return text
    left = most - len(_CUT.encode())
    kept, end, fence = 0, 0, ""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if not fence and line.startswith("#"):
            end = number
        if found := _FENCE.match(line):
            if not fence:
                fence = found[0]
            elif line.strip() == fence:
                fence = ""
        kept += len(line.encode(errors="replace"))
        if kept > left:
            break
    return "".join(lines[:end]) + _CUT if left >= 0 else ""
