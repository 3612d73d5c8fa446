"""What was judged before is neither paid for twice nor answered differently."""

from contextlib import closing

import fake_anthropic as fake
import judge_reviewers as reviewers
import pytest
from conftest import Command, Ran, Repo
from judge_reviewers import BAD, GOOD, RULE, Oracle, asked, house, rule, serving

from bot import judged, pipeline, settings
from bot.domain import Request as Wish
from bot.domain import Review
from bot.outside.cache import Cache
from bot.outside.git import Repository
from bot.sources import local

MAIN = ("--base", "main")
LONG = "".join(f"\n\ndef step_{at}(order):\n    return sound(order, {at})\n" for at in range(40))
HELD = (RULE, "shop.py", 2)


def paid(ran: Ran) -> float:
    """Input tokens, in those that are not cached."""
    model = ran.review["cost"]["model"]
    return float(model["input"] + 1.25 * model["cache_write"] + 0.1 * model["cache_read"])


def silent() -> Oracle:
    """A reviewer that finds nothing any more, though it would confirm."""
    return Oracle(
        finder=lambda request: fake.json_answer(
            {"files": reviewers.accounted(request), "findings": []}
        )
    )


def fingerprints(ran: Ran) -> list[str]:
    return [found["fingerprint"] for found in ran.review["findings"]]


