"""A local repository and what the person asked for, to a `Change`."""

from typing import NamedTuple

from bot.domain import Change, Request
from bot.errors import ArchitraveError
from bot.outside.git import Repository

_DEFAULT_BRANCHES = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)


class _Ends(NamedTuple):
    """Two commits or trees and how a person would name them. *base* None stands for nothing."""

    base: str | None
    head: str
    title: str
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    # Whose rules judge; None: those of *base*.
    trusted: str | None = None
    is_working_tree: bool = False
    # The newest commit; None where there is none.
    tip: str | None = None


class _Start(NamedTuple):
    """Where a branch begins: the common ancestor, the commit whose rules judge, and its name."""

    base: str | None
    tip: str | None
    name: str
    notes: tuple[str, ...] = ()


def read(request: Request, repository: Repository) -> Change:
    """The change that *request* names. Raises `ArchitraveError` when it names none."""
    if request.range is not None:
        ends = _range(request.range, repository)
        if request.pushed:
            ends = ends._replace(trusted=_default_branch(repository)[1] or ends.trusted)
    elif request.staged:
        ends = _staged(request, repository)
    else:
        ends = _branch(request, repository)
    base = ends.base or repository.empty_tree
    trusted = ends.trusted or base
    if request.rules_from_worktree and repository.root is not None:
        trusted = ends.head if ends.is_working_tree else repository.snapshot_worktree()[0]
    return Change(
        title=ends.title,
        base=base,
        head=ends.head,
        trusted=trusted,
        files=tuple(repository.compare(base, ends.head)),
        notes=ends.notes + (_SHALLOW if repository.shallow else ()),
        left_out=ends.left_out,
        tip=ends.tip or "",
        branch=repository.branch() if request.range is None else "",
    )


_SHALLOW = ("This clone is shallow: the common ancestor may be older than the true one.",)


def _range(text: str, repository: Repository) -> _Ends:
    for suffix in ("^!", "^-"):
        if text.endswith(suffix):
            return _single(text.removesuffix(suffix), repository)
    for dots in ("...", ".."):
        base, found, head = text.partition(dots)
        if found:
            return _between(base or "HEAD", head or "HEAD", repository)
    return _branch(Request(base=text), repository)


def _single(revision: str, repository: Repository) -> _Ends:
    commit = _commit(revision, repository)
    return _Ends(repository.commit(f"{commit}^1"), commit, f"{revision} alone", tip=commit)


def _between(base: str, head: str, repository: Repository) -> _Ends:
    commit = _commit(head, repository)
    if base == repository.empty_tree:
        return _Ends(None, commit, f"{head} from its first commit", tip=commit)
    tip = _commit(base, repository)
    ancestor, notes = _common_ancestor(tip, commit, base, head, repository)
    return _Ends(ancestor, commit, f"{head} since {base}", notes, trusted=tip, tip=commit)


def _staged(request: Request, repository: Repository) -> _Ends:
    if repository.root is None:
        raise ArchitraveError("A bare repository has nothing staged", "Name a range: BASE..HEAD.")
    name = request.base or "HEAD"
    base = _commit(name, repository) if request.base else repository.commit("HEAD")
    title = f"staged changes against {name}"
    tip = repository.commit("HEAD")
    return _Ends(base, repository.snapshot_index(), title, tip=tip)


def _branch(request: Request, repository: Repository) -> _Ends:
    with_files = not (request.committed or request.head) and repository.root is not None
    head_name = request.head or "HEAD"
    head = _commit(request.head, repository) if request.head else repository.commit("HEAD")
    if head is None and not with_files:
        raise ArchitraveError(
            "There is no commit yet", "Commit something, or leave out --committed."
        )
    if head is None and request.base:
        _commit(request.base, repository)
    start = _Start(None, None, "nothing")
    if head is not None:
        start = _base_of(request, head, head_name, repository)
    left_out: tuple[tuple[str, str], ...] = ()
    commit = head
    title = f"{head_name} since {start.name}"
    if with_files:
        tree, missing = repository.snapshot_worktree()
        head, left_out, title = tree, tuple(missing), f"working tree since {start.name}"
    assert head is not None
    nested = [path for path, _ in left_out if path.endswith("/")]
    notes = start.notes
    if nested:
        notes += (f"Git repositories of their own, no part of this change: {', '.join(nested)}.",)
    return _Ends(start.base, head, title, notes, left_out, start.tip, with_files, commit)


def _base_of(request: Request, head: str, head_name: str, repository: Repository) -> _Start:
    tip: str | None
    judge: str | None
    remark: tuple[str, ...]
    if request.base:
        name, tip = request.base, _commit(request.base, repository)
        judge, remark = tip, ()
    else:
        name, tip, judge, remark = _upstream(repository)
        if tip is None or judge is None:
            note = f"No upstream and no default branch: only what {head_name} does not hold is reviewed."
            return _Start(head, head, head_name, (note,))
    ancestor, notes = _common_ancestor(tip, head, name, head_name, repository)
    return _Start(ancestor, judge, name, notes + remark)


def _upstream(repository: Repository) -> tuple[str, str | None, str | None, tuple[str, ...]]:
    """Name and tip to compare with, the tip whose rules judge, and what to say of it."""
    name, default = _default_branch(repository)
    upstream = repository.resolve("@{upstream}")
    if upstream is None or upstream == default:
        return name, default, default, ()
    if default is None:
        return "upstream", upstream, upstream, ()
    # Where the author pushes is the author's: the default branch says what holds.
    note = f"Only what the upstream lacks is reviewed; rules and policy are those of {name}."
    return "upstream", upstream, default, (note,)


def _default_branch(repository: Repository) -> tuple[str, str | None]:
    for name, commit in zip(_DEFAULT_BRANCHES, repository.commits(_DEFAULT_BRANCHES), strict=True):
        if commit is not None:
            return name.removeprefix("refs/heads/").removeprefix("refs/remotes/"), commit
    return "", None


def _common_ancestor(
    base: str, head: str, base_name: str, head_name: str, repository: Repository
) -> tuple[str, tuple[str, ...]]:
    ancestors = repository.merge_bases(base, head)
    if not ancestors:
        hint = (
            "Fetch more history: git fetch --unshallow"
            if repository.shallow
            else ("Name a base that shares history with it: --base REV")
        )
        raise ArchitraveError(f"{base_name} and {head_name} have no common ancestor here", hint)
    if len(ancestors) > 1:
        note = f"{len(ancestors)} common ancestors (criss-cross merges); compared with {ancestors[0][:12]}."
        return ancestors[0], (note,)
    return ancestors[0], ()


def _commit(revision: str, repository: Repository) -> str:
    commit = repository.resolve(revision)
    if commit is None:
        raise ArchitraveError(
            f"`{revision}` is not a commit here",
            "Check the spelling, or fetch it first. `git log --oneline` lists what there is.",
        )
    return commit
