"""The web server: whole requests are read before a thread sees them, and SIGTERM drains."""

import errno
import logging
import socket
from typing import Any

from bot.errors import ArchitraveError
from webhooks import store
from webhooks.service_settings import MOST_BYTES, ServiceSettings

_log = logging.getLogger("architrave")


def serve(settings: ServiceSettings, listening: socket.socket) -> None:
    """Answer until `SystemExit` is raised in this thread; requests that have begun are answered."""
    import waitress

    from webhooks import pages
    from webhooks.app import create_app
    from webhooks.inbox import Inbox
    from webhooks.metrics import Metrics

    client = store.client(settings)
    ledger = store.ledger_engine(settings)
    metrics = Metrics(store.read_engine(settings), ledger)
    inbox = Inbox(store.inbox_engine(settings), client)
    app = create_app(inbox, settings.secrets, metrics)
    host, port = listening.getsockname()[:2]
    pages.attach(app, settings, ledger, client, (host, port))
    server: Any = waitress.create_server(
        app,
        sockets=[listening],
        threads=8,
        channel_timeout=30,
        connection_limit=500,
        # One more than is taken: what is larger is refused by its header, unread.
        max_request_body_size=MOST_BYTES + 1,
        ident=None,
        # Nobody believes them; the pages of a single person are to see that a proxy asks.
        clear_untrusted_proxy_headers=False,
    )
    _log.info("listening on %s:%s", host, port)
    # Waitress ends its loop on SystemExit and lets its threads finish.
    server.run()


def listen(settings: ServiceSettings) -> socket.socket:
    """The socket of HOST and PORT. Raises `ArchitraveError` where it cannot be had."""
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((settings.host, settings.port))
        found.listen(512)
    except OSError as error:
        what = (
            "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
        )
        raise ArchitraveError(
            f"{settings.host}:{settings.port} {what}", "Set HOST and PORT to a free address."
        ) from error
    return found
