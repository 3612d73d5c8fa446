"""Import contracts: what a change adds to the routes that break them, and nothing else."""

import json
import random
from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from conftest import Command, Ran, Repo

from bot import (
    contracts,
    cycles,
    import_graph,
    import_linter,
    layering,
    module_names,
    source_roots,
)
from bot.checkers import imports
from bot.import_graph import Edge, Graph

pytestmark = pytest.mark.usefixtures("workers_measured")

LAYERS = "{contract: layers, containers: [shop], layers: [web, 'core : (extra)', db]}"
POLICY = "packs = []\n"


def house(
    options: str, name: str = "house/borders", paths: str = "", severity: str = "error"
) -> str:
    globs = f"paths: {paths}\n" if paths else ""
    return (
        f"---\nid: {name}\ntitle: Borders\nseverity: {severity}\ncheck: imports\n{globs}"
        f"options: {options}\n---\n\n## Why\n\nBorders hold.\n\n## Instead\n\nStay inside.\n"
    )


def package(*names: str) -> dict[str, str | bytes | None]:
    files: dict[str, str | bytes | None] = {}
    for name in names:
        folders = name.split(".")
        for count in range(1, len(folders)):
            files["/".join(folders[:count]) + "/__init__.py"] = ""
        files["/".join(folders) + ".py"] = ""
    return files


def start(repo: Repo, options: str, files: dict[str, str | bytes | None] | None = None) -> None:
    """A shop with three floors, and one rule of its own."""
    shop = package("shop.web.views", "shop.core.orders", "shop.db.tables", "shop.tools.text")
    repo.commit(
        {
            ".architrave.toml": POLICY,
            ".architrave/rules/borders.md": house(options),
            **shop,
            **(files or {}),
        }
    )


def messages(ran: Ran) -> list[str]:
    return [found["message"] for found in ran.review["findings"]]


# New imports only ---------------------------------------------------------------------------------


def test_a_new_import_upwards_is_introduced_on_its_line(repo: Repo, review: Command) -> None:
    start(repo, LAYERS)
    repo.write({"shop/db/tables.py": "import os\n\nfrom shop.web import views\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/borders", "shop/db/tables.py", 3)]
    assert messages(ran) == [
        "`shop.db.tables` imports `shop.web.views`: layer `shop.db` must not import layer `shop.web`"
    ]
    assert ran.code == 1


def test_an_import_downwards_is_no_finding(repo: Repo, review: Command) -> None:
    start(repo, LAYERS)
    repo.write({"shop/web/views.py": "from ..db import tables\n"})
    assert review.json(repo).labelled("introduced") == []


def test_a_route_that_was_broken_before_is_not_charged(repo: Repo, review: Command) -> None:
    start(repo, LAYERS, {"shop/db/tables.py": "from shop.web import views\n"})
    repo.write(
        {"shop/db/tables.py": "import json\nfrom shop.web import views\n\nX = json, views\n"}
    )
    assert review.json(repo).review["findings"] == []


def test_a_further_import_upwards_from_a_broken_module_is_charged(
    repo: Repo, review: Command
) -> None:
    start(repo, LAYERS, {"shop/db/tables.py": "from shop.web import views\n"})
    repo.write({"shop/db/tables.py": "from shop.web import views\nfrom shop.core import orders\n"})
    assert review.json(repo).labelled("introduced") == [("house/borders", "shop/db/tables.py", 2)]


def test_an_import_that_goes_is_fixed(repo: Repo, review: Command) -> None:
    start(repo, LAYERS, {"shop/db/tables.py": "X = 1\nfrom shop.web import views\n"})
    repo.write({"shop/db/tables.py": "X = 1\n"})
    ran = review.json(repo)
    assert ran.labelled("fixed") == [("house/borders", "shop/db/tables.py", 1)]
    assert ran.code == 0


def test_a_route_closed_by_two_new_imports_is_told_once(repo: Repo, review: Command) -> None:
    start(repo, LAYERS)
    repo.write(
        {
            "shop/db/tables.py": "from shop.tools import text\n",
            "shop/tools/text.py": "from shop.web import views\n",
        }
    )
    ran = review.json(repo)
    assert len(ran.labelled("introduced")) == 1
    assert messages(ran)[0].endswith(
        "which it now reaches: `shop.db.tables` → `shop.tools.text` → `shop.web.views`"
    )


def test_a_route_closed_in_the_middle_is_charged_to_the_new_import(
    repo: Repo, review: Command
) -> None:
    start(repo, LAYERS, {"shop/tools/text.py": "from shop.web import views\n"})
    repo.write(
        {"shop/db/tables.py": "def f():\n    from shop.tools import text\n    return text\n"}
    )
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/borders", "shop/db/tables.py", 2)]
    assert ran.review["findings"][0]["symbol"] == "f"


def test_an_import_for_type_checkers_counts_unless_the_rule_says_not(
    repo: Repo, review: Command
) -> None:
    guarded = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop.web import views\n"
    )
    start(repo, LAYERS)
    repo.write({"shop/db/tables.py": guarded})
    assert len(review.json(repo).labelled("introduced")) == 1
    repo.write({"shop/db/tables.py": ""})
    without = LAYERS.replace("contract", "exclude_type_checking: true, contract")
    repo.commit({".architrave/rules/borders.md": house(without)})
    repo.write({"shop/db/tables.py": guarded})
    assert review.json(repo).labelled("introduced") == []
    repo.commit({})
    repo.write({"shop/db/tables.py": guarded.replace("if TYPE_CHECKING", "if 1")})
    assert review.json(repo).labelled("introduced") == [("house/borders", "shop/db/tables.py", 3)]


