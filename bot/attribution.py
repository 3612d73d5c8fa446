"""The work behind `bot.authorship`: commits, notes, records and blame to who wrote a change."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.domain import (
    Attribution,
    Authorship,
    Change,
    Commit,
    Credit,
    Evidence,
    Policy,
    Stretch,
    Writer,
)
from bot.outside import git_history
from bot.outside.git import Repository
from bot.outside.git_objects import GitFailed
from bot.provenance import agent_trace, commits, git_ai, lines, pull_requests
from bot.provenance.agent_trace import Trace
from bot.provenance.commits import House
from bot.provenance.pull_requests import Opening
from bot.provenance.records import Records

# A change of more commits is judged by its newest ones.
COMMITS_LIMIT = 20_000
# Files whose lines are asked for one by one; each takes Git some milliseconds.
FILES_LIMIT = 300
_MOST_TRACE_FILES = 20
# In a longer history Git takes too long to find the commit of every line.
BLAMED_COMMITS_LIMIT = 1_000


class Known(NamedTuple):
    """What is known of the commits of a change, by id."""

    commits: Sequence[Commit]
    attributions: Mapping[str, Attribution]
    records: Mapping[str, Records]
    # The id of what is not committed, if anything.
    loose: str = ""


def of_change(change: Change, repository: Repository, policy: Policy, declared: str) -> Authorship:
    """Who wrote *change*. Raises `GitFailed` when Git's answer breaks off."""
    house = house_of(policy)
    loose = _is_loose(change, repository)
    ids = (
        git_history.commit_ids(repository, change.base, change.tip, COMMITS_LIMIT)
        if change.tip
        else []
    )
    traces = traces_at(repository, change.head, policy.traces)
    known = of_commits(ids, repository, house, traces)
    if loose:
        known = _with_loose(known, change, repository, traces, declared)
    known = known._replace(attributions=_with_branch(known, change.branch))
    credited = tuple(Credit(commit, known.attributions[commit.id]) for commit in known.commits)
    counts = git_history.added_counts(repository, change.base, change.head)
    counts = {path: count for path, count in counts.items() if count}
    # Git takes a path with `..` in it for one out of the repository.
    asked = [path for path in counts if ".." not in path.split("/")][:FILES_LIMIT]
    left = list(counts.keys() - set(asked))
    if _is_uniform(known):
        files = _alike(known, change, repository, asked)
    elif len(credited) <= BLAMED_COMMITS_LIMIT:
        files, unknown = _by_line(known, change, repository, asked)
        left += unknown
    else:
        files, left = {}, list(counts)
    return Authorship(credited, files, tuple(sorted(left)), known.loose)


def _is_loose(change: Change, repository: Repository) -> bool:
    """Whether head holds anything that is not committed."""
    if change.head == change.tip:
        return False
    name = f"{change.tip}^{{tree}}" if change.tip else ""
    entry = repository.read([name])[name]
    return entry is None or entry.id != change.head


def of_commits(
    ids: Sequence[str], repository: Repository, house: House, traces: Sequence[Trace]
) -> Known:
    """Who wrote each of these commits, by what they, their notes and the traces say."""
    found = git_history.read_commits(repository, ids)
    records: dict[str, Records] = {}
    for identity, data in git_history.notes(repository, git_ai.REF, ids).items():
        if (note := git_ai.parse(data)) is not None:
            records[identity] = note
    for commit in found if traces else ():
        told = agent_trace.of_commit(traces, commit.id, commit.parents)
        if told is not None and commit.id not in records:
            records[commit.id] = told
    added = git_history.added_lines(
        repository, [commit.id for commit in found if commit.id in records]
    )
    attributions = {}
    for commit in found:
        signs = list(commits.classify(commit, house).evidence)
        if commit.id in records:
            signs = [*lines.recorded(records[commit.id], added.get(commit.id, {})), *signs]
        attributions[commit.id] = commits.weigh(signs)
    return Known(found, attributions, records)


