"""GraphQL: what the fields of each type are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import github_reviews as reviews
from github_accounts import User
from github_api import Refused
from github_auth import visible
from github_model import Comment, Pull, Repository, Review, Thread
from github_shapes import moment


class GraphError(Exception):
    """An error at one field; the rest of the answer stands."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.shown: dict[str, Any] = {"type": kind, "message": message}


@dataclass
class Obj:
    """A record with its type and where it belongs; `values` are fields that are known already."""

    type: str
    of: Any = None
    repo: Any = None
    pull: Any = None
    values: dict[str, Any] = field(default_factory=dict)


Resolver = Callable[[Any, Obj, dict[str, Any]], Any]


def shown_user(user: User | None) -> Obj | None:
    return user and Obj(user.type, user)


def shown_pull(repo: Repository, pull: Pull) -> Obj:
    return Obj("PullRequest", pull, repo, pull)


def shown_thread(home: Obj, thread: Thread) -> Obj:
    return Obj("PullRequestReviewThread", thread, home.repo, home.pull)


def shown_comment(home: Obj, comment: Comment) -> Obj:
    kind = "PullRequestReviewComment" if comment.thread else "IssueComment"
    return Obj(kind, comment, home.repo, home.pull)


def shown_review(home: Obj, review: Review) -> Obj:
    return Obj("PullRequestReview", review, home.repo, home.pull)


def shown_commit(home: Obj, sha: str) -> Obj:
    return Obj("Commit", sha, home.repo, home.pull)


def find_node(run: Any, number: str) -> Obj:
    """The node of that id, if the token can see it."""
    for repo in run.call.state.repos.values():
        for node in _nodes(repo):
            if node.of.node_id == number:
                try:
                    visible(run.call.state, run.call.token, repo.full_name)
                except Refused:
                    break
                if node.type != "PullRequestReviewComment" or _seen(run, node):
                    return node
    for user in run.call.state.users.values():
        if user.node_id == number:
            return Obj(user.type, user)
    raise GraphError("NOT_FOUND", f"Could not resolve to a node with the global id of '{number}'.")


def _nodes(repo: Repository) -> list[Obj]:
    found = [Obj("Repository", repo, repo)]
    for pull in repo.pulls.values():
        home = shown_pull(repo, pull)
        found.append(home)
        found += [shown_review(home, review) for review in pull.reviews]
        found += [shown_comment(home, comment) for comment in pull.comments]
        for thread in pull.threads:
            found.append(shown_thread(home, thread))
            found += [shown_comment(home, comment) for comment in thread.comments]
    return found


def _seen(run: Any, node: Obj) -> bool:
    return node.of.review not in reviews.hidden(node.pull, run.call.token.actor)


