"""A merge queue's commit: what the merge brings about that no review of its pull requests had.

Two pull requests that are fine alone may close a cycle together, and rules may have come since a
review. The merged tree is checked by tools alone, under the rules at the tip of the base branch,
whoever wrote it: who did was weighed with each pull request.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from bot import comments, gate, judged, offices, pipeline, records, standing, wording
from bot.checkers import judge
from bot.conversation import Person, PullRequest
from bot.domain import Change, Finding, Review
from bot.offices import Gate, Office
from bot.outside.git import Repository
from bot.outside.git_objects import GitFailed
from bot.records import Record
from bot.sources import pull_request as source

# GitHub cuts the words of a commit status here.
_MOST_SAID = 140
_REBASE = "rebase to have it reviewed"


class Group(NamedTuple):
    """What a merge queue asks about: pull requests merged into *commit* on top of *base*."""

    base: str
    commit: str
    pulls: tuple[PullRequest, ...]


class Ends(NamedTuple):
    """Two commits to compare, the one whose rules judge, and how much history of each is fetched: no
    less than a review of the same pull request reads, which may be running beside."""

    base: str
    head: str
    trusted: str
    depth: int


def check(number: int, commit: str, base: str, office: Office) -> Gate:
    """Say on the commit of a merge queue whether it may be merged; *number* is the last pull request
    in it, *base* what it stands on, "" where that is not known.

    Raises `GitHubFailed`, `GitFailed` and `ArchitraveError`; the gate is never left green by them.
    """
    pull, bot = office.hub.pull_request(number)
    office.hub.set_gate(commit, "pending", "The merge is being checked.")
    with offices.closed_on_failure(commit, office):
        group = _group(pull, commit, base, office)
        found = _weighed(group, bot, office)
        if found.state == "success":
            found = _merged(group, bot, found.says, office)
        details = ""
        if found.review is not None:
            details = "\n\n".join((found.says, *listed(found.review)))
        office.hub.set_gate(commit, found.state, found.says, details)
    return found


def _group(pull: PullRequest, commit: str, base: str, office: Office) -> Group:
    """The pull requests of a queue's commit: the one it is named after, and those merged before it."""
    start, parents = office.hub.merges(base or pull.base_tip, commit)
    merged = {each[1] for each in parents if len(each) == 2} - {pull.head}
    numbers: dict[str, int] = {}
    if merged:
        # Of several with one head the oldest: nobody joins a queue by opening another one.
        for number, head in sorted(office.hub.open_pull_requests()):
            if head in merged:
                numbers.setdefault(head, number)
    others = [office.hub.pull_request(number)[0] for number in sorted(numbers.values())]
    return Group(start, commit, (*others, pull))


def _weighed(group: Group, bot: Person, office: Office) -> Gate:
    """The gate of the first pull request in the group that is not open, else that of the last."""
    for pull in group.pulls:
        found = standing.weigh(pull, bot, office)
        if found.state == "pending":
            # Nobody comes back to this commit; a queue that waits for ever is worse than a refusal.
            found = found._replace(state="error")
        if found.state != "success":
            named = "" if pull is group.pulls[-1] else f"#{pull.number}: "
            return found._replace(says=f"{named}{found.says}")
    return found


def _merged(group: Group, bot: Person, says: str, office: Office) -> Gate:
    """Check the merged tree, and weigh it against what the reviews had."""
    last = group.pulls[-1]
    depth = sum(pull.commits + 1 for pull in group.pulls) + 1
    found = _look(Ends(group.base, group.commit, last.base_tip, depth), office)
    had = [
        (pull, record)
        for pull in group.pulls
        if (record := records.of_head(pull, bot, office.secret)) is not None
    ]
    known = {(entry.fingerprint, entry.code) for _, record in had for entry in record.blocking}
    if any(_name(each) not in known for each in found.blocking):
        for pull, record in had:
            known |= _alone(pull, record, office)
    return verdict(found, known, says)


def _alone(pull: PullRequest, record: Record, office: Office) -> set[tuple[str, str]]:
    """What a pull request has by itself under the rules of its review, whoever wrote it: what was
    not held against a person is not new because a queue's commit is somebody else's."""
    if not record.trusted:
        return set()
    start = office.hub.merge_base(record.trusted, pull.head)
    found = _look(Ends(start, pull.head, record.trusted, pull.commits + 1), office)
    return {_name(each) for each in found.blocking}


def _look(ends: Ends, office: Office) -> Review:
    """Check a tree against another one, by tools alone, as if an agent had written it all."""
    name = office.hub.repository
    origin = offices.origin(office)
    with source.fetch_commits(name, ends[:3], ends.depth, origin) as fetched:
        around = pipeline.Surroundings(
            office.settings,
            fetched.repository,
            office.cache,
            declared="ai",
            judge=judged.Asked(demand="off"),
        )
        return pipeline.review(_change(name, ends, fetched.repository), around)


def _change(name: str, ends: Ends, repository: Repository) -> Change:
    # Its tree instead of the commit: whose the commits are says nothing here.
    tree = repository.read([f"{ends.head}^{{tree}}"])[f"{ends.head}^{{tree}}"]
    if tree is None:
        raise GitFailed(f"git fetch: {ends.head} is not there")
    files = tuple(repository.compare(ends.base, tree.id))
    return Change(f"{name} {ends.head[:12]}", ends.base, tree.id, ends.trusted, files)


def _name(finding: Finding) -> tuple[str, str]:
    return finding.fingerprint, finding.version


def verdict(found: Review, known: Collection[tuple[str, str]], says: str) -> Gate:
    """The gate of a merged tree: its review holds only what no pull request's review had, and without
    any of that it says *says*."""
    covered = tuple(each for each in found.coverage if each.checker != judge.NAME)
    unseen = tuple(each for each in found.findings if each in found.blocking)
    unseen = tuple(each for each in unseen if _name(each) not in known)
    blocking = frozenset(unseen)
    decided = gate.decide(blocking, covered)
    review = found._replace(findings=unseen, blocking=blocking, coverage=covered, verdict=decided)
    if decided == "incomplete":
        missed = len({entry.path for entry in wording.missing(covered)})
        missing = f"The merge is not fully reviewed: {wording.plural(missed, 'file')}"
        return Gate("error", missing, len(unseen), review)
    if unseen:
        return Gate("failure", _named(unseen), len(unseen), review)
    return Gate("success", says, 0, review)


def _named(findings: Sequence[Finding]) -> str:
    """What is new, by rule and place, as many as there is room for."""
    count = wording.plural(len(findings), "finding")
    start, end = f"The merge adds {count} not reviewed: ", f"; {_REBASE}"
    said = ""
    for each in findings:
        name = f"{each.rule} {wording.place(each)}"
        longer = f"{said}, {name}" if said else name
        if len(start) + len(longer) + len(", …") + len(end) > _MOST_SAID:
            said = f"{said}, …" if said else name[: _MOST_SAID - len(start) - len(end) - 1] + "…"
            break
        said = longer
    return wording.visible(f"{start}{said}{end}")


def listed(review: Review) -> Iterable[str]:
    """What the merge adds, one by one, and what to do."""
    if review.findings:
        yield "\n".join(f"- {comments.line(each, review)}" for each in review.findings[:100])
        yield (
            "No conversation is about these, so nobody can answer them here. Rebase the pull request"
            " onto what came in between: its next review tells them, and people answer them there."
        )
