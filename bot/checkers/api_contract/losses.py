"""What a change takes away from those who import a module of the repository, public or not."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from bot.checkers.api_contract import signatures
from bot.checkers.api_contract.functions import is_plain, receives_object
from bot.checkers.api_contract.modules import Module, Modules
from bot.checkers.api_contract.signatures import Signature
from bot.outside.worker import Failure

# Written by a build, so that Git does not know of them.
_GENERATED = re.compile(r"(^|_)(version|versions|pb2|pb2_grpc|scm_version)$")


class Loss(NamedTuple):
    """What others can no longer do with *name* of *module*: "" stands for the module itself.

    *old* and *new* are signatures, where it is still there and only called in another way.
    """

    module: Module
    name: str
    old: Signature = ()
    new: Signature | None = None
    # False for a method that gets its object by being called on it.
    is_called_by_name: bool = True

    @property
    def path(self) -> str:
        return f"{self.module.name}.{self.name}" if self.name else self.module.name


def losses(modules: Modules, pairs: Iterable[tuple[Module, Module | None]]) -> Iterator[Loss]:
    """What a change took away from the modules of base, those at head beside them."""
    pairs = list(pairs)
    gone: dict[str, Module] = {}
    for old, new in pairs:
        near = Module("head", old.root, old.name, old.path)
        if new is None or new.name != old.name:
            is_there = modules.find(near, old.name) or modules.may_exist(near, old.name)
            if not is_there and not _GENERATED.search(old.name):
                gone[old.name] = near
    for name, module in gone.items():
        # What lies in a package that is gone is gone with it.
        if name.rpartition(".")[0] not in gone:
            yield Loss(module, "")
    for old, new in pairs:
        if new is not None:
            yield from _lost_names(modules, old, new)
            yield from _lost_signatures(modules, old, new)


def _lost_names(modules: Modules, old: Module, new: Module) -> Iterator[Loss]:
    before, after = modules.description(old), modules.description(new)
    if isinstance(before, Failure) or isinstance(after, Failure):
        return
    for name in before["bound"]:
        is_lost = name not in after["bound"] and not _is_dunder(name)
        if is_lost and modules.resolve(new, name) is None:
            yield Loss(new, name)


def _lost_signatures(modules: Modules, old: Module, new: Module) -> Iterator[Loss]:
    before, after = modules.description(old), modules.description(new)
    if isinstance(before, Failure) or isinstance(after, Failure):
        return
    for dotted, was in before["definitions"].items():
        now = after["definitions"].get(dotted)
        if now is None or (was["kind"], now["kind"]) != ("function", "function"):
            continue
        first = dotted.partition(".")[0]
        if before["bound"].get(first, 0) != 1 or after["bound"].get(first, 0) != 1:
            continue
        if was["count"] != 1 or now["count"] != 1 or not (is_plain(was) and is_plain(now)):
            continue
        name = dotted
        if dotted.endswith(".__init__"):
            name = dotted.removesuffix(".__init__")
            if not (_is_made_plainly(before, name) and _is_made_plainly(after, name)):
                continue
        if receives_object(dotted, was) != receives_object(dotted, now):
            continue
        bound = receives_object(dotted, now)
        signature = signatures.read(was, bound=bound), signatures.read(now, bound=bound)
        if signatures.form(signature[0]) != signatures.form(signature[1]):
            free = {"staticmethod", "classmethod"} & set(now["labels"])
            yield Loss(new, name, *signature, name == first or name != dotted or bool(free))


def _is_made_plainly(answer: Mapping[str, Any], name: str) -> bool:
    """Whether calling a class does no more than to call its `__init__`."""
    definition = answer["definitions"].get(name)
    return (
        definition is not None
        and definition["kind"] == "class"
        and definition["count"] == 1
        and not definition["decorators"]
        and "metaclass" not in definition["keywords"]
        and "__new__" not in definition["names"]
    )


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
