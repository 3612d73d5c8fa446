"""What of a repository's Python is public: what others may rely on.

`exported`: what packages present in their `__init__.py` and what modules list in `__all__`. `all`:
every name without a leading underscore, in modules without one.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.checkers.api_contract.modules import Module, Modules, Place
from bot.outside.worker import Failure

# Nobody outside relies on what lies in such folders or modules.
_NOT_OFFERED = frozenset(
    {
        "test",
        "tests",
        "testing",
        "doc",
        "docs",
        "example",
        "examples",
        "sample",
        "samples",
        "demo",
        "demos",
        "script",
        "scripts",
        "tool",
        "tools",
        "bench",
        "benchmarks",
        "migrations",
        "versions",
        "conftest",
        "setup",
        "noxfile",
        "fabfile",
        "vendor",
        "vendored",
        "third_party",
        "build",
        "ci",
    }
)


class Offer(NamedTuple):
    """A public name at base: *module* is where others import it from, *place* where it is defined."""

    module: Module
    name: str
    place: Place

    @property
    def path(self) -> str:
        return f"{self.module.name}.{self.name}"


def is_offered(module: Module) -> bool:
    """Whether others may import a module: it is neither private nor a test, an example or a script."""
    parts = module.path.removesuffix("/__init__.py").removesuffix(".py").split("/")
    return not any(part.startswith(("_", "test_")) or part in _NOT_OFFERED for part in parts)


def packages(modules: Modules, module: Module) -> list[Module]:
    """The packages that a module lies in, innermost first, itself if it is one."""
    found = []
    name = module.name if module.is_package else module.package
    while name:
        package = modules.find(module, name)
        if package is not None and package.is_package:
            found.append(package)
        name = name.rpartition(".")[0]
    return found


def offers(modules: Modules, module: Module, surface: str) -> Iterator[Offer]:
    """The public names of one module of base and, where it is a package, those it presents."""
    answer = modules.description(module)
    if isinstance(answer, Failure) or not is_offered(module) or answer["deprecated"]:
        return
    for name in sorted(_names(modules, module, answer, surface)):
        place = modules.resolve(module, name)
        if isinstance(place, Place):
            yield Offer(module, name, place)


def _names(modules: Modules, module: Module, answer: Any, surface: str) -> set[str]:
    listed = set(answer["all"] or ())
    if module.is_package:
        return listed or _presented(modules, module, answer)
    if surface == "all" and answer["all"] is None:
        return {
            name for name in answer["definitions"] if not name.startswith("_") and "." not in name
        }
    return listed


def _presented(modules: Modules, module: Module, answer: Any) -> set[str]:
    """What an `__init__.py` without `__all__` imports from its own package only to pass it on."""
    own = module.name.partition(".")[0]
    passed_on = set()
    for name, (level, source, original) in answer["aliases"].items():
        full = modules.absolute(module, level, source)
        is_own = full.partition(".")[0] == own and original is not None
        is_for_itself = name in answer["used"] and name not in answer["redundant"]
        if is_own and not is_for_itself and not name.startswith("_"):
            passed_on.add(name)
    for level, source in answer["stars"]:
        target = modules.find(module, modules.absolute(module, level, source))
        if target is not None:
            passed_on |= modules.names(target)
    if not passed_on:
        return set()
    # A package that presents names offers those that it defines itself, too.
    return passed_on | {
        name for name in answer["definitions"] if not name.startswith("_") and "." not in name
    }
