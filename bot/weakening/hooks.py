"""What a change takes away from `.pre-commit-config.yaml`."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.weakening import Weakening
from bot.weakening.settings import items

# They put code in shape; to drop one, or trade it for another, hides nothing.
_STYLE = (
    "black", "isort", "prettier", "trailing-whitespace", "end-of-file-fixer", "pyupgrade", "ruff-format",
    "blacken-docs", "autoflake", "docformatter", "yapf", "reorder-python-imports", "mixed-line-ending",
    "pretty-format-toml", "pretty-format-yaml", "autopep8", "sphinx-lint", "double-quote-string-fixer",
    "fix-byte-order-marker", "add-trailing-comma", "requirements-txt-fixer", "pyproject-fmt", "codespell",
    "typos", "mdformat", "markdownlint", "fix-encoding-pragma", "setup-cfg-fmt", "django-upgrade", "seed-isort-config",
    "python-use-type-annotations", "check-case-conflict", "nbstripout",
)  # fmt: skip
_SUCCESSORS = {
    "flake8": "ruff", "pylint": "ruff", "bandit": "ruff", "pydocstyle": "ruff", "pycodestyle": "ruff",
    "ruff": "ruff-check", "ruff-check": "ruff", "mypy": "ty", "detect-private-key": "gitleaks",
}  # fmt: skip
_LOOSE = ("--exit-zero", "--exit-zero-even-if-changed", "--ignore-missing-imports", "|| true")


def compare(base: Any, head: Any) -> Iterator[Weakening]:
    """What the hooks of head check less of than those of base."""
    before, after = _hooks(base), _hooks(head)
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            if name not in _STYLE and _SUCCESSORS.get(name) not in after:
                yield Weakening(f"removes the hook `{name}`", (f"id: {name}",))
            continue
        clue = f"id: {name}"
        if _texts(new, "stages") == ["manual"] and _texts(old, "stages") != ["manual"]:
            yield Weakening(f"runs the hook `{name}` only by hand", (clue,))
        loose = [each for each in _LOOSE if each in _said(new) and each not in _said(old)]
        if loose:
            yield Weakening(f"runs the hook `{name}` with `{loose[0]}`", (clue, loose[0]))
        added = _parts(new.get("exclude")) - _parts(old.get("exclude"))
        kept = _parts(old.get("exclude")) <= _parts(new.get("exclude"))
        if added and kept and name not in _STYLE:
            shown = ", ".join(f"`{each[:80]}`" for each in sorted(added)[:3])
            yield Weakening(f"takes {shown} out of the hook `{name}`", (clue, "exclude:"))


def _hooks(data: Any) -> dict[str, Mapping[str, Any]]:
    repositories = data.get("repos") if isinstance(data, dict) else None
    return {
        str(hook.get("id")): hook
        for repository in _tables(repositories)
        for hook in _tables(repository.get("hooks"))
    }


def _tables(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(hook: Mapping[str, Any], key: str) -> list[str]:
    return items(hook.get(key))


def _said(hook: Mapping[str, Any]) -> str:
    return " ".join([*_texts(hook, "args"), str(hook.get("entry", ""))])


def _parts(pattern: Any) -> set[str]:
    """The alternatives of a regular expression written as one a line, or with `|`."""
    text = str(pattern or "").replace("(?x)", "")
    return {part for each in text.split("|") if (part := "".join(each.split()).strip("^$()"))}
