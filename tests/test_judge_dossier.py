"""The change as a model reads it: Git's numbers, every line once, and no way out of the fence."""

import itertools
import re
from collections.abc import Sequence

from conftest import Repo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judging import changed, changing, redact

from bot.checkers.judge import dossier
from bot.checkers.judge.material import Material
from bot.domain import Finding

Row = tuple[str, int, str]
ROW = re.compile(r"([ +-])(\d+)\|(.*)")
TWENTY = [f"line {at}" for at in range(1, 21)]


def text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def rows(shown: str) -> list[Row]:
    """The rows of a diff, its headers left out."""
    found = [ROW.fullmatch(row) for row in shown.split("\n") if not row.startswith("...")]
    assert all(found) or not shown, shown
    return [(row[1], int(row[2]), row[3]) for row in found if row]


def diff(material: Material, path: str = "a.txt") -> str:
    return dossier.diff(material, changed(material, path))


def whole(material: Material, path: str) -> list[Row]:
    return rows("\n".join(dossier.diff_whole(material, changed(material, path))))


LINES = st.lists(
    st.sampled_from(["a", "b", "c", "", "  d", "|", "+1|a", "-2|b", "..."]), max_size=40
)
TEXTS = st.tuples(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans()).map(
    lambda drawn: drawn[1].join([*drawn[0], ""] if drawn[2] else drawn[0])
)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=4, max_size=4))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_line_that_differs_is_shown_once_with_its_number(
    repo: Repo, several: list[tuple[str, str]]
) -> None:
    before = {f"{at}.txt": old for at, (old, _) in enumerate(several)}
    after = {f"{at}.txt": new for at, (_, new) in enumerate(several)}
    with changing(repo, {**before}, {**after}) as material:
        for file in material.comparison.change.files:
            old, new = lines(before[file.path]), lines(after[file.path])
            shown = rows(dossier.diff(material, file))
            assert changes(shown) == of_git(repo, material, file.path)
            check_rows(shown, old, new)
            complete = whole(material, file.path)
            assert [(at, said) for sign, at, said in complete if sign != "-"] == [
                *enumerate(new, 1)
            ]
            assert [said for sign, _, said in complete if sign != "+"] == old
            assert changes(complete) == changes(shown)


def lines(content: str) -> list[str]:
    split = [line.removesuffix("\r") for line in content.split("\n")]
    return split if split[-1] else split[:-1]


def changes(shown: Sequence[Row]) -> list[Row]:
    return [row for row in shown if row[0] != " "]


def of_git(repo: Repo, material: Material, path: str) -> list[Row]:
    """What `git diff` says was removed and added, numbered after its own hunk headers."""
    change = material.comparison.change
    said = repo.git(
        "diff", "--histogram", "--no-renames", "--text", "-U0", "--inter-hunk-context=0",
        change.base, change.head, "--", path,
    )  # fmt: skip
    found: list[Row] = []
    old = new = 0
    for line in said.split("\n")[4:]:
        if begins := re.match(r"@@ -(\d+)(?:,\d+)? \+(\d+)", line):
            old, new = int(begins[1]), int(begins[2])
        elif line.startswith("-"):
            found.append(("-", old, line[1:].removesuffix("\r")))
            old += 1
        elif line.startswith("+"):
            found.append(("+", new, line[1:].removesuffix("\r")))
            new += 1
    return found


def check_rows(shown: Sequence[Row], old: Sequence[str], new: Sequence[str]) -> None:
    """Texts are at their numbers, numbers rise, and context is near what changed."""
    for side, signs in ((old, "-"), (new, "+ ")):
        own = [(at, said) for sign, at, said in shown if sign in signs]
        assert own == sorted(set(own))
        assert all(side[at - 1] == said for at, said in own)
    near = [at for sign, at, _ in shown if sign == "+"]
    gaps = [at for (_, at, _), after in itertools.pairwise(shown) if after[0] == "-"]
    starts = [after[1] for before, after in itertools.pairwise(shown) if before[0] == "-"]
    for sign, at, _ in shown:
        if sign == " ":
            assert any(abs(at - other) <= 8 for other in (*near, *gaps, *starts))


def test_eight_lines_around_a_change_are_shown(repo: Repo) -> None:
    new = [*TWENTY[:9], "other", *TWENTY[10:]]
    with changing(repo, {"a.txt": text(TWENTY)}, {"a.txt": text(new)}) as material:
        shown = diff(material).split("\n")
        assert shown[0] == "..."
        assert [row[:3] for row in shown[1:]] == [
            *(f" {at}|" for at in range(2, 10)), "-10", "+10", *(f" {at}"[:3] for at in range(11, 19)),
        ]  # fmt: skip


def test_lines_between_two_changes_are_shown_once(repo: Repo) -> None:
    new = ["first", *TWENTY[1:11], "other", *TWENTY[12:]]
    with changing(repo, {"a.txt": text(TWENTY)}, {"a.txt": text(new)}) as material:
        shown = [(sign, at) for sign, at, _ in rows(diff(material))]
        assert shown == [
            ("-", 1), ("+", 1), *((" ", at) for at in range(2, 12)), ("-", 12), ("+", 12),
            *((" ", at) for at in range(13, 21)),
        ]  # fmt: skip


def test_what_encloses_lines_that_are_not_shown_is_said(repo: Repo) -> None:
    body = "".join(f"        x = {at}\n" for at in range(30))
    before = f"class Shop:\n    def sell(self):\n{body}"
    after = before.replace("x = 25\n", "x = 250\n")
    with changing(repo, {"a.py": before}, {"a.py": after}) as material:
        assert diff(material, "a.py").split("\n")[0] == (
            "... in Shop.sell (line 2): def sell(self):"
        )


