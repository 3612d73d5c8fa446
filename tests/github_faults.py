"""Trouble on demand: what the next matching requests meet instead of a good answer."""

import json
import random
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from github_http import Answer, Request

SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "For more on scraping GitHub and how it may affect your rights, please review our Terms of "
    "Service"
)
PRIMARY = "API rate limit exceeded for installation ID {}."
KINDS = ("500", "502", "502 done", "503", "reset", "reset done", "secondary", "429", "stale")
HTML = {"Content-Type": "text/html; charset=utf-8"}


class Gate:
    """Holds requests: `arrived` is set when one waits, `release()` lets all of them go on."""

    def __init__(self) -> None:
        self.arrived, self._open = threading.Event(), threading.Event()

    def release(self) -> None:
        self._open.set()

    def wait(self, closing: threading.Event) -> None:
        self.arrived.set()
        while not self._open.wait(0.02) and not closing.is_set():
            pass


@dataclass
class Fault:
    """`done` means that the request has its effect; only the answer is another, or lost.

    Order: `hold`, `before`, `seconds` (all of them outside of the state's lock), the request
    itself, `after`. `answer` None leaves the answer as it is.
    """

    method: str
    path: str
    name: str
    times: int = 1
    skip: int = 0
    done: bool = True
    lost: bool = False
    answer: Answer | None = None
    seconds: float = 0.0
    stale: bool = False
    reverse: bool = False
    hold: Gate | None = None
    before: Callable[[], object] | None = None
    after: Callable[[], object] | None = None

    def matches(self, request: Request) -> bool:
        """A GraphQL request is found by its path and by the text of its query."""
        found = request.path
        if request.is_graphql and isinstance(request.json, dict):
            found += f" {request.json.get('query', '')}"
        return bool(re.fullmatch(self.method, request.method) and re.search(self.path, found))


@dataclass
class Faults:
    """The script; a request meets the first fault that still waits for it."""

    shift: Callable[[], float] = lambda: 0.0
    waiting: list[Fault] = field(default_factory=list)
    down: bool = False
    left: int | None = None
    dice: random.Random | None = None
    rate: float = 0.0
    most: int = 0
    kinds: Sequence[str] = KINDS
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, request: Request) -> Fault | None:
        with self._lock:
            if self.left is not None:
                self.down, self.left = self.down or self.left <= 0, self.left - 1
            if self.down:
                return Fault("", "", "down", done=False, lost=True)
            for fault in self.waiting:
                if not fault.matches(request):
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
            return self._thrown(request)

    def _thrown(self, request: Request) -> Fault | None:
        """A fault by chance; a write cannot be stale, and Git is left alone."""
        if self.dice is None or self.most <= 0 or self.dice.random() >= self.rate:
            return None
        kind = self.dice.choice(self.kinds)
        if request.is_git or (kind == "stale" and request.is_write):
            return None
        self.most -= 1
        return named(kind)

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self.waiting.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self.waiting.clear()
            self.down, self.left, self.dice = False, None, None


def named(kind: str, method: str = "", path: str = "") -> Fault:
    """A fault by its name in KINDS."""
    done = kind.endswith(" done")
    word = kind.removesuffix(" done")
    if word == "reset":
        return Fault(method, path, kind, done=done, lost=True)
    if word == "stale":
        return Fault(method, path, kind, stale=True)
    if word == "secondary":
        return Fault(method, path, kind, done=False, answer=limited(403, 60))
    if word == "429":
        return Fault(method, path, kind, done=False, answer=limited(429, None))
    return Fault(method, path, kind, done=done, answer=broken(int(word)))


def broken(status: int) -> Answer:
    """GitHub's page of a unicorn, or its JSON."""
    if status in (502, 503, 504):
        return Answer(status, b"<html><body><h1>Unicorn!</h1></body></html>", dict(HTML))
    return Answer(status, json.dumps({"message": "Server Error"}).encode(), _JSON | {})


def limited(status: int, retry_after: int | None) -> Answer:
    url = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"
    body = {"message": SECONDARY, "documentation_url": f"{url}#about-secondary-rate-limits"}
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Answer(status, json.dumps(body).encode(), _JSON | headers)


