"""`review-action`: a workflow's event to an errand, its outcome to the job: summary, outputs, exit code.

The job tells whether the review ran; whether the pull request may be merged is said by the status
`architrave` on its head. Only where the token cannot write that is the job's own outcome the gate.
"""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.errors import ArchitraveError

if TYPE_CHECKING:
    from bot.events import Errand
    from bot.offices import Gate, Office
    from bot.outside.github import Hub
    from bot.settings import Settings

RAN, BLOCKED, WRONG, INCOMPLETE = 0, 1, 2, 3
# GitHub refuses a larger summary as a whole.
_MOST_SUMMARY = 1_000_000
_MOST_EVENT = 25 << 20
_READ_ONLY = (
    "The token of this workflow may not write to the pull request, so what was found is only here."
    " For pull requests from forks use the event pull_request_target (docs/github.md)."
)
_NOTHING = {"verdict": "none", "findings": "0", "waiting": "0", "sarif-file": ""}
_UNSETTLED = (
    "For pull requests from forks GitHub gives this event a token that may only read; a comment"
    " `/architrave settle` or the schedule weighs them (docs/github.md)."
)


def main() -> int:
    """Do what the event asks for and return the exit code; errors become messages here."""
    from bot import settings
    from bot.outside.git_objects import GitFailed
    from bot.outside.github import GitHubFailed

    given = settings.load()
    _mask(given.environ)
    # Said again by whatever is reviewed; the last word counts.
    _output(given.environ, _NOTHING)
    try:
        return _run(given)
    except ArchitraveError as error:
        _complain(error.message, error.hint)
        return WRONG
    except (GitHubFailed, GitFailed) as error:
        _complain(str(error), "This is no pass; the gate stays closed. Run the job again.")
        return INCOMPLETE
    except Exception as error:  # noqa: BLE001 - told, and never a pass
        _complain(
            f"Internal failure: {type(error).__name__}: {error}",
            "This is no pass; the gate stays closed. Please report it.",
        )
        return INCOMPLETE


def entry() -> None:
    """The console script."""
    sys.exit(main())


def _run(given: "Settings") -> int:
    from bot import events
    from bot.github_settings import github_settings
    from bot.outside.github import open_hub

    name, here = (given.environ.get(f"GITHUB_{each}", "") for each in ("EVENT_NAME", "REPOSITORY"))
    errand = events.read(name, _event(given.environ), here)
    if errand.kind == "nothing":
        _say(f"Nothing to do: {errand.says}.")
        return RAN
    if errand.kind == "record":
        _say("Nothing to do: records of merged pull requests are kept by the service.")
        return RAN
    hub = open_hub(github_settings(given.environ), errand.repository, errand.installation)
    return _do(errand, hub, given)


def _event(environ: Mapping[str, str]) -> Any:
    path = environ.get("GITHUB_EVENT_PATH", "")
    try:
        with open(path, "rb") as file:
            event = json.loads(file.read(_MOST_EVENT))
    except (OSError, ValueError, RecursionError) as error:
        raise ArchitraveError(
            "GITHUB_EVENT_PATH names no event that can be read",
            "review-action runs in a GitHub workflow; before a push use review-local.",
        ) from error
    return event if isinstance(event, dict) else {}


def _do(errand: "Errand", hub: "Hub", given: "Settings") -> int:
    from contextlib import closing

    from bot import offices, pull_requests
    from bot.judge_settings import judge_settings
    from bot.judged import Asked
    from bot.outside.cache import Cache

    with closing(Cache(given.cache_folder)) as cache:
        asked = Asked(judge_settings(given.environ))
        office = offices.office(hub, given, cache, asked)
        if errand.by and not offices.may_command(errand.by, office):
            _say("Nothing to do: commands are for people who may write to this repository.")
            return RAN
        if errand.kind == "settle-all":
            for number, _ in hub.open_pull_requests():
                _settle(number, office)
            return RAN
        number = errand.number or _number_of(errand.commit, hub)
        if not number:
            _say("Nothing to do: no open pull request has this head.")
            return RAN
        if errand.kind == "explain":
            pull_requests.explain(number, errand.argument, office)
            return RAN
        if errand.kind == "queue":
            return _told(pull_requests.queue(number, errand.commit, office), given)
        if errand.kind == "settle" and _settle(number, office):
            return RAN
        # Of the jobs of a pull request that wait for each other GitHub drops all but the newest: it
        # takes over what a dropped one was to do.
        return _told(pull_requests.review(number, office), given)


