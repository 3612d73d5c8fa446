"""What the pages show, and how."""

import csv
import io
import json

import pytest
from ledger_world import RULE, answered, finding, gate, review
from page_world import Pages

from webhooks.inbox import Inbox
from webhooks.jobs import Job
from webhooks.pages.sight import Sight

ONE, TWO, THREE = finding(2), finding(5), finding(9, severity="note")
ROOMS = ("/", "/rules", "/authorship", "/ledger", "/health")
PLACES = (*ROOMS, "/pulls/acme/shop/1", "/ledger.csv", "/ledger.json")
HOSTILE = "=1+1</pre></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{7*7}}\u202e"


@pytest.fixture
def at(tmp_path):
    found = Pages(tmp_path)
    yield found
    found.engine.dispose()


def test_empty_pages_say_what_will_be_there(at):
    assert "Nobody is waited for" in at.read("/")
    assert "No rule has raised anything" in at.read("/rules")
    assert "Nothing is known yet" in at.read("/authorship")
    assert "The ledger is empty" in at.read("/ledger")
    assert "GitHub has told of nothing yet" in at.read("/health")
    assert "There is no such page" in at.read("/pulls/acme/shop/1", 404)


def test_what_waits_is_shown_with_who_answers_and_where(at):
    at.note(
        gate(
            review(ONE, TWO, advice=[THREE], title="acme/Shop#1 Sell more"),
            threads={ONE.fingerprint: 77},
        )
    )
    page = at.read("/")
    assert "2 findings keep a gate closed" in page
    assert "Sell more acme/shop #1" in page
    assert "Code is made of text and run error app/api.py:2 @acme/guards just now" in page
    assert "app/api.py:9" not in page
    assert 'href="https://github.example/acme/shop/pull/1#discussion_r77"' in at.get("/")
    at.note(gate(None, answered(ONE), answered(TWO), state="success"))
    assert "Nobody is waited for" in at.read("/")


def test_whose_pull_request_waits_longest_comes_first(at):
    at.note(gate(review(ONE, title="Older")), number=1)
    at.note(gate(review(ONE, title="Newer")), number=2)
    at.note(gate(review(ONE, TWO, title="Older")), number=1)
    page = at.read("/")
    assert page.index("Older") < page.index("app/api.py:5") < page.index("Newer")


def test_what_was_not_fully_reviewed_needs_a_person_too(at):
    at.note(gate(review(missed="broken.py"), state="error", says="Not fully reviewed: 1 file"))
    assert "Not fully reviewed 1" in at.read("/")
    at.note(gate(None, state="error", is_closed=True))
    assert "Nobody is waited for" in at.read("/")


def test_a_pull_request_is_told_as_a_story(at):
    at.note(gate(review(ONE, TWO, finding(7), advice=[THREE])))
    at.note(gate(review(ONE, TWO, advice=[THREE])))
    at.note(
        gate(
            review(ONE, TWO, advice=[THREE], missed="broken.py"),
            answered(ONE, "accepted", reason="a demo"),
            state="error",
            says="Not fully reviewed: 1 file; 1 finding waits for a human",
        )
    )
    page = at.read("/pulls/acme/shop/1")
    for told in (
        "Not fully reviewed: 1 file; 1 finding waits for a human.",
        "3 calls, 1,200 tokens",
        "0.25 US dollars",
        "To be answered 1",
        "5 eval(request[5])",
        "Whoever writes the text runs code .",
        "answers: @acme/guards",
        "Answered 1",
        "bob accepted it: a demo",
        "Advice 1",
        "Fixed since 1",
        "app/api.py:7",
        "Not checked 1",
        "broken.py: it does not parse (ruff)",
        "Earlier reviews",
        "80 % of 10 added lines by Claude",
    ):
        assert told in page, told


def test_a_pull_request_is_found_in_whatever_case_it_is_written(at):
    at.note(gate(review(ONE)))
    assert at.read("/pulls/Acme/SHOP/1")
    at.get("/pulls/acme/shop/2", 404)
    at.get("/pulls/acme/shop/99999999999999999999", 404)
    assert at.client.get("/pulls/acme/shop/x").status_code == 404


def test_a_rule_that_is_wrong_too_often_is_shown_as_noisy(at):
    for number in range(1, 6):
        at.note(gate(review(ONE)), number=number)
        at.note(
            gate(None, answered(ONE, "false positive", reason="no"), state="success"), number=number
        )
    good = finding(3, rule="house/good")
    at.note(gate(review(good)), number=9)
    at.note(gate(review()), number=9)
    page = at.read("/rules")
    assert "Code is made of text and run noisy security/code-execution 5 0 0 5 0 0 % of 5" in page
    assert "house/good house/good 1 1 0 0 0 100 % of 1" in page
    assert "between 0 % and 43 %" in at.get("/rules")


