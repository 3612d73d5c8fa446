"""benchmarks/judge.py: how findings are scored, and that neither its oracle nor its liar is misjudged."""

import json
import sys
from pathlib import Path

import pytest
from conftest import Repo

pytest.importorskip("anthropic")

from fake_anthropic import FakeAnthropic

from bot.domain import Cost

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

import judge
from judge_readers import Liar, Oracle, Usual, purpose

RULE = "architecture/wrong-layer"
HEAD = "\n".join(
    ["def long():", *(f"    step_{n}()" for n in range(2, 31)), "", "def next():", "    go()"]
)
BROKEN = judge.Case("broken", "Say it", RULE, "", "a.py", 5, "    step_5()", {}, {"a.py": HEAD})
CLEAN = BROKEN._replace(name="clean", violates="", tempts=RULE)


def told(rule: str = RULE, path: str = "a.py", line: int = 5) -> judge.Told:
    return judge.Told(rule, path, line)


@pytest.mark.parametrize(
    ("found", "right"),
    [
        (told(), True),
        (told(line=13), True),  # eight lines away
        (told(line=30), True),  # far away, and in the same function
        (told(line=33), False),
        (told(rule="architecture/foreign-data"), False),
        (told(path="b.py"), False),
    ],
)
def test_a_finding_is_right_near_the_label(found: judge.Told, right: bool) -> None:
    assert judge.is_right(found, BROKEN) is right


def test_near_counts_across_functions_and_outside_of_python() -> None:
    case = BROKEN._replace(line=30)
    assert judge.is_right(told(line=33), case)
    text = BROKEN._replace(path="a.txt", head={"a.txt": "this is ( not Python"})
    assert judge.is_right(told(path="a.txt", line=9), text)
    assert not judge.is_right(told(path="a.txt", line=90), text)


def test_no_finding_is_right_about_a_clean_change() -> None:
    assert not judge.is_right(told(), CLEAN)


def test_the_innermost_function_counts() -> None:
    text = "def outer():\n    def inner():\n        pass\n    return inner\n"
    assert judge.function(text, 3) == (2, 3)
    assert judge.function(text, 4) == (1, 4)
    assert judge.function(text, 9) is None


def test_scores() -> None:
    other = "architecture/foreign-data"
    found = judge.score(
        [
            judge.Result(BROKEN, (told(), told(line=6), told(rule=other))),
            judge.Result(BROKEN, ()),
            judge.Result(CLEAN, (told(), told(path="b.py"))),
            judge.Result(CLEAN, ()),
        ]
    )
    assert found.rules[RULE] == judge.OfRule(labelled=2, found=1, right=2, wrong=2)
    assert found.rules[other] == judge.OfRule(wrong=1)
    assert found.precision == 2 / 5
    assert found.recall == 1 / 2
    assert found.per_clean == 1.0


def test_shares_of_nothing_are_none() -> None:
    found = judge.score([])
    assert (found.precision, found.recall, found.per_clean) == (None, None, None)
    assert "precision -, recall -; - comments" in judge.table([])


def test_costs_and_pairs_add_up() -> None:
    results = [
        judge.Result(
            BROKEN, (), Cost(2, 10, 20, 30, 4, 0.5, ("m",), 0, {"no quote": 1}), {"late": 2}
        ),
        judge.Result(CLEAN, (), Cost(1, 1, 2, 3, 4, 0.25, ("m",), 0, {"no quote": 2}), {"late": 1}),
    ]
    assert judge.total(results) == Cost(3, 11, 22, 33, 8, 0.75, ("m",), 0, {"no quote": 3})
    text = judge.table(results)
    assert "rejected: 3 no quote" in text
    assert "pairs not judged: 3 late" in text
    assert "3 calls; tokens: 11 uncached, 22 written, 33 read, 8 out; 0.75 US dollars" in text
    unpriced = results[0]._replace(cost=Cost(usd=None))
    assert "price unknown" in judge.table([*results, unpriced])


NAMES = [
    "contracts-attachment-of-anybody",
    "gym-waiting-list-unspecified",  # what is asked about the change as a whole
    "portal-fix-names-wrong-behaviour",
]


def test_the_oracle_is_believed() -> None:
    results = judge.with_fake([judge.load(judge.FOLDER / name) for name in NAMES], Oracle())
    found = judge.score(results)
    assert (found.precision, found.recall, found.per_clean) == (1, 1, 0)
    assert not judge.missed(results)
    assert not judge.total(results).rejected
    document = json.loads(json.dumps(judge.document(results)))
    assert [case["found"] for case in document["cases"]] == [True, True, False]


def test_the_liar_is_not() -> None:
    results = judge.with_fake([judge.load(judge.FOLDER / name) for name in NAMES], Liar())
    assert [result.told for result in results] == [(), (), ()]
    assert judge.total(results).rejected.keys() == {
        "confirmed without a quote that exists",
        "no quote",
        "not a file of the change",
        "not in what changed",
        "quote not found",
        "supporting quote not found",
        "there before",
        "unknown rule",
    }


def test_the_model_does_not_see_the_label() -> None:
    name = NAMES[0]
    reviewer = Oracle()
    reviewer.case = case = judge.load(judge.FOLDER / name)
    with FakeAnthropic(reviewer) as server:
        judge.run(case, judge.faked(server))
        said = "\n".join(json.dumps(request.body) for request in server.requests)
    label = (judge.FOLDER / name / "case.toml").read_text(encoding="utf-8")
    lines = {
        line.partition(" = ")[0]: line.partition(" = ")[2].strip('"') for line in label.splitlines()
    }
    assert "Download attachments of contracts" in said  # the message is the change's own
    assert lines["title"] not in said
    assert lines["why"] not in said
    assert name not in said
    assert server.problems == []


def test_recorded_answers_are_replayed(tmp_path: Path) -> None:
    reviewer = Oracle()
    reviewer.case = case = judge.load(judge.FOLDER / NAMES[0])
    with FakeAnthropic(reviewer) as server:
        first = judge.run(case, judge.faked(server)._replace(record=str(tmp_path)))
        model = judge.faked(server)._replace(replay=str(tmp_path))
        asked = len(server.requests)
        again = judge.run(case, model)
        assert len(server.requests) == asked
    assert again.told == first.told != ()
    assert not again.missed
    nothing = judge.run(case, model._replace(replay=str(tmp_path / "empty")))
    assert nothing.told == ()
    assert sum(nothing.missed.values()) > 12


def test_the_usual_reviewer_looks_twice_and_suspects_twice(repo: Repo) -> None:
    repo.commit({"shop.py": "def start():\n    return 1\n"})
    code = "def total(basket):\n    return sum(item.price_in_cents for item in basket)\n"
    repo.commit(
        {"shop.py": f"def start():\n    return total([])\n\n\n{code}", "cart.py": f"{code}\n"}
    )
    reviewer = Usual()
    with FakeAnthropic(reviewer) as server:
        found = judge.review(repo.path, "HEAD~1..HEAD", judge.faked(server))
    assert server.problems == []
    kinds = [purpose(request) for request in server.requests]
    assert (kinds.count("finder"), kinds.count("intent"), kinds.count("verifier")) == (3, 1, 1)
    assert found.cost.rejected == {"refuted": 1}
    assert [each.checker for each in found.findings].count("judge") == 1