def test_a_renamed_module_makes_no_noise(repo: Repo, review: Command) -> None:
    body = "from shop.web import views\n" + "".join(f"X{n} = {n}\n" for n in range(20))
    start(repo, LAYERS, {"shop/db/tables.py": body})
    repo.write({"shop/db/tables.py": None, "shop/db/rows.py": body})
    assert review.json(repo).review["findings"] == []


def test_a_module_that_moves_into_a_lower_layer_is_charged(repo: Repo, review: Command) -> None:
    body = "from shop.core import orders\n" + "".join(f"X{n} = {n}\n" for n in range(20))
    start(repo, LAYERS, {"shop/web/extra.py": body})
    repo.write({"shop/web/extra.py": None, "shop/db/extra.py": body})
    assert review.json(repo).labelled("introduced") == [("house/borders", "shop/db/extra.py", 1)]


def test_an_import_that_moves_within_its_layer_is_moved(repo: Repo, review: Command) -> None:
    start(
        repo,
        LAYERS,
        {"shop/db/tables.py": "from shop.web import views\n", "shop/db/rows.py": "Y = 1\n"},
    )
    repo.write(
        {"shop/db/tables.py": "X = 1\n", "shop/db/rows.py": "Y = 1\nfrom shop.web import views\n"}
    )
    ran = review.json(repo)
    assert ran.labelled("moved") == [("house/borders", "shop/db/rows.py", 2)]
    assert ran.labelled("introduced", "fixed") == []


def test_a_name_that_becomes_a_module_charges_no_unchanged_import(
    repo: Repo, review: Command
) -> None:
    start(
        repo,
        LAYERS,
        {"shop/__init__.py": "late = 1\n", "shop/db/tables.py": "from shop import late\n"},
    )
    repo.write({"shop/late.py": "from shop.web import views\n", "shop/__init__.py": ""})
    # The module that is new brought the import upwards.
    assert review.json(repo).labelled("introduced") == [("house/borders", "shop/late.py", 1)]