def test_authorship_tells_who_wrote_and_what_became_of_it(at):
    at.note(gate(review(ONE, TWO)))
    at.note(gate(None, answered(ONE, "accepted", reason="x"), state="failure"))
    page = at.read("/authorship")
    assert "Agents 80 % 8 lines" in page
    assert "No sign of anybody 20 % 2 lines" in page
    assert "Claude 8 2 250.0 0 1 0 1" in page


def test_the_ledger_is_filtered_searched_and_turned(at):
    for number in range(1, 62):
        at.note(gate(review(finding(2, path=f"app/file{number}.py"))), number=number)
    at.note(gate(review(finding(2, path="other_100%.py", authorship="human"))), "acme/other")
    assert "62 findings" in at.read("/ledger")
    assert "51 to 62 of 62" in at.read("/ledger?page=2")
    assert "Nothing fits" not in at.read("/ledger?page=0")
    assert "1 to 50 of 62" in at.read("/ledger?page=nonsense")
    assert "1 finding " in at.read("/ledger?repository=Acme/Other")
    assert "1 finding " in at.read("/ledger?text=100%25")
    assert "1 finding " in at.read("/ledger?text=FILE61")
    assert "61 findings" in at.read(
        "/ledger?writer=ai&state=waiting&severity=error&rule=security/code-execution"
    )
    assert "Nothing fits" in at.read("/ledger?state=fixed")
    assert "page=2" in at.get("/ledger?writer=ai")
    assert "writer=ai&amp;page=2" in at.get("/ledger?writer=ai")


def test_the_ledger_leaves_as_files(at):
    at.note(gate(review(ONE, TWO)))
    rows = [*csv.DictReader(io.StringIO(at.get("/ledger.csv?text=api.py")))]
    assert [row["line"] for row in rows] == ["5", "2"]
    found = json.loads(at.get("/ledger.json"))
    assert found["schema"] == "architrave-ledger/1"
    assert {row["repository"] for row in found["findings"]} == {"acme/shop"}
    assert found["findings"][0].keys() == rows[0].keys()
    assert json.loads(at.get("/ledger.json?state=fixed")) == found | {"findings": []}
    assert at.get("/ledger.csv?state=fixed").count("\r\n") == 1
    at.get("/ledger.xml", 404)


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t=", "\r=", " =", "\uff1d", "%0A=", "|"])
def test_no_spreadsheet_takes_a_cell_for_a_formula(at, begin):
    path = f"{begin}cmd|' /C calc'!A0"
    at.note(gate(review(finding(2, path=path, message=path, agents=(path,)))))
    (row,) = csv.DictReader(io.StringIO(at.get("/ledger.csv")))
    for name in ("path", "message", "agents"):
        assert row[name][0] in "'\\%", row[name]


