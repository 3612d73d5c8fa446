"""Results that were paid for once: one SQLite file in the user's cache folder.

Safe for several processes at once (WAL, short waits), bounded in size, and never a reason to
fail: a file that is broken is thrown away, a folder that cannot be written means no cache.
"""

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

# Raise when the shape of a stored value changes.
_GENERATION = 12
SIZE_LIMIT = 256 << 20
# For another process that writes just now.
_WAIT_SECONDS = 2.0
_DAY = 86_400
_QUERY_SIZE = 500


class Kept(Protocol):
    """Where results are kept; never a reason to fail."""

    def get(self, keys: Iterable[str]) -> dict[str, Any]:
        """The values of those keys that are known."""

    def put(self, values: Mapping[str, Any]) -> None:
        """Keep these values, if that is possible."""


class Cache:
    """Keys to JSON values. With *folder* None it holds nothing."""

    def __init__(self, folder: str | None) -> None:
        self._path = os.path.join(folder, f"results-{_GENERATION}.sqlite3") if folder else ""
        self._connection: sqlite3.Connection | None = None
        if folder:
            try:
                os.makedirs(folder, mode=0o700, exist_ok=True)
                self._connect()
            except (OSError, sqlite3.Error):
                self._start_again()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, keys: Iterable[str]) -> dict[str, Any]:
        """The values of those keys that are known."""
        wanted = list(dict.fromkeys(keys))
        found: dict[str, Any] = {}
        try:
            for start in range(0, len(wanted), _QUERY_SIZE):
                found.update(self._select(wanted[start : start + _QUERY_SIZE]))
        except (sqlite3.DatabaseError, ValueError) as error:
            if not isinstance(error, sqlite3.OperationalError):
                self._start_again()
            return {}
        return found

    def unseen(self, prefixes: Iterable[str]) -> list[str]:
        """Those prefixes that no known key begins with."""
        if self._connection is None:
            return list(prefixes)
        query = "SELECT 1 FROM results WHERE key >= ? AND key < ? LIMIT 1"
        try:
            return [
                prefix
                for prefix in prefixes
                # The highest character there is ends the range of keys with this beginning.
                if self._connection.execute(query, (prefix, prefix + "\U0010ffff")).fetchone()
                is None
            ]
        except sqlite3.DatabaseError:
            return list(prefixes)

    def put(self, values: Mapping[str, Any]) -> None:
        """Keep these values. When the file is locked or full they are simply not kept."""
        if not values or self._connection is None:
            return
        today = int(time.time() // _DAY)
        rows = [(key, json.dumps(value), today) for key, value in values.items()]
        try:
            with self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO results VALUES (?, ?, ?)", rows
                )
            self._shrink()
        except sqlite3.OperationalError:
            pass  # locked, read-only or disk full: the next run pays again
        except sqlite3.DatabaseError:
            self._start_again()

    def _select(self, keys: list[str]) -> dict[str, Any]:
        if self._connection is None:
            return {}
        marks = ",".join("?" * len(keys))
        rows = self._connection.execute(
            f"SELECT key, value, used FROM results WHERE key IN ({marks})",  # noqa: S608 - only "?"
            keys,
        ).fetchall()
        today = int(time.time() // _DAY)
        stale = [(today, key) for key, _, used in rows if used < today]
        if stale:
            with contextlib.suppress(sqlite3.OperationalError), self._connection:
                self._connection.executemany("UPDATE results SET used = ? WHERE key = ?", stale)
        return {key: json.loads(value) for key, value, _ in rows}

    def _connect(self) -> None:
        self._connection = sqlite3.connect(self._path, timeout=_WAIT_SECONDS)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, value TEXT, used INTEGER)"
            " WITHOUT ROWID"
        )

    def _start_again(self) -> None:
        self.close()
        try:
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._path + suffix)
            self._connect()
        except (OSError, sqlite3.Error):
            self.close()

    def _shrink(self) -> None:
        assert self._connection is not None
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        (size,) = self._connection.execute("PRAGMA page_size").fetchone()
        if pages * size <= SIZE_LIMIT:
            return
        with self._connection:
            self._connection.execute(
                "DELETE FROM results WHERE key IN (SELECT key FROM results ORDER BY used"
                " LIMIT (SELECT count(*) / 2 FROM results))"
            )
        self._connection.execute("VACUUM")
