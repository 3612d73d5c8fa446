"""The fake GitHub's GraphQL: threads, errors, and mutations that a bot must not use."""

from typing import Any

import pytest
from github_client import World, on_line, world

__all__ = ["world"]
THREADS = """
query Threads($owner: String!, $name: String!, $number: Int!, $after: String, $size: Int = 100) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      headRefOid
      reviewThreads(first: $size, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes { ...thread }
      }
    }
  }
}
fragment thread on PullRequestReviewThread {
  id isResolved isOutdated path line subjectType
  resolvedBy { __typename login databaseId }
  comments(first: 50) { nodes { databaseId body author { __typename login ... on Bot { id } } } }
}
"""
SHOP = {"owner": "acme", "name": "shop", "number": 1}
START = "mutation($p: ID!) { addPullRequestReview(input: {pullRequestId: $p}) {\
 pullRequestReview { id state } } }"
ADD = "mutation($i: AddPullRequestReviewThreadInput!) { addPullRequestReviewThread(input: $i) {\
 thread { id line subjectType } } }"


def threads(world: World, **more: Any) -> Any:
    found = world.bot.graphql(THREADS, **SHOP, **more)
    assert "errors" not in found, found
    return found["data"]["repository"]["pullRequest"]["reviewThreads"]


def test_who_resolved_what(world: World) -> None:
    first, second = world.threads()
    world.hub.resolve(first, by="alice")
    world.hub.resolve(second, by="helper[bot]")
    one, other = threads(world)["nodes"]
    assert one["isResolved"] and one["resolvedBy"]["login"] == "alice"
    assert one["resolvedBy"]["__typename"] == "User"
    assert other["isResolved"] and other["resolvedBy"] is None
    author = one["comments"]["nodes"][0]["author"]
    assert (author["__typename"], author["login"]) == ("Bot", "architrave") and author["id"]
    world.hub.unresolve(first, by="bob")
    assert not threads(world)["nodes"][0]["isResolved"] and world.hub.problems == []


def test_threads_come_in_pages(world: World) -> None:
    world.bot.review(*[on_line(line) for line in range(14, 19)])
    seen, after = [], None
    while True:
        page = threads(world, size=2, after=after)
        seen += [node["line"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == [14, 15, 16, 17, 18] and page["totalCount"] == 5
    found = world.bot.graphql(THREADS, **SHOP, size=101)
    assert found["errors"][0]["type"] == "EXCESSIVE_PAGINATION"


def test_a_node_by_its_id_and_what_is_not_there(world: World) -> None:
    thread, _ = world.threads()
    query = "query($id: ID!) { node(id: $id) { ... on PullRequestReviewThread { path } } }"
    assert world.bot.graphql(query, id=thread.node_id)["data"]["node"] == {"path": "a.py"}
    found = world.bot.graphql(query, id="PRRT_none")
    assert found["data"] == {"node": None} and found["errors"][0]["type"] == "NOT_FOUND"
    found = world.bot.graphql(THREADS, **SHOP | {"name": "none"})
    assert found["data"] == {"repository": None}
    assert found["errors"][0]["path"] == ["repository"]
    viewer = world.bot.graphql("{ viewer { login } rateLimit { remaining } }")["data"]
    assert viewer["viewer"]["login"] == "architrave" and world.hub.problems == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ viewer { login nonsense } }", "undefinedField"),
        ("{ viewer { login(first: 1) } }", "argumentNotAccepted"),
        ("{ viewer }", "selectionMismatch"),
        ("{ viewer { login { x } } }", "selectionMismatch"),
        ('{ repository(owner: "a") { id } }', "missingRequiredArguments"),
        ('{ repository(owner: 1, name: "b") { id } }', "argumentLiteralsIncompatible"),
        ("query Q($x: Int) { viewer { login } }", "variableNotUsed"),
        ("query Q { node(id: $x) { id } }", "variableNotDefined"),
        ("query Q($id: String!) { node(id: $id) { id } }", "variableMismatch"),
        ("{ viewer { ...none } }", "useAndDefineFragment"),
        ("{ viewer { ... on Bot { id } } }", "cannotSpreadFragment"),
    ],
)
def test_a_query_that_does_not_fit_the_schema(world: World, query: str, code: str) -> None:
    found = world.bot.graphql(query, **({"id": "x"} if "$id" in query else {}))
    assert "data" not in found and found["errors"][0]["extensions"]["code"] == code
    assert world.hub.problems


