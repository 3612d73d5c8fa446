"""`review-service replay`: have GitHub deliver an event again, and do it although it was done."""

from collections.abc import Mapping

from bot.errors import ArchitraveError
from webhooks import jobs, store
from webhooks.inbox import Inbox
from webhooks.service_settings import credentials, service_settings

_INSTEAD = "A comment `/architrave review` on the pull request has it reviewed as it is now."


def run(delivery: str, environ: Mapping[str, str]) -> str:
    """Ask for *delivery*, a number or a GUID at GitHub; what to tell the person who asked.

    What the store knows of it is forgotten first, so that it is done anew when it comes. Raises
    `ArchitraveError` where there is no such delivery, where it is being done, or GitHub refuses.
    """
    from bot.outside.github_app import App
    from bot.outside.github_calls import GitHubFailed

    settings, hub = service_settings(environ), credentials(environ)
    if not jobs.is_delivery(delivery):
        raise ArchitraveError(
            f"{delivery[:80]!r} names no delivery",
            "Give the number or the GUID that GitHub shows at the App's page, Advanced.",
        )
    if not hub.is_app:
        raise ArchitraveError("Only a GitHub App may ask for its deliveries", _INSTEAD)
    app = App(hub)
    try:
        found = app.find(delivery)
        if found is None:
            raise ArchitraveError(
                f"GitHub has no delivery {delivery}; it keeps them for three days", _INSTEAD
            )
        store.prepare(settings)
        client, ledger = store.client(settings), store.inbox_engine(settings)
        try:
            was_known = Inbox(ledger, client).forget(found.guid)
        finally:
            client.destroy()
            ledger.dispose()
        app.redeliver(found.id)
    except GitHubFailed as failed:
        raise ArchitraveError(str(failed), "Try again later; nothing is lost.") from failed
    what = ".".join(filter(None, (found.event, found.action)))
    done = "it was taken before and is done anew" if was_known else "it was not known here"
    return (
        f"GitHub was asked to deliver {found.guid} ({what}) again; {done}. What is on the pull "
        "request already is found there and not written twice."
    )
