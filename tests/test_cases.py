"""What became of findings, as the ledger knows it."""

import pytest
from alembic import command
from ledger_world import Notes, answered, engine, finding, gate, review
from sqlalchemy import create_engine, inspect, select

from webhooks import cases, ledger, retention
from webhooks.tables import CASES, LINES, METADATA, RULES, SESSIONS

ONE, TWO = finding(2), finding(5)


@pytest.fixture
def note(tmp_path):
    found = engine(tmp_path)
    yield Notes(found)
    found.dispose()


def states(note, *columns):
    wanted = [CASES.c[name] for name in columns or ("line", "state")]
    with note.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*wanted).order_by(CASES.c.line))]


def test_what_blocks_waits_and_what_does_not_is_advice(note):
    note(gate(review(ONE, advice=[TWO])))
    assert states(note) == [(2, "waiting"), (5, "advice")]


@pytest.mark.parametrize("kind", ["resolved", "accepted", "false positive"])
def test_an_answer_ends_it_until_it_is_taken_back(note, kind):
    note(gate(review(ONE, TWO)))
    note(gate(None, answered(ONE, kind, reason="it is a demo"), state="failure"))
    assert states(note, "state", "login", "reason")[0] == (kind, "bob", "it is a demo")
    assert states(note)[1] == (5, "waiting")
    note(gate(None, state="failure"))
    assert states(note) == [(2, "waiting"), (5, "waiting")]


def test_an_answer_holds_for_the_code_it_was_given_for(note):
    note(gate(review(ONE)))
    other = answered(ONE)._replace(code="other")
    note(gate(None, other, state="failure"))
    assert states(note) == [(2, "waiting")]


def test_what_the_next_review_does_not_find_is_fixed(note):
    note(gate(review(ONE, TWO)))
    note(gate(review(TWO)))
    assert states(note) == [(2, "fixed"), (5, "waiting")]
    note(gate(None, state="failure"))
    assert states(note) == [(2, "fixed"), (5, "waiting")]
    note(gate(review(ONE, TWO)))
    assert states(note) == [(2, "waiting"), (5, "waiting")]


def test_what_was_not_looked_at_is_not_fixed(note):
    note(gate(review(ONE)))
    note(gate(review(missed="app/api.py"), state="error"))
    assert states(note) == [(2, "waiting")]
    note(gate(review()))
    note(gate(review(missed="app/api.py"), state="error"))
    assert states(note) == [(2, "fixed")]


def test_what_was_answered_as_false_and_is_gone_stays_false(note):
    note(gate(review(ONE)))
    note(gate(review(), answered(ONE, "false positive", reason="no")))
    assert states(note) == [(2, "false positive")]


def test_nothing_waits_on_a_gate_that_was_opened_or_a_pull_request_that_is_closed(note):
    note(gate(review(ONE)))
    note(gate(None, state="success", says="Opened by root, an administrator."))
    assert states(note) == [(2, "overridden")]
    note(gate(review(TWO)), number=2)
    note(gate(None, state="failure", is_closed=True), number=2)
    assert states(note) == [(2, "overridden"), (5, "closed")]
    note(gate(review(TWO)), number=2)
    note(gate(None, state="pending", head="", is_closed=True), number=2)
    assert states(note)[1] == (5, "closed")


def test_a_gate_without_a_head_says_nothing_about_findings(note):
    note(gate(review(ONE)))
    note(gate(None, state="pending", head=""))
    assert states(note) == [(2, "waiting")]


def test_threads_are_known_once_they_are_there(note):
    note(gate(review(ONE)))
    note(gate(None, state="failure", threads={ONE.fingerprint: 1234}))
    assert states(note, "thread") == [(1234,)]


def test_rules_and_lines_are_those_of_the_newest_review(note):
    note(gate(review(ONE)))
    note(gate(review(ONE)))
    with note.engine.connect() as connection:
        rules = connection.execute(select(RULES.c.rule, RULES.c.owner)).all()
        lines = connection.execute(select(LINES.c.writer, LINES.c.agents, LINES.c.lines)).all()
    assert [tuple(row) for row in rules] == [("security/code-execution", "@acme/guards")]
    assert sorted(tuple(row) for row in lines) == [("ai", "Claude", 8), ("unknown", "", 2)]


def test_what_is_gone_or_old_is_forgotten(note):
    note(gate(review(ONE)))
    note(gate(review(TWO)), "acme/other", installation=6)
    retention.forget(note.engine, 6)
    assert states(note, "repository") == [("acme/shop",)]
    with note.engine.begin() as connection:
        for table in METADATA.sorted_tables:
            for name in ("at", "changed", "ends"):
                if name in table.c:
                    connection.execute(table.update().values({name: 1.0}))
    retention.forget_old(note.engine, 8)
    with note.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            assert connection.execute(select(table)).all() == [], table.name


def test_weeks_begin_on_monday():
    monday = 1_767_571_200  # 2026-01-05
    assert cases.week(monday) == cases.week(monday - 1) + 1 == cases.week(monday + 604_799)
    assert cases.monday(cases.week(monday + 5)) == monday


def test_a_ledger_of_before_learns_of_cases(tmp_path):
    found = create_engine(f"sqlite:///{tmp_path}/old.sqlite3")
    new = ("ledger_cases", "ledger_rules", "ledger_lines", "ledger_sessions")
    config = ledger._config()
    with found.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "records")
    assert not {*new} & {*inspect(found).get_table_names()}
    ledger.migrate(found)
    note = Notes(found)
    note(gate(review(ONE)))
    assert states(note) == [(2, "waiting")]
    assert {*new} <= {*inspect(found).get_table_names()}
    assert SESSIONS.c.keys() == [c["name"] for c in inspect(found).get_columns(SESSIONS.name)]
    found.dispose()
