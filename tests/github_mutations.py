"""GraphQL: the mutations a review bot may use, and those that it must never use."""

from typing import Any

import github_nodes as n
import github_reviews as reviews
from github_model import Comment
from github_nodes import GraphError, Obj, Resolver
from github_submissions import drop_review

FORBIDDEN = (
    "resolveReviewThread", "unresolveReviewThread", "mergePullRequest", "updatePullRequest",
    "enablePullRequestAutoMerge", "closePullRequest", "reopenPullRequest", "enqueuePullRequest",
    "dismissPullRequestReview", "markPullRequestReadyForReview", "createCheckRun",
)  # fmt: skip


def find(name: str) -> Resolver:
    """What a mutation does; a forbidden one is refused, and is a problem."""
    if name in FORBIDDEN:
        return _forbidden(name)
    act = globals()[_snake(name)]

    def resolve(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj:
        given = arguments["input"]
        shown: Obj = act(run, given)
        shown.values["clientMutationId"] = given.get("clientMutationId")
        return shown

    return resolve


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _forbidden(name: str) -> Resolver:
    def refuse(run: Any, obj: Obj, arguments: dict[str, Any]) -> None:
        run.call.hub.problems.append(f"GraphQL: a bot must not {name}")
        raise GraphError("FORBIDDEN", "Resource not accessible by integration")

    return refuse


def add_pull_request_review(run: Any, given: dict[str, Any]) -> Obj:
    """A review with threads; without an event it stays pending."""
    home, user = _pull(run, given["pullRequestId"]), run.call.token.actor
    _no_verdict(run, given.get("event"))
    commit = given.get("commitOID") or home.of.head_sha
    if not reviews.part_of(home.repo, home.of, commit):
        raise _unprocessable(f"The commitOID {reviews.NOT_PART}")
    if reviews.pending(home.of, user):
        raise _unprocessable("User can only have one pending review per pull request")
    body, files = _text(run, given.get("body") or "."), _files(home, commit)
    spots = [_spot(each) for each in given.get("threads") or []]
    for spot in spots:
        if found := reviews.mistake(files, spot):
            raise _unprocessable(reviews.IN_REVIEW[found])
    now = run.call.hub.now()
    review = reviews.begin(
        run.call.state, home.of, user, body=body if given.get("body") else "", commit=commit,
        submitted=now if given.get("event") else None,
    )  # fmt: skip
    for spot, each in zip(spots, given.get("threads") or [], strict=True):
        text, state = _text(run, each["body"]), run.call.state
        thread = reviews.open_thread(state, home.repo, home.of, commit, spot, files)
        reviews.say(state, thread, user, text, review, now)
    run.call.hub.submitted(home.repo, home.of, review)
    shown = n.shown_review(home, review)
    edge = Obj("PullRequestReviewEdge", values={"cursor": "1", "node": shown})
    return Obj("", values={"pullRequestReview": shown, "reviewEdge": edge})


def add_pull_request_review_thread(run: Any, given: dict[str, Any]) -> Obj:
    """A thread in the pending review; null when its line is outside of the diff."""
    home, user = _home_of(run, given), run.call.token.actor
    review = reviews.pending(home.pull, user)
    if review is None or given.get("pullRequestReviewId", review.node_id) != review.node_id:
        raise _unprocessable("There is no pending review to add to")
    text, files, spot = _text(run, given["body"]), _files(home, review.commit), _spot(given)
    on_file = given.get("subjectType") == "FILE"
    if on_file == (spot.line is not None):
        raise _unprocessable("A thread has a line, or it is about a file")
    if reviews.mistake(files, spot):
        return Obj("", values={"thread": None})
    state, pull = run.call.state, home.pull
    thread = reviews.open_thread(state, home.repo, pull, review.commit, spot, files)
    reviews.say(state, thread, user, text, review, run.call.hub.now())
    return Obj("", values={"thread": n.shown_thread(home, thread)})


def submit_pull_request_review(run: Any, given: dict[str, Any]) -> Obj:
    home = _home_of(run, given)
    _no_verdict(run, given["event"])
    review = reviews.pending(home.pull, run.call.token.actor)
    if review is None:
        raise _unprocessable("Could not find a pending review to submit")
    review.body = _text(run, given.get("body") or review.body or ".") if given.get("body") else ""
    review.state, review.submitted = "COMMENTED", run.call.hub.now()
    run.call.hub.submitted(home.repo, home.pull, review)
    return Obj("", values={"pullRequestReview": n.shown_review(home, review)})


def add_pull_request_review_thread_reply(run: Any, given: dict[str, Any]) -> Obj:
    home, call = _node(run, given["pullRequestReviewThreadId"], "PullRequestReviewThread"), run.call
    text, thread, user = _text(run, given["body"]), home.of, call.token.actor
    comment = call.hub.comment_alone(call.state, home.repo, home.pull, thread, user, text)
    return Obj("", values={"comment": n.shown_comment(home, comment)})


def delete_pull_request_review(run: Any, given: dict[str, Any]) -> Obj:
    home = _node(run, given["pullRequestReviewId"], "PullRequestReview", own=True)
    if home.of.state != "PENDING":
        raise _unprocessable("Can not delete a non-pending pull request review")
    drop_review(home.pull, home.of)
    return Obj("", values={"pullRequestReview": home})


def update_pull_request_review(run: Any, given: dict[str, Any]) -> Obj:
    home = _node(run, given["pullRequestReviewId"], "PullRequestReview", own=True)
    home.of.body = _text(run, given["body"])
    return Obj("", values={"pullRequestReview": home})


def update_pull_request_review_comment(run: Any, given: dict[str, Any]) -> Obj:
    kind = "PullRequestReviewComment"
    home = _edited(run, given["pullRequestReviewCommentId"], kind, given["body"])
    return Obj("", values={"pullRequestReviewComment": home})


def delete_pull_request_review_comment(run: Any, given: dict[str, Any]) -> Obj:
    home = _node(run, given["id"], "PullRequestReviewComment", own=True)
    reviews.forget(home.pull, home.of)
    return Obj("", values={"pullRequestReviewComment": home, "pullRequestReview": None})


def add_comment(run: Any, given: dict[str, Any]) -> Obj:
    home, now = _pull(run, given["subjectId"]), run.call.hub.now()
    text = _text(run, given["body"])
    comment = Comment(run.call.state.number(), run.call.token.actor, text, now, now)
    home.of.comments.append(comment)
    run.call.hub.emit("issue_comment", "created", home.repo, home.of, comment=comment)
    shown = n.shown_comment(home, comment)
    edge = Obj("IssueCommentEdge", values={"cursor": "1", "node": shown})
    return Obj("", values={"commentEdge": edge, "subject": home})


def update_issue_comment(run: Any, given: dict[str, Any]) -> Obj:
    home = _edited(run, given["id"], "IssueComment", given["body"])
    return Obj("", values={"issueComment": home})


def delete_issue_comment(run: Any, given: dict[str, Any]) -> Obj:
    home = _node(run, given["id"], "IssueComment", own=True)
    home.pull.comments.remove(home.of)
    return Obj("")


def minimize_comment(run: Any, given: dict[str, Any]) -> Obj:
    """Hides a comment of one's own."""
    home = _node(run, given["subjectId"], None, own=True)
    home.of.minimized = given["classifier"].lower().replace("_", "-")
    return Obj("", values={"minimizedComment": home})


def unminimize_comment(run: Any, given: dict[str, Any]) -> Obj:
    home = _node(run, given["subjectId"], None, own=True)
    home.of.minimized = None
    return Obj("", values={"unminimizedComment": home})


def _edited(run: Any, number: str, kind: str, body: str) -> Obj:
    home = _node(run, number, kind, own=True)
    home.of.body, home.of.updated = _text(run, body), run.call.hub.now()
    home.of.editor = run.call.token.actor
    return home


def _node(run: Any, number: str, kind: str | None, *, own: bool = False) -> Obj:
    """The node that is changed; refuses one that another account wrote."""
    home = n.find_node(run, number)
    if home.repo is None or kind not in (None, home.type):
        message = f"Could not resolve to {kind} node with the global id of '{number}'."
        raise GraphError("NOT_FOUND", message)
    n.need(run, home.repo, "pull_requests", "write")
    if own and home.of.user.login != run.call.token.actor.login:
        run.call.hub.problems.append(f"GraphQL: changes what {home.of.user.login} wrote")
        raise GraphError("FORBIDDEN", "Resource not accessible by integration")
    return home


def _pull(run: Any, number: str) -> Obj:
    return _node(run, number, "PullRequest")


def _home_of(run: Any, given: dict[str, Any]) -> Obj:
    if given.get("pullRequestReviewId"):
        return _node(run, given["pullRequestReviewId"], "PullRequestReview", own=True)
    if given.get("pullRequestId"):
        return _pull(run, given["pullRequestId"])
    raise _unprocessable("pullRequestId or pullRequestReviewId must be given")


def _files(home: Obj, commit: str) -> dict[str, Any]:
    assert home.repo and home.pull
    return reviews.files_at(home.repo, home.pull, commit)


def _spot(given: dict[str, Any]) -> reviews.Spot:
    return reviews.Spot(
        given["path"], given.get("line"), given.get("side") or "RIGHT", given.get("startLine"),
        given.get("startSide"),
    )  # fmt: skip


def _text(run: Any, text: str) -> str:
    if len(text) > reviews.LONGEST or not text.strip():
        message = reviews.TOO_LONG if text.strip() else "Body can't be blank"
        run.call.hub.problems.append(f"GraphQL: {message}")
        raise _unprocessable(message)
    return text


def _no_verdict(run: Any, event: str | None) -> None:
    if event not in (None, "COMMENT"):
        run.call.hub.problems.append(f"GraphQL: a bot must not send the event {event}")
        raise _unprocessable(f"Review can not be {event}")


def _unprocessable(message: str) -> GraphError:
    return GraphError("UNPROCESSABLE", message)
