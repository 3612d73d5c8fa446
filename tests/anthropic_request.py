"""A request to the Messages API as a fake reviewer and a test read it."""

import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple


class Turn(NamedTuple):
    """Consecutive messages of one role, which the API joins; a string is one text block."""

    role: str
    blocks: list[dict[str, Any]]


class ToolResult(NamedTuple):
    """The result of a tool call: its id, the tool's name, the text, and whether it failed."""

    id: str
    name: str
    text: str
    is_error: bool


def as_blocks(content: Any) -> list[dict[str, Any]]:
    """Content as blocks."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def turns(body: Mapping[str, Any]) -> list[Turn]:
    """The conversation of a request."""
    found: list[Turn] = []
    for message in body["messages"]:
        if found and found[-1].role == message["role"]:
            found[-1].blocks.extend(as_blocks(message["content"]))
        else:
            found.append(Turn(message["role"], as_blocks(message["content"])))
    return found


def _text(blocks: list[dict[str, Any]]) -> str:
    return "\n".join(block["text"] for block in blocks if block["type"] == "text")


@dataclasses.dataclass(frozen=True)
class Request:
    """One request: the body as it was sent, and the headers by lower-case name."""

    body: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def model(self) -> str:
        return str(self.body.get("model"))

    @property
    def stream(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def turns(self) -> list[Turn]:
        return turns(self.body)

    @property
    def system_text(self) -> str:
        return _text(as_blocks(self.body.get("system") or []))

    @property
    def user_text(self) -> str:
        """All text blocks of the user's turns; tool results are not among them."""
        said = [_text(turn.blocks) for turn in self.turns if turn.role == "user"]
        return "\n".join(filter(None, said))

    @property
    def tools(self) -> list[str]:
        return [tool["name"] for tool in self.body.get("tools") or ()]

    @property
    def schema(self) -> dict[str, Any] | None:
        """The schema that the answer is asked to follow."""
        output = self.body.get("output_config") or {}
        return (output.get("format") or {}).get("schema")

    @property
    def effort(self) -> str | None:
        return (self.body.get("output_config") or {}).get("effort")

    @property
    def last_tool_results(self) -> list[ToolResult]:
        """The tool results of the last turn."""
        names = {
            block["id"]: block["name"]
            for turn in self.turns
            for block in turn.blocks
            if block["type"] == "tool_use"
        }
        return [
            ToolResult(
                block["tool_use_id"],
                names.get(block["tool_use_id"], ""),
                _text(as_blocks(block.get("content") or [])),
                bool(block.get("is_error")),
            )
            for block in self.turns[-1].blocks
            if block["type"] == "tool_result"
        ]
