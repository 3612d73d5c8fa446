"""Signing in with mail address and password."""

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from portal.sessions import Sessions

MAX_FAILURES = 5


class LoginRefused(Exception):
    """Never says whether the address is known."""


class Login:
    def __init__(self, users, sessions: Sessions):
        self._users = users
        self._sessions = sessions
        self._hasher = PasswordHasher()

    def login(self, mail: str, password: str) -> str:
        """Key of the new session. Raises LoginRefused, also after five failures in a row."""
        user = self._users.by_mail(mail)
        if user is None or user.failures >= MAX_FAILURES:
            raise LoginRefused
        try:
            self._hasher.verify(user.password_hash, password)
        except VerifyMismatchError as error:
            self._users.count_failure(user.id)
            raise LoginRefused from error
        self._users.reset_failures(user.id)
        return self._sessions.start(user.id)
