"""A strict fake GitHub on a loopback socket: REST, GraphQL, webhooks, and Git over smart HTTP.

A test builds a repository with pull requests, lets the bot work on it, lets people act, and at
the end asserts that `problems` is empty: the bot broke no rule and did nothing that it must not.
"""

import copy
import hashlib
import json
import threading
import time
import traceback
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import github_apps as apps
import github_checks as checks
import github_comments as comments
import github_conversation as conversation
import github_manifests as manifests
import github_oauth as oauth
import github_pulls as pulls
import github_repos as repos
import github_smart as smart
import github_submissions as submissions
from github_accounts import App, Token
from github_acts import Acts
from github_api import DOCS, Call, Refused, body_of, find, permit, shaped
from github_auth import app_of, credential, token_of, visible
from github_deliveries import Event
from github_faults import Fault, Faults, Scripting
from github_git import Store
from github_graphql import answer as graphql_answer
from github_http import Answer, Drop, Request, Server
from github_limits import Limits
from github_model import State
from github_shapes import Shapes

__all__ = ["FakeGitHub", "Store"]
ROOMS = (apps, checks, comments, conversation, manifests, oauth, pulls, repos, submissions)
VERSIONS = ("2022-11-28", "2026-03-10")
NO_AGENT = (
    "Request forbidden by administrative rules. Please make sure your request has a User-Agent "
    "header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required"
    "). Check https://developer.github.com for other possible causes."
)


