"""Whose answer counts."""

import pytest

from bot import answers
from bot.answers import Answer, Bench, Open
from bot.conversation import NOBODY, Person, Remark, Thread, Told
from bot.domain import Policy
from bot.reconcile import Known

BOT = Person("architrave[bot]", "Bot", 5)
ALICE, BOB, EVE = Person("alice", "User", 1), Person("bob", "User", 2), Person("eve", "User", 3)
RIGHTS = {"alice": "write", "bob": "maintain", "root": "admin", "trixie": "triage"}
TOLD = Told("f", "c")


def bench(owner: str = "", **policy: object) -> Bench:
    def owns(owner: str, login: str) -> bool:
        return (owner, login) in {("@bob", "bob"), ("@acme/guards", "alice")}

    return Bench(
        Policy(**policy),  # type: ignore[arg-type]
        ALICE,
        BOT,
        lambda login: RIGHTS.get(login, "none"),
        owns,
        lambda _: [owner] if owner else [],
        frozenset({"Robby"}),
    )


def known(resolved_by: Person | None = None, *replies: tuple[Person, str]) -> Known:
    said = (Remark(BOT, "", ""), *(Remark(who, text, "") for who, text in replies))
    by = resolved_by or NOBODY
    return Known(Thread("t", resolved_by is not None, by, said), TOLD)


def weigh(one: Known, **how: object) -> Answer | Open:
    found, waiting = answers.weigh([one], bench(**how))  # type: ignore[arg-type]
    return [*found, *waiting][0]


def refused(outcome: Answer | Open) -> str:
    assert isinstance(outcome, Open)
    return outcome.refused


def test_a_person_who_may_write_answers() -> None:
    assert weigh(known(BOB)) == Answer("f", "c", "resolved", BOB)
    assert weigh(known(ALICE)) == Answer("f", "c", "resolved", ALICE)
    assert weigh(known()) == Open(known())


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (Person("", ""), "cannot be seen"),
        (Person("bob", "Bot"), "is not a person"),
        (Person("bob", "Mannequin"), "is not a person"),
        (Person("acme", "Organization"), "is not a person"),
        (BOT, "is not a person"),
        (Person("architrave", "User", 5), "is not a person"),
        (Person("robby"), "is known as an agent"),
        # An account of type User, known to our own table.
        (Person("openhands-agent"), "is known as an agent"),
        (EVE, "may not write"),
        (Person("trixie"), "may not write"),
    ],
)
def test_nobody_else_does(who: Person, why: str) -> None:
    assert why in refused(weigh(known(who)))
    reply = weigh(known(None, (who, "accept: so")))
    assert isinstance(reply, Open)


def test_policies() -> None:
    assert "somebody else" in refused(weigh(known(ALICE), author_may_answer=False))
    assert "asks for a reason" in refused(weigh(known(BOB), answer="reason"))
    given = weigh(known(BOB, (BOB, "accept: so")), answer="reason")
    assert given == Answer("f", "c", "accepted", BOB, "so")
    assert "does not own" in refused(weigh(known(ALICE), owner="@bob", owners_only=True))
    assert isinstance(weigh(known(BOB), owner="@bob", owners_only=True), Answer)
    assert isinstance(weigh(known(ALICE), owner="@acme/guards", owners_only=True), Answer)
    assert isinstance(weigh(known(ALICE), owner="@bob"), Answer)
    # A rule that nobody owns is everybody's.
    assert isinstance(weigh(known(ALICE), owners_only=True), Answer)


def test_the_newest_reason_that_counts_is_the_answer() -> None:
    replies = ((BOB, "false-positive: one"), (BOB, "accept: two"), (EVE, "accept: three"))
    assert weigh(known(None, *replies)) == Answer("f", "c", "accepted", BOB, "two")
    # A word that does not count is told, unless somebody's does.
    assert "eve may not write" in refused(weigh(known(None, (EVE, "accept: three"))))
    assert isinstance(weigh(known(BOB, (EVE, "accept: three"))), Answer)


def test_the_bots_own_hint_is_no_answer() -> None:
    assert refused(weigh(known(None, (BOT, "accept: so")))) == ""


def test_reasons_are_bounded() -> None:
    given = weigh(known(None, (BOB, "accept: " + "x" * 10_000)))
    assert isinstance(given, Answer)
    assert len(given.reason) == 500


@pytest.mark.parametrize("text", ["accept: " * 20_000, "accept:" + " " * 100_000, "<!--" * 50_000, "`" * 100_000])  # fmt: skip
def test_long_replies_take_no_time(text: str) -> None:
    import time

    start = time.perf_counter()
    weigh(known(None, (BOB, text)))
    assert time.perf_counter() - start < 1
