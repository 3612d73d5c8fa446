"""What a change comes to depend on: imports, manifests, sources and locks, and hostile ones of them."""

import time
from contextlib import suppress

import pytest
from conftest import Command, Ran, Repo

from bot import distributions, manifests
from bot.distributions import lookalike

pytestmark = pytest.mark.usefixtures("workers_measured")

POLICY = 'packs = ["dependencies"]\n'
PROJECT = '[project]\nname = "shop"\ndependencies = ["flask"]\n'


@pytest.fixture
def shop(repo: Repo) -> Repo:
    """A project that declares Flask and has one module."""
    repo.commit(
        {
            ".architrave.toml": POLICY,
            "pyproject.toml": PROJECT,
            "shop/__init__.py": "",
            "shop/web.py": "import flask\n",
        }
    )
    return repo


def found(ran: Ran) -> list[tuple[str, str, str, int]]:
    """Rule, severity, path and line of what was introduced."""
    return [
        (
            each["rule"].removeprefix("dependencies/"),
            each["severity"],
            each["path"],
            each["start_line"],
        )
        for each in ran.review["findings"]
        if each["label"] == "introduced"
    ]


def rules(ran: Ran) -> list[tuple[str, str]]:
    return [(rule, severity) for rule, severity, _, _ in found(ran)]


def messages(ran: Ran) -> str:
    return "\n".join(each["message"] for each in ran.review["findings"])


# Imports --------------------------------------------------------------------------------------


def test_an_import_that_nothing_declares_blocks(shop: Repo, review: Command) -> None:
    shop.write({"shop/web.py": "import flask\nimport httpx\n"})
    ran = review.json(shop)
    assert found(ran) == [("undeclared-import", "error", "shop/web.py", 2)]
    assert ran.code == 1


@pytest.mark.parametrize(
    "line",
    [
        "import json, os.path",
        "import distutils",
        "import shop.db",
        "from . import db",
        "import bpy",
        "from shop_pb2 import Cart",
        "import _speedups",
        "try:\n    import httpx\nexcept ImportError:\n    httpx = None",
        "try:\n    import json\nexcept Exception:\n    import simplejson",
        "from contextlib import suppress\nwith suppress(ImportError):\n    import httpx",
        "import sys\nif sys.version_info < (3, 11):\n    import tomli\nelse:\n    import tomllib",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import httpx",
        "import typing\nif typing.TYPE_CHECKING:\n    import httpx",
    ],
)
def test_an_import_that_needs_no_declaration_is_left_alone(
    shop: Repo, review: Command, line: str
) -> None:
    shop.write({"shop/web.py": f"import flask\n{line}\n"})
    assert found(review.json(shop)) == []


@pytest.mark.parametrize(
    ("path", "text", "severity"),
    [
        ("shop/web.py", "def get():\n    import httpx\n", "warning"),
        ("shop/web.py", "import sys\nif sys.argv:\n    import httpx\n", "warning"),
        ("tests/test_web.py", "import httpx\n", "note"),
        ("docs/conf.py", "import httpx\n", "note"),
        ("examples/a.py", "import httpx\n", "note"),
        ("shop/web.py", "try:\n    pass\nfinally:\n    import httpx\n", "error"),
        ("shop/web.py", "try:\n    import httpx\nexcept ValueError:\n    pass\n", "error"),
    ],
)
def test_an_import_is_graver_the_more_depends_on_it(
    shop: Repo, review: Command, path: str, text: str, severity: str
) -> None:
    shop.write({path: text})
    assert rules(review.json(shop)) == [("undeclared-import", severity)]


def test_a_package_that_was_imported_before_anywhere_is_not_new(
    shop: Repo, review: Command
) -> None:
    shop.commit({"shop/old.py": "import os, httpx as client\n"})
    shop.write({"shop/web.py": "import flask\nfrom httpx import get\n"})
    assert found(review.json(shop)) == []


def test_an_import_that_moves_to_a_renamed_file_is_not_new(shop: Repo, review: Command) -> None:
    shop.commit({"shop/old.py": "import httpx\n" + "x = 1\n" * 20})
    shop.git("mv", "shop/old.py", "shop/new.py")
    assert found(review.json(shop)) == []


def test_a_package_imported_by_several_files_is_told_of_once(shop: Repo, review: Command) -> None:
    shop.write({f"shop/{name}.py": "import httpx\n" for name in "cab"})
    assert found(review.json(shop)) == [("undeclared-import", "error", "shop/a.py", 1)]


@pytest.mark.parametrize(
    "module",
    [
        "httpx.py",
        "src/httpx/client.py",
        "lib/httpx/__init__.py",
        "shop/httpx.pyi",
        "native/httpx.pyx",
        "packages/httpx/src/httpx/deep/a.py",
    ],
)
def test_a_module_of_the_repository_is_no_foreign_package(
    shop: Repo, review: Command, module: str
) -> None:
    shop.write({module: "", "shop/web.py": "import httpx\n"})
    assert found(review.json(shop)) == []


