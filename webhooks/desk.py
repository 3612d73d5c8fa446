"""One job done with the bot: whom to speak as, what came of it, and whether to try again."""

import logging
import os
from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.errors import ArchitraveError
from webhooks.jobs import Job

if TYPE_CHECKING:
    from bot.offices import Gate, Office
    from bot.outside.github import Hub

_log = logging.getLogger("architrave")
MOST_ATTEMPTS = 6
# A limit of GitHub's passes by itself; it says when.
_MOST_LIMITED = 30
# A worker does something else while GitHub asks it to wait longer.
_LONGEST_NAP = 3.0
_PAUSE, _LONGEST_PAUSE = 5.0, 900.0


class Outcome(NamedTuple):
    """What came of a job. *again_in* are seconds to wait before another attempt, if there is one."""

    ok: bool
    says: str
    again_in: float | None = None
    failure: str = ""

    def row(self) -> dict[str, Any]:
        return self._asdict()


def do(job: Job, environ: Mapping[str, str], folder: str) -> tuple[Outcome, "Gate | None"]:
    """Do a job. Never raises: a failure is an outcome, and is said on the pull request by the bot."""
    from bot.outside.git_objects import GitFailed
    from bot.outside.github import GitHubFailed

    try:
        gate = _do(job, environ, folder)
    except GitHubFailed as failed:
        return of_github(failed, job), None
    except GitFailed as failed:
        return again(job, f"git: {failed}", "git"), None
    except ArchitraveError as error:
        return Outcome(False, error.message, failure="configuration"), None
    except Exception as error:  # noqa: BLE001 - told, tried again, and never a pass
        _log.exception("job %s %s failed", job.kind, job.pull)
        return again(job, f"{type(error).__name__}: {error}", "internal"), None
    return Outcome(True, gate.says if gate else "done"), gate


def of_github(failed: Any, job: Job) -> Outcome:
    """What GitHub's refusal means for a job."""
    if failed.retry_after is not None:
        if job.attempt >= _MOST_LIMITED:
            return Outcome(False, str(failed), failure="limit")
        return Outcome(False, str(failed), max(1.0, failed.retry_after), "limit")
    # A remark that may have been written after all is not written again.
    if job.kind != "explain" and failed.status in (0, 408, 429, 500, 502, 503, 504):
        return again(job, str(failed), "github")
    # Suspended, uninstalled, deleted, without the rights: nothing that another attempt mends.
    return Outcome(False, str(failed), failure=f"github {failed.status}")


def again(job: Job, says: str, failure: str) -> Outcome:
    """Another attempt, later each time, until there have been enough."""
    if job.attempt >= MOST_ATTEMPTS:
        return Outcome(False, says, failure=failure)
    pause = min(_PAUSE * 3 ** (job.attempt - 1), _LONGEST_PAUSE)
    return Outcome(False, says, pause, failure)


def _do(job: Job, environ: Mapping[str, str], folder: str) -> "Gate | None":
    from bot import judged, offices, settings
    from bot.judge_settings import judge_settings
    from bot.outside.cache import Cache

    given = settings.load(environ)._replace(cache_folder=os.path.join(folder, "cache"))
    hub = hub_of(job, environ)
    with closing(Cache(given.cache_folder)) as cache:
        asked = judged.Asked(judge_settings(environ))
        office = offices.office(hub, given, cache, asked)
        return _act(job, office)


def hub_of(job: Job, environ: Mapping[str, str]) -> "Hub":
    """The repository as GitHub shows it to us."""
    from bot.github_settings import github_settings
    from bot.outside.github import open_hub

    hub = open_hub(github_settings(environ), job.repository, job.installation or None)
    hub.longest_pause = _LONGEST_NAP
    return hub


def _act(job: Job, office: "Office") -> "Gate | None":
    from bot import pull_requests

    if job.kind == "explain":
        pull_requests.explain(job.number, job.argument, office)
        return None
    if job.kind == "queue":
        return pull_requests.queue(job.number, job.commit, office)
    if job.kind == "settle":
        return pull_requests.settle(job.number, office)
    return pull_requests.review(job.number, office)


def may(job: Job, environ: Mapping[str, str]) -> bool:
    """Whether whoever gave a command may. Raises `GitHubFailed`."""
    from bot.conversation import MAY_WRITE

    return not job.by or hub_of(job, environ).permission(job.by) in MAY_WRITE


def numbers(job: Job, environ: Mapping[str, str]) -> list[int]:
    """The open pull requests that have a job's commit as their head. Raises `GitHubFailed`."""
    pulls = hub_of(job, environ).open_pull_requests()
    return [number for number, head in pulls if head == job.commit]