def test_a_query_that_is_none(world: World) -> None:
    for query in ("{ viewer { login }", "{ ^ }", "{}", "subscription { x }"):
        assert "Parse error" in world.bot.graphql(query)["errors"][0]["message"]
    assert len(world.hub.problems) == 4


def test_a_review_with_a_thread_about_a_file(world: World) -> None:
    got = world.bot.graphql(START, p=world.pull.node_id)["data"]["addPullRequestReview"]
    review = got["pullRequestReview"]
    assert review["state"] == "PENDING"
    spot = {"pullRequestReviewId": review["id"], "body": "Why?", "path": "logo.png"}
    got = world.bot.graphql(ADD, i=spot | {"subjectType": "FILE"})
    assert got["data"]["addPullRequestReviewThread"]["thread"]["subjectType"] == "FILE"
    outside = spot | {"path": "a.py", "line": 3}
    got = world.bot.graphql(ADD, i=outside)
    assert got["data"]["addPullRequestReviewThread"] == {"thread": None}
    send = 'mutation($r: ID!) { submitPullRequestReview(input: {pullRequestReviewId: $r,\
 event: COMMENT, body: "Brief."}) { pullRequestReview { state comments(first: 9) {\
 totalCount } } } }'
    got = world.bot.graphql(send, r=review["id"])["data"]["submitPullRequestReview"]
    assert got["pullRequestReview"] == {"state": "COMMENTED", "comments": {"totalCount": 1}}
    assert world.hub.problems == [] and len(world.hub.writes()) == 4


def test_replies_edits_and_hidden_comments(world: World) -> None:
    thread, _ = world.threads()
    reply = 'mutation($t: ID!) { addPullRequestReviewThreadReply(input: {\
 pullRequestReviewThreadId: $t, body: "Still."}) { comment { id replyTo { id } } } }'
    got = world.bot.graphql(reply, t=thread.node_id)["data"]["addPullRequestReviewThreadReply"]
    assert got["comment"]["replyTo"]["id"] == thread.comments[0].node_id
    hide = "mutation($c: ID!) { minimizeComment(input: {subjectId: $c, classifier: OUTDATED}) {\
 minimizedComment { isMinimized minimizedReason } } }"
    got = world.bot.graphql(hide, c=got["comment"]["id"])["data"]["minimizeComment"]
    assert got["minimizedComment"] == {"isMinimized": True, "minimizedReason": "outdated"}
    world.token.permissions["pull_requests"] = "read"
    assert world.bot.graphql(reply, t=thread.node_id)["errors"][0]["type"] == "FORBIDDEN"
    assert world.hub.problems == []


@pytest.mark.parametrize(
    "mutation",
    [
        "resolveReviewThread(input: {threadId: $id}) { thread { id } }",
        "unresolveReviewThread(input: {threadId: $id}) { thread { id } }",
        "mergePullRequest(input: {pullRequestId: $id}) { pullRequest { id } }",
        "closePullRequest(input: {pullRequestId: $id}) { pullRequest { id } }",
        "addPullRequestReview(input: {pullRequestId: $id, event: APPROVE}) { clientMutationId }",
    ],
)
def test_what_a_bot_must_not_do(world: World, mutation: str) -> None:
    thread, _ = world.threads()
    number = thread.node_id if "threadId" in mutation else world.pull.node_id
    world.token.permissions["contents"] = "write"
    found = world.bot.graphql(f"mutation($id: ID!) {{ {mutation} }}", id=number)
    assert found["errors"] and not thread.resolved and world.pull.state == "open"
    assert len(world.hub.problems) == 1 and "a bot must not" in world.hub.problems[0]


def test_faults_find_graphql_by_its_text(world: World) -> None:
    world.threads()
    world.hub.fail("POST", r"/graphql .*reviewThreads", 502)
    assert world.bot("POST", "/graphql", {"query": "{ viewer { login } }"}).status == 200
    body = {"query": THREADS.replace("\n", " "), "variables": SHOP}
    assert [world.bot("POST", "/graphql", body).status for _ in range(2)] == [502, 200]