def find_repository(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj:
    name = f"{arguments['owner']}/{arguments['name']}"
    try:
        repo = visible(run.call.state, run.call.token, name)
    except Refused:
        message = f"Could not resolve to a Repository with the name '{name}'."
        raise GraphError("NOT_FOUND", message) from None
    return Obj("Repository", repo, repo)


def find_pull(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj:
    need(run, obj.of, "pull_requests", "read")
    pull = obj.of.pulls.get(arguments["number"])
    if pull is None:
        number = arguments["number"]
        message = f"Could not resolve to a PullRequest with the number of {number}."
        raise GraphError("NOT_FOUND", message)
    return shown_pull(obj.of, pull)


def list_pulls(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj:
    need(run, obj.of, "pull_requests", "read")
    wanted = arguments.get("states") or ["OPEN", "CLOSED", "MERGED"]
    found = [shown_pull(obj.of, p) for p in obj.of.pulls.values() if state_of(p) in wanted]
    if (arguments.get("orderBy") or {}).get("direction") == "DESC":
        found.reverse()
    return run.page("pullRequests", found, arguments)


def need(run: Any, repo: Repository, name: str, level: str) -> None:
    """Refuses what the token has no permission for."""
    token = run.call.token
    public = level == "read" and not repo.private
    given = token.permissions.get(name)
    person = token.kind == "personal"
    if person and not repo.allows(token.actor, "write" if name == "contents" else "read"):
        raise GraphError("FORBIDDEN", "You do not have permission for that.")
    if not person and not public and (given is None or (level, given) == ("write", "read")):
        raise GraphError("FORBIDDEN", "Resource not accessible by integration")


def state_of(pull: Pull) -> str:
    return "MERGED" if pull.merged else pull.state.upper()


def mergeable(pull: Pull) -> str:
    return {True: "MERGEABLE", False: "CONFLICTING", None: "UNKNOWN"}[pull.mergeable]


def list_threads(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj:
    unseen = reviews.hidden(obj.of, run.call.token.actor)
    found = [t for t in obj.of.threads if t.comments[0].review not in unseen]
    return run.page("reviewThreads", [shown_thread(obj, t) for t in found], arguments)


def list_thread_comments(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj:
    unseen = reviews.hidden(obj.pull, run.call.token.actor)
    found = [shown_comment(obj, c) for c in obj.of.comments if c.review not in unseen]
    return run.page("comments", found, arguments)


def list_reviews(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj:
    unseen = reviews.hidden(obj.of, run.call.token.actor)
    states = arguments.get("states") or []
    author = arguments.get("author")
    found = [
        shown_review(obj, review)
        for review in obj.of.reviews
        if review.id not in unseen
        and (not states or review.state in states)
        and author in (None, review.user.plain_login)
    ]
    return run.page("reviews", found, arguments)


def list_review_comments(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj:
    found = reviews.comments_of(obj.pull, run.call.token.actor, obj.of.id)
    return run.page("comments", [shown_comment(obj, c) for _, c in found], arguments)


def list_conversation(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj:
    return run.page("comments", [shown_comment(obj, c) for c in obj.of.comments], arguments)


def list_pulls_of_commit(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj:
    found = [
        shown_pull(obj.repo, pull)
        for pull in obj.repo.pulls.values()
        if obj.of == pull.head_sha
        or obj.of in obj.repo.store.log(pull.base_sha, pull.head_sha, 250)
    ]
    return run.page("pullRequests", found, arguments)


def list_commits(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj:
    found = [
        Obj("PullRequestCommit", sha, obj.repo, obj.of, {"id": f"PRC_{sha}"})
        for sha in obj.repo.store.log(obj.of.base_sha, obj.of.head_sha, 250)
    ]
    return run.page("commits", found, arguments)


def may(level: str) -> Resolver:
    """Whether the viewer may resolve: writers, with contents: write, and the author."""

    def resolver(run: Any, obj: Obj, arguments: dict[str, Any]) -> bool:
        token = run.call.token
        if obj.of.resolved != (level == "unresolve"):
            return False
        if token.kind != "personal":
            return bool(token.permissions.get("contents") == "write")
        author = obj.pull.author.login == token.actor.login
        return author or obj.repo.allows(token.actor, "write")

    return resolver


def rate(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj:
    call = run.call
    used = call.hub.limits.spent(call.token.value, "graphql", call.hub.now())
    limit = call.hub.limits.limit(call.token)
    reset = moment(call.hub.now() + 3600)
    rest = {"remaining": limit - used, "used": used, "resetAt": reset, "nodeCount": 0}
    return Obj("RateLimit", values={"cost": 1, "limit": limit, **rest})


def url_of(run: Any, obj: Obj, arguments: dict[str, Any]) -> str:
    at = f"{run.call.hub.url}/{obj.repo.full_name}/pull/{obj.pull.number}"
    kinds = {"PullRequestReviewComment": "#discussion_r", "IssueComment": "#issuecomment-",
             "PullRequestReview": "#pullrequestreview-"}  # fmt: skip
    return at + (f"{kinds[obj.type]}{obj.of.id}" if obj.type in kinds else "")


def of(name: str) -> Resolver:
    return lambda run, obj, arguments: getattr(obj.of, name)


def plain(act: Callable[[Obj], Any]) -> Resolver:
    return lambda run, obj, arguments: act(obj)


def resolver_of(obj: Obj) -> Obj | None:
    """Who resolved a thread: the schema has room for a `User` only, so a bot is nobody."""
    user = obj.of.resolved_by
    return shown_user(user) if user and user.type == "User" else None


def unsent(pull: Pull | None) -> set[int]:
    """The pending reviews of a pull request."""
    return {review.id for review in pull.reviews if review.state == "PENDING"} if pull else set()
