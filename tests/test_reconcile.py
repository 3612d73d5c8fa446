"""What was told against what there is to tell."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import reconcile
from bot.conversation import NOBODY, Person, Remark, Thread, Told
from bot.domain import Finding
from bot.placement import Spot
from bot.reconcile import Known

BOT = Person("architrave[bot]", "Bot", 5)


def spot(name: int, code: str = "x", severity: str = "error") -> Spot:
    found = Finding("r", "c", severity, f"{name}.py", name + 1, name + 1, "Bad.", quote=code, key=str(name))  # type: ignore[arg-type]  # fmt: skip
    return Spot(found, found.path, found.start_line)


def thread(of: Spot, ident: int = 0, resolved: bool = False, remarks: int = 1) -> Known:
    told = Told(of.finding.fingerprint, of.finding.version)
    said = tuple(Remark(BOT, "", "", n) for n in range(remarks))
    name = f"{of.path}{ident}"
    return Known(Thread(name, resolved, NOBODY, said), told)


def plan(spots: list[Spot], threads: list[Known], cap: int = 25, answered: tuple[Known, ...] = (), blocking: tuple[Finding, ...] = ()) -> reconcile.Plan:  # fmt: skip
    waiting = {each.thread.id for each in threads} - {each.thread.id for each in answered}
    return reconcile.reconcile(spots, threads, cap, waiting, blocking)


NUMBERS = st.lists(st.integers(0, 30), unique=True, max_size=30)


@given(NUMBERS, NUMBERS, st.sets(st.integers(0, 30)), st.integers(0, 30))
def test_each_finding_is_told_once_and_none_is_lost(
    now: list[int], before: list[int], resolved: set[int], cap: int
) -> None:
    spots = [spot(each) for each in now]
    threads = [thread(spot(each), resolved=each in resolved) for each in before]
    made = plan(spots, threads, cap)
    kept = [each.told.fingerprint for each in made.keep]
    fresh = [each.finding.fingerprint for each in (*made.post, *made.beyond)]
    assert sorted(kept + fresh) == sorted(each.finding.fingerprint for each in spots)
    assert {each.thread.id for each in made.gone} == {f"{e}.py0" for e in before if e not in now}
    assert made.changed == ()
    standing = sum(not each.thread.is_resolved for each in made.keep)
    assert len(made.post) <= max(0, cap - standing)
    assert not made.beyond or len(made.post) == max(0, cap - standing)


@given(st.lists(st.sampled_from(["note", "warning", "error"]), max_size=12), st.integers(0, 12))
def test_the_worst_come_first(severities: list[str], cap: int) -> None:
    spots = [spot(number, severity=each) for number, each in enumerate(severities)]
    made = plan(spots, [], cap)
    order = ["error", "warning", "note"]
    ranks = [order.index(each.finding.severity) for each in (*made.post, *made.beyond)]
    assert ranks == sorted(ranks)


def test_an_open_thread_follows_its_code() -> None:
    old, new = spot(1, "x"), spot(1, "y")
    made = plan([new], [thread(old)])
    assert made.changed == ((made.keep[0], new),)
    assert made.post == ()


def test_an_answered_thread_does_not() -> None:
    old, new = spot(1, "x"), spot(1, "y")
    for known in (thread(old, resolved=True), thread(old)):
        made = plan([new], [known], answered=(known,))
        assert made.post == (new,)
        assert made.gone == ()
    # One that a stranger has resolved is out of sight: told again.
    assert plan([new], [thread(old, resolved=True)]).post == (new,)


def test_white_space_is_no_other_code() -> None:
    assert spot(1, "f(a, b)").finding.version == (spot(1, "f(a,\n  b)").finding.version)


def test_advice_and_what_is_answered_take_no_room_from_what_must_be_answered() -> None:
    advice, must = [spot(n) for n in range(3)], [spot(n) for n in range(3, 8)]
    blocking = tuple(each.finding for each in must)
    threads = [thread(each) for each in advice]
    made = plan([*advice, *must], threads, cap=3, blocking=blocking)
    assert (made.post, made.beyond) == (tuple(must[:3]), tuple(must[3:]))
    replied = [thread(each) for each in must[:3]]
    made = plan(must, replied, cap=3, answered=tuple(replied), blocking=blocking)
    assert (made.post, made.beyond) == (tuple(must[3:]), ())
    # Advice comes after them, where there is room.
    assert plan([*advice, *must], [], cap=6, blocking=blocking).post == (*must, advice[0])


def test_of_two_threads_the_one_of_this_code_stands() -> None:
    old, new = thread(spot(1, "x"), 1, remarks=3), thread(spot(1, "y"), 2)
    assert plan([spot(1, "y")], [old, new]).keep == (new,)
    one, two = thread(spot(1, "y"), 1), thread(spot(1, "y"), 2, remarks=2)
    assert plan([spot(1, "y")], [one, two]).keep == (two,)


def test_only_the_bot_is_believed() -> None:
    told = Told("f", "c")
    eve = Person("eve", "User", 9)
    mine = Thread("1", False, NOBODY, (Remark(BOT, "mark", ""), Remark(eve, "no", "")))
    other = mine._replace(id="2", remarks=(Remark(eve, "mark", ""), Remark(BOT, "mark", "")))
    edited = Remark(BOT, "mark", "", edited=True, editor=eve)
    changed = mine._replace(id="3", remarks=(edited, Remark(BOT, "mark", "")))
    silent, last = mine._replace(id="4", remarks=()), mine._replace(id="5")

    def read(body: str) -> Told | None:
        return told if body == "mark" else None

    threads = [silent, other, changed, mine, last]
    assert reconcile.known(threads, BOT, read) == [Known(mine, told), Known(last, told)]
    assert reconcile.known([mine], BOT, lambda _: None) == []


@pytest.mark.parametrize("others", [0, 1])
def test_what_waits_already_leaves_the_rest_of_the_room(others: int) -> None:
    """As many blocking ones are open as the cap allows, less two; there are more to tell."""
    spots = [spot(number) for number in range(9)]
    advice = [spot(number, severity="note") for number in range(20, 20 + others)]
    blocking = tuple(each.finding for each in spots)
    threads = [thread(each) for each in spots[:3]] + [thread(each) for each in advice]
    made = plan([*spots, *advice], threads, cap=5, blocking=blocking)
    assert made.post == tuple(spots[3:5])
    assert made.beyond == tuple(spots[5:])
    # Nor is anything told where there is no room, or less than none.
    full = plan(spots, [thread(each) for each in spots[:6]], cap=5, blocking=blocking)
    assert (full.post, full.beyond) == ((), tuple(spots[6:]))


def test_advice_is_not_told_where_more_waits_than_there_is_room_for() -> None:
    advice = [spot(number, severity="note") for number in range(6)]
    made = plan(advice, [thread(each) for each in advice[:4]], cap=2)
    assert (made.post, made.beyond) == ((), tuple(advice[4:]))


@pytest.mark.parametrize(("told", "now"), [("x", "y"), ("y", "x")])
def test_other_code_is_other_code_whichever_name_comes_first(told: str, now: str) -> None:
    old, new = spot(1, told), spot(1, now)
    open_, answered = thread(old), thread(old, 1, resolved=True)
    assert plan([new], [answered]).post == (new,)
    assert plan([new], [open_]).changed == ((open_, new),)
    mine = thread(new, 2)
    assert plan([new], [open_._replace(thread=open_.thread._replace(id="9")), mine]).keep == (mine,)


def test_one_account_by_two_names() -> None:
    assert reconcile.is_same(Person("architrave", "Bot"), BOT)
    assert reconcile.is_same(Person("Architrave[bot]", "Bot", 5), BOT)
    assert not reconcile.is_same(Person("architrave", "User"), BOT)
    assert not reconcile.is_same(Person("architrave[bot]", "Bot", 6), BOT)
    assert not reconcile.is_same(NOBODY, BOT)
    # Two that were read apart are equal and not one object; a smaller or larger one is another one.
    one, two = (Person(*json.loads('["ab", "Bot", 10000]')) for _ in range(2))
    assert reconcile.is_same(one, two._replace(login="c"))
    assert reconcile.is_same(one._replace(id=0), two)
    for number in (9_999, 10_001):
        assert not reconcile.is_same(one, two._replace(id=number))
    for login, kind in (("aa", "Bot"), ("ac", "Bot"), ("ab", "App"), ("ab", "User")):
        assert not reconcile.is_same(one, Person(login, kind))
