"""What two states of a checker's settings say about its strictness."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.weakening import Weakening, mypy
from bot.weakening.settings import LIMIT, Settings, is_on, items
from bot.weakening.silenced import STYLE

# Beside what is no danger to silence on a line.
_STYLE = re.compile(rf"{STYLE.pattern}|(ISC|PT0)\d*|format|missing-.*|duplicate-code")
_MOST = 4
_FILES = "per-file-ignores."
# Where what is passed over does no harm to those who use the code.
_ASIDE = re.compile(r"(\*\*?/|\./)*(tests?|docs?\w*|examples?|benchmarks?|scripts?)\b")
_ASSERT = "S101"
_COMPLEXITY = "max-complexity"
# Ruff's, where none is set.
_COMPLEXITY_BY_DEFAULT = 10


class Meaning(NamedTuple):
    """What a key does: items *grow* or *shrink* a check, a number is a *ceiling* or a *floor*,
    a flag *tightens* or *loosens*; *ranked* lists words from strict to loose."""

    kind: str
    is_mild: bool = False


_GROWS, _SHRINKS = Meaning("grows"), Meaning("shrinks")
_GROWS_MILDLY = Meaning("grows", is_mild=True)
_LOOSENS = Meaning("loosens")
_TIGHTENS = Meaning("tightens")
_CEILING, _FLOOR = Meaning("ceiling"), Meaning("floor")
# A pattern for whole keys to what the key means, the first that fits.
_KEYS: dict[str, list[tuple[str, Meaning]]] = {
    "Ruff": [
        (r"ignore|exclude", _GROWS),
        (r"(extend-)?select", _SHRINKS),
        (r"(mccabe|pylint)\.max-.+", _CEILING),
    ],
    "Flake8": [
        (r"ignore|exclude", _GROWS),
        (r"(extend-)?select|enable-extensions", _SHRINKS),
        (r"max-(?!line-length|doc-length).+", _CEILING),
    ],
    "mypy": [
        (r"(.+\.)?(ignore-missing-imports|follow-untyped-imports)", Meaning("loosens", is_mild=True)),
        (r"(.+\.)?(ignore-errors|allow-.+|implicit-.+)", _LOOSENS),
        (r"(.+\.)?follow-imports", Meaning("ranked normal silent skip error")),
        (r"(.+\.)?(strict.*|disallow-.+|check-untyped-defs|no-implicit-.+|warn-.+|extra-checks)", _TIGHTENS),
        (r"(.+\.)?disable-error-code", _GROWS),
        (r"(.+\.)?enable-error-code", _SHRINKS),
        (r"exclude", _GROWS),
        (r"files|packages", _SHRINKS),
    ],
    "Pyright": [
        (r"exclude|ignore", _GROWS),
        (r"include|strict", _SHRINKS),
        (r"typecheckingmode", Meaning("ranked strict standard basic off")),
        (r"report.+", Meaning("ranked error true warning information none false")),
    ],
    "Pylint": [
        (r"(.+\.)?disable", _GROWS),
        (r"(.+\.)?(ignore|ignore-paths|ignore-patterns)", _GROWS),
        (r"(.+\.)?(enable|load-plugins)", _SHRINKS),
        (r"(.+\.)?max-(?!line-length|module-lines).+", _CEILING),
        (r"(.+\.)?fail-under", _FLOOR),
    ],
    "Bandit": [
        (r"skips|exclude|exclude-dirs", _GROWS),
        (r"tests|targets", _SHRINKS),
    ],
    "coverage": [
        (r"(.+\.)?fail-under", _FLOOR),
        (r"(run|report)\.omit", _GROWS),
        (r"report\.(exclude-lines|exclude-also)", _GROWS_MILDLY),
        (r"run\.branch", _TIGHTENS),
        (r"run\.(source|source-pkgs|include)", _SHRINKS),
    ],
    "pytest": [
        (r"filterwarnings", Meaning("warnings", is_mild=True)),
        (r"addopts", Meaning("arguments")),
        (r"xfail-strict|strict|strict-.+", _TIGHTENS),
        (r"testpaths", _SHRINKS),
        (r"norecursedirs", _GROWS),
    ],
    "Import Linter": [
        (r".+\.ignore-imports", _GROWS),
        (r".+\.exhaustive", _TIGHTENS),
        (r"root-packages", _SHRINKS),
        (r".+\.(forbidden-modules|source-modules|modules|layers)", _SHRINKS),
    ],
}  # fmt: skip
_COMPILED = {
    tool: [(re.compile(pattern), meaning) for pattern, meaning in rows]
    for tool, rows in _KEYS.items()
}
_SELECTORS = ("Ruff", "Flake8")
_SELECTED_BY_DEFAULT = {"Ruff": ["E4", "E7", "E9", "F"], "Flake8": ["E", "F", "W", "C90"]}
_LOOSE_ARGUMENT = re.compile(
    r"--(ignore|ignore-glob|deselect|no-cov|disable-warnings|exitfirst|maxfail)\b.*|-p=?no:.*"
    r"|-[kmx]|-W=?ignore.*|--continue-on-collection-errors"
)  # fmt: skip
_STRICT_ARGUMENT = re.compile(r"--strict.*|-W=?error.*|--cov(-branch|-fail-under)?\b.*")
_FAIL_UNDER = "--cov-fail-under"


def compare(tool: str, base: Settings, head: Settings) -> Iterator[Weakening]:
    """What *tool* checks less of at head than at base. Raises `ValueError` for endless lists."""
    yield from _of_files(tool, base, head)
    for key in sorted({*base, *head}):
        meaning = _meaning(tool, key)
        before, after = base.get(key), head.get(key)
        if meaning is None or before == after:
            continue
        if max(len(items(before)), len(items(after))) > LIMIT:
            raise ValueError(f"`{key}` has more than {LIMIT} entries")
        judge = _JUDGES[meaning.kind.split()[0]]
        for each in judge(_Case(tool, key, before, after, meaning, base, head)):
            mild = each.is_mild or meaning.is_mild
            # The names of modules have dots, too.
            clues = (part for part in (*key.rpartition(".")[::2], *each.clues) if part)
            yield each._replace(clues=tuple(clues), is_mild=mild)


def taken_over(base: Settings, head: Settings, ruff: Settings) -> Settings:
    """The settings of Flake8 at head with the limit that Ruff keeps for it, no higher than before."""
    before, own = _number(base.get(_COMPLEXITY)), _number(ruff.get(f"mccabe.{_COMPLEXITY}"))
    now = _COMPLEXITY_BY_DEFAULT if own is None else own
    is_selected = not {"ALL", "C", "C9", "C90", "C901"}.isdisjoint(_selected("Ruff", ruff))
    is_ignored = not {"C", "C9", "C90", "C901"}.isdisjoint(items(ruff.get("ignore")))
    if _COMPLEXITY in head or before is None or now > before or not is_selected or is_ignored:
        return head
    return {**head, _COMPLEXITY: now}


class _Case(NamedTuple):
    tool: str
    key: str
    before: Any
    after: Any
    meaning: Meaning
    base: Settings
    head: Settings


def _of_files(tool: str, base: Settings, head: Settings) -> Iterator[Weakening]:
    """The codes that are newly passed over in some files, together where the files are the same."""
    keys = [key for key in head if key.startswith(_FILES)]
    if sum(len(items(head[key])) + len(items(base.get(key))) for key in keys) > LIMIT:
        raise ValueError(f"`{_FILES[:-1]}` has more than {LIMIT} entries")
    places: dict[str, list[str]] = {}
    for key in keys:
        old = items(base.get(key))
        place = key.removeprefix(_FILES)
        case = _Case(tool, key, None, None, _GROWS, base, head)
        for code in items(head[key]):
            if code not in old and not _is_usual(code, place) and _matters(code, case, old):
                places.setdefault(code, []).append(place)
    codes: dict[tuple[str, ...], list[str]] = {}
    for code, those in places.items():
        codes.setdefault(tuple(dict.fromkeys(those)), []).append(code)
    for files, several in codes.items():
        says = f"makes {tool} pass over {_few(several)} in {_few(files)}"
        clues = (_FILES[:-1], files[0], several[0])
        yield Weakening(says, clues, is_mild=all(_ASIDE.match(each) for each in files))


def _is_usual(code: str, place: str) -> bool:
    """Whether everybody lets such files do this: tests do odd things, benchmarks assert too."""
    return ("test" in place and code.startswith("S")) or ("bench" in place and code == _ASSERT)


def _grows(case: _Case) -> Iterator[Weakening]:
    old, new = items(case.before), items(case.after)
    added = [each for each in new if each not in old]
    if "ignore" in case.key or case.key.endswith("disable"):
        added = [each for each in added if _matters(each, case, old)]
    if case.key.endswith("disable-error-code"):
        added = [each for each in added if mypy.tells(each, case.base)]
    if added:
        says = f"makes {case.tool} pass over {_few(added)} (`{case.key}`)"
        yield Weakening(says, (added[0],), is_mild=all(_ASIDE.match(each) for each in added))


def _matters(code: str, case: _Case, old: Sequence[str]) -> bool:
    if _STYLE.fullmatch(code):
        return False
    if case.tool not in _SELECTORS:
        return True
    if any(each and code.startswith(each) for each in old):
        return False
    if code == "ALL":
        return True
    selected = _selected(case.tool, case.base)
    return "ALL" in selected or any(
        code.startswith(each) or each.startswith(code) for each in selected
    )


def _shrinks(case: _Case) -> Iterator[Weakening]:
    old, new = items(case.before), items(case.after)
    gone = [each for each in old if each not in new]
    if case.tool in _SELECTORS and "select" in case.key:
        now = _selected(case.tool, case.head)
        gone = [
            each
            for each in gone
            if not _STYLE.fullmatch(each)
            and "ALL" not in now
            and not any(each.startswith(other) for other in now)
        ]
    elif not new:
        gone = []  # without the key, all there is is looked at
    if gone:
        yield Weakening(
            f"no longer has {case.tool} look at {_few(gone)} (`{case.key}`)", (gone[0],)
        )


def _selected(tool: str, settings: Settings) -> list[str]:
    chosen = [
        each
        for key, value in settings.items()
        if key.rpartition(".")[2] in ("select", "extend-select")
        for each in items(value)
    ]
    has_own = any(key.rpartition(".")[2] == "select" for key in settings)
    return chosen if has_own else [*chosen, *_SELECTED_BY_DEFAULT[tool]]


def _ceiling(case: _Case) -> Iterator[Weakening]:
    before, after = _number(case.before), _number(case.after)
    if before is not None and (after is None or after > before):
        said = f"drops `{case.key}` of {case.tool}, which was {before:g}"
        if after is not None:
            said = f"raises `{case.key}` of {case.tool} from {before:g} to {after:g}"
        yield Weakening(said, is_threshold=True)


def _floor(case: _Case) -> Iterator[Weakening]:
    before, after = _number(case.before), _number(case.after)
    if before and (after is None or after < before):
        lowered = f"lowers `{case.key}` of {case.tool} from {before:g} to {after or 0:g}"
        yield Weakening(lowered, is_threshold=True)


def _tightens(case: _Case) -> Iterator[Weakening]:
    if not is_on(case.before) or is_on(case.after):
        return
    if case.after is None and is_on(case.head.get("strict")):
        return  # strict says it all
    yield Weakening(f"switches off `{case.key}` of {case.tool}")


def _loosens(case: _Case) -> Iterator[Weakening]:
    if is_on(case.after) and not is_on(case.before):
        yield Weakening(f"switches on `{case.key}` of {case.tool}")


def _ranked(case: _Case) -> Iterator[Weakening]:
    words = case.meaning.kind.split()[1:]
    before, after = (str(each).lower() for each in (case.before, case.after))
    if before in words and after in words and words.index(after) > words.index(before):
        yield Weakening(f"sets `{case.key}` of {case.tool} from {before} to {after}")
    elif before == "none" and after in words[len(words) // 2 :]:
        yield Weakening(f"sets `{case.key}` of {case.tool} to {after}")


def _warnings(case: _Case) -> Iterator[Weakening]:
    old, new = items(case.before, "\n"), items(case.after, "\n")
    # Where warnings never were errors, one more that is not shown hides nothing.
    added = [each for each in new if each not in old and each.startswith(("ignore", "default"))]
    added = added if any(each.startswith("error") for each in old) else []
    gone = [each for each in old if each not in new and each.startswith("error")]
    if added:
        yield Weakening(f"makes pytest pass over warnings: {_few(added)}", (added[0],))
    if gone:
        yield Weakening(f"no longer fails on warnings: {_few(gone)}")


def _arguments(case: _Case) -> Iterator[Weakening]:
    old, new = (_words(each) for each in (case.before, case.after))
    added = [each for each in new if each not in old and _LOOSE_ARGUMENT.fullmatch(each)]
    stems = {each.partition("=")[0] for each in new}
    gone = [
        each
        for each in old
        if _STRICT_ARGUMENT.fullmatch(each) and each.partition("=")[0] not in stems
    ]
    if added:
        yield Weakening(f"makes pytest run with {_few(added)}", (added[0],))
    if gone:
        yield Weakening(f"makes pytest run without {_few(gone)}")
    limits = [
        _number(
            next((each.partition("=")[2] for each in words if each.startswith(_FAIL_UNDER)), None)
        )
        for words in (old, new)
    ]
    if limits[0] and limits[1] is not None and limits[1] < limits[0]:
        lowered = f"lowers `{_FAIL_UNDER}` of pytest from {limits[0]:g} to {limits[1]:g}"
        yield Weakening(lowered, is_threshold=True)


_JUDGES: Mapping[str, Callable[[_Case], Iterator[Weakening]]] = {
    "grows": _grows, "shrinks": _shrinks, "ceiling": _ceiling, "floor": _floor,
    "tightens": _tightens, "loosens": _loosens, "ranked": _ranked, "warnings": _warnings,
    "arguments": _arguments,
}  # fmt: skip


def _meaning(tool: str, key: str) -> Meaning | None:
    return next((meaning for pattern, meaning in _COMPILED[tool] if pattern.fullmatch(key)), None)


def _words(value: Any) -> list[str]:
    """Arguments as words, an option with a value in one piece where it can be told."""
    words = [word for each in items(value, "\n") for word in each.split()]
    joined: list[str] = []
    for word in words:
        takes = joined and joined[-1] in (
            "-p",
            "-W",
            "--cov",
            "--ignore",
            "--deselect",
            _FAIL_UNDER,
        )
        if takes and not word.startswith("-"):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _number(value: Any) -> float | None:
    try:
        return None if value is None or isinstance(value, (bool, list)) else float(value)
    except (TypeError, ValueError):
        return None


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name[:80]}`" for name in names[:_MOST])
    return shown if len(names) <= _MOST else f"{shown} and {len(names) - _MOST} more"
