"""Who in the repository still uses what a change took away, where that is certain."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.analysis import Program
from bot.checkers.api_contract import signatures
from bot.checkers.api_contract.breakage import Comparer, is_plain, receives_object
from bot.checkers.api_contract.modules import Module, Modules, Place
from bot.checkers.api_contract.signatures import Call, Signature
from bot.comparison import Comparison
from bot.outside.worker import Failure

PROGRAM = Program("uses", "bot.outside.uses_worker", "ast", 1_000_000)
# Bytes of files to be parsed for uses: a few seconds of work.
_MOST_BYTES = 16 << 20
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


class Broken(NamedTuple):
    """A place that cannot work any more because of a loss; *says* is a whole sentence."""

    loss: Loss
    path: str
    line: int
    says: str


class TooMany(NamedTuple):
    """More text to look through than is looked through."""

    bytes: int


def losses(
    modules: Modules, comparer: Comparer, pairs: Iterable[tuple[Module, Module | None]]
) -> Iterator[Loss]:
    """What a change took away from the modules of base, those at head beside them."""
    for old, new in pairs:
        near = Module("head", old.root, old.name, old.path)
        if new is None or new.name != old.name:
            is_there = modules.find(near, old.name) or modules.may_exist(near, old.name)
            if not is_there and not _GENERATED.search(old.name):
                yield Loss(near, "")
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


class Callers:
    """Finds the uses of what was lost among the Python files of head."""

    def __init__(self, comparison: Comparison, modules: Modules) -> None:
        self._comparison, self._modules = comparison, modules

    def broken(self, lost: Sequence[Loss]) -> Iterator[Broken | TooMany]:
        """Every use that is certain to fail, file by file in order of their paths."""
        if not lost:
            return
        sources = sorted(self._comparison.python("head"))
        texts = self._comparison.read(source.blob for source in sources)
        words = {_word(loss) for loss in lost}
        pattern = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(words)).encode())
        found = {
            source.path: source.blob
            for source in sources
            if (text := texts[source.blob]) is not None and pattern.search(text)
        }
        size = sum(len(texts[blob] or b"") for blob in set(found.values()))
        if size > _MOST_BYTES:
            yield TooMany(size)
            return
        questions = {blob: texts[blob] or b"" for blob in found.values()}
        answers = self._comparison.ask(PROGRAM, {"names": sorted(words)}, questions)
        overridden = self._overridden(lost, questions)
        for path, blob in found.items():
            answer = answers[blob]
            if not isinstance(answer, Failure):  # what does not parse is told where it is judged
                user = _User(self._modules, self._modules.at("head", path), answer)
                yield from user.broken(lost, overridden)

    def _overridden(self, lost: Sequence[Loss], texts: Mapping[str, bytes]) -> set[str]:
        """Names of methods that several classes define, so that `self.name` may be another's."""
        methods = {_word(loss) for loss in lost if "." in loss.name}
        everything = b"\n".join(texts.values())
        return {
            name
            for name in methods
            if len(re.findall(rf"\bdef {re.escape(name)}\b".encode(), everything)) > 1
        }


def _word(loss: Loss) -> str:
    return (loss.name or loss.module.name).rpartition(".")[2]


class _Target(NamedTuple):
    """What imports bind a name to: a module of the repository and a dotted name in it, or ""."""

    module: Module
    name: str


