"""A model of the fake server, and the questions its tests ask."""

import time
from typing import Any

from fake_anthropic import FakeAnthropic, Reply

from bot.judge_settings import JudgeSettings, judge_settings
from bot.outside.llm import Answer, Call, LlmFailure, Model

KEY = "test-key"
SECRET = "the-words-of-the-prompt"
SCHEMA = {
    "type": "object",
    "properties": {"verdict": {"type": "string"}},
    "required": ["verdict"],
    "additionalProperties": False,
}
TOOL = {
    "name": "read_file",
    "description": "Reads.",
    "strict": True,
    "input_schema": {
        "type": "object",
        "properties": {"path": {"type": "string"}},
        "required": ["path"],
        "additionalProperties": False,
    },
}
MARK = {"type": "ephemeral", "ttl": "1h"}


def call(**changes: Any) -> Call:
    """A question that uses all that is optional, with changes."""
    plain = Call(
        purpose="finder",
        model="claude-sonnet-5-5",
        system=({"type": "text", "text": "Be exact.\n", "cache_control": MARK},),
        messages=({"role": "user", "content": [{"type": "text", "text": f"{SECRET} é"}]},),
        tools=(TOOL,),
        schema=SCHEMA,
        effort="medium",
    )
    return plain._replace(**changes)


def configured(server: FakeAnthropic, **environ: str) -> JudgeSettings:
    found = judge_settings({"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": server.url, **environ})
    assert found is not None
    return found


def model(server: FakeAnthropic, slept: list[float] | None = None, **environ: str) -> Model:
    """A model at the server that waits for nothing; what it would have waited is in *slept*."""
    kept = [] if slept is None else slept
    return Model(configured(server, **environ), sleep=kept.append, draw=lambda: 0.5)


def ask(asked: Model, question: Call | None = None, seconds: float = 30) -> Answer:
    return asked.ask(question or call(), time.monotonic() + seconds)


class Outcome:
    """What came of one question to a server that gives these replies, the last one for ever."""

    def __init__(self, *replies: Reply, seconds: float = 30, **changes: Any) -> None:
        rest = list(replies)
        self.slept: list[float] = []
        self.answer: Answer | None = None
        self.failure: LlmFailure | None = None
        with FakeAnthropic(lambda _: rest.pop(0) if len(rest) > 1 else rest[0]) as server:
            began = time.monotonic()
            try:
                self.answer = ask(model(server, self.slept), call(**changes), seconds)
            except LlmFailure as failure:
                self.failure = failure
            self.seconds = time.monotonic() - began
        assert server.problems == []
        self.tries = len(server.requests)
        self.host = server.url.removeprefix("http://")
        self._check()

    def _check(self) -> None:
        """A failure names the host and nothing that is secret."""
        if self.failure is not None:
            said = str(self.failure)
            assert KEY not in said and SECRET not in said
            assert self.host in said or said.startswith("The model was not asked")

    @property
    def kind(self) -> str:
        assert self.failure is not None, self.answer
        return self.failure.kind

    @property
    def said(self) -> str:
        return str(self.failure)
