"""What a review leaves behind for settling, and what of it is believed."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import examination, markers, records
from bot.conversation import NOBODY, Person, Posted, PullRequest, Remark, Thread, Told
from bot.domain import Policy
from bot.records import Entry, Record

BOT, ALICE, BOB = Person("bot[bot]", "Bot", 5), Person("alice", "User", 1), Person("bob", "User", 2)
HEAD, OLD = "a" * 40, "b" * 40
ENTRY = Entry("f", "c", "@bob")


def record(head: str = HEAD, **policy: Any) -> Record:
    return Record(head, 0, (ENTRY,), Policy(**policy))


def posted(value: Any, commit: str = HEAD, author: Person = BOT) -> Posted:
    given = records.row(value) if isinstance(value, Record) else value
    return Posted(1, commit, f"Brief\n{markers.record(given, '')}", author, "2026-01-01T00:00:00Z")


def pull(*reviews: Posted, threads: tuple[Thread, ...] = ()) -> PullRequest:
    return PullRequest(
        "acme/shop", 1, "", "", ALICE, "0" * 40, HEAD, "open",
        reviews=reviews, threads=threads,
    )  # fmt: skip


def test_a_record_is_read_as_it_was_written() -> None:
    agents = {"smith": ("bob", "s@example.org"), "carol": ()}
    wrote = record(answer="reason", author_may_answer=False, owners_only=True, agents=agents)
    got = records.of_head(pull(posted(wrote)), BOT, "")
    assert got is not None
    assert got.blocking == wrote.blocking
    assert (got.policy.answer, got.policy.author_may_answer, got.policy.owners_only) == (
        "reason", False, True,
    )  # fmt: skip
    assert set(got.policy.agents) == {"smith", "carol", "bob", "s@example.org"}


def test_a_record_says_whose_rules_it_went_by_where_it_is_not_of_old() -> None:
    wrote = record()._replace(trusted=OLD)
    got = [records.of_head(pull(posted(each)), BOT, "") for each in (wrote, records.row(wrote)[:4])]
    assert [each and each.trusted for each in got] == [OLD, ""]


def test_the_review_of_the_head_counts_however_old() -> None:
    both = pull(posted(record()), posted(record(OLD), OLD))
    found = records.of_head(both, BOT, "")
    assert found is not None
    assert found.head == HEAD
    newest = records.latest(both, BOT, "")
    assert newest is not None
    assert newest.head == OLD
    assert records.of_head(pull(posted(record(OLD), OLD)), BOT, "") is None


@pytest.mark.parametrize(
    "other",
    [
        posted(record(), author=ALICE),
        posted(record(), author=Person("bot", "User", 9)),
        posted(record(OLD), HEAD),  # what was said of another commit
        posted(record())._replace(body="No mark"),
    ],
)
def test_what_is_not_believed(other: Posted) -> None:
    assert records.of_head(pull(other), BOT, "") is None
    assert records.posted(pull(posted(record()), other), BOT, "") == posted(record())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
)


@given(JSON, JSON, JSON)
def test_no_record_raises(missed: Any, blocking: Any, policy: Any) -> None:
    for value in (missed, [HEAD, missed, blocking, policy], [HEAD, 0, blocking, [1, 1, 1, policy]]):
        records.of_head(pull(posted(value)), BOT, "")


def dismissed(
    by: Person, one: Record, text: str = "false-positive: I know"
) -> frozenset[tuple[str, str]]:
    said = (Remark(BOT, markers.told(Told("f", "c"), ""), ""), Remark(by, text, ""))
    thread = Thread("t", False, NOBODY, said)
    hub = SimpleNamespace(permission=lambda login: "write")
    office: Any = SimpleNamespace(hub=hub, secret="")
    return examination._dismissed(pull(posted(one), threads=(thread,)), BOT, office)


def test_a_model_is_not_silenced_by_whose_answer_does_not_count() -> None:
    assert dismissed(ALICE, record()) == {("f", "c")}
    assert dismissed(ALICE, record(author_may_answer=False)) == frozenset()
    assert dismissed(BOB, record(author_may_answer=False)) == {("f", "c")}
    assert dismissed(ALICE, record(owners_only=True)) == frozenset()
    assert dismissed(BOB, record(owners_only=True)) == {("f", "c")}
    assert dismissed(BOB, record(agents={"bob": ()})) == frozenset()
    assert dismissed(BOB, record(), "accept: it may stay") == frozenset()
    # Whose rule it is the last review does not say.
    unknown = record(owners_only=True)._replace(blocking=())
    assert dismissed(BOB, unknown) == frozenset()
