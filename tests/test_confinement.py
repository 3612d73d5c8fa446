"""A process that is locked in reaches nothing but what it is to read."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.outside import confinement

HELD = json.loads(
    subprocess.run(
        [sys.executable, "-c", "import json\nfrom bot.outside.confinement import confine\nprint(json.dumps(confine([])))"],
        capture_output=True,
        check=True,
    ).stdout
)  # fmt: skip
CALLS = pytest.mark.skipif("seccomp" not in HELD, reason="the system has no seccomp for us")
FILES = pytest.mark.skipif("landlock" not in HELD, reason="the system has no Landlock for us")


def locked(folder: Path, act: str) -> str:
    """What comes of a line of Python in a process that may read *folder*."""
    program = f"""
import ctypes, os, socket, subprocess, sys
from bot.outside.confinement import confine
confine([{str(folder)!r}])
try:
    print("done", {act})
except OSError as error:
    print(type(error).__name__)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    return ran.stdout.strip()


@CALLS
@pytest.mark.parametrize(
    "act",
    [
        "socket.socket(socket.AF_INET)",
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_UNIX)",
        "os.execv('/bin/sh', ['sh'])",
        "subprocess.run(['/bin/sh', '-c', 'true'])",
    ],
)
def test_neither_the_network_nor_another_program_is_reached(tmp_path: Path, act: str) -> None:
    assert locked(tmp_path, act) == "PermissionError"


@CALLS
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are of x86-64")
@pytest.mark.parametrize("number", [101, 310, 311, 425, 438, 0x40000000 + 41, 41])
def test_no_call_leads_around_it(tmp_path: Path, number: int) -> None:
    act = f"(ctypes.CDLL(None, use_errno=True).syscall({number}, 2, 1, 0), ctypes.get_errno())"
    program = act.replace("ctypes.get_errno()", "0")
    assert locked(tmp_path, program) == "done (-1, 0)"


@FILES
def test_only_what_is_named_can_be_read(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.write_text("secret")
    (inside / "a.txt").write_text("read me")
    (inside / "link").symlink_to(outside)
    assert locked(inside, f"open({str(inside / 'a.txt')!r}).read()") == "done read me"
    assert locked(inside, f"os.listdir({str(inside)!r})").startswith("done")
    for path in (outside, inside / "link", Path("/etc/passwd"), Path("/proc/self/environ")):
        assert locked(inside, f"open({str(path)!r}).read()") == "PermissionError"
    assert locked(inside, f"os.listdir({str(tmp_path)!r})") == "PermissionError"


@FILES
@pytest.mark.parametrize(
    "act",
    [
        "open(os.path.join(folder, 'new'), 'w')",
        "open(os.path.join(folder, 'a.txt'), 'w')",
        "os.unlink(os.path.join(folder, 'a.txt'))",
        "os.mkdir(os.path.join(folder, 'b'))",
        "os.kill(os.getppid(), 0)",
    ],
)
def test_nothing_is_changed_and_nobody_is_killed(tmp_path: Path, act: str) -> None:
    (tmp_path / "a.txt").write_text("")
    assert locked(tmp_path, act.replace("folder", repr(str(tmp_path)))) == "PermissionError"


@CALLS
def test_a_program_that_a_process_becomes_has_no_network_either(tmp_path: Path) -> None:
    command = confinement.confined(sys.executable, str(tmp_path))
    act = "import socket\ntry: socket.socket()\nexcept OSError as error: print(error.errno)"
    ran = subprocess.run(
        [*command, "-I", "-S", "-c", act], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "1\n"


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    command = confinement.confined("/nonexistent/ruff", str(tmp_path))
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (confinement.CANNOT_START, "No such file or directory\n")


def test_the_tools_are_locked_in(tmp_path: Path) -> None:
    """A worker whose module tries: what it could do, it would have answered."""
    from bot.outside.worker import Worker

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        (tmp_path / "a.py").write_text(str(listening.getsockname()[1]))
        worker = Worker("tests.reaching_worker", str(tmp_path), "reaching", {})
        try:
            worker.feed({}, ["a.py"])
            (answer,) = worker.results()
        finally:
            worker.stop()
    tried = {"socket": "seccomp", "passwd": "landlock", "write": "landlock"}
    assert answer == {name: mechanism in HELD for name, mechanism in tried.items()}
