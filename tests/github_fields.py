"""GraphQL: which field of which type is what."""

from typing import Any

import github_nodes as n
from github_nodes import Obj, Resolver, of, plain
from github_shapes import moment, pull_files


def _commit(name: str, of_pull: bool = False) -> Resolver:
    return lambda run, obj, arguments: n.shown_commit(obj, getattr(obj.of, name))


def _described(run: Any, obj: Obj, arguments: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = obj.repo.store.describe(obj.of)
    return found


def _head_repo(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj | None:
    found = run.call.state.repos.get(obj.of.head_repo)
    return found and Obj("Repository", found, found)


def _reply_to(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj | None:
    first = obj.of.thread.comments[0]
    return None if first is obj.of else n.shown_comment(obj, first)


def _review_of(run: Any, obj: Obj, arguments: dict[str, Any]) -> Obj | None:
    found = [review for review in obj.pull.reviews if review.id == obj.of.review]
    return n.shown_review(obj, found[0]) if found else None


def _association(run: Any, obj: Obj, arguments: dict[str, Any]) -> str:
    user = obj.of.author if obj.type == "PullRequest" else obj.of.user
    found: str = run.call.hub.shapes.association(obj.repo, user)
    return found


def _mine(run: Any, obj: Obj, arguments: dict[str, Any]) -> bool:
    return bool(obj.of.user.login == run.call.token.actor.login)


def _permission(run: Any, obj: Obj, arguments: dict[str, Any]) -> str | None:
    level = obj.of.level(run.call.token.actor)
    return None if level == "none" else level.upper()


def _sum(name: str) -> Resolver:
    return plain(lambda obj: sum(getattr(f, name) for f in pull_files(obj.repo, obj.of)))


def _time(name: str) -> Resolver:
    return plain(lambda obj: moment(getattr(obj.of, name)))


def _of_thread(name: str) -> Resolver:
    return plain(lambda obj: getattr(obj.of.thread, name))


def _whole(name: str) -> Resolver:
    return lambda run, obj, arguments: _described(run, obj, arguments)[name]


REPOSITORY = plain(lambda obj: Obj("Repository", obj.repo, obj.repo))
PULL = plain(lambda obj: n.shown_pull(obj.repo, obj.pull))
IDS: dict[str, Resolver] = {
    "id": of("node_id"), "databaseId": of("id"), "fullDatabaseId": plain(lambda o: str(o.of.id)),
}  # fmt: skip
ACTOR: dict[str, Resolver] = {
    "id": of("node_id"), "databaseId": of("id"), "login": of("plain_login"),
    "name": plain(lambda obj: None), "resourcePath": plain(lambda obj: f"/{obj.of.plain_login}"),
    "url": lambda run, obj, _: f"{run.call.hub.url}/{obj.of.plain_login}",
    "avatarUrl": lambda run, obj, _: f"{run.call.hub.url}/avatars/{obj.of.id}",
    "isViewer": lambda run, obj, _: obj.of.login == run.call.token.actor.login,
}  # fmt: skip
WRITTEN: dict[str, Resolver] = {
    **IDS, "body": of("body"), "bodyText": of("body"), "authorAssociation": _association,
    "author": plain(lambda obj: n.shown_user(obj.of.user)), "viewerDidAuthor": _mine,
    "viewerCanUpdate": _mine, "viewerCanDelete": _mine, "url": n.url_of, "pullRequest": PULL,
    "repository": REPOSITORY,
}  # fmt: skip
EDITOR = plain(lambda obj: n.shown_user(obj.of.editor) if obj.of.editor else None)
COMMENT: dict[str, Resolver] = {
    **WRITTEN, "createdAt": _time("created"), "updatedAt": _time("updated"),
    "publishedAt": _time("created"), "minimizedReason": of("minimized"),
    "isMinimized": plain(lambda obj: obj.of.minimized is not None),
    "lastEditedAt": plain(lambda obj: moment(obj.of.updated) if obj.of.editor else None),
    "editor": EDITOR,
}  # fmt: skip
FIELDS: dict[str, dict[str, Resolver]] = {
    "Query": {
        "repository": n.find_repository,
        "node": lambda run, obj, arguments: n.find_node(run, arguments["id"]),
        "nodes": lambda run, obj, arguments: [n.find_node(run, i) for i in arguments["ids"]],
        "viewer": lambda run, obj, arguments: n.shown_user(run.call.token.actor),
        "rateLimit": n.rate,
    },
    "Repository": {
        **IDS, "name": of("name"), "nameWithOwner": of("full_name"), "isPrivate": of("private"),
        "isArchived": of("archived"), "isFork": plain(lambda obj: obj.of.fork_of is not None),
        "url": lambda run, obj, _: f"{run.call.hub.url}/{obj.of.full_name}",
        "owner": plain(lambda obj: n.shown_user(obj.of.owner)), "pullRequest": n.find_pull,
        "pullRequests": n.list_pulls, "viewerPermission": _permission,
        "defaultBranchRef": plain(lambda obj: Obj("Ref", obj.of.default_branch, obj.of)),
    },
    "Ref": {
        "name": plain(lambda obj: obj.of), "prefix": plain(lambda obj: "refs/heads/"),
        "id": plain(lambda obj: f"REF_{obj.of}"),
        "target": plain(lambda obj: n.shown_commit(obj, obj.repo.store.resolve(obj.of))),
    },
    "Commit": {
        "oid": plain(lambda obj: obj.of), "id": plain(lambda obj: f"C_{obj.of}"),
        "associatedPullRequests": n.list_pulls_of_commit,
        "abbreviatedOid": plain(lambda obj: obj.of[:7]), "message": _whole("message"),
        "url": lambda run, obj, _: f"{run.call.hub.url}/{obj.repo.full_name}/commit/{obj.of}",
        "messageHeadline": lambda run, obj, _: _described(run, obj, _)["message"].split("\n")[0],
        "committedDate": lambda run, obj, _: _described(run, obj, _)["committer"]["date"],
        "authoredDate": lambda run, obj, _: _described(run, obj, _)["author"]["date"],
    },
    "PullRequestCommit": {
        "commit": plain(lambda obj: n.shown_commit(obj, obj.of)), "url": n.url_of,
    },
    "PullRequest": {
        **WRITTEN, "number": of("number"), "title": of("title"), "isDraft": of("draft"),
        "state": plain(lambda obj: n.state_of(obj.of)), "merged": of("merged"),
        "closed": plain(lambda obj: obj.of.state == "closed"),
        "mergeable": plain(lambda obj: n.mergeable(obj.of)),
        "author": plain(lambda obj: n.shown_user(obj.of.author)),
        "baseRef": plain(lambda obj: Obj("Ref", obj.of.base_ref, obj.repo)),
        "baseRefName": of("base_ref"), "baseRefOid": of("base_sha"),
        "headRefName": of("head_ref"), "headRefOid": of("head_sha"),
        "headRepository": _head_repo, "createdAt": _time("created"),
        "headRepositoryOwner": lambda run, obj, a: (
            (found := _head_repo(run, obj, a)) and n.shown_user(found.of.owner)
        ),
        "isCrossRepository": plain(lambda obj: obj.of.head_repo != obj.repo.full_name),
        "updatedAt": _time("updated"), "reviewThreads": n.list_threads,
        "reviews": n.list_reviews, "comments": n.list_conversation, "commits": n.list_commits,
        "changedFiles": plain(lambda obj: len(pull_files(obj.repo, obj.of))),
        "additions": _sum("additions"), "deletions": _sum("deletions"),
        "reviewDecision": plain(lambda obj: None), "isInMergeQueue": plain(lambda obj: False),
    },
    "PullRequestReviewThread": {
        "id": of("node_id"), "isResolved": of("resolved"), "isCollapsed": of("resolved"),
        "resolvedBy": plain(n.resolver_of), "isOutdated": of("outdated"), "path": of("path"),
        "line": of("line"), "startLine": of("start_line"), "diffSide": of("side"),
        "startDiffSide": of("start_side"), "subjectType": of("subject"),
        "originalLine": plain(lambda obj: obj.of.original[0]),
        "originalStartLine": plain(lambda obj: obj.of.original[1]),
        "comments": n.list_thread_comments, "pullRequest": PULL, "repository": REPOSITORY,
        "viewerCanReply": plain(lambda obj: True), "viewerCanResolve": n.may("resolve"),
        "viewerCanUnresolve": n.may("unresolve"),
    },
    "PullRequestReviewComment": {
        **COMMENT, "path": _of_thread("path"), "line": _of_thread("line"),
        "startLine": _of_thread("start_line"), "diffHunk": _of_thread("hunk"),
        "originalLine": plain(lambda obj: obj.of.thread.original[0]),
        "originalStartLine": plain(lambda obj: obj.of.thread.original[1]),
        "subjectType": _of_thread("subject"), "outdated": _of_thread("outdated"),
        "replyTo": _reply_to, "pullRequestReview": _review_of,
        "state": plain(lambda o: "PENDING" if o.of.review in n.unsent(o.pull) else "SUBMITTED"),
        "commit": plain(lambda obj: n.shown_commit(obj, obj.of.thread.commit)),
        "originalCommit": plain(lambda obj: n.shown_commit(obj, obj.of.thread.original_commit)),
    },
    "PullRequestReview": {
        **WRITTEN, "state": of("state"), "submittedAt": _time("submitted"),
        "createdAt": _time("submitted"), "updatedAt": _time("submitted"), "editor": EDITOR,
        "lastEditedAt": plain(lambda obj: moment(obj.of.edited) if obj.of.edited else None),
        "commit": _commit("commit"), "comments": n.list_review_comments,
    },
    "IssueComment": {
        **COMMENT, "issue": plain(lambda o: Obj("Issue", o.pull, o.repo, o.pull)),
    },
    "Issue": {"id": of("node_id"), "number": of("number")},
    **dict.fromkeys(["User", "Bot", "Organization", "Mannequin"], ACTOR),
}  # fmt: skip
