"""The rule kind `tests`: how a change bends its own tests."""

import ast

import pytest
from conftest import Command, Ran, Repo

from bot.facts import tests as facts

pytestmark = pytest.mark.usefixtures("workers_measured")

POLICY = 'packs = ["tests"]\nfail-on = "note"\n'
SHOP = "def price(amount, discount=0):\n    return amount - discount\n"
HEAD = "import pytest\n\nfrom shop import price\n\n\n"
ONE = HEAD + "def test_price():\n    assert price(100, 10) == 90\n"
TWO = ONE + "\n\ndef test_free():\n    assert price(5, 5) == 0\n    assert price(5, 0) == 5\n"
KLASS = HEAD + (
    "class TestPrice:\n    def test_one(self):\n        value = price(100, 10)\n"
    "        assert value == 90\n\n    def test_two(self):\n        value = price(5, 5)\n"
    "        assert value == 0\n"
)
FILE = "tests/test_shop.py"


def told(
    repo: Repo, review: Command, before: dict[str, str], after: dict[str, str | None]
) -> list[str]:
    """What the rules say of a change: rule and message."""
    return [
        f"{found['rule'].removeprefix('tests/')}: {found['message']}"
        for found in ran(repo, review, before, after).review["findings"]
    ]


def ran(repo: Repo, review: Command, before: dict[str, str], after: dict[str, str | None]) -> Ran:
    repo.commit({".architrave.toml": POLICY, "shop.py": SHOP, **before})
    repo.branch("change")
    repo.commit({**after})
    return review.json(repo, "--base", "main")


def test_body(repo: Repo, review: Command, before: str, after: str) -> list[str]:
    """As `told`, of one test whose body is edited."""
    head = HEAD.replace("\n\n\n", "\nfrom unittest import mock\n\n\n", 1)
    return told(
        repo,
        review,
        {FILE: head + "def test_price(caplog):\n" + before},
        {FILE: head + "def test_price(caplog):\n" + after},
    )


def indented(text: str) -> str:
    return "".join(f"    {line}" for line in text.splitlines(keepends=True))


test_body.__test__ = False  # type: ignore[attr-defined]


# Deleted --------------------------------------------------------------------------------------


def test_a_deleted_test_is_named_where_it_was(repo: Repo, review: Command) -> None:
    found = ran(repo, review, {FILE: TWO}, {FILE: ONE})
    assert found.code == 1
    assert found.labelled("introduced") == [("tests/deleted-test", FILE, 7)]
    assert "`test_free` is deleted" in found.review["findings"][0]["message"]


def test_a_deleted_file_is_told_once(repo: Repo, review: Command) -> None:
    assert told(repo, review, {FILE: TWO}, {FILE: None}) == [
        "deleted-test: `test_shop.py` is deleted: `test_price` and `test_free`"
    ]


def test_a_test_goes_rightly_with_what_it_tests(repo: Repo, review: Command) -> None:
    after: dict[str, str | None] = {FILE: None, "shop.py": None}
    assert told(repo, review, {FILE: TWO}, after) == []


def test_a_test_goes_rightly_with_the_function_that_it_names(repo: Repo, review: Command) -> None:
    both = SHOP + "\n\ndef rebate(amount):\n    return amount // 10\n"
    more = ONE + "\n\ndef test_rebate():\n    assert rebate(100) == 10\n"
    before = {"shop.py": both, FILE: more.replace("import price", "import price, rebate")}
    assert told(repo, review, before, {"shop.py": SHOP, FILE: ONE}) == []


def test_a_test_goes_rightly_with_a_function_whose_name_is_an_argument_now(
    repo: Repo, review: Command
) -> None:
    both = SHOP + "\n\ndef rebate(amount):\n    return amount // 10\n"
    more = ONE + "\n\ndef test_rebate():\n    assert rebate(100) == 10\n"
    before = {"shop.py": both, FILE: more.replace("import price", "import price, rebate")}
    after = SHOP + "\n\nprofile(rebate=10)\n"
    assert told(repo, review, before, {"shop.py": after, FILE: ONE}) == []


def test_a_test_goes_rightly_with_the_parameter_that_it_passes(repo: Repo, review: Command) -> None:
    other = "\n\ndef rebate(discount):\n    return discount // 10\n"
    more = ONE + "\n\ndef test_whole():\n    assert price(100, discount=0) == 100\n"
    before = {"shop.py": SHOP + other, FILE: more.replace("100, 10) == 90", "100) == 100")}
    kept = before[FILE].partition("\n\ndef test_whole")[0]
    less = "def price(amount):\n    return amount\n" + other
    assert told(repo, review, before, {"shop.py": less, FILE: kept}) == []


def test_a_test_that_moves_is_not_deleted(repo: Repo, review: Command) -> None:
    moved = TWO.replace(ONE, HEAD)
    assert told(repo, review, {FILE: TWO}, {FILE: ONE, "tests/test_free.py": moved}) == []


def test_a_test_that_moves_and_is_renamed_is_not_deleted(repo: Repo, review: Command) -> None:
    after: dict[str, str | None] = {
        FILE: None,
        "tests/test_a.py": TWO.replace("test_free", "test_nothing_to_pay"),
    }
    assert told(repo, review, {FILE: TWO}, after) == []


