"""Who answers for what agents wrote: records, merges of every kind, and all that can be wrong with them."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Command, Ran, Repo
from jsonschema import Draft202012Validator
from recording import ANSWERED, attested, pair

from bot.attestations import OPEN, Attested, Patch
from bot.outside import git_history
from bot.outside.git import Repository

KEYS, OTHER = pair(), pair()
CLAUDE = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
KEY = ".architrave/record.pub"
POLICY = {".architrave.toml": f'record-keys = ["{KEY}"]\n', KEY: KEYS.public}
OPENED = ANSWERED._replace(how=OPEN, by="", reason="")
PULL = "https://github.com/acme/shop/pull/7"


class Shop:
    """A repository with a branch of two commits by an agent, and what is attested of it."""

    def __init__(self, repo: Repo, review: Command) -> None:
        self.repo, self.review = repo, review
        self.base = repo.commit({**POLICY, "a.py": "".join(f"x{n} = {n}\n" for n in range(40))})
        repo.branch("topic")
        self.first = repo.commit({"b.py": "b = 1\n"}, f"Add b{CLAUDE}")
        text = (repo.path / "a.py").read_text().replace("x20 = 20", "x20 = 21")
        self.head = repo.commit({"a.py": text}, f"Mend a{CLAUDE}")
        repo.git("checkout", "-q", "main")

    def record(self, merged: str, **given: Any) -> Attested:
        def tree(commit: str) -> str:
            return self.repo.git("rev-parse", f"{commit}^{{tree}}")

        found = Repository(str(self.repo.path), {"PATH": "/usr/bin:/bin"})
        try:
            patches = git_history.patches(found, [self.first, self.head])
            whole = git_history.patch_between(found, self.base, self.head)
        finally:
            found.close()
        return attested(
            head=self.head, tree=tree(self.head), base=self.base, base_tree=tree(self.base),
            patch=whole, commits=tuple(Patch(*each) for each in patches.items()), merged=merged,
            merged_tree=tree(merged), **given,
        )  # fmt: skip

    def note(self, commit: str, text: str) -> None:
        blob = self.repo.git("hash-object", "-w", "--stdin", stdin=text.encode())
        self.repo.git("notes", "--ref=architrave", "add", "-f", "-C", blob, commit)

    def merged(self, **given: Any) -> str:
        self.repo.git("merge", "-q", "--no-ff", "-m", "Merge topic", "topic")
        commit = self.repo.git("rev-parse", "HEAD")
        self.note(commit, KEYS.bundle(self.record(commit, **given)))
        return commit

    def squashed(self, files: Any = None, message: str = "Add b, mend a") -> str:
        self.repo.git("merge", "-q", "--squash", "topic")
        return self.repo.commit(files or {}, message)

    def rebased(self) -> list[str]:
        self.repo.git("cherry-pick", f"{self.base}..topic")
        return self.repo.git("rev-list", "--reverse", f"{self.base}..HEAD").split()[-2:]

    def audit(self, *arguments: str) -> Ran:
        return self.review.json(self.repo, "audit", f"{self.base}..main", *arguments)

    def standings(self, *arguments: str) -> dict[str, str]:
        ran = self.audit(*arguments)
        found = {each["sha"]: each["standing"] for each in ran.review["commits"]}
        good = {"answered", "squashed", "rebased", "signed-off"}
        assert ran.code == (0 if set(found.values()) <= good else 1)
        assert ran.review["accountable"] is (ran.code == 0)
        return found


@pytest.fixture
def shop(repo: Repo, review: Command) -> Shop:
    return Shop(repo, review)


def test_answered_commits_have_people(shop: Shop) -> None:
    shop.merged()
    assert shop.standings() == {shop.head: "answered", shop.first: "answered"}
    row = shop.audit().review["commits"][0]
    assert row["people"] == ["kim+12", "lea+9"]
    assert (row["pull_request"], row["lines"], row["agents"]) == (PULL, 1, ["Claude Code"])


def test_nothing_by_agents_needs_nobody(shop: Shop) -> None:
    shop.repo.commit({"c.py": "c = 1\n"})
    ran = shop.audit()
    assert (ran.code, ran.review["commits"]) == (0, [])
    assert ran.review["others"] == {"human": 0, "automation": 0, "unknown": 1}


@pytest.mark.parametrize(
    "given",
    [
        {"decisions": (OPENED,)},
        {"missed": 1},
        {"decisions": (), "merged_by": ""},
        {"decisions": (ANSWERED, OPENED)},
    ],
)
def test_what_is_open_or_unread_is_unanswered(shop: Shop, given: dict[str, Any]) -> None:
    shop.merged(**given)
    assert set(shop.standings().values()) == {"unanswered"}


def test_an_administrator_who_opened_the_gate_answers(shop: Shop) -> None:
    shop.merged(decisions=(OPENED,), overridden="root+1", merged_by="")
    assert set(shop.standings().values()) == {"answered"}
    assert shop.audit().review["commits"][0]["people"] == ["root+1"]


def test_a_squashed_commit_is_known_by_its_trees_and_keeps_who_wrote_it(shop: Shop) -> None:
    commit = shop.squashed()
    shop.note(commit, KEYS.bundle(shop.record(commit)))
    assert shop.standings() == {commit: "squashed"}
    row = shop.audit().review["commits"][0]
    # Its own message says nothing of an agent.
    assert (row["agents"], row["lines"]) == (["Codex"], 3)


def test_a_squashed_commit_on_a_base_that_moved_is_known_by_its_patch(shop: Shop) -> None:
    shop.repo.commit({"c.py": "c = 1\n"})
    commit = shop.squashed()
    shop.note(commit, KEYS.bundle(shop.record(commit)))
    assert shop.standings() == {commit: "squashed"}


@pytest.mark.parametrize("more", [{"b.py": "b = 2\n"}, {"b.py": "b  = 1\n"}, {"d.py": "d = 1\n"}])
def test_a_squashed_commit_that_holds_more_than_was_reviewed_is_changed(
    shop: Shop, more: dict[str, str]
) -> None:
    commit = shop.squashed(more)
    shop.note(commit, KEYS.bundle(shop.record(commit)))
    assert shop.standings() == {commit: "changed"}


def test_rebased_commits_are_known_by_their_patches(shop: Shop) -> None:
    shop.repo.commit({"c.py": "c = 1\n"})
    first, last = shop.rebased()
    shop.note(last, KEYS.bundle(shop.record(last)))
    assert shop.standings() == {last: "rebased", first: "rebased"}


def test_the_reviewed_tree_from_elsewhere_is_not_the_reviewed_change(shop: Shop) -> None:
    """Going back to a tree that was reviewed once undoes what came after it."""
    shop.merged()
    shop.repo.commit({"a.py": "safe = True\n"})
    shop.repo.git("checkout", "-q", shop.head, "--", ".")
    back = shop.repo.commit({}, f"Back{CLAUDE}")
    assert shop.standings()[back] == "missing"


def test_a_note_by_another_key_is_told_as_such(shop: Shop) -> None:
    commit = shop.squashed(message=f"All{CLAUDE}")
    shop.note(commit, OTHER.bundle(shop.record(commit)))
    assert shop.standings() == {commit: "wrong-key"}


def tampered(bundle: str) -> str:
    row = json.loads(bundle.splitlines()[0])
    payload = base64.b64decode(row["payload"]).replace(b"kim+12", b"eve+13")
    return json.dumps(row | {"payload": base64.b64encode(payload).decode()}) + "\n"


@pytest.mark.parametrize("spoil", [tampered, lambda bundle: "text\n", lambda bundle: "\n\n "])
def test_a_note_that_was_tampered_with_is_told_as_such(shop: Shop, spoil: Any) -> None:
    commit = shop.squashed(message=f"All{CLAUDE}")
    shop.note(commit, spoil(KEYS.bundle(shop.record(commit))))
    assert shop.standings() == {commit: "tampered"}


def test_a_sound_note_outweighs_a_worthless_one(shop: Shop) -> None:
    commit = shop.squashed(message=f"All{CLAUDE}")
    record = shop.record(commit)
    shop.note(commit, "text\n" + OTHER.bundle(record) + KEYS.bundle(record))
    assert shop.standings() == {commit: "squashed"}


def test_a_note_on_a_commit_that_its_record_is_not_about_says_nothing_of_it(shop: Shop) -> None:
    shop.merged()
    other = shop.repo.commit({"d.py": "d = 1\n"}, f"More{CLAUDE}")
    shop.note(other, KEYS.bundle(shop.record(shop.base)))
    assert shop.standings()[other] == "missing"


def test_without_a_note_it_is_missing_and_a_sign_off_does_not_do(shop: Shop) -> None:
    signed = f"All\n\nSigned-off-by: Kim <kim@example.org>{CLAUDE}"
    commit = shop.squashed(message=signed)
    assert shop.standings() == {commit: "missing"}


def test_the_range_cannot_bring_its_own_key(shop: Shop) -> None:
    commit = shop.squashed({KEY: OTHER.public}, f"All{CLAUDE}")
    shop.note(commit, OTHER.bundle(shop.record(commit)))
    assert shop.standings() == {commit: "wrong-key"}


def test_records_come_from_a_file_too_and_keys_from_the_person(shop: Shop, tmp_path: Path) -> None:
    commit = shop.squashed(message=f"All{CLAUDE}")
    (tmp_path / "records").write_text(OTHER.bundle(shop.record(commit)))
    (tmp_path / "other.pub").write_bytes(OTHER.public)
    records, key = (str(tmp_path / name) for name in ("records", "other.pub"))
    assert shop.standings("--records", records) == {commit: "wrong-key"}
    assert shop.standings("--records", records, "--key", key) == {commit: "squashed"}


def test_records_are_kept_as_notes(shop: Shop, tmp_path: Path) -> None:
    commit = shop.squashed(message=f"All{CLAUDE}")
    elsewhere = shop.record(shop.base)._replace(merged="9" * 40, head="8" * 40)
    (tmp_path / "records").write_text(KEYS.bundle(shop.record(commit), elsewhere))
    ran = shop.review(shop.repo, "record", str(tmp_path / "records"))
    assert ran.code == 0
    assert "1 note written, 0 there already." in ran.err
    assert "1 merged commit not in this repository." in ran.err
    assert shop.standings() == {commit: "squashed"}
    assert len(shop.repo.git("notes", "--ref=architrave", "show", commit).splitlines()) == 2
    again = shop.review(shop.repo, "record", str(tmp_path / "records"))
    assert "0 notes written, 1 there already." in again.err


@pytest.mark.parametrize(
    "text", ["", "text\n", '{"payload": "e30=", "payloadType": "x", "signatures": []}\n']
)
def test_a_file_without_records_is_refused(shop: Shop, tmp_path: Path, text: str) -> None:
    (tmp_path / "records").write_text(text)
    ran = shop.review(shop.repo, "record", str(tmp_path / "records"))
    assert ran.code == 2
    assert "no record" in ran.err


# Without any key ---------------------------------------------------------------------------------


def plain(repo: Repo, *trailers: str, agent: str = CLAUDE) -> str:
    repo.commit({"a.py": "a = 1\n"})
    return repo.commit(
        {"b.py": "b = 1\n"}, "Add b\n" + "".join(f"\n{each}" for each in trailers) + agent
    )


@pytest.mark.parametrize(
    ("trailer", "is_accountable"),
    [
        ("Reviewed-by: Kim <kim@example.org>", True),
        ("Signed-off-by: Kim <kim@example.org>", True),
        ("Reviewed-by: Claude <noreply@anthropic.com>", False),
        (
            "Signed-off-by: dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>",
            False,
        ),
        ("Reviewed-by: nobody", False),
        ("Helped-by: Kim <kim@example.org>", False),
    ],
)
def test_where_no_key_is_trusted_a_persons_word_counts(
    repo: Repo, review: Command, trailer: str, is_accountable: bool
) -> None:
    commit = plain(repo, trailer)
    ran = review.json(repo, "audit", "HEAD~1..HEAD")
    (row,) = ran.review["commits"]
    assert (row["sha"], row["accountable"], ran.code) == (
        commit,
        is_accountable,
        not is_accountable,
    )
    assert row["people"] == (["Kim <kim@example.org>"] if is_accountable else [])
    assert row["standing"] == ("signed-off" if is_accountable else "missing")


def test_a_bare_repository_is_audited_whole(repo: Repo, review: Command, tmp_path: Path) -> None:
    plain(repo)
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    assert review(tmp_path / "bare.git", "audit", "HEAD~1..HEAD").code == 1
    empty = repo.git("hash-object", "-t", "tree", "/dev/null")
    ran = review.json(tmp_path / "bare.git", "audit", f"{empty}..HEAD")
    assert [each["standing"] for each in ran.review["commits"]] == ["missing"]


def test_a_note_that_an_agent_wrote_lines_makes_the_commit_its(repo: Repo, review: Command) -> None:
    commit = plain(repo, agent="")
    assert review(repo, "audit", "HEAD~1..HEAD").code == 0
    assert review(repo, "attest", "--agent", "codex", commit).code == 0
    ran = review.json(repo, "audit", "HEAD~1..HEAD")
    assert (ran.code, ran.review["commits"][0]["lines"]) == (1, 1)


def test_a_shallow_clone_is_refused(repo: Repo, review: Command, tmp_path: Path) -> None:
    plain(repo)
    repo.git("clone", "-q", "--depth=1", f"file://{repo.path}", str(tmp_path / "clone"))
    ran = review(tmp_path / "clone", "audit", "HEAD^!")
    assert ran.code == 2
    assert "shallow" in ran.err


def test_a_key_that_is_not_there_is_named(repo: Repo, review: Command, tmp_path: Path) -> None:
    repo.commit({".architrave.toml": 'record-keys = ["no.pub"]\n'})
    repo.commit({"a.py": "a = 1\n"})
    ran = review(repo, "audit", "HEAD~1..HEAD")
    assert ran.code == 2
    assert "`record-keys` names no.pub" in ran.err
    repo.commit({".architrave.toml": ""})
    repo.commit({"a.py": "a = 2\n"})
    for flag in ("--key", "--records"):
        gone = review(repo, "audit", "HEAD~1", flag, str(tmp_path / "gone"))
        assert (gone.code, "cannot be read" in gone.err) == (2, True)


def test_the_text_says_who_and_why_not(shop: Shop) -> None:
    shop.merged()
    other = shop.repo.commit({"d.py": "d = 1\n"}, f"More{CLAUDE}")
    ran = shop.review(shop.repo, "audit", f"{shop.base}..main")
    assert ran.code == 1
    assert f"{shop.head[:12]}  Claude Code" in ran.out
    assert f"kim+12, lea+9 ({PULL})" in ran.out
    line = next(each for each in ran.out.splitlines() if each.startswith(other[:12]))
    assert line.split()[-2:] == ["missing", "More"]
    assert "2 of 3 commits by agents (2 of 3 lines) have a person who answers for them." in ran.out
    assert "1 commit without a sign, which is no sign of a person." in ran.out


def test_hostile_text_reaches_no_terminal(shop: Shop) -> None:
    commit = shop.squashed(message=f"\x1b[31mAll{CLAUDE}")
    hostile = ANSWERED._replace(by="kim\x1b[2J+1")
    shop.note(commit, KEYS.bundle(shop.record(commit, decisions=(hostile,), pull="\x1b]0;x\x07")))
    assert "\x1b" not in shop.review(shop.repo, "audit", f"{shop.base}..main").out


def test_the_document_fits_its_published_schema(shop: Shop) -> None:
    shop.merged()
    shop.repo.commit({"d.py": "d = 1\n"}, f"More{CLAUDE}")
    schema = json.loads((Path(__file__).parent.parent / "docs" / "audit.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(shop.audit().review)


def test_contradictions_are_refused(repo: Repo, review: Command) -> None:
    plain(repo)
    ran = review(repo, "audit", "HEAD~1..HEAD", "--base", "HEAD")
    assert ran.code == 2
