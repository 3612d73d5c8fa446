"""Answers kept in a folder, one file a question, and given again to the same question.

What is written is what the caller asked and got; it redacts both before.
"""

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from typing import Any

from bot.errors import ArchitraveError
from bot.outside.llm_calls import Answer, Call, LlmFailure, ToolUse, Usage

# The fence around a repository's text is another one in every run.
NONCE = re.compile(r"data-[0-9a-f]{16}")
_SAME = "data-" + "0" * 16
_GENERATION = 1


class Recordings:
    """A folder of recorded answers."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def record(self, call: Call, answer: Answer) -> None:
        """Keeps an answer; raises `ArchitraveError` where the folder cannot be written."""
        kept = answer._asdict()
        kept["uses"] = [use._asdict() for use in answer.uses]
        kept["usage"] = answer.usage._asdict()
        document = {"generation": _GENERATION, "request": _plain(call), "answer": kept}
        text = json.dumps(document, indent=1, sort_keys=True, default=dict) + "\n"
        try:
            os.makedirs(self._folder, exist_ok=True)
            handle, path = tempfile.mkstemp(dir=self._folder, suffix=".tmp")
            try:
                with open(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                os.replace(path, self._path(call))
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(path)
                raise
        except OSError as error:
            raise ArchitraveError(
                f"The answer of the model cannot be recorded: {error.strerror}",
                "ARCHITRAVE_LLM_RECORD must name a folder that can be written.",
            ) from error

    def replay(self, call: Call) -> Answer:
        """The answer that was recorded for this question; raises `LlmFailure`."""
        path = self._path(call)
        name = os.path.basename(path)
        try:
            with open(path, encoding="utf-8") as file:
                return _answer(json.load(file)["answer"])
        except FileNotFoundError:
            raise LlmFailure(
                "not recorded",
                f"No answer is recorded for this {call.purpose} question ({name})."
                " Record it again with ARCHITRAVE_LLM_RECORD.",
            ) from None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            raise LlmFailure(
                "not recorded",
                f"The recorded answer {name} cannot be read."
                " Record it again with ARCHITRAVE_LLM_RECORD.",
            ) from None

    def _path(self, call: Call) -> str:
        return os.path.join(self._folder, f"{key(call)}.json")


def key(call: Call) -> str:
    """The SHA-256 of a question, the same in every run that asks the same."""
    plain = _plain(call)
    names: dict[str, str] = {}
    plain["messages"] = [_renamed(message, names) for message in plain["messages"]]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(NONCE.sub(_SAME, text).encode()).hexdigest()


def _renamed(message: Any, names: dict[str, str]) -> Any:
    """A message whose tool calls are numbered: an endpoint gives them new ids each time."""
    content = message.get("content")
    if not isinstance(content, list):
        return message
    blocks = []
    for block in content:
        name = {"tool_use": "id", "tool_result": "tool_use_id"}.get(block.get("type"))
        if name is not None and name in block:
            block = {**block, name: names.setdefault(block[name], f"tool-{len(names) + 1}")}
        blocks.append(block)
    return {**message, "content": blocks}


def _plain(call: Call) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(call._asdict(), default=dict))
    return plain


def _answer(found: Mapping[str, Any]) -> Answer:
    turn, arguments = found["turn"], [use["arguments"] for use in found["uses"]]
    words = [found[name] for name in ("text", "stop", "model", "request_id", "category")]
    if not all(isinstance(part, dict) for part in (turn, *arguments)):
        raise TypeError("no answer")
    if not all(isinstance(word, str) for word in words):
        raise TypeError("no answer")
    return Answer(
        text=found["text"],
        uses=tuple(ToolUse(**use) for use in found["uses"]),
        turn=turn,
        stop=found["stop"],
        usage=Usage(**found["usage"]),
        model=found["model"],
        request_id=found["request_id"],
        category=found["category"],
    )