def test_a_renamed_file_loses_nothing(repo: Repo, review: Command) -> None:
    repo.commit({".architrave.toml": POLICY, "shop.py": SHOP, FILE: TWO})
    repo.branch("change")
    repo.git("mv", FILE, "tests/test_prices.py")
    repo.commit({})
    assert review.json(repo, "--base", "main").review["findings"] == []


def test_tests_merged_into_cases_are_not_deleted(repo: Repo, review: Command) -> None:
    merged = HEAD + (
        '@pytest.mark.parametrize("amount, discount, paid", [(100, 10, 90), (5, 5, 0)])\n'
        "def test_price(amount, discount, paid):\n    assert price(amount, discount) == paid\n"
    )
    before = ONE + "\n\ndef test_free():\n    assert price(5, 5) == 0\n"
    assert told(repo, review, {FILE: before}, {FILE: merged}) == []


def test_a_test_that_was_skipped_may_go(repo: Repo, review: Command) -> None:
    idle = TWO.replace("def test_free", '@pytest.mark.skip(reason="later")\ndef test_free')
    assert told(repo, review, {FILE: idle}, {FILE: ONE}) == []


VERSION = "import shop\n\n\ndef test_shop_version_is_{}():\n    assert shop.VERSION == {}\n"


@pytest.mark.parametrize(
    ("new", "tells"),
    [
        (VERSION.format("six", 6), False),
        (VERSION.format("six", 6).replace("shop.VERSION", "shop.OTHER"), True),
        (VERSION.format("six", 6).replace("shop_version_is_six", "anything"), True),
        (VERSION.format("six", 6).replace("== 6", "is not None"), True),
    ],
)
def test_a_test_asked_anew_in_another_file_is_not_deleted(
    repo: Repo, review: Command, new: str, tells: bool
) -> None:
    old = VERSION.format("five", 5)
    rest = "\n\ndef test_name():\n    assert shop.NAME\n"
    after: dict[str, str | None] = {FILE: old.partition("def")[0] + rest, "tests/test_b.py": new}
    found = told(repo, review, {FILE: old + rest}, after)
    assert [each.split(":")[0] for each in found] == ["deleted-test"] * tells


USER = (
    "from shop import price\n\n\ndef sell(goods):\n    return sum(price(each) for each in goods)\n"
)


@pytest.mark.parametrize(
    ("others", "tells"),
    [
        ({}, False),
        ({"other.py": USER}, True),
        (
            {
                "market.py": USER.replace("price", "shop.price").replace(
                    "from shop import", "import"
                )
            },
            True,
        ),
    ],
)
def test_a_test_goes_rightly_with_the_last_use_of_what_it_tests(
    repo: Repo, review: Command, others: dict[str, str], tells: bool
) -> None:
    before = {"market.py": USER, FILE: TWO, "other.py": "", **others}
    after: dict[str, str | None] = {
        FILE: None,
        "market.py": "def sell(goods):\n    return 0\n",
        "shop.py": SHOP.replace("    return", '    """It is used no more."""\n    return'),
    }
    found = told(repo, review, before, after)
    assert [each.split(":")[0] for each in found] == ["deleted-test"] * tells


def test_a_weaker_test_does_not_stand_in_for_a_deleted_one(repo: Repo, review: Command) -> None:
    weak = ONE + "\n\ndef test_something():\n    assert price(5) is not None\n"
    assert len(told(repo, review, {FILE: TWO}, {FILE: weak})) == 1


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (TWO.replace("def test_free", "def _test_free"), "it is called `_test_free` now"),
        (TWO.replace("def test_free", "def free_test"), "it is called `free_test` now"),
        (TWO + "\n\ntest_free.__test__ = False\n", "`test_free.__test__` is false"),
        (TWO + "\n\ndel test_free\n", "it is deleted again"),
        (TWO + "\n\ntest_free = None\n", "its name is given to something else"),
        (
            ONE + "\n\nif False:\n\n    def test_free():\n"
            "        assert price(5, 5) == 0\n        assert price(5, 0) == 5\n",
            "a condition that is never true",
        ),
    ],
)
def test_a_test_that_no_run_finds_is_as_good_as_deleted(
    repo: Repo, review: Command, after: str, why: str
) -> None:
    found = [each for each in told(repo, review, {FILE: TWO}, {FILE: after}) if "deleted" in each]
    assert len(found) == 1
    assert f"`test_free` is no longer run: {why}".split(": ")[0] in found[0]
    assert why in found[0]


def test_a_definition_that_takes_the_name_of_a_test_is_what_counts(
    repo: Repo, review: Command
) -> None:
    (found,) = told(repo, review, {FILE: TWO}, {FILE: TWO + "\n\ndef test_free():\n    pass\n"})
    assert "`test_free` insists on less" in found


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (KLASS.replace("class TestPrice", "class Price"), "its class is called `Price`"),
        (
            KLASS.replace("class TestPrice:", "class TestPrice:\n    __test__ = False"),
            "`__test__` is false",
        ),
        (
            KLASS.replace("TestPrice:", "TestPrice:\n    def __init__(self): ...\n"),
            "has an `__init__`",
        ),
    ],
)
def test_a_class_that_no_run_finds_is_told(
    repo: Repo, review: Command, after: str, why: str
) -> None:
    found = told(repo, review, {FILE: KLASS}, {FILE: after})
    assert len(found) == 2
    assert all(why in each for each in found)


