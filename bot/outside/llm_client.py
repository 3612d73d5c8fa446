"""One try at one request: the only module that imports `anthropic`.

The SDK is kept from doing anything by itself: it follows no redirect, repeats nothing, logs
nothing, and neither headers nor addresses come from the environment.
"""

import contextlib
import datetime as dt
import json
import logging
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from bot.judge_settings import OFFICIAL, JudgeSettings
from bot.outside.llm_answers import assemble
from bot.outside.llm_exchange import Exchange
from bot.outside.llm_failures import STATUSES, Trouble, pause

_CONNECT_SECONDS = 10.0
# The longest silence within an answer; pings come more often.
_SILENCE_SECONDS = 120.0
_LONGEST_BODY = 32 << 20
_LOGGERS = ("anthropic", "httpx2", "httpcore2")
# The exchange that a thread is at.
_HERE = threading.local()


class Endpoint:
    """The endpoint that settings name. It may be asked from several threads."""

    def __init__(self, settings: JudgeSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: Any = None

    def send(
        self, body: Mapping[str, Any], seconds: float, exchange: Exchange
    ) -> tuple[dict[str, Any], str]:
        """The whole message and the request's id; raises `Trouble`."""
        with _troubles():
            client = self._connected()
            _HERE.exchange = exchange
            return _sent(client, body, seconds)

    def _connected(self) -> Any:
        with self._lock:
            _quiet_import()
            if self._client is None:
                self._client = _client(self._settings)
            return self._client


def _quiet_import() -> None:
    """Imports the SDK; whatever ANTHROPIC_LOG says, it logs no prompt and sets up no logging."""
    before = list(logging.root.handlers)
    import anthropic  # noqa: F401 - importing it is all there is to do

    for handler in [found for found in logging.root.handlers if found not in before]:
        logging.root.removeHandler(handler)
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def _client(settings: JudgeSettings) -> Any:
    import anthropic
    import httpx2

    options: dict[str, Any] = {
        "max_retries": 0,
        "open_telemetry": False,
        # A connection of its own for each request: none is left open, none is stale.
        "http_client": anthropic.DefaultHttpxClient(
            follow_redirects=False,
            limits=httpx2.Limits(max_keepalive_connections=0),
            event_hooks={"request": [_traced]},
        ),
    }
    if settings.base_url:
        options["base_url"] = settings.base_url
    client: Any
    if settings.provider == "bedrock":
        client = anthropic.AnthropicBedrock(
            api_key=settings.key or None, aws_region=settings.region, **options
        )
    elif settings.provider == "vertex":
        client = anthropic.AnthropicVertex(
            region=settings.region, project_id=settings.project, **options
        )
    elif settings.provider == "foundry":
        client = anthropic.AnthropicFoundry(api_key=settings.key, **options)
    else:
        options.setdefault("base_url", OFFICIAL)
        client = anthropic.Anthropic(api_key=settings.key, **options)
    # ANTHROPIC_CUSTOM_HEADERS, which the SDK gives no way to leave unread.
    client._custom_headers = {}
    return client


def _traced(request: Any) -> None:
    """Lets the exchange hear of its connection as soon as there is one: an answer may never begin."""
    exchange: Exchange = _HERE.exchange

    def happened(name: str, info: Mapping[str, Any]) -> None:
        if name.endswith(("connect_tcp.complete", "start_tls.complete")):
            exchange.connected(info["return_value"])

    request.extensions = {**request.extensions, "trace": happened}


def _sent(client: Any, body: Mapping[str, Any], seconds: float) -> tuple[dict[str, Any], str]:
    import anthropic

    timeout = anthropic.Timeout(
        min(_SILENCE_SECONDS, seconds), connect=min(_CONNECT_SECONDS, seconds)
    )
    # As `messages.create` does, but each event stays the plain object that it is.
    stream = client.post(
        "/v1/messages",
        body=body,
        options={"timeout": timeout},
        cast_to=object,
        stream=True,
        stream_cls=anthropic.Stream[object],
    )
    response = stream.response
    request_id = response.headers.get("request-id", "")
    with contextlib.closing(response):
        media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if "json" in media or media.startswith(("text/html", "text/plain")):
            return _whole(response, media), request_id
        return assemble(stream), request_id


def _whole(response: Any, media: str) -> dict[str, Any]:
    """The one document that an endpoint sends which does not stream."""
    data = b""
    for part in response.iter_bytes():
        data += part
        if len(data) > _LONGEST_BODY:
            raise Trouble("malformed", "an answer without end")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        if "json" in media:
            raise Trouble("garbled", "a document that is no JSON") from None
        raise Trouble("malformed", "a web page" if "html" in media else "no JSON") from None
    if not isinstance(found, dict):
        raise Trouble("malformed", "JSON that is no message")
    return found


@contextlib.contextmanager
def _troubles() -> Iterator[None]:
    """Whatever a library raises, as `Trouble`, without the text of the error."""
    try:
        yield
    except Trouble:
        raise
    except ImportError as error:
        raise _missing(error) from None
    except Exception as error:  # noqa: BLE001 - the SDK raises its own, httpx2's and json's errors
        raise _trouble(error) from None


def _missing(error: Exception) -> Trouble:
    name = "anthropic" if getattr(error, "name", "") == "anthropic" else "anthropic[bedrock,vertex]"
    return Trouble(
        "connection", f"a package is missing that its client needs; run `pip install '{name}'`"
    )


def _trouble(error: Exception) -> Trouble:
    import anthropic
    import httpx2

    if isinstance(error, anthropic.APIStatusError):
        return _status(error)
    if isinstance(error, anthropic.APITimeoutError | httpx2.TimeoutException):
        return Trouble("timeout")
    if isinstance(error, anthropic.APIConnectionError):
        return Trouble("connection")
    if isinstance(error, httpx2.TransportError):
        return Trouble("cut off")
    if type(error).__name__ == "MissingDependencyError":
        return _missing(error)
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return Trouble("garbled", "an event that is no JSON")
    name = type(error).__name__
    return Trouble("connection", f"its client failed with {name}; check settings and credentials")


def _status(error: Any) -> Trouble:
    """An HTTP error, or an error within a stream, whose status is 200."""
    status = error.status_code
    if status < 300:
        status = STATUSES.get(str(error.type), 500)
    return Trouble(
        "status",
        status=status,
        said=str(error.api_message or _words(error.body))[:2000],
        code=f"{error.error_code or ''} {error.type or ''}",
        request_id=error.request_id or "",
        pause=pause(error.response.headers, dt.datetime.now(dt.UTC)),
    )


def _words(body: object) -> str:
    """The words of an error in another form than Anthropic's: of FastAPI's, where and what.

    What it also repeats of the request is left out: any word may be in that.
    """
    detail = body.get("detail") if isinstance(body, dict) else None
    if isinstance(detail, list):
        found = [each for each in detail if isinstance(each, dict)]
        return "; ".join(f"{each.get('loc')}: {each.get('msg')}" for each in found)
    return str(detail or body or "")
