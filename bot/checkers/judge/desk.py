"""What all conversations of one review share, and how their questions are laid out.

What never changes comes first, what is the same for a repository next, then the change, then the
task: each is paid in full once and read from the endpoint's cache after (docs/judge.md).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bot.checkers.judge import answers, dossier, exploration, prompts, rules_text
from bot.checkers.judge.dialogue import text_block, user
from bot.checkers.judge.dossier import Fence
from bot.checkers.judge.material import Material
from bot.checkers.judge.scope import Task
from bot.domain import Finding, Rule
from bot.outside.llm import Call

_HOUR: Mapping[str, str] = {"type": "ephemeral", "ttl": "1h"}
_MINUTES: Mapping[str, str] = {"type": "ephemeral"}
# Bytes of a change that a verifier is shown whole, since that is in its cache; of a larger one it
# sees the places alone, without distraction.
_SMALL = 12_000


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
    # By file what the finder is given about it, "" for much; None where a verifier has not that
    # in its cache.
    at_hand: Mapping[str, str] | None = None
    # The repository and the endpoint: what was said there is not taken for granted elsewhere.
    origin: str = ""

    @property
    def other_model(self) -> str:
        """Whom to ask when the first model refuses; "" where there is no other."""
        return self.verify_model if self.verify_model != self.model else ""

    def besides(self, path: str) -> str:
        """What a verifier is shown of the change besides a place in this file."""
        return (self.at_hand or {}).get(path, "")


def at_hand(desk: Desk, tasks: Sequence[Task]) -> Mapping[str, str] | None:
    """What a desk has at hand when the finder has been asked about *tasks*."""
    if not tasks or desk.other_model:
        return None
    found: dict[str, str] = {}
    for task in tasks:
        data = data_text(desk, task)
        is_small = len(data.encode(errors="replace")) <= _SMALL
        for file in task.files:
            found.setdefault(file.path, data if is_small else "")
    return found


def finder_call(desk: Desk, task: Task) -> Call:
    """The first question about a task."""
    data = text_block(data_text(desk, task), _MINUTES)
    question = user(data, text_block(_task(desk, task), _MINUTES))
    return _beginning(desk)._replace(messages=(question,))


def _beginning(desk: Desk) -> Call:
    """What every question about the code begins with: it is read from the cache but once."""
    return Call(
        purpose="finder",
        model=desk.model,
        system=(
            text_block(prompts.read("finder")),
            text_block(rules_text.render(desk.rules), _HOUR),
        ),
        messages=(),
        tools=exploration.TOOLS if desk.explore else (),
        schema=answers.SCHEMA,
        effort="medium",
    )


def verifier_call(desk: Desk, rules: Sequence[Rule], data: str, parts: Sequence[str]) -> Call:
    """A question about suspicions that *rules* are broken; *data* is what is at hand.

    It begins as the finder's do, if those were asked of the same model; what came of them it does
    not see. Else nothing of that is in the cache, and it gets the rules in question alone.
    """
    call = _beginning(desk)._replace(purpose="verifier")
    if desk.at_hand is not None:
        more = rules_text.besides(rules, known=desk.rules)
    else:
        more = rules_text.besides(rules, known=())
        call = call._replace(model=desk.verify_model, system=call.system[:1], tools=())
    text = "\n\n".join(part for part in (prompts.read("verifier"), more, *parts) if part)
    blocks = (text_block(data, _MINUTES),) if data else ()
    return call._replace(messages=(user(*blocks, text_block(text)),))


def intent_call(desk: Desk, parts: Sequence[str]) -> Call:
    """The question about what a change says of itself.

    What is the same for every change is short: to begin as the finder does would cost as much.
    """
    system = (
        text_block(prompts.read("intent")),
        text_block(rules_text.render(desk.intent_rules), _HOUR),
    )
    question = user(text_block("\n\n".join(parts)))
    return _beginning(desk)._replace(
        purpose="intent", system=system, messages=(question,), tools=(), effort="low"
    )


def data_text(desk: Desk, task: Task) -> str:
    """The change, as far as a task is about it, and what tools have said of that."""
    parts = []
    paths = {file.path for file in task.files}
    if said := dossier.reported(
        (each for each in desk.reported if each.path in paths), desk.material
    ):
        parts.append("Reported already:\n" + desk.fence.around(said))
    for file in task.files:
        moved = desk.material.name(file.old_path) if file.old_path != file.path else ""
        name = desk.material.name(file.path)
        code = dossier.diff(desk.material, file)
        parts.append(desk.fence.around(code, file=name, status=file.status, was=moved))
    return "\n\n".join(parts)


def _task(desk: Desk, task: Task) -> str:
    rules = {rule.id for rule in task.rules}
    lines = []
    for file in task.files:
        asked = sorted(rule for path, rule in task.pairs if path == file.path)
        names = "all rules below" if set(asked) == rules else ", ".join(asked)
        lines.append(f"- {desk.material.name(file.path)}: {names}")
    # The author of a change names its files: their names are no words of ours either.
    return "\n".join(
        [
            "Hold each of these files against the rules named after it:",
            desk.fence.around("\n".join(lines)),
            "Rules: " + ", ".join(sorted(rules)),
        ]
    )