def test_a_file_that_no_run_finds_is_told_unless_names_are_configured(
    repo: Repo, review: Command
) -> None:
    after: dict[str, str | None] = {FILE: None, "tests/shop_checks.py": ONE}
    assert "its file is called `shop_checks.py` now" in told(repo, review, {FILE: ONE}, after)[0]
    repo.git("checkout", "-q", "main")
    repo.commit({"pytest.ini": "[pytest]\npython_files = *.py\n"})
    repo.git("checkout", "-q", "-b", "other")
    repo.commit({**after})
    assert review.json(repo, "--base", "main").review["findings"] == []


# Skipped --------------------------------------------------------------------------------------

SKIPS = [
    "@pytest.mark.skip\n",
    "@pytest.mark.skip()\n",
    '@pytest.mark.skip(reason="")\n',
    '@pytest.mark.skip("TODO: fix later")\n',
    '@pytest.mark.skip(reason="flaky")\n',
    "@pytest.mark.xfail\n",
    "@pytest.mark.skipif(True)\n",
    '@pytest.mark.skipif("True")\n',
    "@unittest.skipUnless(False, '')\n",
    "@unittest.expectedFailure\n",
]


@pytest.mark.parametrize("skip", SKIPS)
def test_a_test_switched_off_without_a_reason_is_an_error(
    repo: Repo, review: Command, skip: str
) -> None:
    after = TWO.replace("def test_free", f"{skip}def test_free").replace(
        "import pytest", "import pytest\nimport unittest"
    )
    found = ran(repo, review, {FILE: TWO}, {FILE: after})
    assert [each["severity"] for each in found.review["findings"]] == ["error"]
    assert "nothing says why" in found.review["findings"][0]["message"]


@pytest.mark.parametrize(
    "line",
    [
        "    pytest.skip()\n",
        "    pytest.xfail()\n",
        "    raise unittest.SkipTest\n",
        "    raise unittest.SkipTest()\n",
        "    if True:\n        pytest.skip()\n",
    ],
)
def test_a_skip_in_the_body_counts(repo: Repo, review: Command, line: str) -> None:
    after = TWO.replace("def test_free():\n", f"def test_free():\n{line}")
    after = after.replace("import pytest", "import pytest\nimport unittest")
    found = [each for each in told(repo, review, {FILE: TWO}, {FILE: after}) if "skipped" in each]
    assert len(found) == 1


@pytest.mark.parametrize(
    "line",
    [
        '@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")\ndef test_free():\n',
        '@pytest.mark.xfail(sys.platform == "win32", reason="needs fork")\ndef test_free():\n',
        "@pytest.mark.skipif(False)\ndef test_free():\n",
        "def test_free():\n    if not shutil.which('git'):\n        pytest.skip()\n",
        "def test_free():\n    try:\n        import numpy\n    except ImportError:\n        pytest.skip()\n",
        "def test_free():\n    if works:\n        return\n    pytest.skip()\n",
        "def test_free():\n    pytest.importorskip('numpy')\n",
    ],
)
def test_a_skip_on_a_condition_is_silent(repo: Repo, review: Command, line: str) -> None:
    after = TWO.replace("def test_free():\n", line)
    assert told(repo, review, {FILE: TWO}, {FILE: after}) == []


def test_a_reason_makes_it_a_warning_and_may_be_a_comment(repo: Repo, review: Command) -> None:
    after = TWO.replace(
        "def test_price", '@pytest.mark.skip(reason="rounding differs, #71")\ndef test_price'
    ).replace("def test_free", "# until the tax table is there\n@pytest.mark.skip\ndef test_free")
    found = ran(repo, review, {FILE: TWO}, {FILE: after})
    assert {each["rule"] for each in found.review["findings"]} == {"tests/skipped-with-reason"}
    assert len(found.review["findings"]) == 2


@pytest.mark.parametrize(
    ("after", "name"),
    [
        (TWO.replace("\n\n\n", "\n\npytestmark = pytest.mark.skip\n\n\n", 1), "this file"),
        (TWO.replace("\n\n\n", "\n\npytestmark = [pytest.mark.skip()]\n\n\n", 1), "this file"),
        (TWO.replace("\n\n\n", "\n\npytest.skip(allow_module_level=True)\n\n\n", 1), "this file"),
        (
            TWO.replace("\n\n\n", "\n\noff = pytest.mark.skip\n\n\n", 1)
            .replace("def test_price", "@off\ndef test_price")
            .replace("def test_free", "@off\ndef test_free"),
            "`test_price` and `test_free` are now skipped",
        ),
    ],
)
def test_skips_of_many_tests_are_told_once(
    repo: Repo, review: Command, after: str, name: str
) -> None:
    found = told(repo, review, {FILE: TWO}, {FILE: after})
    assert len(found) == 1
    assert name in found[0]


