"""Logs as one JSON object a line, on standard error. No code, no prompt, no secret."""

import contextlib
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime

_FIELDS = ("delivery", "attempt", "failure", "seconds")
_about: ContextVar[Mapping[str, str]] = ContextVar("about")


@contextlib.contextmanager
def about(**names: str) -> Iterator[None]:
    """Every line that is logged within says what it is about; "" is left out."""
    given = {name: text for name, text in names.items() if text}
    token = _about.set({**_about.get({}), **given})
    try:
        yield
    finally:
        _about.reset(token)


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        row = {
            "at": at.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "says": record.getMessage(),
        }
        row |= _about.get({})
        row |= {name: getattr(record, name) for name in _FIELDS if getattr(record, name, "")}
        if record.exc_info and record.exc_info[0]:
            row["error"] = f"{record.exc_info[0].__name__}: {record.exc_info[1]}"[:500]
            row["trace"] = self.formatException(record.exc_info)[-4000:]
        return json.dumps(row)


def start() -> None:
    """Let everything that is logged come out so, the engine's and the server's too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("architrave").setLevel(logging.INFO)
    engine = logging.getLogger("dbos")
    # The engine adds a handler of its own where there is none.
    engine.handlers[:] = [handler]
    engine.propagate = False
