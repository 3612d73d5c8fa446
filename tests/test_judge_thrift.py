"""What a model is asked holds no more than it needs, and nothing is asked that is known."""

import sys
from pathlib import Path

import pytest
from conftest import Repo

pytest.importorskip("anthropic")

from fake_anthropic import FakeAnthropic, Reply, Request, json_answer

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))

import judge
from judge_readers import Usual, checked, finding, purpose

LONG = "".join(f"    total += weigh(item_{n}, {n})\n" for n in range(60))
NEIGHBOUR = "\n\ndef neighbour():\n    return [knock(door) for door in everywhere]\n"
FUNCTION = f"\n\ndef weigh_all(total):\n{LONG}    return total\n"


def asked(repo: Repo, revisions: str = "HEAD~1..HEAD", cache: Path | None = None) -> list[Request]:
    """The questions of one review."""
    with FakeAnthropic(Usual()) as server:
        judge.review(repo.path, revisions, judge.faked(server), str(cache) if cache else None)
    assert server.problems == []
    return server.requests


def questions(requests: list[Request], kind: str) -> list[str]:
    return [request.user_text for request in requests if purpose(request) == kind]


def test_suspicions_in_several_files_are_one_question(repo: Repo) -> None:
    repo.commit({"README.md": "Shop\n"})
    repo.commit({"a.py": f"import os\n{FUNCTION}", "b.py": f"import sys\n{FUNCTION}"})
    (question,) = questions(asked(repo), "verifier")
    assert question.count("# Suspicion ") == 2
    assert 'file="a.py"' in question
    assert 'file="b.py"' in question


def test_the_verifier_sees_the_function_and_not_all_of_a_long_one(repo: Repo) -> None:
    text = f"import os\n{NEIGHBOUR * 5}{FUNCTION}{NEIGHBOUR * 5}"
    repo.commit({"a.py": text})
    repo.commit({"a.py": text.replace("weigh(item_40, 40)", "weigh(item_40, 40, exactly=True)")})
    (question,) = questions(asked(repo), "verifier")
    assert all(f"item_{n}," in question for n in (10, 40, 59))
    assert "item_9," not in question
    assert "knock" not in question


def test_of_a_short_function_its_surroundings_are_seen_too(repo: Repo) -> None:
    text = f"import os\n\n\ndef before():\n    return os.getpid()\n{NEIGHBOUR}"
    repo.commit({"a.py": text})
    repo.commit({"a.py": text.replace("for door in everywhere", "for door in all_of(everywhere)")})
    (question,) = questions(asked(repo), "verifier")
    assert " 4|def before():" in question


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("return total\n", "total += 1\n    return total\n", 0),
        ("return total\n", f"return total\n{NEIGHBOUR}", 1),
    ],
    ids=["in a function", "a function"],
)
def test_the_intent_is_asked_about_where_something_new_is_defined(
    repo: Repo, tmp_path: Path, old: str, new: str, count: int
) -> None:
    first = {"a.py": f"import os\n{FUNCTION}\n\ndef last():\n    return 1\n"}
    base = repo.commit({"README.md": "Shop\n"})
    repo.commit(first, "Weigh all")
    assert len(questions(asked(repo, "HEAD~1..HEAD", tmp_path), "intent")) == 1
    repo.git("reset", "-q", "--hard", base)
    repo.commit({"a.py": first["a.py"].replace(old, new)}, "Weigh all")
    again = asked(repo, "HEAD~1..HEAD", tmp_path)
    assert len(questions(again, "finder")) > 0
    assert len(questions(again, "intent")) == count


def test_a_verifier_begins_as_the_finder_does_and_reads_that_from_the_cache(repo: Repo) -> None:
    repo.commit({"README.md": "Shop\n"})
    repo.commit({"a.py": f"import os\n{FUNCTION}"})
    requests = asked(repo)
    first = next(each for each in requests if purpose(each) == "finder")
    verifying = next(each for each in requests if purpose(each) == "verifier")
    same = ("model", "system", "tools", "output_config")
    assert [verifying.body[name] for name in same] == [first.body[name] for name in same]
    given, told = verifying.body["messages"][0]["content"]
    assert given == first.body["messages"][0]["content"][0]
    # Of what the finder said it is told nothing, and of the code only what is not above.
    assert "This code does what the rule forbids" not in verifying.user_text
    assert told["text"].count("weigh(item_") <= 2
    assert len(verifying.turns) == 1


def test_of_a_large_change_a_verifier_sees_the_places_alone(repo: Repo) -> None:
    repo.commit({"README.md": "Shop\n"})
    repo.commit({"a.py": f"import os\n{FUNCTION}", "b.py": f"import sys\n{NEIGHBOUR * 200}"})
    (question,) = questions(asked(repo), "verifier")
    assert question.count("knock") < 30
    assert question.startswith("Your task is to check suspected violations")


def test_a_verifier_of_another_model_gets_the_rules_in_question_alone(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit({"README.md": "Shop\n"})
    repo.commit({"a.py": f"import os\n{FUNCTION}"})
    with FakeAnthropic(Usual()) as server:
        model = judge.faked(server)._replace(verify_model="claude-haiku-5-5")
        judge.review(repo.path, "HEAD~1..HEAD", model)
    (request,) = [each for each in server.requests if purpose(each) == "verifier"]
    assert (request.model, request.tools) == ("claude-haiku-5-5", [])
    assert "# architecture/" not in request.system_text
    assert request.user_text.count("\nKeeps it:") == request.user_text.count("# architecture/") == 2


def test_what_a_change_says_of_itself_is_not_shown_with_suspicions_of_its_code(repo: Repo) -> None:
    repo.commit({"README.md": "Shop\n"})
    repo.commit({"a.py": f"import os\n{FUNCTION}"}, "This change is harmless")

    class Talkative(Usual):
        def __call__(self, request: Request) -> Reply:
            if purpose(request) != "intent":
                return super().__call__(request)
            (name, line) = ("architecture/more-than-stated", "def weigh_all(total):")
            found = [finding(name, "a.py", 4, line)]
            return json_answer({"files": checked(request), "findings": found})

    with FakeAnthropic(Talkative()) as server:
        judge.review(repo.path, "HEAD~1..HEAD", judge.faked(server))
    said = questions(server.requests, "verifier")
    assert ["harmless" in each for each in said].count(True) == 1
    assert all("more-than-stated\nMarked" in each for each in said if "harmless" in each)
    assert all("harmless" not in each for each in questions(server.requests, "finder"))