def test_a_class_that_is_skipped_is_told_once(repo: Repo, review: Command) -> None:
    after = KLASS.replace("class", "@pytest.mark.skip\nclass")
    assert told(repo, review, {FILE: KLASS}, {FILE: after}) == [
        "skipped-test: every test of `TestPrice` is now skipped, and nothing says why"
    ]


def test_a_module_skipped_where_a_library_is_missing_is_silent(repo: Repo, review: Command) -> None:
    guard = "try:\n    import numpy\nexcept ImportError:\n    pytest.skip(allow_module_level=True)"
    after = TWO.replace("\n\n\n", f"\n\n{guard}\n\n\n", 1)
    assert told(repo, review, {FILE: TWO}, {FILE: after}) == []


def test_a_skip_that_was_there_is_silent_wherever_it_goes(repo: Repo, review: Command) -> None:
    skipped = KLASS.replace("    def test", "    @pytest.mark.skip\n    def test")
    after = KLASS.replace("class", "@pytest.mark.skip\nclass")
    assert told(repo, review, {FILE: skipped}, {FILE: after}) == []


def test_a_new_test_may_be_expected_to_fail_but_not_be_idle(repo: Repo, review: Command) -> None:
    new = TWO.replace(ONE, "").strip() + "\n"
    assert told(repo, review, {FILE: ONE}, {FILE: f"{ONE}\n\n@pytest.mark.xfail\n{new}"}) == []
    repo.commit({FILE: f"{ONE}\n\n@pytest.mark.skip\n{new}"})
    (found,) = review.json(repo, "--base", "main").review["findings"]
    assert found["message"] == "`test_free` is skipped, and nothing says why"


def test_a_case_that_is_skipped_counts(repo: Repo, review: Command) -> None:
    cases = HEAD + (
        '@pytest.mark.parametrize("amount", [1, 2])\ndef test_all(amount):\n'
        "    assert price(amount) == amount\n"
    )
    after = cases.replace("[1, 2]", "[1, pytest.param(2, marks=pytest.mark.skip)]")
    assert [each.split(":")[0] for each in told(repo, review, {FILE: cases}, {FILE: after})] == [
        "skipped-test"
    ]


# Settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "before", "after", "says"),
    [
        ("pytest.ini", "[pytest]\n", "[pytest]\naddopts = -k 'not price'\n", "`-k not price`"),
        ("tox.ini", "[pytest]\n", "[pytest]\naddopts = -m 'not slow'\n", "`-m not slow`"),
        (
            "setup.cfg",
            "[tool:pytest]\n",
            "[tool:pytest]\naddopts = --deselect tests/test_shop.py::test_price\n",
            "leaves out `tests/test_shop.py::test_price`",
        ),
        (
            "pyproject.toml",
            "[tool.pytest.ini_options]\n",
            '[tool.pytest.ini_options]\naddopts = ["--ignore=tests/test_shop.py"]\n',
            "no longer looks into `tests/test_shop.py`",
        ),
        ("pytest.ini", "[pytest]\n", "[pytest]\ntestpaths = other\n", "no longer looks into"),
        ("pytest.ini", "[pytest]\n", "[pytest]\nnorecursedirs = tests\n", "no longer looks into"),
        ("pytest.ini", "[pytest]\n", "[pytest]\npython_files = check_*.py\n", "no longer looks"),
        ("pytest.ini", "[pytest]\n", "[pytest]\npython_functions = check\n", "no longer takes"),
        ("pytest.ini", "[pytest]\n", "[pytest]\naddopts = --co\n", "only lists the tests"),
        ("conftest.py", "", "collect_ignore = ['tests/test_shop.py']\n", "no longer looks into"),
        ("conftest.py", "", "collect_ignore_glob = ['tests/*']\n", "no longer looks into"),
    ],
)
def test_settings_that_leave_tests_out_are_told(
    repo: Repo, review: Command, name: str, before: str, after: str, says: str
) -> None:
    (found,) = told(repo, review, {FILE: ONE, name: before}, {name: after})
    assert found.startswith("skipped-test:")
    assert says in found


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("pytest.ini", "[pytest]\n", "[pytest]\naddopts = -ra --strict-markers\n"),
        ("pytest.ini", "[pytest]\n", "[pytest]\ntestpaths = tests\n"),
        ("pytest.ini", "[pytest]\n", "[pytest]\naddopts = --ignore=vendor\n"),
        ("pytest.ini", "[pytest]\naddopts = -m fast\n", "[pytest]\naddopts = -q -m fast\n"),
        ("setup.cfg", "[tool:pytest]\n", "[metadata]\nname = shop\n"),
        ("conftest.py", "", "collect_ignore = ['setup.py']\n"),
    ],
)
def test_settings_that_leave_out_nothing_are_silent(
    repo: Repo, review: Command, name: str, before: str, after: str
) -> None:
    assert told(repo, review, {FILE: ONE, name: before}, {name: after}) == []


