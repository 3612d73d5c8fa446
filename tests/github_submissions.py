"""REST: reviews of pull requests."""

from typing import Any

import github_reviews as reviews
from github_api import Call, Refused, check, not_found, route, unprocessable
from github_comments import PULL, READ, SPOT, WRITE, own, shown_comment, spot_of, text_of
from github_http import Answer
from github_model import Pull, Review

IN_REVIEW = {"path": "str*", "body": "str*", "position": "int", **SPOT}


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
    spot = spot_of(comment)
    if found := reviews.mistake(files, spot):
        raise unprocessable(reviews.IN_REVIEW[found])
    return spot


@route("GET", f"{PULL}/reviews/{{id}}", READ, docs="pulls/reviews#get-a-review")
def get_review(call: Call) -> Any:
    return _review(call, _found(call))


@route("PUT", f"{PULL}/reviews/{{id}}", WRITE, docs="pulls/reviews#update-a-review",
       keys={"body": "str*"})  # fmt: skip
def edit_review(call: Call) -> Any:
    review = own(call, _found(call))
    review.body, review.edited = text_of(call, "PullRequestReview"), call.hub.now()
    review.editor = call.token.actor if call.token else None
    call.hub.emit("pull_request_review", "edited", call.repo, call.pull, review=review)
    return _review(call, review)


@route("DELETE", f"{PULL}/reviews/{{id}}", WRITE, docs="pulls/reviews#delete-a-pending-review")
def delete_review(call: Call) -> Any:
    review = own(call, _found(call))
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
    review = own(call, _found(call))
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
    return call.page([shown_comment(call, call.pull, *pair) for pair in found])


def _found(call: Call) -> Review:
    number, actor = int(call.params["id"]), call.token and call.token.actor
    for review in call.pull.reviews:
        if review.id == number and number not in reviews.hidden(call.pull, actor):
            return review
    raise not_found()


def _review(call: Call, review: Review) -> Any:
    return call.hub.shapes.review(call.repo, call.pull, review)
