"""Who wrote which line: notes, traces, blame, what a policy makes of it, and what is shown."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import Command, Ran, Repo
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bot.domain import Commit, Hunk
from bot.provenance import agent_trace, git_ai, lines
from bot.provenance.records import Records

CLAUDE = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
SESSION = "s_0a1b2c3d4e5f60::t_11223344556677"
TRACES = ".agent-trace/traces.jsonl"
HUMAN = "h_99aabbccddeeff"


def note(*entries: str, schema: str = "authorship/3.0.0", **more: Any) -> str:
    about = {
        "schema_version": schema,
        "base_commit_sha": "0" * 40,
        "prompts": {"abcdef0": {"agent_id": {"tool": "cursor", "id": "1", "model": "m"}}},
        "humans": {HUMAN: {"author": "Kim <kim@example.org>"}},
        "sessions": {SESSION.partition("::")[0]: {"agent_id": {"tool": "codex", "id": "c", "model": "m"}}},
        **more,
    }  # fmt: skip
    return "".join(f"{entry}\n" for entry in entries) + "---\n" + json.dumps(about)


def attach(repo: Repo, text: str, commit: str = "HEAD") -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=text.encode())
    repo.git("notes", "--ref=ai", "add", "-f", "-C", blob, commit)


def numbered(count: int) -> str:
    return "".join(f"x{n} = {n}\n" for n in range(1, count + 1))


def authorship(review: Command, repo: Repo, *arguments: str) -> dict[str, Any]:
    ran = review(repo, "authorship", *arguments, "--format", "json")
    assert ran.code == 0, ran.err
    return ran.review


def by_line(document: dict[str, Any], path: str) -> list[tuple[int, int, str, list[str]]]:
    (file,) = [each for each in document["files"] if each["path"] == path]
    return [(s["start_line"], s["end_line"], s["verdict"], s["agents"]) for s in file["lines"]]


def only(document: dict[str, Any]) -> tuple[str, list[str], str]:
    (commit,) = document["commits"]
    return commit["verdict"], commit["agents"], commit["confidence"]


@pytest.fixture
def shop(repo: Repo) -> Repo:
    repo.commit({"a.py": "x = 0\n"})
    repo.branch("work")
    return repo


# Notes ------------------------------------------------------------------------------------------


def test_a_note_tells_the_lines_of_agent_person_and_nobody(shop: Repo, review: Command) -> None:
    shop.commit({"b.py": numbered(12)})
    attach(shop, note("b.py", f"  {SESSION} 2-4,9", f"  {HUMAN} 10-11"))
    document = authorship(review, shop, "HEAD^!")
    assert only(document) == ("ai", ["Codex"], "high")
    assert by_line(document, "b.py") == [
        (1, 1, "unknown", []),
        (2, 4, "ai", ["Codex"]),
        (5, 8, "unknown", []),
        (9, 9, "ai", ["Codex"]),
        (10, 11, "human", []),
        (12, 12, "unknown", []),
    ]


@pytest.mark.parametrize(
    ("entry", "verdict"),
    [
        ("abcdef0 1-2", ("ai", ["Cursor"], "high")),
        ("ai_agent 1-2", ("ai", ["an agent"], "medium")),
        ("s_unknown::t_1 1-2", ("ai", ["an agent"], "low")),
        ("0123456789abcdef 1-2", ("unknown", [], "low")),
        ("human 1-3", ("human", [], "low")),
        ("6d5a0f6e-0000-4000-8000-000000000000 1-2", ("unknown", [], "low")),
        (f"{SESSION} 7-2", ("unknown", [], "low")),
        (f"{SESSION} 0", ("unknown", [], "low")),
        (f"{SESSION} 1,x,3", ("ai", ["Codex"], "high")),
        (f"{HUMAN} 1-3", ("human", [], "medium")),
        (f"{HUMAN} 1-2", ("unknown", [], "low")),
    ],
)
def test_keys_in_and_out_of_the_standard(
    shop: Repo, review: Command, entry: str, verdict: tuple[str, list[str], str]
) -> None:
    shop.commit({"b.py": numbered(3)})
    attach(shop, note("b.py", f"  {entry}"))
    assert only(authorship(review, shop, "HEAD^!")) == verdict


def test_ranges_in_lines_that_the_commit_did_not_add_are_stale(shop: Repo, review: Command) -> None:
    shop.commit({"b.py": numbered(20)})
    shop.commit({"b.py": numbered(22)})
    attach(shop, note("b.py", f"  {SESSION} 1-20"))
    assert only(authorship(review, shop, "HEAD^!")) == ("unknown", [], "low")


def test_a_note_that_speaks_of_another_version_is_never_sure(shop: Repo, review: Command) -> None:
    shop.commit({"b.py": numbered(3)})
    attach(shop, note("b.py", f"  {SESSION} 1-3", schema="authorship/9"))
    assert only(authorship(review, shop, "HEAD^!")) == ("ai", ["Codex"], "low")


def test_paths_with_spaces_and_notes_in_folders_are_found(shop: Repo, review: Command) -> None:
    commit = shop.commit({"a shop.py": numbered(2)})
    blob = shop.git(
        "hash-object", "-w", "--stdin", stdin=note('"a shop.py"', f"  {SESSION} 1-2").encode()
    )
    listed = f"100644 blob {blob}\t{commit[2:]}".encode()
    inner = shop.git("mktree", stdin=listed)
    tree = shop.git("mktree", stdin=f"040000 tree {inner}\t{commit[:2]}".encode())
    shop.git("update-ref", "refs/notes/ai", shop.git("commit-tree", tree, "-m", "notes"))
    assert only(authorship(review, shop, "HEAD^!")) == ("ai", ["Codex"], "high")


def test_lines_keep_their_writer_when_other_commits_move_them(shop: Repo, review: Command) -> None:
    shop.commit({"b.py": numbered(4)})
    attach(shop, note("b.py", f"  {SESSION} 3-4"))
    shop.commit({"b.py": "import os\n" + numbered(4)})
    shop.git("mv", "b.py", "c.py")
    shop.commit({})
    assert by_line(authorship(review, shop, "main..HEAD"), "c.py") == [
        (1, 1, "unknown", []),
        (2, 3, "unknown", []),
        (4, 5, "ai", ["Codex"]),
    ]


def test_a_note_of_three_megabytes_is_read(shop: Repo, review: Command) -> None:
    shop.commit({"b.py": numbered(3)})
    entries = [
        line for n in range(60_000) for line in (f"f{n}.py", f"  {SESSION} 1-{n + 1},{n + 9}")
    ]
    text = note("b.py", f"  {SESSION} 1-3", *entries)
    assert len(text) > 3_000_000
    attach(shop, text)
    started = time.perf_counter()
    assert only(authorship(review, shop, "HEAD^!")) == ("ai", ["Codex"], "high")
    assert time.perf_counter() - started < 20


@given(st.binary(max_size=200))
def test_any_bytes_may_be_a_note(data: bytes) -> None:
    git_ai.parse(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["schema_version", "sessions", "prompts", "agent_id", "tool", "s_1", "abcdef0"]), inner, max_size=4
    ), max_leaves=12,
)  # fmt: skip


@given(
    st.lists(st.sampled_from(["a.py", "  s_1 1-3", "  abcdef0 2", "  h_1 1", " x", "---", ""])),
    JSON,
)
def test_a_note_without_a_whole_record_is_never_sure(rows: list[str], about: Any) -> None:
    found = git_ai.parse(("\n".join(rows) + "\n---\n" + json.dumps(about)).encode())
    for record in [each for several in (found.files.values() if found else ()) for each in several]:
        if record.writer == "ai" and record.confidence == "high":
            assert str(about["schema_version"]).startswith("authorship/3.")
            tables = [about.get("sessions"), about.get("prompts")]
            assert any(isinstance(each, dict) and each for each in tables)


# Traces -----------------------------------------------------------------------------------------


def trace(revision: str, path: str, kind: str, first: int, last: int, **more: Any) -> str:
    return json.dumps({
        "version": "0.1.0", "id": "0", "timestamp": "2026-01-01T00:00:00Z",
        "vcs": {"type": "git", "revision": revision},
        "files": [{"path": path, "conversations": [
            {"contributor": {"type": kind, "model_id": "openai/gpt-5"},
             "ranges": [{"start_line": first, "end_line": last}]}]}],
        **more,
    })  # fmt: skip


def test_a_trace_tells_of_the_commit_after_its_revision(shop: Repo, review: Command) -> None:
    before = shop.git("rev-parse", "HEAD")
    record = trace(before, "b.py", "ai", 2, 3, tool={"name": "cursor"})
    shop.commit({"b.py": numbered(4), ".agent-trace/traces.jsonl": f"not json\n{record}\n"})
    document = authorship(review, shop, "HEAD^!")
    assert only(document) == ("ai", ["Cursor"], "medium")
    assert by_line(document, "b.py")[1] == (2, 3, "ai", ["Cursor"])


def test_traces_may_lie_where_the_policy_says(repo: Repo, review: Command) -> None:
    before = repo.commit({".architrave.toml": 'traces = ["meta/t.jsonl"]\n'})
    repo.commit({"b.py": numbered(4), "meta/t.jsonl": trace(before, "b.py", "ai", 1, 4)})
    assert only(authorship(review, repo, "HEAD^!"))[0] == "ai"


def test_a_trace_without_lines_speaks_low_of_the_whole_file(shop: Repo, review: Command) -> None:
    before = shop.git("rev-parse", "HEAD")
    shop.commit({"b.py": numbered(4), TRACES: trace(before, "./b.py", "ai", 1, 1)})
    assert only(authorship(review, shop, "HEAD^!"))[2] == "low"


def test_a_trace_tells_of_what_is_not_committed(shop: Repo, review: Command) -> None:
    head = shop.git("rev-parse", "HEAD")
    shop.write({"b.py": numbered(2), TRACES: trace(head, "b.py", "ai", 1, 2)})
    document = authorship(review, shop)
    assert only(document)[0] == "ai"
    assert document["commits"][0]["sha"] is None


@given(st.binary(max_size=300))
def test_any_bytes_may_be_traces(data: bytes) -> None:
    agent_trace.parse(data)


@given(JSON)
def test_any_document_may_be_a_trace_and_none_is_sure(document: Any) -> None:
    row = {
        "vcs": {"revision": "a"},
        "files": [{"path": "a", "conversations": [document, {"ranges": [document]}]}],
    }
    for each in agent_trace.parse(json.dumps(row).encode()):
        assert all(record.confidence != "high" for record in each.files.get("a", ()))


# Lines by commit --------------------------------------------------------------------------------


def test_a_line_belongs_to_the_commit_that_last_touched_it(shop: Repo, review: Command) -> None:
    shop.commit({"b.py": numbered(4)})
    shop.commit({"b.py": numbered(4).replace("x2 = 2", "x2 = 20")}, "Edit" + CLAUDE)
    assert by_line(authorship(review, shop, "main..HEAD"), "b.py") == [
        (1, 1, "unknown", []),
        (2, 2, "ai", ["Claude Code"]),
        (3, 4, "unknown", []),
    ]


def test_lines_not_committed_stand_apart_and_may_be_declared(shop: Repo, review: Command) -> None:
    shop.commit({"b.py": numbered(2)}, "Work" + CLAUDE)
    shop.write({"b.py": numbered(3), "é.py": "x = 1\n"})
    document = authorship(review, shop, "--base", "main", "--declare", "human")
    assert [each["verdict"] for each in document["commits"]] == ["ai", "human"]
    assert by_line(document, "b.py") == [(1, 2, "ai", ["Claude Code"]), (3, 3, "human", [])]
    assert by_line(document, "é.py") == [(1, 1, "human", [])]
    assert shop.git("count-objects", "-v").count("size-garbage: 0") == 1


def test_a_suggestion_that_was_applied_makes_no_line_an_agents(shop: Repo, review: Command) -> None:
    suggestion = (
        "\n\nCo-authored-by: cubic-dev-ai[bot] <1+cubic-dev-ai[bot]@users.noreply.github.com>"
    )
    shop.commit({"b.py": numbered(2)}, "Apply" + suggestion)
    document = authorship(review, shop, "HEAD^!")
    assert only(document) == ("ai", ["cubic"], "low")
    assert by_line(document, "b.py") == [(1, 2, "unknown", [])]


def test_a_bare_repository_a_first_commit_and_an_empty_change_have_authorship(
    shop: Repo, review: Command, tmp_path: Path
) -> None:
    shop.commit({"b.py": numbered(2)}, "Work" + CLAUDE)
    bare = Repo(tmp_path / "bare", bare=True)
    shop.git("push", "-q", str(bare.path), "work", "main")
    assert only(authorship(review, bare, "main..work"))[0] == "ai"
    assert only(authorship(review, bare, "main^!"))[0] == "unknown"
    assert authorship(review, bare, "work..work")["commits"] == []


def test_a_branch_named_as_agents_name_theirs_is_a_sign_for_what_has_none(
    repo: Repo, review: Command
) -> None:
    repo.commit({"a.py": "x = 0\n"})
    repo.branch("codex/shop")
    repo.commit({"b.py": numbered(2)})
    repo.commit({"c.py": numbered(2)}, "Work" + CLAUDE)
    commits = authorship(review, repo, "--committed")["commits"]
    assert [each["agents"] for each in commits] == [["Codex"], ["Claude Code"]]


def test_merges_and_binary_files_have_authorship_too(shop: Repo, review: Command) -> None:
    shop.commit({"b.py": numbered(2), "p.bin": b"\0\1\2\n"}, "Work" + CLAUDE)
    shop.git("checkout", "-q", "main")
    shop.commit({"c.py": numbered(1)})
    shop.git("checkout", "-q", "work")
    shop.git("merge", "-q", "main", "-m", "Merge")
    document = authorship(review, shop, "main..HEAD")
    assert [each["verdict"] for each in document["commits"]] == ["ai", "unknown"]
    assert [each["path"] for each in document["files"]] == ["b.py"]


def test_ten_thousand_commits_are_classified_in_no_time() -> None:
    from bot.provenance import commits

    text = "Work on the shop\n\nA paragraph that says why.\n" * 20 + CLAUDE
    many = [
        Commit(f"{n:040x}", (), "M", "m@example.org", "M", "m@example.org", text)
        for n in range(10_000)
    ]
    started = time.thread_time()
    assert {commits.classify(each).writer for each in many} == {"ai"}
    # Two seconds on two quiet cores (benchmarks/authorship.py); what is not linear takes minutes.
    assert time.thread_time() - started < 20


# The review -------------------------------------------------------------------------------------

POLICY = 'packs = ["python"]\n'
PRINTS = "def f(x):\n    print(x)\n    return x\n"


def findings(ran: Ran) -> list[tuple[str, str, str, list[str]]]:
    return [
        (each["path"], each["severity"], each["authorship"], each["agents"])
        for each in ran.review["findings"]
        if each["label"] == "introduced"
    ]


def mixed(repo: Repo, policy: str) -> None:
    """Three files with the same finding: by an agent, by a person as they say, and without a sign."""
    repo.commit({".architrave.toml": POLICY + policy})
    repo.branch("work")
    repo.commit({"ai.py": PRINTS}, "Work" + CLAUDE)
    repo.commit({"person.py": PRINTS}, "Work\n\nHuman-Authored: true")
    repo.commit({"nobody.py": PRINTS})


def test_a_finding_says_who_wrote_its_lines(repo: Repo, review: Command) -> None:
    mixed(repo, "")
    ran = review.json(repo)
    assert [(path, writer, agents) for path, _, writer, agents in findings(ran)] == [
        ("ai.py", "ai", ["Claude Code"]),
        ("nobody.py", "unknown", []),
        ("person.py", "human", []),
    ]
    text = review(repo).out
    assert "by Claude Code" in text
    assert "34 % of 9 added lines" in text or "33 % of 9 added lines" in text


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("", ["ai.py", "nobody.py", "person.py"]),
        ('scope = "ai"\n', ["ai.py", "nobody.py"]),
        ('scope = "ai"\nunmarked = "human"\n', ["ai.py"]),
        ('unmarked = "skip"\n', ["ai.py", "person.py"]),
    ],
)
def test_the_scope_of_a_policy_leaves_out_lines_and_says_so(
    repo: Repo, review: Command, policy: str, told: list[str]
) -> None:
    mixed(repo, policy)
    ran = review.json(repo)
    assert [path for path, *_ in findings(ran)] == told
    left = [text for text in ran.review["change"]["notes"] if "outside the policy's scope" in text]
    assert len(left) == (len(told) < 3)


def test_severity_may_be_stricter_on_lines_of_agents(repo: Repo, review: Command) -> None:
    mixed(repo, '[severity-ai]\n"python/leftover-print" = "error"\n')
    ran = review.json(repo)
    assert {path: severity for path, severity, *_ in findings(ran)} == {
        "ai.py": "error", "nobody.py": "error", "person.py": "note",
    }  # fmt: skip
    assert ran.code == 1


def test_a_rule_may_be_for_agents_alone(repo: Repo, review: Command) -> None:
    rule = (
        "---\nid: house/x\ntitle: x\nseverity: note\ncheck: ruff\napplies_to: ai\noptions: {codes: [T201]}\n"
        "---\n\n## Why\n\nB.\n\n## Instead\n\nE.\n"
    )
    repo.commit({".architrave/rules/x.md": rule})
    mixed(repo, 'disable = ["python/leftover-print"]\n')
    ran = review.json(repo)
    assert [path for path, *_ in findings(ran)] == ["ai.py", "nobody.py"]


def test_agents_of_the_house_are_named_by_the_policy(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": '[agents]\n"Marvin" = ["marvin@example.org"]\n'})
    repo.branch("work")
    repo.write({"b.py": "x = 1\n"})
    repo.git("add", "-A")
    repo.git("-c", "user.name=M", "commit", "-q", "--author", "M <Marvin@Example.org>", "-m", "w")
    assert only(authorship(review, repo, "HEAD^!")) == ("ai", ["Marvin"], "high")


def test_a_change_does_not_name_its_own_agents_away(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY})
    repo.branch("work")
    repo.commit({"b.py": PRINTS, ".architrave.toml": POLICY + 'unmarked = "skip"\n'})
    assert [path for path, *_ in findings(review.json(repo))] == ["b.py"]


@pytest.mark.parametrize(
    ("policy", "complaint"),
    [
        ('scope = "some"\n', "1: `scope` must be one of all, ai"),
        ('unmarked = "no"\n', "1: `unmarked` must be one of ai, human, skip"),
        ("[agents]\nMarvin = 3\n", "2: `Marvin` must be a list of strings"),
        ('[severity-ai]\n"python/leftover-print" = "bad"\n', "2: severity of"),
        ('[severity-ai]\n"python/nothing" = "note"\n', "2: unknown rule"),
    ],
)
def test_mistakes_in_such_a_policy_are_told(
    repo: Repo, review: Command, policy: str, complaint: str
) -> None:
    repo.commit({".architrave.toml": policy})
    ran = review(repo)
    assert (ran.code, complaint in ran.err) == (2, True)


def test_an_agent_that_signs_off_is_a_finding(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 0\n"})
    repo.branch("work")
    repo.commit({"b.py": "x = 1\n"}, "Work\n\nSigned-off-by: Codex <codex@openai.com>")
    repo.commit({"c.py": "x = 1\n"}, "Work\n\nSigned-off-by: Maren <maren@example.org>")
    repo.commit({"c.py": None}, "Work\n\nReviewed-by: Claude <noreply@anthropic.com>")
    ran = review.json(repo)
    told = [
        (each["path"], each["start_line"], each["message"].partition("says ")[2])
        for each in ran.review["findings"]
        if each["rule"] == "oversight/agent-sign-off"
    ]
    assert told == [
        ("b.py", 1, "`Signed-off-by: Codex <codex@openai.com>`, but Codex is no person"),
        ("b.py", 1, "`Reviewed-by: Claude <noreply@anthropic.com>`, but Claude Code is no person"),
    ]
    assert ran.code == 1


def test_the_same_trees_by_other_commits_are_another_question(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 0\n"})
    repo.branch("work")
    repo.commit({"b.py": "x = 1\n"})
    assert review.json(repo).code == 0
    repo.git("commit", "-q", "--amend", "-m", "Work\n\nSigned-off-by: Codex <codex@openai.com>")
    assert review.json(repo).code == 1


def test_authorship_is_in_the_published_schema(repo: Repo, review: Command) -> None:
    mixed(repo, "")
    schema = json.loads((Path(__file__).parent.parent / "docs" / "review.schema.json").read_text())
    document = review.json(repo).review
    Draft202012Validator(schema).validate(document)
    assert len(document["authorship"]["commits"]) == 3
    part = {"$defs": schema["$defs"], **schema["properties"]["authorship"]}
    Draft202012Validator(part).validate(authorship(review, repo, "main..HEAD"))


def test_authorship_is_shown_to_people(repo: Repo, review: Command) -> None:
    mixed(repo, "")
    text = review(repo, "authorship", "main..HEAD").out
    assert "Claude Code" in text
    assert "3 commits: 1 by agents, 1 by people, as they say, 1 without a sign" in text
    markdown = review(repo, "authorship", "main..HEAD", "--format", "markdown").out
    assert "| ai.py | 3 Claude Code |" in markdown
    assert "Human\\-Authored" in markdown or "Human-Authored" in markdown


def test_what_commits_say_cannot_steer_the_terminal(shop: Repo, review: Command) -> None:
    shop.commit({"b.py": "x = 1\n"}, "W\x1b[31m" + CLAUDE.replace("Claude", "Claude\x1b[2J"))
    out = review(shop, "authorship", "HEAD^!").out
    assert "\x1b" not in out
    assert "\\x1b[31m" in out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("authorship", "nowhere..HEAD"), "`nowhere` is not a commit here"),
        (("authorship", "HEAD", "--staged"), "contradict each other"),
        (("attest",), "Which agent wrote the lines?"),
        (("attest", "nowhere", "--agent", "codex"), "`nowhere` is not a commit here"),
        (("attest", "HEAD", "--staged"), "contradict each other"),
        (("attest", "--agent", "codex", "--lines", "z.py"), "`z.py` names no added lines"),
        (("attest", "--agent", "codex", "--lines", "b.py:9"), "adds none of the lines 9-9"),
        (("attest", "--staged", "--agent", "codex"), "the index adds no lines"),
        (("attest", "--staged"), "Which agent wrote the lines?"),
    ],
)
def test_wrong_input_is_told(
    shop: Repo, review: Command, arguments: tuple[str, ...], complaint: str
) -> None:
    shop.commit({"b.py": numbered(3)})
    ran = review(shop, *arguments)
    assert (ran.code, complaint in ran.err) == (2, True)


def test_content_that_is_missing_is_a_failure_and_no_answer(
    shop: Repo, review: Command, tmp_path: Path
) -> None:
    shop.commit({"b.py": numbered(3)})
    bare = Repo(tmp_path / "bare", bare=True)
    shop.git("push", "-q", str(bare.path), "work")
    blob = bare.git("rev-parse", "work:b.py")
    (bare.path / "objects" / blob[:2] / blob[2:]).unlink()
    ran = review(bare, "authorship", "work^!")
    assert (ran.code, "Traceback" in ran.err) == (3, False)


def test_versions_in_between_that_a_clone_lacks_leave_lines_unknown(
    shop: Repo, review: Command, tmp_path: Path
) -> None:
    shop.commit({"b.py": numbered(3)}, "Work" + CLAUDE)
    between = shop.git("rev-parse", "HEAD:b.py")
    shop.commit({"b.py": numbered(4)})
    bare = Repo(tmp_path / "bare", bare=True)
    shop.git("push", "-q", str(bare.path), "work", "main")
    (bare.path / "objects" / between[:2] / between[2:]).unlink()
    document = authorship(review, bare, "main..work")
    assert (document["files"], document["not_looked_into"]) == ([], ["b.py"])


# Attesting --------------------------------------------------------------------------------------


def test_what_is_attested_is_read_back(shop: Repo, review: Command) -> None:
    shop.commit({"b.py": numbered(9), "a file.py": numbered(2)})
    ran = review(
        shop, "attest", "--agent", "claude", "--model", "opus", "--lines", "b.py:2-4,7", "--lines", "a file.py",
    )  # fmt: skip
    assert (ran.code, "Attested 6 lines in 2 files" in ran.err) == (0, True)
    document = authorship(review, shop, "HEAD^!")
    assert only(document) == ("ai", ["Claude Code"], "high")
    assert [row[:3] for row in by_line(document, "b.py")] == [
        (1, 1, "unknown"), (2, 4, "ai"), (5, 6, "unknown"), (7, 7, "ai"), (8, 9, "unknown"),
    ]  # fmt: skip
    written = shop.git("notes", "--ref=ai", "show", "HEAD")
    head, _, about = written.partition("\n---\n")
    assert head.split("\n")[0] == '"a file.py"'
    document = json.loads(about)
    assert document["schema_version"] == "authorship/3.0.0"
    assert document["base_commit_sha"] == shop.git("rev-parse", "HEAD")
    ((session, said),) = document["sessions"].items()
    assert (len(session), said["agent_id"]["tool"]) == (16, "claude")


def test_a_note_that_is_there_is_replaced_only_when_asked(shop: Repo, review: Command) -> None:
    shop.commit({"b.py": numbered(3)})
    assert review(shop, "attest", "--agent", "claude").code == 0
    refused = review(shop, "attest", "--agent", "codex")
    assert (refused.code, "has a note already" in refused.err) == (2, True)
    assert review(shop, "attest", "--agent", "codex", "--replace").code == 0
    assert only(authorship(review, shop, "HEAD^!"))[1] == ["Codex"]


def test_what_was_staged_is_attested_once_it_is_committed(shop: Repo, review: Command) -> None:
    shop.write({"b.py": numbered(3)})
    shop.git("add", "-A")
    assert review(shop, "attest", "--staged", "--agent", "claude").code == 0
    shop.git("commit", "-q", "-m", "w")
    assert review(shop, "attest").code == 0
    assert only(authorship(review, shop, "HEAD^!")) == ("ai", ["Claude Code"], "high")
    assert review(shop, "attest", "--replace").code == 2


def test_what_was_staged_otherwise_is_not_attested(shop: Repo, review: Command) -> None:
    shop.write({"b.py": numbered(3)})
    shop.git("add", "-A")
    assert review(shop, "attest", "--staged", "--agent", "claude").code == 0
    shop.commit({"b.py": numbered(4)})
    ran = review(shop, "attest")
    assert (ran.code, "is not what was staged" in ran.err) == (2, True)


# Pure parts -------------------------------------------------------------------------------------


def test_the_later_record_of_a_line_wins() -> None:
    found = git_ai.parse(note("b.py", f"  {SESSION} 1-9", f"  {HUMAN} 4-5").encode())
    assert found is not None
    writers = [record.writer for n in range(1, 10) if (record := found.at("b.py", n))]
    assert writers == ["ai"] * 3 + ["human"] * 2 + ["ai"] * 4


def test_overlaps_are_counted_by_line() -> None:
    found = git_ai.parse(note("b.py", f"  {SESSION} 3-9").encode())
    assert isinstance(found, Records)
    (sign,) = lines.recorded(found, {"b.py": [Hunk(1, 0, 1, 4), Hunk(9, 1, 9, 0)]})
    assert sign.text == "git-ai note: 2 of 4 added lines by Codex"


def test_authorship_is_kept_and_asked_anew_when_a_note_comes(shop: Repo, review: Command) -> None:
    shop.commit({"b.py": PRINTS}, "Work" + CLAUDE)
    first = review.json(shop).review["authorship"]
    assert review.json(shop).review["authorship"] == first
    attach(shop, note("b.py", f"  {SESSION} 1-3"))
    (commit,) = review.json(shop).review["authorship"]["commits"]
    assert commit["agents"] == ["Codex", "Claude Code"]
