"""The review as one page: whole, alone, and nothing in it but text."""

import base64
import hashlib
import re

import pytest
from conftest import Command, Repo
from html_reading import Tags, words
from ledger_world import RULE, finding, review

from bot import publishers
from bot.publishers import html

HOSTILE = (
    "</pre></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{7*7}}{% x %}\u202e"
)


def page_of(found, **paper) -> str:
    return publishers.load("html").render(found, publishers.Paper(**paper))


def test_a_page_tells_the_whole_review() -> None:
    page = page_of(review(finding(2), advice=[finding(9, severity="note")], missed="broken.py"))
    text = words(page)
    for told in ("Incomplete: 1 file not fully checked", "To be answered 1", "Advice 1",
                 "app/api.py:2 in handler2", "eval(request[2])", "Whoever writes the text runs code .",
                 "Call a function.", "by Claude", "Not checked 1", "broken.py: it does not parse",
                 "claude: 3 calls, 1,200 tokens, 0.25 US dollars", "aaaaaaaaaaaa"):  # fmt: skip
        assert told in text, told
    Tags(page)


def test_a_page_without_findings_says_what_that_means() -> None:
    assert "everything in it was checked" in page_of(review())
    assert "everything in it was checked" not in page_of(review(missed="a.py"))


def test_what_was_there_before_is_shown_when_asked_for() -> None:
    found = review(advice=[finding(3, label="pre-existing")])
    assert "There before" not in page_of(found)
    assert "There before" in page_of(found, verbose=True)


def test_a_page_needs_nothing_and_may_do_nothing() -> None:
    page = page_of(review(finding()))
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page
    tags = Tags(page)
    assert not {"script", "link", "img", "iframe", "object", "form"} & {*tags.names}
    assert not [
        name for name, _ in tags.given if name in ("src", "href", "style") or name[:2] == "on"
    ]
    assert "url(" not in page
    assert "@import" not in page


@pytest.mark.parametrize(
    "field", ["path", "message", "quote", "symbol", "rule", "title", "why", "instead", "missed", "agents"]
)  # fmt: skip
def test_whatever_is_put_into_a_page_is_text(field: str) -> None:
    plain = Tags(page_of(review(finding(), missed="a.py")))
    rule, more, kinds = RULE, {}, {"title": "Sell more", "missed": "a.py"}
    if field in ("why", "instead"):
        name = field.capitalize()
        rule = rule._replace(sections=dict(rule.sections) | {name: rule.sections[name] + HOSTILE})
    elif field in kinds:
        kinds[field] = HOSTILE
    else:
        more[field] = (HOSTILE,) if field == "agents" else HOSTILE
    page = page_of(
        review(finding(**more), rules={HOSTILE if field == "rule" else RULE.id: rule}, **kinds)
    )
    assert Tags(page).names == plain.names
    assert "<script" not in page
    assert "\u202e" not in page
    assert "alert(1)" in page


def test_the_command_writes_a_page(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "X = 1\n"})
    repo.branch("topic")
    repo.commit({"a.py": "def f(x):\n    return eval(x)\n"})
    ran = review(repo, "--format", "html", "--output", "r.html")
    assert ran.code == 1
    page = (repo.path / "r.html").read_text()
    assert "Blocked: 1 finding waits for a human." in page
    assert "return eval(x)" in page
    Tags(page)


def test_prose_keeps_code_and_nothing_else() -> None:
    assert html.prose("One `a<b` and\ntwo.\n\n**Three** <b>") == (
        "<p>One <code>a&lt;b</code> and two.</p><p>**Three** &lt;b&gt;</p>"
    )
