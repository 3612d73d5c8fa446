"""The pages in a real browser: readable, within reach of a keyboard, as wide as a phone, quiet."""

import pytest
from browser import chromium, complaints, needed, served
from fake_github import FakeGitHub
from flask import Flask
from ledger_world import Notes, answered, engine, finding, gate, review, settings
from page_world import Pages, Queue

from bot import publishers
from webhooks import pages

pytestmark = needed
LONG = "packages/" + "a_very_long_name_without_an_end/" * 4 + "module.py"
PLACES = ("/", "/pulls/acme/shop/1", "/pulls/acme/none/1", "/rules", "/authorship", "/ledger",
          "/ledger?text=nothing-like-it", "/health")  # fmt: skip
LOOKS = ({"color_scheme": "light", "viewport": {"width": 1200, "height": 800}},
         {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}})  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    found = Pages(tmp_path_factory.mktemp("pages"))
    one, two, three = (
        finding(2),
        finding(5, path=LONG, quote="x = " + "y" * 300),
        finding(9, severity="note"),
    )
    note = found.note
    note(gate(review(one, two, finding(7), advice=[three])))
    note(gate(review(one, two, advice=[three])))
    note(
        gate(
            review(one, two, advice=[three], missed="broken.py"),
            answered(one, "accepted", reason="a demo"),
            state="error",
        )
    )
    for number in range(2, 8):
        note(gate(review(one)), number=number)
        note(
            gate(None, answered(one, "false positive", reason="no"), state="success"), number=number
        )
    found.queue.add("reviews", "ENQUEUED", repository="acme/shop")
    found.queue.add("reviews", "ERROR", repository="acme/shop")
    yield found
    found.engine.dispose()


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(world):
    with served(world.client.application) as found:
        yield found


def opened(browser, look, said):
    context = browser.new_context(**look)
    page = context.new_page()
    page.on(
        "console",
        lambda message: said.append(message.text) if message.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    return page


@pytest.mark.parametrize("look", LOOKS, ids=("light", "dark-phone"))
def test_everybody_can_read_the_pages(browser, address, look):
    said = []
    page = opened(browser, look, said)
    for place in PLACES:
        page.goto(address + place)
        assert complaints(page) == [], place
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0, place
    page.context.close()
    assert [each for each in said if "404" not in each] == []


def test_what_cannot_be_read_would_be_seen(browser):
    page = opened(browser, LOOKS[0], [])
    page.set_content(
        '<html lang="en"><title>x</title><main><h1 style="color:#999">pale</h1><img src="x">'
    )
    assert [each.split(":")[0] for each in complaints(page)] == ["color-contrast", "image-alt"]
    page.context.close()


def test_the_pages_obey_the_theme(browser, address):
    colours = []
    for look in LOOKS:
        page = opened(browser, look, [])
        page.goto(address)
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.context.close()
    assert colours == ["rgb(251, 250, 246)", "rgb(23, 24, 26)"]


def test_a_keyboard_goes_everywhere_and_is_seen(browser, address):
    page = opened(browser, LOOKS[0], [])
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left >= 0")
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href')"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached[:6] == ["/", "/", "/rules", "/authorship", "/ledger", "/health"]
    page.goto(f"{address}/ledger")
    page.get_by_label("State").select_option("waiting")
    page.get_by_label("Text").fill("module.py")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ledger?text=module.py*state=waiting*")
    assert page.get_by_role("row").count() == 2
    page.context.close()


def test_paper_has_no_navigation_and_says_where_links_lead(browser, address):
    page = opened(browser, LOOKS[1], [])
    page.goto(f"{address}/pulls/acme/shop/1")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator("nav").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.context.close()


def test_a_page_in_a_file_is_read_alone(browser, tmp_path):
    said, asked = [], []
    found = review(finding(2), advice=[finding(5, path=LONG)], missed="broken.py")
    (tmp_path / "r.html").write_text(publishers.load("html").render(found, publishers.Paper()))
    for look in LOOKS:
        page = opened(browser, look, said)
        page.on("request", lambda request: asked.append(request.url))
        page.goto((tmp_path / "r.html").as_uri())
        assert complaints(page) == []
        page.context.close()
    assert {*asked} == {(tmp_path / "r.html").as_uri()}
    assert said == []


def test_a_person_signs_in_and_out(browser, tmp_path):
    with FakeGitHub(tmp_path / "hub") as hub:
        hub.repo("acme/shop", collaborators={"alice": "write"})
        app = hub.app()
        on = hub.install(app)
        flask = Flask("architrave", static_folder=None)
        ledger = engine(tmp_path)
        Notes(ledger)(gate(review(finding(2))), installation=on.id)
        with served(flask) as address:
            client_id, client_secret = hub.client(app, f"{address}/sign-in/callback")
            given = settings(
                tmp_path, GITHUB_SERVER_URL=hub.url, GITHUB_API_URL=hub.api_url, ARCHITRAVE_URL=address,
                GITHUB_CLIENT_ID=client_id, GITHUB_CLIENT_SECRET=client_secret,
                GITHUB_APP_ID=str(app.id), GITHUB_APP_PRIVATE_KEY=hub.private_key(app),
            )  # fmt: skip
            pages.attach(flask, given, ledger, Queue(), ("127.0.0.1", 1))
            hub.browsing, said = "alice", []
            page = opened(browser, LOOKS[0], said)
            page.goto(f"{address}/pulls/acme/shop/1")
            assert complaints(page) == []
            page.get_by_role("link", name="Sign in with GitHub").click()
            page.wait_for_url("**/pulls/acme/shop/1")
            assert page.get_by_role("heading", level=1).inner_text() == "Sell more"
            assert page.context.cookies()[0]["httpOnly"]
            page.get_by_role("button", name="Sign out").click()
            page.wait_for_url("**/sign-in")
            page.goto(f"{address}/rules")
            assert "sign-in" in page.url
            page.context.close()
        ledger.dispose()
        assert (said, hub.problems) == ([], [])
