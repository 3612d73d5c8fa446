"""What PR-Agent sends about a change: its own templates at its own defaults, and its form of the diff."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from anthropic_cache import tokens
from jinja2 import Environment, select_autoescape
from judge import git

_SETTINGS = "pr_agent/settings"
_SUGGESTIONS = f"{_SETTINGS}/code_suggestions/pr_code_suggestions"
_PARTS = ("system", "user")
# `max_model_tokens` of its configuration, for any one call.
_CAP = 32_000
# It shows eight lines before a hunk, or ten more where a function begins there, and four behind it.
CONTEXT = "-U6"


class Prompt(NamedTuple):
    """One call of its: the file and the table that hold its texts, what is switched on, and whether
    its lines have numbers."""

    file: str
    table: str
    given: dict[str, object]
    is_numbered: bool


# What `configuration.toml` switches on (0e37fc84). Title, description and commit messages, which it
# sends too, and the suggestions that the last call is about are left out.
_PROMPTS = (
    Prompt(
        f"{_SETTINGS}/pr_description_prompts.toml",
        "pr_description_prompt",
        {
            "enable_semantic_files_types": True,
            "include_file_summary_changes": True,
            "enable_pr_diagram": True,
        },
        False,
    ),
    Prompt(
        f"{_SETTINGS}/pr_reviewer_prompts.toml",
        "pr_review_prompt",
        {
            "require_estimate_effort_to_review": True,
            "require_tests": True,
            "require_security_review": True,
            "num_max_findings": 3,
        },
        True,
    ),
    Prompt(
        f"{_SUGGESTIONS}_prompts_not_decoupled.toml",
        "pr_code_suggestions_prompt_not_decoupled",
        {"focus_only_on_problems": True, "num_code_suggestions": 3},
        False,
    ),
    Prompt(
        f"{_SUGGESTIONS}_reflect_prompts.toml",
        "pr_code_suggestions_reflect_prompt",
        {"num_code_suggestions": 3, "is_ai_metadata": False},
        True,
    ),
)


def texts(repository: Path) -> tuple[tuple[int, bool], ...]:
    """Tokens, counted as those of our own questions are, of describe, review and the two calls of
    improve without a diff, and whether each numbers lines. *repository* is a clone of PR-Agent."""
    # Its texts for a model are not made for a browser.
    templates = Environment(autoescape=select_autoescape(()))
    counted = []
    for prompt in _PROMPTS:
        table = tomllib.loads(git(repository, "show", f"HEAD:{prompt.file}"))[prompt.table]
        rendered = (templates.from_string(table[part]).render(prompt.given) for part in _PARTS)
        counted.append((sum(map(tokens, rendered)), prompt.is_numbered))
    return tuple(counted)


def sent(prompts: tuple[tuple[int, bool], ...], shown: str) -> int:
    """Tokens that all calls send about what `git diff` with `CONTEXT` has *shown*."""
    sizes = {False: tokens(shown), True: tokens("\n".join(_numbered(shown)))}
    return sum(min(fixed + sizes[is_numbered], _CAP) for fixed, is_numbered in prompts)


def _numbered(shown: str) -> Iterator[str]:
    """`decouple_and_convert_to_hunks_with_lines_numbers`: what is new with numbers, and what was
    there before once more without, where lines were taken away."""
    for file in re.split(r"^diff --git .*\n", shown, flags=re.MULTILINE)[1:]:
        head, *hunks = re.split(r"^(?=@@ )", file, flags=re.MULTILINE)
        yield f"\n\n## File: '{head.rpartition('+++ b/')[2].strip()}'\n"
        for hunk in hunks:
            header, *lines = hunk.splitlines()
            found = re.match(r"@@ -\d+(?:,\d+)? \+(\d+)", header)
            start = int(found[1]) if found else 1
            new = [line for line in lines if line[:1] != "-"]
            yield f"\n{header}\n__new hunk__"
            yield from (f"{number} {line}" for number, line in enumerate(new, start))
            if len(new) < len(lines):
                yield "__old hunk__"
                yield from (line for line in lines if line[:1] != "+")
