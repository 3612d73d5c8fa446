"""`review-local rules ...`, as an architect uses it."""

import json
from pathlib import Path

from conftest import Command, Repo

RULE = """---
id: house/no-prints
title: No prints in the shop
severity: warning
check: ruff
options: {codes: [T201]}
---

## Why

Nobody reads them.

## Instead

Log.

## Breaks it

```python
print(1)
```

## Keeps it

```python
log(1)
```
"""


def test_the_list_names_what_is_in_force_and_why_the_rest_is_not(
    repo: Repo, review: Command
) -> None:
    policy = 'packs = ["python"]\ndisable = ["python/lost-cause"]\n[severity]\n"python/star-import" = "error"\n'
    repo.write({".architrave.toml": policy, ".architrave/rules/prints.md": RULE})
    ran = review(repo, "rules", "list")
    assert ran.code == 0
    assert "house/no-prints" in ran.out
    assert "security/" not in ran.out
    assert "python/lost-cause" not in ran.out
    (star,) = [line for line in ran.out.splitlines() if "python/star-import" in line]
    assert star.split()[1] == "error"
    everything = review(repo, "rules", "list", "--all").out
    assert "(off: disabled in .architrave.toml)" in everything
    assert "(off: pack `security` is not in `packs`)" in everything


def test_the_list_is_there_as_json_too(repo: Repo, review: Command) -> None:
    repo.write({".architrave.toml": 'packs = ["python"]\n'})
    rows = json.loads(review(repo, "rules", "list", "--all", "--format", "json").out)
    by_id = {row["id"]: row for row in rows}
    assert by_id["python/unused-import"]["in_force"]
    assert not by_id["security/sql-injection"]["in_force"]


def test_outside_a_repository_the_built_in_rules_are_listed(
    tmp_path: Path, review: Command
) -> None:
    assert "by the built-in policy" in review(tmp_path, "rules", "list").out


def test_a_rule_that_is_being_written_is_shown(repo: Repo, review: Command) -> None:
    repo.write({".architrave/rules/prints.md": RULE})
    assert "Nobody reads them." in review(repo, "rules", "show", "house/no-prints").out
    assert "python/unused-import" in review(repo, "rules", "show", "F401").out
    ran = review(repo, "rules", "show", "house/no-print")
    assert ran.code == 2
    assert "did you mean `house/no-prints`?" in ran.err


def test_check_tells_mistakes_of_rules_and_policy_at_once_with_their_lines(
    repo: Repo, review: Command
) -> None:
    repo.write(
        {
            ".architrave.toml": 'packs = ["pyton"]\n',
            ".architrave/rules/a.md": RULE.replace("severity", "severty"),
            ".architrave/rules/b.md": RULE.replace(
                "{codes: [T201]}", "\n  codes: [T201]\n  cods: 1"
            ),
        }
    )
    ran = review(repo, "rules", "check")
    assert ran.code == 2
    assert "a.md:4: unknown key `severty`; did you mean `severity`?" in ran.err
    assert "b.md:8: unknown option `cods`; did you mean `codes`?" in ran.err
    assert ".architrave.toml:1: unknown pack `pyton` in `packs`; did you mean `python`?" in ran.err


def test_check_is_content_with_what_is_in_order(repo: Repo, review: Command) -> None:
    repo.write({".architrave/rules/prints.md": RULE})
    ran = review(repo, "rules", "check")
    assert (ran.code, ran.out) == (0, "1 rule file of this repository and no policy: in order.\n")


def test_examples_of_house_rules_are_run(repo: Repo, review: Command) -> None:
    repo.write({".architrave/rules/prints.md": RULE})
    ran = review(repo, "rules", "test")
    assert ran.code == 0
    assert "ok       house/no-prints  (.architrave/rules/prints.md)" in ran.out
    assert "1 of 1 rule passed." in ran.out


def test_an_example_that_does_not_hold_fails(repo: Repo, review: Command) -> None:
    swapped = RULE.replace("print(1)", "x").replace("log(1)", "print(1)")
    repo.write({".architrave/rules/prints.md": swapped})
    ran = review(repo, "rules", "test")
    assert ran.code == 1
    assert "FAILED   house/no-prints" in ran.out
    assert "`## Breaks it`: the rule finds nothing" in ran.out
    assert "`## Keeps it`: the rule finds example.py:1" in ran.out


def test_a_rule_without_examples_is_told(repo: Repo, review: Command) -> None:
    repo.write({".architrave/rules/prints.md": RULE[: RULE.index("## Breaks")]})
    ran = review(repo, "rules", "test", ".architrave/rules/prints.md")
    assert ran.code == 1
    assert "`## Breaks it` has no code to run" in ran.out


def test_an_example_out_of_the_reach_of_its_rule_is_told(repo: Repo, review: Command) -> None:
    repo.write({".architrave/rules/p.md": RULE.replace("check:", 'paths: ["shop/**"]\ncheck:')})
    ran = review(repo, "rules", "test")
    assert "finds nothing; its `paths` do not take in example.py" in ran.out
    placed = RULE.replace("check:", 'paths: ["shop/**"]\ncheck:').replace(
        "```python\nprint", "```python after shop/a.py\nprint"
    )
    repo.write({".architrave/rules/p.md": placed})
    assert review(repo, "rules", "test").code == 0


def test_rules_for_the_judge_are_not_run(repo: Repo, review: Command) -> None:
    judged = RULE.replace("check: ruff\noptions: {codes: [T201]}\n", "")
    repo.write({".architrave/rules/border.md": judged})
    ran = review(repo, "rules", "test")
    assert ran.code == 0
    assert "skipped  house/no-prints" in ran.out


def test_a_rule_to_test_that_does_not_exist_is_named(repo: Repo, review: Command) -> None:
    assert review(repo, "rules", "test").code == 2
    ran = review(repo, "rules", "test", "python/unused-imports")
    assert "did you mean `python/unused-import`?" in ran.err


def test_a_first_policy_is_valid_and_leaves_foreign_code_out(repo: Repo, review: Command) -> None:
    repo.write({"vendor/lib/a.py": "x = 1\n", "api/shop_pb2.py": "x = 1\n", "shop.py": "x = 1\n"})
    ran = review(repo, "rules", "init")
    assert ran.code == 0
    text = (repo.path / ".architrave.toml").read_text()
    assert 'ignore = ["*_pb2.py", "vendor/**"]' in text
    assert review(repo, "rules", "check").code == 0
    again = review(repo, "rules", "init")
    assert again.code == 2
    assert "There is a policy already" in again.err


def test_a_branch_called_rules_can_be_reviewed(repo: Repo, review: Command) -> None:
    repo.commit({"a.py": "x = 1\n"})
    repo.branch("rules")
    repo.commit({"a.py": "import os\n"})
    ran = review.json(repo, "--base", "main", "--head", "rules")
    assert ran.labelled("introduced") == [("python/unused-import", "a.py", 1)]


def test_help_names_the_actions(repo: Repo, review: Command) -> None:
    assert "list|show|check|test|init" in review(repo, "--help").out
    for action in ("list", "show", "check", "test", "init"):
        assert f"    {action} " in review(repo, "rules", "--help").out
    ran = review(repo, "rules", "tset")
    assert ran.code == 2
