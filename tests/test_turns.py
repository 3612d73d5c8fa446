"""Writers of the embedded store take turns; readers do not wait, and the dead hold nobody up."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from webhooks.turns import Turn, take_turns

LONG = 10.0


@contextlib.contextmanager
def engines(folder: Path, *patient: bool) -> Iterator[list[Engine]]:
    """Doors to one store, each as patient as it is said."""
    made = [create_engine(f"sqlite:///{folder}/store", pool_size=16) for _ in patient]
    for engine, is_patient in zip(made, patient, strict=True):
        take_turns(engine, f"{folder}/turn", is_patient=is_patient)
    with made[0].begin() as connection:
        connection.execute(text("PRAGMA journal_mode=WAL"))
        connection.execute(text("CREATE TABLE rows (name TEXT PRIMARY KEY)"))
    try:
        yield made
    finally:
        for engine in made:
            engine.dispose()


def write(engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO rows VALUES (:name)"), {"name": name})


def names(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [*connection.execute(text("SELECT name FROM rows ORDER BY rowid")).scalars()]


def starts(act: object, *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=act, args=arguments, daemon=True)  # type: ignore[arg-type]
    thread.start()
    return thread


def waits(thread: threading.Thread) -> bool:
    thread.join(0.3)
    return thread.is_alive()


def is_free(folder: Path) -> bool:
    """Whether somebody who asks now gets the turn."""
    turn = Turn(f"{folder}/turn", is_patient=True)
    asks = starts(turn.take)
    asks.join(2)
    turn.end()
    return not asks.is_alive()


def test_a_writer_waits_until_the_other_has_committed(tmp_path: Path) -> None:
    with engines(tmp_path, False, False) as (one, two):
        with one.begin() as connection:
            connection.execute(text("INSERT INTO rows VALUES ('first')"))
            other = starts(write, two, "second")
            assert waits(other)
        other.join(LONG)
        assert names(one) == ["first", "second"]


def test_a_reader_waits_for_no_writer(tmp_path: Path) -> None:
    with engines(tmp_path, False, False) as (one, two), one.begin() as connection:
        connection.execute(text("INSERT INTO rows VALUES ('first')"))
        assert names(two) == []


def test_a_reader_holds_up_no_writer(tmp_path: Path) -> None:
    with engines(tmp_path, False, False) as (one, two), one.begin() as connection:
        connection.execute(text("SELECT * FROM rows")).all()
        write(two, "second")
        assert names(two) == ["second"]


def test_a_write_that_fails_gives_its_turn_back(tmp_path: Path) -> None:
    with engines(tmp_path, False, False) as (one, two):
        write(one, "first")
        with pytest.raises(IntegrityError):
            write(one, "first")
        write(two, "second")
        assert names(one) == ["first", "second"]


def test_a_connection_that_is_thrown_away_gives_its_turn_back(tmp_path: Path) -> None:
    with engines(tmp_path, False) as (one,):
        connection = one.connect()
        connection.execute(text("INSERT INTO rows VALUES ('first')"))
        connection.invalidate()
        assert is_free(tmp_path)
        connection.close()


def test_whoever_is_not_patient_goes_before_most_who_came_earlier(tmp_path: Path) -> None:
    with engines(tmp_path, True, False) as (patient, other):
        with patient.begin() as connection:
            connection.execute(text("INSERT INTO rows VALUES ('first')"))
            threads = [starts(write, patient, f"patient-{number}") for number in range(12)]
            time.sleep(0.3)
            threads.append(starts(write, other, "delivery"))
            time.sleep(0.3)
        for thread in threads:
            thread.join(LONG)
        # Who is woken still has to get there first; the kernel hands nothing over.
        assert names(other).index("delivery") <= 6
        assert len(names(other)) == 14


def test_a_process_that_dies_holds_nobody_up(tmp_path: Path) -> None:
    code = (
        "import sys, time; from webhooks.turns import Turn\n"
        f"turn = Turn({str(tmp_path / 'turn')!r}, is_patient=True); turn.take(); print('mine', flush=True)\n"
        "time.sleep(60)"
    )
    dying = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent
    )
    try:
        assert dying.stdout is not None
        assert dying.stdout.readline() == b"mine\n"
        turn = Turn(f"{tmp_path}/turn", is_patient=False)
        other = starts(turn.take)
        assert waits(other)
        dying.kill()
        other.join(LONG)
        assert turn.is_mine
        turn.end()
    finally:
        dying.kill()
        dying.communicate()


def test_many_writers_in_many_threads_lose_nothing(tmp_path: Path) -> None:
    with engines(tmp_path, True, True, False) as doors:
        threads = [
            starts(write, door, f"{number}-{count}")
            for number, door in enumerate(doors)
            for count in range(4)
        ]
        for thread in threads:
            thread.join(LONG)
        assert len(names(doors[0])) == 12
