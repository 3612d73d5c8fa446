"""REST: the conversation of a pull request, which GitHub calls the comments of an issue."""

from typing import Any

import github_reviews as reviews
from github_api import Call, Refused, invalid, not_found, route, shaped
from github_http import Answer
from github_model import Comment, Pull

READ, WRITE = "issues:read|pull_requests:read", "issues:write|pull_requests:write"
REPO = "/repos/{owner}/{repo}"
COMMENT = f"{REPO}/issues/comments/{{id}}"
LISTED = f"{REPO}/issues/{{number}}/comments"
RESOURCE = "IssueComment"


@route("GET", f"{REPO}/issues/{{number}}", READ, docs="issues/issues#get-an-issue")
def get_issue(call: Call) -> Any:
    return call.hub.shapes.issue(call.repo, call.pull)


@route("GET", LISTED, READ, docs="issues/comments#list-issue-comments", query=("since",))
def list_comments(call: Call) -> Answer:
    shapes = call.hub.shapes
    return call.page([shapes.issue_comment(call.repo, call.pull, c) for c in call.pull.comments])


@route("POST", LISTED, WRITE, docs="issues/comments#create-an-issue-comment",
       keys={"body": "str*"})  # fmt: skip
def create_comment(call: Call) -> Answer:
    now = call.hub.now()
    comment = Comment(call.state.number(), call.actor.actor, text_of(call), now, now)
    call.pull.comments.append(comment)
    call.hub.emit("issue_comment", "created", call.repo, call.pull, comment=comment)
    return shaped(call.hub.shapes.issue_comment(call.repo, call.pull, comment), 201)


@route("GET", COMMENT, READ, docs="issues/comments#get-an-issue-comment")
def get_comment(call: Call) -> Any:
    return call.hub.shapes.issue_comment(call.repo, *_found(call))


@route("PATCH", COMMENT, WRITE, docs="issues/comments#update-an-issue-comment",
       keys={"body": "str*"})  # fmt: skip
def edit_comment(call: Call) -> Any:
    pull, comment = _own(call)
    comment.body, comment.updated = text_of(call), call.hub.now()
    comment.editor = call.token.actor if call.token else None
    call.hub.emit("issue_comment", "edited", call.repo, pull, comment=comment)
    return call.hub.shapes.issue_comment(call.repo, pull, comment)


@route("DELETE", COMMENT, WRITE, docs="issues/comments#delete-an-issue-comment")
def delete_comment(call: Call) -> Answer:
    pull, comment = _own(call)
    call.hub.emit("issue_comment", "deleted", call.repo, pull, comment=comment)
    pull.comments.remove(comment)
    return Answer(204)


def text_of(call: Call) -> str:
    text: str = call.body["body"]
    if not text.strip():
        raise invalid(RESOURCE, {"code": "missing_field", "field": "body"}, violation=True)
    if len(text) > reviews.LONGEST:
        error = {"code": "unprocessable", "field": "data", "message": reviews.TOO_LONG}
        raise invalid(RESOURCE, error, violation=True)
    return text


def _own(call: Call) -> tuple[Pull, Comment]:
    """Refuses to change what another account wrote."""
    pull, comment = _found(call)
    if comment.user.login != call.actor.actor.login:
        call.hub.problems.append(f"{call.request}: changes what {comment.user.login} wrote")
        raise Refused(403, "Resource not accessible by integration")
    return pull, comment


def _found(call: Call) -> tuple[Pull, Comment]:
    for pull in call.repo.pulls.values():
        for comment in pull.comments:
            if comment.id == int(call.params["id"]):
                return pull, comment
    raise not_found()
