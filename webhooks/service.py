"""`review-service`: web and worker in one process group, or one of them."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from bot.errors import ArchitraveError

if TYPE_CHECKING:
    import socket

    from webhooks.service_settings import ServiceSettings

_USAGE = """usage: review-service [web | worker | setup ... | doctor | replay DELIVERY |
                      records OWNER/NAME]

Reviews pull requests as GitHub tells of them. Without a word: web and worker in one, on the
embedded store. The environment says the rest: docs/service.md.

  web                only take deliveries
  worker             only do what they ask for
  setup ADDRESS      make the GitHub App in a browser (review-service setup --help)
  doctor             look at settings, store, App, webhook, model and Git, and say what to mend;
                     asks the model for one token. Ends with 2 where something is a problem
  replay DELIVERY    have GitHub deliver something again, by its number or GUID at the App's page,
                     and do it although it was done before
  records OWNER/NAME write what is attested of a repository's merged pull requests to standard output
"""
WRONG, FAILED, INTERRUPTED = 2, 3, 130
# How the web side starts its worker.
_CHILD = ("worker", "--with-parent")


def main(arguments: list[str]) -> int:
    """Run until SIGTERM; the exit code. Errors become messages here."""
    if arguments[:1] in (["-h"], ["--help"]):
        print(_USAGE, end="")
        return 0
    try:
        if arguments[:1] == ["setup"]:
            return _setup(arguments[1:])
        if arguments == ["doctor"]:
            return _doctor()
        if arguments[:1] == ["replay"] and len(arguments) == 2:
            return _replay(arguments[1])
        if arguments[:1] == ["records"] and len(arguments) == 2:
            return _export(arguments[1])
        if arguments not in ([], ["web"], ["worker"], [*_CHILD]):
            print(_USAGE, end="", file=sys.stderr)
            return WRONG
        return _run(arguments)
    except ArchitraveError as error:
        hint = f" {error.hint}" if error.hint else ""
        print(f"review-service: {error.message}.{hint}", file=sys.stderr)
        return WRONG
    except Exception as error:  # told here and in the log
        logging.getLogger("architrave").exception("internal failure")
        print(f"review-service: {type(error).__name__}: {error}", file=sys.stderr)
        return FAILED


def entry() -> None:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    from bot import settings as bot_settings
    from webhooks import logs, store, web
    from webhooks.service_settings import service_settings

    settings = service_settings(bot_settings.load().environ)
    logs.start()
    what = arguments[0] if arguments else "both"
    listening = None if what == "worker" else web.listen(settings)
    store.prepare(settings)
    if what == "worker":
        return _work(settings, is_child=len(arguments) > 1)
    assert listening is not None
    if what == "web":
        return _serve(settings, listening)
    return _both(settings, listening)


def _setup(arguments: list[str]) -> int:
    from bot import settings as bot_settings
    from webhooks import setup

    try:
        setup.run(arguments, bot_settings.load().environ, setup.asked, print)
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _doctor() -> int:
    from bot import settings as bot_settings
    from webhooks import doctor

    return doctor.run(bot_settings.load().environ)


def _replay(delivery: str) -> int:
    from bot import settings as bot_settings
    from webhooks import replay

    print(replay.run(delivery, bot_settings.load().environ))
    return 0


def _export(repository: str) -> int:
    """Print a repository's records, a bundle of signed statements."""
    from bot import settings as bot_settings
    from webhooks import ledger, store
    from webhooks.service_settings import service_settings

    settings = service_settings(bot_settings.load().environ)
    store.prepare(settings)
    engine = store.ledger_engine(settings)
    try:
        found = ledger.records(engine, repository)
    finally:
        engine.dispose()
    sys.stdout.write("".join(found))
    if not found:
        print(f"review-service: no pull request of {repository} was attested yet", file=sys.stderr)
    return 0


def _work(settings: "ServiceSettings", *, is_child: bool) -> int:
    """Do jobs until a signal comes, or until whoever started this is gone."""
    from webhooks import worker

    ended = threading.Event()
    _on_signals(ended.set)
    if is_child:
        if hasattr(os, "nice"):
            # GitHub waits for the web side, and for nobody else.
            os.nice(10)
        threading.Thread(target=_until_alone, args=(ended,), daemon=True).start()
    worker.run(settings, ended.wait)
    return 0


def _until_alone(ended: threading.Event) -> None:
    """Standard input ends when the process that holds its other end does, however it does."""
    sys.stdin.buffer.read()
    ended.set()


def _serve(settings: "ServiceSettings", listening: "socket.socket") -> int:
    from webhooks import web

    _on_signals(_leave)
    web.serve(settings, listening)
    return 0


def _both(settings: "ServiceSettings", listening: "socket.socket") -> int:
    """Serve here and work in a child, so that neither waits for the other."""
    from webhooks import web
    from webhooks.child import Child

    child = Child(settings.environ)
    _on_signals(_leave)
    try:
        web.serve(settings, listening)
    finally:
        child.end()
    return 0


def _leave() -> None:
    raise SystemExit(0)


def _on_signals(act: Callable[[], None]) -> None:
    """What *act* begins takes its time; being told again is no reason to drop it. Ctrl-C twice is."""

    def called(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        act()

    signal.signal(signal.SIGTERM, called)
    signal.signal(signal.SIGINT, called)


if __name__ == "__main__":
    entry()
