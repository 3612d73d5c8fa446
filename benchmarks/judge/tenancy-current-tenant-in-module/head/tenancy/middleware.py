"""Which tenant a request is for, by the host name it came to."""

from tenancy import current
from tenancy.tenants import Tenants, UnknownHost


class TenantMiddleware:
    """WSGI; one object serves all requests, on many threads."""

    def __init__(self, app, tenants: Tenants):
        self._app = app
        self._tenants = tenants

    def __call__(self, environ, start_response):
        host = environ.get("HTTP_HOST", "").partition(":")[0]
        try:
            environ["tenancy.tenant"] = self._tenants.by_host(host)
        except UnknownHost:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"unknown host"]
        current.enter(environ["tenancy.tenant"])
        try:
            return self._app(environ, start_response)
        finally:
            current.leave()
