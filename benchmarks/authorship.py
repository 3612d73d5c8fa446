"""How long it takes to classify commits, after Git has delivered them.

    python benchmarks/authorship.py REPOSITORY [REPOSITORY ...]

Prints for each repository how many of its commits (at most 10,000) were read, the seconds that Git took to
deliver them with their notes, and the seconds that classifying took; the ratio is of the two.
"""

import os
import sys
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bot.outside import git_history
from bot.outside.git import Repository
from bot.provenance import commits, git_ai

MOST = 10_000


def main(folders: list[str]) -> None:
    print(
        f"{'repository':28}{'commits':>9}{'notes':>7}{'delivered':>11}{'classified':>12}{'ratio':>8}"
    )
    for folder in folders:
        with closing(Repository(folder, dict(os.environ))) as repository:
            started = time.perf_counter()
            head = repository.commit("HEAD") or repository.empty_tree
            ids = git_history.commit_ids(repository, repository.empty_tree, head, MOST)
            found = git_history.read_commits(repository, ids)
            notes = git_history.notes(repository, git_ai.REF, ids)
            delivered = time.perf_counter() - started
        started = time.perf_counter()
        for each in found:
            commits.classify(each)
        for data in notes.values():
            git_ai.parse(data)
        classified = time.perf_counter() - started
        name = Path(folder).resolve()
        shown = name.parent.name if name.name == "repo" else name.name
        print(
            f"{shown:28}{len(found):9}{len(notes):7}{delivered:11.2f}{classified:12.2f}{classified / delivered:8.2f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
