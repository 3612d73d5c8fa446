"""A review through LiteLLM's proxy, to a fake Anthropic and to a fake OpenAI behind it: `make interop`.

    python benchmarks/judge_interop.py LITELLM

LITELLM is the proxy's program, in an environment of its own (requirements/interop.txt). It is an
independent server of the Messages API: what our own fake and our client wrongly agree on fails
here. Everything is on the loopback; no model is asked.
"""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import judge  # noqa: E402
from fake_anthropic import FakeAnthropic, Reply, Request, tool_calls  # noqa: E402
from judge_readers import Oracle, purpose  # noqa: E402

from bot.judge_settings import judge_settings  # noqa: E402

# Of the fakes; and of the proxy, which starts with none that could be guessed.
KEY = "test-key"
PROXY_KEY = f"sk-{secrets.token_hex(32)}"
CASES = ("contracts-attachment-of-anybody", "portal-fix-names-wrong-behaviour")
# Seconds until the proxy must answer.
_START = 120
# Behind each name is one of the fakes; the second is a model that LiteLLM does not know.
MODELS = {"behind-anthropic": "anthropic/claude-sonnet-5-5", "behind-openai": "openai/fake-gpt"}


class Behind(FakeAnthropic):
    """The fake as a proxy meets it, which has headers of its own."""

    def _admit(self, headers: dict[str, str]) -> None:
        assert headers.get("x-api-key") == KEY, "the proxy sends its key"


class Looking(Oracle):
    """The oracle, which looks at the code before it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = 0

    def __call__(self, request: Request) -> Reply:
        if self.case and purpose(request) == "finder" and not request.last_tool_results:
            return tool_calls([("read_file", {"path": self.case.path})])
        self.looked += bool(request.last_tool_results)
        return super().__call__(request)


class FakeOpenAI:
    """A server of OpenAI's Responses API."""

    def __init__(self, reviewer: Oracle) -> None:
        self.problems: list[str] = []
        self.asked = 0
        self._reviewer = reviewer
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> "FakeOpenAI":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """The item of output with which the reviewer answers: a text, or a call of a function."""
        self.asked += 1
        block = self._reviewer(_request(body)).content[0]
        if block["type"] == "text":
            part = {"type": "output_text", "text": block["text"], "annotations": []}
            return {
                "type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                "content": [part],
            }  # fmt: skip
        return {
            "type": "function_call", "id": "fc_1", "call_id": f"call_{self.asked}", "status": "completed",
            "name": block["name"], "arguments": json.dumps(block["input"]),
        }  # fmt: skip

    def _handler(outer) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *arguments: Any) -> None:
                """Says nothing."""

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                try:
                    assert self.path == "/v1/responses", self.path
                    item = outer.answer(body)
                except Exception as problem:  # noqa: BLE001 - told at the end of the benchmark
                    outer.problems.append(f"{type(problem).__name__}: {problem}")
                    self.send_error(500)
                    return
                message = _response(item, body["model"])
                if body.get("stream"):
                    sent = "".join(
                        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
                        for event in _events(message)
                    )
                else:
                    sent = json.dumps(message)
                kind = "text/event-stream" if body.get("stream") else "application/json"
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(sent.encode())))
                self.end_headers()
                self.wfile.write(sent.encode())

        return Handler


def _request(body: dict[str, Any]) -> Request:
    """A request of the Responses API in the form that a reviewer reads."""
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    system = [body.get("instructions") or ""]
    messages: list[dict[str, Any]] = []
    for item in items:
        kind, role = item.get("type", "message"), item.get("role")
        if kind == "function_call":
            use: dict[str, Any] = {
                "type": "tool_use",
                "id": item["call_id"],
                "name": item["name"],
                "input": {},
            }
            messages.append({"role": "assistant", "content": [use]})
        elif kind == "function_call_output":
            result = {
                "type": "tool_result",
                "tool_use_id": item["call_id"],
                "content": _text(item["output"]),
            }
            messages.append({"role": "user", "content": [result]})
        elif role in ("system", "developer"):
            system.append(_text(item["content"]))
        else:
            messages.append({"role": role, "content": _text(item["content"])})
    return Request({"system": "\n".join(system), "messages": messages}, {})


def _text(content: Any) -> str:
    """The text in content, which is a string or parts."""
    parts = [{"text": content}] if isinstance(content, str) else content
    return "\n".join(part.get("text", "") for part in parts)


def _response(item: dict[str, Any], model: str) -> dict[str, Any]:
    usage = {
        "input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100,
        "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0},
    }  # fmt: skip
    return {
        "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": model,
        "output": [item], "usage": usage, "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
        "error": None, "incomplete_details": None, "instructions": None, "metadata": {},
        "temperature": 1.0, "top_p": 1.0,
    }  # fmt: skip


