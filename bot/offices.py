"""What errands on a repository need, how a gate stands, and whom an answer counts of."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from bot import judged, markers, precision, reconcile, wording
from bot.answers import Answer, Bench
from bot.conversation import MAY_WRITE, Person, PullRequest
from bot.domain import Policy, Review
from bot.errors import Stopped, unstoppable
from bot.outside.cache import Cache
from bot.outside.github import Hub, State
from bot.outside.github_calls import GitHubFailed
from bot.reconcile import Known
from bot.settings import Settings
from bot.sources.pull_request import Place


class Office(NamedTuple):
    """What an errand needs: GitHub, the cache, the model if there is one, and a secret for marks.

    *stop* is asked in the course of it, and raises `Stopped` when nobody waits for it any more.
    """

    hub: Hub
    settings: Settings
    cache: Cache
    asked: judged.Asked
    secret: str = ""
    stop: Callable[[], None] = unstoppable
    # What answers in merged pull requests have taught, where somebody remembers them.
    learned: precision.Learned = precision.NOTHING


class Gate(NamedTuple):
    """How the gate stands and what it says. *review* is None where nothing was reviewed; *is_told*
    is false where the token may not write, so that GitHub knows nothing of it. *answered* are the
    answers that count, of *head*; *threads* the first comments of conversations, by finding. Of those
    that wait, *untold* have no conversation yet."""

    state: State
    says: str
    waiting: int = 0
    review: Review | None = None
    is_told: bool = True
    answered: tuple[Answer, ...] = ()
    head: str = ""
    untold: int = 0
    threads: Mapping[str, int] = {}
    is_closed: bool = False

    @property
    def is_due(self) -> bool:
        """Whether all that has a conversation is answered, so that the next can have one."""
        return self.state != "success" and 0 < self.untold == self.waiting


def places(threads: Iterable[Known]) -> dict[str, int]:
    """The number of the comment that opened each conversation, by the finding it is about."""
    return {each.told.fingerprint: each.thread.remarks[0].id for each in threads}


def office(hub: Hub, given: Settings, cache: Cache, asked: judged.Asked) -> Office:
    """The office of one repository."""
    return Office(hub, given, cache, asked, secret_of(given.environ))


def secret_of(environ: Mapping[str, str]) -> str:
    """A secret that lasts, for signing marks, where the service has one (or more, while one is
    replaced); else ""."""
    return environ.get("GITHUB_WEBHOOK_SECRET", "").strip()


def origin(office: Office) -> Place:
    """Where the repository's objects come from, and where they are kept."""
    return Place(
        office.hub.settings.server_url,
        office.hub.token,
        os.path.join(office.settings.cache_folder or tempfile.gettempdir(), "repositories"),
        office.settings.environ,
        office.stop,
    )


@contextlib.contextmanager
def closed_on_failure(commit: str, office: Office) -> Iterator[None]:
    """Whatever fails or is called off within is said on a commit, and keeps its gate closed."""
    try:
        yield
    except Stopped as stopped:
        # "Running" would stand there for good. Where nobody may write any more, nothing is said.
        with contextlib.suppress(GitHubFailed):
            office.hub.set_gate(commit, "error", f"Not reviewed: {stopped}.")
        raise
    except BaseException as error:
        wait = error.retry_after if isinstance(error, GitHubFailed) else None
        # Whom GitHub has told to wait says nothing before; "running" keeps the gate closed too.
        if wait is None or office.hub.calls.rest(wait):
            reason = _reason(error) if wait is None else "GitHub asked to wait; review it again"
            with contextlib.suppress(GitHubFailed):
                office.hub.set_gate(commit, "error", f"Not reviewed: {reason}")
        raise


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return wording.visible(text)


def may_command(login: str, office: Office) -> bool:
    """Whether an account may give the bot commands."""
    return bool(login) and office.hub.permission(login) in MAY_WRITE


def known(pull: PullRequest, bot: Person, office: Office) -> list[Known]:
    return reconcile.known(pull.threads, bot, lambda body: markers.read_told(body, office.secret))


def bench(
    pull: PullRequest,
    bot: Person,
    office: Office,
    policy: Policy,
    owners: Mapping[str, str],
) -> Bench:
    def owns(owner: str, login: str) -> bool | None:
        if "/" in owner:
            return office.hub.is_member(owner, login)
        return owner.removeprefix("@").casefold() == login.casefold()

    agents = {*policy.agents, *(name for names in policy.agents.values() for name in names)}
    return Bench(
        policy,
        pull.author,
        bot,
        office.hub.permission,
        owns,
        lambda fingerprint: [owner] if (owner := owners.get(fingerprint, "")) else [],
        frozenset(agents),
    )
