"""Configuration files of both sides as plain data, read in a process of their own."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.analysis import Program
from bot.comparison import Comparison, SideName
from bot.outside.worker import Failure

PROGRAM = Program("document", "bot.outside.document_worker", "yaml", bytes_per_process=1_000_000)
_BY_ENDING = {
    ".toml": "toml", ".yml": "yaml", ".yaml": "yaml", ".cfg": "ini", ".ini": "ini",
    ".md": "front", ".json": "yaml",
}  # fmt: skip
_BY_NAME = dict.fromkeys(
    (".flake8", ".coveragerc", ".bandit", ".pylintrc", "pylintrc", ".importlinter"), "ini"
)

Place = tuple[SideName, str]


def format_of(path: str) -> str:
    """`toml`, `yaml`, `ini`, `front` (of Markdown), or "" for a file that is none of them, by its name."""
    name = path.rpartition("/")[2]
    return _BY_NAME.get(name) or _BY_ENDING.get(name[name.rfind(".") :], "")


def read(comparison: Comparison, places: Iterable[Place]) -> Mapping[Place, Any]:
    """What is in these files: data, None where there is no regular file, or a `Failure`."""
    found: dict[Place, Any] = {}
    questions: dict[str, bytes] = {}
    keys: dict[Place, str] = {}
    for place in places:
        entry = comparison.listing(place[0]).get(place[1])
        text = comparison.text(*place)
        if entry is None or text is None:
            too_large = entry is not None and entry.mode.startswith("100")
            found[place] = Failure("its content is missing or too large") if too_large else None
            continue
        keys[place] = f"{format_of(place[1])}|{entry.id}"
        questions[keys[place]] = format_of(place[1]).encode() + b"\n" + text
    answers = comparison.ask(PROGRAM, {}, questions) if questions else {}
    return found | {place: answers[key] for place, key in keys.items()}
