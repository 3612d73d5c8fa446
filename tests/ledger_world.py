"""A ledger in a folder, and reviews and gates to note in it, without a service that runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from bot.answers import Answer
from bot.conversation import Person
from bot.domain import Authorship, Change, Cost, Coverage, Finding, Review, Rule, Stretch
from bot.offices import Gate
from webhooks import ledger, store
from webhooks.jobs import Job
from webhooks.service_settings import ServiceSettings, service_settings
from webhooks.tables import METADATA

HEAD = "a" * 40
RULE = Rule(
    "security/code-execution",
    "Code is made of text and run",
    "error",
    "pattern",
    {},
    {"Why": "Whoever writes the text runs `code`.", "Instead": "Call a function."},
    owner="@acme/guards",
)


def settings(folder: Path, **environ: str) -> ServiceSettings:
    given = {"GITHUB_WEBHOOK_SECRET": "s" * 20, "GITHUB_TOKEN": "t", "HOME": str(folder)}
    return service_settings(given | {"ARCHITRAVE_DATA_DIR": str(folder)} | environ)


def engine(folder: Path) -> Engine:
    """A ledger of its own."""
    found = store.ledger_engine(settings(folder))

    @event.listens_for(found, "connect")
    def _connected(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    METADATA.create_all(found)
    return found


def finding(line: int = 2, **more: Any) -> Finding:
    given: dict[str, Any] = {"quote": f"eval(request[{line}])", "symbol": f"handler{line}"}
    given |= {"message": "eval runs what it is given", "authorship": "ai", "agents": ("Claude",)}
    return Finding(
        more.pop("rule", RULE.id), more.pop("checker", "pattern"), more.pop("severity", "error"),
        more.pop("path", "app/api.py"), line, line, **given | more,
    )  # fmt: skip


def review(
    *findings: Finding, advice: Sequence[Finding] = (), missed: str = "", title: str = "Sell more",
    **more: Any,
) -> Review:  # fmt: skip
    """A review that found them; *advice* blocks nobody."""
    coverage = [Coverage("app/api.py", "pattern", "checked")]
    if missed:
        coverage.append(Coverage(missed, "ruff", "failed", "it does not parse"))
    verdict = "incomplete" if missed else "blocked" if findings else "passed"
    lines = (
        Stretch(1, 8, HEAD, "ai", ("Claude",), "high", "trailer"),
        Stretch(9, 10, HEAD, "unknown", (), "low", ""),
    )
    return Review(
        Change(title, "b" * 40, HEAD, "b" * 40, ()), (*findings, *advice), tuple(coverage), verdict,
        frozenset(findings), more.pop("rules", {RULE.id: RULE}), {}, 1.5,
        authorship=Authorship((), {"app/api.py": lines}),
        cost=Cost(3, 1000, 0, 0, 200, 0.25, ("claude",)), **more,
    )  # fmt: skip


def answered(found: Finding, kind: Any = "resolved", by: str = "bob", reason: str = "") -> Answer:
    return Answer(found.fingerprint, found.version, kind, Person(by, id=7), reason)


def gate(found: Review | None = None, *answers: Answer, **more: Any) -> Gate:
    waiting = len(found.blocking) - len(answers) if found else 0
    state = more.pop("state", "failure" if waiting else "success")
    says = more.pop("says", f"{waiting} findings wait for a human")
    head = more.pop("head", HEAD)
    return Gate(state, says, waiting, found, answered=answers, head=head, **more)


class Notes:
    """Notes gates in a ledger, as jobs of one repository after another."""

    def __init__(self, into: Engine) -> None:
        self.engine, self.count = into, 0

    def __call__(
        self, what: Gate, repository: str = "acme/shop", number: int = 1, installation: int = 5
    ) -> None:
        self.count += 1
        kind = "review" if what.review else "settle"
        job = Job(kind, repository, number, installation=installation)
        ledger.settled(self.engine, job, what, f"{kind}:{repository}#{number}:{self.count:06}")
