from dataclasses import dataclass


class UnknownHost(LookupError):
    pass


@dataclass(frozen=True)
class Tenant:
    slug: str
    host: str
    schema: str


class Tenants:
    """The tenants, read once at start; a new one needs a restart."""

    def __init__(self, tenants: list[Tenant]):
        self._by_host = {tenant.host: tenant for tenant in tenants}

    def by_host(self, host: str) -> Tenant:
        try:
            return self._by_host[host]
        except KeyError:
            raise UnknownHost(host) from None