def house_of(policy: Policy) -> House:
    """The agents of the house, by account and address in lower case."""
    return House({key.lower(): name for name, keys in policy.agents.items() for key in keys})


def traces_at(repository: Repository, head: str, paths: Sequence[str]) -> list[Trace]:
    names = [f"{head}:{path}" for path in paths[:_MOST_TRACE_FILES]]
    return [
        trace
        for entry in repository.read(names).values()
        if entry is not None and entry.kind == "blob" and entry.data
        for trace in agent_trace.parse(entry.data)
    ]


def _with_loose(
    known: Known, change: Change, repository: Repository, traces: Sequence[Trace], declared: str
) -> Known:
    """With what is not committed as a last commit of its own."""
    identity = git_history.commit_tree(repository, change.head, change.tip or None)
    parents = (change.tip,) if change.tip else ()
    loose = Commit(identity, parents, "", "", "", "", "")
    signs: list[Evidence] = []
    if declared:
        writer: Writer = "ai" if declared == "ai" else "human"
        agent = "an agent" if writer == "ai" else ""
        signs.append(Evidence("declaration", writer, agent, "medium", f"--declare {declared}"))
    records = dict(known.records)
    told = agent_trace.of_commit(traces, "", parents)
    if told is not None:
        records[identity] = told
        added = git_history.added_lines(repository, [identity])
        signs = [*lines.recorded(told, added.get(identity, {})), *signs]
    attributions = {**known.attributions, identity: commits.weigh(signs)}
    return Known([*known.commits, loose], attributions, records, identity)


def _with_branch(known: Known, branch: str) -> Mapping[str, Attribution]:
    """A branch named as agents name theirs is a sign for what carries none."""
    found = list(pull_requests.signs(Opening(branch)))
    if not found:
        return known.attributions
    return {
        identity: commits.weigh([*each.evidence, *found]) if each.writer == "unknown" else each
        for identity, each in known.attributions.items()
    }


def _is_uniform(known: Known) -> bool:
    """Whether every line is by the same writer, whichever commit it comes from."""
    return not known.records and len({_of_line(each) for each in known.attributions.values()}) <= 1


def _of_line(attribution: Attribution) -> tuple[object, ...]:
    said = lines.of_whole(attribution)
    return said.writer, said.agents, said.confidence


def _alike(
    known: Known, change: Change, repository: Repository, paths: Sequence[str]
) -> dict[str, tuple[Stretch, ...]]:
    """The added lines where all are by the same: Git need not be asked for the commit of each."""
    # Of one commit among several that are alike nothing is said.
    only = known.commits[0].id if len(known.commits) == 1 else ""
    said = known.attributions[known.commits[0].id] if known.commits else commits.UNKNOWN
    wanted = set(paths)
    asked = [file for file in change.files if file.path in wanted]
    found = repository.hunks(change.base, change.head, asked)
    return {
        path: lines.stretches(
            [(only, path, hunk.new_start, hunk.new_start, hunk.new_count) for hunk in hunks if hunk.new_count],
            {only: lines.of_whole(said)},
            {},
        )
        for (_, path), hunks in found.items()
    }  # fmt: skip


def _by_line(
    known: Known, change: Change, repository: Repository, paths: Sequence[str]
) -> tuple[dict[str, tuple[Stretch, ...]], list[str]]:
    """The added lines by the commit that last touched them, and the paths that Git cannot tell of."""
    head = known.loose or change.tip
    whole = {identity: lines.of_whole(each) for identity, each in known.attributions.items()}
    found: dict[str, tuple[Stretch, ...]] = {}
    unknown = []
    for path in paths:
        try:
            blamed = git_history.blame(repository, change.base, head, path)
        except GitFailed:
            # A partial clone may lack what stood between base and head.
            unknown.append(path)
        else:
            found[path] = lines.stretches(blamed, whole, known.records)
    return {path: stretches for path, stretches in found.items() if stretches}, unknown
