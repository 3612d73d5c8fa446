"""`review-service setup`: make the GitHub App in a browser, and keep what GitHub gives for it.

The flow is GitHub's "Registering a GitHub App from a manifest": nobody copies a key or a secret.
"""

import argparse
import contextlib
import os
import re
import sys
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from bot.errors import ArchitraveError
from bot.github_settings import GitHubSettings, github_settings
from webhooks import manifest
from webhooks.setup_page import Page

if TYPE_CHECKING:
    from bot.outside.github_app import Registered

# GitHub's code is good for an hour.
_SECONDS = 3600
_ADDRESSES = ("GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "GITHUB_SERVER_URL")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?")
# What every reader of such files takes as it stands.
_PLAIN = re.compile(r"[A-Za-z0-9._~+/=-]{16,200}")
_TEXT = """Make a GitHub App with exactly the rights that the service needs, and write its number, its
key and its webhook secret to a file of environment variables that only you can read."""


class Wanted(argparse.Namespace):
    """The command's arguments."""

    address: str
    organization: str
    name: str
    file: str
    merge_queue: bool


def arguments(given: Sequence[str]) -> Wanted:
    """The arguments; ends the process where they are none, as argparse does."""
    parser = argparse.ArgumentParser("review-service setup", description=_TEXT)
    parser.add_argument(
        "address", metavar="https://YOUR.HOST", help="where GitHub reaches the service"
    )
    parser.add_argument("--organization", default="", help="whose App it is; else your own")
    parser.add_argument("--name", default="architrave", help="GitHub lets you change it")
    parser.add_argument("--file", default="architrave.env", help="default: architrave.env")
    parser.add_argument(
        "--merge-queue", action="store_true", help="also for repositories with a merge queue"
    )
    return parser.parse_args(given, Wanted())


def run(
    given: Sequence[str],
    environ: Mapping[str, str],
    ask: Callable[[str], bool],
    say: Callable[[str], None],
    seconds: float = _SECONDS,
) -> None:
    """Make the App. *ask* puts a question to the person, *say* tells them something.

    Raises `ArchitraveError` for arguments that cannot be, for a file that must not be replaced and
    where GitHub makes none.
    """
    from bot.outside import github_app
    from bot.outside.github_calls import GitHubFailed

    wanted = arguments(given)
    hub = github_settings({name: environ.get(name, "") for name in _ADDRESSES})
    address, page_of_github = _address(wanted.address, hub), registration(wanted.organization, hub)
    with _reserved(wanted.file, ask) as file, Page() as page:
        page.show(
            page_of_github,
            manifest.manifest(
                wanted.name[:34], address, page.redirect, with_queue=wanted.merge_queue
            ),
        )
        say(
            f"Open this in a browser on this machine, and make the App there:\n\n  {page.address}\n"
        )
        code = page.wait(seconds)
        if not code:
            raise ArchitraveError("GitHub has sent nobody back", "Begin again.")
        try:
            made = github_app.register(hub, code)
        except GitHubFailed as failed:
            raise ArchitraveError(
                str(failed), "Delete the App at GitHub if it is there, and begin again."
            ) from failed
        file.keep(content(made, environ))
    say(_next(made, wanted.file))


def registration(organization: str, hub: GitHubSettings) -> str:
    """The page at GitHub that takes a manifest."""
    if not organization:
        return f"{hub.server_url}/settings/apps/new"
    if not _NAME.fullmatch(organization):
        raise ArchitraveError(f"{organization[:60]!r} is no name of an organisation")
    return f"{hub.server_url}/organizations/{organization}/settings/apps/new"


def _address(text: str, hub: GitHubSettings) -> str:
    parts = urllib.parse.urlsplit(text.rstrip("/"))
    schemes = {"https", urllib.parse.urlsplit(hub.server_url).scheme}
    if parts.scheme not in schemes or not parts.hostname or parts.username or parts.query:
        raise ArchitraveError(
            f"{text[:80]!r} is not where GitHub could reach the service",
            "Give its address as https://YOUR.HOST, without a user and without `?`.",
        )
    if parts.hostname in ("localhost", "127.0.0.1", "::1"):
        raise ArchitraveError("GitHub does not deliver to localhost", "Give the public address.")
    return text.rstrip("/").removesuffix(manifest.PATH)


def content(made: "Registered", environ: Mapping[str, str]) -> str:
    """The file, as shells, Docker, Compose, systemd and Kubernetes read it: one line each."""
    key = made.private_key.strip().replace("\n", "\\n")
    lines = [
        f"# The GitHub App {made.slug}: {made.page}. Whoever reads this can speak for it.",
        f"GITHUB_APP_ID={made.id}",
        f"GITHUB_APP_PRIVATE_KEY='{key}'",
    ]
    if _PLAIN.fullmatch(made.webhook_secret):
        lines.append(f"GITHUB_WEBHOOK_SECRET={made.webhook_secret}")
    else:
        lines.append(
            "# GITHUB_WEBHOOK_SECRET= GitHub has made none: set one at the App's page, and here"
        )
    lines += [f"{name}={environ[name].strip()}" for name in _ADDRESSES if environ.get(name)]
    return "\n".join(lines) + "\n"


def _next(made: "Registered", file: str) -> str:
    missing = "" if _PLAIN.fullmatch(made.webhook_secret) else " It lacks a webhook secret yet."
    path = file if os.path.isabs(file) else f"./{file}"
    return (
        f"{made.slug} is made; what it needs is in {file}.{missing} Install it on repositories:\n\n"
        f"  {made.page}/installations/new\n\nThen see whether all is well:\n\n"
        f"  set -a; . {path}; set +a; review-service doctor"
    )


class _File:
    """A file that takes its place only when it is whole."""

    def __init__(self, path: str, *, may_replace: bool) -> None:
        self._path, self._may_replace = path, may_replace
        self.draft = f"{path}.{os.getpid()}.new"

    def keep(self, text: str) -> None:
        with open(self.draft, "w", encoding="ascii") as file:
            file.write(text)
        if self._may_replace:
            os.replace(self.draft, self._path)
            return
        try:
            os.link(self.draft, self._path)
        except OSError as error:
            # GitHub shows the key once: it must not be lost to another's file.
            raise ArchitraveError(
                f"{self._path} cannot be written ({error.strerror}); all is in {self.draft}"
            ) from error
        os.unlink(self.draft)


@contextlib.contextmanager
def _reserved(path: str, ask: Callable[[str], bool]) -> Iterator[_File]:
    """A place for the file, found before GitHub is asked: mode 600, and no other file is touched."""
    exists = os.path.lexists(path)
    if exists and not ask(f"{path} exists. Replace it?"):
        raise ArchitraveError(f"{path} exists", "Give another one with --file.")
    file = _File(path, may_replace=exists)
    try:
        os.close(os.open(file.draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise ArchitraveError(
            f"{path} cannot be written: {error.strerror}", "Give another one with --file."
        ) from error
    try:
        yield file
    finally:
        # Empty where nothing was made; what holds a key is left.
        if os.path.exists(file.draft) and not os.path.getsize(file.draft):
            os.unlink(file.draft)


def asked(question: str) -> bool:
    """Whether the person at the terminal says yes; without one nobody does."""
    if not sys.stdin.isatty():
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