def test_a_module_of_the_same_name_does_not_declare_what_it_wraps(
    shop: Repo, review: Command
) -> None:
    shop.write({"shop/httpx.py": "import httpx\n"})
    assert rules(review.json(shop)) == [("undeclared-import", "error")]


def test_a_module_inside_of_another_package_is_not_imported_by_its_bare_name(
    shop: Repo, review: Command
) -> None:
    shop.write({"other/__init__.py": "", "other/httpx.py": "", "shop/web.py": "import httpx\n"})
    assert rules(review.json(shop)) == [("undeclared-import", "error")]


def test_a_submodule_may_hold_the_package(shop: Repo, review: Command) -> None:
    head = shop.git("rev-parse", "HEAD")
    shop.git("update-index", "--add", "--cacheinfo", f"160000,{head},vendored/httpx")
    shop.git("commit", "-qm", "submodule")
    shop.commit({"shop/web.py": "import httpx\n"})
    assert found(review.json(shop, "HEAD~1..HEAD")) == []


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("yaml", "PyYAML"),
        ("cv2", "opencv-python-headless"),
        ("sklearn", "scikit_learn"),
        ("google.cloud.storage", "google-cloud-storage"),
        ("ruamel.yaml", "ruamel.yaml"),
        ("zope.event", "zope.event"),
        ("airflow", "apache-airflow"),
        ("dotenv", "python-dotenv"),
        ("jenkins", "python-jenkins"),
        ("serial", "pyserial"),
        ("some_thing", "Some.Thing"),
        ("frobnicate", "python-frobnicate"),
        ("frobnicate", "frobnicate3"),
    ],
)
def test_a_distribution_declares_the_modules_it_holds(
    shop: Repo, review: Command, module: str, distribution: str
) -> None:
    shop.commit({"pyproject.toml": PROJECT.replace('"flask"', f'"flask", "{distribution}>=1"')})
    shop.write({"shop/web.py": f"import {module}\n"})
    assert found(review.json(shop)) == []


def test_stubs_do_not_declare_the_package_they_describe(shop: Repo, review: Command) -> None:
    shop.commit({"pyproject.toml": PROJECT.replace('"flask"', '"types-requests"')})
    shop.write({"shop/web.py": "import requests\n"})
    assert rules(review.json(shop)) == [("undeclared-import", "error")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[project]\nname = "a"\n[project.optional-dependencies]\nx = ["httpx"]\n'),
        ("pyproject.toml", '[project]\nname = "a"\n[dependency-groups]\ndev = ["httpx>1"]\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3"\nhttpx = "^1"\n'),
        ("pyproject.toml", '[tool.poetry.group.a.dependencies]\nhttpx = {version = "^1"}\n'),
        ("pyproject.toml", '[tool.hatch.envs.default]\ndependencies = ["httpx"]\n'),
        ("pyproject.toml", '[tool.pdm.dev-dependencies]\ntest = ["httpx"]\n'),
        ("pyproject.toml", '[tool.uv]\ndev-dependencies = ["httpx"]\n'),
        ("pyproject.toml", '[build-system]\nrequires = ["httpx"]\n'),
        ("setup.cfg", "[metadata]\nname = a\n[options]\ninstall_requires =\n    httpx>=1\n"),
        ("setup.cfg", "[options.extras_require]\nx =\n    httpx[http2]; python_version > '3'\n"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=['httpx'])\n"),
        ("setup.py", "from setuptools import setup\nN = ['httpx']\nsetup(install_requires=N + ['a'])\n"),
        ("setup.py", "from setuptools import setup\ne = {}\ne['x'] = ['httpx']\nsetup(extras_require=e)\n"),
        ("setup.py", "from setuptools import setup\nx = dict(a=['httpx'])\nsetup(**x)\n"),
        ("requirements.txt", "httpx==1.0 # why\n"),
        ("requirements/base.in", "httpx\n"),
        ("requirements-dev.txt", "-r more.txt\n"),
        ("environment.yml", "dependencies:\n  - python=3\n  - pip:\n    - httpx\n"),
        ("environment.yaml", "dependencies:\n- conda-forge::httpx>=1\n"),
        ("Pipfile", '[packages]\nhttpx = "*"\n'),
        ("tox.ini", "[testenv]\ndeps =\n    py311: httpx\n"),
        ("noxfile.py", "def test(session):\n    session.install('httpx')\n"),
        ("Dockerfile", "RUN pip install --no-cache \\\n    flask httpx\n"),
        (".github/workflows/ci.yml", "jobs:\n  a:\n    steps:\n    - run: pip install httpx\n"),
    ],
)  # fmt: skip
def test_every_kind_of_manifest_declares(repo: Repo, review: Command, path: str, text: str) -> None:
    repo.commit({".architrave.toml": POLICY, "requirements-a.txt": "flask\n", "a.py": ""})
    repo.commit({path: text, "more.txt": "httpx\n"})
    repo.write({"a.py": "import httpx\nimport nobody_has_this\n"})
    assert messages(review.json(repo)).count("`httpx`") == 0
    assert "`nobody_has_this`" in messages(review.json(repo))


