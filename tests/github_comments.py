"""REST: reviews of pull requests and their comments."""

from typing import Any

import github_reviews as reviews
from github_api import Call, Refused, check, invalid, not_found, route, shaped, unprocessable
from github_http import Answer
from github_model import Comment, Pull, Review, Thread

READ, WRITE = "pull_requests:read", "pull_requests:write"
PULL = "/repos/{owner}/{repo}/pulls/{number}"
COMMENT = "/repos/{owner}/{repo}/pulls/comments/{id}"
SPOT = {"line": "int", "side": "str", "start_line": "int", "start_side": "str"}
IN_REVIEW = {"path": "str*", "body": "str*", "position": "int", **SPOT}
ALONE = {
    "body": "str*", "commit_id": "str*", "path": "str*", "position": "int", "in_reply_to": "int",
    "subject_type": "str", **SPOT,
}  # fmt: skip
LISTED = ("sort", "direction", "since")


@route("GET", f"{PULL}/reviews", READ, docs="pulls/reviews#list-reviews-for-a-pull-request")
def list_reviews(call: Call) -> Answer:
    unseen = reviews.hidden(call.pull, call.token and call.token.actor)
    return call.page([_review(call, r) for r in call.pull.reviews if r.id not in unseen])


@route("POST", f"{PULL}/reviews", WRITE, docs="pulls/reviews#create-a-review-for-a-pull-request",
       keys={"commit_id": "str", "body": "str?", "event": "str", "comments": "list"})  # fmt: skip
def create_review(call: Call) -> Any:
    body, pull = call.body, call.pull
    event, text = body.get("event"), body.get("body") or ""
    no_verdict(call, event)
    if len(text) > reviews.LONGEST:
        raise Refused(422, "Unprocessable Entity", [reviews.TOO_LONG], violation=True)
    if event and not text:
        raise Refused(422, "Unprocessable Entity", ["Body can't be blank"], violation=True)
    commit = body.get("commit_id", pull.head_sha)
    if not reviews.part_of(call.repo, pull, commit):
        raise unprocessable(f"The commitOID {reviews.NOT_PART}")
    if reviews.pending(pull, call.actor.actor):
        raise unprocessable("User can only have one pending review per pull request")
    files = reviews.files_at(call.repo, pull, commit)
    spots = [_spot_in_review(call, comment, files) for comment in body.get("comments", [])]
    now = call.hub.now()
    review = reviews.begin(
        call.state, pull, call.actor.actor, body=text, commit=commit, submitted=event and now
    )
    for spot, comment in zip(spots, body.get("comments", []), strict=True):
        thread = reviews.open_thread(call.state, call.repo, pull, commit, spot, files)
        reviews.say(call.state, thread, review.user, comment["body"], review, now)
    call.hub.submitted(call.repo, pull, review)
    return _review(call, review)


def no_verdict(call: Call, event: str | None) -> None:
    """A reviewer that is a machine comments; it never approves and never blocks by a review."""
    if event in ("APPROVE", "REQUEST_CHANGES"):
        call.hub.problems.append(f"{call.request}: a bot must not send the event {event}")
        raise Refused(422, "Unprocessable Entity", [f"Review can not be {event}"])
    if event not in (None, "COMMENT"):
        raise Refused(422, "Unprocessable Entity", [f"Event {event} is invalid"], violation=True)


def _spot_in_review(call: Call, comment: Any, files: dict[str, Any]) -> reviews.Spot:
    if not isinstance(comment, dict):
        raise Refused(422, "Invalid request.\n\nFor 'items', not an object.", violation=True)
    if unknown := comment.keys() - IN_REVIEW.keys():
        call.hub.problems.append(f"{call.request}: unknown keys in a comment: {sorted(unknown)}")
    check(comment, IN_REVIEW, "comments/items/")
    if len(comment["body"]) > reviews.LONGEST:
        raise Refused(422, "Unprocessable Entity", [reviews.TOO_LONG], violation=True)
    if "line" not in comment:
        call.hub.problems.append(f"{call.request}: a comment without a line")
        raise unprocessable(reviews.IN_REVIEW["line"])
    spot = _spot(comment)
    if found := reviews.mistake(files, spot):
        raise unprocessable(reviews.IN_REVIEW[found])
    return spot


def _spot(body: dict[str, Any]) -> reviews.Spot:
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


@route("GET", f"{PULL}/reviews/{{id}}", READ, docs="pulls/reviews#get-a-review")
def get_review(call: Call) -> Any:
    return _review(call, _found(call))


@route("PUT", f"{PULL}/reviews/{{id}}", WRITE, docs="pulls/reviews#update-a-review",
       keys={"body": "str*"})  # fmt: skip
def edit_review(call: Call) -> Any:
    review = _own(call, _found(call))
    review.body = _text(call, "PullRequestReview")
    call.hub.emit("pull_request_review", "edited", call.repo, call.pull, review=review)
    return _review(call, review)


@route("DELETE", f"{PULL}/reviews/{{id}}", WRITE, docs="pulls/reviews#delete-a-pending-review")
def delete_review(call: Call) -> Any:
    review = _own(call, _found(call))
    if review.state != "PENDING":
        raise unprocessable("Can not delete a non-pending pull request review")
    shown = _review(call, review)
    drop_review(call.pull, review)
    return shown


def drop_review(pull: Pull, review: Review) -> None:
    pull.reviews.remove(review)
    for _, comment in reviews.comments_of(pull, review.user, review.id):
        reviews.forget(pull, comment)


