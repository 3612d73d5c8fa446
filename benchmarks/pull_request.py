"""How long the Action takes for a pull request: `python benchmarks/pull_request.py [FILES [ROUNDS]]`.

Makes a repository of 10,000 Python files with 10 commits and one with 1,000, serves them by the fake
GitHub over loopback and has the Action, with nothing kept from before, review a pull request of 20
files without a model. Prints the best of three rounds in seconds, and how history tells. The last column is what
its processes have worked, which other programs on the machine do not make longer.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(HERE), str(HERE / "tests")]
HISTORIES = (10, 1000)
CHANGED = 20
PARTS = ("start", "ask", "fetch", "review", "post", "all", "work")


def _module(number: int, files: int, more: str = "") -> str:
    others = [(number * 7 + step) % files for step in (1, 13, 101)]
    imports = "".join(f"from shop.p{other // 100}.m{other} import f{other}\n" for other in others)
    calls = " + ".join(f"f{other}(value)" for other in others)
    ways = "".join(f"    if value == {way}:\n        total -= {way}\n" for way in range(4))
    body = f"    total = {calls}\n{ways}    return total\n"
    return f'"""Module {number}."""\n\n{imports}\n\ndef f{number}(value):\n{body}{more}'


def _path(number: int) -> str:
    return f"shop/p{number // 100}/m{number}.py"


def _stream(files: int, commits: int) -> bytes:
    """A history for `git fast-import`: everything at once, then ten files a commit."""
    who = b"Maren <maren@example.org> 1767225600 +0000\n"
    parts = []

    def commit(texts: dict[str, str]) -> None:
        parts.append(b"commit refs/heads/main\nauthor " + who + b"committer " + who)
        parts.append(b"data 4\nwork\n")
        for path, text in texts.items():
            data = text.encode()
            parts.append(b"M 100644 inline %b\ndata %d\n%b\n" % (path.encode(), len(data), data))

    first = {_path(number): _module(number, files) for number in range(files)}
    first |= {f"shop/p{part}/__init__.py": "" for part in range(-(-files // 100))}
    commit({"shop/__init__.py": "", ".architrave.toml": 'fail-on = "warning"\n', **first})
    for step in range(commits - 1):
        numbers = [(step * 37 + each * 997) % files for each in range(10)]
        commit({_path(each): _module(each, files, f"\n\nLAST = {step}\n") for each in numbers})
    return b"".join(parts)


def _measured(files: int, commits: int, rounds: int) -> dict[str, float]:
    from fake_github import FakeGitHub

    with tempfile.TemporaryDirectory() as folder, FakeGitHub(Path(folder, "hub")) as hub:
        repo = hub.repo("acme/shop", {"README.md": "# Shop\n"})
        repo.store.git("fast-import", "--quiet", "--force", stdin=_stream(files, commits))
        repo.store.git("repack", "-adq")
        step = files // CHANGED
        change = {
            _path(each): _module(each, files, "\n\ndef run(text):\n    return eval(text)\n")
            for each in range(0, files, step)
        }
        found = []
        for number in range(rounds):
            pull = hub.open(repo, change, branch=f"topic-{number}", message=f"work {number}")
            found.append(_review(hub, repo, pull, Path(folder, f"bot-{number}")))
            assert len(pull.threads) == CHANGED, len(pull.threads)
        assert not hub.problems, hub.problems
        return min(found, key=lambda each: each["all"])


def _review(hub: Any, repo: Any, pull: Any, folder: Path) -> dict[str, float]:
    folder.mkdir()
    event = folder / "event.json"
    event.write_text(json.dumps(hub.event("pull_request")[1]))
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "GITHUB_REPOSITORY": repo.full_name,
        "GITHUB_API_URL": hub.api_url,
        "GITHUB_GRAPHQL_URL": hub.graphql_url,
        "GITHUB_SERVER_URL": hub.url,
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_TOKEN": hub.actions_token(repo).value,
    }
    times = folder / "times.json"
    command = [sys.executable, __file__, "--one", str(time.time()), str(times)]
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found: dict[str, float] = json.loads(times.read_text())
    return found


def _one(began: float, path: str) -> int:
    """The Action in this process; how long its parts took goes to a file."""
    from bot import action, examination, pull_requests
    from bot.outside import git_fetch

    taken = {"start": time.time() - began}

    def timed(module: Any, name: str, part: str) -> None:
        real: Callable[..., Any] = getattr(module, name)

        def called(*given: Any) -> Any:
            started = time.time()
            try:
                return real(*given)
            finally:
                taken[part] = taken.get(part, 0.0) + time.time() - started

        setattr(module, name, called)

    timed(git_fetch.Mirror, "fetch", "fetch")
    timed(examination, "examine", "examine")
    timed(pull_requests, "publish", "publish")
    code = action.main()
    taken["all"] = time.time() - began
    used = [resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    taken["work"] = sum(each.ru_utime + each.ru_stime for each in used)
    # What is examined is an argument of what is published, and holds what is fetched.
    taken["review"] = taken["examine"] - taken["fetch"]
    taken["post"] = taken.pop("publish")
    taken["ask"] = taken["all"] - taken["start"] - taken.pop("examine") - taken["post"]
    Path(path).write_text(json.dumps(taken))
    return code


def main() -> int:
    """Run it and print the figures."""
    if sys.argv[1:2] == ["--one"]:
        return _one(float(sys.argv[2]), sys.argv[3])
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print(f"{'commits':>8}" + "".join(f"{part:>9}" for part in PARTS))
    rows = []
    for commits in HISTORIES:
        rows.append(_measured(files, commits, rounds))
        print(f"{commits:>8}" + "".join(f"{rows[-1][part]:9.2f}" for part in PARTS), flush=True)
    few, many = rows
    print(f"{'ratio':>8}" + "".join(f"{many[part] / few[part]:9.2f}" for part in PARTS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
