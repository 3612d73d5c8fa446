"""Files that are no text to read: empty, links, other repositories, binaries, secrets, renames."""

import judge_reviewers as reviewers
import pytest
from conftest import Command, Repo
from judge_reviewers import BAD, GOOD, RULE, asked, house, serving

MAIN = ("--base", "main")


def test_an_empty_file_needs_no_reader(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(repo, {"pkg/__init__.py": "", "shop.py": GOOD + "\n\nX = 1\n"})
    with serving(monkeypatch) as server:
        ran = review.json(repo, *MAIN)
        assert [each["path"] for each in reviewers.accounted(server.requests[0])] == ["shop.py"]
    assert (ran.code, ran.review["verdict"]) == (0, "passed")


def test_a_link_and_another_repository_need_no_reader(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.commit(house())
    repo.branch("topic")
    (repo.path / "link.py").symlink_to("shop.py")
    head = repo.git("rev-parse", "HEAD")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{head},vendored")
    repo.git("add", "link.py")
    repo.git("commit", "-q", "-m", "links")
    with serving(monkeypatch) as server:
        ran = review.json(repo, "main..topic")
        assert server.requests == []
    assert "judge" not in {each["checker"] for each in ran.review["coverage"]}


def test_what_cannot_be_shown_is_said_not_to_be_judged(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    head: dict[str, str | bytes | None] = {
        "logo.png": b"\x89PNG\0\0",
        "code.js": b"run()\0\n",
        ".env": "TOKEN=hunter2hunter2\n",
        "shop.py": BAD,
    }
    reviewers.changed(repo, head)
    with serving(monkeypatch) as server:
        ran = review.json(repo, *MAIN)
        assert not any("hunter2" in str(request.body) for request in server.requests)
    assert ran.code == 3
    assert ran.labelled("introduced") == [(RULE, "shop.py", 2)]
    assert ran.status("logo.png")["judge"] == "not applicable: binary"
    for path in ("code.js", ".env"):
        assert "it is binary, too large or may hold secrets" in ran.status(path)["judge"]


def test_a_file_that_only_moved_or_went_is_not_asked_about(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewers.changed(
        repo,
        {"old.py": None, "new.py": BAD, "gone.py": None},
        house(**{"old.py": BAD, "gone.py": GOOD}),
    )
    with serving(monkeypatch) as server:
        assert review.json(repo, *MAIN).code == 0
        assert server.requests == []


def test_a_file_that_moved_and_changed_is_judged_by_what_changed(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    tail = "".join(f"\n\ndef part_{at}():\n    return {at}\n" for at in range(20))
    old = BAD + tail
    reviewers.changed(
        repo, {"old.py": None, "new.py": old + "\n\nX = flawed(1)\n"}, house(**{"old.py": old})
    )
    with serving(monkeypatch) as server:
        ran = review.json(repo, *MAIN)
        assert 'file="new.py" status="renamed" was="old.py"' in server.requests[0].user_text
        assert asked(server) == ["finder", "verifier"]
    assert ran.labelled("introduced") == [(RULE, "new.py", 85)]


@pytest.mark.parametrize("name", ["it's.py", 'quo"te.py', "spa ce.py", "ünï.py", "a\tb.py"])
def test_a_file_of_any_name(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    reviewers.changed(repo, {name: GOOD})
    with serving(monkeypatch) as server:
        ran = review.json(repo, *MAIN)
        assert asked(server) == ["finder"]
    assert (ran.code, ran.status(name)["judge"]) == (0, "checked")
