"""The fake GitHub, held against PyGithub."""

import pytest

pytest.importorskip("github")

from github import Auth, Github, GithubException, GithubIntegration, UnknownObjectException
from github_client import World, on_line, world

__all__ = ["world"]
FAST = {"seconds_between_requests": 0, "seconds_between_writes": 0}


def connected(world: World) -> Github:
    """As the App, by way of a token of its installation."""
    auth = Auth.AppAuth(world.app.id, world.hub.private_key(world.app))
    integration = GithubIntegration(auth=auth, base_url=world.hub.api_url, **FAST)
    on = integration.get_repo_installation("acme", "shop")
    token = integration.get_access_token(on.id, permissions={"pull_requests": "write",
                                                             "contents": "read"})  # fmt: skip
    integration.close()
    return Github(
        auth=Auth.Token(token.token), base_url=world.hub.api_url, per_page=100, retry=None, **FAST
    )


def test_a_review_from_beginning_to_end(world: World) -> None:
    with connected(world) as hub:
        repo = hub.get_repo("acme/shop")
        pull = repo.get_pull(1)
        assert next(iter(pull.get_files())).filename == "a.py"
        commit = repo.get_commit(pull.head.sha)
        comments = [on_line(16), on_line(3, "new.py")]
        review = pull.create_review(commit=commit, body="B.", event="COMMENT", comments=comments)
        assert [c.line for c in pull.get_single_review_comments(review.id)] == [16, 3]
        first = next(iter(pull.get_review_comments()))
        reply = pull.create_review_comment_reply(first.id, "Still.")
        reply.edit("Fixed.")
        on_file = pull.create_review_comment(
            body="Large.", commit=commit, path="logo.png", subject_type="file"
        )
        assert on_file.path == "logo.png" and pull.get_review(review.id).body == "B."
        pull.create_issue_comment("Done.").edit("Done!")
        assert [c.body for c in pull.get_issue_comments()] == ["Done!"]
        assert repo.get_contents("a.py", ref=pull.head.sha).decoded_content.startswith(b"x1")
        assert repo.compare("main", "topic").ahead_by == 1
        assert repo.get_collaborator_permission("alice") == "write"
    assert world.hub.problems == []


def test_errors_and_graphql(world: World) -> None:
    world.threads()
    with connected(world) as hub:
        pull = hub.get_repo("acme/shop").get_pull(1)
        commit = hub.get_repo("acme/shop").get_commit(pull.head.sha)
        bad = [on_line(2)]
        with pytest.raises(GithubException) as caught:
            pull.create_review(commit=commit, body="B.", event="COMMENT", comments=bad)
        assert caught.value.status == 422
        assert caught.value.data["errors"] == ["Line could not be resolved"]
        with pytest.raises(UnknownObjectException):
            hub.get_repo("acme/none")
        query = "query($id: ID!) { node(id: $id) { __typename } }"
        _, found = hub.requester.graphql_query(query, {"id": world.pull.node_id})
        assert found["data"]["node"]["__typename"] == "PullRequest"
    assert world.hub.problems == []


def test_checks_and_statuses(world: World) -> None:
    auth = Auth.Token(world.token.value)
    with Github(auth=auth, base_url=world.hub.api_url, retry=None, **FAST) as hub:
        repo = hub.get_repo("acme/shop")
        run = repo.create_check_run("architrave", world.pull.head_sha, status="in_progress")
        run.edit(conclusion="success", output={"title": "T", "summary": "S"})
        commit = repo.get_commit(world.pull.head_sha)
        assert [found.conclusion for found in commit.get_check_runs()] == ["success"]
        commit.create_status("failure", context="architrave")
        assert commit.get_combined_status().state == "failure"
        assert hub.get_rate_limit().rate.limit == 5000
    assert world.hub.problems == []
