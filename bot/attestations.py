"""What is kept of a merged pull request for good: in-toto Statements of who answered for what. Pure.

Two predicates (in-toto/attestation, spec/predicates): SCAI tells every finding with who answered it, and
SVR, made only where nothing is open, is the short form that policy engines read. The audit reads the first.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

SCAI = "https://in-toto.io/attestation/scai/v0.3"
SVR = "https://in-toto.io/attestation/svr/v0.2"
PRODUCER = "https://github.com/architrave/architrave"
_STATEMENT = "https://in-toto.io/Statement/v1"
PROPERTY = "ARCHITRAVE_NOTHING_OPEN"
OPEN = "open"


class Decision(NamedTuple):
    """A finding that had to be answered: *how* is an answer's kind, or `open`; *by* is `login+id`."""

    fingerprint: str
    rule: str
    path: str
    how: str
    by: str = ""
    reason: str = ""


class Patch(NamedTuple):
    """A commit of the pull request, and the identity of its patch, "" where it has none."""

    commit: str
    patch: str


class Attested(NamedTuple):
    """A pull request as it was merged, and who answers for it. Accounts are `login+id`.

    *merged_by* is "" where no person merged it, *overridden* where nobody opened the gate in spite
    of it; *missed* counts the files that were not reviewed. *at* is ISO 8601 in UTC.
    """

    pull: str
    head: str
    tree: str
    base: str
    base_tree: str
    # The whole change as one patch.
    patch: str
    commits: tuple[Patch, ...]
    merged: str
    merged_tree: str
    merged_by: str
    at: str
    decisions: tuple[Decision, ...] = ()
    overridden: str = ""
    missed: int = 0
    ai_lines: int = 0
    agents: tuple[str, ...] = ()

    @property
    def open(self) -> int:
        """How many findings nobody has answered."""
        return sum(each.how == OPEN for each in self.decisions)

    @property
    def says(self) -> str:
        """Who answers for it, in one line."""
        return (
            f"Answered for by {', '.join(self.people)}" if self.people else "Nobody answers for it"
        )

    @property
    def people(self) -> tuple[str, ...]:
        """Who answers for it; nobody while anything is open."""
        if (self.open or self.missed) and not self.overridden:
            return ()
        answered = [each.by for each in self.decisions if each.how != OPEN]
        return tuple(dict.fromkeys(each for each in (*answered, self.overridden, self.merged_by) if each))  # fmt: skip


def statements(attested: Attested) -> list[bytes]:
    """The statements of a merged pull request, as they are signed."""
    found = [_statement(attested, SCAI, {"attributes": list(_attributes(attested)), "producer": {"uri": PRODUCER}})]  # fmt: skip
    if attested.people:
        verdict = {
            "verifier": {"id": PRODUCER, "policies": [{"digest": {"gitCommit": attested.base}}]},
            "timeCreated": attested.at,
            "properties": [PROPERTY],
        }
        found.append(_statement(attested, SVR, verdict))
    return found


def _statement(attested: Attested, predicate_type: str, predicate: dict[str, Any]) -> bytes:
    from google.protobuf.json_format import MessageToDict
    from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
    from in_toto_attestation.v1.statement import Statement

    head = {"gitCommit": attested.head, "gitTree": attested.tree}
    subjects = [ResourceDescriptor(name="head", digest=head).pb]
    statement = Statement(subjects, predicate_type, predicate)
    statement.validate()
    return json.dumps(MessageToDict(statement.pb), sort_keys=True).encode()


def _attributes(attested: Attested) -> Iterator[dict[str, Any]]:
    yield {
        "attribute": "REVIEWED_CHANGE",
        "target": {
            "uri": attested.pull,
            "digest": {"gitCommit": attested.base, "gitTree": attested.base_tree},
        },
        "conditions": {
            "patch": attested.patch,
            "commits": [list(each) for each in attested.commits],
            "notReviewed": attested.missed,
            "overriddenBy": attested.overridden,
        },
    }
    yield {
        "attribute": "MERGED",
        "target": {"digest": {"gitCommit": attested.merged, "gitTree": attested.merged_tree}},
        "conditions": {"by": attested.merged_by, "at": attested.at},
    }
    yield {
        "attribute": "AI_WRITTEN",
        "conditions": {"lines": attested.ai_lines, "agents": list(attested.agents)},
    }
    for each in attested.decisions:
        yield {
            "attribute": "FINDING_OPEN" if each.how == OPEN else "FINDING_ANSWERED",
            "target": {"name": each.path or "unknown"},
            "conditions": {
                "finding": each.fingerprint,
                "rule": each.rule,
                "decision": each.how,
                "by": each.by,
                "reason": each.reason,
            },
            "evidence": {"uri": attested.pull},
        }


def read(payload: bytes) -> Attested | None:
    """What a statement of ours tells; None for any other. It is data, whoever signed it."""
    row = _parsed(payload)
    try:
        return _attested(row) if row.get("predicateType") == SCAI else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def head_of(payload: bytes) -> str:
    """The commit that a statement of ours, of either kind, is about; "" for any other."""
    try:
        return _head(_parsed(payload))["gitCommit"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _head(row: Mapping[str, Any]) -> Mapping[str, str]:
    (head,) = [each["digest"] for each in row["subject"] if each.get("name") == "head"]
    return {name: str(head[name]) for name in ("gitCommit", "gitTree")}


def _parsed(payload: bytes) -> Mapping[str, Any]:
    """A statement as plain data; empty where it is none."""
    try:
        row: Any = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) and row.get("_type") == _STATEMENT else {}


def _attested(row: Mapping[str, Any]) -> Attested:
    head = _head(row)
    attributes: Sequence[Mapping[str, Any]] = row["predicate"]["attributes"]
    (change,) = [each for each in attributes if each["attribute"] == "REVIEWED_CHANGE"]
    (merge,) = [each for each in attributes if each["attribute"] == "MERGED"]
    (wrote,) = [each for each in attributes if each["attribute"] == "AI_WRITTEN"]
    about, base, landed = change["conditions"], change["target"], merge["target"]["digest"]
    return Attested(
        pull=str(base["uri"]),
        head=head["gitCommit"],
        tree=head["gitTree"],
        base=str(base["digest"]["gitCommit"]),
        base_tree=str(base["digest"]["gitTree"]),
        patch=str(about["patch"]),
        commits=tuple(Patch(str(commit), str(patch)) for commit, patch in about["commits"]),
        merged=str(landed["gitCommit"]),
        merged_tree=str(landed["gitTree"]),
        merged_by=str(merge["conditions"]["by"]),
        at=str(merge["conditions"]["at"]),
        decisions=tuple(_decision(each) for each in attributes if each["attribute"].startswith("FINDING_")),
        overridden=str(about["overriddenBy"]),
        missed=int(about["notReviewed"]),
        ai_lines=int(wrote["conditions"]["lines"]),
        agents=tuple(str(each) for each in wrote["conditions"]["agents"]),
    )  # fmt: skip


def _decision(row: Mapping[str, Any]) -> Decision:
    about, name = row["conditions"], str(row["target"]["name"])
    return Decision(
        str(about["finding"]), str(about["rule"]), "" if name == "unknown" else name,
        OPEN if row["attribute"] == "FINDING_OPEN" else str(about["decision"]),
        str(about["by"]), str(about["reason"]),
    )  # fmt: skip
