"""Conversations on pull requests whose code moves on: what is told, what is kept, what is gone."""

from bot_on_github import BAD, EVAL, SHELL, Shop, about, reviews, said, shop, told

__all__ = ["shop"]
GONE = "github-actions[bot]: This is no longer found at the newest commit."
TWO = ("failure", "2 findings wait for a human")
ONE = ("failure", "1 finding waits for a human")


def test_a_pull_request_is_opened(shop: Shop) -> None:
    pull = shop.hub.open(shop.repo, BAD)
    ran = shop.bot.hears("pull_request", "opened")
    assert ran.code == 0
    assert ran.outputs == {"verdict": "blocked", "findings": "2", "waiting": "2", "sarif-file": ""}
    assert "Text is run as code" in ran.summary
    assert shop.gate(pull) == TWO
    assert [(thread.path, thread.line) for thread in pull.threads] == [
        ("app/api.py", 2),
        ("app/run.py", 5),
    ]
    assert len(reviews(pull, pull.head_sha)) == 1
    # One review and not a word besides it.
    assert len(pull.reviews) == 1
    assert pull.comments == []


def test_nothing_is_to_be_said(shop: Shop) -> None:
    pull = shop.opened({"README.md": "# The shop\n"})
    assert pull.threads == []
    assert shop.gate(pull) == ("success", "Nothing has to be answered")


def test_the_same_event_twice_is_one_review(shop: Shop) -> None:
    pull = shop.opened()
    shop.bot.hears("pull_request", "opened")
    assert len(reviews(pull)) == 1
    assert len(pull.threads) == 2
    assert shop.gate(pull) == TWO


def test_a_push_that_changes_nothing_of_it_repeats_nothing(shop: Shop) -> None:
    pull = shop.opened()
    shop.pushed(pull, {"README.md": "# The shop\n"})
    assert len(pull.threads) == 2
    assert len(reviews(pull, pull.head_sha)) == 1
    assert all(not said(thread) for thread in pull.threads)
    assert shop.gate(pull) == TWO


def test_one_of_two_is_fixed(shop: Shop) -> None:
    pull = shop.opened()
    shop.pushed(pull, {"app/run.py": ""})
    assert shop.gate(pull) == ONE
    assert said(about(pull, "goes through a shell")) == [GONE]
    assert said(about(pull, "run as code")) == []
    # It is said once.
    shop.pushed(pull, {"app/run.py": "X = 1\n"})
    assert said(about(pull, "goes through a shell")) == [GONE]


def test_both_are_fixed(shop: Shop) -> None:
    pull = shop.opened()
    shop.pushed(pull, {"app/api.py": "", "app/run.py": "X = 1\n"})
    assert shop.gate(pull) == ("success", "Nothing has to be answered")


def test_what_is_fixed_comes_back_and_is_told_where_it_was(shop: Shop) -> None:
    pull = shop.opened()
    shop.pushed(pull, {"app/run.py": "X = 1\n"})
    shop.pushed(pull, BAD)
    assert len(pull.threads) == 2
    assert shop.gate(pull) == TWO


def test_lines_move_and_the_thread_stays(shop: Shop) -> None:
    pull = shop.opened()
    shop.pushed(pull, {"app/api.py": f'"""What is asked."""\n\n\n{EVAL}'})
    assert len(pull.threads) == 2
    assert shop.gate(pull) == TWO


def test_it_is_rebased(shop: Shop) -> None:
    pull = shop.opened()
    before = told(pull)
    shop.hub.push_to_base(shop.repo, {"NEWS.md": "Open on Sundays.\n"})
    shop.hub.rebase(pull)
    shop.bot.hears("pull_request", "synchronize")
    assert told(pull) == before
    assert len(reviews(pull, pull.head_sha)) == 1
    assert shop.gate(pull) == TWO


def test_it_is_force_pushed(shop: Shop) -> None:
    pull = shop.opened()
    shop.hub.force_push(pull, {"app/api.py": EVAL, "app/ran.py": "X = 1\n"})
    shop.bot.hears("pull_request", "synchronize")
    assert shop.gate(pull) == ONE
    assert len(pull.threads) == 2
    assert said(about(pull, "goes through a shell")) == [GONE]


def test_it_is_force_pushed_back_to_what_was_reviewed(shop: Shop) -> None:
    pull = shop.opened()
    first = pull.head_sha
    shop.pushed(pull, {"app/run.py": "X = 1\n"})
    shop.hub.force_push(pull, first)
    # The older review is the one that tells of this commit.
    assert shop.bot.settle(pull).says == TWO[1]
    shop.bot.hears("pull_request", "synchronize")
    assert len(reviews(pull, first)) == 1
    assert told(pull) == sorted(set(told(pull)))
    assert shop.gate(pull) == TWO


def test_a_file_of_the_pull_request_is_renamed(shop: Shop) -> None:
    pull = shop.opened()
    shop.pushed(pull, {"app/start.py": SHELL, "app/run.py": None})
    # Against the base it is another new file: told there, and gone from where it was.
    assert shop.gate(pull) == TWO
    assert said(about(pull, "app/run.py")) == [GONE]
    assert len([each for each in pull.threads if each.path == "app/start.py"]) == 1


def test_a_file_of_the_base_is_renamed_and_nothing_else(shop: Shop) -> None:
    shop.hub.push_to_base(shop.repo, BAD)
    pull = shop.opened({"app/start.py": SHELL, "app/run.py": None})
    assert pull.threads == []
    assert shop.gate(pull)[0] == "success"


def test_a_renamed_file_gets_comments_on_its_changed_lines(shop: Shop) -> None:
    long = "".join(f"x{number} = {number}\n" for number in range(40))
    shop.hub.push_to_base(shop.repo, {"app/old.py": long})
    pull = shop.opened({"app/old.py": None, "app/new.py": long + "\n\ny = eval(x1)\n"})
    assert [(thread.path, thread.line) for thread in pull.threads] == [("app/new.py", 43)]


def test_code_that_changes_under_an_open_comment_needs_one_answer(shop: Shop) -> None:
    pull = shop.opened(long("a, b"))
    shop.pushed(pull, long("a, b=0"))
    assert len(pull.threads) == 1
    shop.hub.resolve(pull.threads[0], by="bob")
    shop.bot.settle(pull)
    assert shop.gate(pull) == ("success", "Answered by bob")


def test_code_that_changes_after_its_answer_is_told_again(shop: Shop) -> None:
    pull = shop.opened(long("a, b"))
    shop.hub.resolve(pull.threads[0], by="bob")
    shop.pushed(pull, long("a, b=0"))
    assert len(pull.threads) == 2
    assert shop.gate(pull) == ONE


def test_code_that_changes_after_a_reason_is_told_again(shop: Shop) -> None:
    pull = shop.opened(long("a, b"))
    shop.hub.reply(pull.threads[0], "bob", "accept: it is read top to bottom")
    shop.bot.settle(pull)
    assert shop.gate(pull) == ("success", "Answered by bob")
    shop.pushed(pull, long("a, b=0"))
    assert len(pull.threads) == 2
    assert shop.gate(pull) == ONE


def long(parameters: str) -> dict[str, str]:
    """A function with too many ways through it: a finding that is not named after its text."""
    ways = "".join(f"    if a == {n}:\n        b += {n}\n" for n in range(40))
    return {"app/api.py": f"def choose({parameters}):\n{ways}    return b\n"}
