"""A model that is asked: tries again what may pass, within a deadline, and says what did not."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from bot.errors import unstoppable
from bot.judge_settings import ADDRESS_VARIABLES, KEY_VARIABLES, JudgeSettings
from bot.outside.llm_answers import answer
from bot.outside.llm_calls import Answer, Call, LlmFailure, ToolUse, Usage
from bot.outside.llm_client import Endpoint
from bot.outside.llm_exchange import bounded
from bot.outside.llm_failures import Place, Setback, Trouble, setback
from bot.outside.llm_recordings import Recordings
from bot.outside.llm_requests import body, refused

__all__ = ["Answer", "Call", "LlmFailure", "Model", "ToolUse", "Usage"]

TRIES = 4
# Seconds; before each further try up to twice as many, a random part of them (full jitter).
_FIRST_PAUSE = 2.0
# Between two looks whether anybody still needs the answer.
_NAP = 0.25
# Failed questions in a row after which an endpoint is left alone.
_ENOUGH = 3
# These are about one question, not about the endpoint.
_OF_THE_QUESTION = ("bad request", "too large")


class Model:
    """The model that *settings* name. Several threads may ask at once.

    *stop* is asked while an answer or another try is waited for, and raises `Stopped` when nobody
    needs the answer any more. *sleep*, *clock* and *draw* (from 0 to 1) are for tests.
    """

    def __init__(
        self,
        settings: JudgeSettings,
        *,
        stop: Callable[[], None] = unstoppable,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._settings, self._stop = settings, stop
        self._sleep, self._clock, self._draw = sleep or self._nap, clock, draw
        self._endpoint = Endpoint(settings)
        self._record = Recordings(settings.record) if settings.record else None
        self._replay = Recordings(settings.replay) if settings.replay else None
        self._breaker = _Breaker(settings.host)
        self._lock = threading.Lock()
        self._lacking: dict[str, frozenset[str]] = {}

    @property
    def dropped(self) -> tuple[str, ...]:
        """The parts of requests that the endpoint refused and is no longer sent, sorted."""
        with self._lock:
            return tuple(sorted({name for names in self._lacking.values() for name in names}))

    def ask(self, call: Call, deadline: float) -> Answer:
        """The answer; raises `LlmFailure` where there is none by *deadline*, a `time.monotonic()`."""
        if self._replay is not None:
            return self._replay.replay(call)
        found = self._asked(call, deadline)
        if self._record is not None:
            self._record.record(call, found)
        return found

    def _asked(self, call: Call, deadline: float) -> Answer:
        tried = 0
        while True:
            self._breaker.check()
            if self._clock() >= deadline:
                raise LlmFailure(
                    "timeout", f"{self._settings.host} was not asked: the time for it is over."
                )
            sent = body(call, self._lacking.get(call.model, ()))
            try:
                found = self._once(sent, call.model, deadline)
            except Trouble as trouble:
                if self._learned(sent, trouble):
                    continue
                tried += 1
                self._rest(setback(trouble, self._place(call.model)), trouble, tried, deadline)
            else:
                self._breaker.succeeded()
                return found

    def _once(self, sent: Mapping[str, Any], name: str, deadline: float) -> Answer:
        seconds = deadline - self._clock()
        message, request_id = bounded(
            lambda exchange: self._endpoint.send(sent, max(0.05, seconds), exchange),
            seconds,
            self._stop,
        )
        return answer(message, name, request_id)

    def _learned(self, sent: Mapping[str, Any], trouble: Trouble) -> bool:
        """Whether the refusal named an optional part, which is left out from now on."""
        if trouble.status not in (400, 422):
            return False
        names = refused(trouble.said, sent, official=self._settings.official)
        with self._lock:
            before = self._lacking.get(sent["model"], frozenset())
            self._lacking[sent["model"]] = before.union(names)
        return bool(names)

    def _rest(self, back: Setback, trouble: Trouble, tried: int, deadline: float) -> None:
        """Waits before the next try; raises the failure where there is none."""
        if not back.again or tried >= TRIES or self._clock() >= deadline:
            self._breaker.failed(back.failure)
            raise back.failure
        seconds = self._draw() * _FIRST_PAUSE * 2 ** (tried - 1)
        if trouble.pause is not None:
            seconds = trouble.pause + self._draw()
        if self._clock() + seconds >= deadline:
            self._breaker.failed(back.failure)
            text = f"{back.failure} There was no time left to try again."
            raise LlmFailure(back.failure.kind, text, back.failure.request_id)
        self._sleep(seconds)

    def _nap(self, seconds: float) -> None:
        ends = self._clock() + seconds
        while (left := ends - self._clock()) > 0:
            self._stop()
            time.sleep(min(left, _NAP))

    def _place(self, name: str) -> Place:
        settings = self._settings
        key = KEY_VARIABLES[settings.provider] if settings.key else "the credentials of the cloud"
        return Place(settings.host, name, key, ADDRESS_VARIABLES[settings.provider])


class _Breaker:
    """Counts questions that failed in a row, and leaves an endpoint alone that answers none."""

    def __init__(self, host: str) -> None:
        self._host, self._lock = host, threading.Lock()
        self._count = 0
        self._last: LlmFailure | None = None

    def check(self) -> None:
        with self._lock:
            if self._count >= _ENOUGH and self._last is not None:
                raise LlmFailure(
                    self._last.kind,
                    f"{self._host} was not asked: {_ENOUGH} questions in a row had failed."
                    f" The last time: {self._last}",
                )

    def failed(self, failure: LlmFailure) -> None:
        if failure.kind in _OF_THE_QUESTION:
            return
        with self._lock:
            self._count, self._last = self._count + 1, failure

    def succeeded(self) -> None:
        with self._lock:
            self._count = 0