@route("POST", f"{PULL}/reviews/{{id}}/events", WRITE, docs="pulls/reviews#submit-a-review",
       keys={"body": "str", "event": "str*"})  # fmt: skip
def submit_review(call: Call) -> Any:
    review = _own(call, _found(call))
    no_verdict(call, call.body["event"])
    if review.state != "PENDING":
        raise unprocessable("Can not submit a review that is not pending")
    review.body = call.body.get("body", review.body)
    review.state, review.submitted = "COMMENTED", call.hub.now()
    call.hub.submitted(call.repo, call.pull, review)
    return _review(call, review)


@route("GET", f"{PULL}/reviews/{{id}}/comments", READ,
       docs="pulls/reviews#list-comments-for-a-pull-request-review")  # fmt: skip
def list_review_comments(call: Call) -> Answer:
    review = _found(call)
    found = reviews.comments_of(call.pull, call.token and call.token.actor, review.id)
    return call.page([_comment(call, call.pull, *pair) for pair in found])


@route("GET", f"{PULL}/comments", READ, query=LISTED,
       docs="pulls/comments#list-review-comments-on-a-pull-request")  # fmt: skip
def list_comments(call: Call) -> Answer:
    found = reviews.comments_of(call.pull, call.token and call.token.actor)
    if call.request.query.get("direction") == "desc":
        found.reverse()
    return call.page([_comment(call, call.pull, *pair) for pair in found])


@route("POST", f"{PULL}/comments", WRITE, keys=ALONE | {"path": "str", "commit_id": "str"},
       docs="pulls/comments#create-a-review-comment-for-a-pull-request")  # fmt: skip
def create_comment(call: Call) -> Any:
    body, pull = call.body, call.pull
    if "in_reply_to" in body:
        return _reply(call, body["in_reply_to"])
    check(body, ALONE)
    text = _text(call, "PullRequestReviewComment")
    if body.get("subject_type", "line") not in ("line", "file"):
        raise Refused(422, "Invalid request.\n\nsubject_type is invalid.", violation=True)
    if (body.get("subject_type") == "file") == ("line" in body):
        call.hub.problems.append(f"{call.request}: a comment has a line, or it is about a file")
    if not reviews.part_of(call.repo, pull, body["commit_id"]):
        error = {"code": "custom", "field": "commit_id"}
        raise invalid(
            "PullRequestReviewComment", error | {"message": f"commit_id {reviews.NOT_PART}"}
        )
    files, spot = reviews.files_at(call.repo, pull, body["commit_id"]), _spot(body)
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
    return _said(call, found[1], _text(call, "PullRequestReviewComment"))


def _said(call: Call, thread: Thread, text: str) -> Any:
    """A comment on its own: GitHub makes a review around it."""
    comment = call.hub.comment_alone(
        call.state, call.repo, call.pull, thread, call.actor.actor, text
    )
    return shaped(_comment(call, call.pull, thread, comment), 201)


@route("GET", COMMENT, READ, docs="pulls/comments#get-a-review-comment-for-a-pull-request")
def get_comment(call: Call) -> Any:
    return _comment(call, *_found_comment(call))


@route("PATCH", COMMENT, WRITE, keys={"body": "str*"},
       docs="pulls/comments#update-a-review-comment-for-a-pull-request")  # fmt: skip
def edit_comment(call: Call) -> Any:
    pull, thread, comment = _found_comment(call)
    _own(call, comment)
    comment.body, comment.updated = _text(call, "PullRequestReviewComment"), call.hub.now()
    call.hub.emit("pull_request_review_comment", "edited", call.repo, pull, comment=comment)
    return _comment(call, pull, thread, comment)


@route("DELETE", COMMENT, WRITE,
       docs="pulls/comments#delete-a-review-comment-for-a-pull-request")  # fmt: skip
def delete_comment(call: Call) -> Any:
    pull, _, comment = _found_comment(call)
    _own(call, comment)
    call.hub.emit("pull_request_review_comment", "deleted", call.repo, pull, comment=comment)
    reviews.forget(pull, comment)
    return Answer(204)


def _found_comment(call: Call) -> tuple[Pull, Thread, Comment]:
    found = reviews.find_comment(list(call.repo.pulls.values()), int(call.params["id"]))
    if found is None:
        raise not_found()
    return found


def _found(call: Call) -> Review:
    number, actor = int(call.params["id"]), call.token and call.token.actor
    for review in call.pull.reviews:
        if review.id == number and number not in reviews.hidden(call.pull, actor):
            return review
    raise not_found()


def _own(call: Call, written: Any) -> Any:
    """Refuses to change what another account wrote."""
    if written.user.login != call.actor.actor.login:
        call.hub.problems.append(f"{call.request}: changes what {written.user.login} wrote")
        raise Refused(403, "Resource not accessible by integration")
    return written


def _text(call: Call, resource: str) -> str:
    text: str = call.body["body"]
    if not text.strip():
        raise invalid(resource, {"code": "missing_field", "field": "body"}, violation=True)
    if len(text) > reviews.LONGEST:
        error = {"code": "unprocessable", "field": "data", "message": reviews.TOO_LONG}
        raise invalid(resource, error, violation=True)
    return text


def _review(call: Call, review: Review) -> Any:
    return call.hub.shapes.review(call.repo, call.pull, review)


def _comment(call: Call, pull: Pull, thread: Thread, comment: Comment) -> Any:
    return call.hub.shapes.thread_comment(call.repo, pull, thread, comment)
