"""One job done with the bot: whom to speak as, what came of it, and whether to try again."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from bot.errors import ArchitraveError, Stopped, unstoppable
from webhooks.jobs import Job

if TYPE_CHECKING:
    from bot.examination import Examined
    from bot.merges import Merged, Reviewed
    from bot.offices import Gate, Office
    from bot.outside.cache import Kept
    from bot.outside.github import Hub
    from bot.precision import Learned

_log = logging.getLogger("architrave")
MOST_ATTEMPTS = 6
# A limit of GitHub's passes by itself; it says when.
_MOST_LIMITED = 30
# Of GitHub's calls of an hour so much is kept for answers: reviews wait for the next hour.
_RESERVE = 0.1
# A worker does something else while GitHub asks it to wait longer.
_LONGEST_NAP = 3.0
_PAUSE, _LONGEST_PAUSE = 5.0, 900.0
_LAST_PAUSE = 120.0
_T = TypeVar("_T")


class Desk(NamedTuple):
    """What a job is done with: the environment, the folder of caches, where verdicts are kept if not
    there, and what raises `Stopped` when the job is not wanted any more."""

    environ: Mapping[str, str]
    folder: str
    verdicts: "Kept | None" = None
    stop: Callable[[], None] = unstoppable
    # Hears until when GitHub has little left for us, when a job is over.
    scarce: Callable[[float], None] = lambda until: None
    learned: "Learned | None" = None


class Outcome(NamedTuple):
    """What came of a job. *again_in* are seconds to wait before another attempt, if there is one;
    *is_due* asks for a review, since all that has a conversation is answered and more waits."""

    ok: bool
    says: str
    again_in: float | None = None
    failure: str = ""
    is_due: bool = False

    def row(self) -> dict[str, Any]:
        return self._asdict()


class Looked(NamedTuple):
    """What a look at a pull request has come to: what was found and is to be published, and the check
    run that says there that it is running; or, where nothing is to be published, how the gate stands."""

    examined: "Examined | None"
    check: int | None
    gate: "Gate | None" = None


def do(job: Job, desk: Desk) -> tuple[Outcome, "Gate | None"]:
    """Do a job that is no review. Never raises, as `tried` does not."""
    outcome, gate = tried(job, lambda: _do(job, desk))
    if gate is None:
        return outcome, None
    return outcome._replace(says=gate.says, is_due=job.kind == "settle" and gate.is_due), gate


def look(job: Job, desk: Desk) -> tuple[Outcome, Looked | None]:
    """Look at a pull request as it is now. Never raises, as `tried` does not."""
    return tried(job, lambda: _look(job, desk))


def publish(
    job: Job, desk: Desk, examined: "Examined", check: int | None
) -> tuple[Outcome, "Gate | None"]:
    """Say on a pull request what was found, once. Never raises, as `tried` does not."""
    outcome, gate = tried(job, lambda: _publish(job, desk, examined, check))
    return outcome._replace(says=gate.says) if gate else outcome, gate


def attest(
    job: Job, desk: Desk, reviews: "Mapping[str, Reviewed]"
) -> tuple[Outcome, "Merged | None"]:
    """What is known of a merged pull request. Never raises, as `tried` does not."""
    from bot import merges

    def act() -> "Merged":
        with _office(job, desk) as office:
            return merges.attest(job.number, office, reviews)

    return tried(job, act)


def tried(job: Job, act: Callable[[], _T]) -> tuple[Outcome, _T | None]:
    """Act for a job. A failure is an outcome, and is said on the pull request by the bot."""
    from bot.outside.git_objects import GitFailed
    from bot.outside.github_calls import GitHubFailed

    try:
        found = act()
    except Stopped as stopped:
        return Outcome(True, f"ended: {stopped}"), None
    except GitHubFailed as failed:
        return of_github(failed, job), None
    except GitFailed as failed:
        return again(job, f"git: {failed}", "git"), None
    except ArchitraveError as error:
        return Outcome(False, error.message, failure="configuration"), None
    except Exception as error:  # noqa: BLE001 - told, tried again, and never a pass
        _log.exception("job %s %s failed", job.kind, job.pull)
        return again(job, f"{type(error).__name__}: {error}", "internal"), None
    return Outcome(True, "done"), found


def of_github(failed: Any, job: Job) -> Outcome:
    """What GitHub's refusal means for a job."""
    if failed.retry_after is not None:
        if job.attempt >= _MOST_LIMITED:
            return Outcome(False, str(failed), failure="limit")
        return Outcome(False, str(failed), max(1.0, failed.retry_after), "limit")
    # A remark that may have been written after all is not written again.
    if job.kind != "explain" and failed.status in (0, 408, 429, 500, 502, 503, 504):
        return again(job, str(failed), "github")
    # A token that was revoked, or a clock that is off: another attempt has a new token.
    if failed.status == 401:
        return again(job, str(failed), "github 401")
    # Suspended, uninstalled, deleted, without the rights: nothing that another attempt mends.
    return Outcome(False, str(failed), failure=f"github {failed.status}")