def test_the_same_change_is_asked_about_once(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": BAD, "other.py": GOOD})
    with serving(monkeypatch) as server:
        first = review.json(repo, *MAIN)
        assert asked(server) == ["finder", "verifier"]
        second = review.json(repo, *MAIN)
        assert asked(server) == []
        third = review.json(repo, *MAIN, "--no-cache")
        assert asked(server) == ["finder", "verifier"]
    assert first.labelled("introduced") == second.labelled("introduced") == [HELD]
    assert fingerprints(first) == fingerprints(second) == fingerprints(third)
    assert first.code == second.code == third.code == 1
    model = second.review["cost"]["model"]
    assert (model["calls"], model["reused"]) == (0, 2)


def test_a_rebase_that_changes_no_file_asks_nothing(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": BAD})
    with serving(monkeypatch) as server:
        before = review.json(repo, *MAIN)
        asked(server)
        repo.git("checkout", "-q", "main")
        repo.commit({"unrelated.py": "x = 1\n"})
        repo.git("checkout", "-q", "topic")
        repo.git("rebase", "-q", "main")
        after = review.json(repo, *MAIN)
        assert asked(server) == []
    assert fingerprints(before) == fingerprints(after)


@pytest.mark.parametrize(
    # Thirteen rules are one conversation; one about the intent has its price.
    ("packs", "most", "kinds"),
    [("", 0.15, ["finder"]), ('"architecture"', 0.26, ["finder", "intent"])],
)
def test_a_push_that_edits_one_of_ten_files_asks_about_that_file(
    repo: Repo,
    review: Command,
    monkeypatch: pytest.MonkeyPatch,
    packs: str,
    most: float,
    kinds: list[str],
) -> None:
    base = house(**{".architrave.toml": f'packs = [{packs}]\nfail-on = "error"\n'})
    files = {f"part_{at}.py": GOOD + LONG.replace("sound", f"sound_{at}") for at in range(10)}
    reviewers.changed(repo, files | {"shop.py": BAD}, base)
    with serving(monkeypatch) as server:
        first = review.json(repo, *MAIN)
        asked(server)
        server.advance(1800)
        repo.commit({"part_3.py": str(files["part_3.py"]) + "\n\ndef last():\n    return 1\n"})
        second = review.json(repo, *MAIN)
        assert [each["path"] for each in reviewers.accounted(server.requests[0])] == ["part_3.py"]
        assert {path for path, _, _ in reviewers.added(server.requests[0])} == {"part_3.py"}
        assert sorted(asked(server)) == kinds
    assert paid(second) <= most * paid(first)
    assert second.labelled("introduced") == [HELD]


def test_another_change_of_the_repository_reads_rules_and_prompts_from_the_cache(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = house()
    base[".architrave.toml"] = 'packs = ["architecture"]\nfail-on = "error"\n'
    reviewers.changed(repo, {"shop.py": GOOD + LONG}, base)
    with serving(monkeypatch) as server:
        review.json(repo, *MAIN, "--no-cache")
        # Five minutes are over, the hour of the rules is not.
        server.advance(1800)
        repo.git("checkout", "-q", "main")
        repo.branch("other")
        repo.commit({"other.py": GOOD})
        second = review.json(repo, *MAIN)
    model = second.review["cost"]["model"]
    assert model["cache_read"] >= 9 * (model["input"] + model["cache_write"])


@pytest.mark.parametrize("edit", ["elsewhere", "beside"])
def test_what_was_said_of_a_function_stands_while_it_is_the_same(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, edit: str
) -> None:
    reviewers.changed(repo, {"shop.py": BAD})
    with serving(monkeypatch):
        before = review.json(repo, *MAIN)
    text = (
        "import os\n\n\n" + BAD if edit == "elsewhere" else BAD + "\n\ndef more():\n    return 1\n"
    )
    repo.commit({"shop.py": text})
    with serving(monkeypatch, silent()) as server:
        after = review.json(repo, *MAIN)
        assert RULE in server.requests[0].user_text.partition("file=")[0]
        again = review.json(repo, *MAIN)
        assert asked(server) == ["finder"]
    line = 5 if edit == "elsewhere" else 2
    assert after.labelled("introduced") == [(RULE, "shop.py", line)]
    assert fingerprints(before) == fingerprints(after) == fingerprints(again)
    repo.commit({"shop.py": text + "\n\ndef most():\n    return 2\n"})
    with serving(monkeypatch):
        assert fingerprints(review.json(repo, *MAIN)) == fingerprints(before)


def test_a_finding_goes_when_its_code_is_mended(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": BAD})
    with serving(monkeypatch):
        assert review.json(repo, *MAIN).code == 1
        repo.commit({"shop.py": "def handle(order):\n    return sound(order, 2)\n"})
        ran = review.json(repo, *MAIN)
        assert (ran.code, ran.review["findings"]) == (0, [])
        repo.commit({"shop.py": BAD})
        assert review.json(repo, *MAIN).labelled("introduced") == [HELD]


def test_what_was_refuted_is_not_verified_again_while_the_function_is_the_same(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More lines than a verifier is shown around a function.
    far = BAD + "\nx = 1\n" * 60
    reviewers.changed(repo, {"shop.py": far})
    with serving(monkeypatch, Oracle(verifier=reviewers.says("does_not"))) as server:
        review.json(repo, *MAIN)
        assert asked(server) == ["finder", "verifier"]
        repo.commit({"shop.py": far + "\n\ndef more():\n    return 1\n"})
        ran = review.json(repo, *MAIN)
        assert asked(server) == ["finder"]
        repo.commit({"shop.py": BAD.replace("    return", "    order.check()\n    return")})
        review.json(repo, *MAIN)
        assert asked(server) == ["finder", "verifier"]
    assert ran.review["cost"]["model"]["rejected"] == {"dropped before": 1}


def test_what_spoke_against_a_suspicion_has_to_stand(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = BAD + "\nx = 1\n" * 60
    reviewers.changed(repo, {"shop.py": f"{far}\nguard(handle)\n"})
    with serving(monkeypatch, Oracle(verifier=reviewers.says("does_not"))) as server:
        review.json(repo, *MAIN)
        assert "guard(handle)" in server.requests[-1].user_text
        assert asked(server) == ["finder", "verifier"]
        repo.commit({"shop.py": f"{far}\nother(handle)\n"})
        review.json(repo, *MAIN)
        assert asked(server) == ["finder", "verifier"]


def test_another_rule_text_or_model_asks_again(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": BAD})
    with serving(monkeypatch) as server:
        review.json(repo, *MAIN)
        asked(server)
        monkeypatch.setenv("ARCHITRAVE_MODEL", "claude-opus-5-5")
        review.json(repo, *MAIN)
        assert {request.model for request in server.requests} == {"claude-opus-5-5"}
        assert asked(server) == ["finder", "verifier"]
        monkeypatch.setenv("ARCHITRAVE_VERIFY_MODEL", "claude-haiku-5-5")
        review.json(repo, *MAIN)
        assert [request.model[7:11] for request in server.requests] == ["opus", "haik"]
        asked(server)
        repo.git("checkout", "-q", "main")
        repo.commit({reviewers.RULE_FILE: rule().replace("breaks.", "breaks at night.")})
        repo.git("checkout", "-q", "topic")
        repo.git("rebase", "-q", "main")
        review.json(repo, *MAIN)
        assert asked(server) == ["finder", "verifier"]


def test_code_elsewhere_that_a_finding_rests_on_asks_again_when_it_changes(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    support = {"path": "lib.py", "ref": "head", "quote": "def flawed(order):"}
    oracle = Oracle(lie=lambda found: found | {"supporting": [support]})
    lib = "def flawed(order):\n    return order\n"
    reviewers.changed(repo, {"shop.py": BAD}, house(**{"lib.py": lib}))
    with serving(monkeypatch, oracle) as server:
        ran = review.json(repo, *MAIN)
        assert ran.review["findings"][0]["message"].endswith("Compare lib.py:1.")
        asked(server)
        repo.git("checkout", "-q", "main")
        repo.commit({"lib.py": lib.replace("return order", "return None")})
        repo.git("checkout", "-q", "topic")
        repo.git("rebase", "-q", "main")
        assert review.json(repo, *MAIN).labelled("introduced") == [HELD]
        assert asked(server)[0] == "finder"
        repo.git("checkout", "-q", "main")
        repo.commit({"lib.py": "def sound(order):\n    return order\n"})
        repo.git("checkout", "-q", "topic")
        repo.git("rebase", "-q", "main")
        ran = review.json(repo, *MAIN)
    assert ran.review["findings"] == []
    assert ran.review["cost"]["model"]["rejected"] == {"supporting quote not found": 1}


def test_what_people_have_dismissed_does_not_return(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": BAD + '\n\ndef loud():\n    print("x")\n'})
    with serving(monkeypatch):
        ran = review.json(repo, *MAIN)
        found = reviewed(repo, frozenset())
        assert len(fingerprints(ran)) == 2
        told = frozenset((each.fingerprint, each.version) for each in found.findings)
        kept = reviewed(repo, told)
    # What a tool has measured is not the model's to withdraw.
    assert [found.rule for found in kept.findings] == [reviewers.PRINTS]
    assert kept.verdict == "passed"


def test_what_was_dismissed_of_other_code_returns(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"shop.py": BAD})
    with serving(monkeypatch):
        found = reviewed(repo, frozenset())
        other = frozenset((each.fingerprint, "of other code") for each in found.findings)
        kept = reviewed(repo, other)
    assert [each.rule for each in kept.findings] == [each.rule for each in found.findings] != []


def reviewed(repo: Repo, dismissed: frozenset[tuple[str, str]]) -> Review:
    """A review by an entrance that knows what people have dismissed."""
    from bot.judge_settings import judge_settings

    surroundings = settings.load()
    asked = judged.Asked(judge_settings(surroundings.environ))
    with closing(Repository(str(repo.path), surroundings.environ)) as repository:
        around = pipeline.Surroundings(
            surroundings, repository, Cache(None), judge=asked, dismissed=dismissed
        )
        return pipeline.review(local.read(Wish(base="main"), repository), around)