def test_a_manifest_speaks_for_its_own_project_only(repo: Repo, review: Command) -> None:
    one, two = (
        f'[project]\nname = "{n}"\ndependencies = ["{d}"]\n'
        for n, d in (("a", "x"), ("b", "httpx"))
    )
    repo.commit({".architrave.toml": POLICY, "a/pyproject.toml": one, "b/pyproject.toml": two})
    repo.write({"a/src/a/m.py": "import httpx\n", "b/src/b/m.py": "import httpx\n"})
    assert found(review.json(repo)) == [("undeclared-import", "error", "a/src/a/m.py", 1)]


def test_without_a_manifest_nothing_is_said_of_imports(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, "pyproject.toml": "[tool.ruff]\n"})
    repo.write({"a.py": "import httpx\n"})
    assert found(review.json(repo)) == []


def test_a_script_declares_for_itself_alone(shop: Repo, review: Command) -> None:
    block = '# /// script\n# dependencies = ["httpx"]\n# ///\n'
    shop.write(
        {"run.py": block + "import httpx\nimport jsonschema\n", "shop/web.py": "import uvicorn\n"}
    )
    ran = review.json(shop)
    assert ("new-dependency", "note", "run.py", 2) in found(ran)
    assert ("undeclared-import", "error", "run.py", 5) in found(ran)
    assert ("undeclared-import", "error", "shop/web.py", 1) in found(ran)


def test_a_setup_that_computes_its_requirements_makes_a_note_of_the_import(
    repo: Repo, review: Command
) -> None:
    setup = "from setuptools import setup\nsetup(install_requires=open('deps').read().split())\n"
    repo.commit({".architrave.toml": POLICY, "setup.py": setup})
    repo.write({"a.py": "import httpx\n"})
    ran = review.json(repo)
    assert rules(ran) == [("undeclared-import", "note")]
    assert "as far as `setup.py` can be read" in messages(ran)


def test_what_is_only_locked_is_a_warning(shop: Repo, review: Command) -> None:
    shop.commit({"uv.lock": '[[package]]\nname = "httpx"\nversion = "1"\n'})
    shop.write({"shop/web.py": "import httpx\n"})
    ran = review.json(shop)
    assert rules(ran) == [("undeclared-import", "warning")]
    assert "only because another package needs it" in messages(ran)


def test_a_package_may_be_allowed(shop: Repo, review: Command) -> None:
    shop.commit(
        {
            ".architrave.toml": POLICY
            + "[options.'dependencies/undeclared-import']\nallow = ['Some-Thing']\n"
        }
    )
    shop.write({"shop/web.py": "import some_thing\n"})
    assert found(review.json(shop)) == []


def test_an_option_that_is_not_known_is_named(shop: Repo, review: Command) -> None:
    shop.commit(
        {".architrave.toml": POLICY + "[options.'dependencies/lock-file']\nfinds = 'all'\n"}
    )
    shop.write({"a.py": ""})
    ran = review(shop)
    assert ran.code == 2
    assert "`finds` must be one of lookalike, source" in ran.err


# Lookalikes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("reqeusts", "requests"),
        ("request", "requests"),
        ("python-requests", "requests"),
        ("beautifulsoup", "beautifulsoup4"),
        ("scikitlearn", "scikit-learn"),
        ("sklearn", "scikit-learn"),
        ("tensor-flow", "tensorflow"),
        ("langchain-opanai", "langchain-openai"),
        ("numppy", "numpy"),
        ("padnas", "pandas"),
        ("beutifulsop4", "beautifulsoup4"),
        ("PyYMAL", "pyyaml"),
        ("jwt", "pyjwt"),
        ("r\u0435quests", "requests"),
    ],
)
def test_a_slip_is_traced_to_the_name_it_was_meant_for(name: str, meant: str) -> None:
    assert lookalike.meant(name) == meant


@pytest.mark.parametrize(
    "name",
    ["requests", "httpx", "types-requests", "pytest-mocker2", "yarl", "shop", "flask-orders", "rich",
     "trio", "acme-billing", "jinja3", "django-shop", "x" * 100_000, "-".join("ab" * 20_000), ""],
)  # fmt: skip
def test_a_name_of_its_own_is_no_lookalike(name: str) -> None:
    started = time.perf_counter()
    assert lookalike.meant(name) == ""
    assert time.perf_counter() - started < 0.5


def test_no_well_known_package_looks_like_another() -> None:
    known = distributions.popular() | distributions.famous()
    assert [name for name in known if lookalike.meant(name)] == []
    assert len(known) > 3_000


