"""What a job shows: nothing foreign is a command to the runner, no secret is to be read, nothing is lost."""

import re
from pathlib import Path

import pytest

from bot.job import SUMMARY_LIMIT, Job, fitting

RUNNER = {"GITHUB_ACTIONS": "true"}
# As the runner's source has it: `::` begins a command at the start of a line, `##[` anywhere in it.
COMMAND = re.compile(r"\s*::([a-z-]+)( [^:]*)?::(.*)|.*?##\[([a-z-]+)( [^\]]*)?\](.*)")


def heard(log: str) -> list[tuple[str, str]]:
    """The commands that a runner takes out of a log, with their data."""
    found: list[tuple[str, str]] = []
    stopped = ""
    for line in log.splitlines():
        if stopped:
            stopped = "" if line.strip() == f"::{stopped}::" else stopped
        elif each := COMMAND.match(line):
            name, data = each[1] or each[4], each[3] or each[6] or ""
            if name == "stop-commands":
                stopped = data
            else:
                found.append((name, data))
    assert not stopped, "commands are stopped for the steps that follow"
    return found


FOREIGN = [
    "::add-mask::a",
    "  ::error::no",
    "\n::warning::no",
    "text ##[error]no",
    "##[add-path]/tmp/evil",
    "%0A::debug::no",
    "::stop-commands::x",
    "::stop-commands::",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_no_foreign_text_is_a_command(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    job = Job(RUNNER)
    with job.guarded():
        job.say(text)
        # Whoever else writes into the log: a library, Python itself.
        print(text)
        job.error(text, "Try again.")
        print(text)
    log = capsys.readouterr().out
    ((name, data),) = heard(log)
    assert name == "error"
    assert "\n" not in data
    assert data.endswith(" Try again.")


def test_nobody_can_guess_how_commands_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    marks = set()
    for _ in range(3):
        with Job(RUNNER).guarded():
            pass
        found = re.search(r"::stop-commands::(\w{32,})\n", capsys.readouterr().out)
        assert found
        marks.add(found[1])
    assert len(marks) == 3


def test_commands_go_on_after_an_interruption(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), Job(RUNNER).guarded():
        raise KeyboardInterrupt
    print("::notice::next step")
    assert heard(capsys.readouterr().out) == [("notice", "next step")]


def test_secrets_are_masked_as_they_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    key = "-----BEGIN KEY-----\\nfirst-line-of-it\nsecond-line-of-it\n"
    given = {
        "GITHUB_TOKEN": "ghs_%0A%25token",
        "GITHUB_APP_PRIVATE_KEY": key,
        "GITHUB_WEBHOOK_SECRET": "a-long-secret",
        "ANTHROPIC_API_KEY": "short",
    }
    Job({**RUNNER, **given}).mask()
    masked = [data for name, data in heard(capsys.readouterr().out) if name == "add-mask"]
    # The runner reads %25 as %.
    assert "ghs_%250A%2525token" in masked
    assert {"first-line-of-it", "second-line-of-it", "a-long-secret"} <= set(masked)
    assert "short" not in masked
    Job(given).mask()
    assert capsys.readouterr().out == ""


def test_anywhere_else_there_are_no_commands(capsys: pytest.CaptureFixture[str]) -> None:
    job = Job({})
    with job.guarded():
        job.say("a\x1b[31m")
        job.error("It is wrong:\nall of it.", "Mend it.")
    out, err = capsys.readouterr()
    assert out == "a\\x1b[31m\n"
    assert err == "review-action: It is wrong: all of it. Mend it.\n"


def test_outputs_cannot_end_early(tmp_path: Path) -> None:
    job = Job({"GITHUB_OUTPUT": str(tmp_path / "out")})
    job.output({"a": "1\nend\nb=2", "c": "EOF"})
    job.output({"a": "3"})
    text = (tmp_path / "out").read_text()
    marks = re.findall(r"(?m)^\w+<<(end-\w{32})$", text)
    assert len(marks) == 3
    assert len(set(marks)) == 2
    assert all(value not in ("end", "EOF") for value in marks)


def document(count: int) -> str:
    fence = "````"
    part = f"### error: {{}}\n\n{fence}python\n```\n### no heading\n# é\n{fence}\n\nwhy\n"
    return "## Architrave\n\n" + "".join(part.format(number) for number in range(count))


@pytest.mark.parametrize("most", range(150, 420, 7))
def test_a_summary_is_cut_between_findings(most: int) -> None:
    text = document(9)
    found = fitting(text, most)
    assert len(found.encode()) <= most
    kept, _, note = found.partition("\n_What follows is left out")
    assert text.startswith(kept)
    assert note
    # No block of code is open where the note stands.
    assert kept.count("````") % 2 == 0


def test_what_fits_is_left_as_it_is() -> None:
    text = document(3)
    assert fitting(text, len(text.encode())) == text
    assert fitting(text, 10) == ""


def test_the_summaries_of_a_step_share_its_room(tmp_path: Path) -> None:
    path = tmp_path / "summary"
    job = Job({"GITHUB_STEP_SUMMARY": str(path)})
    for _ in range(3):
        job.summary(document(9_000))
    assert SUMMARY_LIMIT - 400 < path.stat().st_size <= SUMMARY_LIMIT
    assert path.read_text().count("_What follows is left out") == 1