class _User:
    """One file that may use what was lost."""

    def __init__(self, modules: Modules, module: Module, answer: Mapping[str, Any]) -> None:
        self._modules, self._module, self._answer = modules, module, answer
        self._bound: dict[str, _Target | None] = {}
        for level, source, original, local, _, _ in answer["imports"]:
            target = self._imported(level, source, original, local)
            known = self._bound.setdefault(local, target)
            if known != target or local in answer["bound"]:
                self._bound[local] = None

    def broken(self, lost: Sequence[Loss], overridden: set[str]) -> Iterator[Broken]:
        for loss in lost:
            if loss.new is not None:
                yield from self._miscalled(loss, overridden)
            elif _word(loss) not in self._answer["asked"]:
                yield from self._imports(loss)
                yield from self._reads(loss)

    def _imported(
        self, level: int, source: str, original: str | None, local: str
    ) -> _Target | None:
        full = self._modules.absolute(self._module, level, source)
        home = self._modules.home(self._module, level, full)
        if not full or home is None:
            return None
        if original is None and local == full.partition(".")[0]:
            full = local  # `import a.b` binds `a`
        near = self._module._replace(root=home)
        module = self._modules.find(near, full)
        return None if module is None else _Target(module, original or "")

    def _imports(self, loss: Loss) -> Iterator[Broken]:
        for level, source, original, _, line, guarded in self._answer["imports"]:
            full = self._modules.absolute(self._module, level, source)
            home = self._modules.home(self._module, level, full)
            if guarded or home != loss.module.root:
                continue
            if loss.name:
                if full == loss.module.name and original == loss.name:
                    says = f"This imports `{loss.name}`, which `{full}` no longer has"
                    yield Broken(loss, self._module.path, line, says)
            elif (
                full == loss.path
                or full.startswith(loss.path + ".")
                or (original and f"{full}.{original}" == loss.path and self._lacks(loss, full))
            ):
                says = f"This imports `{loss.path}`, which is gone"
                yield Broken(loss, self._module.path, line, says)

    def _lacks(self, loss: Loss, package: str) -> bool:
        """Whether `from package import name` can only have meant the module that is gone."""
        parent = self._modules.find(loss.module, package)
        return parent is not None and self._modules.resolve(parent, _word(loss)) is None

    def _reads(self, loss: Loss) -> Iterator[Broken]:
        """`module.name` of a name that is gone."""
        for chain, line, guarded in self._answer["reads"]:
            owner, _, name = chain.rpartition(".")
            if guarded or not loss.name or name != loss.name:
                continue
            target = self._target(owner)
            if target is not None and target.module.path == loss.module.path and not target.name:
                says = f"This uses `{loss.name}`, which `{loss.module.name}` no longer has"
                yield Broken(loss, self._module.path, line, says)

    def _miscalled(self, loss: Loss, overridden: set[str]) -> Iterator[Broken]:
        assert loss.new is not None
        for row in self._answer["calls"]:
            chain, line, count, keywords, star, double_star, guarded, owner = row
            call = Call(count, keywords, star, double_star)
            if guarded or signatures.refusal(loss.old, call):
                continue
            says = signatures.refusal(loss.new, call)
            if says and self._calls(chain, owner, loss, overridden):
                yield Broken(loss, self._module.path, line, f"`{loss.path}` {says}")

    def _calls(self, chain: str, owner: str, loss: Loss, overridden: set[str]) -> bool:
        """Whether a call of *chain* is a call of what lost its old form."""
        if self._module.path == loss.module.path and chain == loss.name:
            # The definition and nothing else binds the name in this file.
            return chain not in self._bound and self._answer["bound"].get(chain) == 1
        class_name, _, method = loss.name.rpartition(".")
        if self._module.path == loss.module.path and chain == f"self.{method}":
            return owner == class_name and method not in overridden
        target = self._target(chain)
        if target is None or not target.name:
            return False
        first, _, rest = target.name.partition(".")
        found = self._modules.resolve(target.module, first)
        return (
            isinstance(found, Place)
            and found.module.path == loss.module.path
            and f"{found.name}.{rest}".strip(".") == loss.name
            and loss.is_called_by_name
        )

    def _target(self, chain: str) -> _Target | None:
        """What `a.b.c` stands for by the imports of this file."""
        first, _, rest = chain.partition(".")
        target = self._bound.get(first)
        if target is None:
            return None
        module = target.module
        parts = [part for part in (*target.name.split("."), *rest.split(".")) if part]
        # As many parts as are modules: `import a.b` then `a.b.f`, `from a import b` then `b.f`.
        while parts and module.is_package:
            inner = self._modules.find(module, f"{module.name}.{parts[0]}")
            if inner is None or parts[0] in self._named(module):
                break
            module = inner
            del parts[0]
        return _Target(module, ".".join(parts))

    def _named(self, package: Module) -> frozenset[str]:
        """Names that a package binds itself, which come before modules in it."""
        answer = self._modules.description(package)
        return frozenset() if isinstance(answer, Failure) else frozenset(answer["bound"])