def test_settings_that_cannot_be_read_keep_the_gate_closed(repo: Repo, review: Command) -> None:
    found = ran(repo, review, {FILE: ONE}, {"pytest.ini": "pytest = [\n"})
    assert found.code == 3
    assert "cannot be read" in found.status("pytest.ini")["tests"]


# Loosened -------------------------------------------------------------------------------------

EQUAL = "    assert price(100, 10) == 90\n"
RAISES = '    with pytest.raises(ValueError, match="negative"):\n        price(-1)\n'


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (EQUAL, "    assert price(100, 10) in (90, 91)\n", "became"),
        (EQUAL, "    assert price(100, 10) is not None\n", "became"),
        (EQUAL, "    assert price(100, 10)\n", "became"),
        (EQUAL, "    assert price(100, 10) >= 90\n", "became"),
        (EQUAL, "    assert 80 < price(100, 10) < 99\n", "became"),
        (EQUAL, "    assert isinstance(price(100, 10), int)\n", "became"),
        (EQUAL + "    assert price(1) == 1\n", EQUAL + "    assert 1 == 1\n", "is gone"),
        (EQUAL, "    price(100, 10)\n", "is gone"),
        (EQUAL, "    assert True\n", "is gone"),
        (EQUAL, "    assert price(100, 10) == 90 or True\n", "is gone"),
        (EQUAL, "    assert (price(100, 10) == 90, 'price')\n", "is gone"),
        (EQUAL, "    return\n" + EQUAL, "is never reached"),
        (EQUAL, "    if False:\n        assert price(100, 10) == 90\n", "is never reached"),
        (EQUAL, "    for _ in []:\n        assert price(100, 10) == 90\n", "is never reached"),
        (
            EQUAL,
            "    try:\n        assert price(100, 10) == 90\n    except AssertionError:\n        pass\n",
            "without consequence",
        ),
        (
            EQUAL,
            "    with contextlib.suppress(Exception):\n        assert price(100, 10) == 90\n",
            "without consequence",
        ),
        (
            EQUAL,
            "    try:\n        assert price(100, 10) == 90\n    finally:\n        return\n",
            "without consequence",
        ),
        (RAISES, RAISES.replace("ValueError", "Exception"), "is content with `Exception`"),
        (RAISES, RAISES.replace("ValueError", "(ValueError, TypeError)"), "is content with"),
        (RAISES, RAISES.replace(', match="negative"', ""), "the message of `ValueError`"),
        (RAISES, RAISES.replace("negative", ".*"), "the message of `ValueError`"),
        (
            "    assert price(1) == pytest.approx(1)\n",
            "    assert price(1) == pytest.approx(1, rel=0.5)\n",
            "`rel` went from 1e-06 to 0.5",
        ),
        (
            "    self.assertAlmostEqual(price(1), 1)\n",
            "    self.assertAlmostEqual(price(1), 1, places=2)\n",
            "`places` went from 7 to 2",
        ),
        (
            "    np.testing.assert_allclose(price(1), 1, rtol=1e-6)\n",
            "    np.testing.assert_allclose(price(1), 1, rtol=1e-2)\n",
            "`rtol` went from 1e-06 to 0.01",
        ),
        (
            "    self.assertEqual(price(1), 1)\n",
            "    self.assertTrue(price(1))\n",
            "became",
        ),
        (
            "    sent.assert_called_once_with(3)\n",
            "    sent.assert_called()\n",
            "became",
        ),
        (EQUAL, "    assert price(100, 10, 'DE') > 0\n", "became"),
    ],
)
def test_an_assertion_that_weighs_less_is_told(
    repo: Repo, review: Command, before: str, after: str, says: str
) -> None:
    (found,) = test_body(repo, review, before, after)
    assert found.startswith("loosened-assertion: `test_price` insists on less")
    assert says in found


