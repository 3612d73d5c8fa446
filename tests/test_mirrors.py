"""Mirrors that are broken, crowded, old or fought over: they are made anew once, and nobody reads half of one."""

import os
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from github_git import Store

from bot.outside import commands, git_fetch, git_mirrors, locks
from bot.outside.git import Repository
from bot.outside.git_fetch import Mirror
from bot.outside.git_objects import GitFailed

ENVIRON = {"PATH": os.environ["PATH"]}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_fetch, "_PAUSE", 0.0)
    monkeypatch.setattr(git_fetch, "_GRACE_SECONDS", 0.0)
    monkeypatch.setattr(git_fetch, "_FREE_SECONDS", 0.1)


class Origin:
    """A server by its folder, and our mirror of it."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "origin")
        self.folder = folder / "repositories" / "a.git"
        self.head = ""
        self.commit("one")

    def commit(self, text: str) -> str:
        tree = {"a.txt": f"{text}\n", "b/c.txt": "same\n"}
        self.head = self.store.commit(tree, [self.head] if self.head else [])
        self.store.point("refs/heads/main", self.head)
        return self.head

    def mirror(self) -> Mirror:
        return Mirror(str(self.folder), f"file://{self.store.path}", "", ENVIRON)

    def read(self, commit: str = "") -> str:
        """The file at a commit, fetched; with "; mended" where the mirror was made anew."""
        mirror = self.mirror()
        with mirror.fetch([commit or self.head], 1):
            repository = Repository(mirror.folder, ENVIRON)
            try:
                name = f"{commit or self.head}:a.txt"
                found = repository.read([name])[name]
            finally:
                repository.close()
        assert found is not None
        assert found.data is not None
        return found.data.decode().strip() + ("; mended" if mirror.mended else "")

    def packed(self) -> Path:
        """The one pack of the mirror."""
        commands.run(["git", "repack", "-adq"], environ=ENVIRON, cwd=str(self.folder))
        (pack,) = self.folder.glob("objects/pack/*.pack")
        pack.chmod(0o600)
        return pack

    def left(self) -> list[str]:
        return sorted(path.name for path in self.folder.parent.iterdir())


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    made = Origin(tmp_path)
    assert made.read() == "one"
    return made


def test_a_sound_mirror_is_kept(origin: Origin) -> None:
    inode = origin.folder.stat().st_ino
    assert origin.read() == "one"
    origin.commit("two")
    assert origin.read() == "two"
    assert origin.folder.stat().st_ino == inode


def cut_off(origin: Origin) -> None:
    pack = origin.packed()
    pack.write_bytes(pack.read_bytes()[:-30])


def emptied(origin: Origin) -> None:
    origin.packed().write_bytes(b"")


def without_its_pack(origin: Origin) -> None:
    origin.packed().unlink()


def unpacked(origin: Origin, revision: str) -> Path:
    """An object of the mirror as a file of its own."""
    pack = origin.packed()
    aside = origin.folder / "aside.pack"
    pack.rename(aside)
    pack.with_suffix(".idx").unlink()
    with aside.open("rb") as file:
        command = ["git", "unpack-objects", "-q"]
        subprocess.run(command, stdin=file, cwd=origin.folder, check=True)
    aside.unlink()
    name = origin.store.text("rev-parse", revision)
    return origin.folder.joinpath("objects", name[:2], name[2:])


def without_a_file(origin: Origin) -> None:
    unpacked(origin, f"{origin.head}:a.txt").unlink()


def without_a_folder(origin: Origin) -> None:
    unpacked(origin, f"{origin.head}:b").unlink()


def without_its_commit(origin: Origin) -> None:
    unpacked(origin, origin.head).unlink()


def without_head(origin: Origin) -> None:
    (origin.folder / "HEAD").unlink()


def with_an_empty_head(origin: Origin) -> None:
    (origin.folder / "HEAD").write_bytes(b"")


def without_anything(origin: Origin) -> None:
    git_mirrors.remove(str(origin.folder))
    origin.folder.mkdir()


def with_nonsense_in_its_configuration(origin: Origin) -> None:
    (origin.folder / "config").write_bytes(b"[core\0")


def with_nonsense_in_shallow(origin: Origin) -> None:
    (origin.folder / "shallow").write_bytes(b"nonsense\n")


def with_a_reference_to_nothing(origin: Origin) -> None:
    (origin.folder / "refs" / "architrave" / ("a" * 40)).write_text("a" * 40 + "\n")


# Of what lacks its commit Git sees it, and fetches that again by itself.
SEEN_BY_GIT = [without_its_pack, without_its_commit]
BROKEN = [
    cut_off,
    emptied,
    without_a_file,
    without_a_folder,
    without_head,
    with_an_empty_head,
    without_anything,
    with_nonsense_in_its_configuration,
    with_nonsense_in_shallow,
]


@pytest.mark.parametrize("broken", [*BROKEN, *SEEN_BY_GIT], ids=lambda each: each.__name__)
def test_a_broken_mirror_is_made_anew_once(
    origin: Origin, broken: Callable[[Origin], None]
) -> None:
    broken(origin)
    assert origin.read() == ("one; mended" if broken in BROKEN else "one")
    assert origin.read() == "one"
    assert origin.left() == ["a.git", "a.git.lock", "a.git.use", "tidied"]


@pytest.mark.parametrize("broken", [*BROKEN, *SEEN_BY_GIT], ids=lambda each: each.__name__)
def test_a_broken_mirror_is_no_harm_to_what_is_new(
    origin: Origin, broken: Callable[[Origin], None]
) -> None:
    broken(origin)
    origin.commit("two")
    # A part that nobody needs any more may stay broken.
    assert origin.read().removesuffix("; mended") == "two"
    assert origin.read() == "two"


def test_a_reference_to_nothing_is_no_harm(origin: Origin) -> None:
    with_a_reference_to_nothing(origin)
    origin.commit("two")
    assert origin.read().removesuffix("; mended") == "two"
    assert origin.read() == "two"


def test_what_is_only_found_to_be_broken_on_reading_is_made_anew_the_next_time(
    origin: Origin,
) -> None:
    # A bit that a disk has turned, in what Git reads only then.
    content = zlib.compress(b"one\n")[2:-4]
    pack = origin.packed()
    data = pack.read_bytes()
    assert data.count(content) == 1
    pack.write_bytes(data.replace(content, bytes(each ^ 0x10 for each in content)))
    with pytest.raises(GitFailed):
        origin.read()
    # As the source says of whatever could not be read.
    origin.mirror().suspect()
    assert origin.read() == "one; mended"
    assert origin.read() == "one"


@pytest.mark.parametrize(
    "name", ["shallow.lock", "packed-refs.lock", "refs/architrave/x.lock", "config.lock"]
)
def test_a_lock_that_a_killed_git_left_is_taken_away(origin: Origin, name: str) -> None:
    (origin.folder / name).touch()
    origin.commit("two")
    assert origin.read() == "two"
    assert not (origin.folder / name).exists()


def test_a_server_that_is_down_costs_no_mirror(origin: Origin) -> None:
    inode = origin.folder.stat().st_ino
    away = origin.store.path.with_name("away")
    new = origin.commit("two")
    origin.store.path.rename(away)
    with pytest.raises(GitFailed, match="does not appear to be a git repository"):
        origin.read(new)
    away.rename(origin.store.path)
    assert origin.read(new) == "two"
    assert origin.folder.stat().st_ino == inode
    assert origin.left() == ["a.git", "a.git.lock", "a.git.use", "tidied"]


def test_a_commit_that_is_gone_costs_no_mirror(origin: Origin) -> None:
    inode = origin.folder.stat().st_ino
    with pytest.raises(GitFailed):
        origin.read("b" * 40)
    assert origin.read() == "one"
    assert origin.folder.stat().st_ino == inode


def test_a_broken_mirror_that_is_read_is_not_taken_away(origin: Origin) -> None:
    with origin.mirror().fetch([origin.head], 1):
        without_a_file(origin)
        with pytest.raises(GitFailed, match="another review still reads it"):
            origin.read()
    assert origin.read() == "one; mended"


def test_too_many_commits_are_not_kept(origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_fetch, "_MOST_KEPT", 3)
    kept = []
    for number in range(8):
        origin.commit(f"{number}")
        assert origin.read() == f"{number}"
        kept.append(len(list(origin.folder.glob("refs/architrave/*"))))
    assert max(kept) == 4
    # Whoever reads keeps all of it.
    with origin.mirror().fetch([origin.head], 1):
        for number in range(8, 14):
            origin.commit(f"{number}")
            assert origin.read() == f"{number}"
        assert len(list(origin.folder.glob("refs/architrave/*"))) > 5


# All mirrors together -----------------------------------------------------------------------------


def others(origin: Origin, *days: float) -> list[Path]:
    """Mirrors of a hundred thousand bytes that were used so many days ago."""
    found = []
    for number, ago in enumerate(days):
        folder = origin.folder.with_name(f"other-{number}.git")
        (folder / "objects").mkdir(parents=True)
        (folder / "objects" / "pack").write_bytes(b"x" * 100_000)
        Path(f"{folder}.use").touch()
        used = time.time() - ago * 86_400
        os.utime(f"{folder}.use", (used, used))
        found.append(folder)
    (origin.folder.parent / "tidied").unlink()
    return found


def test_what_was_not_used_for_a_month_goes(origin: Origin) -> None:
    old, new = others(origin, 31, 29)
    assert origin.read() == "one"
    assert [old.exists(), new.exists()] == [False, True]


def test_what_is_too_much_goes_the_least_recently_used_first(origin: Origin) -> None:
    found = others(origin, 1, 4, 2, 3)
    git_mirrors.tidy(str(origin.folder.parent), 300_000)
    assert [each.exists() for each in found] == [True, False, True, False]
    assert origin.read() == "one"


def test_what_is_in_use_or_written_stays(origin: Origin) -> None:
    read, written, free = others(origin, 90, 80, 70)
    use = locks.take(f"{read}.use", shared=True)
    lock = locks.take(f"{written}.lock")
    assert use and lock
    with use, lock:
        git_mirrors.tidy(str(origin.folder.parent))
    assert [each.exists() for each in (read, written, free)] == [True, True, False]


def test_it_is_looked_at_once_an_hour(origin: Origin) -> None:
    (old,) = others(origin, 31)
    stamp = origin.folder.parent / "tidied"
    stamp.touch()
    git_mirrors.tidy(str(origin.folder.parent))
    assert old.exists()
    os.utime(stamp, (time.time() - 3601,) * 2)
    git_mirrors.tidy(str(origin.folder.parent))
    assert not old.exists()


def test_what_a_killed_process_left_goes(origin: Origin) -> None:
    (origin.folder.parent / "tidied").unlink()
    left = [origin.folder.with_name(name) for name in ("a.git.new", "b.git.gone-12345678")]
    for each in left:
        each.mkdir()
        os.utime(each, (time.time() - 2 * 86_400,) * 2)
    git_mirrors.tidy(str(origin.folder.parent))
    assert origin.left() == ["a.git", "a.git.lock", "a.git.use", "tidied"]


# Together -----------------------------------------------------------------------------------------

ANOTHER = """
import sys
from bot.outside.git_fetch import Mirror
folder, url, path, *commits = sys.argv[1:]
for commit in commits:
    with Mirror(folder, url, "", {"PATH": path}).fetch([commit], 1):
        print(commit)
"""


def test_two_processes_and_two_threads_fetch_at_once(
    origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_fetch, "_FREE_SECONDS", 60.0)
    without_a_file(origin)
    wanted = [origin.commit(f"{number}") for number in range(6)]
    command = [sys.executable, "-c", ANOTHER, str(origin.folder), f"file://{origin.store.path}"]
    programs = [
        subprocess.Popen([*command, ENVIRON["PATH"], *order], stdout=subprocess.PIPE, text=True)
        for order in (wanted, wanted[::-1])
    ]
    read: list[str] = []
    threads = [
        threading.Thread(target=lambda: read.extend(origin.read(each) for each in wanted))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    told = [program.communicate(timeout=60)[0].split() for program in programs]
    assert told == [wanted, wanted[::-1]]
    assert sorted(each.partition(";")[0] for each in read) == sorted("001122334455")
    assert origin.left() == ["a.git", "a.git.lock", "a.git.use", "tidied"]
