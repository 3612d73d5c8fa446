"""A real browser, where the system has one: Chromium without a window, and axe to look at pages."""

import contextlib
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
FOUND = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
needed = pytest.mark.skipif(
    FOUND is None, reason="no Chromium is installed: the pages are not looked at in a browser"
)


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """The browser, with a profile of its own that ends with it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=FOUND, headless=True, args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()


@contextlib.contextmanager
def served(app: Any) -> Iterator[str]:
    """An application on a socket of this machine; its address."""
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def complaints(page: Any) -> list[str]:
    """What axe has against a page, by the rules of WCAG 2.2 AA and of good practice."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response
    return [
        f"{each['id']}: {each['help']}: {[node['target'] for node in each['nodes']][:3]}"
        for each in found["violations"]
    ]