def test_a_lookalike_import_is_told_of_even_where_its_absence_is_handled(
    shop: Repo, review: Command
) -> None:
    shop.write({"tests/test_a.py": "try:\n    import reqeusts\nexcept ImportError:\n    pass\n"})
    ran = review.json(shop)
    assert found(ran) == [("lookalike-package", "error", "tests/test_a.py", 2)]
    assert "`reqeusts` is not `requests`" in messages(ran)


def test_a_module_declared_in_place_of_its_package_is_told(shop: Repo, review: Command) -> None:
    shop.write({"requirements.txt": "flask\nsklearn\n"})
    ran = review.json(shop)
    assert found(ran) == [("lookalike-package", "error", "requirements.txt", 2)]
    assert "the package that holds it is `scikit-learn`" in messages(ran)


def test_a_letter_of_another_alphabet_is_called_out(shop: Repo, review: Command) -> None:
    shop.write(
        {
            "shop/web.py": "import r\u0435quests\n",
            "requirements.txt": "fl\u0430sk==1\n\u0441\u043e\u0431\u0430\u043a\u0430\n",
        }
    )
    ran = review.json(shop)
    assert rules(ran) == [("lookalike-package", "error")] * 3
    assert "looks like `requests`, has a letter that no package's may have (U+0435)" in messages(
        ran
    )


def test_a_lookalike_that_is_declared_and_imported_is_one_finding(
    shop: Repo, review: Command
) -> None:
    shop.write(
        {
            "pyproject.toml": PROJECT.replace('"flask"', '"flask",\n"reqeusts"'),
            "requirements-dev.txt": "reqeusts\n",
            "shop/web.py": "import reqeusts\n",
        }
    )
    assert found(review.json(shop)) == [("lookalike-package", "error", "pyproject.toml", 4)]


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("Dockerfile", "FROM python\nRUN pip install -U \\\n  reqeusts==2.0\n", 2),
        (".github/workflows/a.yml", "steps:\n- run: pip install -r a.txt 'reqeusts>2'\n", 2),
        ("noxfile.py", "def a(session):\n    session.install('reqeusts')\n", 2),
    ],
)
def test_a_lookalike_in_a_command_is_found(
    shop: Repo, review: Command, path: str, text: str, line: int
) -> None:
    shop.write({path: text})
    assert ("lookalike-package", "error", path, line) in found(review.json(shop))


# New dependencies -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "before", "after", "severity", "line"),
    [
        ("pyproject.toml", PROJECT, PROJECT.replace('"flask"', '"flask", "httpx"'), "warning", 3),
        ("pyproject.toml", PROJECT, PROJECT + '[dependency-groups]\ndev = [\n "httpx",\n]\n', "note", 6),
        ("pyproject.toml", PROJECT, PROJECT + '[project.optional-dependencies]\nhttp = ["httpx"]\n', "warning", 5),
        ("pyproject.toml", PROJECT, PROJECT + '[project.optional-dependencies]\ntests = ["httpx"]\n', "note", 5),
        ("pyproject.toml", PROJECT, PROJECT + '[tool.poetry.dependencies]\nhttpx = "^1"\n', "warning", 5),
        ("pyproject.toml", PROJECT, PROJECT + "[tool.poetry.group.dev.dependencies]\nhttpx = '*'\n", "note", 5),
        ("pyproject.toml", PROJECT, PROJECT + '[build-system]\nrequires = ["httpx"]\n', "note", 5),
        ("requirements.txt", "flask\n", "flask\nhttpx==1\n", "warning", 2),
        ("requirements-dev.txt", "flask\n", "flask\nhttpx==1\n", "note", 2),
        ("requirements/test.txt", "flask\n", "flask\nhttpx==1\n", "note", 2),
        ("setup.py", "setup()\n", "setup(\n    install_requires=[\n        'httpx',\n    ],\n)\n", "warning", 3),
        ("setup.cfg", "[options]\ninstall_requires =\n  flask\n", "[options]\ninstall_requires =\n  flask\n  httpx\n", "warning", 4),
        ("tox.ini", "[testenv]\ndeps = flask\n", "[testenv]\ndeps =\n  flask\n  httpx\n", "note", 4),
        ("environment.yml", "dependencies: [flask]\n", "dependencies:\n- flask\n- httpx\n", "warning", 3),
    ],
)  # fmt: skip
def test_a_new_dependency_is_for_a_person_to_decide(
    repo: Repo, review: Command, path: str, before: str, after: str, severity: str, line: int
) -> None:
    repo.commit({".architrave.toml": POLICY, path: before})
    repo.write({path: after})
    assert found(review.json(repo)) == [("new-dependency", severity, path, line)]


def test_a_dependency_that_moves_between_manifests_is_not_new(shop: Repo, review: Command) -> None:
    shop.commit({"requirements.txt": "httpx==1\nuvicorn\n"})
    shop.write(
        {
            "requirements.txt": "uvicorn\n",
            "pyproject.toml": PROJECT.replace('"flask"', '"flask", "HTTPX"'),
        }
    )
    assert found(review.json(shop)) == []


