"""A pull request that was merged, to what is attested of it: what was answered, by whom, for which code.

Nothing is said on GitHub here, and nothing is reviewed: the review's own record, the conversations and
the commits are read as they stand when it is merged.
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot import answers, authorship, settings, standards
from bot import standing as standings
from bot.attestations import OPEN, Attested, Decision, Patch
from bot.conversation import Merge, Person, PullRequest
from bot.errors import ArchitraveError
from bot.offices import Office
from bot.outside import git_history
from bot.outside.cache import Cache
from bot.outside.git import Repository
from bot.precision import Outcome
from bot.reconcile import is_same
from bot.sources import pull_request as source
from bot.sources.pull_request import Fetched
from bot.standing import Standing

_MOST_COMMITS = 5_000


class Reviewed(NamedTuple):
    """What is known of a review besides what it says itself: where the change began, and rule and
    path of its findings by fingerprint."""

    base: str
    findings: Mapping[str, tuple[str, str]] = {}


class Merged(NamedTuple):
    """A merged pull request: what is attested of it, and what became of all that was found in it."""

    attested: Attested
    outcomes: Sequence[Outcome]

    @property
    def says(self) -> str:
        return self.attested.says


def attest(number: int, office: Office, reviews: Mapping[str, Reviewed]) -> Merged:
    """What is known of a merged pull request; *reviews* by head.

    Raises `ArchitraveError` where it was not merged or its head not reviewed, `GitHubFailed`, `GitFailed`.
    """
    merge = office.hub.merge_of(number)
    if merge is None:
        raise ArchitraveError(f"#{number} was not merged; nothing is attested of it")
    pull, bot = office.hub.pull_request(number)
    standing = standings.of_head(pull, bot, office)
    known = reviews.get(pull.head)
    if standing is None or known is None:
        raise ArchitraveError(
            f"#{number} was merged without a review of {pull.head[:12]}; nothing is attested of it"
        )
    place = source.Place(
        office.hub.settings.server_url,
        office.hub.token,
        os.path.join(office.settings.cache_folder or tempfile.gettempdir(), "repositories"),
        office.settings.environ,
    )
    # What the base branch had become does not matter; what it got does.
    with source.fetch(pull._replace(base_tip=merge.commit), known.base, place) as found:
        attested = _code(pull, merge, known.base, found.repository)
        attested = _written(attested, pull, found, office.cache)
    attested = attested._replace(
        pull=f"{office.hub.settings.server_url}/{pull.repository}/pull/{number}",
        merged_by=_account(merge.by) if _is_person(merge.by, bot, standing) else "",
        decisions=tuple(_decisions(standing, known)),
        overridden=standing.overridden,
        missed=standing.record.missed + standing.record.over,
    )
    return Merged(attested, _outcomes(pull, standing, reviews))


def _code(pull: PullRequest, merge: Merge, base: str, repository: Repository) -> Attested:
    ids = git_history.commit_ids(repository, base, pull.head, _MOST_COMMITS)
    patches = git_history.patches(repository, ids)
    trees = git_history.trees(repository, [pull.head, base, merge.commit])
    return Attested(
        pull="",
        head=pull.head,
        tree=trees[pull.head],
        base=base,
        base_tree=trees[base],
        patch=git_history.patch_between(repository, base, pull.head),
        commits=tuple(Patch(each, patches.get(each, "")) for each in ids),
        merged=merge.commit,
        merged_tree=trees[merge.commit],
        merged_by="",
        at=merge.at,
    )


def _written(attested: Attested, pull: PullRequest, found: Fetched, cache: Cache) -> Attested:
    """With how much of it agents have written: squashing takes their marks away."""
    own, project, _ = standards.texts_at(found.repository, attested.base)
    policy = settings.read_policy(own, project)
    change = source.read(pull, attested.base, found)._replace(trusted=attested.base)
    written = authorship.read(change, found.repository, policy, "", cache)
    by_agents = [
        each for several in written.files.values() for each in several if each.writer == "ai"
    ]
    named = [
        name
        for each in written.credits
        if each.attribution.writer == "ai"
        for name in each.attribution.agents
    ]
    named += [name for each in by_agents for name in each.agents]
    return attested._replace(
        ai_lines=sum(each.end - each.start + 1 for each in by_agents),
        agents=tuple(dict.fromkeys(name[:100] for name in named)),
    )


def _decisions(standing: Standing, known: Reviewed) -> Sequence[Decision]:
    answered = {(each.fingerprint, each.code): each for each in standing.answered}
    found = []
    for entry in standing.record.blocking:
        rule, path = known.findings.get(entry.fingerprint, ("", ""))
        # A path is bytes to Git; a statement is Unicode.
        told = Decision(entry.fingerprint, rule, path.encode(errors="replace").decode(), OPEN)
        answer = answered.get((entry.fingerprint, entry.code))
        if answer is not None:
            told = told._replace(how=answer.kind, by=_account(answer.by), reason=answer.reason)
        found.append(told)
    return found


def _outcomes(
    pull: PullRequest, standing: Standing, reviews: Mapping[str, Reviewed]
) -> list[Outcome]:
    answered = {each.fingerprint: each for each in standing.answered}
    last = reviews[pull.head].findings
    found = {name: rule for each in reviews.values() for name, (rule, _) in each.findings.items()}
    outcomes = []
    for name, rule in found.items():
        answer = answered.get(name)
        if answer is None:
            outcomes.append(Outcome(rule, name, OPEN if name in last else "fixed"))
        else:
            is_author = is_same(answer.by, pull.author)
            by = answer.by
            outcomes.append(
                Outcome(rule, name, answer.kind, by.login, by.id, is_author, answer.code)
            )
    return outcomes


def _is_person(who: Person, bot: Person, standing: Standing) -> bool:
    """Whether an account is a person's, as far as GitHub, the policy and our table of agents say."""
    return (
        bool(who.login)
        and who.kind == "User"
        and not is_same(who, bot)
        and not answers.is_agent(who, standing.record.policy.agents)
    )


def _account(person: Person) -> str:
    return f"{person.login}+{person.id}" if person.id else person.login