def test_an_edit_that_imports_nothing_else_starts_no_graph(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(repo, LAYERS, {"shop/db/tables.py": "import os\nX = os\n"})
    monkeypatch.setattr("bot.outside.imports_worker.resolve", None)
    monkeypatch.setattr(import_graph, "read", lambda comparison: pytest.fail("a graph was made"))
    repo.write({"shop/db/tables.py": "# moved down\n\nimport os\nX = os, 2\n"})
    assert review.json(repo).status("shop/db/tables.py")["imports"] == "checked"


def test_the_graph_of_a_side_is_made_once(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(repo, LAYERS)
    repo.write({"shop/db/tables.py": "import os\n"})
    review.json(repo)
    asked: list[str] = []
    real = import_graph._question

    def counting(comparison: Any, blobs: Any) -> bytes:
        asked.append("")
        return real(comparison, blobs)

    monkeypatch.setattr(import_graph, "_question", counting)
    repo.write({"shop/db/tables.py": "import os\nimport json\n"})
    review.json(repo)
    assert len(asked) == 1


# Contracts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "path", "text", "says"),
    [
        ("{contract: layers, layers: [shop.web, shop.db]}", "shop/db/tables.py", "import shop.web.views",
         "layer `shop.db` must not import layer `shop.web`"),
        ("{contract: layers, containers: [shop], layers: ['web | core', db]}", "shop/web/views.py",
         "import shop.core.orders", "layer `shop.web` must not import layer `shop.core`"),
        ("{contract: independence, modules: ['shop.*']}", "shop/web/views.py", "import shop.db.tables",
         "`shop.web` and `shop.db` must be independent"),
        ("{contract: forbidden, source_modules: [shop.db], forbidden_modules: [requests]}",
         "shop/db/tables.py", "import requests.sessions", "`shop.db` must not import `requests`"),
        ("{contract: forbidden, source_modules: ['shop.*'], forbidden_modules: ['shop.*.tables']}",
         "shop/web/views.py", "from shop.db.tables import x", "`shop.web` must not import `shop.db.tables`"),
        ("{contract: protected, protected_modules: [shop.db], allowed_importers: [shop.core]}",
         "shop/web/views.py", "import shop.db.tables", "`shop.db` is for `shop.core` only"),
    ],
)  # fmt: skip
def test_each_contract_says_what_is_wrong(
    repo: Repo, review: Command, options: str, path: str, text: str, says: str
) -> None:
    start(repo, options)
    repo.write({path: f"{text}\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/borders", path, 1)]
    assert messages(ran)[0].endswith(says)


def test_allowed_importers_may_and_so_may_the_protected_themselves(
    repo: Repo, review: Command
) -> None:
    start(
        repo, "{contract: protected, protected_modules: [shop.db], allowed_importers: [shop.core]}"
    )
    repo.write(
        {
            "shop/core/orders.py": "import shop.db.tables\n",
            "shop/db/rows.py": "from . import tables\n",
        }
    )
    assert review.json(repo).review["findings"] == []


def test_siblings_that_come_to_import_each_other_are_charged(repo: Repo, review: Command) -> None:
    start(
        repo,
        "{contract: acyclic, ancestors: [shop]}",
        {"shop/web/views.py": "import shop.db.tables\n"},
    )
    repo.write({"shop/db/tables.py": "X = 1\nimport shop.web.views\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/borders", "shop/db/tables.py", 2)]
    assert "`shop.db` and `shop.web` then import each other in a circle" in messages(ran)[0]


def test_an_ignored_import_is_none(repo: Repo, review: Command) -> None:
    start(
        repo, LAYERS.replace("contract", "ignore_imports: ['shop.db.* -> shop.web.**'], contract")
    )
    repo.write({"shop/db/tables.py": "import shop.web.views\nimport shop.core.orders\n"})
    assert review.json(repo).labelled("introduced") == [("house/borders", "shop/db/tables.py", 2)]


def test_a_new_module_that_is_in_no_layer_of_an_exhaustive_contract_is_charged(
    repo: Repo, review: Command
) -> None:
    start(repo, "{contract: layers, containers: [shop], layers: [web, core, db], exhaustive: true}")
    repo.write({"shop/more.py": "X = 1\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/borders", "shop/more.py", 1)]
    assert messages(ran) == [
        "`shop.more` is in no layer of `shop`, where every module has to be in one"
    ]


def test_a_layer_that_never_was_is_a_mistake_in_the_rule(repo: Repo, review: Command) -> None:
    start(repo, "{contract: layers, containers: [shop], layers: [wbe, db]}")
    repo.write({"shop/db/tables.py": "import os\n"})
    ran = review.json(repo)
    assert ran.code == 3
    assert ran.status("shop/db/tables.py")["imports"] == (
        "failed: rule house/borders names the layer `shop.wbe`, which does not exist"
    )


def test_a_layer_that_the_change_removes_is_noted(repo: Repo, review: Command) -> None:
    start(repo, "{contract: layers, containers: [shop], layers: [web, core, db]}")
    repo.write({"shop/core/__init__.py": None, "shop/core/orders.py": None})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/borders", "shop/core/orders.py", 1)]
    assert messages(ran) == [
        "`shop.core`, a layer of this contract, is gone: edit the contract too"
    ]
    assert ran.code == 0


def test_wildcards_that_match_nothing_ask_for_nothing(repo: Repo, review: Command) -> None:
    start(repo, "{contract: independence, modules: ['services.*']}")
    repo.write({"shop/db/tables.py": "import shop.web.views\n"})
    ran = review.json(repo)
    assert (ran.code, ran.review["findings"]) == (0, [])


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "option `contract` is missing"),
        ({"contract": "onion"}, "`contract` must be one of layers, independence"),
        ({"contract": "layers"}, "option `layers` is missing; contract `layers` needs it"),
        ({"contract": "layers", "layers": "a"}, "`layers` must be a list of layers"),
        ({"contract": "layers", "layers": ["a"], "modules": ["b"]}, "`modules` is no option of contract `layers`"),
        ({"contract": "layers", "layers": ["a | b : c"]}, "mixes `|` and `:`"),
        ({"contract": "layers", "layers": ["a", "b | a"]}, "`a` is in more than one layer"),
        ({"contract": "layers", "layers": ["a.*"]}, "without wildcards"),
        ({"contract": "layers", "layers": ["a"], "exhaustive": True}, "`exhaustive` needs `containers`"),
        ({"contract": "layers", "layers": ["a"], "ignore_imports": ["a"]}, "must be `importer -> imported`"),
        ({"contract": "layers", "layers": ["a"], "ignore_imports": ["a -> b*"]}, "a wildcard stands for a whole"),
        ({"contract": "independence", "modules": ["a.**.**"]}, "`**` cannot stand beside a wildcard"),
        ({"contract": "independence", "modules": ["a..b"]}, "a part of the name is empty"),
        ({"contract": "acyclic", "ancestors": ["a"], "depth": -1}, "`depth` must be a whole number"),
        ({"contract": "dynamic", "modules": ["a"]}, "`modules` is no option of contract `dynamic`"),
    ],
)  # fmt: skip
def test_options_of_a_contract_are_checked(options: dict[str, Any], complaint: str) -> None:
    assert complaint in " ".join(imports.check_options(options))


@pytest.mark.parametrize(
    ("name", "expression", "expected"),
    [
        ("a.b", "a.*", True),
        ("a.b.c", "a.*", False),
        ("a", "a.*", False),
        ("a.b.c", "a.**", True),
        ("a", "a.**", False),
        ("a.b.c.d", "a.**.d", True),
        ("a.d", "a.**.d", False),
        ("a.b.d.x.d", "a.**.d", True),
        ("a.b", "**.b", True),
        ("a.b", "*.*", True),
        ("A.b", "a.b", False),
        ("a.x.b.y.b.c", "a.**.b.*", True),
    ],
)
def test_wildcards_stand_for_parts_of_names(name: str, expression: str, expected: bool) -> None:
    assert module_names.matches(name, expression) is expected


def test_wildcards_of_an_attacker_take_no_time() -> None:
    name = ".".join("a" * 3_000)
    assert not module_names.matches(name, ".".join(["**", "a"] * 200) + ".b")


# As import-linter ---------------------------------------------------------------------------------