def test_a_new_file_is_all_added_and_a_deleted_one_all_removed(repo: Repo) -> None:
    with changing(repo, {"gone.txt": "x\ny\n"}, {"gone.txt": None, "a.txt": "p\nq\n"}) as material:
        assert diff(material) == "+1|p\n+2|q"
        assert diff(material, "gone.txt") == "-1|x\n-2|y"
        assert [*dossier.diff_whole(material, changed(material, "gone.txt"))] == ["-1|x", "-2|y"]


def test_a_renamed_file_shows_what_changed_in_it(repo: Repo) -> None:
    new = [*TWENTY[:-1], "other"]
    with changing(
        repo, {"old.txt": text(TWENTY)}, {"old.txt": None, "a.txt": text(new)}
    ) as material:
        assert changed(material, "a.txt").status == "renamed"
        assert changes(rows(diff(material))) == [("-", 20, "line 20"), ("+", 20, "other")]


def test_emptied_and_filled_files_are_shown_whole(repo: Repo) -> None:
    before = {"emptied.txt": "x\ny\n", "a.txt": ""}
    with changing(repo, {**before}, {"emptied.txt": "", "a.txt": "x\ny\n"}) as material:
        assert diff(material, "emptied.txt") == "-1|x\n-2|y"
        assert diff(material) == "+1|x\n+2|y"


def test_a_file_made_empty_or_only_executable_shows_nothing(repo: Repo) -> None:
    repo.commit({"b.sh": "x\n"})
    (repo.path / "b.sh").chmod(0o755)
    with changing(repo, {"c.txt": "x\n"}, {"a.txt": ""}) as material:
        assert diff(material) == ""


def test_the_last_line_needs_no_end(repo: Repo) -> None:
    with changing(repo, {"a.txt": "x\ny"}, {"a.txt": "x\ny\nz"}) as material:
        assert diff(material) == " 1|x\n-2|y\n+2|y\n+3|z"


def test_carriage_returns_at_ends_are_left_out_and_others_are_seen(repo: Repo) -> None:
    with changing(repo, {"a.txt": "x\r\ny\r\n"}, {"a.txt": "x\r\none\rtwo\r\nz\r\n"}) as material:
        assert diff(material) == " 1|x\n-2|y\n+2|one\\rtwo\n+3|z"


def test_a_long_line_is_cut(repo: Repo) -> None:
    with changing(repo, {"b.txt": ""}, {"a.txt": f"{'x' * 400}\n{'y' * 401}\n"}) as material:
        assert diff(material) == f"+1|{'x' * 400}\n+2|{'y' * 400} ..."


def test_secrets_and_hidden_characters_are_taken_out_of_both_sides(repo: Repo) -> None:
    new = "now hunter2 \u202e\n"
    with changing(repo, {"a.txt": "was hunter2\n"}, {"a.txt": new}) as material:
        assert diff(material) == "-1|was [secret]\n+1|now [secret] \\u202e"


def test_a_file_with_secrets_or_without_text_is_not_shown(repo: Repo) -> None:
    after = {".env": "A=2\n", "a.bin": b"\0\2", "open.txt": "A=2\nB=3\nC=4\nD=5\n"}
    before = {".env": "A=1\n", "a.bin": b"\0\1", ".env.old": "A=1\nB=3\nC=4\nD=5\n"}
    with changing(repo, {**before}, {**after, ".env.old": None}) as material:
        assert changed(material, "open.txt").old_path == ".env.old"
        for path in (".env", "a.bin", "open.txt"):
            assert diff(material, path) == ""
            assert [*dossier.diff_whole(material, changed(material, path))] == []


def test_a_redaction_that_takes_lines_away_leaves_nothing_to_show(repo: Repo) -> None:
    with changing(repo, {"a.txt": "x\n"}, {"a.txt": "x\nhunter2\n"}) as whole_material:
        comparison = whole_material.comparison
        short = Material(
            comparison, lambda text, path: text.replace("\nhunter2", ""), lambda _: False
        )
        assert diff(short) == ""
        assert diff(Material(comparison, redact, lambda _: False)) == " 1|x\n+2|[secret]"


def test_a_window_holds_so_many_lines_around_and_what_was_removed_there(repo: Repo) -> None:
    new = [*TWENTY[:9], *TWENTY[10:15], "other", *TWENTY[15:]]
    with changing(repo, {"a.txt": text(TWENTY)}, {"a.txt": text(new)}) as material:
        file = changed(material, "a.txt")
        assert dossier.window(material, file, 10, 10, 1).split("\n") == [
            " 9|line 9", "-10|line 10", " 10|line 11", " 11|line 12",
        ]  # fmt: skip
        assert dossier.window(material, file, 15, 16, 0).split("\n") == ["+15|other", " 16|line 16"]
        everything = dossier.window(material, file, 1, 20, 99)
        assert everything.split("\n") == [*dossier.diff_whole(material, file)]


def test_a_window_on_what_was_removed_at_the_top_shows_it(repo: Repo) -> None:
    with changing(repo, {"a.txt": text(TWENTY)}, {"a.txt": text(TWENTY[1:])}) as material:
        shown = dossier.window(material, changed(material, "a.txt"), 1, 1, 0)
        assert shown == "-1|line 1\n 1|line 2"


def test_findings_that_count_are_named_with_their_place() -> None:
    finding = Finding("house/one", "probe", "error", "a.py", 3, 4, "said")
    several = [finding, finding._replace(label="pre-existing"), finding._replace(label="worsened")]
    assert dossier.reported(several) == "a.py:3 house/one\na.py:3 house/one"