def test_an_assertion_that_goes_while_others_stay_is_noted(repo: Repo, review: Command) -> None:
    (found,) = test_body(repo, review, EQUAL + "    assert price(1) == 1\n", EQUAL)
    assert found == "removed-assertion: `test_price` insists on less: `price(1) == 1` is gone"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (EQUAL, EQUAL.replace("90", "91")),
        (EQUAL, "    assert price(100, 10, 'DE') == 91\n"),
        (EQUAL, "    assert price(1) == 1\n    assert price(2) > 1\n"),
        (EQUAL, "    assert 90 == price(100, 10)\n"),
        (EQUAL, "    self.assertEqual(price(100, 10), 90)\n"),
        (EQUAL, '    assert price(100, 10) == 90, "ten off"\n'),
        (EQUAL, "    assert (\n        price(100, 10)\n        == 90\n    )\n"),
        (EQUAL, EQUAL + "    assert price(1) == 1\n"),
        (EQUAL, "    check_price(100, 10, 90)\n"),
        (EQUAL, "    assert price(100, 10) == pytest.approx(90)\n"),
        ("    assert price(1) == None\n", "    assert price(1) is None\n"),
        ("    assert price(1) == True\n", "    assert price(1)\n"),
        ("    assert price(1) is None\n", "    price(1)\n    assert price(2) == 2\n"),
        (
            EQUAL + "    assert price(1) == 1\n",
            "    assert [price(100, 10), price(1)] == [90, 1]\n    assert price(2) == 2\n",
        ),
        ("    shop = price\n    assert shop\n" + EQUAL, "    shop = price\n" + EQUAL),
        (RAISES, RAISES.replace("ValueError", "TypeError")),
        (RAISES, RAISES.replace("negative", "below zero")),
        (
            "    with pytest.raises(ValueError) as e:\n        price(-1)\n    assert str(e.value) == 'no'\n",
            "    with pytest.raises(ValueError, match='no'):\n        price(-1)\n",
        ),
        (
            "    assert price(1) == pytest.approx(1, rel=0.5)\n",
            "    assert price(1) == pytest.approx(1)\n",
        ),
        (
            EQUAL,
            "    try:\n        assert price(100, 10) == 90\n    except AssertionError:\n        raise\n",
        ),
        (
            "    assert price(1) == shop.FULL\n" + EQUAL,
            "    assert price(1) == FULL == 9\n" + EQUAL,
        ),
        ("    assert price(1) > 0\n", "    assert 0 < price(1) < 9\n"),
        (
            "    said = price('a')\n    assert 'b' in said\n    assert 'c' in said\n",
            "    said = price('a')\n    assert said == 'b c'\n",
        ),
    ],
)
def test_an_assertion_as_strong_as_before_is_silent(
    repo: Repo, review: Command, before: str, after: str
) -> None:
    assert test_body(repo, review, before, after) == []


def test_an_assertion_that_moves_to_another_test_is_silent(repo: Repo, review: Command) -> None:
    line = "    assert price(5, 0) == 5\n"
    after = TWO.replace(line, "") + "\n\ndef test_more():\n" + line
    assert told(repo, review, {FILE: TWO}, {FILE: after}) == []


@pytest.mark.parametrize("quote", ['"amount"', "'amount'"])
def test_cases_that_go_are_told_and_such_as_are_replaced_are_not(
    repo: Repo, review: Command, quote: str
) -> None:
    cases = HEAD + (
        '@pytest.mark.parametrize("amount", [1, 2, 3])\ndef test_all(amount):\n'
        "    assert price(amount) == amount\n"
    )
    fewer = cases.replace("[1, 2, 3]", "[1]").replace('"amount"', quote)
    (found,) = told(repo, review, {FILE: cases}, {FILE: fewer})
    assert "2 cases of the parametrisation are gone" in found
    repo.commit({FILE: cases.replace("[1, 2, 3]", "[1, 2, 4]")})
    assert review.json(repo, "--base", "main").review["findings"] == []


LEVELS = HEAD + (
    '@pytest.mark.parametrize("level", [Level.LOW, Level.HIGH])\ndef test_level(level):\n'
    "    shop = price(level)\n    shop.open()\n    assert shop.level == level\n"
)


@pytest.mark.parametrize(
    ("new", "tells"),
    [
        ("def test_high():\n    assert price(Level.HIGH).level == 9\n", False),
        ("def test_high():\n    assert price(Level.MIDDLE).level == 9\n", True),
        ("def test_high():\n    price(Level.HIGH)\n    assert True\n", True),
    ],
)
def test_a_case_that_becomes_a_test_is_not_gone(
    repo: Repo, review: Command, new: str, tells: bool
) -> None:
    after = LEVELS.replace(", Level.HIGH", "") + f"\n\n{new}"
    found = told(repo, review, {FILE: LEVELS}, {FILE: after})
    assert [each for each in found if "a case" in each] == found[: int(tells)]
    assert any("a case" in each for each in found) is tells


def test_a_helper_that_asserts_less_is_told(repo: Repo, review: Command) -> None:
    helper = "def same(a, b):\n    assert a == b\n    assert type(a) is type(b)\n"
    found = told(
        repo, review, {"tests/conftest.py": helper}, {"tests/conftest.py": helper[:33] + "\n"}
    )
    assert len(found) == 1
    assert "`same` insists on less" in found[0]


def test_assertions_of_the_product_are_left_alone(repo: Repo, review: Command) -> None:
    checked = SHOP.replace("    return", "    assert amount == 1\n    return")
    assert told(repo, review, {"shop.py": checked}, {"shop.py": SHOP}) == []


