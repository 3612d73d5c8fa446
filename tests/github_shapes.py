"""Records as the REST API writes them."""

import datetime as dt
from typing import Any

from github_accounts import User
from github_git import File
from github_model import Comment, Pull, Repository, Review, Thread

REPO_URLS = {
    "keys": "keys{/key_id}", "collaborators": "collaborators{/collaborator}", "teams": "teams",
    "hooks": "hooks", "issue_events": "issues/events{/number}", "events": "events",
    "assignees": "assignees{/user}", "branches": "branches{/branch}", "tags": "tags",
    "blobs": "git/blobs{/sha}", "git_tags": "git/tags{/sha}", "git_refs": "git/refs{/sha}",
    "trees": "git/trees{/sha}", "statuses": "statuses/{sha}", "languages": "languages",
    "stargazers": "stargazers", "contributors": "contributors", "subscribers": "subscribers",
    "subscription": "subscription", "commits": "commits{/sha}", "git_commits": "git/commits{/sha}",
    "comments": "comments{/number}", "issue_comment": "issues/comments{/number}",
    "contents": "contents/{+path}", "compare": "compare/{base}...{head}", "merges": "merges",
    "archive": "{archive_format}{/ref}", "downloads": "downloads", "issues": "issues{/number}",
    "pulls": "pulls{/number}", "milestones": "milestones{/number}", "labels": "labels{/name}",
    "notifications": "notifications{?since,all,participating}", "releases": "releases{/id}",
    "deployments": "deployments", "forks": "forks",
}  # fmt: skip
USER_URLS = {
    "followers": "followers", "following": "following{/other_user}", "gists": "gists{/gist_id}",
    "starred": "starred{/owner}{/repo}", "subscriptions": "subscriptions",
    "organizations": "orgs", "repos": "repos", "events": "events{/privacy}",
    "received_events": "received_events",
}  # fmt: skip
NO_REACTIONS = dict.fromkeys(
    ["total_count", "+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket"], 0
)


def moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


