"""Who in the repository still uses what a change took away, where that is certain."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.analysis import Program
from bot.checkers.api_contract import signatures
from bot.checkers.api_contract.losses import Loss
from bot.checkers.api_contract.modules import Module, Modules, Place
from bot.checkers.api_contract.signatures import Call
from bot.comparison import Comparison
from bot.outside.worker import Failure

PROGRAM = Program("uses", "bot.outside.uses_worker", "ast", 1_000_000)
# Bytes of files to be parsed for uses: a few seconds of work.
_MOST_BYTES = 16 << 20
# Things of one name, each of which every call of that name is held against.
_MOST_ALIKE = 50
# Up to so many words, looking for each is faster than taking a text apart.
_FEW_WORDS = 20
_WORDS = re.compile(rb"[\w\x80-\xff]+")
# Stands for the name of the module itself in `from package import module`.
_FROM_PACKAGE = "from its package"
_MOST_PARTS = 20
_METHODS = re.compile(rb"\bdef[ \t]+(\w+)")
_RELATIVE = re.compile(rb"from[ \t]+\.+[ \t]+import")


class Broken(NamedTuple):
    """A place that cannot work any more because of a loss; *says* what is not as it was."""

    loss: Loss
    path: str
    line: int
    says: str


class Unsearched(NamedTuple):
    """Why the search for uses is not complete."""

    reason: str


class Callers:
    """Finds the uses of what was lost among the Python files of head."""

    def __init__(self, comparison: Comparison, modules: Modules) -> None:
        self._comparison, self._modules = comparison, modules

    def broken(self, lost: Sequence[Loss]) -> Iterator[Broken | Unsearched]:
        """Every use that is certain to fail, file by file in order of their paths."""
        if not lost:
            return
        sources = sorted(self._comparison.python("head"))
        texts = self._comparison.read(source.blob for source in sources)
        lost = _single(lost, texts.values())
        wanted = _Wanted(lost)
        if wanted.crowd > _MOST_ALIKE:
            yield Unsearched(f"it changed {wanted.crowd} functions of the same name")
            return
        found = {
            source.path: source.blob
            for source in sources
            if (text := texts[source.blob]) is not None and wanted.may_be_in(source.path, text)
        }
        size = sum(len(texts[blob] or b"") for blob in set(found.values()))
        if size > _MOST_BYTES:
            yield Unsearched(f"there are {size >> 20} MiB of Python that may use what it took away")
            return
        questions = {blob: texts[blob] or b"" for blob in found.values()}
        answers = self._comparison.ask(PROGRAM, {"names": wanted.names}, questions)
        for path, blob in found.items():
            answer = answers[blob]
            if not isinstance(answer, Failure):
                user = _User(self._modules, self._modules.at("head", path), answer)
                yield from user.broken(lost)
            elif not answer.lasting:  # what does not parse is told where it is judged
                yield Unsearched(f"{path}, which may use what it took away: {answer}")


def _single(lost: Iterable[Loss], texts: Iterable[bytes | None]) -> list[Loss]:
    """The losses, but for methods that other classes define, too: `self.name` may be another's."""
    lost = list(lost)
    if all(loss.is_called_by_name for loss in lost):
        return lost
    counts = Counter(name for text in texts for name in _METHODS.findall(text or b""))
    return [loss for loss in lost if loss.is_called_by_name or counts[_word(loss).encode()] == 1]