# Empty, vain, absent --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("test", "tells"),
    [
        ("def test_new():\n    price(1)\n", True),
        ("def test_new():\n    pass\n", True),
        ("def test_new():\n    assert price\n", False),
        ("def test_new():\n    assert True\n", True),
        ("def test_new():\n    price(1)\n    return\n    assert price(1) == 1\n", True),
        ("def test_new_does_not_raise():\n    price(1)\n", False),
        ("def test_smoke():\n    price(1)\n", False),
        ("def test_closing_is_idempotent():\n    price(1)\n", False),
        ("def test_safe_to_call():\n    price(1)\n", False),
        ("def test_unsafe():\n    price(1)\n", True),
        ("def test_new():\n    # Should not raise.\n    price(1)\n", False),
        ("def test_new():\n    price(1)  # early return, no error\n", False),
        ('def test_new():\n    """Calling twice is safe."""\n    price(1)\n', False),
        ('def test_new():\n    """It must\n    not raise.\n    """\n    price(1)\n', False),
        ('def test_new():\n    price(1)\n    print("it should not raise")\n', True),
        ("def test_new():\n    price(1)\n    # No exception = it worked\n", True),
        ("def test_new():\n    # Should not raise.\n    assert True\n", True),
        ("def test_new():\n    verify(price(1))\n", False),
        ("def same(a):\n    assert a\n\n\ndef test_new():\n    same(price(1))\n", False),
        ("def check(a):\n    return a\n\n\ndef test_new():\n    check(price(1))\n", True),
        ("def test_new():\n    with pytest.raises(ValueError):\n        price(-1)\n", False),
        ("def test_new():\n    if price(1) != 1:\n        raise AssertionError\n", False),
        ("@given(st.integers())\ndef test_new(number):\n    price(number)\n", False),
    ],
)
def test_a_new_test_without_an_assertion_is_noted(
    repo: Repo, review: Command, test: str, tells: bool
) -> None:
    found = told(repo, review, {FILE: ONE}, {FILE: f"{ONE}\n\n{test}"})
    assert [each.split(":")[0] for each in found] == ["empty-test"] * tells


@pytest.mark.parametrize(
    ("body", "tells"),
    [
        ('    with mock.patch("shop.price"):\n        assert shop.price(1)\n', True),
        ('    with mock.patch.object(shop, "price"):\n        assert shop.price(1)\n', True),
        ('    monkeypatch.setattr(shop, "price", int)\n    assert shop.price(1)\n', True),
        ('    with mock.patch("shop.price"):\n        pass\n    assert shop.price(1)\n', False),
        ('    with mock.patch("shop.clock"):\n        assert shop.price(1)\n', False),
        ('    with mock.patch("shop.price") as p:\n        assert shop.sell(p)\n', False),
        (
            '    with mock.patch("shop.price", wraps=shop.price):\n        assert shop.price(1)\n',
            False,
        ),
    ],
)
def test_a_test_that_replaces_what_it_tests_is_told(
    repo: Repo, review: Command, body: str, tells: bool
) -> None:
    text = f"from unittest import mock\n\nimport shop\n\n\ndef test_price(monkeypatch):\n{body}"
    found = told(repo, review, {}, {FILE: text})
    assert [each.split(":")[0] for each in found] == ["mocked-subject"] * tells


LONG = SHOP + "\n\ndef rebate(amount):\n" + "".join(
    f"    if amount > {n}:\n        amount -= {n}\n" for n in range(8)
) + "    return amount\n"  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "tells"),
    [
        ({FILE: ONE}, {"shop.py": LONG}, True),
        ({}, {"shop.py": LONG}, False),
        ({FILE: ONE}, {"shop.py": LONG, FILE: TWO}, False),
        ({FILE: ONE}, {"shop.py": SHOP.replace("- discount", "+ discount")}, False),
        ({FILE: ONE, "shop.py": LONG}, {"shop.py": None, "market.py": LONG}, False),
        (
            {FILE: ONE, "shop.py": LONG},
            {"shop.py": LONG.replace("(amount):\n", '(amount):\n    """Less."""\n')},
            False,
        ),
    ],
)
def test_new_behaviour_in_a_change_without_tests_is_noted_once(
    repo: Repo,
    review: Command,
    before: dict[str, str],
    after: dict[str, str | None],
    tells: bool,
) -> None:
    found = told(repo, review, before, after)
    assert [each.split(":")[0] for each in found] == ["untested-behaviour"] * tells


TYPED = LONG.replace(
    "def rebate",
    "@overload\ndef rebate(amount: int): ...\n@typing.overload\ndef rebate(amount: str): ...\ndef rebate",
)
LOOPED = SHOP + (
    "\n\ndef names(goods, extra):\n    if not goods:\n        return ()\n"
    "    found = tuple({\n        name\n        for good in goods\n"
    "        for name in (good, good.alias)\n        if name.isascii()\n    })\n"
    "    unused = 1\n    label = f'all'\n    style = '''\n    if (red) { }\n    '''\n"
    "    return found + tuple(extra)\n"
)
UNROLLED = LOOPED[: LOOPED.index("    found")] + (
    "    found = set()\n    for good in goods:\n        for name in (good, good.alias):\n"
    "            if name.isascii():\n                found.add(name)\n"
    "    label = 'all'\n    style = '''\n    if (green) { }\n    else if (blue) { }\n    '''\n"
    "    from .here import nothing\n    return tuple(found) + tuple(extra)\n"
)
RAISING = LOOPED.replace("    label =", "    if len(extra) > 9:\n        raise Full\n    label =")


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (TYPED, TYPED.replace("amount: int", "amount: float"), ""),
        (LOOPED, UNROLLED, ""),
        (UNROLLED, LOOPED, ""),
        (LOOPED, LOOPED.replace("def names(goods", "def all_names(goods"), ""),
        (LOOPED, UNROLLED.replace("def names(goods", "def all_names(goods"), ""),
        (LOOPED, RAISING, "`names` raises new errors"),
        (LOOPED, RAISING.replace("raise Full", "return ()"), "`names` has new branches"),
        (RAISING, RAISING.replace("Full", "Fuller"), ""),
        (
            LOOPED,
            LOOPED.replace("extra):", "extra, more):").replace("(extra)", "(extra or more)"),
            "`names` takes new parameters",
        ),
        (LOOPED, LOOPED.replace("goods, extra", "things, extra"), ""),
        (LOOPED, LOOPED.replace("def names", "def _names"), ""),
        (SHOP, SHOP + "\n\nclass _Box:\n" + indented(LOOPED), ""),
        (SHOP, SHOP + "\n\nclass Box:\n" + indented(LOOPED), "`Box` is new"),
    ],
)
def test_a_refactoring_is_no_new_behaviour(
    repo: Repo, review: Command, before: str, after: str, says: str
) -> None:
    found = told(repo, review, {FILE: ONE, "shop.py": before}, {"shop.py": after})
    shown = [f"untested-behaviour: {says}, and the change touches no test"]
    assert found == (shown if says else [])