def _number_of(commit: str, hub: "Hub") -> int:
    return next(
        (number for number, head in hub.open_pull_requests() if commit and head == commit), 0
    )


def _settle(number: int, office: "Office") -> bool:
    """Weigh the answers; whether there was a review of the newest commit to weigh them by."""
    from bot import pull_requests
    from bot.outside.github import GitHubFailed

    try:
        gate = pull_requests.settle(number, office)
    except GitHubFailed as failed:
        if failed.status != 403 or failed.retry_after is not None:
            raise
        raise ArchitraveError(
            f"The answers on #{number} were not weighed: {failed}", _UNSETTLED
        ) from failed
    _say(f"#{number}: {gate.says}.")
    return gate.state != "pending"


def _told(gate: "Gate", given: "Settings") -> int:
    """Tell the job what came of a review."""
    verdict = gate.review.verdict if gate.review else ""
    _say(f"{gate.says}.")
    found = 0
    if gate.review is not None:
        from bot import publishers, wording

        found = len([each for each in wording.shown(gate.review) if each.label != "fixed"])
        paper = publishers.Paper(width=100, colour=False, verbose=False)
        summary = publishers.load("markdown").render(gate.review, paper)
        if not gate.is_told:
            summary = f"> {_READ_ONLY}\n\n{summary}"
            sys.stdout.write(publishers.load("github").render(gate.review, paper))
        _append(given.environ.get("GITHUB_STEP_SUMMARY"), _fitting(summary))
        _write_sarif(given.environ, publishers.load("sarif").render(gate.review, paper))
    _output(
        given.environ,
        {
            "verdict": verdict or "none",
            "findings": str(found),
            "waiting": str(gate.waiting),
            "sarif-file": _sarif_file(given.environ) if gate.review else "",
        },
    )
    if not gate.is_told:
        _complain(_READ_ONLY, "")
        return {"passed": RAN, "blocked": BLOCKED}.get(verdict, INCOMPLETE)
    return INCOMPLETE if gate.state == "error" else RAN


def _fitting(summary: str) -> str:
    data = summary.encode(errors="replace")
    if len(data) <= _MOST_SUMMARY:
        return summary
    return data[:_MOST_SUMMARY].decode(errors="ignore").rpartition("\n")[0] + "\n\n(cut)\n"


def _sarif_file(environ: Mapping[str, str]) -> str:
    """Where SARIF is wanted; the next step of the job looks for it from the workspace."""
    path = environ.get("INPUT_SARIF_FILE", "")
    return os.path.join(environ.get("GITHUB_WORKSPACE", ""), path) if path else ""


def _write_sarif(environ: Mapping[str, str], text: str) -> None:
    path = _sarif_file(environ)
    if not path:
        return
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise ArchitraveError(
            f"sarif-file cannot be written: {path}: {error.strerror}", "Name another path."
        ) from error


def _output(environ: Mapping[str, str], values: Mapping[str, str]) -> None:
    # A delimiter nobody can guess: what is between is not ours alone.
    mark = f"end-{secrets.token_hex(16)}"
    rows = [f"{name}<<{mark}\n{value}\n{mark}\n" for name, value in values.items()]
    _append(environ.get("GITHUB_OUTPUT"), "".join(rows))


def _append(path: str | None, text: str) -> None:
    if path:
        with open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)


def _mask(environ: Mapping[str, str]) -> None:
    if environ.get("GITHUB_ACTIONS") != "true":
        return
    for name in ("ANTHROPIC_API_KEY", "GITHUB_TOKEN", "GITHUB_APP_PRIVATE_KEY"):
        for line in environ.get(name, "").splitlines():
            if len(line) > 8:
                sys.stdout.write(f"::add-mask::{line}\n")
    sys.stdout.flush()


def _say(text: str) -> None:
    """Print where no line of it can be a command to the runner."""
    from bot import wording

    print(wording.visible(text).replace("::", ": :"), flush=True)


def _complain(message: str, hint: str) -> None:
    from bot import wording

    text = " ".join(wording.visible(part) for part in f"{message} {hint}".split())
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print(f"::error title=Architrave::{escaped}", flush=True)
    else:
        print(f"review-action: {text}", file=sys.stderr)
