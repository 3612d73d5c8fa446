"""One question until it is answered: tools in between, one repair, another model on refusal."""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, TypeVar

from bot.checkers.judge.answers import Unreadable
from bot.outside.llm import Answer, Call, LlmFailure, ToolUse

Parsed = TypeVar("Parsed")
# With every turn all before it is read again; whoever needs more is lost.
_MOST_TURNS = 16
_BRIEF: Mapping[str, str] = {"type": "ephemeral"}


class TooLong(Exception):
    """The answer or the question was longer than the model can have it."""


def text_block(text: str, marker: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A block of text, with a cache marker where what is before it comes again."""
    block: dict[str, Any] = {"type": "text", "text": text if text.endswith("\n") else f"{text}\n"}
    return {**block, "cache_control": dict(marker)} if marker else block


def user(*blocks: Mapping[str, Any]) -> dict[str, Any]:
    """A message of ours."""
    return {"role": "user", "content": list(blocks)}


def complete(
    call: Call,
    parse: Callable[[str], Parsed],
    use: Callable[[ToolUse], str],
    other_model: str = "",
    begun_again: Callable[[], None] = lambda: None,
) -> Generator[Call, Answer, tuple[Parsed, Call]]:
    """The parsed answer, and the call that would go on after it.

    *begun_again* is called when nothing that *use* returned is in the conversation any more.
    Raises `TooLong`, and `LlmFailure` for a refusal or an answer that stays unreadable.
    """
    first, repaired = call, False
    for _ in range(_MOST_TURNS):
        answer = yield call
        if answer.stop == "refusal":
            if not other_model or call.model == other_model:
                raise _refused(answer)
            # What a model has thought is not for another one: begin again.
            call = first._replace(model=other_model)
            begun_again()
        elif answer.stop in ("max_tokens", "model_context_window_exceeded"):
            raise TooLong
        elif answer.uses:
            call = _with_results(call, answer, [(each, use(each)) for each in answer.uses])
        else:
            # A turn without content is one that no endpoint takes back.
            turns = (answer.turn,) if answer.turn["content"] else ()
            going_on = call._replace(messages=(*call.messages, *turns))
            try:
                return parse(answer.text), going_on
            except Unreadable as problem:
                if repaired:
                    raise LlmFailure(
                        "malformed", f"its answer cannot be read: {problem}", answer.request_id
                    ) from None
                repaired = True
                call = say(going_on, f"That cannot be read: {problem}. Answer with the JSON alone.")
    raise LlmFailure("malformed", f"it gave no answer in {_MOST_TURNS} turns")


def say(call: Call, text: str) -> Call:
    """The call with one more message of ours."""
    return call._replace(messages=(*call.messages, user(text_block(text))))


def no_tool(use: ToolUse) -> str:
    """The answer to a model that uses a tool where it is to judge by what it sees."""
    return "There are no tools for this. Answer from what you see."


def _refused(answer: Answer) -> LlmFailure:
    reason = f" ({answer.category})" if answer.category else ""
    return LlmFailure("refused", f"it refused to answer{reason}", answer.request_id)


def _with_results(call: Call, answer: Answer, results: Sequence[tuple[ToolUse, str]]) -> Call:
    """The call with what tools returned; the cache marker goes along to the end."""
    blocks: list[dict[str, Any]] = [
        {"type": "tool_result", "tool_use_id": each.id, "content": text} for each, text in results
    ]
    blocks[-1]["cache_control"] = dict(_BRIEF)
    before = [_unmarked(message) for message in call.messages]
    return call._replace(messages=(*before, answer.turn, user(*blocks)))


def _unmarked(message: Mapping[str, Any]) -> Mapping[str, Any]:
    content = message["content"]
    if message["role"] != "user" or not any("tool_use_id" in block for block in content):
        return message
    return {
        **message,
        "content": [
            {name: value for name, value in block.items() if name != "cache_control"}
            for block in content
        ],
    }
