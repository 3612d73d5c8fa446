"""Answers that are recorded and given again."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ArchitraveError
from bot.judge_settings import judge_settings
from bot.outside.llm import Answer, Call, LlmFailure, Model, ToolUse, Usage
from bot.outside.llm_recordings import Recordings, key

ROOT = Path(__file__).parents[1]
USES = (ToolUse("toolu_1", "read_file", {"path": "ä"}),)
ANSWER = Answer(
    "Look.", USES, {"role": "assistant", "content": []}, "tool_use", Usage(1, 2, 3, 4, 5), "m", "r"
)


def call(nonce: str = "0123456789abcdef", name: str = "toolu_1", **changes: Any) -> Call:
    """A second question of a conversation, whose nonce and identifiers differ in each run."""
    text = {"type": "text", "text": f"<data-{nonce}>x</data-{nonce}>"}
    use = {"type": "tool_use", "id": name, "name": "read_file", "input": {"id": "toolu_1"}}
    result = {"type": "tool_result", "tool_use_id": name, "content": "y"}
    messages = (
        {"role": "user", "content": [text]},
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
        {"role": "user", "content": "Go on."},
    )
    return Call("finder", "m", (), messages)._replace(**changes)


def test_an_answer_comes_back_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    Recordings(str(folder)).record(call(), ANSWER)
    assert Recordings(str(folder)).replay(call()) == ANSWER
    (path,) = folder.iterdir()
    document = json.loads(path.read_text())
    assert path.name == f"{key(call())}.json" and document["request"]["purpose"] == "finder"


def test_the_same_question_of_another_run_is_the_same() -> None:
    assert key(call()) == key(call("fedcba9876543210", "toolu_9"))
    assert key(call()) == key(call()._replace(messages=tuple(map(dict, call().messages))))


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "verifier"},
        {"model": "n"},
        {"system": ({"type": "text", "text": "x"},)},
        {"messages": ()},
        {"tools": ({"name": "x"},)},
        {"schema": {}},
        {"effort": "low"},
        {"max_tokens": 1},
    ],
)
def test_another_question_is_another(changes: dict[str, Any]) -> None:
    assert key(call(**changes)) != key(call())


def test_results_of_swapped_calls_are_another_question() -> None:
    def swapped(first: str, second: str) -> Call:
        calls = [{"type": "tool_use", "id": name, "name": "f", "input": {}} for name in ("a", "b")]
        results = [
            {"type": "tool_result", "tool_use_id": name, "content": str(number)}
            for number, name in enumerate((first, second))
        ]
        messages = (
            {"role": "assistant", "content": calls},
            {"role": "user", "content": results},
        )
        return Call("finder", "m", (), messages)

    assert key(swapped("a", "b")) != key(swapped("b", "a"))


def test_an_unknown_question_has_no_answer(tmp_path: Path) -> None:
    with pytest.raises(LlmFailure, match="No answer is recorded for this finder") as caught:
        Recordings(str(tmp_path / "none")).replay(call())
    assert caught.value.kind == "not recorded"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"answer": {}}', '{"answer": null}', "[" * 100_000, '{"answer": {"turn": 1}}'],
)
def test_a_broken_recording_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / f"{key(call())}.json").write_text(text)
    with pytest.raises(LlmFailure, match="cannot be read") as caught:
        Recordings(str(tmp_path)).replay(call())
    assert caught.value.kind == "not recorded"


def test_an_edited_recording_is_told(tmp_path: Path) -> None:
    Recordings(str(tmp_path)).record(call(), ANSWER)
    (path,) = tmp_path.iterdir()
    document = json.loads(path.read_text())
    document["answer"]["stop"] = None
    path.write_text(json.dumps(document))
    with pytest.raises(LlmFailure, match="cannot be read"):
        Recordings(str(tmp_path)).replay(call())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArchitraveError, match="cannot be recorded"):
        Recordings(str(tmp_path / "file")).record(call(), ANSWER)
    (tmp_path / f"{key(call())}.json").mkdir()
    with pytest.raises(ArchitraveError, match="cannot be recorded"):
        Recordings(str(tmp_path)).record(call(), ANSWER)
    assert not list(tmp_path.glob("*.tmp"))


def test_a_model_records_and_is_replayed(tmp_path: Path) -> None:
    pytest.importorskip("anthropic")
    import asking
    import fake_anthropic as fake

    with fake.FakeAnthropic([fake.text("Fine.")]) as server:
        first = asking.ask(asking.model(server, ARCHITRAVE_LLM_RECORD=str(tmp_path)))
    (path,) = tmp_path.iterdir()
    written = path.read_text()
    assert asking.KEY not in written and asking.SECRET in written
    settings = judge_settings({"ARCHITRAVE_LLM_REPLAY": str(tmp_path)})
    assert settings is not None
    assert asking.ask(Model(settings)) == first
    with pytest.raises(LlmFailure, match="No answer is recorded"):
        asking.ask(Model(settings), asking.call(effort="low"))


def test_a_replay_needs_no_sdk(tmp_path: Path) -> None:
    Recordings(str(tmp_path)).record(Call("finder", "m", (), ()), ANSWER)
    script = (
        "import sys; sys.modules['anthropic'] = None\n"
        "from bot.judge_settings import judge_settings\n"
        "from bot.outside.llm import Call, Model\n"
        f"settings = judge_settings({{'ARCHITRAVE_LLM_REPLAY': {str(tmp_path)!r}}})\n"
        "print(Model(settings).ask(Call('finder', 'm', (), ()), 0).text)\n"
        "assert not {'httpx2', 'pydantic'} & set(sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ran.stdout, ran.stderr) == ("Look.\n", "")
