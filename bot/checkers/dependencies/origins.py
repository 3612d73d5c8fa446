"""Where packages come from: addresses in manifests, indexes, and what lock files hold."""

import posixpath
import re
from collections.abc import Iterator

from bot import manifests
from bot.checkers.dependencies.concern import LOCK, SOURCE, Concern
from bot.checkers.dependencies.declared import includes, lock, lock_names, own_names
from bot.checkers.dependencies.manifest_changes import ManifestChanges, count, some
from bot.comparison import Comparison
from bot.domain import ChangedFile, Coverage, Severity
from bot.manifests import Manifest

_ADDRESS = re.compile(rb"(?:https?|ssh)://(?:[^\s/\"'@]*@)?([\w.-]+)((?:/[\w.~-]+){0,2})")
# Where a lock file says where a package is from; a description may hold any address.
_PLACE = re.compile(
    rb"(?:\b(?:url|registry|git|index|direct)\"?\s*[=:]\s*\"|^- (?:conda|pypi): | @ )"
    rb"(?:git\+)?" + _ADDRESS.pattern,
    re.MULTILINE,
)
_USUAL_HOSTS = frozenset(
    {"pypi.org", "files.pythonhosted.org", "pypi.python.org", "conda.anaconda.org"}
)
# Where everybody may keep code: the repository counts, not the host.
_FORGES = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org"})
# Of new hosts in one lock file; more are not told one by one.
_MOST_HOSTS = 20
_USUAL_INDEX = re.compile(
    r"https://(pypi\.org/simple|pypi\.python\.org/simple|files\.pythonhosted\.org)/?$"
)
_KNOWN_INDEX = re.compile(r"https://(download\.pytorch\.org|pypi\.nvidia\.com)/")
# A commit may be cut short; a word or a date is no commit.
_FIXED = re.compile(
    r"@(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,40}(?![\w./-])|@[0-9a-f]{40}\b|[#&]sha256=[0-9a-f]{64}\b"
)


