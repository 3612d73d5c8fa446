"""What is built of the project, installed where nothing else is, does what the checkout does."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from bot import __version__

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist"]
    subprocess.run([*command, "-d", str(folder)], cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(params=["*.whl", "*.tar.gz"])
def installed(request: pytest.FixtureRequest, built: Path, tmp_path: Path) -> Path:
    """The programs of an environment that holds what was built. What that needs is taken over from this
    environment file by file, so that nothing is fetched and nothing else is in reach."""
    (found,) = built.glob(request.param)
    folder = tmp_path / "environment"
    venv.create(folder)
    (own,) = folder.glob("lib/python*/site-packages")
    left = shutil.ignore_patterns("*architrave*", "__pycache__")
    needed = sysconfig.get_path("purelib")
    shutil.copytree(needed, own, copy_function=_linked, ignore=left, dirs_exist_ok=True)
    _linked(str(Path(sysconfig.get_path("scripts")) / "ruff"), str(folder / "bin" / "ruff"))
    subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-index", "--no-deps",
         "--no-build-isolation", "--disable-pip-version-check", found],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "bin"


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def run(program: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environ}
    return subprocess.run(
        [program, *arguments], cwd=given["HOME"], env=given, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_what_is_installed_reviews_lists_its_rules_and_serves(installed: Path) -> None:
    where = run(installed / "python", "-c", "import bot; print(bot.__file__)")
    assert where.stdout.startswith(str(installed.parent))
    assert run(installed / "review-local", "--version").stdout == f"architrave {__version__}\n"
    demo = run(installed / "review-local", "--demo")
    assert (demo.returncode, "Traceback" in demo.stderr) == (0, False), demo.stderr
    assert "\nBlocked: 4 findings wait for a human.\n" in demo.stdout
    listed = run(installed / "review-local", "rules", "list")
    assert listed.stdout == run(Path(sys.executable).parent / "review-local", "rules", "list").stdout  # fmt: skip
    assert run(installed / "review-action").returncode == 2
    refused = run(installed / "review-service")
    assert (refused.returncode, "GITHUB_WEBHOOK_SECRET" in refused.stderr) == (2, True)


def test_every_file_of_the_packages_is_in_what_is_built(installed: Path) -> None:
    (own,) = installed.parent.glob("lib/python*/site-packages")
    for package in ("bot", "rules", "webhooks"):
        files = [path.relative_to(ROOT) for path in (ROOT / package).rglob("*") if path.is_file()]
        names = [path for path in files if path.suffix != ".pyc"]
        assert names
        assert [name for name in names if not (own / name).is_file()] == []
