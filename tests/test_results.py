"""What a review hands from one step to the next through the store."""

import contextlib
import json

import pytest
from bot_on_github import BASE, EVAL, opening

from bot import comments, pull_requests, records
from bot.placement import Spot
from webhooks import ledger, results
from webhooks.sealing import Seal

PRINT = "from os import path, sep\n\nPLACE = path.sep\n"
OLD = "def old(x):\n    return eval(x + 'old code that nobody is told')\n"


@pytest.fixture(scope="module")
def examined(tmp_path_factory):
    """Something to answer, something to mend, and something that was there before."""
    folder = tmp_path_factory.mktemp("shop")
    with opening(folder, {**BASE, "app/old.py": OLD}) as shop:
        tree = {"app/api.py": EVAL, "app/mend.py": PRINT, "app/old.py": OLD + "\n\nA = 1\n"}
        pull = shop.hub.open(shop.repo, tree)
        with shop.bot.office() as office, contextlib.ExitStack():
            begun = pull_requests.begin(pull.number, office)
            yield pull_requests.examine(begun, office)


def written(examined):
    """All that is written on GitHub and in the ledger of what was found."""
    review = examined.review
    spots = (*examined.spots, *(Spot(each, "a", 1) for each in review.blocking))
    told = sorted(comments.comment(spot, review, "mark") for spot in spots)
    beyond = comments.Extras(examined.spots, 1, 2)
    return (
        told,
        comments.brief(review, beyond, "mark"),
        records.row(records.of_review(review.change.head, review)),
        ledger._figures(review),
        ledger._findings(review, 1),
        [each for each in review.coverage if each.standing != "checked"],
    )


def test_what_is_written_is_the_same_after_the_store(examined):
    row = json.loads(json.dumps(results.row(examined)))
    again = results.of_row(row)
    assert written(again) == written(examined)
    assert again.spots == examined.spots
    assert again.review.blocking == examined.review.blocking
    assert again.review.policy == examined.review.policy
    assert {each.label for each in again.review.findings} >= {"introduced", "pre-existing"}
    assert "```suggestion" in "".join(written(again)[0])


def test_code_that_nobody_is_told_of_goes_nowhere(examined):
    text = json.dumps(results.row(examined))
    assert "old code that nobody is told" not in text
    assert "@" not in json.dumps(results.of_row(json.loads(text)).review.authorship)


def test_another_release_is_not_read(examined):
    shape, value = results.row(examined)
    assert results.of_row([shape[::-1], value]) is None
    assert results.of_row(None) is None
    assert results.of_row({"gate": "success"}) is None


def test_bytes_that_are_no_text_pass_through(examined):
    (finding, *_) = examined.review.blocking
    odd = finding._replace(path="app/\udcff.py")
    review = examined.review._replace(blocking=frozenset({odd}), findings=(odd,))
    seal = Seal(["secret"])
    row = seal.open(seal.close(results.row(examined._replace(review=review))))
    assert results.of_row(row).review.findings == (odd,)


def test_what_is_sealed_is_read_and_written_by_those_with_the_secret_only():
    text = Seal(["new", "old"]).close(["def handler(request):"])
    assert "handler" not in text
    assert Seal(["new"]).open(text) == ["def handler(request):"]
    assert Seal(["newest", "new"]).open(text) == ["def handler(request):"]
    assert Seal(["old"]).open(text) is None
    assert Seal(["new"]).open(text[:-9] + "AAAAAAAA=") is None
    assert Seal(["new"]).open("success") is None
