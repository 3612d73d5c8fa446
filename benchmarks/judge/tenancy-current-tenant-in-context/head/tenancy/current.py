"""The tenant of the request that is being served."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tenancy.tenants import Tenant

_current: ContextVar[Tenant | None] = ContextVar("tenant", default=None)


@contextmanager
def serving(tenant: Tenant) -> Iterator[None]:
    token = _current.set(tenant)
    try:
        yield
    finally:
        _current.reset(token)


def tenant() -> Tenant:
    """Raises RuntimeError outside of a request."""
    found = _current.get()
    if found is None:
        raise RuntimeError("no request is being served")
    return found
