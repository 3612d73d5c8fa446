"""Lock a process in before it reads hostile text: no network, no other process, few files.

Runs inside the child, once, and cannot be taken back. Two mechanisms of Linux that need no rights:
**Landlock** (5.13; network 6.7, signals 6.12) leaves it only the files that are named, to be read;
**seccomp** (3.17) refuses sockets, other programs and other processes' memory. Where a system has
neither, nothing is locked, and `confine` says so. Imports little: every child pays for it.

As a program, it locks itself in and becomes another: `confinement.py FOLDER PROGRAM ARGUMENT...`.
"""

import os
import struct
import sys
from collections.abc import Callable, Iterable

_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2  # linux/prctl.h, linux/seccomp.h

# What a shell says of a program that is not there.
CANNOT_START = 127

# linux/landlock.h. Each version knows more rights over files; all are taken, those to read given back.
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_EXECUTE, _READ_FILE, _READ_FOLDER = 1, 4, 8
_RIGHTS, _MOST_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}, 16
_TCP, _SIGNALS_AND_ABSTRACT_SOCKETS = 0b11, 0b11

# linux/filter.h: load a word, jump if equal, jump if at least, return.
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050001
_X32 = 0x40000000  # marks calls of x86-64's other word size

# By machine, what linux/audit.h calls it, and the numbers of: socket, ptrace, process_vm_readv,
# process_vm_writev, io_uring_setup (opens sockets too), pidfd_getfd; execve, execveat.
_CALLS = {
    "x86_64": (0xC000003E, (41, 101, 310, 311, 425, 438), (59, 322)),
    "aarch64": (0xC00000B7, (198, 117, 270, 271, 425, 438), (221, 281)),
}

# What the loader, the C library and Python read besides their own folders. Not /proc: it shows
# the environments of other processes.
_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/nix/store", "/etc/ld.so.cache", "/etc/ld.so.conf",
    "/etc/ld.so.conf.d", "/etc/localtime", "/dev/null", "/dev/urandom", "/sys/devices/system/cpu",
)  # fmt: skip


def confine(readable: Iterable[str], program: str = "") -> tuple[str, ...]:
    """Lock this process in; returns the names of the mechanisms that hold.

    *readable* are files and folders that it may read, with what is below them; *program* is what it
    may still become.
    """
    if sys.platform != "linux":
        return ()
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return ()
    paths = [*_SYSTEM, sys.prefix, sys.base_prefix, *readable]
    held = {
        "landlock": _restrict_files(library.syscall, paths, program),
        "seccomp": _restrict_calls(library.prctl, may_start=bool(program)),
    }
    return tuple(name for name, holds in held.items() if holds)


def _restrict_files(call: Callable[..., int], paths: Iterable[str], program: str) -> bool:
    version = call(_CREATE, None, 0, 1)
    if version < 1:
        return False
    words = [(1 << _RIGHTS.get(version, _MOST_RIGHTS)) - 1]
    if version >= 4:
        words.append(_TCP)
    if version >= 6:
        words.append(_SIGNALS_AND_ABSTRACT_SOCKETS)
    asked = struct.pack(f"={len(words)}Q", *words)
    rules = call(_CREATE, asked, len(asked), 0)
    if rules < 0:
        return False
    try:
        rights = _READ_FILE | (_EXECUTE if program else 0)
        for path in {*paths, *([program] if program else [])}:
            _allow(call, rules, path, rights)
        return call(_RESTRICT, rules, 0) == 0
    finally:
        os.close(rules)


def _allow(call: Callable[..., int], rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if os.path.isdir(path):
        rights |= _READ_FOLDER
    # What cannot be allowed stays forbidden: the child fails and says so.
    call(_ADD, rules, 1, struct.pack("=Qi", rights, place), 0)
    os.close(place)


def _restrict_calls(control: Callable[..., int], *, may_start: bool) -> bool:
    import ctypes

    if (known := _CALLS.get(os.uname().machine)) is None:
        return False
    machine, refused, starting = known
    program = _filter(machine, refused if may_start else (*refused, *starting))
    steps = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: how many steps, and where they stand.
    given = struct.pack("@HP", len(program) // 8, ctypes.addressof(steps))
    return control(_SECCOMP, _FILTER, given, 0, 0) == 0


def _filter(machine: int, refused: tuple[int, ...]) -> bytes:
    """A program for the kernel: refuse these calls with EPERM, end whoever speaks another dialect."""
    last = len(refused)
    steps = [
        (_LOAD, 0, 0, 4),  # the machine
        (_EQUAL, 1, 0, machine),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # the number of the call
        (_AT_LEAST, last + 1, 0, _X32),
        *((_EQUAL, last - at, 0, number) for at, number in enumerate(refused)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def confined(program: str, folder: str) -> list[str]:
    """What to start instead of *program*, so that it is locked in with *folder*."""
    if sys.platform != "linux":
        return [program]
    return [sys.executable, "-I", "-S", os.path.abspath(__file__), folder, program]


def main() -> None:
    """Lock in, and become the program that is named."""
    folder, program, *arguments = sys.argv[1:]
    confine([folder], program)
    try:
        os.execv(program, [program, *arguments])  # noqa: S606
    except OSError as error:
        print(error.strerror, file=sys.stderr)
        sys.exit(CANNOT_START)


if __name__ == "__main__":
    main()