def again(job: Job, says: str, failure: str) -> Outcome:
    """Another attempt, later each time, until there have been enough."""
    if job.attempt >= MOST_ATTEMPTS:
        return Outcome(False, says, failure=failure)
    pause = min(_PAUSE * 3 ** (job.attempt - 1), _LONGEST_PAUSE)
    return Outcome(False, says, pause, failure)


@contextmanager
def _office(job: Job, desk: Desk) -> "Iterator[Office]":
    from bot import judged, offices, settings
    from bot.judge_settings import judge_settings
    from bot.outside.cache import Cache

    given = settings.load(desk.environ)._replace(cache_folder=os.path.join(desk.folder, "cache"))
    hub = hub_of(job, desk.environ)
    with closing(Cache(given.cache_folder)) as cache:
        asked = judged.Asked(judge_settings(desk.environ), verdicts=desk.verdicts)
        try:
            office = offices.office(hub, given, cache, asked)._replace(stop=desk.stop)
            yield office._replace(learned=desk.learned) if desk.learned else office
        finally:
            little = [
                each for each in hub.calls.allowances.values() if each.left < _RESERVE * each.limit
            ]
            desk.scarce(max((each.until for each in little), default=0.0))


def _look(job: Job, desk: Desk) -> Looked:
    from bot import pull_requests

    with _office(job, desk) as office:
        begun = pull_requests.begin(job.number, office)
        if begun is None:
            return Looked(None, None, pull_requests.CLOSED)
        examined = pull_requests.examine(begun, office)
        if not begun.is_told:
            return Looked(None, None, pull_requests.seen(examined))
        return Looked(examined, office.hub.running.get(begun.pull.head))


def _publish(job: Job, desk: Desk, examined: "Examined", check: int | None) -> "Gate":
    from bot import pull_requests

    with _office(job, desk) as office:
        if check is not None:
            office.hub.running[examined.review.change.head] = check
        return pull_requests.publish(job.number, examined, office)


def hub_of(job: Job, environ: Mapping[str, str]) -> "Hub":
    """The repository as GitHub shows it to us."""
    from bot.github_settings import github_settings
    from bot.outside.github import open_hub

    hub = open_hub(github_settings(environ), job.repository, job.installation or None)
    hub.calls.longest_pause = _LONGEST_NAP
    if job.attempt >= _MOST_LIMITED:
        # Nobody comes back to say it.
        hub.calls.last_pause = _LAST_PAUSE
    return hub


def _do(job: Job, desk: Desk) -> "Gate | None":
    from bot import merge_queue, pull_requests

    with _office(job, desk) as office:
        if job.kind == "explain":
            pull_requests.explain(job.number, job.argument, office)
            return None
        if job.kind == "queue":
            return merge_queue.check(job.number, job.commit, job.argument, office)
        return pull_requests.settle(job.number, office)


def may(job: Job, environ: Mapping[str, str]) -> bool:
    """Whether whoever gave a command may. Raises `GitHubFailed`."""
    from bot.conversation import MAY_WRITE

    return not job.by or hub_of(job, environ).permission(job.by) in MAY_WRITE


def numbers(job: Job, environ: Mapping[str, str]) -> list[int]:
    """The open pull requests that have a job's commit as their head. Raises `GitHubFailed`."""
    pulls = hub_of(job, environ).open_pull_requests()
    return [number for number, head in pulls if head == job.commit]
