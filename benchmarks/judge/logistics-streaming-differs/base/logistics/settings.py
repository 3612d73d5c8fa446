import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Partner:
    url: str
    key: str
    timeout: float = 10


@dataclass(frozen=True)
class Settings:
    partners: dict[str, Partner]


def load(path: Path) -> Settings:
    """Read the settings; the key of every partner comes with them from the vault."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Settings({name: Partner(**fields) for name, fields in table["partners"].items()})
