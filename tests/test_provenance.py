"""Who wrote a commit: identities, trailers in every form, what is no sign, and hostile messages."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Commit
from bot.outside.git_history import parse_commit
from bot.provenance import agents, commits, identities, messages, pull_requests
from bot.provenance.pull_requests import Opening

TABLE = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "provenance.jsonl").read_text().splitlines()
]
RANK = ("low", "medium", "high")


def commit(
    message: str = "Work\n",
    author: str = "Maren <maren@example.org>",
    committer: str = "Maren <maren@example.org>",
) -> Commit:
    name, mail = author.removesuffix(">").split(" <")
    by, at = committer.removesuffix(">").split(" <")
    return Commit("a" * 40, (), name, mail, by, at, message)


def said(message: str, **who: str) -> tuple[str, tuple[str, ...], str]:
    found = commits.classify(commit(message, **who))
    return found.writer, found.agents, found.confidence


# Real commits ----------------------------------------------------------------------------------


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['repo']}@{row['sha'][:8]}")
def test_real_commits_are_classified_as_a_reader_did(row: dict) -> None:  # type: ignore[type-arg]
    found = commits.classify(commit(row["message"], row["author"], row["committer"]))
    # What only a note tells is tried where notes are read (tests/test_authorship.py).
    expected = "unknown" if row["note_only"] else row["expected"]
    assert found.writer == expected, found.evidence
    if expected == "ai":
        assert set(row["agents"]) <= set(found.agents)
        assert RANK.index(found.confidence) <= RANK.index(row["max_confidence"])


def test_the_table_of_real_commits_is_large_and_mixed() -> None:
    assert len(TABLE) >= 60
    assert sum(row["expected"] != "ai" for row in TABLE) >= 25
    assert len({row["sha"] for row in TABLE}) == len(TABLE)


# Forms of trailers ------------------------------------------------------------------------------

CLAUDE = "Co-authored-by: Claude <noreply@anthropic.com>"


@pytest.mark.parametrize(
    "message",
    [
        f"Work\n\n{CLAUDE}\n",
        "Work\n\nCo-Authored-By: Claude Opus 4.5 (1M context) <noreply@anthropic.com>",
        f"Squash\n\n* one\n\n  {CLAUDE}\n\n* two\n\nSigned-off-by: Maren <maren@example.org>\n",
        f"Work\\n\\n{CLAUDE}",
        f"Work\r\n\r\n{CLAUDE}\r\n",
        f"Work\n\n│ {CLAUDE}\n",
        f"Work\n\n- {CLAUDE}\n> text",
        "Work\n\nCo-authored-by: Claude noreply@anthropic.com\n",
        "Work\n\nCo-authored-by: noreply@anthropic.com",
        "Work\n\nCO-AUTHORED-BY :  Claude   <NoReply@Anthropic.com>  ",
        "Work\n\nClaude-Session: https://claude.ai/code/session_1\n",
    ],
)
def test_a_trailer_counts_wherever_and_however_it_stands(message: str) -> None:
    assert said(message) == ("ai", ("Claude Code",), "high")


@pytest.mark.parametrize(
    ("message", "agent", "confidence"),
    [
        ("W\n\nCo-authored-by: Claude", "Claude Code", "medium"),
        ("W\n\nCo-authored-by: Gemini", "Gemini CLI", "medium"),
        ("W\n\nCo-authored-by: Claude 3.5 Sonnet <claude-3-5-sonnet@anthropic.com>", "Claude Code", "medium"),
        ("W\n\nCo-authored-by: OpenHands-<MODEL> openhands@all-hands.dev", "OpenHands", "high"),
        ("W\n\nCo-authored-by: Claude Sonnet 4.5 <me@corp.example>", "Claude Code", "medium"),
        ("W\n\nCo-authored-by: Codex <noreply@openai.com>", "Codex", "high"),
        ("W\n\nCo-authored-by: aider (gpt-5) <aider@aider.chat>", "Aider", "high"),
        ("W\n\nCo-authored-by: Cursor <cursoragent@cursor.com>", "Cursor", "high"),
        ("W\n\nMade-with: Cursor", "Cursor", "medium"),
        ("W\n\nReplit-Commit-Author: Agent", "Replit", "high"),
        ("W\n\nAssisted-by: Claude:claude-opus-4 coccinelle", "Claude Code", "medium"),
        ("W\n\nAssisted-by: Crush:gpt-5 <crush@charm.land>", "Crush", "medium"),
        ("W\n\nGenerated-by: GitHub Copilot", "GitHub Copilot", "medium"),
        ("W\n\nCo-authored-by-AI: Mysterious (m-1)", "Mysterious (m-1)", "medium"),
        ("W\n\nAi-assisted: true", "an agent", "medium"),
        ("W\n\n🤖 Generated with [Claude Code](https://claude.com/claude-code)", "Claude Code", "medium"),
        ("[codex] Add a shop", "Codex", "low"),
        ("W\n\nCo-authored-by: Copilot <copilot@github.com>", "GitHub Copilot", "low"),
        (
            "W\n\nCo-authored-by: cubic-dev-ai[bot] <191113872+cubic-dev-ai[bot]@users.noreply.github.com>",
            "cubic", "low",
        ),
        (
            "W\n\nCo-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>",
            "GitHub Copilot", "high",
        ),
    ],
)  # fmt: skip
def test_every_sign_speaks_with_its_own_confidence(
    message: str, agent: str, confidence: str
) -> None:
    assert said(message) == ("ai", (agent,), confidence)


@pytest.mark.parametrize(
    "message",
    [
        "Fix the cursor of the database",
        "aider: support fzf in backwards search",
        "Add claude-opus-4.5 to the list of models",
        "Remove the Claude workflow\n\nIt used `Co-authored-by: Claude <noreply@anthropic.com>` before.",
        "W\n\nCo-authored-by: Claude Dupont <claude.dupont@example.org>",
        "W\n\nCo-authored-by: Devin <devin@example.org>",
        "W\n\nCo-authored-by: Jules Verne <jules@example.org>",
        "W\n\nCo-authored-by: Alex <alex@anthropic.com>",
        "W\n\nCo-authored-by: Alex <alex@all-hands.dev>",
        "W\n\nMade-with: love",
        "W\n\nReplit-Commit-Author: Maren",
        "W\n\nAssisted-by: Jonas",
        "W\n\nGenerated with protoc",
        "W\n\nReviewed-by: Maren <maren@example.org>",
    ],
)
def test_words_and_people_are_no_signs(message: str) -> None:
    assert commits.classify(commit(message)).writer == "unknown"


def test_several_agents_on_one_commit_are_all_named_the_surest_first() -> None:
    message = f"[codex] Work\n\nMade-with: Cursor\n{CLAUDE}\n"
    assert said(message) == ("ai", ("Claude Code", "Cursor", "Codex"), "high")


# Identities --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("author", "verdict"),
    [
        ("Maren (aider) <maren@example.org>", ("ai", ("Aider",), "high")),
        ("Claude <noreply@anthropic.com>", ("ai", ("Claude Code",), "high")),
        ("claude[bot] <41898282+claude[bot]@users.noreply.github.com>", ("ai", ("Claude Code",), "high")),
        ("github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>", ("automation", (), "high")),
        ("dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>", ("automation", (), "high")),
        ("new-thing[bot] <1+new-thing[bot]@users.noreply.github.com>", ("unknown", (), "low")),
        ("Copilot <198982749+Copilot@users.noreply.github.com>", ("ai", ("GitHub Copilot",), "high")),
        ("Copilot <1+Copilot@users.noreply.github.com>", ("unknown", (), "low")),
        ("Devin AI <158243933+devin-ai-integration[bot]@users.noreply.github.com>", ("ai", ("Devin",), "high")),
        ("Devin Jones <devin@example.org>", ("unknown", (), "low")),
        ("GitHub <noreply@github.com>", ("unknown", (), "low")),
    ],
)  # fmt: skip
def test_an_author_is_known_by_address_and_account(
    author: str, verdict: tuple[str, tuple[str, ...], str]
) -> None:
    assert said("Work", author=author) == verdict


def test_who_only_commits_may_have_applied_a_persons_work() -> None:
    assert said("Work", committer="Cursor Agent <cursoragent@cursor.com>")[2] == "medium"


def test_a_program_that_an_agent_helped_is_the_agents() -> None:
    author = "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>"
    assert said(f"Bump\n\n{CLAUDE}", author=author)[0] == "ai"


def test_agents_of_the_house_are_known_by_what_the_policy_says() -> None:
    house = commits.House({"marvin@example.org": "Marvin", "marvin[bot]": "Marvin"})
    by_mail = commits.classify(commit(author="M <marvin@example.org>"), house)
    by_login = commits.classify(commit(author="x <5+marvin[bot]@users.noreply.github.com>"), house)
    assert (by_mail.agents, by_login.agents) == (("Marvin",), ("Marvin",))


# A person's word ---------------------------------------------------------------------------------


def test_a_person_may_say_so_where_nothing_speaks_against_it() -> None:
    assert said("Work\n\nHuman-Authored: true") == ("human", (), "medium")
    assert said(f"Work\n\nHuman-Authored: true\n{CLAUDE}")[0] == "ai"
    assert said("Work\n\nHuman-Authored: no")[0] == "unknown"


def test_agents_that_vouch_are_named_with_their_line() -> None:
    message = f"W\n\n{CLAUDE}\nSigned-off-by: Codex <codex@openai.com>\nReviewed-by: Maren <m@example.org>\n"
    assert list(commits.vouchers(commit(message))) == [
        ("Signed-off-by: Codex <codex@openai.com>", "Codex")
    ]


# Branches ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("branch", "verdict"),
    [
        ("codex/add-shop", ("Codex", "medium")),
        ("claude/add-shop", ("Claude Code", "low")),
        ("devin/1700000000-shop", ("Devin", "low")),
    ],
)
def test_the_name_of_a_branch_is_a_weak_sign(branch: str, verdict: tuple[str, str]) -> None:
    (sign,) = pull_requests.signs(Opening(branch))
    assert (sign.agent, sign.confidence) == verdict


@pytest.mark.parametrize("branch", ["", "main", "agent/x", "feature/claude/x", "cursors"])
def test_other_branches_say_nothing(branch: str) -> None:
    assert not list(pull_requests.signs(Opening(branch)))


@pytest.mark.parametrize(
    ("opening", "told"),
    [
        (Opening(login="devin-ai-integration[bot]", account="158243242"), [("Devin", "medium")]),
        (Opening(login="Copilot", account="198982749"), [("GitHub Copilot", "medium")]),
        (Opening(login="Copilot", account="7"), []),
        (Opening(login="chatgpt-codex-connector[bot]", account="199175422"), [("Codex", "low")]),
        (Opening(login="jules", account="12"), []),
        (Opening(body="Text\n\n🤖 Generated with [Claude Code](https://claude.com)"), [("Claude Code", "low")]),
        (Opening(body="We talked about Claude Code."), []),
        (Opening(labels=("bug", "amp")), [("Amp", "low")]),
        (Opening("codex/x", "maren", "5", "Made with Cursor"), [("Codex", "medium"), ("Cursor", "low")]),
    ],
)  # fmt: skip
def test_a_pull_request_gives_weak_signs(opening: Opening, told: list[tuple[str, str]]) -> None:
    found = [(sign.agent, sign.confidence) for sign in pull_requests.signs(opening)]
    assert found == told


# The table of agents -----------------------------------------------------------------------------


def test_no_sign_stands_for_two_agents_and_all_are_in_lower_case() -> None:
    seen: dict[str, str] = {}
    for agent in agents.AGENTS:
        for sign in (
            *agent.mails,
            *agent.logins,
            *agent.ids,
            *agent.names,
            *agent.trailers,
            *agent.slight,
        ):
            assert sign == sign.lower()
            assert seen.setdefault(sign, agent.name) == agent.name
            assert sign not in agents.AUTOMATION


# Hostile messages --------------------------------------------------------------------------------


@given(st.text(max_size=400), st.text(max_size=80), st.text(max_size=80))
def test_any_message_gets_a_verdict(message: str, name: str, mail: str) -> None:
    found = commits.classify(Commit("a" * 40, (), name, mail, mail, name, message))
    assert found.writer in ("ai", "human", "automation", "unknown")


LINES = st.lists(
    st.sampled_from(
        ["Co-authored-by:", "claude", "<", ">", "noreply", "@", "anthropic", ".com", "\n", "\\n", " ", ":",
         "Signed-off-by:", "[bot]", "Made-with:", "cursor", "Generated with", "aider", "(", ")"]
    ), max_size=30,
)  # fmt: skip


@given(LINES)
def test_pieces_of_signs_never_make_a_high_one(pieces: list[str]) -> None:
    message = "".join(pieces)
    found = commits.classify(commit(message))
    if found.confidence == "high" and found.writer == "ai":
        plain = messages.readable(message).lower()
        assert "noreply@anthropic.com" in plain or "made-with: " in plain or "made-with:" in plain


@pytest.mark.parametrize(
    "message",
    [
        "Co-authored-by: " + "<" * 200_000,
        "Co-authored-by: " + "a@" * 200_000,
        "\n".join(["Co-authored-by: Claude <noreply@anthropic.com>"] * 50_000),
        "\\n" * 500_000,
        "-" * 500_000 + ": x",
        "Generated with " * 50_000,
        ("a-" * 20 + ": ") * 20_000,
    ],
    ids=["brackets", "addresses", "many", "line breaks", "dashes", "footers", "keys"],
)
def test_huge_messages_cost_little(message: str) -> None:
    started = time.thread_time()
    commits.classify(commit(message))
    identities.agent_of(message, message)
    assert time.thread_time() - started < 5


def test_a_commit_in_another_encoding_is_read_in_it() -> None:
    data = (
        b"tree " + b"0" * 40 + b"\nparent " + b"1" * 40 + b"\nauthor J\xfcrgen <j@example.org> 1 +0000\n"
        b"committer C <c@example.org> 1 +0000\nencoding ISO-8859-1\n\nGr\xfc\xdfe\n"
    )  # fmt: skip
    made = parse_commit("2" * 40, data)
    assert (made.author_name, made.message, made.parents) == ("Jürgen", "Grüße\n", ("1" * 40,))


@pytest.mark.parametrize("encoding", [b"no-such", b"hex", b"utf-8\xff", b"idna", b"undefined"])
def test_an_encoding_that_is_none_breaks_nothing(encoding: bytes) -> None:
    data = b"author A <a@b> 1 +0000\nencoding " + encoding + b"\n\nhello \xff\n"
    assert parse_commit("2" * 40, data).message.startswith("hello")


@given(st.binary(max_size=300))
def test_any_bytes_are_some_commit(data: bytes) -> None:
    assert parse_commit("2" * 40, data).id == "2" * 40
