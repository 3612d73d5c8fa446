"""Turns at writing the embedded store, so that whoever waits gets in soon.

SQLite has them sleep and try again, up to a tenth of a second each time, and whoever comes
meanwhile goes first. The kernel wakes who waits for a file's lock when it is given back.
"""

from typing import IO, TYPE_CHECKING, Any

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows, where containers run this
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from sqlalchemy import Engine

# Those before which `sqlite3` begins a transaction, and what begins one itself.
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN")
_KEY = "architrave_turn"


class Turn:
    """One connection's place among those that write.

    A patient one waits first for the other patient ones, so that of them all only one stands
    between somebody else and the store.
    """

    def __init__(self, path: str, *, is_patient: bool) -> None:
        names = (f"{path}.patient", path) if is_patient else (path,)
        self._files: list[IO[bytes]] = [open(name, "ab") for name in names]  # noqa: SIM115
        self.is_mine = False

    def take(self) -> None:
        """Wait until nobody else writes."""
        if self.is_mine or fcntl is None:
            return
        for file in self._files:
            fcntl.flock(file, fcntl.LOCK_EX)
        self.is_mine = True

    def give_back(self) -> None:
        """Let the next one write; nothing where this one does not."""
        if not self.is_mine:
            return
        for file in reversed(self._files):
            fcntl.flock(file, fcntl.LOCK_UN)
        self.is_mine = False

    def end(self) -> None:
        for file in self._files:
            file.close()
        self.is_mine = False


def take_turns(engine: "Engine", path: str, *, is_patient: bool) -> None:
    """Have whatever writes through *engine* wait for its turn at the file *path*, and keep it until
    the connection goes back to the pool: that is after the commit."""
    from sqlalchemy import event

    def connected(connection: Any, record: Any) -> None:
        record.info[_KEY] = Turn(path, is_patient=is_patient)

    def executes(
        connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool
    ) -> None:
        if statement.lstrip()[:7].upper().startswith(_WRITES):
            connection.info[_KEY].take()

    def returned(connection: Any, record: Any) -> None:
        if turn := record.info.get(_KEY):
            turn.give_back()

    def closed(connection: Any, record: Any) -> None:
        if turn := record.info.pop(_KEY, None):
            turn.end()

    event.listen(engine, "connect", connected)
    event.listen(engine, "before_cursor_execute", executes)
    event.listen(engine, "checkin", returned)
    event.listen(engine, "close", closed)
