"""The texts that never change between reviews: one Markdown file each; another text is another version."""

import hashlib
from functools import cache
from importlib import resources


@cache
def read(name: str) -> str:
    """The prompt `finder`, `verifier` or `intent`."""
    return (resources.files(__package__) / f"{name}.md").read_text(encoding="utf-8")


@cache
def version() -> str:
    """Changes with any of the texts."""
    texts = "\0".join(read(name) for name in ("finder", "intent", "verifier"))
    return hashlib.sha256(texts.encode()).hexdigest()[:12]