class _Wanted:
    """What a file must have words of, to use anything that was lost."""

    def __init__(self, lost: Iterable[Loss]) -> None:
        # Word to the words of which one must be there too: parts of the module's name. What is gone
        # is gone from its module; what is called in another way may come through its packages.
        self._modules: dict[bytes, set[bytes]] = {}
        self._own: dict[str, set[bytes]] = {}
        for loss in lost:
            word = _word(loss).encode()
            self._own.setdefault(loss.module.path, set()).add(word)
            if loss.is_called_by_name:
                parts = loss.module.name.split(".")
                near = self._modules.setdefault(word, set())
                near.update(part.encode() for part in (parts[-1:] if loss.new is None else parts))
        self.names = sorted({_word(loss) for loss in lost})
        # How many things that are called in another way have the commonest name.
        called = Counter(_word(loss) for loss in lost if loss.new is not None)
        self.crowd = max(called.values(), default=0)
        every = set().union(*self._modules.values())
        self._few = every if len(every) <= _FEW_WORDS else set()

    def may_be_in(self, path: str, text: bytes) -> bool:
        is_relative = bool(_RELATIVE.search(text))
        own = self._own.get(path)
        if not (own or is_relative) and self._few and not any(each in text for each in self._few):
            return False
        words = set(_WORDS.findall(text))
        return bool(own and own & words) or any(
            is_relative or not words.isdisjoint(self._modules[word])
            for word in words & self._modules.keys()
        )


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
        # Folder and name of a module to what is imported from it, or from what lies in it, and where.
        self._imported_from: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for level, source, original, local, line, guarded in answer["imports"]:
            full = modules.absolute(module, level, source)
            home = modules.home(module, level, full)
            if home is None or not full:
                self._bound[local] = None
                continue
            if not guarded:
                self._note_import(home, full, original, line)
            target = self._imported(home, full, original, local)
            known = self._bound.setdefault(local, target)
            if known != target or local in answer["bound"]:
                self._bound[local] = None

        # Calls by the last word of what is called, as it is named where it comes from.
        self._called: dict[str, list[Any]] = {}
        self._read: dict[str, list[Any]] = {}
        for row in answer["reads"]:
            self._read.setdefault(row[0].rpartition(".")[2], []).append(row)
        originals = {row[3]: row[2] or row[3] for row in answer["imports"]}
        for row in answer["calls"]:
            last = row[0].rpartition(".")[2]
            self._called.setdefault(originals.get(row[0], last), []).append(row)

    def broken(self, lost: Sequence[Loss]) -> Iterator[Broken]:
        for loss in lost:
            if loss.new is not None:
                yield from self._miscalled(loss)
            elif _word(loss) not in self._answer["asked"]:
                yield from self._imports(loss)
                yield from self._reads(loss)

    def _note_import(self, home: str, full: str, original: str | None, line: int) -> None:
        self._imported_from.setdefault((home, full), []).append((original or "", line))
        if original:
            inner = (home, f"{full}.{original}")
            self._imported_from.setdefault(inner, []).append((_FROM_PACKAGE, line))
        # Whoever imports `a.b.c` imports `a` and `a.b`; no name is longer than a few parts.
        parts = full.split(".")[:_MOST_PARTS]
        for count in range(1, len(parts)):
            outer = (home, ".".join(parts[:count]))
            self._imported_from.setdefault(outer, []).append(("", line))

    def _imported(self, home: str, full: str, original: str | None, local: str) -> _Target | None:
        if original is None and local == full.partition(".")[0]:
            full = local  # `import a.b` binds `a`
        near = self._module._replace(root=home)
        module = self._modules.find(near, full)
        return None if module is None else _Target(module, original or "")

    def _imports(self, loss: Loss) -> Iterator[Broken]:
        for original, line in self._imported_from.get((loss.module.root, loss.module.name), ()):
            if loss.name and original == loss.name:
                says = f"`{loss.module.name}` no longer has `{loss.name}`, which this imports"
                yield Broken(loss, self._module.path, line, says)
            elif not loss.name and (original != _FROM_PACKAGE or self._lacks(loss)):
                says = f"`{loss.path}` is gone, which this imports"
                yield Broken(loss, self._module.path, line, says)

    def _lacks(self, loss: Loss) -> bool:
        """Whether `from package import name` can only have meant the module that is gone."""
        parent = self._modules.find(loss.module, loss.module.name.rpartition(".")[0])
        return parent is not None and self._modules.resolve(parent, _word(loss)) is None

    def _reads(self, loss: Loss) -> Iterator[Broken]:
        """`module.name` of a name that is gone."""
        for chain, line, guarded in self._read.get(loss.name, ()):
            owner = chain.rpartition(".")[0]
            if guarded:
                continue
            target = self._target(owner)
            if target is not None and target.module.path == loss.module.path and not target.name:
                says = f"`{loss.module.name}` no longer has `{loss.name}`, which this uses"
                yield Broken(loss, self._module.path, line, says)

    def _miscalled(self, loss: Loss) -> Iterator[Broken]:
        assert loss.new is not None
        for row in self._called.get(_word(loss), ()):
            chain, line, count, keywords, star, double_star, guarded, owner = row
            call = Call(count, keywords, star, double_star)
            if guarded or signatures.refusal(loss.old, call):
                continue
            says = signatures.refusal(loss.new, call)
            if says and self._calls(chain, owner, loss):
                yield Broken(loss, self._module.path, line, f"`{loss.path}` {says}")

    def _calls(self, chain: str, owner: str, loss: Loss) -> bool:
        """Whether a call of *chain* is a call of what lost its old form."""
        if self._module.path == loss.module.path and chain == loss.name:
            # The definition and nothing else binds the name in this file.
            return chain not in self._bound and self._answer["bound"].get(chain) == 1
        class_name, _, method = loss.name.rpartition(".")
        if self._module.path == loss.module.path and chain == f"self.{method}":
            return owner == class_name
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