def exhausted(reset: float, limit: int = 5000, who: Any = 1) -> Answer:
    """The primary limit is used up until `reset` (seconds since 1970)."""
    url = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"
    body = {"message": PRIMARY.format(who), "documentation_url": url}
    names = {"Limit": limit, "Remaining": 0, "Used": limit, "Reset": int(reset)}
    headers = {f"X-RateLimit-{name}": str(number) for name, number in names.items()}
    return Answer(403, json.dumps(body).encode(), _JSON | headers)


_JSON = {"Content-Type": "application/json; charset=utf-8"}


class Scripting:
    """The part of the hub that scripts faults: `method` and `path` are regular expressions."""

    faults: Faults

    def fail(self, method: str, path: str, status: int = 502, *, done: bool = False,
             times: int = 1, skip: int = 0) -> None:  # fmt: skip
        """Answers with an error; with `done` the request has had its effect."""
        self._add(method, path, str(status), times, skip, done=done, answer=broken(status))

    def drop(self, method: str, path: str, *, done: bool = False, times: int = 1,
             skip: int = 0) -> None:  # fmt: skip
        """Ends the connection without an answer, before or after the work is done."""
        self._add(method, path, "drop", times, skip, done=done, lost=True)

    def secondary(self, method: str, path: str, *, status: int = 403,
                  retry_after: int | None = 60, times: int = 1, skip: int = 0) -> None:  # fmt: skip
        answer = limited(status, retry_after)
        self._add(method, path, "secondary", times, skip, done=False, answer=answer)

    def exhaust(self, method: str, path: str, *, reset: float, times: int = 1) -> None:
        """The primary limit: nothing remains until `reset` (seconds since 1970)."""
        self._add(method, path, "primary", times, 0, done=False, answer=exhausted(reset))

    def hang(self, method: str, path: str, seconds: float = 30, *, done: bool = False,
             times: int = 1, skip: int = 0) -> None:  # fmt: skip
        """Says nothing for some seconds, then drops the connection."""
        self._add(method, path, "hang", times, skip, done=done, lost=True, seconds=seconds)

    def slow(self, method: str, path: str, seconds: float, *, times: int = 1) -> None:
        self._add(method, path, "slow", times, 0, seconds=seconds)

    def stale(self, method: str, path: str, *, times: int = 1, skip: int = 0) -> None:
        """Reads see the state before the last write or act."""
        self._add(method, path, "stale", times, skip, stale=True)

    def reverse(self, method: str, path: str, *, times: int = 1) -> None:
        """Lists come in the other order."""
        self._add(method, path, "reverse", times, 0, reverse=True)

    def answer(self, method: str, path: str, answer: Answer, *, done: bool = False,
               times: int = 1, skip: int = 0) -> None:  # fmt: skip
        self._add(method, path, "answer", times, skip, done=done, answer=answer)

    def hold(self, method: str, path: str, *, skip: int = 0) -> Gate:
        """Keeps one request waiting until the gate is released: other ones overtake it."""
        gate = Gate()
        self._add(method, path, "hold", 1, skip, hold=gate)
        return gate

    def when(self, method: str, path: str, act: Callable[[], object], *, after: bool = False,
             times: int = 1, skip: int = 0) -> None:  # fmt: skip
        """Does something just before (or after) a request has its effect."""
        acts: dict[str, Any] = {"after" if after else "before": act}
        self._add(method, path, "when", times, skip, **acts)

    def storm(self, seed: int, *, rate: float = 0.3, most: int = 5,
              kinds: Sequence[str] = KINDS) -> None:  # fmt: skip
        """Up to `most` faults by chance, the same ones for the same seed and requests."""
        self.faults.dice, self.faults.rate = random.Random(seed), rate
        self.faults.most, self.faults.kinds = most, kinds

    def cut(self, after: int = 0) -> None:
        """After so many more requests every connection is dropped, as if the client died."""
        self.faults.left = after

    def calm(self) -> None:
        """No more faults; what was cut off answers again."""
        self.faults.clear()

    def _add(self, method: str, path: str, name: str, times: int, skip: int, **more: Any) -> None:
        self.faults.add(Fault(method, path, name, times, skip, **more))
