"""What all conversations of one review share, and how their questions are laid out.

What never changes comes first, what is the same for a repository next, then the change, then the
task: each is paid in full once and read from the endpoint's cache after (docs/judge.md).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bot import wording
from bot.checkers.judge import answers, dossier, exploration, prompts, rules_text
from bot.checkers.judge.dialogue import text_block, user
from bot.checkers.judge.dossier import Fence
from bot.checkers.judge.material import Material
from bot.checkers.judge.scope import Task
from bot.domain import Finding, Rule
from bot.outside.llm import Call

_HOUR: Mapping[str, str] = {"type": "ephemeral", "ttl": "1h"}
_MINUTES: Mapping[str, str] = {"type": "ephemeral"}


class Desk(NamedTuple):
    """Models, rules and material. *rules* are all for the repository, not only those of a task.

    *statement* is what the change says about itself; only what is about *intent_rules* sees it.
    """

    model: str
    verify_model: str
    material: Material
    fence: Fence
    rules: tuple[Rule, ...]
    intent_rules: tuple[Rule, ...] = ()
    statement: str = ""
    reported: tuple[Finding, ...] = ()
    explore: bool = True

    @property
    def other_model(self) -> str:
        """Whom to ask when the first model refuses; "" where there is no other."""
        return self.verify_model if self.verify_model != self.model else ""


def finder_call(desk: Desk, task: Task) -> Call:
    """The first question about a task."""
    return Call(
        purpose="finder",
        model=desk.model,
        system=(
            text_block(prompts.read("finder")),
            text_block(rules_text.render(desk.rules), _HOUR),
        ),
        messages=(user(text_block(_data(desk, task), _MINUTES), text_block(_task(task))),),
        tools=exploration.TOOLS if desk.explore else (),
        schema=answers.FINDER_SCHEMA,
        effort="medium",
    )


def _data(desk: Desk, task: Task) -> str:
    parts = []
    paths = {file.path for file in task.files}
    if said := dossier.reported(each for each in desk.reported if each.path in paths):
        parts.append("Reported already:\n" + desk.fence.around(said))
    for file in task.files:
        moved = file.old_path if file.old_path != file.path else ""
        parts.append(
            desk.fence.around(
                dossier.diff(desk.material, file), file=file.path, status=file.status, was=moved
            )
        )
    return "\n\n".join(parts)


def _task(task: Task) -> str:
    rules = {rule.id for rule in task.rules}
    lines = ["Hold each of these files against the rules named after it:"]
    for file in task.files:
        asked = sorted(rule for path, rule in task.pairs if path == file.path)
        names = "all rules below" if set(asked) == rules else ", ".join(asked)
        lines.append(f"- {wording.visible(file.path)}: {names}")
    lines.append("Rules: " + ", ".join(sorted(rules)))
    return "\n".join(lines)


def quiet_call(
    desk: Desk,
    purpose: str,
    model: str,
    schema: Mapping[str, Any],
    parts: Sequence[str],
    rules: str = "",
) -> Call:
    """A question without tools and without a history. *rules* are the same for every change."""
    fixed = (text_block(rules, _HOUR),) if rules else ()
    return Call(
        purpose=purpose,
        model=model,
        system=(text_block(prompts.read(purpose)), *fixed),
        messages=(user(text_block("\n\n".join(parts))),),
        schema=schema,
        effort="low",
        max_tokens=8_000,
    )