def _random_contract(dice: random.Random, names: list[str]) -> dict[str, Any]:
    tops = dice.sample(["a", "b", "c", "d"], 4)
    some = lambda count: dice.sample(names[1:], min(count, len(names) - 1))  # noqa: E731
    forms = [
        ["{0}", "{1}", "{2}", "{3}"],
        ["{0} | {1}", "{2}"],
        ["{0}", "{1} : {2}"],
        ["{0}", "(no)", "{3}"],
    ]
    layers = [form.format(*tops) for form in dice.choice(forms)]
    flag = lambda: dice.choice(["True", "False"])  # noqa: E731
    return dice.choice(
        [
            {"type": "layers", "layers": layers, "containers": ["p"], "exhaustive": flag()},
            {"type": "forbidden", "source_modules": dice.choice([some(2), ["p.*"], ["p.**"], ["p"]]),
             "forbidden_modules": dice.choice([some(3), ["e1"], ["p.*.x"], ["p.*"]]),
             "allow_indirect_imports": flag(), "as_packages": flag()},
            {"type": "independence", "modules": dice.choice([["p.*"], ["p.*.*"], ["p.**.x"]])},
            {"type": "protected", "protected_modules": dice.choice([some(2), ["p.*.x"], ["p.**"]]),
             "allowed_importers": dice.choice([some(1), ["p.*"], []]), "as_packages": flag()},
            {"type": "acyclic_siblings", "ancestors": dice.choice([["p"], ["p.*"]]),
             "depth": dice.choice(["0", "10"])},
        ]
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_verdicts_are_those_of_import_linter(seed: int) -> None:
    import grimp
    import importlinter.cli  # noqa: F401 - configures it
    from importlinter.application import use_cases
    from importlinter.application.user_options import UserOptions
    from importlinter.domain.contract import registry

    use_cases._register_contract_types(UserOptions({}, []))
    dice = random.Random(seed)
    verdicts = Counter[bool]()
    for _ in range(40):
        names = ["p", *(f"p.{top}" for top in "abcd")]
        names += [f"p.{top}.{leaf}" for top in "abcd" for leaf in "xyz" if dice.random() < 0.6]
        pairs = {
            (dice.choice(names), dice.choice([*names, "e1"])) for _ in range(dice.randrange(15))
        }
        pairs = {(one, other) for one, other in pairs if one != other}
        theirs = grimp.ImportGraph()
        for name in names:
            theirs.add_module(name)
        for one, other in pairs:
            theirs.add_module(other, is_squashed=other == "e1")
            theirs.add_import(importer=one, imported=other, line_number=1, line_contents="")
        stated = {
            "name": "x",
            "unmatched_ignore_imports_alerting": "none",
            **_random_contract(dice, names),
        }
        if pairs and dice.random() < 0.3:
            one, other = dice.choice(sorted(pairs))
            stated["ignore_imports"] = [
                dice.choice([f"{one} -> {other}", f"{one} -> **", f"p.** -> {other}"])
            ]
        session = {"root_packages": ["p"], "include_external_packages": "True"}
        contract = registry.get_contract_class(stated["type"])("x", session, dict(stated))
        expected = contract.check(deepcopy(theirs), verbose=False).kept
        node = lambda name: f":{name}" if name == "e1" else name  # noqa: E731
        graph = Graph(
            {
                node(name): name
                for name in [*names, "e1"]
                if name != "e1" or any(o == "e1" for _, o in pairs)
            },
            {(one, node(other)): Edge((1,), False) for one, other in pairs},
            {},
        )
        assert holds(stated, graph) == expected, (stated, pairs)
        verdicts[expected] += 1
    assert len(verdicts) == 2


def holds(stated: dict[str, Any], graph: Graph) -> bool:
    text = json.dumps(stated)  # as its configuration reader would give it: lists and strings
    options, problem = import_linter._options(json.loads(text), {})
    assert problem == ""
    edges = contracts.counted(options, graph)
    checks = contracts.checks(options, graph, edges)
    broken = any(next(check.breaches(link), None) for check in checks for link in edges)
    return not broken and not contracts.undeclared(options, graph)


# Cycles, folders outside, imports at run time -----------------------------------------------------

CYCLES = "{contract: cycles, exclude_type_checking: true, exclude_deferred: true}"


def test_a_new_cycle_is_told_once_at_the_import_that_closes_it(repo: Repo, review: Command) -> None:
    start(repo, CYCLES, {"shop/web/views.py": "import shop.core.orders\n",
                         "shop/core/orders.py": "import shop.db.tables\n"})  # fmt: skip
    repo.write({"shop/db/tables.py": "X = 1\nimport shop.web.views\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/borders", "shop/db/tables.py", 2)]
    assert messages(ran)[0].endswith(
        "closes an import cycle: `shop.db.tables` → `shop.web.views` → `shop.core.orders` → `shop.db.tables`"
    )


def test_a_cycle_that_was_there_is_no_finding_but_a_module_that_joins_it_is(
    repo: Repo, review: Command
) -> None:
    start(repo, CYCLES, {"shop/web/views.py": "import shop.core.orders\n",
                         "shop/core/orders.py": "import shop.web.views\n"})  # fmt: skip
    repo.write({"shop/web/views.py": "from shop.core import orders\nimport shop.core.orders\n"})
    assert review.json(repo).review["findings"] == []
    repo.write({"shop/web/views.py": "import shop.core.orders\nimport shop.db.tables\n",
                "shop/db/tables.py": "import shop.core.orders\n"})  # fmt: skip
    assert [path for _, path, _ in review.json(repo).labelled("introduced")] == [
        "shop/db/tables.py"
    ]


def test_a_cycle_that_is_opened_is_fixed(repo: Repo, review: Command) -> None:
    start(repo, CYCLES, {"shop/web/views.py": "import shop.core.orders\n",
                         "shop/core/orders.py": "import shop.web.views\n"})  # fmt: skip
    repo.write({"shop/web/views.py": ""})
    assert review.json(repo).labelled("fixed") == [("house/borders", "shop/web/views.py", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    import shop.web.views\n",
        "class A:\n    def f(\n        self,\n    ):\n        if self:\n            import shop.web.views\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import shop.web.views\n",
    ],
)
def test_an_import_that_does_not_run_at_the_start_closes_no_cycle(
    repo: Repo, review: Command, text: str
) -> None:
    start(repo, CYCLES, {"shop/web/views.py": "import shop.db.tables\n"})
    repo.write({"shop/db/tables.py": text})
    assert review.json(repo).review["findings"] == []
    repo.write({"shop/db/tables.py": "if 1:\n    import shop.web.views\n"})
    assert review.json(repo).labelled("introduced") == [("house/borders", "shop/db/tables.py", 2)]


def test_an_import_that_moves_out_of_a_function_closes_a_cycle(repo: Repo, review: Command) -> None:
    start(repo, CYCLES, {"shop/web/views.py": "import shop.db.tables\n",
                         "shop/db/tables.py": "def f():\n    import shop.web.views\n"})  # fmt: skip
    repo.write({"shop/db/tables.py": "import shop.web.views\n"})
    assert review.json(repo).labelled("introduced") == [("house/borders", "shop/db/tables.py", 1)]


def test_two_circles_that_share_nothing_are_two_findings() -> None:
    new = [("a", "b"), ("x", "y")]
    links = [*new, ("b", "a"), ("y", "x")]
    never = (lambda link: False,) * 2
    assert cycles.grown([("b", "a"), ("y", "x")], links, new, never) == [
        (("a", "b"), ("a", "b", "a")),
        (("x", "y"), ("x", "y", "x")),
    ]


def test_a_circle_of_thousands_of_modules_takes_no_stack() -> None:
    ring = [(str(n), str(n + 1)) for n in range(5_000)]
    found = cycles.grown(ring, [*ring, ("5000", "0")], [("5000", "0")], (lambda link: False,) * 2)
    assert [len(route) for _, route in found] == [5_002]


def test_a_new_folder_in_a_package_needs_an_init(repo: Repo, review: Command) -> None:
    start(repo, "{contract: outside}")
    repo.write(
        {
            "shop/pay/cards.py": "X = 1\n",
            "shop/pay/bills.py": "",
            "scripts/run.py": "",
            "notes/a/b.py": "",
        }
    )
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/borders", "shop/pay/bills.py", 1)]
    assert "`shop/pay` lies in a package and has no `__init__.py`" in messages(ran)[0]
    assert "`bills.py` and 1 more" in messages(ran)[0]


def test_an_init_that_is_deleted_is_told_where_it_was(repo: Repo, review: Command) -> None:
    start(repo, "{contract: outside}", {"shop/db/__init__.py": "'''Tables.'''\n"})
    repo.write({"shop/db/__init__.py": None})
    assert review.json(repo).labelled("introduced") == [("house/borders", "shop/db/__init__.py", 1)]


def test_a_folder_that_never_had_an_init_is_left_alone(repo: Repo, review: Command) -> None:
    start(repo, "{contract: outside}", {"shop/pay/cards.py": "X = 1\n"})
    repo.write({"shop/pay/cards.py": "import os\nX = os\n", "shop/pay/bills.py": "Y = 2\n"})
    assert review.json(repo).review["findings"] == []


def test_what_lies_outside_any_package_is_seen_by_contracts(repo: Repo, review: Command) -> None:
    start(repo, LAYERS)
    repo.write({"shop/db/sub/rows.py": "from ...web import views\nimport shop.core.orders\n"})
    assert review.json(repo).labelled("introduced") == [
        ("house/borders", "shop/db/sub/rows.py", 1),
        ("house/borders", "shop/db/sub/rows.py", 2),
    ]


def test_an_import_at_run_time_is_told_as_written(repo: Repo, review: Command) -> None:
    start(
        repo,
        "{contract: dynamic}",
        {"shop/web/views.py": "import importlib\nimportlib.import_module('os')\n"},
    )
    repo.write(
        {
            "shop/web/views.py": "import importlib\n\nimportlib.import_module('os')\n__import__(NAME)\n"
        }
    )
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/borders", "shop/web/views.py", 4)]
    assert messages(ran) == ["`__import__(NAME)` imports at run time, which no contract sees"]


# Files that cannot be read ------------------------------------------------------------------------


def test_a_file_that_does_not_parse_does_not_blind_the_graph(repo: Repo, review: Command) -> None:
    start(
        repo,
        LAYERS,
        {"shop/core/broken.py": "def (\n", "shop/core/beyond.py": "from ..... import x\n"},
    )
    repo.write({"shop/db/tables.py": "import shop.web.views\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/borders", "shop/db/tables.py", 1)]
    assert ran.status("shop/db/tables.py")["imports"] == "checked"


@pytest.mark.parametrize(
    "text", ["def (\n", "from ..... import x\n", "x = " + "(" * 500 + ")" * 500 + "\n"]
)
def test_a_changed_file_whose_imports_cannot_be_read_is_not_green(
    repo: Repo, review: Command, text: str
) -> None:
    start(repo, LAYERS)
    repo.write({"shop/db/tables.py": text, "shop/db/rows.py": "import shop.web.views\n"})
    ran = review.json(repo)
    assert ran.status("shop/db/tables.py")["imports"].startswith("failed: ")
    assert ran.labelled("introduced")[-1:] == [("house/borders", "shop/db/rows.py", 1)] or (
        ("house/borders", "shop/db/rows.py", 1) in ran.labelled("introduced")
    )
    assert ran.code in (1, 3)


def test_a_file_that_parses_again_is_charged_for_its_new_lines_only(
    repo: Repo, review: Command
) -> None:
    start(repo, LAYERS, {"shop/db/tables.py": "import shop.web.views\ndef (\n"})
    repo.write({"shop/db/tables.py": "import shop.web.views\nimport shop.core.orders\n"})
    assert review.json(repo).labelled("introduced")[0] == ("house/borders", "shop/db/tables.py", 2)


@pytest.mark.parametrize("crash", ["os.kill(os.getpid(), 9)", "raise MemoryError", "sys.exit(3)"])
def test_a_worker_that_dies_keeps_the_gate_closed(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, crash: str
) -> None:
    fake = tmp_path / "fakes"
    fake.mkdir()
    (fake / "crashing_worker.py").write_text(
        f"import os, sys\nfrom bot.outside import serving\n\n\ndef die(*_):\n    {crash}\n\n\n"
        "def main():\n    serving.serve(die)\n"
    )
    (fake / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    broken = import_graph.PROGRAM._replace(module="fakes.crashing_worker")
    monkeypatch.setattr(import_graph, "PROGRAM", broken)
    start(repo, LAYERS)
    repo.write({"shop/db/tables.py": "import shop.web.views\n"})
    ran = review.json(repo, "--no-cache")
    assert ran.code == 3
    assert "the import graph cannot be read" in ran.status("shop/db/tables.py")["imports"]


def test_too_many_files_are_said(
    repo: Repo, review: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(repo, LAYERS)
    repo.write({"shop/db/tables.py": "import shop.web.views\n"})
    monkeypatch.setattr(import_graph, "_MOST_FILES", 2)
    assert "more than 2 Python files" in review.json(repo).status("shop/db/tables.py")["imports"]
    monkeypatch.setattr(import_graph, "_MOST_FILES", 100)
    monkeypatch.setattr(import_graph, "_MOST_BYTES", 2)
    assert "of Python" in review.json(repo, "--no-cache").status("shop/db/tables.py")["imports"]


def test_names_that_differ_by_case_or_are_not_utf8_are_told_apart(
    repo: Repo, review: Command
) -> None:
    start(repo, LAYERS, {"shop/db/Tables.py": "import shop.web.views\n"})
    odd = repo.path / "shop" / "db"
    (odd.parent / "db" / "caf\udce9.py").write_text("import shop.web.views\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "odd")
    repo.write({"shop/db/tables.py": "import shop.web.views\n"})
    assert review.json(repo).labelled("introduced") == [("house/borders", "shop/db/tables.py", 1)]


def test_five_thousand_packages_are_no_matter(repo: Repo, review: Command) -> None:
    deep = "/".join(["d"] * 60)
    files: dict[str, str | bytes | None] = {
        f"p{n}/__init__.py": f"import p{n + 1}\n" for n in range(5_000)
    }
    start(repo, "{contract: forbidden, source_modules: ['**'], forbidden_modules: ['p4999', 'd.**.z']}",
          {**files, f"{deep}/__init__.py": "", f"{deep}/z.py": "import shop\n"})  # fmt: skip
    repo.write({"shop/db/tables.py": "import p4990\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/borders", "shop/db/tables.py", 1)]


# Source roots -------------------------------------------------------------------------------------


def roots(paths: Iterable[str], *names: str, configured: tuple[str, ...] = ()) -> dict[str, str]:
    layout = source_roots.find(paths, configured, lambda: Counter(names))
    return {path: f"{module.root}:{module.name}" for path, module in layout.modules.items()}


def test_a_top_level_package_lies_in_a_root() -> None:
    found = roots(
        ["src/a/__init__.py", "src/a/b/__init__.py", "src/a/b/c.py", "setup.py", "docs/conf.py"]
    )
    assert found == {
        "src/a/__init__.py": "src:a",
        "src/a/b/__init__.py": "src:a.b",
        "src/a/b/c.py": "src:a.b.c",
        "setup.py": ":setup",
    }


def test_import_statements_tell_a_namespace_from_a_root() -> None:
    paths = ["lib/acme/shop/__init__.py", "lib/acme/shop/x.py"]
    assert roots(paths)["lib/acme/shop/x.py"] == "lib/acme:shop.x"
    assert roots(paths, "acme.shop.x")["lib/acme/shop/x.py"] == "lib:acme.shop.x"


def test_folders_without_init_are_packages_where_they_are_imported() -> None:
    paths = ["app/main.py", "app/api/users.py", "tool/run.py"]
    assert roots(paths) == {}
    assert roots(paths, "app.api.users") == {
        "app/main.py": ":app.main",
        "app/api/users.py": ":app.api.users",
    }


def test_configured_roots_are_taken_as_they_are() -> None:
    paths = ["back/app/main.py", "back/lib/x/__init__.py", "front/gen.py"]
    assert roots(paths, configured=("back", "back/lib/")) == {
        "back/app/main.py": "back:app.main",
        "back/lib/x/__init__.py": "back/lib:x",
    }
    assert roots(paths, configured=(".",))["front/gen.py"] == ":front.gen"


def test_of_a_module_and_a_package_of_one_name_the_package_counts() -> None:
    assert roots(["a.py", "a/__init__.py"]) == {"a/__init__.py": ":a"}


def test_packages_of_one_name_in_two_services_are_not_mixed(repo: Repo, review: Command) -> None:
    rule = "{contract: layers, containers: [app], layers: [web, db]}"
    services = {f"services/{name}/src/{path}": text for name in ("a", "b") for path, text in {
        "app/__init__.py": "", "app/web.py": "", "app/db.py": ""}.items()}  # fmt: skip
    start(repo, rule, services)  # type: ignore[arg-type]
    # b's web imports b's db; only a's db imports a's web.
    repo.write(
        {
            "services/b/src/app/web.py": "import app.db\n",
            "services/a/src/app/db.py": "from app import web\n",
        }
    )
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("house/borders", "services/a/src/app/db.py", 1)]


def test_the_policy_may_state_the_roots(repo: Repo, review: Command) -> None:
    start(
        repo,
        LAYERS,
        {
            ".architrave.toml": POLICY + "source-roots = ['lib']\n",
            "lib/shop/db.py": "",
            "lib/shop/web.py": "",
            "lib/shop/core.py": "",
        },
    )
    repo.write(
        {"shop/db/tables.py": "import shop.web.views\n", "lib/shop/db.py": "import shop.web\n"}
    )
    assert review.json(repo).labelled("introduced") == [("house/borders", "lib/shop/db.py", 1)]


# Contracts stated for import-linter ---------------------------------------------------------------

INI = """[importlinter]
root_package = shop
include_external_packages = True

[importlinter:contract:floors]
name = The floors of the shop
type = layers
containers = shop
layers =
    web
    # in between
    core
    db
broken_contract_guidance = Ask Maren before you climb.

[importlinter:contract:own]
name = Our own
type = ours.contracts.Special
"""
TOML = """[tool.importlinter]
root_packages = ["shop"]
exclude_type_checking_imports = true
include_external_packages = true
contract_types = ["evil: ours.contracts.Evil"]

[[tool.importlinter.contracts]]
name = "Floors!"
type = "layers"
layers = ["shop.web", "shop.db"]

[[tool.importlinter.contracts]]
name = "Floors!"
type = "forbidden"
source_modules = ["shop.db"]
forbidden_modules = ["requests"]
allow_indirect_imports = true
"""
SHOP = package("shop.web.views", "shop.core.orders", "shop.db.tables")


@pytest.mark.parametrize("name", [".importlinter", "setup.cfg"])
def test_contracts_of_import_linter_hold_without_being_rewritten(
    repo: Repo, review: Command, name: str
) -> None:
    repo.commit({name: INI, ".architrave.toml": POLICY, **SHOP})
    repo.write({"shop/db/tables.py": "import shop.web.views\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("import-linter/floors", "shop/db/tables.py", 1)]
    assert ran.review["findings"][0]["why"] == "Ask Maren before you climb."
    assert ran.review["findings"][0]["severity"] == "error"
    (note,) = ran.review["change"]["notes"]
    assert note == (
        f"A contract in {name} is not judged: Our own: its type `ours.contracts.Special` is not one"
        " of import-linter's own."
    )
    assert "The floors of the shop" in review(repo, "--explain", "import-linter/floors").out


def test_the_policy_can_name_contracts_of_import_linter(repo: Repo, review: Command) -> None:
    policy = POLICY + "[severity]\n'import-linter/floors' = 'note'\n"
    repo.commit({"pyproject.toml": TOML, ".architrave.toml": policy, **SHOP})
    repo.write({"shop/db/tables.py": "import shop.web.views\nimport requests\n"})
    ran = review.json(repo)
    assert [(found["rule"], found["severity"]) for found in ran.review["findings"]] == [
        ("import-linter/floors", "note"),
        ("import-linter/floors-2", "error"),
    ]
    repo.commit(
        {
            ".architrave.toml": POLICY + "disable = ['import-linter/floors-2']\n",
            "shop/db/tables.py": "",
        }
    )
    repo.write({"shop/db/tables.py": "import requests\n"})
    assert review.json(repo).review["findings"] == []


def test_contracts_are_those_of_the_base(repo: Repo, review: Command) -> None:
    repo.commit({".importlinter": INI, ".architrave.toml": POLICY, **SHOP})
    repo.write({".importlinter": "", "shop/db/tables.py": "import shop.web.views\n"})
    ran = review.json(repo)
    assert ran.labelled("introduced") == [("import-linter/floors", "shop/db/tables.py", 1)]
    assert any("edits .importlinter" in note for note in ran.review["change"]["notes"])


@pytest.mark.parametrize(
    ("edits", "also"),
    [
        (
            {".importlinter": INI.replace("    db\n", "").replace("    web", "    db\n    web")},
            "edits this contract in",
        ),
        ({".importlinter": ""}, "takes this contract out of"),
        ({".importlinter": None}, "takes this contract out of"),
        ({".importlinter": INI + "# Another comment.\n"}, ""),
        ({"setup.cfg": "[metadata]\nname = shop\n"}, ""),
    ],
)
def test_a_change_that_edits_the_contract_it_breaks_is_told_so(
    repo: Repo, review: Command, edits: dict[str, str | None], also: str
) -> None:
    repo.commit({".importlinter": INI, ".architrave.toml": POLICY, **SHOP})
    repo.write({**edits, "shop/db/tables.py": "import shop.web.views\n"})
    (found,) = messages(review.json(repo))
    clause = f"; the change also {also} .importlinter; the one at the base judges"
    assert ("the change also" in found) == bool(also)
    assert not also or found.endswith(clause)


def test_a_contract_that_goes_with_its_module_needs_no_edit(repo: Repo, review: Command) -> None:
    repo.commit({".importlinter": INI, ".architrave.toml": POLICY, **SHOP})
    gone: dict[str, str | None] = {"shop/core/__init__.py": None, "shop/core/orders.py": None}
    repo.write(gone)
    assert messages(review.json(repo)) == [
        "`shop.core`, a layer of this contract, is gone: edit the contract too"
    ]
    repo.write({".importlinter": INI.replace("    core\n", "")})
    assert messages(review.json(repo)) == []
    repo.write({".importlinter": INI.replace("    core\n", "    core : more\n")})
    assert len(messages(review.json(repo))) == 1


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        (".importlinter", "[importlinter]\n[importlinter]\n", "cannot be read"),
        (".importlinter", b"[importlinter]\nx = \xff\n", "cannot be read"),
        ("pyproject.toml", b"[tool.importlinter]\nx = \n", "cannot be read"),
        (".importlinter", "#importlinter\n" + "#" * (1 << 20), "larger than 1 MiB"),
        (".importlinter", "[importlinter]\n[importlinter:contract:a]\ntype=layers\n", "`layers` is missing"),
        (".importlinter", "[importlinter]\n[importlinter:contract:a]\ntype=layers\nlayers=a.*\n", "without wildcards"),
        (".importlinter", "[importlinter]\n[importlinter:contract:a]\ntype=acyclic_siblings\nancestors=a\ndepth=x\n",
         "`depth` is no number"),
    ],
)  # fmt: skip
def test_a_mistake_in_import_linters_files_is_noted_and_stops_nothing(
    path: str, text: str | bytes, says: str
) -> None:
    data = text.encode() if isinstance(text, str) else text
    stated = import_linter.read({path: data})
    assert stated.rules == ()
    assert says in stated.notes[0]


def test_files_without_contracts_state_none() -> None:
    files = {
        "setup.cfg": b"[mypy]\n# importlinter\n",
        "pyproject.toml": b"[tool.x]\nname = 'importlinter'\n",
    }
    assert import_linter.read(files) == import_linter.Stated((), ())


def test_what_is_outside_the_root_packages_is_external(repo: Repo, review: Command) -> None:
    text = INI.replace("layers\ncontainers = shop\nlayers =\n    web\n    # in between\n    core\n    db",
                       "forbidden\nsource_modules = shop\nforbidden_modules = tests")  # fmt: skip
    repo.commit(
        {".importlinter": text, ".architrave.toml": POLICY, **SHOP, **package("tests.helpers")}
    )
    repo.write({"shop/db/tables.py": "from tests import helpers\n"})
    assert review.json(repo).labelled("introduced") == [
        ("import-linter/floors", "shop/db/tables.py", 1)
    ]


# Layers to begin with -----------------------------------------------------------------------------


def test_layers_are_proposed_from_what_imports_what() -> None:
    modules = ["p", "p.web", "p.web.a", "p.core", "p.db", "p.log", "p.x", "p.y", "q"]
    links = [("p.web.a", "p.core"), ("p.core", "p.db"), ("p.web", "p.log"), ("p.x", "p.y"), ("p.y", "p.x"),
             ("p.x", "p.log"), ("p.db", "q"), ("q", "p.log")]  # fmt: skip
    assert layering.propose("p", modules, links) == ["web", "core", "x : y", "db", "log"]


def test_a_way_through_the_package_itself_counts() -> None:
    links = [("p.low", "p"), ("p", "p.high")]
    assert layering.propose("p", ["p", "p.low", "p.high"], links) == ["low", "high"]


@pytest.mark.parametrize("seed", range(50))
def test_layers_that_are_proposed_are_kept(seed: int) -> None:
    dice = random.Random(seed)
    names = ["p", "q", *(f"p.{top}" for top in "abcdef"), *(f"p.{top}.x" for top in "abc")]
    pairs = [(dice.choice(names), dice.choice(names)) for _ in range(dice.randrange(30))]
    pairs = [(one, other) for one, other in pairs if one != other]
    layers = layering.propose("p", names, pairs)
    graph = Graph({name: name for name in names}, {pair: Edge((1,), False) for pair in pairs}, {})
    stated = {"type": "layers", "layers": layers, "containers": ["p"], "exhaustive": "True"}
    assert holds(stated, graph)
    assert sorted(
        name for layer in layers for name in layer.replace(":", "|").split(" | ")
    ) == list("abcdef")