class FakeGitHub(Acts, oauth.SignIns, Scripting):
    """The server; use it as a context manager, with a folder of its own for repositories.

    `requests` are all requests in order, those of Git among them. `problems` are broken rules,
    forbidden acts, routes and fields that are not imitated, and exceptions in the fake. `refused`
    are all 4xx answers that no fault made: "STATUS METHOD TARGET: message". `events` are the
    webhook events that acts and writes have caused, oldest first.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state, self.past = State(), State()
        self.requests: list[Request] = []
        self.problems: list[str] = []
        self.refused: list[str] = []
        self.events: list[Event] = []
        self.faults, self.limits = Faults(), Limits()
        self.grants: dict[str, oauth.Grant] = {}
        self.most_files, self.patch_lines = 3000, 20_000
        self.webhook_url: str | None = None
        # Of manifests: the App that each stands for, and until when.
        self.codes: dict[str, tuple[App, float]] = {}
        # Seconds that GitHub's clock is ahead of the client's.
        self.skew = 0.0
        self.lock, self._closing = threading.RLock(), threading.Event()
        self._server = Server(self._handle, self.problems)
        self.shapes = Shapes(self.url)

    @property
    def url(self) -> str:
        """For GITHUB_SERVER_URL: Git repositories are at `url`/OWNER/REPO.git."""
        return self._server.url

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/v3"

    @property
    def graphql_url(self) -> str:
        return f"{self.url}/api/graphql"

    def now(self) -> float:
        return time.time() + self.state.shift

    def advance(self, seconds: float) -> None:
        """Lets time pass: for rate limits, for tokens and for what is written from now on."""
        self.state.shift += seconds

    def writes(self) -> list[Request]:
        """The requests that changed something, whatever their answer was."""
        return [request for request in self.requests if request.is_write and request.done]

    def calls(self) -> list[Request]:
        """The requests to REST and GraphQL, which is what an API budget counts."""
        return [request for request in self.requests if not request.is_git]

    def __enter__(self) -> "FakeGitHub":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.stop()

    def remember(self) -> None:
        """Keeps the state as it is now for stale reads; called before everything that writes."""
        self.past = copy.deepcopy(self.state)

    def _handle(self, request: Request) -> Answer:
        """Answers one HTTP request, with the fault that is scripted for it."""
        with self.lock:
            self.requests.append(request)
            fault = self.faults.take(request)
        if fault is None:
            return self._finish(request, self._work(request, None), scripted=False)
        request.fault = fault.name
        if fault.hold:
            fault.hold.wait(self._closing)
        if fault.before:
            fault.before()
        answer = Answer()
        if fault.done:
            answer = self._work(request, fault)
        if fault.after:
            fault.after()
        self._closing.wait(fault.seconds)
        if fault.lost:
            raise Drop
        if fault.answer is not None:
            self.limits.told(request, fault.answer, self.now())
        return self._finish(request, fault.answer or answer, scripted=fault.answer is not None)

    def _finish(self, request: Request, answer: Answer, *, scripted: bool) -> Answer:
        request.status = answer.status
        if not scripted and answer.status >= 400 and not request.is_git:
            message = json.loads(answer.content or b"{}").get("message", "")
            self.refused.append(f"{answer.status} {request}: {message}")
        return answer

    def _work(self, request: Request, fault: Fault | None) -> Answer:
        """The true answer; the effect of the request is had when this returns."""
        try:
            if request.is_git:
                return smart.admit(self, request)
            with self.lock:
                if request.path.startswith(oauth.PREFIX):
                    return oauth.answer(self, request)
                return self._api(request, fault)
        except Exception:  # noqa: BLE001 - a mistake of the fake is the test's to see
            self.problems.append(traceback.format_exc())
            return shaped({"message": "Server Error"}, 500)

    def _api(self, request: Request, fault: Fault | None) -> Answer:
        state = self._before() if fault and fault.stale else self.state
        if self.limits.too_early(request, self.now()):
            self.problems.append(f"{request}: sent again before Retry-After was over")
        token, docs = None, DOCS
        try:
            self._admit(request)
            if request.is_write:
                self.remember()
            found = find(request)
            if found is None or found[0].needs != "jwt":
                token = token_of(state, credential(request), self.now())
            request.actor = token.actor.login if token else None
            if barred := self.limits.count(request, token, self.now()):
                return barred
            if request.is_graphql:
                answer = graphql_answer(Call(self, state, request, token))
            else:
                docs, answer = self._rest(request, state, token)
            request.done = answer.status < 400
        except Refused as refused:
            answer = self._refusal(request, refused, docs)
        if fault and fault.reverse:
            answer.content = json.dumps(json.loads(answer.content)[::-1]).encode()
        return self._dress(request, token, answer)

    def _before(self) -> State:
        """The state before the last write; who may sign in is always as it is now."""
        now = self.state
        accounts = {"users": now.users, "apps": now.apps, "installations": now.installations}
        return replace(self.past, tokens=now.tokens, shift=now.shift, **accounts)

    def _admit(self, request: Request) -> None:
        if not request.headers.get("user-agent"):
            raise Refused(403, NO_AGENT, violation=True)
        version = request.headers.get("x-github-api-version", VERSIONS[0])
        if version not in VERSIONS:
            raise Refused(400, f"{version} is not a supported version", violation=True)

    def _rest(self, request: Request, state: State, token: Token | None) -> tuple[str, Answer]:
        found = find(request)
        if found is None:
            self.problems.append(f"{request}: the fake has no such route")
            raise Refused(404, "Not Found")
        route, params = found
        call = Call(self, state, request, token, params)
        if "owner" in params and route.needs != "jwt":
            call.found_repo = visible(state, token, f"{params['owner']}/{params['repo']}")
        if route.needs == "jwt":
            call.app = app_of(state, credential(request), self.now(), self.skew)
            request.actor = call.app.bot.login
        else:
            permit(call, route.needs)
        if unknown := sorted(request.query.keys() - route.query):
            self.problems.append(f"{request}: unknown parameters {unknown}")
        if route.needs != "browser":
            self.problems.extend(f"{request}: {text}" for text in body_of(call, route.keys))
        answer = route.act(call)
        return route.docs, answer if isinstance(answer, Answer) else shaped(answer)

    def _refusal(self, request: Request, refused: Refused, docs: str) -> Answer:
        if refused.violation:
            self.problems.append(f"{request}: {refused.status} {refused.message}")
        found = find(request)
        body = {"message": refused.message}
        if refused.errors is not None:
            body["errors"] = list(refused.errors)
        body |= {"documentation_url": found[0].docs if found else docs}
        answer = shaped(body | {"status": str(refused.status)}, refused.status)
        answer.headers |= refused.headers
        return answer

    def _dress(self, request: Request, token: Token | None, answer: Answer) -> Answer:
        """Adds what every answer has; one that the client knows already has no body."""
        if request.method == "GET" and answer.status == 200:
            who = token.value if token else ""
            digest = hashlib.sha256(who.encode() + answer.content).hexdigest()
            answer.headers["ETag"] = f'W/"{digest}"'
            if digest in request.headers.get("if-none-match", ""):
                self.limits.free(token)
                answer = Answer(304, b"", {"ETag": answer.headers["ETag"]})
        answer.headers |= {
            "X-GitHub-Request-Id": f"FAKE:{len(self.requests):06}",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "Date": formatdate(time.time() + self.skew, usegmt=True),
            **self.limits.headers(request, token, self.now()),
        }
        return answer
