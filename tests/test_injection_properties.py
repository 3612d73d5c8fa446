"""Whatever a model answers: no crash, nothing unsanitised, and findings only where the change is."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Repo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from injection import APP, RULE, VIOLATION, assert_no_markup, assert_plain
from judging import FENCE, answer, material_of, rule

from bot import judged, publishers, redaction
from bot.checkers.judge import budget, plans, scope, session
from bot.checkers.judge.desk import Desk
from bot.checkers.judge.material import Material
from bot.checkers.judge.verdicts import Verdicts
from bot.domain import Authorship, Change, Policy, Review
from bot.outside.cache import Cache
from bot.outside.llm import Answer, Call

HOUSE = rule(RULE, severity="warning", sections={"Why": "One place.", "Instead": "Move it."})
ODD = "\x00\x1b\x07\x9b\u202e\u2066\u200b\ufe0f\u3164\U000e0041\u2028\r\n\t`<>[]()!@#$|~*_&\\:/%"
WORDS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet=ODD, max_size=30),
    st.sampled_from(
        [
            RULE, "app.py", VIOLATION, "    return price", "head", "base", "new", "old", "introduced",
            "violates", ".env", "../x", "[x](https://evil.example)", "@maren", "x" * 5_000, "\x1b]8;;x\x07",
            "```suggestion\nx", "<!-- x -->", "- a\n- b", "www.evil.example", "/merge", "%0A::error::x",
        ]
    ),
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def field(*likely: Any) -> st.SearchStrategy[Any]:
    """Mostly what is meant, so that much comes through."""
    return st.one_of(st.sampled_from(likely), st.sampled_from(likely), WORDS)


FINDING = st.fixed_dictionaries(
    {
        "rule": st.just(RULE) | WORDS,
        "path": field("app.py", "gone.py", "other.py"),
        "side": st.sampled_from(["new", "new", "old"]),
        "line": st.integers(-3, 12) | st.integers(),
        "quote": field(VIOLATION, "def handle(total, x):", "    return total", "    subprocess.run(x, shell=True)"),
        "supporting": st.lists(
            st.fixed_dictionaries(
                {"path": field("other.py"), "ref": st.sampled_from(["head", "base"]), "quote": field("value = 1")}
            ),
            max_size=2,
        ),
        "exception_considered": WORDS,
        "claim": WORDS,
        "instead": WORDS,
        "kind": st.sampled_from(["introduced", "worsened", "preexisting"]),
    }
)  # fmt: skip
FILES = st.lists(
    st.fixed_dictionaries({"path": field("app.py", "gone.py"), "rules_checked": st.lists(st.just(RULE) | WORDS, max_size=2)}),
    max_size=3,
)  # fmt: skip
FOUND = st.fixed_dictionaries({"files": FILES, "findings": st.lists(FINDING, max_size=4)})
VERIFIED = st.fixed_dictionaries(
    {
        "answers": st.lists(
            st.fixed_dictionaries(
                {
                    "number": st.integers(1, 4),
                    "verdict": st.sampled_from(["violates", "violates", "does_not", "cannot_tell"]),
                    "decisive_quote": field(VIOLATION.strip(), "subprocess.run(x, shell=True)"),
                    "reason": WORDS,
                }
            ),
            min_size=4, max_size=6,
        )
    }
)  # fmt: skip
TEXTS = st.one_of(FOUND.map(json.dumps), FOUND.map(json.dumps), VALUES.map(json.dumps), WORDS)
USES = st.lists(
    st.tuples(
        field("read_file", "search", "list_dir", "outline", "find_references", "import_edges"),
        st.dictionaries(field("path", "pattern", "name", "ref", "glob"), VALUES, max_size=3),
    ),
    max_size=2,
)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Material]:
    repo = Repo(tmp_path_factory.mktemp("answers") / "repo")
    before: dict[str, str | bytes | None] = {
        "app.py": "def handle(total, x):\n    return total\n",
        "gone.py": "value = 1\n",
        "other.py": "value = 1\n",
        ".env": "DATABASE=value-in-dotenv-7731\n",
    }
    redactor = redaction.Redactor()
    after: dict[str, str | bytes | None] = {"app.py": APP, "gone.py": None}
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
            patch.setenv(name, "Maren")
        for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
            patch.setenv(name, "maren@example.org")
        base, head = repo.commit(before), repo.commit(after)
        folder = str(repo.path)
        with material_of(
            folder, base, head, lambda text, path: redactor.redact(text, path).text
        ) as found:
            yield found


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXTS, min_size=1, max_size=3), VERIFIED.map(json.dumps) | TEXTS, USES)
def test_any_answer_is_survived_and_shown_as_text(
    material: Material, texts: list[str], verified: str, uses: list[Any]
) -> None:
    asked: list[Call] = []

    def ask(call: Call) -> Answer:
        asked.append(call)
        if call.purpose == "verifier":
            return answer(verified)
        if len(asked) == 1 and uses:
            return answer("", *uses)
        return answer(texts[min(len(asked) - 1, len(texts) - 1)])

    desk = Desk("model-a", "model-a", material, FENCE, (HOUSE,))
    files = material.comparison.change.files
    wanted = plans.Wanted(scope.pairs(files, [HOUSE], Policy(), Authorship()), ())
    meter = budget.Meter(budget.Limits(tokens=None, usd=None), budget.NOTHING)
    verdicts = Verdicts(Cache(None), desk)
    plan = plans.plan(wanted, desk, verdicts, meter)
    outcome = session.carry_out(plan, wanted, desk, verdicts, ask, meter)
    findings = [judged._finding(proven, [HOUSE], desk) for proven in outcome.held]
    for proven, finding in zip(outcome.held, findings, strict=True):
        lines = material.lines(proven.side, finding.path) or ()
        assert finding.path == "app.py"
        assert 1 <= proven.start <= proven.end <= len(lines)
        assert 1 <= finding.start_line <= finding.end_line
        assert finding.severity == "warning"
        assert all(row in lines for row in finding.quote.split("\n") if finding.quote)
    for call in asked:
        assert "value-in-dotenv" not in repr(call.messages)
    change = Change("a change", "b", "h", "b", files)
    texts_of = {"app.py": tuple(material.lines("head", "app.py") or ())}
    review = Review(
        change=change,
        findings=tuple(findings),
        coverage=tuple(judged._coverage(wanted, outcome)),
        verdict="blocked",
        blocking=frozenset(),
        rules={RULE: HOUSE},
        texts=texts_of,
        seconds=0.1,
        cached=0,
        analysed=1,
        authorship=Authorship(),
        cost=judged._cost(meter.spent, outcome, 0),
    )
    for name in publishers.PUBLISHERS:
        text = publishers.load(name).render(review, publishers.Paper())
        assert_plain(text)
        if name in ("markdown", "prompt"):
            assert_no_markup(text)
        if name == "github":
            assert all(line.startswith("::") for line in text.splitlines())
