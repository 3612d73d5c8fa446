"""`review-local audit [RANGE]`: whether every change by an agent has a person who answers for it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

from bot import attestations, attribution, audit, envelopes, settings, standards, wording
from bot.audit import ACCOUNTABLE, NOTES, Case, Claim, Entry
from bot.domain import Change, Policy, Request
from bot.errors import ArchitraveError
from bot.outside import git_history
from bot.outside.git import Repository
from bot.outside.git_objects import GitFailed
from bot.provenance import lines
from bot.settings import Settings
from bot.sources import local

if TYPE_CHECKING:
    from securesystemslib.signer import Key

SCHEMA = "architrave-audit/1"
_MOST_BUNDLE = 256 << 20
_SUBJECT = 60


class Evidence(NamedTuple):
    """Files that a person gives: bundles of records, and public keys to believe them by."""

    bundles: Sequence[str] = ()
    keys: Sequence[str] = ()


class Report(NamedTuple):
    """What an audit has found. *others* counts the commits without a sign of an agent, by writer."""

    change: Change
    entries: Sequence[Entry]
    others: Mapping[str, int]
    keys: int

    @property
    def is_accountable(self) -> bool:
        """Whether every commit by an agent has a person who answers for it."""
        return all(each.standing in ACCOUNTABLE for each in self.entries)


def show(
    folder: str, surroundings: Settings, request: Request, given: Evidence, style: str
) -> tuple[str, bool]:
    """The audit as `terminal` text or `json`, and whether everything has a person.

    Raises `ArchitraveError` for a change that is none, keys and bundles that cannot be read and a history
    that is not whole, `GitFailed` where Git's answer breaks off.
    """
    with closing(Repository(folder, surroundings.environ)) as repository:
        if repository.shallow:
            raise ArchitraveError(
                "This clone is shallow: commits that it lacks would not be audited",
                "Fetch the rest: git fetch --unshallow",
            )
        found = _audited(local.read(request, repository), given, repository)
    text = _json(found) if style == "json" else "".join(f"{line}\n" for line in _terminal(found))
    return text, found.is_accountable


def _audited(change: Change, given: Evidence, repository: Repository) -> Report:
    own, project, _ = standards.texts_at(repository, change.trusted)
    policy = settings.read_policy(own, project)
    keys = _keys(policy, change, given, repository)
    on = audit.shelf(_claims(given, keys, repository))
    house = attribution.house_of(policy)
    cases = _cases(change, policy, repository)
    wanted = [case.commit.id for case in cases if audit.wants_patch(case, on)]
    patches = git_history.patches(repository, wanted)
    cases = [case._replace(patch=patches.get(case.commit.id, "")) for case in cases]
    entries = audit.judge(cases, on, house, bool(keys))
    told = {entry.case.commit.id for entry in entries}
    others: dict[str, int] = {}
    for case in cases:
        if case.commit.id not in told:
            writer = case.attribution.writer
            others[writer] = others.get(writer, 0) + 1
    return Report(change, entries, others, len(keys))


def _keys(
    policy: Policy, change: Change, given: Evidence, repository: Repository
) -> "Sequence[Key]":
    """Those of the policy as they stand where the change begins, and those that are given."""
    found = []
    names = {path: f"{change.trusted}:{path}" for path in policy.record_keys}
    entries = repository.read(names.values())
    for path, name in names.items():
        entry = entries[name]
        if entry is None or entry.kind != "blob" or entry.data is None:
            raise ArchitraveError(
                f"`record-keys` names {path}, which is no file at {change.trusted[:12]}",
                "Commit the key first, then name it.",
            )
        found.append(envelopes.public_key(entry.data, path))
    given_keys = ((path, _file(path, envelopes.MOST_KEY_BYTES)) for path in given.keys)
    return [*found, *(envelopes.public_key(data, path) for path, data in given_keys)]


def _claims(given: Evidence, keys: "Sequence[Key]", repository: Repository) -> Iterator[Claim]:
    for commit, note in git_history.all_notes(repository, NOTES).items():
        if not note.strip():
            yield Claim(None, "broken", commit)
        for each in envelopes.opened(note, keys):
            yield Claim(attestations.read(each.payload), each.trust, commit)
    for path in given.bundles:
        for each in envelopes.opened(_file(path, _MOST_BUNDLE), keys):
            yield Claim(attestations.read(each.payload), each.trust)


def _file(path: str, most: int) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise ArchitraveError(f"{path} cannot be read: {error.strerror}", "") from error
    if len(data) > most:
        raise ArchitraveError(f"{path} is larger than {most:,} bytes", "Give another file.")
    return data


def _cases(change: Change, policy: Policy, repository: Repository) -> list[Case]:
    most = attribution.COMMITS_LIMIT
    ids = git_history.commit_ids(repository, change.base, change.tip, most) if change.tip else []
    if len(ids) >= most:
        raise ArchitraveError(
            f"There are {most:,} commits or more in it", "Audit it in parts: OLDER..NEWER."
        )
    known = attribution.of_commits(
        ids, repository, attribution.house_of(policy),
        attribution.traces_at(repository, change.head, policy.traces),
    )  # fmt: skip
    if len(known.commits) != len(ids):
        raise GitFailed("Not all commits of it can be read")
    by_agents = [each for each in ids if known.attributions[each].writer == "ai"]
    added = git_history.added_lines(repository, by_agents)
    parents = {each.parents[0] for each in known.commits if each.parents}
    trees = git_history.trees(repository, [*ids, *parents.difference(ids)])
    return [
        Case(
            commit,
            known.attributions[commit.id],
            (
                trees[commit.parents[0]] if commit.parents else repository.empty_tree,
                trees[commit.id],
            ),
            lines=lines.by_agents(added.get(commit.id, {}), known.records.get(commit.id)),
        )
        for commit in known.commits
    ]


def _terminal(report: Report) -> Iterator[str]:
    yield f"Architrave  {wording.visible(report.change.title)}"
    if report.entries:
        yield ""
    for each in reversed(report.entries):
        agents = wording.visible(" and ".join(each.agents))[:26]
        count = wording.plural(each.lines, "line")
        yield f"{each.case.commit.id[:12]}  {agents:<26} {count:>11}  {each.standing:<10}  {_subject(each)}"
        said = ", ".join(each.people) if each.people else each.why
        yield wording.visible(f"{'':14}{said}{f' ({each.pull})' if each.pull else ''}")
    yield ""
    yield from _closing(report)


def _closing(report: Report) -> Iterator[str]:
    held = [each for each in report.entries if each.standing in ACCOUNTABLE]
    both = (sum(each.lines for each in several) for several in (held, report.entries))
    of_lines, all_lines = both
    yield (
        f"{len(held)} of {wording.plural(len(report.entries), 'commit')} by agents"
        f" ({of_lines} of {wording.plural(all_lines, 'line')}) have a person who answers for them."
    )
    if not report.keys and any(each.standing == "wrong-key" for each in report.entries):
        yield "No key is trusted here: name `record-keys` in the policy, or give --key."
    if any(each.standing == "signed-off" for each in report.entries):
        yield "A sign-off is the word of whoever commits; a signed record is more (docs/audit.md)."
    if unknown := report.others.get("unknown", 0):
        yield f"{wording.plural(unknown, 'commit')} without a sign, which is no sign of a person."


def _subject(entry: Entry) -> str:
    return wording.visible(entry.case.commit.message.partition("\n")[0][:_SUBJECT])


def _json(report: Report) -> str:
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "range": {
            "title": wording.visible(report.change.title),
            "base": report.change.base,
            "head": report.change.tip,
            "policy_from": report.change.trusted,
        },
        "accountable": report.is_accountable,
        "trusted_keys": report.keys,
        "commits": [_row(each) for each in reversed(report.entries)],
        "others": {name: report.others.get(name, 0) for name in ("human", "automation", "unknown")},
    }
    return json.dumps(document, indent=2) + "\n"


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "sha": entry.case.commit.id,
        "subject": _subject(entry),
        "agents": [wording.visible(each) for each in entry.agents],
        "lines": entry.lines,
        "standing": entry.standing,
        "accountable": entry.standing in ACCOUNTABLE,
        "people": [wording.visible(each) for each in entry.people],
        "pull_request": wording.visible(entry.pull),
        "reason": entry.why,
    }