@pytest.mark.parametrize(
    "path",
    [
        "typesafety/test_price.yml",
        "tests/cases/price.json",
        "shop/tests/__snapshots__/price.ambr",
        "client/price.spec.ts",
        "client/price.test.tsx",
    ],
)
def test_tests_that_are_no_python_are_tests(repo: Repo, review: Command, path: str) -> None:
    assert told(repo, review, {FILE: ONE}, {"shop.py": LONG, path: "x\n"}) == []


@pytest.mark.parametrize(
    "path",
    ["noxfile.py", "setup.py", "docs/conf.py", "examples/shop.py", "shop_benchmarks/shop.py"],
)
def test_what_hardly_anyone_tests_is_not_asked_about(
    repo: Repo, review: Command, path: str
) -> None:
    assert told(repo, review, {FILE: ONE}, {path: LONG}) == []


# Failures and hostile text --------------------------------------------------------------------


def test_a_test_file_that_does_not_parse_keeps_the_gate_closed(repo: Repo, review: Command) -> None:
    found = ran(repo, review, {FILE: ONE}, {FILE: "def test_price(:\n"})
    assert found.code == 3
    assert "does not parse" in found.status(FILE)["tests"]


@pytest.mark.parametrize("after", [ONE, None])
def test_an_old_version_that_does_not_parse_keeps_the_gate_closed(
    repo: Repo, review: Command, after: str | None
) -> None:
    found = ran(repo, review, {FILE: "def test_price(:\n"}, {FILE: after})
    assert found.code == 3
    assert "the old version, to compare with" in found.status(FILE)["tests"]


def test_an_old_version_too_large_to_read_keeps_the_gate_closed(
    repo: Repo, review: Command
) -> None:
    found = ran(repo, review, {FILE: ONE + "#" * (1 << 20)}, {FILE: None})
    assert found.code == 3
    assert "could not be read" in found.status(FILE)["tests"]


def test_an_ignored_test_file_is_ignored(repo: Repo, review: Command) -> None:
    before = {FILE: TWO, ".architrave.toml": POLICY + 'ignore = ["tests/**"]\n'}
    assert told(repo, review, before, {FILE: None}) == []


def test_options_are_checked() -> None:
    from bot.checkers import tests

    assert "`report` must be one of deleted, skipped" in tests.check_options({"report": "x"})[0]
    assert "option `report` is missing" in tests.check_options({})[0]
    assert tests.check_options({"report": "empty"}) == []


@pytest.mark.parametrize(
    "text",
    [
        "def test_a():\n    assert " + "(" * 90 + "x" + ")" * 90 + "\n",
        "def test_a():\n    assert " + " and ".join(["x == 1"] * 3_000) + "\n",
        "def test_a():\n    assert x" + ".a" * 900 + "\n",
        "def test_a():\n    x" + ".a()" * 300 + "\n",
        "".join(f"{'    ' * n}if x:\n" for n in range(90)) + "    " * 90 + "assert x\n",
        "".join(f"{'    ' * n}class A:\n" for n in range(90)) + "    " * 90 + "x = 1\n",
        "".join(f"def test_{n}():\n    assert f({n}) == {n}\n" for n in range(2_000)),
        "import pytest\n@pytest.mark.parametrize('x', ["
        + "1, " * 20_000
        + "])\ndef test_a(x): ...\n",
        "off = off\nimport pytest\n@off\ndef test_a(): ...\n",
        "def test_a():\n    assert 'ü' == 'é', 'x'\n    assert \"\\\n\" == x\n",
        "",
    ],
)
def test_facts_about_hostile_text_are_bounded(text: str) -> None:
    import json

    found = facts.collect(ast.parse(text), text)
    assert len(json.dumps(found)) < 1_000_000


def test_a_test_that_runs_the_one_it_overrides_insists_with_it(repo: Repo, review: Command) -> None:
    after = (
        ONE + "\n\nclass TestMore(TestPrice):\n    def test_dear(self):\n"
        "        self.rate = 2\n        super().test_dear()\n"
    )
    assert told(repo, review, {FILE: ONE}, {FILE: after}) == []
