"""Webhook events: what happened, as GitHub tells it."""

import contextlib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import github_more_shapes as more_shapes
from github_accounts import App, User
from github_deliveries import Delivery, Event
from github_model import Check, Comment, Pull, Repository, Review, State, Thread
from github_shapes import Shapes, moment


class Events:
    """The part of the hub that tells the world what happened."""

    state: State
    shapes: Shapes
    events: list[Event]
    webhook_url: str | None
    lock: threading.RLock

    def now(self) -> float: ...

    def user(self, login: str, kind: str = "User") -> User: ...

    def remember(self) -> None: ...

    def event(self, name: str, action: str | None = None) -> tuple[str, dict[str, Any]]:
        """The newest event of that kind: its name and its payload."""
        found = self.find_event(name, action)
        return found.name, found.payload

    def find_event(self, name: str, action: str | None = None) -> Event:
        """The newest event of that kind."""
        for event in reversed(self.events):
            if event.name == name and action in (None, event.action):
                return event
        raise LookupError(f"no event {name} {action or ''}: {[e.name for e in self.events]}")

    def send(self, event: Event, app: App, *, url: str | None = None, timeout: float = 10,
             redelivery: bool = False) -> int:  # fmt: skip
        """Delivers an event; the status, or 0 when there was no answer. It is kept as delivery."""
        target, code = url or self.webhook_url, 0
        assert target, "no webhook_url"
        headers = event.headers(app.secret)
        request = urllib.request.Request(target, event.body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                code = answer.status
        except urllib.error.HTTPError as error:
            code = error.code
            error.close()
        except OSError:
            code = 0
        with self.lock:
            self.missed(event, code=code, redelivery=redelivery)
        return code

    def missed(self, event: Event, *, code: int = 0, redelivery: bool = False) -> Delivery:
        """Keeps a delivery without making one: by default one that nobody answered."""
        delivery = Delivery(self.state.number(), event, self.now(), code, redelivery)
        self.state.deliveries.append(delivery)
        return delivery

    def emit(self, name: str, action: str, repo: Repository, pull: Pull, *, by: User | None = None,
             review: Review | None = None, comment: Comment | None = None,
             more: dict[str, Any] | None = None) -> Event:  # fmt: skip
        """An event about a pull request; its sender wrote the review or comment, or is `by`."""
        head = self.state.repos.get(pull.head_repo)
        shown = self.shapes.pull(repo, pull, head)
        payload: dict[str, Any] = {"action": action, **self._frame(repo)}
        written = review or comment
        sender = by or (written.user if written else pull.author)
        if review:
            state = review.state.lower()
            payload["review"] = self.shapes.review(repo, pull, review) | {"state": state}
        if comment and comment.thread:
            thread = comment.thread
            payload["comment"] = self.shapes.thread_comment(repo, pull, thread, comment)
        elif comment:
            payload["comment"] = self.shapes.issue_comment(repo, pull, comment)
            payload["issue"] = self.shapes.issue(repo, pull)
        if name == "pull_request":
            payload["number"] = pull.number
            shown = self.shapes.full_pull(repo, pull, head)
        if name != "issue_comment":
            payload["pull_request"] = shown
        payload |= {"sender": self.shapes.user(sender), **(more or {})}
        return self._keep(Event(name, payload))

    def submitted(self, repo: Repository, pull: Pull, review: Review) -> None:
        """The events of a review that has been sent, and of its comments."""
        if review.submitted is None:
            return
        self.emit("pull_request_review", "submitted", repo, pull, review=review)
        for thread in pull.threads:
            for comment in thread.comments:
                if comment.review == review.id:
                    name = "pull_request_review_comment"
                    self.emit(name, "created", repo, pull, comment=comment)

    def emit_queue(self, action: str, repo: Repository, pull: Pull, ref: str, tip: str,
                   base: str, **more: Any) -> Event:  # fmt: skip
        """A merge group's event: `checks_requested`, or `destroyed` with a reason."""
        found = repo.store.describe(tip)
        head_commit = {
            "id": tip, "tree_id": found["tree"], "message": found["message"],
            "timestamp": found["committer"]["date"],
            "author": {k: found["author"][k] for k in ("name", "email")},
            "committer": {k: found["committer"][k] for k in ("name", "email")},
        }  # fmt: skip
        group = {
            "head_sha": tip, "head_ref": f"refs/heads/{ref}", "base_sha": base,
            "base_ref": f"refs/heads/{pull.base_ref}", "head_commit": head_commit,
        }  # fmt: skip
        payload = {"action": action, "merge_group": group, **self._frame(repo), **more}
        payload["sender"] = self.shapes.user(pull.author)
        return self._keep(Event("merge_group", payload))

    def emit_check(self, action: str, repo: Repository, check: Check, by: User, *,
                   identifier: str | None = None) -> Event:  # fmt: skip
        """A check run's event: created, completed, rerequested or requested_action."""
        shown = more_shapes.check(self.shapes, repo, check)
        payload = {"action": action, "check_run": shown, **self._frame(repo)}
        if identifier:
            payload["requested_action"] = {"identifier": identifier}
        payload["sender"] = self.shapes.user(by)
        return self._keep(Event("check_run", payload))

    def emit_installation(self, action: str, app: App, *, by: str = "alice") -> Event:
        """created, deleted, suspend or unsuspend; it changes nothing."""
        on = next(i for i in self.state.installations if i.app.id == app.id)
        shown = more_shapes.installation(self.shapes, on)
        payload = {"action": action, "installation": shown, "repositories": []}
        return self._keep(
            Event("installation", payload | {"sender": self.shapes.user(self.user(by))})
        )

    def ping(self) -> Event:
        hook = {"type": "App", "id": 1, "name": "web", "active": True, "events": []}
        payload = {"zen": "Keep it logically awesome.", "hook_id": 1, "hook": hook}
        return self._keep(Event("ping", payload))

    def repo_of(self, pull: Pull) -> Repository:
        return next(r for r in self.state.repos.values() if pull in r.pulls.values())

    def pull_of(self, part: Thread | Comment) -> Pull:
        """The pull request of a thread or a comment."""
        thread = part.thread if isinstance(part, Comment) else part
        for repo in self.state.repos.values():
            for pull in repo.pulls.values():
                if thread in pull.threads or part in pull.comments:
                    return pull
        raise LookupError("it has been deleted")

    @contextlib.contextmanager
    def _acting(self) -> Iterator[None]:
        """While a person acts no request is answered; the state before it is remembered."""
        with self.lock:
            self.remember()
            yield

    def _person(self, login: str) -> User:
        return self.user(login, "Bot" if login.endswith("[bot]") else "User")

    def _acted(self, pull: Pull, action: str, by: str | None, **more: Any) -> None:
        pull.updated = self.now()
        user = self._person(by) if by else pull.author
        self.emit("pull_request", action, self.repo_of(pull), pull, by=user, more=more)

    def _on_thread(self, action: str, thread: Thread, by: User | None = None) -> None:
        pull = self.pull_of(thread)
        repo, by = self.repo_of(pull), by or thread.resolved_by
        comments = [self.shapes.thread_comment(repo, pull, thread, c) for c in thread.comments]
        shown = {"node_id": thread.node_id, "comments": comments}
        more = {"thread": shown, "updated_at": moment(self.now())}
        self.emit("pull_request_review_thread", action, repo, pull, by=by, more=more)

    def _on_comment(
        self, action: str, comment: Comment, by: str | None, more: dict[str, Any]
    ) -> None:
        pull = self.pull_of(comment)
        name = "pull_request_review_comment" if comment.thread else "issue_comment"
        user = self._person(by) if by else comment.user
        self.emit(name, action, self.repo_of(pull), pull, by=user, comment=comment, more=more)

    def _frame(self, repo: Repository) -> dict[str, Any]:
        """Repository, organization and (when an App is there) installation."""
        owner = repo.owner
        org = {"login": owner.login, "id": owner.id, "node_id": owner.node_id}
        at = f"{self.shapes.api}/orgs/{owner.login}"
        urls = {f"{n}_url": f"{at}/{n}" for n in ("repos", "events", "hooks", "issues")}
        people = {f"{n}_url": f"{at}/{n}{{/member}}" for n in ("members", "public_members")}
        avatar = {"avatar_url": f"{self.shapes.url}/avatars/{owner.id}", "description": None}
        frame: dict[str, Any] = {"repository": self.shapes.repo(repo)}
        frame["organization"] = org | {"url": at} | urls | people | avatar
        for on in self.state.installations:
            if on.account.login == owner.login and on.app.slug != "github-actions":
                frame["installation"] = {"id": on.id, "node_id": f"MDIz{on.id}"}
        return frame

    def _keep(self, event: Event) -> Event:
        self.events.append(event)
        return event
