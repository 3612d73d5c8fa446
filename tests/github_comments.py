"""REST: comments in the threads of a pull request."""

from typing import Any

import github_reviews as reviews
from github_api import Call, Refused, check, invalid, not_found, route, shaped
from github_http import Answer
from github_model import Comment, Pull, Thread

READ, WRITE = "pull_requests:read", "pull_requests:write"
PULL = "/repos/{owner}/{repo}/pulls/{number}"
COMMENT = "/repos/{owner}/{repo}/pulls/comments/{id}"
SPOT = {"line": "int", "side": "str", "start_line": "int", "start_side": "str"}
ALONE = {
    "body": "str*", "commit_id": "str*", "path": "str*", "position": "int", "in_reply_to": "int",
    "subject_type": "str", **SPOT,
}  # fmt: skip
LISTED = ("sort", "direction", "since")


@route("GET", f"{PULL}/comments", READ, query=LISTED,
       docs="pulls/comments#list-review-comments-on-a-pull-request")  # fmt: skip
def list_comments(call: Call) -> Answer:
    found = reviews.comments_of(call.pull, call.token and call.token.actor)
    if call.request.query.get("direction") == "desc":
        found.reverse()
    return call.page([shown_comment(call, call.pull, *pair) for pair in found])


@route("POST", f"{PULL}/comments", WRITE, keys=ALONE | {"path": "str", "commit_id": "str"},
       docs="pulls/comments#create-a-review-comment-for-a-pull-request")  # fmt: skip
def create_comment(call: Call) -> Any:
    body, pull = call.body, call.pull
    if "in_reply_to" in body:
        return _reply(call, body["in_reply_to"])
    check(body, ALONE)
    text = text_of(call, "PullRequestReviewComment")
    if body.get("subject_type", "line") not in ("line", "file"):
        raise Refused(422, "Invalid request.\n\nsubject_type is invalid.", violation=True)
    if (body.get("subject_type") == "file") == ("line" in body):
        call.hub.problems.append(f"{call.request}: a comment has a line, or it is about a file")
    if not reviews.part_of(call.repo, pull, body["commit_id"]):
        error = {"code": "custom", "field": "commit_id"}
        raise invalid(
            "PullRequestReviewComment", error | {"message": f"commit_id {reviews.NOT_PART}"}
        )
    files, spot = reviews.files_at(call.repo, pull, body["commit_id"]), spot_of(body)
    if found := reviews.mistake(files, spot):
        raise invalid("PullRequestReviewComment", *reviews.alone(found))
    thread = reviews.open_thread(call.state, call.repo, pull, body["commit_id"], spot, files)
    return _said(call, thread, text)


@route("POST", f"{PULL}/comments/{{id}}/replies", WRITE, keys={"body": "str*"},
       docs="pulls/comments#create-a-reply-for-a-review-comment")  # fmt: skip
def reply(call: Call) -> Any:
    return _reply(call, int(call.params["id"]))


def _reply(call: Call, number: int) -> Any:
    found = reviews.find_comment([call.pull], number)
    if found is None or found[2] is not found[1].comments[0]:
        raise not_found()
    return _said(call, found[1], text_of(call, "PullRequestReviewComment"))


def _said(call: Call, thread: Thread, text: str) -> Any:
    """A comment on its own: GitHub makes a review around it."""
    comment = call.hub.comment_alone(
        call.state, call.repo, call.pull, thread, call.actor.actor, text
    )
    return shaped(shown_comment(call, call.pull, thread, comment), 201)


@route("GET", COMMENT, READ, docs="pulls/comments#get-a-review-comment-for-a-pull-request")
def get_comment(call: Call) -> Any:
    return shown_comment(call, *_found_comment(call))


@route("PATCH", COMMENT, WRITE, keys={"body": "str*"},
       docs="pulls/comments#update-a-review-comment-for-a-pull-request")  # fmt: skip
def edit_comment(call: Call) -> Any:
    pull, thread, comment = _found_comment(call)
    own(call, comment)
    comment.body, comment.updated = text_of(call, "PullRequestReviewComment"), call.hub.now()
    comment.editor = call.token.actor if call.token else None
    call.hub.emit("pull_request_review_comment", "edited", call.repo, pull, comment=comment)
    return shown_comment(call, pull, thread, comment)


@route("DELETE", COMMENT, WRITE,
       docs="pulls/comments#delete-a-review-comment-for-a-pull-request")  # fmt: skip
def delete_comment(call: Call) -> Any:
    pull, _, comment = _found_comment(call)
    own(call, comment)
    call.hub.emit("pull_request_review_comment", "deleted", call.repo, pull, comment=comment)
    reviews.forget(pull, comment)
    return Answer(204)


def _found_comment(call: Call) -> tuple[Pull, Thread, Comment]:
    found = reviews.find_comment(list(call.repo.pulls.values()), int(call.params["id"]))
    if found is None:
        raise not_found()
    return found


def spot_of(body: dict[str, Any]) -> reviews.Spot:
    return reviews.Spot(
        body["path"],
        body.get("line"),
        _side(body.get("side", "RIGHT")),
        body.get("start_line"),
        body.get("start_side") and _side(body["start_side"]),
    )


def _side(text: str) -> str:
    if text not in ("LEFT", "RIGHT"):
        raise Refused(422, f"Invalid request.\n\n{text} is not a side.", violation=True)
    return text


def own(call: Call, written: Any) -> Any:
    """Refuses to change what another account wrote."""
    if written.user.login != call.actor.actor.login:
        call.hub.problems.append(f"{call.request}: changes what {written.user.login} wrote")
        raise Refused(403, "Resource not accessible by integration")
    return written


def text_of(call: Call, resource: str) -> str:
    text: str = call.body["body"]
    if not text.strip():
        raise invalid(resource, {"code": "missing_field", "field": "body"}, violation=True)
    if len(text) > reviews.LONGEST:
        error = {"code": "unprocessable", "field": "data", "message": reviews.TOO_LONG}
        raise invalid(resource, error, violation=True)
    return text


def shown_comment(call: Call, pull: Pull, thread: Thread, comment: Comment) -> Any:
    return call.hub.shapes.thread_comment(call.repo, pull, thread, comment)
