"""What a person may see: everything, or what GitHub lets them read. Every question is asked with it."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, and_, true


class Sight(NamedTuple):
    """*repositories* and *installations* are None where one person sees all; *login* is "" then.

    A repository counts only together with the installation that GitHub names for it: a name may have
    passed to others.
    """

    login: str = ""
    repositories: frozenset[str] | None = None
    installations: frozenset[int] = frozenset()
    # For the form that signs out; "" where nobody is signed in.
    csrf: str = ""

    def of(self, table: Table) -> ColumnElement[bool]:
        """The condition that a row of *table* may be seen."""
        if self.repositories is None:
            return true()
        return and_(
            table.c.repository.in_(sorted(self.repositories)),
            table.c.installation.in_(sorted(self.installations)),
        )

    def has(self, repository: str) -> bool:
        """Whether a repository is among those that may be seen."""
        return self.repositories is None or repository in self.repositories


Row = Any
EVERYTHING = Sight()
