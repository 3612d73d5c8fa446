"""What a model answers: read where it can be, refused in one sentence where it cannot."""

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checkers.judge import answers
from bot.checkers.judge.answers import Judgement, Support, Unreadable

FINDING: dict[str, Any] = {
    "rule": "house/one",
    "path": "a.py",
    "side": "new",
    "line": 3,
    "quote": "x = 1",
    "supporting": [{"path": "b.py", "ref": "base", "quote": "y = 2"}],
    "exception_considered": "",
    "claim": "It breaks.",
    "instead": "Mend it.",
    "kind": "introduced",
}
ANSWER: dict[str, Any] = {
    "files": [{"path": "a.py", "rules_checked": ["house/one", "house/two"]}],
    "findings": [FINDING],
}
VERDICT: dict[str, Any] = {
    "number": 1,
    "verdict": "violates",
    "decisive_quote": "x = 1",
    "reason": "It is so.",
}
TEXT = json.dumps(ANSWER)


def changed(path: list[Any], value: Any) -> str:
    """The good answer with one value put in another's place, or taken out (`...`)."""
    answer: Any = copy.deepcopy(ANSWER)
    place = answer
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(answer)


def problem(text: str) -> str:
    with pytest.raises(Unreadable) as caught:
        answers.found(text)
    return str(caught.value)


def test_a_good_answer_is_taken_as_it_is() -> None:
    found = answers.found(TEXT)
    assert found.checked == {("a.py", "house/one"), ("a.py", "house/two")}
    (candidate,) = found.candidates
    assert candidate[:8] == (
        "house/one", "a.py", "head", 3, "x = 1", "It breaks.", "Mend it.", "introduced",
    )  # fmt: skip
    assert candidate.supporting == (Support("b.py", "base", "y = 2"),)


