"""The one error a person is meant to read."""


class ArchitraveError(Exception):
    """Something the person who ran the command can put right; ends with exit code 2.

    *message* says what happened and where, *hint* what to do next.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