def test_what_another_manifest_declared_before_is_not_new(shop: Repo, review: Command) -> None:
    shop.commit({"service/requirements.txt": "My_Pack==1\n"})
    shop.write({"pyproject.toml": PROJECT.replace('"flask"', '"flask", "my-pack"')})
    assert found(review.json(shop)) == []


def test_a_development_dependency_that_the_product_needs_now_is_told(
    shop: Repo, review: Command
) -> None:
    shop.commit({"requirements-dev.txt": "httpx\n"})
    shop.write({"pyproject.toml": PROJECT.replace('"flask"', '"flask", "httpx"')})
    ran = review.json(shop)
    assert rules(ran) == [("new-dependency", "warning")]
    assert "needed only for development before" in messages(ran)


POETRY = '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\nflask = "^3"\n'
OFFERED = 'httpx = {{ version = "^0.27"{} }}\n[tool.poetry.extras]\nchecks = ["httpx"]\n'


@pytest.mark.parametrize(
    ("after", "severity"),
    [
        (POETRY + OFFERED.format(", optional = true"), "note"),
        (POETRY + OFFERED.format(""), "warning"),
        (PROJECT + '[project.optional-dependencies]\nclient = ["httpx"]\n', "note"),
        (PROJECT.replace('"flask"', '"flask", "httpx"') + '[project.optional-dependencies]\na = ["httpx"]\n', "warning"),
    ],
)  # fmt: skip
def test_a_development_dependency_that_is_offered_as_an_extra_now_is_a_note(
    shop: Repo, review: Command, after: str, severity: str
) -> None:
    shop.commit({"requirements-dev.txt": "httpx\n"})
    shop.write({"pyproject.toml": after})
    ran = review.json(shop)
    assert rules(ran) == [("new-dependency", severity)]
    says = "now also offered as an optional" if severity == "note" else "now needed at run time"
    assert says in messages(ran)


def test_many_new_dependencies_at_once_are_one_finding(shop: Repo, review: Command) -> None:
    shop.write({"requirements.txt": "".join(f"package-number-{n}\n" for n in range(40))})
    ran = review.json(shop)
    assert rules(ran) == [("new-dependency", "warning")]
    assert "40 new dependencies: `package-number-0`" in messages(ran)


def test_what_is_included_counts_as_declared_here(shop: Repo, review: Command) -> None:
    shop.commit({"requirements.txt": "-r deps.list\n", "deps.list": "uvicorn\n"})
    shop.write({"requirements.txt": "-r deps.list\n-r more.list\n", "more.list": "httpx\n"})
    assert found(review.json(shop)) == [("new-dependency", "warning", "more.list", 1)]


# Pins -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("a==1.4\n", "a==2.0\n", "another major version: `==1.4` to `==2.0`"),
        ("a==2.4\n", "a==1.0\n", "another major version"),
        ("a>=1,<3\n", "a>=1\n", "has no upper bound any more: `>=1,<3` to `>=1`"),
        ("a~=1.4\n", "a\n", "to `any`"),
        ("a==1 --hash=sha256:aa\nb==1\n", "a==1\nb==1\n", "no longer held to a hash"),
    ],
)
def test_a_loosened_pin_is_a_note(
    repo: Repo, review: Command, before: str, after: str, told: str
) -> None:
    repo.commit({".architrave.toml": POLICY, "requirements.txt": before})
    repo.write({"requirements.txt": after})
    ran = review.json(repo)
    assert rules(ran) == [("changed-pin", "note")]
    assert told in messages(ran)


@pytest.mark.parametrize(
    ("before", "after"),
    [("a==1.4", "a==1.5"), ("a>=1", "a>=2"), ("a>=1", "a>=1,<2"), ("a", "a==1"), ("a<2", "a<3"),
     ("a==1.*", "a==1.2"), ("a >= 1", "a>=1  # why"), ("a==1", "")],
)  # fmt: skip
def test_a_usual_update_is_none(repo: Repo, review: Command, before: str, after: str) -> None:
    repo.commit({".architrave.toml": POLICY, "requirements.txt": before + "\nb\n"})
    repo.write({"requirements.txt": after + "\nb\n"})
    assert found(review.json(repo)) == []


