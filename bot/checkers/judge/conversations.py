"""Several conversations with a model at once: only the asking is done beside, all else in turn.

A conversation is a generator that yields a `Call` and is sent its `Answer`. What cannot be asked
is thrown into it; what it does not catch ends it alone.
"""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, Protocol, TypeVar

from bot.outside.llm import Answer, Call, LlmFailure

Outcome = TypeVar("Outcome")
Conversation = Generator[Call, Answer, Outcome]
AT_ONCE = 4


class BudgetSpent(Exception):
    """A call that the budget has no room for; the message says which part of it is spent."""


class Purse(Protocol):
    """What keeps an eye on the budget; only ever used from one thread."""

    def reserve(self, call: Call) -> None:
        """Make room for a call. Raises `BudgetSpent`."""

    def spend(self, call: Call, answer: Answer | None) -> None:
        """Book what a call used; None where it failed."""


def run(
    conversations: Sequence[Conversation[Outcome]],
    ask: Callable[[Call], Answer],
    purse: Purse,
    ended: Callable[[int, Outcome], None] = lambda index, outcome: None,
) -> list[Outcome | LlmFailure | BudgetSpent]:
    """The outcome of each conversation, or what ended it. *ended* hears of each outcome at once.

    The first has its first answer before others start: what all requests begin with is then in
    the endpoint's cache.
    """
    driver = _Driver(conversations, ask, purse, ended)
    driver.run()
    return driver.outcomes


class _Driver(Generic[Outcome]):
    def __init__(
        self,
        conversations: Sequence[Conversation[Outcome]],
        ask: Callable[[Call], Answer],
        purse: Purse,
        ended: Callable[[int, Outcome], None],
    ) -> None:
        self.outcomes: list[Outcome | LlmFailure | BudgetSpent] = [
            BudgetSpent("not asked") for _ in conversations
        ]
        self._conversations, self._ask, self._purse = conversations, ask, purse
        self._ended = ended
        self._running: dict[Future[Answer], tuple[int, Call]] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="model")

    def run(self) -> None:
        waiting = deque(range(len(self._conversations)))
        room = 1
        try:
            while waiting or self._running:
                while waiting and len(self._running) < room:
                    self._step(waiting.popleft(), None)
                if not self._running:
                    continue
                done, _ = wait(self._running, return_when=FIRST_COMPLETED)
                for future in done:
                    self._take(future)
                room = AT_ONCE
        finally:
            # An abandoned question ends by its own deadline; nobody waits for it.
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _take(self, future: "Future[Answer]") -> None:
        index, call = self._running.pop(future)
        failure = future.exception()
        if failure is None:
            answer = future.result()
            self._purse.spend(call, answer)
            self._step(index, answer)
        elif isinstance(failure, LlmFailure):
            self._purse.spend(call, None)
            self._throw(index, failure)
        else:
            raise failure

    def _step(self, index: int, answer: Answer | None) -> None:
        conversation = self._conversations[index]
        self._advance(
            index, lambda: next(conversation) if answer is None else conversation.send(answer)
        )

    def _throw(self, index: int, failure: LlmFailure | BudgetSpent) -> None:
        self._advance(index, lambda: self._conversations[index].throw(failure))

    def _advance(self, index: int, step: Callable[[], Call]) -> None:
        try:
            call = step()
        except StopIteration as end:
            self.outcomes[index] = end.value
            self._ended(index, end.value)
            return
        except (LlmFailure, BudgetSpent) as failure:
            self.outcomes[index] = failure
            return
        try:
            self._purse.reserve(call)
        except BudgetSpent as spent:
            self._throw(index, spent)
            return
        self._running[self._pool.submit(self._ask, call)] = (index, call)
