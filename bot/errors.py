"""The one error a person is meant to read, and the end of work that nobody waits for."""


class ArchitraveError(Exception):
    """Something the person who ran the command can put right; ends with exit code 2.

    *message* says what happened and where, *hint* what to do next.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Stopped(BaseException):
    """Nobody waits for this review any more; the message says why.

    No `Exception`: whoever copes with whatever may break must not cope with this.
    """


def unstoppable() -> None:
    """Asks whether to stop, as `Stopped` tells; never does."""
