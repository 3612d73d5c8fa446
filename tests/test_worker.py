"""What happens when a tool's process misbehaves."""

import sys
from pathlib import Path

import pytest

from bot.outside import worker
from bot.outside.worker import Failure, Worker, WorkerPool

PROGRAM = """
import os, sys, time
from bot.outside import serving

def analyse(data, path, options):
    text = data.decode()
    if text == "die":
        os._exit(7)
    if text == "segfault":
        os.kill(os.getpid(), 11)
    if text == "hang":
        time.sleep(60)
    if text == "eat":
        return len(b"x" * (5 << 30))
    if text == "raise":
        raise RuntimeError("it broke")
    print("noise that is not an answer")
    return text.upper()

def main():
    serving.serve(analyse)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "odd_programs").mkdir()
    (tmp_path / "odd_programs" / "__init__.py").write_text("")
    (tmp_path / "odd_programs" / "moody.py").write_text(PROGRAM)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "odd_programs.moody"


def run(program: str, folder: Path, *texts: str) -> list[object]:
    files = []
    for number, text in enumerate(texts):
        path = folder / f"{number}.txt"
        path.write_text(text)
        files.append(str(path))
    worker = Worker(program, str(folder), "moody", {})
    try:
        worker.feed(None, files)
        return worker.results()
    finally:
        worker.stop()


def test_answers_come_in_order_and_prints_are_not_answers(program: str, tmp_path: Path) -> None:
    assert run(program, tmp_path, "a", "b", "c") == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("mood", "why"),
    [("die", "exit code 7"), ("segfault", "SIGSEGV"), ("eat", "too large"), ("raise", "it broke")],
)
def test_a_failure_costs_one_file(program: str, tmp_path: Path, mood: str, why: str) -> None:
    first, failed, last = run(program, tmp_path, "a", mood, "c")
    assert (first, last) == ("A", "C")
    assert isinstance(failed, Failure)
    assert why in failed


def test_only_a_failure_that_will_come_again_lasts(program: str, tmp_path: Path) -> None:
    died, raised = run(program, tmp_path, "die", "raise")
    assert isinstance(died, Failure)
    assert isinstance(raised, Failure)
    assert not died.lasting
    assert raised.lasting


def test_a_program_that_hangs_is_killed_and_the_rest_goes_on(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PATIENCE_SECONDS", 1.0)
    first, failed, last = run(program, tmp_path, "a", "hang", "c")
    assert (first, last) == ("A", "C")
    assert "no answer within" in str(failed)


def test_a_program_that_always_dies_is_given_up(program: str, tmp_path: Path) -> None:
    answers = run(program, tmp_path, *["die"] * 25)
    assert len(answers) == 25
    assert "keeps failing" in str(answers[-1])


def test_a_program_that_cannot_start_fails_every_file(tmp_path: Path) -> None:
    answers = run("no.such_program", tmp_path, "a", "b")
    assert [isinstance(answer, Failure) for answer in answers] == [True, True]
    assert "No module named" in str(answers[0])


def test_a_pool_shares_the_work_and_keeps_the_order(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker.os, "cpu_count", lambda: 3)
    files = []
    for number in range(10):
        path = tmp_path / f"{number}.txt"
        path.write_text("x" * (number + 1))
        files.append(str(path))
    pool = WorkerPool(program, str(tmp_path), "moody", {}, bytes_per_process=10)
    try:
        pool.feed(None, files)
        assert pool.results() == ["X" * (number + 1) for number in range(10)]
        assert len(list(tmp_path.glob("moody-*-0.out"))) == 3
    finally:
        pool.stop()


def test_stopping_a_pool_that_was_never_fed_leaves_no_process(program: str, tmp_path: Path) -> None:
    pool = WorkerPool(program, str(tmp_path), "moody", {}, bytes_per_process=10)
    process = pool._workers[0]._child.process
    pool.stop()
    assert process.returncode is not None


def test_the_child_runs_the_interpreter_of_its_parent(program: str, tmp_path: Path) -> None:
    worker = Worker(program, str(tmp_path), "moody", {})
    arguments = worker._child.process.args
    worker.stop()
    assert isinstance(arguments, list)
    assert arguments[:3] == [sys.executable, "-I", "-S"]
