"""A Postgres of the tests' own, from whatever is installed; tests are skipped where nothing is."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from glob import glob


def program(name: str) -> str | None:
    """initdb and its kin are often not on PATH."""
    found = sorted(glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return shutil.which(name) or (found[-1] if found else None)


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The address of a database; the server may not run as root, so that it runs as nobody."""
    initdb, server = program("initdb"), program("postgres")
    assert initdb, server
    account = pwd.getpwnam("nobody") if os.getuid() == 0 else None
    as_user = {"user": account.pw_uid, "group": account.pw_gid} if account else {}
    with tempfile.TemporaryDirectory() as folder:
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
            os.chmod(folder, 0o755)
        data = os.path.join(folder, "data")
        environ = {"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C"}
        subprocess.run(
            [initdb, "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-sync"], env=environ,
            check=True, capture_output=True, cwd=folder, **as_user,
        )  # fmt: skip
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        process = subprocess.Popen(
            [server, "-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"],
            env=environ, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user,
        )  # fmt: skip
        try:
            _await(port)
            yield f"postgresql://tests@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
            process.wait(30)


@contextlib.contextmanager
def database(server: str) -> Iterator[str]:
    """The address of a new database there."""
    import psycopg

    name = f"d{time.monotonic_ns()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        yield server.replace("/postgres", f"/{name}")
    finally:
        # Whoever is not there any more may have left its connections.
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _await(port: int) -> None:
    import psycopg

    ends = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(f"postgresql://tests@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            assert time.monotonic() < ends
            time.sleep(0.1)
        else:
            return
