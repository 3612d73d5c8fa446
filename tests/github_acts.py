"""What people do on the fake GitHub; each act leaves its webhook event in `events`."""

import threading
from typing import Any

import github_reviews as reviews
from github_accounts import User
from github_checks import gate
from github_deliveries import Event
from github_events import Events
from github_git import Tree
from github_model import Comment, Pull, Repository, Review, State, Thread
from github_setup import Setup


class Acts(Setup, Events):
    """The part of the hub that acts for people. `by` is a login."""

    lock: threading.RLock

    def open(self, repo: Repository, tree: Tree | None = None, *, sha: str | None = None,
             author: str = "alice", base: str = "main", branch: str = "topic",
             title: str = "Change", body: str | None = None, fork: Repository | None = None,
             draft: bool = False, message: str = "work") -> Pull:  # fmt: skip
        """A pull request from a tree (on top of the base branch) or a commit."""
        with self._acting():
            if sha is None:
                on = repo.store.resolve(base)
                sha = self.commit(repo, tree or {}, on=on, message=message)
            pull = self.fresh_pull(
                repo, sha, author=author, base=base, branch=branch, title=title, body=body,
                head_repo=(fork or repo).full_name, draft=draft,
            )  # fmt: skip
            self._placed(repo, pull)
            self.emit("pull_request", "opened", repo, pull, by=pull.author)
            return pull

    def push(self, pull: Pull, new: Tree | str, *, by: str | None = None,
             message: str = "work") -> str:  # fmt: skip
        """A tree on top of the head, or a commit that is there; the new head."""
        with self._acting():
            repo, before = self.repo_of(pull), pull.head_sha
            sha = new if isinstance(new, str) else repo.store.commit(new, [before], message)
            pull.head_sha, pull.updated = sha, self.now()
            pull.base_sha = repo.store.resolve(pull.base_ref) or pull.base_sha
            pull.heads.append(sha)
            self._placed(repo, pull)
            for thread in pull.threads:
                reviews.follow(repo, pull, thread)
            user = self.user(by) if by else pull.author
            more = {"before": before, "after": sha}
            self.emit("pull_request", "synchronize", repo, pull, by=user, more=more)
            return sha

    def force_push(self, pull: Pull, new: Tree | str, *, by: str | None = None) -> str:
        """A commit in place of all of the pull request's: a tree stands on the merge base."""
        repo = self.repo_of(pull)
        if not isinstance(new, str):
            start = repo.store.merge_base(pull.base_sha, pull.head_sha)
            new = repo.store.commit(new, [start] if start else [], "amended")
        return self.push(pull, new, by=by)

    def rebase(self, pull: Pull, *, by: str | None = None) -> str:
        """The same commits anew on top of the base branch as it is now."""
        repo = self.repo_of(pull)
        onto = repo.store.resolve(pull.base_ref) or pull.base_sha
        start = repo.store.merge_base(onto, pull.head_sha) or pull.base_sha
        return self.push(pull, repo.store.replay(onto, start, pull.head_sha), by=by)

    def rename(self, repo: Repository, name: str, *, by: str = "root") -> None:
        """Another name, or with another owner a transfer; the old name is nobody's from now on."""
        with self._acting():
            before, owner = repo.full_name, repo.owner
            self.state.repos[name] = self.state.repos.pop(before)
            repo.full_name = name
            repo.owner = self.user(name.partition("/")[0], "Organization")
            for pull in repo.pulls.values():
                pull.head_repo = name if pull.head_repo == before else pull.head_repo
            changes: dict[str, Any] = {"repository": {"name": {"from": before.partition("/")[2]}}}
            if owner is not repo.owner:
                changes = {"owner": {"from": {"organization": self.shapes.user(owner)}}}
            action = "transferred" if "owner" in changes else "renamed"
            payload = {"action": action, "changes": changes, **self._frame(repo)}
            payload["sender"] = self.shapes.user(self.user(by))
            self._keep(Event("repository", payload))

    def push_to_base(self, repo: Repository, tree: Tree, *, branch: str = "main") -> str:
        """Somebody else's commit on a branch."""
        with self._acting():
            sha = self.commit(repo, tree, on=repo.store.resolve(branch))
            self.branch(repo, branch, sha)
            for pull in repo.pulls.values():
                if pull.state == "open" and pull.base_ref == branch:
                    self._placed(repo, pull)
            return sha

    def edit(self, pull: Pull, *, by: str | None = None, **what: Any) -> None:
        """Changes title, body or base_ref."""
        with self._acting():
            repo, names = self.repo_of(pull), {"base_ref": "base"}
            changes = {names.get(k, k): {"from": getattr(pull, k)} for k in what}
            if "base_ref" in what:
                old = {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}
                changes["base"] = old
                pull.base_sha = repo.store.resolve(what["base_ref"]) or pull.base_sha
            for name, value in what.items():
                setattr(pull, name, value)
            for thread in pull.threads:
                reviews.follow(repo, pull, thread)
            self._placed(repo, pull)
            self._acted(pull, "edited", by, changes=changes)

    def ready(self, pull: Pull, *, by: str | None = None) -> None:
        with self._acting():
            pull.draft = False
            self._acted(pull, "ready_for_review", by)

    def close(self, pull: Pull, *, by: str | None = None) -> None:
        with self._acting():
            pull.state = "closed"
            self._acted(pull, "closed", by)

    def reopen(self, pull: Pull, *, by: str | None = None) -> None:
        with self._acting():
            pull.state = "open"
            self._acted(pull, "reopened", by)

    def merge(self, pull: Pull, *, by: str, how: str = "merge") -> str:
        """Merges as the button does, by `merge`, `squash` or `rebase`; the newest commit of it."""
        with self._acting():
            repo = self.repo_of(pull)
            tip = repo.store.resolve(pull.base_ref)
            assert tip, f"no branch {pull.base_ref}"
            # The test merge may be with a base that has moved on since.
            pull.merge_sha = repo.store.merge(tip, pull.head_sha)
            assert pull.merge_sha, "it conflicts"
            if how == "squash":
                pull.merge_sha = repo.store.text(
                    "commit-tree", f"{pull.merge_sha}^{{tree}}", "-p", tip, "-m", pull.title
                )
            elif how == "rebase":
                since = repo.store.merge_base(tip, pull.head_sha) or tip
                pull.merge_sha = repo.store.replay(tip, since, pull.head_sha)
            self.branch(repo, pull.base_ref, pull.merge_sha)
            pull.state, pull.merged, pull.merged_by = "closed", True, self._person(by)
            self._acted(pull, "closed", by)
            return pull.merge_sha

    def resolve(self, thread: Thread, by: str) -> None:
        """Resolves a conversation; a login that ends in [bot] is a bot's."""
        with self._acting():
            thread.resolved, thread.resolved_by = True, self._person(by)
            self._on_thread("resolved", thread)

    def unresolve(self, thread: Thread, by: str) -> None:
        with self._acting():
            thread.resolved, thread.resolved_by = False, None
            self._on_thread("unresolved", thread, self._person(by))

    def reply(self, thread: Thread, by: str, text: str) -> Comment:
        """An answer in a thread."""
        with self._acting():
            pull = self.pull_of(thread)
            repo, user = self.repo_of(pull), self._person(by)
            return self.comment_alone(self.state, repo, pull, thread, user, text)

    def say(self, pull: Pull, by: str, text: str) -> Comment:
        """A comment in the conversation."""
        with self._acting():
            now = self.now()
            comment = Comment(self.state.number(), self._person(by), text, now, now)
            pull.comments.append(comment)
            repo = self.repo_of(pull)
            self.emit("issue_comment", "created", repo, pull, comment=comment)
            return comment

    def edit_comment(self, comment: Comment, text: str, *, by: str | None = None) -> None:
        with self._acting():
            more = {"changes": {"body": {"from": comment.body}}}
            comment.body, comment.updated = text, self.now()
            self._on_comment("edited", comment, by, more)

    def delete_comment(self, comment: Comment, *, by: str | None = None) -> None:
        """Removes a comment from its thread or from the conversation."""
        with self._acting():
            self._on_comment("deleted", comment, by, {})
            pull = self.pull_of(comment)
            if comment.thread:
                reviews.forget(pull, comment)
            else:
                pull.comments.remove(comment)

    def review(self, pull: Pull, by: str, *, state: str = "COMMENTED", body: str = "") -> Review:
        """A person's review without comments: APPROVED, CHANGES_REQUESTED, or just words."""
        with self._acting():
            user, repo, now = self._person(by), self.repo_of(pull), self.now()
            review = reviews.begin(
                self.state, pull, user, body=body, commit=pull.head_sha, submitted=now
            )
            review.state = state
            self.submitted(repo, pull, review)
            return review

    def comment_on(self, pull: Pull, by: str, spot: reviews.Spot, text: str) -> Thread:
        """A person's comment on a line, which starts a thread."""
        with self._acting():
            repo, user = self.repo_of(pull), self._person(by)
            files = reviews.files_at(repo, pull, pull.head_sha)
            assert not reviews.mistake(files, spot), reviews.mistake(files, spot)
            thread = reviews.open_thread(self.state, repo, pull, pull.head_sha, spot, files)
            self.comment_alone(self.state, repo, pull, thread, user, text)
            return thread

    def merge_queue(self, *pulls: Pull) -> str:
        """Queues pull requests of one repository together; the head that must be checked."""
        with self._acting():
            repo, base = self.repo_of(pulls[0]), pulls[0].base_ref
            start = tip = repo.store.resolve(base)
            assert start, f"no branch {base}"
            for pull in pulls:
                merged = repo.store.merge(tip, pull.head_sha)
                assert merged, f"pull request {pull.number} conflicts"
                tip = merged
            ref = f"gh-readonly-queue/{base}/pr-{pulls[-1].number}-{start}"
            self.branch(repo, ref, tip)
            self.emit_queue("checks_requested", repo, pulls[-1], ref, tip, start)
            return tip

    def leave_queue(self, pull: Pull, tip: str, *, reason: str = "invalidated") -> None:
        """A merge group ends: merged, invalidated or dequeued."""
        with self._acting():
            repo, base = self.repo_of(pull), pull.base_ref
            start = repo.store.merge_base(tip, repo.store.resolve(base) or tip) or tip
            ref = f"gh-readonly-queue/{base}/pr-{pull.number}-{start}"
            self.emit_queue("destroyed", repo, pull, ref, tip, start, reason=reason)
            if reason == "merged":
                self.branch(repo, base, tip)
            repo.store.point(f"refs/heads/{ref}", None)

    def gate(self, pull: Pull, context: str = "architrave") -> str | None:
        """What branch protection sees at the head: None, pending, success, failure, ..."""
        return gate(self.repo_of(pull), pull.head_sha, context)

    def comment_alone(self, state: State, repo: Repository, pull: Pull, thread: Thread, user: User,
                      text: str) -> Comment:  # fmt: skip
        """A comment outside of a review: GitHub makes a review of that one comment."""
        now = self.now()
        review = reviews.begin(state, pull, user, body="", commit=pull.head_sha, submitted=now)
        comment = reviews.say(state, thread, user, text, review, now)
        self.emit("pull_request_review", "submitted", repo, pull, review=review)
        self.emit("pull_request_review_comment", "created", repo, pull, comment=comment)
        return comment

    def _placed(self, repo: Repository, pull: Pull) -> None:
        """Sets the refs of a pull request, and its test merge with the base as it is now."""
        store, name = repo.store, f"refs/pull/{pull.number}"
        tip = store.resolve(pull.base_ref)
        pull.merge_sha = tip and store.merge(tip, pull.head_sha)
        pull.mergeable = pull.merge_sha is not None
        store.point(f"{name}/head", pull.head_sha)
        if pull.merge_sha:
            store.point(f"{name}/merge", pull.merge_sha)
        if head_repo := self.state.repos.get(pull.head_repo):
            self.branch(head_repo, pull.head_ref, pull.head_sha)