class Origins:
    """Where the manifests and lock files that a change touches take packages from."""

    def __init__(self, comparison: Comparison, changes: ManifestChanges) -> None:
        self._comparison, self._changes = comparison, changes

    def concerns(self) -> Iterator[Concern | Coverage]:
        """Each place that base did not name, and what was locked unasked."""
        yield from self._sources()
        yield from self._indexes()
        yield from self._locks()

    def _sources(self) -> Iterator[Concern]:
        known = {
            (each.key, _without_revision(each.source)) for _, each in self._changes.base.required
        }
        for path, each in self._changes.head.required:
            if not each.source or (each.key, _without_revision(each.source)) in known:
                continue
            if _is_inside(each.source, path):
                continue
            message = f"`{each.name}` comes from `{_short(each.source)}`, not from an index"
            yield Concern(SOURCE, each.key, path, each.line, message, _gravity(each.source))
        for path, manifest in self._changes.head.said.items():
            old = self._changes.base.said.get(path, Manifest())
            before = {included.written for included in includes(path, old)}
            for included in includes(path, manifest):
                if not included.path and included.written not in before:
                    yield Concern(
                        SOURCE, included.written, path, included.line,
                        f"`{_short(included.written)}`, which lies outside of the repository, "
                        "is read for requirements",
                    )  # fmt: skip

    def _indexes(self) -> Iterator[Concern]:
        known = {
            address
            for manifest in self._changes.base.said.values()
            for _, address, _ in manifest.indexes
        }
        for path, manifest in self._changes.head.said.items():
            for option, address, line in manifest.indexes:
                if address in known or _USUAL_INDEX.match(address) or "{" in address:
                    continue
                severity: Severity | None = "note" if _KNOWN_INDEX.match(address) else None
                message = f"Packages may come from `{_short(address)}` from now on (`{option}`)"
                if option == "--trusted-host":
                    message = f"The host `{_short(address)}` is trusted without a certificate"
                yield Concern(SOURCE, address, path, line, message, severity)

    # Locks ----------------------------------------------------------------------------------

    def _locks(self) -> Iterator[Concern | Coverage]:
        announced = {
            _home(match)
            for manifest in self._changes.head.said.values()
            for text in (
                *(address for _, address, _ in manifest.indexes),
                *(each.source for each in manifest.requirements),
            )
            for match in _ADDRESS.finditer(text.encode(errors="replace"))
        }
        explained = self._explained()
        fresh: dict[str, tuple[str, int]] = {}
        for file in self._changes.files:
            compiled = (
                file.path in self._changes.head.said and self._changes.head.said[file.path].compiled
            )
            if (self._changes.kind(file) != manifests.LOCK and not compiled) or not file.new_blob:
                continue
            data = lock(self._comparison, "head", file.path)
            old = lock(self._comparison, "base", file.old_path) if file.old_blob else b""
            if data is None:
                reason = "its content is missing or too large"
                yield Coverage(file.path, "dependencies", "failed", reason)
                continue
            yield from self._hosts(file, data, old or b"", announced)
            if old and not explained:
                for name in sorted(lock_names(data) - lock_names(old) - own_names(data)):
                    fresh.setdefault(name, (file.path, _line_of(data, name) if not fresh else 1))
        if fresh:
            path, line = next(iter(fresh.values()))
            yield Concern(
                LOCK, "newly locked", path, line,
                f"{count(len(fresh), 'package', 'packages')} newly locked, while no manifest "
                f"changed: {some(list(fresh), len(fresh))}",
            )  # fmt: skip

    def _hosts(
        self, file: ChangedFile, data: bytes, old: bytes, announced: set[str]
    ) -> Iterator[Concern]:
        known = {_home(match) for match in _PLACE.finditer(old)} | announced | _USUAL_HOSTS
        most = len(known) + _MOST_HOSTS
        for match in _PLACE.finditer(data):
            host = _home(match)
            if host not in known and len(known) < most:
                known.add(host)
                yield Concern(
                    SOURCE, host, file.path, data.count(b"\n", 0, match.start()) + 1,
                    f"Packages are taken from `{host}`, which no manifest names",
                )  # fmt: skip

    def _explained(self) -> bool:
        """Whether what is declared changed at all, so that locks have to follow."""
        before, after = (
            {(each.key, each.spec, each.source) for _, each in side.required}
            for side in (self._changes.base, self._changes.head)
        )
        return before != after


def _home(match: re.Match[bytes]) -> str:
    """The host of an address and, where many share one, the repository."""
    host, path = match.group(1).decode(errors="replace"), match.group(2).decode(errors="replace")
    return host + path.removesuffix(".git") if host in _FORGES else host


def _without_revision(source: str) -> str:
    return re.sub(r"@[\w.-]+$", "", source.partition("#")[0])


def _is_inside(source: str, path: str) -> bool:
    """Whether a source is a place in this repository."""
    if "://" in source or re.match(r"[\w.-]+@[\w.-]+:", source) or source.startswith(("/", "~")):
        return False
    place = re.sub(r"@[\w.-]*$|\[[^\]]*\]$", "", source)
    reached = posixpath.normpath(posixpath.join(posixpath.dirname(path), place))
    return not reached.startswith("..")


def _gravity(source: str) -> Severity | None:
    if source.startswith(("http://", "git://", "git+http://", "git+git://")):
        return None
    return "note" if _FIXED.search(source) else "warning"


def _line_of(data: bytes, name: str) -> int:
    """The line of a lock file on which a package is."""
    pattern = re.escape(name).replace("\\-", "[-_.]+").encode()
    match = re.search(rb'(?im)^(?:name = "| *")?' + pattern + rb'(?:"|==)', data)
    return data.count(b"\n", 0, match.start()) + 1 if match else 1


def _short(text: str) -> str:
    return text if len(text) <= 120 else text[:119] + "…"