def test_the_old_side_is_base() -> None:
    (candidate,) = answers.found(changed(["findings", 0, "side"], "old")).candidates
    assert candidate.side == "base"


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{TEXT}\n```",
        f"```\n{TEXT}\n```\n",
        f"I have looked. {TEXT} That is all.",
        f"The set {{a, b}} matters.\n{TEXT}",
        f'Empty: {{}} and {{"a": 1}}.\n{TEXT}',
        f"[1] {TEXT}",
        f"{TEXT}\n{TEXT}",
        f"{TEXT}\n}}}}",
        json.dumps({**ANSWER, "more": {"deep": [1, {"x": None}]}}, indent=4),
        f"\ufeff \n{TEXT}",
    ],
)  # fmt: skip
def test_the_answer_is_found_in_what_is_around_it(text: str) -> None:
    assert answers.found(text) == answers.found(TEXT)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["files"], ..., "$.files is missing"),
        (["findings"], ..., "$.findings is missing"),
        (["files"], {}, "$.files must be of type array"),
        (["files", 0], "a.py", "$.files[] must be of type object"),
        (["files", 0, "rules_checked"], "all", "$.files[].rules_checked must be of type array"),
        (["files", 0, "rules_checked", 1], 7, "$.files[].rules_checked[] must be of type string"),
        (["findings", 0, "line"], True, "$.findings[].line must be of type integer"),
        (["findings", 0, "line"], "3", "$.findings[].line must be of type integer"),
        (["findings", 0, "line"], 3.0, "$.findings[].line must be of type integer"),
        (["findings", 0, "quote"], None, "$.findings[].quote must be of type string"),
        (["findings", 0, "quote"], False, "$.findings[].quote must be of type string"),
        (["findings", 0, "claim"], ..., "$.findings[].claim is missing"),
        (["findings", 0, "side"], "both", "$.findings[].side must be one of new, old"),
        (["findings", 0, "supporting"], None, "$.findings[].supporting must be of type array"),
        (
            ["findings", 0, "supporting", 0, "ref"],
            "new",
            "$.findings[].supporting[].ref must be one of head, base",
        ),
        (
            ["findings", 0, "kind"],
            "maybe",
            "$.findings[].kind must be one of introduced, worsened, preexisting",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_named(path: list[Any], value: Any, said: str) -> None:
    assert problem(changed(path, value)) == said


@pytest.mark.parametrize(
    "text", ["", "No findings.", "{", "}{", "```json\n```", TEXT[:-1], "{" * 99]
)
def test_text_without_an_object_is_refused(text: str) -> None:
    assert problem(text) in ("no JSON object in the answer", "$.files is missing")


@pytest.mark.parametrize("text", ["null", "true", "7", "[]", '"x"', "NaN", f"[{TEXT}]"])
def test_json_that_is_no_object_is_refused(text: str) -> None:
    assert problem(text) == "$ must be of type object"


@pytest.mark.parametrize(
    "opening", ["{", '{"a":', "[", '{"files":[', '{"a":"', "{}", '{"a":[{"b":']
)
def test_a_megabyte_of_nonsense_is_refused(opening: str) -> None:
    problem(opening * (1_000_000 // len(opening)))


def test_only_so_many_places_are_tried() -> None:
    assert answers.found("{" * 49 + TEXT) == answers.found(TEXT)
    assert problem("{" * 50 + TEXT) == "no JSON object in the answer"


def test_deep_nesting_and_endless_numbers_are_refused() -> None:
    problem("[" * 100_000 + "]" * 100_000)
    problem('{"a":' * 100_000 + "1" + "}" * 100_000)
    problem(f'{{"files": {"9" * 10_000}}}')
    problem(TEXT.replace(": 3", f": {'9' * 10_000}"))


def test_an_answer_beside_deep_nesting_is_still_found() -> None:
    deep = '{"files": [], "findings": [], "more": ' + "[" * 500 + "]" * 500 + "}"
    assert answers.found(deep).candidates == ()


def test_halves_of_characters_are_replaced() -> None:
    text = changed(["findings", 0, "claim"], "a\ud83d b")
    (candidate,) = answers.found(text).candidates
    assert candidate.claim == "a\ufffd b"
    (candidate,) = answers.found(changed(["findings", 0, "quote"], "😀 \udc80")).candidates
    assert candidate.quote == "😀 \ufffd"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*ANSWER, *FINDING]), inner),
)


@given(st.text() | JSON.map(json.dumps) | st.text(alphabet='{}[]",:\\ua1'))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    for read in (answers.found, lambda said: answers.judgements(said, 1)):
        with contextlib.suppress(Unreadable):
            read(text)


@given(st.sampled_from([*FINDING]), JSON)
def test_a_finding_with_any_value_in_it_is_read_or_refused(key: str, value: Any) -> None:
    with contextlib.suppress(Unreadable):
        assert len(answers.found(changed(["findings", 0, key], value)).candidates) == 1


def test_every_schema_is_closed_and_asks_for_all_it_names() -> None:
    todo: list[Any] = [answers.FINDER_SCHEMA, answers.VERIFIER_SCHEMA, answers.SCHEMA]
    while todo:
        schema = todo.pop()
        if schema["type"] == "object":
            assert schema["additionalProperties"] is False
            assert schema["required"] == [*schema["properties"]]
            todo += schema["properties"].values()
        elif schema["type"] == "array":
            todo.append(schema["items"])


def test_verdicts_are_read_by_number() -> None:
    several = [{**VERDICT, "number": 2, "verdict": "does_not"}, VERDICT]
    given = answers.judgements(json.dumps({"answers": several}), 2)
    assert given == {1: Judgement("violates", "x = 1"), 2: Judgement("does_not", "x = 1")}


@pytest.mark.parametrize(
    ("several", "said"),
    [
        ([], "$.answers: no answer for number 1"),
        ([{**VERDICT, "number": 2}], "$.answers: no answer for number 1"),
        ([VERDICT], "$.answers: no answer for number 2"),
        ([{**VERDICT, "number": True}], "$.answers[].number must be of type integer"),
        ([{**VERDICT, "verdict": "yes"}], "$.answers[].verdict must be one of violates, does_not, cannot_tell"),
    ],
)  # fmt: skip
def test_a_verdict_on_every_suspicion_is_wanted(several: list[Any], said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        answers.judgements(json.dumps({"answers": several}), 2)
    assert str(caught.value) == said


def test_of_two_verdicts_on_one_suspicion_the_one_that_drops_it_counts() -> None:
    for several in ([VERDICT, {**VERDICT, "verdict": "does_not"}], [{**VERDICT, "verdict": "cannot_tell"}, VERDICT]):  # fmt: skip
        given = answers.judgements(json.dumps({"answers": several}), 1)
        assert given[1].verdict != "violates"
