"""GitHub's answers as our nouns. Pure: JSON in, named tuples out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.conversation import NOBODY, Merge, Person, Posted, PullRequest, Remark, Thread


def person(node: Mapping[str, Any] | None) -> Person:
    """An account; one that is gone is nobody."""
    if not node:
        return NOBODY
    kind = str(node.get("__typename") or "User")
    return Person(str(node["login"]), kind, int(node.get("databaseId") or 0))


def viewer(node: Mapping[str, Any]) -> Person:
    """The account of the token. GraphQL says `User` of bots too; their logins tell them apart."""
    found = person(node)
    return found._replace(kind="Bot") if found.login.endswith("[bot]") else found


def pull_request(
    repository: str,
    node: Mapping[str, Any],
    reviews: Iterable[Mapping[str, Any]],
    threads: Iterable[Mapping[str, Any]],
) -> PullRequest:
    """A pull request with reviews, threads and remarks."""
    base = (node.get("baseRef") or {}).get("target") or {}
    return PullRequest(
        repository=repository,
        number=int(node["number"]),
        title=node["title"],
        body=node["body"] or "",
        author=person(node["author"]),
        base_tip=base.get("oid") or node["baseRefOid"],
        head=node["headRefOid"],
        state="open" if node["state"] == "OPEN" else "closed",
        commits=int(node["commits"]["totalCount"]),
        beside=_beside(node),
        reviews=tuple(_review(each) for each in reviews),
        threads=tuple(_thread(each) for each in threads),
        remarks=tuple(_remark(each) for each in node["comments"]["nodes"]),
    )


def merge(row: Mapping[str, Any]) -> Merge | None:
    """How a pull request was merged, as REST tells it; None where it was not."""
    if not row.get("merged") or not row.get("merge_commit_sha"):
        return None
    who = row.get("merged_by") or {}
    by = Person(str(who["login"]), str(who["type"]), int(who["id"])) if who else NOBODY
    return Merge(str(row["merge_commit_sha"]), by, str(row.get("merged_at") or ""))


def _beside(node: Mapping[str, Any]) -> tuple[int, ...]:
    """The other open pull requests that have the same commit as their head."""
    return tuple(
        int(each["number"])
        for commit in node["commits"]["nodes"]
        for each in (commit["commit"]["associatedPullRequests"] or {}).get("nodes", ())
        if (each["state"], each["headRefOid"]) == ("OPEN", node["headRefOid"])
        and each["number"] != node["number"]
    )


def _review(node: Mapping[str, Any]) -> Posted:
    commit = (node.get("commit") or {}).get("oid") or ""
    author, at = person(node["author"]), node.get("submittedAt") or ""
    edited = bool(node.get("lastEditedAt")), person(node.get("editor"))
    return Posted(int(node["databaseId"] or 0), commit, node["body"] or "", author, at, *edited)


def _thread(node: Mapping[str, Any]) -> Thread:
    said = [*node["opening"]["nodes"], *node["comments"]["nodes"]]
    return Thread(
        id=node["id"],
        is_resolved=bool(node["isResolved"]),
        resolved_by=person(node.get("resolvedBy")),
        # What opened it may be among the last ones too.
        remarks=tuple({each["databaseId"]: _remark(each) for each in said}.values()),
    )


def _remark(node: Mapping[str, Any]) -> Remark:
    return Remark(
        person(node["author"]),
        node["body"] or "",
        node["createdAt"],
        int(node["databaseId"] or 0),
        bool(node.get("lastEditedAt")),
        person(node.get("editor")),
    )


def line_comment(path: str, line: int | None, start_line: int | None, body: str) -> dict[str, Any]:
    """A comment as REST takes it; a start that is the line itself is refused there."""
    if line is None:
        return {"path": path, "subject_type": "file", "body": body}
    place: dict[str, Any] = {"path": path, "line": line, "side": "RIGHT", "body": body}
    if start_line is not None and start_line < line:
        place |= {"start_line": start_line, "start_side": "RIGHT"}
    return place


def said(status: int, data: Any) -> str:
    """What GitHub says of a failure, for a person: its message and nothing of what was sent."""
    message = data.get("message", "") if isinstance(data, dict) else ""
    return f"GitHub answered {status}: {str(message)[:300] or 'no reason given'}"


def pause(status: int, headers: Mapping[str, str] | None, message: str, now: float) -> float | None:
    """How long to wait, in seconds, where GitHub was asked too much; None where that is not so."""
    if status not in (403, 429):
        return None
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    if lower.get("retry-after", "").isdigit():
        return float(lower["retry-after"])
    reset = lower.get("x-ratelimit-reset", "")
    if lower.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(0.0, float(reset) - now)
    # "Wait for at least one minute", GitHub's documentation says of those that name no time.
    return 60.0 if status == 429 or "rate limit" in message.lower() else None


def graphql_failure(errors: Sequence[Any]) -> tuple[str, int, float | None]:
    """What failed, the status that REST would have, and how long to wait where it says so."""
    known = [error for error in errors if isinstance(error, dict)]
    kinds = {str(error.get("type", "")) for error in known}
    message = f"GitHub: {known[0].get('message') if known else 'the query failed'}"[:300]
    if "RATE_LIMITED" in kinds:
        return message, 429, 60.0
    if "NOT_FOUND" in kinds:
        return message, 404, None
    # Without a type something went wrong on GitHub's side, most often for want of time.
    return message, 403 if "FORBIDDEN" in kinds else 502 if kinds <= {""} else 400, None