# Sources --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("--extra-index-url https://packages.example.org/simple", "error"),
        ("-i https://packages.example.org/simple", "error"),
        ("--find-links=https://example.org/wheels", "error"),
        ("--trusted-host example.org", "error"),
        ("--extra-index-url https://download.pytorch.org/whl/cpu", "note"),
        ("flask @ git+https://example.org/flask.git", "warning"),
        ("git+https://example.org/flask.git@main#egg=flask", "warning"),
        ("-e git+ssh://git@example.org/flask.git#egg=flask", "warning"),
        ("flask @ git+https://example.org/flask.git@" + "a" * 40, "note"),
        ("flask @ git+https://example.org/flask.git@10794dc", "note"),
        ("flask @ git+https://example.org/flask.git@10794d", "warning"),
        ("flask @ git+https://example.org/flask.git@20240101", "warning"),
        ("flask @ git+https://example.org/flask.git@defaced", "warning"),
        ("flask @ git+https://example.org/flask.git@1079abc-fix", "warning"),
        ("https://example.org/flask-1.0-py3-none-any.whl#sha256=" + "0" * 64, "note"),
        ("flask @ http://example.org/flask.zip", "error"),
        ("flask @ file:///tmp/flask", "warning"),
        ("-e ../../outside", "warning"),
        ("-r ../../outside.txt", "error"),
        ("-r https://example.org/requirements.txt", "error"),
    ],
)
def test_a_package_from_elsewhere_is_told(
    repo: Repo, review: Command, line: str, severity: str
) -> None:
    repo.commit({".architrave.toml": POLICY, "requirements.txt": "flask\n"})
    repo.write({"requirements.txt": f"flask\n{line}\n"})
    assert found(review.json(repo)) == [("dependency-source", severity, "requirements.txt", 2)]


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("pyproject.toml", PROJECT + '[[tool.uv.index]]\nname = "x"\nurl = "https://example.org/simple"\n', 6),
        ("pyproject.toml", PROJECT + '[[tool.poetry.source]]\nname = "x"\nurl = "https://example.org/simple"\n', 6),
        ("pyproject.toml", PROJECT + '[tool.uv.sources]\nflask = { git = "https://example.org/flask" }\n', 5),
        ("pyproject.toml", PROJECT + '[tool.poetry.dependencies]\nflask = {git = "https://example.org/f"}\n', 5),
        ("Pipfile", '[[source]]\nurl = "https://example.org/simple"\n', 2),
        ("uv.toml", 'extra-index-url = ["https://example.org/simple"]\n', 1),
        ("pip.conf", "[global]\nextra-index-url = https://example.org/simple\n", 2),
        ("environment.yml", "channels:\n- https://example.org/conda\ndependencies: [flask]\n", 2),
        ("Dockerfile", "RUN pip install --extra-index-url https://example.org/simple flask\n", 1),
        ("Dockerfile", "FROM a\nENV PIP_EXTRA_INDEX_URL=https://example.org/simple\n", 2),
    ],
)  # fmt: skip
def test_every_way_to_name_a_source_is_known(
    shop: Repo, review: Command, path: str, text: str, line: int
) -> None:
    shop.write({path: text})
    assert [(rule, at, number) for rule, _, at, number in found(review.json(shop))] == [
        ("dependency-source", path, line)
    ]


@pytest.mark.parametrize(
    "line",
    ["-e .", "./libs/flask", "-e libs/flask", "flask @ file:libs/flask", "--index-url https://pypi.org/simple",
     "-r requirements-dev.txt", "-c constraints.txt"],
)  # fmt: skip
def test_a_place_in_the_repository_is_in_order(repo: Repo, review: Command, line: str) -> None:
    files = {"requirements.txt": "flask\n", "requirements-dev.txt": "flask\n"}
    repo.commit({".architrave.toml": POLICY, **files})
    repo.write({"requirements.txt": f"flask\n{line}\n"})
    assert [rule for rule, _ in rules(review.json(repo)) if rule == "dependency-source"] == []


def test_a_source_that_was_there_before_is_not_told_again(repo: Repo, review: Command) -> None:
    old = "--index-url https://example.org/simple\nflask @ git+https://example.org/flask.git@v1\n"
    repo.commit({".architrave.toml": POLICY, "requirements.txt": old})
    repo.write({"requirements.txt": old.replace("@v1", "@v2")})
    assert found(review.json(repo)) == []


# Locks ----------------------------------------------------------------------------------------

LOCK = '[[package]]\nname = "flask"\nsource = { registry = "https://pypi.org/simple" }\n'


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("uv.lock", LOCK, LOCK + '[[package]]\nname = "odd-one"\n'),
        ("poetry.lock", LOCK, LOCK + '[[package]]\nname = "odd-one"\n'),
        ("Pipfile.lock", '{\n    "default": {\n', '{\n    "default": {\n        "odd-one": {\n'),
        ("requirements.txt", "# autogenerated by pip-compile\na==1\n", "# autogenerated by pip-compile\na==1\nodd-one==1\n"),
        ("requirements.txt", "a==1 \\\n  --hash=sha256:0\n", "a==1 \\\n  --hash=sha256:0\nodd-one==1 --hash=sha256:1\n"),
    ],
)  # fmt: skip
def test_what_is_locked_unasked_is_a_note(
    repo: Repo, review: Command, path: str, before: str, after: str
) -> None:
    repo.commit({".architrave.toml": POLICY, path: before})
    repo.write({path: after})
    ran = review.json(repo)
    assert rules(ran) == [("lock-file", "note")]
    assert "1 package newly locked, while no manifest changed: `odd-one`" in messages(ran)


