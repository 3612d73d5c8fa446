"""Git objects that a worker has kept: those of repositories that are gone are removed, on every worker.

Whoever forgets a repository notes that in the ledger; each worker looks there, since its folder is
its own.
"""

import logging
import os
import threading
import time

from bot.github_settings import github_settings
from bot.outside import git_mirrors
from bot.sources import pull_request
from webhooks import retention
from webhooks.bench import Bench

_log = logging.getLogger("architrave")
_EVERY = 5.0
# Notes may be written a little after the moment that they tell.
_OVERLAP = 600.0


def watch(bench: Bench, stop: threading.Event) -> None:
    """Remove what is to be removed until *stop*, first of all what was noted while nobody ran here."""
    since = 0.0
    while True:
        now = time.time()
        try:
            remove_gone(bench, since)
            since = now - _OVERLAP
        except Exception:  # noqa: BLE001 - the store or the disk is away; it is looked at again soon
            _log.warning("kept Git objects cannot be looked after", exc_info=True)
        if stop.wait(_EVERY):
            return


def folder(bench: Bench) -> str:
    """Where the bot keeps them."""
    return os.path.join(bench.settings.folder, "cache", "repositories")


def remove_gone(bench: Bench, since: float) -> int:
    """Remove what was kept of repositories that were forgotten after *since*."""
    rows, count = retention.gone(bench.ledger, since), 0
    server = github_settings(bench.environ).server_url if rows else ""
    for repository, at in rows:
        path = os.path.join(folder(bench), pull_request.mirror_name(server, repository))
        if git_mirrors.remove_older(path, at):
            count += 1
    if count:
        _log.info("kept Git objects of %s repositories were removed", count)
    return count
