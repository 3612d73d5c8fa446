"""`review-action`: a workflow's event to an errand, its outcome to the job: summary, outputs, exit code.

The job tells whether the review ran; whether the pull request may be merged is said by the status
`architrave` on its head. Only where the token cannot write that is the job's own outcome the gate.
"""

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.errors import ArchitraveError
from bot.job import Job

if TYPE_CHECKING:
    from bot.events import Errand
    from bot.offices import Gate, Office
    from bot.outside.github import Hub
    from bot.settings import Settings

RAN, BLOCKED, WRONG, INCOMPLETE = 0, 1, 2, 3
_MOST_EVENT = 25 << 20
# Of the fifteen minutes that a job has (docs/github.md).
_LAST_PAUSE = 300.0
_READ_ONLY = (
    "The token of this workflow may not write to the pull request, so what was found is only here and in"
    " the annotations, and this job is the gate. To pull requests from forks and from Dependabot GitHub"
    " gives such tokens: use the event pull_request_target. To others the workflow has to give"
    " `pull-requests: write` and `statuses: write` (docs/github.md)."
)
_NOTHING = {"verdict": "none", "findings": "0", "waiting": "0", "sarif-file": ""}
_MOVED_ON = (
    "Nothing to do: no open pull request has this head. Where it has moved on, the workflow runs on the"
    " newest commit too, and that is reviewed."
)
_UNSETTLED = (
    "For pull requests from forks GitHub gives this event a token that may only read; a comment"
    " `/architrave settle` or the schedule weighs them (docs/github.md)."
)


def main() -> int:
    """Do what the event asks for and return the exit code; errors become messages here."""
    from bot import settings

    given = settings.load()
    job = Job(given.environ)
    job.mask()
    with job.guarded():
        # Said again by whatever is reviewed.
        job.output(_NOTHING)
        return _attempt(given, job)


def _attempt(given: "Settings", job: Job) -> int:
    from bot.outside.git_objects import GitFailed
    from bot.outside.github_calls import GitHubFailed

    try:
        return _run(given, job)
    except ArchitraveError as error:
        job.error(error.message, error.hint)
        return WRONG
    except (GitHubFailed, GitFailed) as error:
        wait = error.retry_after if isinstance(error, GitHubFailed) else None
        hint = (
            "Run the job again"
            if wait is None
            else f"GitHub asks to wait {wait:.0f} s; then run the job again"
        )
        job.error(str(error), f"This is no pass; the gate stays closed. {hint}.")
        return INCOMPLETE
    except Exception as error:  # noqa: BLE001 - told, and never a pass
        job.error(
            f"Internal failure: {type(error).__name__}: {error}",
            "This is no pass; the gate stays closed. Please report it.",
        )
        return INCOMPLETE


def entry() -> None:
    """The console script."""
    sys.exit(main())


def _run(given: "Settings", job: Job) -> int:
    from bot import events
    from bot.github_settings import github_settings
    from bot.outside.github import open_hub

    name, here = (given.environ.get(f"GITHUB_{each}", "") for each in ("EVENT_NAME", "REPOSITORY"))
    errand = events.read(name, _event(given.environ), here)
    if errand.kind == "nothing":
        job.say(f"Nothing to do: {errand.says}.")
        return RAN
    if errand.kind == "record":
        job.say("Nothing to do: records of merged pull requests are kept by the service.")
        return RAN
    hub = open_hub(github_settings(given.environ), errand.repository, errand.installation)
    hub.calls.last_pause = _LAST_PAUSE
    return _do(errand, hub, given, job)


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


def _do(errand: "Errand", hub: "Hub", given: "Settings", job: Job) -> int:
    from contextlib import closing

    from bot import merge_queue, offices, pull_requests
    from bot.judge_settings import judge_settings
    from bot.judged import Asked
    from bot.outside.cache import Cache

    with closing(Cache(given.cache_folder)) as cache:
        asked = Asked(judge_settings(given.environ))
        office = offices.office(hub, given, cache, asked)
        if errand.by and not offices.may_command(errand.by, office):
            job.say("Nothing to do: commands are for people who may write to this repository.")
            return RAN
        if errand.kind == "settle-all":
            return _settle_all(office, job)
        if not errand.number:
            return _after(errand, office, job)
        number = errand.number
        if errand.kind == "explain":
            pull_requests.explain(number, errand.argument, office)
            return RAN
        if errand.kind == "queue":
            return _told(merge_queue.check(number, errand.commit, errand.argument, office), job)
        if errand.kind == "settle":
            gate = _settle(number, office, job)
            if gate.state != "pending" and not gate.is_due:
                return RAN
        # Of the jobs of a pull request that wait for each other GitHub drops all but the newest: it
        # takes over what a dropped one was to do. And where all is answered, others are told next.
        return _told(pull_requests.review(number, office), job)


def _after(errand: "Errand", office: "Office", job: Job) -> int:
    """Review what has the head that another workflow ran on: seldom more than one."""
    from bot import pull_requests

    numbers = office.hub.with_head(errand.commit, errand.head_repository, errand.branch)
    if not numbers:
        job.say(_MOVED_ON)
    return max((_told(pull_requests.review(each, office), job) for each in numbers), default=RAN)


def _settle_all(office: "Office", job: Job) -> int:
    """A round over all that are open: one that fails keeps none of the others waiting."""
    from bot import rounds
    from bot.outside.git_objects import GitFailed
    from bot.outside.github_calls import GitHubFailed

    code = RAN
    for number, _ in office.hub.open_pull_requests():
        try:
            job.say(f"#{number}: {rounds.visit(number, office).says}.")
        except (GitHubFailed, GitFailed, ArchitraveError) as failed:
            if isinstance(failed, GitHubFailed) and failed.retry_after is not None:
                raise
            job.error(f"#{number} was passed over: {failed}")
            code = INCOMPLETE
    return code


def _settle(number: int, office: "Office", job: Job) -> "Gate":
    """Weigh the answers by the review of the newest commit; pending where there is none."""
    from bot import pull_requests
    from bot.outside.github_calls import GitHubFailed

    try:
        gate = pull_requests.settle(number, office)
    except GitHubFailed as failed:
        if failed.status != 403 or failed.retry_after is not None:
            raise
        raise ArchitraveError(
            f"The answers on #{number} were not weighed: {failed}", _UNSETTLED
        ) from failed
    job.say(f"#{number}: {gate.says}.")
    return gate


def _told(gate: "Gate", job: Job) -> int:
    """Tell the job what came of a review."""
    verdict = gate.review.verdict if gate.review else ""
    job.say(f"{gate.says}.")
    if not gate.is_told:
        # Before the others: of errors GitHub shows the first ten.
        job.error(_READ_ONLY)
    found = 0
    if gate.review is not None:
        from bot import publishers, wording

        found = len([each for each in wording.shown(gate.review) if each.label != "fixed"])
        paper = publishers.Paper(width=100, colour=False, verbose=False)
        summary = publishers.load("markdown").render(gate.review, paper)
        if not gate.is_told:
            summary = f"> {_READ_ONLY}\n\n{summary}"
            job.command(publishers.load("github").render(gate.review, paper))
        job.summary(summary)
        job.write_sarif(publishers.load("sarif").render(gate.review, paper))
    job.output(
        {
            "verdict": verdict or "none",
            "findings": str(found),
            "waiting": str(gate.waiting),
            "sarif-file": job.sarif_file if gate.review else "",
        },
    )
    if not gate.is_told:
        return {"passed": RAN, "blocked": BLOCKED}.get(verdict, INCOMPLETE)
    return INCOMPLETE if gate.state == "error" else RAN
