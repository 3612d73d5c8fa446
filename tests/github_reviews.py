"""Reviews and their threads: what GitHub accepts, and where threads go when heads move."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from github_accounts import User
from github_git import File
from github_model import Comment, Pull, Repository, Review, State, Thread

LONGEST = 65536
TOO_LONG = f"Body is too long (maximum is {LONGEST} characters)"
NOT_PART = "is not part of the pull request"
LINE, START, ORDER, HUNK, PATH = "line", "start_line", "order", "hunk", "path"
# The same mistake has one wording in a review and another in a single comment.
IN_REVIEW = {
    LINE: "Line could not be resolved",
    START: "Start line could not be resolved",
    ORDER: "Pull request review thread start line must precede the end line.",
    HUNK: "Pull request review thread start line must be part of the same hunk as the line.",
    PATH: "Path could not be resolved",
}
ALONE = {
    LINE: ("custom", "line", "must be part of the diff"),
    START: ("custom", "start_line", "must be part of the diff"),
    ORDER: ("custom", "start_line", "must precede the end line."),
    HUNK: ("custom", "start_line", "must be part of the same hunk as the line."),
    PATH: ("invalid", "path", None),
}


@dataclass(frozen=True)
class Spot:
    """Where a thread is to start; without a line it is about the whole file."""

    path: str
    line: int | None = None
    side: str = "RIGHT"
    start_line: int | None = None
    start_side: str | None = None


def alone(mistake: str) -> list[dict[str, Any]]:
    """The errors of a single comment in the wrong place."""
    code, name, text = ALONE[mistake]
    place = f"pull_request_review_thread.{name}"
    first = {"code": code, "field": place} | ({"message": f"{place} {text}"} if text else {})
    return [first, {"code": "missing_field", "field": "pull_request_review_thread.diff_hunk"}]


def part_of(repo: Repository, pull: Pull, commit: str) -> bool:
    """Whether a commit is one of the pull request's, now."""
    return commit == pull.head_sha or commit in repo.store.log(pull.base_sha, pull.head_sha, 10**6)


def files_at(repo: Repository, pull: Pull, commit: str) -> dict[str, File]:
    start = repo.store.merge_base(pull.base_sha, commit) or pull.base_sha
    return {file.path: file for file in repo.store.diff(start, commit)}


def mistake(files: dict[str, File], spot: Spot) -> str | None:
    """Why nobody can comment there."""
    file = files.get(spot.path)
    if file is None or (spot.line is not None and file.patch is None):
        return PATH
    if spot.line is None:
        return None
    if (spot.side, spot.line) not in file.lines:
        return LINE
    if spot.start_line is None:
        return None
    start = (spot.start_side or spot.side, spot.start_line)
    if start not in file.lines:
        return START
    if file.lines[start][1] >= file.lines[spot.side, spot.line][1]:
        return ORDER
    return HUNK if file.lines[start][0] != file.lines[spot.side, spot.line][0] else None


def open_thread(
    state: State, repo: Repository, pull: Pull, commit: str, spot: Spot, files: dict[str, File]
) -> Thread:
    """A thread without comments at a commit, moved to where it is at the head."""
    hunk = files[spot.path].excerpt(spot.side, spot.line) if spot.line else ""
    start_side = (spot.start_side or spot.side) if spot.start_line else None
    thread = Thread(
        id=state.number(),
        path=spot.path,
        commit=commit,
        original_commit=commit,
        hunk=hunk,
        side=spot.side,
        line=spot.line,
        start_line=spot.start_line,
        start_side=start_side,
        subject="LINE" if spot.line else "FILE",
        original=(spot.line, spot.start_line),
    )
    pull.threads.append(thread)
    if commit != pull.head_sha:
        follow(repo, pull, thread)
    return thread


def say(state: State, thread: Thread, user: User, body: str, review: Review, now: float) -> Comment:
    comment = Comment(state.number(), user, body, now, now, review.id, thread)
    thread.comments.append(comment)
    return comment


def begin(
    state: State, pull: Pull, user: User, *, body: str, commit: str, submitted: float | None
) -> Review:
    """A review that comments, or a pending one when it has no time of submission."""
    kind = "PENDING" if submitted is None else "COMMENTED"
    review = Review(state.number(), user, body, kind, commit, submitted)
    pull.reviews.append(review)
    return review


def pending(pull: Pull, user: User) -> Review | None:
    return next(
        (r for r in pull.reviews if r.state == "PENDING" and r.user.login == user.login), None
    )


def hidden(pull: Pull, user: User | None) -> set[int]:
    """The ids of pending reviews that a user cannot see."""
    login = user.login if user else None
    return {r.id for r in pull.reviews if r.state == "PENDING" and r.user.login != login}


def comments_of(
    pull: Pull, user: User | None, review: int | None = None
) -> list[tuple[Thread, Comment]]:
    """All comments in threads that a user can see, oldest first."""
    unseen = hidden(pull, user)
    found = [
        (thread, comment)
        for thread in pull.threads
        for comment in thread.comments
        if comment.review not in unseen and review in (None, comment.review)
    ]
    return sorted(found, key=lambda pair: pair[1].id)


def find_comment(pulls: Sequence[Pull], number: int) -> tuple[Pull, Thread, Comment] | None:
    for pull in pulls:
        for thread in pull.threads:
            for comment in thread.comments:
                if comment.id == number:
                    return pull, thread, comment
    return None


def forget(pull: Pull, comment: Comment) -> None:
    """Removes a comment; a thread without comments is no more."""
    for thread in list(pull.threads):
        thread.comments = [each for each in thread.comments if each is not comment]
        if not thread.comments:
            pull.threads.remove(thread)


def follow(repo: Repository, pull: Pull, thread: Thread) -> None:
    """Finds a thread's lines at the head; outdated when they were edited or left the diff."""
    file = files_at(repo, pull, pull.head_sha).get(thread.path)
    lines = [_now(repo, pull, thread, file, number) for number in thread.original if number]
    thread.outdated = file is None or None in lines
    if thread.outdated:
        thread.line = thread.start_line = None
        return
    thread.commit = pull.head_sha
    if lines:
        thread.line = lines[0]
        thread.start_line = lines[1] if len(lines) > 1 else None


def _now(repo: Repository, pull: Pull, thread: Thread, file: File | None, line: int) -> int | None:
    old, new, path = thread.original_commit, pull.head_sha, thread.path
    if thread.side == "LEFT" and file:
        bases = [repo.store.merge_base(pull.base_sha, sha) for sha in (old, new)]
        old, new, path = bases[0] or old, bases[1] or new, file.previous or path
    moved = repo.store.moved(old, new, path, line)
    return moved if file and (thread.side, moved) in file.lines else None
