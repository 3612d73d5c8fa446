"""The model's verdicts, shared by all workers."""

import sqlalchemy as sa

from bot import judged
from webhooks import ledger, retention
from webhooks.jobs import Job
from webhooks.sealing import Seal
from webhooks.verdicts import Verdicts

JOB = Job("review", "Acme/Shop", 1, installation=3)


def opened(folder):
    engine = sa.create_engine(f"sqlite:///{folder}/ledger")
    ledger.migrate(engine)
    return engine


def test_what_one_worker_keeps_another_finds_and_nobody_else_reads(tmp_path):
    engine = opened(tmp_path)
    quoted = {"findings": [["a/b", "app.py", "return flawed(order)"]], "odd": "\udcff"}
    Verdicts(engine, Seal(["s"]), JOB).put({"judge|a": {"old": 1}})
    Verdicts(engine, Seal(["s"]), JOB).put({"judge|a": quoted, "judge|\udcff": [1]})
    other = Verdicts(engine, Seal(["new", "s"]), JOB._replace(number=2))
    assert other.get(["judge|a", "judge|\udcff", "judge|c"]) == {
        "judge|a": quoted,
        "judge|\udcff": [1],
    }
    # Neither with another secret nor about another repository.
    assert Verdicts(engine, Seal(["t"]), JOB).get(["judge|a"]) == {}
    assert Verdicts(engine, Seal(["s"]), JOB._replace(repository="a/b")).get(["judge|a"]) == {}
    with engine.connect() as connection:
        rows = str(connection.execute(sa.text("SELECT * FROM ledger_verdicts")).all())
    assert "flawed" not in rows
    assert "app.py" not in rows
    engine.dispose()


def test_they_go_with_the_repository_and_what_a_day_has_cost_stays(tmp_path):
    engine = opened(tmp_path)
    today = f"{judged.DAY}2026-11-26"
    kept, elsewhere = (
        Verdicts(engine, Seal(["s"]), JOB._replace(repository=name)) for name in ("a/b", "c/d")
    )
    kept.put({"judge|a": [1], today: [2]})
    elsewhere.put({"judge|a": [3]})
    assert elsewhere.get([today]) == {today: [2]}
    retention.forget(engine, 3, "A/b")
    assert kept.get(["judge|a", today]) == {today: [2]}
    assert elsewhere.get(["judge|a"]) == {"judge|a": [3]}
    retention.forget(engine, 3)
    assert elsewhere.get(["judge|a", today]) == {today: [2]}
    retention.forget_old(engine, 0)
    assert elsewhere.get([today]) == {}
    engine.dispose()


def test_a_store_that_is_away_is_no_reason_to_fail(tmp_path):
    engine = opened(tmp_path)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE ledger_verdicts"))
    kept = Verdicts(engine, Seal(["s"]), JOB)
    kept.put({"judge|a": [1]})
    assert kept.get(["judge|a"]) == {}
    engine.dispose()