def _events(response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A response as a stream."""
    item: dict[str, Any] = response["output"][0]
    place: dict[str, Any] = {"item_id": item["id"], "output_index": 0}
    if item["type"] == "message":
        part = item["content"][0]
        place["content_index"] = 0
        empty = {**item, "content": []}
        pieces: list[dict[str, Any]] = [
            {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
            {"type": "response.output_text.delta", **place, "delta": part["text"], "logprobs": []},
            {"type": "response.output_text.done", **place, "text": part["text"], "logprobs": []},
            {"type": "response.content_part.done", **place, "part": part},
        ]
    else:
        empty, said = {**item, "arguments": ""}, item["arguments"]
        pieces = [
            {"type": "response.function_call_arguments.delta", **place, "delta": said},
            {"type": "response.function_call_arguments.done", **place, "arguments": said},
        ]
    begun = {**response, "status": "in_progress", "output": [], "usage": None}
    started: dict[str, Any] = {**empty, "status": "in_progress"}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": started},
        *pieces,
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response},
    ]
    for number, event in enumerate(events):
        yield {**event, "sequence_number": number}


@contextlib.contextmanager
def proxy(program: str, bases: dict[str, str], folder: Path) -> Iterator[str]:
    """The address of a running proxy in front of the fakes."""
    listed = [
        {
            "model_name": name,
            "litellm_params": {"model": model, "api_base": bases[name], "api_key": KEY},
        }
        for name, model in MODELS.items()
    ]
    configuration = folder / "litellm.yaml"  # JSON is YAML
    configuration.write_text(json.dumps({"model_list": listed}), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Nothing of the surroundings' keys, and no look at a list of prices elsewhere.
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LITELLM_MASTER_KEY": PROXY_KEY,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
        "NO_PROXY": "*",
    }
    log = folder / "proxy.log"
    with open(log, "wb") as kept:
        running = subprocess.Popen(
            [program, "--config", str(configuration), "--host", "127.0.0.1", "--port", str(port)],
            env=environ, cwd=folder, stdout=kept, stderr=subprocess.STDOUT,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, running, log)
        yield url
    except BaseException:
        print(log.read_text(errors="replace")[-6000:], file=sys.stderr)
        raise
    finally:
        running.terminate()
        running.wait(timeout=20)


def _wait(url: str, running: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _START
    while running.poll() is None and time.monotonic() < until:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{url}/health/liveliness", timeout=2).close()
            return
        time.sleep(0.5)
    sys.exit(f"The proxy did not start: {log.read_text(errors='replace')[-3000:]}")


def main() -> None:
    reviewers = {name: Looking() for name in MODELS}
    with (
        tempfile.TemporaryDirectory() as folder,
        Behind(reviewers["behind-anthropic"], key=KEY) as anthropic,
        FakeOpenAI(reviewers["behind-openai"]) as openai,
        proxy(
            sys.argv[1],
            {"behind-anthropic": anthropic.url, "behind-openai": openai.url},
            Path(folder),
        ) as url,
    ):
        results = {name: _reviewed(name, url, reviewers[name]) for name in MODELS}
        asked = {"behind-anthropic": len(anthropic.requests), "behind-openai": openai.asked}
        problems = [*anthropic.problems, *openai.problems]
    for name, of_name in results.items():
        found, missed = judge.score(of_name), judge.missed(of_name)
        rejected = dict(judge.total(of_name).rejected)
        print(
            f"{name}: {asked[name]} questions arrived, {reviewers[name].looked} after a look at the code;"
            f" recall {found.recall}, precision {found.precision};"
            f" rejected: {rejected or 'nothing'}; not judged: {missed or 'nothing'}"
        )
        if (found.recall, found.precision, missed) != (1, 1, {}):
            problems.append(f"{name}: the oracle's finding did not arrive")
        if not reviewers[name].looked:
            problems.append(f"{name}: no result of a tool arrived")
    if problems:
        sys.exit("\n".join(problems))


def _reviewed(name: str, url: str, reviewer: Looking) -> list[judge.Result]:
    model = judge_settings(
        {"ANTHROPIC_API_KEY": PROXY_KEY, "ANTHROPIC_BASE_URL": url, "ARCHITRAVE_MODEL": name}
    )
    assert model is not None
    results = []
    for case in map(judge.load, (judge.FOLDER / each for each in CASES)):
        reviewer.case = case
        results.append(judge.run(case, model))
    return results


if __name__ == "__main__":
    main()