def test_a_project_that_is_called_something_else_is_not_newly_locked(
    shop: Repo, review: Command
) -> None:
    own = '[[package]]\nname = "{}"\nversion = "1"\nsource = {{ editable = "{}" }}\n'
    shop.commit({"uv.lock": own.format("shop", ".") + LOCK})
    shop.write({"uv.lock": own.format("store", ".") + LOCK})
    assert rules(review.json(shop)) == []
    shop.write({"uv.lock": own.format("store", "../odd") + LOCK})
    assert rules(review.json(shop)) == [("lock-file", "note")]


def test_a_lock_that_follows_a_manifest_is_in_order(shop: Repo, review: Command) -> None:
    shop.commit({"uv.lock": LOCK})
    shop.write(
        {
            "pyproject.toml": PROJECT.replace('"flask"', '"flask>=3"'),
            "uv.lock": LOCK + '[[package]]\nname = "blinker"\n',
        }
    )
    assert found(review.json(shop)) == []


def test_a_lock_that_takes_packages_from_another_host_blocks(shop: Repo, review: Command) -> None:
    shop.commit({"uv.lock": LOCK})
    shop.write({"uv.lock": LOCK.replace("pypi.org", "pypi.example.org")})
    ran = review.json(shop)
    assert found(ran) == [("dependency-source", "error", "uv.lock", 3)]
    assert "`pypi.example.org`, which no manifest names" in messages(ran)


def test_a_lock_that_takes_a_package_from_a_repository_blocks(shop: Repo, review: Command) -> None:
    one, other = (
        LOCK.replace("registry", "git").replace(
            "pypi.org/simple", f"github.com/{name}/flask?rev=1#abc"
        )
        for name in ("pallets", "mallory")
    )
    shop.commit({"uv.lock": one})
    shop.write({"uv.lock": one + other})
    ran = review.json(shop)
    assert found(ran) == [("dependency-source", "error", "uv.lock", 6)]
    assert "`github.com/mallory/flask`" in messages(ran)


def test_an_address_in_a_description_is_no_source(shop: Repo, review: Command) -> None:
    shop.commit({"poetry.lock": LOCK})
    shop.write({"poetry.lock": LOCK + 'description = "See [it](https://example.org/)"\n'})
    assert found(review.json(shop)) == []


def test_a_file_that_only_now_claims_to_be_compiled_is_judged_as_before(
    repo: Repo, review: Command
) -> None:
    repo.commit({".architrave.toml": POLICY, "requirements.txt": "flask\n"})
    repo.write({"requirements.txt": "# autogenerated by pip-compile\nflask\nhttpx\n"})
    assert found(review.json(repo)) == [("new-dependency", "warning", "requirements.txt", 3)]


def test_a_lookalike_in_a_compiled_file_is_found(repo: Repo, review: Command) -> None:
    compiled = "# autogenerated by pip-compile\nflask==1\n"
    repo.commit({".architrave.toml": POLICY, "requirements.txt": compiled})
    repo.write({"requirements.txt": compiled + "reqeusts==1\n"})
    assert ("lookalike-package", "error", "requirements.txt", 3) in found(review.json(repo))


def test_more_findings_than_a_person_reads_are_said_to_be_more(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, "requirements.txt": "flask\n"})
    repo.write(
        {"requirements.txt": "".join(f"p{n} @ https://example.org/{n}.zip\n" for n in range(900))}
    )
    ran = review.json(repo)
    assert ran.code == 3
    assert len(found(ran)) == 500
    assert "more than 500 findings" in ran.status("requirements.txt")["dependencies"]


def test_a_lock_of_several_megabytes_is_read(shop: Repo, review: Command) -> None:
    large = LOCK + "".join(
        f'[[package]]\nname = "p{n}"\nhash = "{"0" * 200}"\n' for n in range(12_000)
    )
    assert len(large) > 2 << 20
    shop.commit({"uv.lock": large})
    shop.write({"uv.lock": large + '[[package]]\nname = "odd-one"\n'})
    assert rules(review.json(shop)) == [("lock-file", "note")]


def test_a_lock_that_is_too_large_is_not_judged(shop: Repo, review: Command) -> None:
    shop.write({"uv.lock": LOCK + "#" * (9 << 20)})
    ran = review.json(shop)
    assert ran.code == 3
    assert ran.status("uv.lock")["dependencies"] == "failed: its content is missing or too large"


