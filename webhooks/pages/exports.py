"""The ledger as files for other programs: CSV that no spreadsheet takes for formulas, and JSON."""

import csv
import io
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot import wording

COLUMNS = (
    "raised", "changed", "repository", "number", "path", "line", "rule", "checker", "severity",
    "writer", "agents", "is_blocking", "state", "login", "reason", "message", "fingerprint",
)  # fmt: skip
SCHEMA = "architrave-ledger/1"
# What a spreadsheet begins a formula with, wide forms among it; OWASP, "CSV Injection".
_FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%")


def as_csv(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A line of names, then one of each finding (RFC 4180)."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(_plain(name, row[name])) for name in COLUMNS])
        if lines.tell() > 1 << 15:
            yield _emptied(lines)
    yield _emptied(lines)


def _emptied(lines: io.StringIO) -> str:
    text = lines.getvalue()
    lines.seek(0)
    lines.truncate()
    return text


def as_json(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """One document, a finding a line."""
    yield f'{{"schema": "{SCHEMA}", "findings": ['
    between = "\n"
    for row in rows:
        found = {name: _plain(name, row[name]) for name in COLUMNS}
        yield between + json.dumps(found)
        between = ",\n"
    yield "\n]}\n"


def _plain(name: str, value: Any) -> Any:
    """Moments as ISO 8601 in UTC, numbers and truths as they are, text with nothing unseen."""
    if name in ("raised", "changed"):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(value))
    return wording.visible(value) if isinstance(value, str) else value


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip().startswith(_FORMULAS):
        return f"'{value}"
    return value
