"""The tenant of the request that is being served."""

from tenancy.tenants import Tenant


class _Current:
    def __init__(self) -> None:
        self.tenant: Tenant | None = None


_current = _Current()


def enter(tenant: Tenant) -> None:
    _current.tenant = tenant


def leave() -> None:
    _current.tenant = None


def tenant() -> Tenant:
    """Raises RuntimeError outside of a request."""
    if _current.tenant is None:
        raise RuntimeError("no request is being served")
    return _current.tenant
