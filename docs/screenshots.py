"""Takes docs/waiting.png and docs/story.png: the service's pages, in a browser. `make picture` runs it.

The service reviews the demo's pull request on the tests' GitHub; two of its findings are answered.
"""

import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent), str(DOCS.parent / "tests")]

from browser import chromium
from service_world import World, world

from bot import demo

# Where each picture is from, and how high it is.
PAGES = {"waiting": ("/", 690), "story": ("/pulls/acme/shop/1", 830)}


def main() -> None:
    """Have it reviewed and answered, and take the pictures."""
    with tempfile.TemporaryDirectory() as folder, world(Path(folder), demo._SHOP) as at:
        at.service.start()
        _answered(at)
        address = (at.service.folder / "data" / "pages-address").read_text().strip()
        with chromium() as browser:
            page = browser.new_context(color_scheme="light").new_page()
            page.goto(address)
            for name, (place, height) in PAGES.items():
                page.set_viewport_size({"width": 1000, "height": height})
                page.goto(at.service.url + place)
                page.screenshot(path=DOCS / f"{name}.png")


def _answered(at: World) -> None:
    pull = at.hub.open(
        at.repo, demo._AGENTS_WORK, title="Search, archive, shipping by country", message=demo._MESSAGE
    )  # fmt: skip
    at.tell()
    at.settle()
    at.hub.reply(pull.threads[0], by="bob", text="accept: receipts change in the next commit")
    at.hub.resolve(pull.threads[1], by="bob")
    at.tell()
    at.settle()


if __name__ == "__main__":
    main()