class Shapes:
    """Writes records; `url` is that of the server and `api` that of its REST API."""

    def __init__(self, url: str) -> None:
        self.url, self.api = url, f"{url}/api/v3"

    def user(self, user: User) -> dict[str, Any]:
        at = f"{self.api}/users/{user.login}"
        return {
            "login": user.login, "id": user.id, "node_id": user.node_id, "gravatar_id": "",
            "avatar_url": f"{self.url}/avatars/{user.id}", "url": at, "type": user.type,
            "html_url": f"{self.url}/{user.login}", "site_admin": False,
            "user_view_type": "public",
            **{f"{name}_url": f"{at}/{tail}" for name, tail in USER_URLS.items()},
        }  # fmt: skip

    def repo(self, repo: Repository) -> dict[str, Any]:
        at, page = f"{self.api}/repos/{repo.full_name}", f"{self.url}/{repo.full_name}"
        pulls = sum(pull.state == "open" for pull in repo.pulls.values())
        return {
            "id": repo.id, "node_id": repo.node_id, "name": repo.name, "private": repo.private,
            "full_name": repo.full_name, "owner": self.user(repo.owner), "html_url": page,
            "description": None, "fork": repo.fork_of is not None, "url": at,
            **{f"{name}_url": f"{at}/{tail}" for name, tail in REPO_URLS.items()},
            "git_url": f"git://{page.partition('//')[2]}.git", "clone_url": f"{page}.git",
            "ssh_url": f"git@github.com:{repo.full_name}.git", "svn_url": page, "size": 1,
            "mirror_url": None, "homepage": None, "language": "Python", "forks_count": 0,
            "stargazers_count": 0, "watchers_count": 0, "default_branch": repo.default_branch,
            "open_issues_count": pulls, "is_template": False, "topics": [], "has_issues": True,
            "has_projects": False, "has_wiki": False, "has_pages": False, "has_downloads": True,
            "has_discussions": False, "archived": repo.archived, "disabled": False,
            "visibility": "private" if repo.private else "public", "license": None,
            "pushed_at": moment(1767225600), "created_at": moment(1767225600), "forks": 0,
            "updated_at": moment(1767225600), "open_issues": pulls, "watchers": 0,
            "allow_forking": True, "web_commit_signoff_required": False,
        }  # fmt: skip

    def full_repo(self, repo: Repository) -> dict[str, Any]:
        """As a single repository is shown."""
        return self.repo(repo) | {
            "network_count": 0, "subscribers_count": 0, "allow_squash_merge": True,
            "allow_merge_commit": True, "allow_rebase_merge": True, "allow_auto_merge": False,
            "delete_branch_on_merge": False,
        }  # fmt: skip

    def pull(self, repo: Repository, pull: Pull, head_repo: Repository | None) -> dict[str, Any]:
        """As lists and events show it."""
        at, page = self._places(repo, pull)
        issue = f"{self.api}/repos/{repo.full_name}/issues/{pull.number}"
        statuses = f"{self.api}/repos/{repo.full_name}/statuses/{pull.head_sha}"
        links = {
            "self": at, "html": page, "issue": issue, "comments": f"{issue}/comments",
            "review_comments": f"{at}/comments", "commits": f"{at}/commits",
            "review_comment": f"{self.api}/repos/{repo.full_name}/pulls/comments{{/number}}",
            "statuses": statuses,
        }  # fmt: skip
        closed = moment(pull.updated) if pull.state == "closed" else None
        return {
            "url": at, "id": pull.id, "node_id": pull.node_id, "html_url": page,
            "diff_url": f"{page}.diff", "patch_url": f"{page}.patch", "issue_url": issue,
            "number": pull.number, "state": pull.state, "locked": False, "title": pull.title,
            "user": self.user(pull.author), "body": pull.body, "labels": [], "milestone": None,
            "created_at": moment(pull.created), "updated_at": moment(pull.updated),
            "closed_at": closed, "merged_at": closed if pull.merged else None,
            "merge_commit_sha": pull.merge_sha, "assignee": None, "assignees": [],
            "requested_reviewers": [], "requested_teams": [], "draft": pull.draft,
            "commits_url": f"{at}/commits", "review_comments_url": f"{at}/comments",
            "review_comment_url": links["review_comment"], "statuses_url": statuses,
            "comments_url": f"{issue}/comments", "auto_merge": None, "active_lock_reason": None,
            "head": self._end(head_repo, pull.head_ref, pull.head_sha, pull.head_repo),
            "base": self._end(repo, pull.base_ref, pull.base_sha, repo.full_name),
            "_links": {name: {"href": link} for name, link in links.items()},
            "author_association": pull.author_association,
        }  # fmt: skip

    def full_pull(
        self, repo: Repository, pull: Pull, head_repo: Repository | None
    ) -> dict[str, Any]:
        """As a single pull request is shown."""
        files = pull_files(repo, pull)
        merged_by = self.user(pull.merged_by) if pull.merged_by else None
        ready = pull.mergeable and not pull.draft
        state = "unknown" if pull.mergeable is None else "clean" if ready else "dirty"
        return self.pull(repo, pull, head_repo) | {
            "merged": pull.merged, "mergeable": pull.mergeable, "rebaseable": pull.mergeable,
            "mergeable_state": "draft" if pull.draft else state, "merged_by": merged_by,
            "comments": len(pull.comments), "maintainer_can_modify": False,
            "review_comments": sum(len(thread.comments) for thread in pull.threads),
            "commits": len(repo.store.log(pull.base_sha, pull.head_sha, 10**6)),
            "additions": sum(file.additions for file in files),
            "deletions": sum(file.deletions for file in files), "changed_files": len(files),
        }  # fmt: skip

    def review(self, repo: Repository, pull: Pull, review: Review) -> dict[str, Any]:
        at, page = self._places(repo, pull)
        page = f"{page}#pullrequestreview-{review.id}"
        shown = {
            "id": review.id, "node_id": review.node_id, "user": self.user(review.user),
            "body": review.body, "state": review.state, "html_url": page,
            "pull_request_url": at, "author_association": self.association(repo, review.user),
            "_links": {"html": {"href": page}, "pull_request": {"href": at}},
            "commit_id": review.commit,
        }  # fmt: skip
        # A pending review has not been submitted: the key is missing, as it is at GitHub.
        return shown | ({} if review.submitted is None else self._submitted(review))

    def thread_comment(
        self, repo: Repository, pull: Pull, thread: Thread, comment: Comment
    ) -> dict[str, Any]:
        at, page = self._places(repo, pull)
        url = f"{self.api}/repos/{repo.full_name}/pulls/comments/{comment.id}"
        page = f"{page}#discussion_r{comment.id}"
        shown: dict[str, Any] = {
            "url": url, "pull_request_review_id": comment.review, "id": comment.id,
            "node_id": comment.node_id, "diff_hunk": thread.hunk, "path": thread.path,
            "commit_id": thread.commit, "original_commit_id": thread.original_commit,
            "user": self.user(comment.user), "body": comment.body, "html_url": page,
            "created_at": moment(comment.created), "updated_at": moment(comment.updated),
            "pull_request_url": at, "reactions": NO_REACTIONS | {"url": f"{url}/reactions"},
            "author_association": self.association(repo, comment.user),
            "_links": {
                "self": {"href": url}, "html": {"href": page}, "pull_request": {"href": at},
            },
            "start_line": thread.start_line, "original_start_line": thread.original[1],
            "start_side": thread.start_side, "line": thread.line,
            "original_line": thread.original[0], "side": thread.side,
            "subject_type": thread.subject.lower(),
            "original_position": self.position(repo, pull, thread, original=True),
            "position": self.position(repo, pull, thread),
        }  # fmt: skip
        if comment is not thread.comments[0]:
            shown["in_reply_to_id"] = thread.comments[0].id
        return shown

    def position(
        self, repo: Repository, pull: Pull, thread: Thread, *, original: bool = False
    ) -> int | None:
        """The old way to say a line: how far down the patch it is."""
        if thread.subject == "FILE":
            return 1
        if original:
            return thread.hunk.count("\n") or 1
        for file in pull_files(repo, pull):
            if file.path == thread.path and thread.line is not None:
                return file.lines.get((thread.side, thread.line), (0, None))[1]
        return None

    def issue_comment(self, repo: Repository, pull: Pull, comment: Comment) -> dict[str, Any]:
        url = f"{self.api}/repos/{repo.full_name}/issues/comments/{comment.id}"
        return {
            "url": url, "id": comment.id, "node_id": comment.node_id, "body": comment.body,
            "html_url": f"{self._places(repo, pull)[1]}#issuecomment-{comment.id}",
            "issue_url": f"{self.api}/repos/{repo.full_name}/issues/{pull.number}",
            "user": self.user(comment.user), "created_at": moment(comment.created),
            "updated_at": moment(comment.updated),
            "author_association": self.association(repo, comment.user),
            "reactions": NO_REACTIONS | {"url": f"{url}/reactions"},
            "performed_via_github_app": None,
        }  # fmt: skip

    def issue(self, repo: Repository, pull: Pull) -> dict[str, Any]:
        """The pull request as an issue."""
        at, page = self._places(repo, pull)
        url = f"{self.api}/repos/{repo.full_name}/issues/{pull.number}"
        tails = {"comments": "comments", "events": "events", "timeline": "timeline"}
        urls = {f"{name}_url": f"{url}/{tail}" for name, tail in tails.items()}
        same = {"diff_url": f"{page}.diff", "patch_url": f"{page}.patch", "html_url": page}
        return {
            "url": url, "repository_url": f"{self.api}/repos/{repo.full_name}", "id": pull.id,
            "labels_url": f"{url}/labels{{/name}}", **urls, "html_url": page,
            "node_id": pull.node_id, "number": pull.number, "title": pull.title,
            "user": self.user(pull.author), "labels": [], "state": pull.state, "locked": False,
            "assignee": None, "assignees": [], "milestone": None, "draft": pull.draft,
            "comments": len(pull.comments), "created_at": moment(pull.created),
            "updated_at": moment(pull.updated), "closed_at": None, "body": pull.body,
            "author_association": pull.author_association, "active_lock_reason": None,
            "pull_request": {"url": at, **same, "merged_at": None}, "state_reason": None,
            "performed_via_github_app": None, "reactions": NO_REACTIONS | {"url": f"{url}/reactions"},
        }  # fmt: skip

    def association(self, repo: Repository, user: User) -> str:
        if user.login == repo.owner.login:
            return "OWNER"
        return "COLLABORATOR" if user.login in repo.collaborators else "NONE"

    def _submitted(self, review: Review) -> dict[str, Any]:
        return {"submitted_at": moment(review.submitted)}

    def _end(self, repo: Repository | None, ref: str, sha: str, full_name: str) -> dict[str, Any]:
        shown = repo and self.repo(repo)
        user = repo and self.user(repo.owner)
        label = f"{full_name.partition('/')[0]}:{ref}"
        return {"label": label, "ref": ref, "sha": sha, "user": user, "repo": shown}

    def _places(self, repo: Repository, pull: Pull) -> tuple[str, str]:
        return (
            f"{self.api}/repos/{repo.full_name}/pulls/{pull.number}",
            f"{self.url}/{repo.full_name}/pull/{pull.number}",
        )


def pull_files(repo: Repository, pull: Pull) -> tuple[File, ...]:
    """What a pull request changes since it left its base branch."""
    start = repo.store.merge_base(pull.base_sha, pull.head_sha)
    return repo.store.diff(start or pull.base_sha, pull.head_sha)