def test_health_tells_what_waits_failed_and_was_spent(at):
    at.note(gate(review(ONE)))
    job = Job("review", "acme/shop", 1, installation=5, delivery="d1", event="pull_request")
    Inbox(at.engine, at.queue).put(job)
    at.queue.add("reviews", "ENQUEUED", repository="acme/shop")
    at.queue.add("reviews", "PENDING", repository="acme/shop")
    at.queue.add(
        "reviews",
        "SUCCESS",
        {"ok": False, "says": "the installation is suspended", "again_in": None},
        repository="acme/shop",
    )
    at.queue.add("quick", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", repository="acme/shop")
    at.queue.add(
        "reviews",
        "SUCCESS",
        {"ok": False, "says": "tried again", "again_in": 5.0},
        repository="acme/shop",
    )
    page = at.read("/health")
    assert "Deliveries 1 waiting, 0 running" in page
    assert "Reviews 1 waiting, 1 running" in page
    assert "the installation is suspended" in page
    assert "its process ended" in page
    assert "tried again" not in page
    assert "a day 1 1.5 1,200 0.25" in page
    assert "pull_request review acme/shop #1" in page


QUERIES = ("", "?repository=acme/shop", "?text=api", "?rule=security/code-execution", "?page=2")


def test_who_may_not_read_a_repository_learns_nothing_of_it(at):
    at.door.sight = Sight("eve", frozenset({"eve/own"}), frozenset({99}))
    addresses = [f"{place}{query}" for place in PLACES for query in QUERIES]
    before = [at.client.get(each) for each in addresses]
    fill(at)
    for address, empty in zip(addresses, before, strict=True):
        full = at.client.get(address)
        assert (full.status_code, full.text) == (empty.status_code, empty.text), address
        assert dict(full.headers) == dict(empty.headers), address


def fill(at):
    at.note(gate(review(ONE, TWO, advice=[THREE], missed="broken.py"), state="error"))
    at.note(gate(None, answered(ONE, "accepted", reason="x"), state="failure"))
    job = Job("review", "acme/shop", 1, installation=5, delivery="d1", event="pull_request")
    Inbox(at.engine, at.queue).put(job)
    at.queue.add("reviews", "ENQUEUED", repository="acme/shop")
    at.queue.add("reviews", "ERROR", repository="acme/shop")
    job = Job("settle", "acme/shop", 1, installation=5, delivery="d2", event="pull_request")
    Inbox(at.engine, at.queue).put(job)


def test_who_reads_one_repository_learns_nothing_of_another(at):
    at.door.sight = Sight("bob", frozenset({"acme/own"}), frozenset({5}))
    at.note(gate(review(finding(4))), "acme/own")
    before = [at.client.get(place).text for place in PLACES]
    fill(at)
    assert [at.client.get(place).text for place in PLACES] == before


def test_a_name_that_has_passed_to_others_shows_nothing_of_before(at):
    at.note(gate(review(ONE)))
    at.door.sight = Sight("new", frozenset({"acme/shop"}), frozenset({6}))
    assert "Nobody is waited for" in at.read("/")
    assert "The ledger is empty" in at.read("/ledger")
    assert "Nothing is known yet" in at.read("/authorship")
    at.get("/pulls/acme/shop/1", 404)
    assert json.loads(at.get("/ledger.json"))["findings"] == []


def test_what_may_not_be_seen_is_as_what_is_not_there(at):
    at.note(gate(review(ONE)))
    at.door.sight = Sight("eve", frozenset({"eve/own"}), frozenset({99}))
    there, nowhere = at.client.get("/pulls/acme/shop/1"), at.client.get("/pulls/no/such/7")
    assert (there.status_code, there.text) == (nowhere.status_code, nowhere.text)
    assert dict(there.headers) == dict(nowhere.headers)


@pytest.mark.parametrize(
    "field",
    [
        "path",
        "message",
        "quote",
        "symbol",
        "rule",
        "title",
        "why",
        "agents",
        "login",
        "reason",
        "brief",
        "owner",
    ],
)
def test_whatever_is_stored_is_shown_as_text(at, field):
    more = (
        {field: (HOSTILE,) if field == "agents" else HOSTILE}
        if field in ("path", "message", "quote", "symbol", "rule", "agents")
        else {}
    )
    found, rule = finding(**more), RULE
    if field == "why":
        rule = rule._replace(sections={"Why": HOSTILE, "Instead": HOSTILE})
    if field == "owner":
        rule = rule._replace(owner=HOSTILE, title=HOSTILE)
    title = HOSTILE if field == "title" else "acme/shop#1 t"
    reviewed = review(
        found, TWO, title=title, rules={found.rule: rule, RULE.id: rule}, missed="a.py"
    )
    if field == "brief":
        reviewed = reviewed._replace(change=reviewed.change._replace(notes=(HOSTILE,)))
    at.note(gate(reviewed, state="error", says=HOSTILE if field == "brief" else "n"))
    login = HOSTILE if field == "login" else "bob"
    reason = HOSTILE if field == "reason" else "why"
    at.note(gate(None, answered(found, "accepted", login, reason), state="error"))
    seen = ""
    for place in PLACES:
        page = at.get(place)
        assert "\u202e" not in page
        if place.startswith("/ledger."):
            continue
        assert "<script" not in page
        assert "<img" not in page
        seen += page
    assert "&lt;script&gt;alert(1)" in seen


def test_pages_say_how_they_are_to_be_taken(at):
    for place in PLACES:
        answer = at.client.get(place)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
    style = at.client.get(at.get("/").split('stylesheet" href="')[1].split('"')[0])
    assert style.mimetype == "text/css"
    assert "immutable" in style.headers["Cache-Control"]
    assert at.client.get("/assets/other.css").status_code == 404
    assert at.client.get("/assets/icon.svg").mimetype == "image/svg+xml"


def test_a_failure_shows_a_page_and_no_traceback(at, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("webhooks.pages.questions.rules", broken)
    page = at.read("/rules", 500)
    assert "Something went wrong here" in page
    assert "secret detail" not in page