# Hostile --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", "a = " + "[" * 100_000),
        ("pyproject.toml", b"\xff\xfe"),
        ("pyproject.toml", PROJECT + "#" * (1 << 20)),
        ("setup.cfg", "no section\n"),
        ("environment.yml", "a: &a [1]\nb: *a\n"),
        ("environment.yml", "a: [\n"),
        ("Pipfile", "= 1\n"),
        ("run.py", "# /// script\n# dependencies = [\n# ///\n"),
    ],
)
def test_a_changed_manifest_that_cannot_be_read_keeps_the_gate_closed(
    shop: Repo, review: Command, path: str, text: str | bytes
) -> None:
    shop.write({path: text})
    ran = review.json(shop)
    assert ran.code == 3
    assert ran.status(path)["dependencies"].startswith("failed: as a manifest: ")


def test_a_setup_that_does_not_parse_keeps_the_gate_closed(shop: Repo, review: Command) -> None:
    shop.write({"setup.py": "setup(\n"})
    ran = review.json(shop)
    assert ran.code == 3
    assert ran.status("setup.py")["dependencies"].startswith("failed: ")


def test_a_manifest_that_is_left_broken_makes_a_note_of_an_import(
    shop: Repo, review: Command
) -> None:
    shop.commit({"setup.cfg": "broken\n"})
    shop.write({"shop/web.py": "import httpx\n"})
    ran = review.json(shop)
    assert rules(ran) == [("undeclared-import", "note")]
    assert "as far as `setup.cfg` can be read" in messages(ran)


def test_manifests_that_are_material_for_tests_are_not_read(shop: Repo, review: Command) -> None:
    shop.write(
        {
            "tests/fixtures/pyproject.toml": "[broken",
            "{{name}}/pyproject.toml": "{{x}}",
            "tests/data/Pipfile": "[",
        }
    )
    assert review.json(shop).code == 0


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (100_000, "as a manifest: ValueError: more than 20000 requirements"),
        (15_000, "more than 1000 new packages: their names were not all compared"),
    ],
)
def test_a_hundred_thousand_requirements_end_in_time_and_are_said_not_to_be_judged(
    shop: Repo, review: Command, lines: int, reason: str
) -> None:
    shop.write({"requirements.txt": "".join(f"p{n}\n" for n in range(lines))})
    started = time.perf_counter()
    ran = review.json(shop)
    assert time.perf_counter() - started < 15
    assert ran.status("requirements.txt")["dependencies"] == f"failed: {reason}"


def test_a_companion_of_what_is_declared_is_a_warning(shop: Repo, review: Command) -> None:
    shop.write({"shop/web.py": "import flask\nimport werkzeug\n"})
    assert rules(review.json(shop)) == [("undeclared-import", "warning")]


def test_a_thousand_new_imports_are_not_judged_one_by_one(shop: Repo, review: Command) -> None:
    shop.write({"shop/web.py": "".join(f"import package_number_{n}\n" for n in range(1_000))})
    ran = review.json(shop)
    assert ran.code == 3
    assert "1000 packages for the first time" in ran.status("shop/web.py")["dependencies"]


def test_files_that_include_each_other_end(shop: Repo, review: Command) -> None:
    shop.write(
        {
            "requirements.txt": "-r requirements.txt\n-r a.list\nhttpx\n",
            "a.list": "-r b.list\nuvicorn\n",
            "b.list": "-r a.list\n-r requirements.txt\nattrs\n",
        }
    )
    named = {path for rule, _, path, _ in found(review.json(shop)) if rule == "new-dependency"}
    assert named == {"requirements.txt", "a.list", "b.list"}


def test_a_link_in_place_of_a_manifest_is_not_followed(shop: Repo, review: Command) -> None:
    (shop.path / "requirements.txt").symlink_to("/etc/passwd")
    assert found(review.json(shop)) == []


@pytest.mark.parametrize(
    "text",
    [
        "a" * 500_000,
        "[" * 500_000,
        "a[" * 200_000,
        "a" + " " * 500_000 + "=",
        "-r " * 200_000,
        "a\\\n" * 200_000,
        "pip install " * 50_000,
        "PIP_INDEX_URL=" * 50_000,
    ],
)
@pytest.mark.parametrize("kind", ["requirements", "commands"])
def test_no_text_takes_long_to_read(kind: str, text: str) -> None:
    started = time.perf_counter()
    with suppress(ValueError):
        manifests.read(kind, text)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("pyproject.toml", "pyproject"),
        ("a/requirements.txt", "requirements"),
        ("requirements_dev.txt", "requirements"),
        ("dev-requirements.in", "requirements"),
        ("requirements/prod.txt", "requirements"),
        ("constraints.txt", "constraints"),
        ("environment-dev.yml", "conda"),
        ("docker/app.Dockerfile", "commands"),
        ("Dockerfile.ci", "commands"),
        (".github/workflows/a.yml", "commands"),
        ("uv.lock", "lock"),
        ("pylock.dev.toml", "lock"),
        ("README.md", ""),
        ("docs/requirements.md", ""),
        ("src/requests.py", ""),
        ("tests/fixtures/requirements.txt", ""),
    ],
)
def test_a_manifest_is_known_by_its_path(path: str, kind: str) -> None:
    assert manifests.kind(path) == kind
