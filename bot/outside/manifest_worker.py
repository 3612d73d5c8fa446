"""Reads manifests far from the process that decides: their parsers take hostile text.

A question is the kind of a manifest on a line of its own, then its bytes. `main` is run as a
program by `bot.outside.worker`.
"""

from typing import Any

from bot import manifests
from bot.outside import serving


def read(data: bytes, path: str, options: Any) -> dict[str, Any]:
    """What a manifest says, as `bot.manifests.from_json` takes it."""
    kind, _, rest = data.partition(b"\n")
    text = rest.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    return manifests.read(kind.decode(), text)._asdict()


def main() -> None:
    serving.serve(read)
