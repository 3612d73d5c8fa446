"""The pages of the service, for the people who answer: what waits, what became of it, which rules help.

They are there for whoever signs in with GitHub, where the App's client is set; for who started the
service, where it listens on its own machine alone and keeps all in one folder; else not at all.
"""

import logging
from typing import TYPE_CHECKING

from flask import Flask

from bot.github_settings import github_settings
from webhooks.service_settings import LOOPBACK, ServiceSettings

if TYPE_CHECKING:
    from dbos import DBOSClient
    from sqlalchemy import Engine

_log = logging.getLogger("architrave")


def attach(
    app: Flask,
    settings: ServiceSettings,
    ledger: "Engine",
    client: "DBOSClient",
    bound: tuple[str, int],
) -> None:
    """Add the pages to an application that listens at *bound*, where there are to be any."""
    from webhooks.pages import views
    from webhooks.pages.paper import Paper
    from webhooks.pages.sign_in import SignedIn
    from webhooks.pages.solo import Solo

    paper = Paper(github_settings(settings.environ).server_url)
    door: views.Door
    if settings.client_id:
        door = SignedIn(settings, ledger, paper)
        _log.info("the pages are at %s", settings.url)
    elif settings.is_embedded and bound[0] in LOOPBACK:
        door = solo = Solo(settings, paper)
        path = solo.write_down(bound[1], bound[0])
        _log.info("the pages are at the address in %s", path)
    else:
        return
    app.register_blueprint(views.blueprint(views.Desk(ledger, client, paper, door)))
