"""What a comment silences: how grave it is by the rules in force, and whether it is worth a word."""

import re
from collections.abc import Iterator, Sequence

from bot import paths
from bot.domain import SEVERITIES, Rule, Severity
from bot.weakening.comments import New

LINT, BANDIT = "Ruff and Flake8", "Bandit"
# How code is laid out, ordered or documented is no danger to hide.
STYLE = re.compile(
    r"(E[1235]|W[1-6]|I|D|Q|COM|CPY|ANN|UP|A|N|SIM|RET|C4|PIE|PERF|FURB|ERA|TD|FIX|EM|FBT|PTH|T20|INP|TC|TCH)\d*"
    r"|E402|PLC041[45]|PLR5501|PLR1714|PLR2004|TRY00[34]|[CR]\d{4}|line-too-long|invalid-name"
    r"|missing-\w+(-\w+)*|wrong-import-\w+|too-few-public-methods|no-member|import-outside-toplevel"
    r"|no-name-in-module|import-error|WPS1\d\d"
)
_REEXPORT = {"F401", "F403"}
_UNCOVERED = re.compile(
    r"(el)?if(not)?(typing\.)?TYPE_CHECKING|if__name__|raiseNotImplemented|raiseAssertion"
    r"|case(other|_|unreachable):|.*:\.\.\.$|raise(RuntimeError)?$"
    r"|except.*(Import|ModuleNotFound)Error|(return|yield)?\.\.\.$|pass$|@.*(overload|abstract)"
    r"|def__(repr|str)__|(el)?ifsys\.|(el)?if.*(platform|version)|assertFalse|assert_never|class.*Protocol"
)  # fmt: skip
# Two checkers' codes for the same: those of wemake-python-styleguide are Ruff's by now.
_HEIRS = {"WPS437": "SLF001", "WPS609": "PLC2801"}
# The option of a rule that lists what it is about, by rule kind.
_LISTS = {"ruff": "codes", "bandit": "tests"}
_CODE = re.compile(r"[A-Z]+\d+")
_SECURITY = re.compile(r"([SB])(\d{1,3})")


def is_security(code: str) -> bool:
    """Whether a code is one of Bandit's, as Ruff or Bandit writes it."""
    return _SECURITY.fullmatch(code) is not None


def is_quiet(new: New) -> bool:
    """Whether what is silenced is layout, what everybody silences, or the same as before."""
    at, code = new.placed.at, new.placed.code
    if at.tool == "coverage":
        return _UNCOVERED.match(code) is not None
    if not new.codes:
        return False
    grave = _grave(new.codes)
    if all(code in map(_HEIRS.get, new.instead) for code in grave):
        return True
    # Type checkers know no decorated property; Pydantic's computed fields are such.
    if set(new.codes) == {"prop-decorator"} and code.startswith("@"):
        return True
    return new.placed.path.endswith("__init__.py") and set(new.codes) <= _REEXPORT


def is_exchange(new: New) -> bool:
    """Whether the comment silences no more than before, but something else."""
    return bool(new.instead) and len(_grave(new.codes)) <= len(_grave(new.instead))


def gravity(new: New, rules: Sequence[Rule]) -> Severity:
    """How grave what is newly silenced is at most; error where that cannot be told.

    A code that no rule in force is about is a note: nothing that would be told goes untold.
    """
    if is_exchange(new):
        return "note"
    at = new.placed.at
    codes = _grave(new.codes)
    is_named = all(map(_CODE.fullmatch, codes)) or at.tool not in (LINT, BANDIT)
    if not codes or not is_named:
        return "error"
    here = [rule for rule in rules if paths.matches(new.placed.path, rule.paths)]
    found = [
        rule.severity
        for code in codes
        for kind, name in _names(at.tool, code)
        for rule in _about(kind, name, here)
    ]
    return min(found, key=SEVERITIES.index, default="note")


def _grave(codes: Sequence[str]) -> list[str]:
    return [code for code in codes if not STYLE.fullmatch(code)]


def _names(tool: str, code: str) -> Iterator[tuple[str, str]]:
    """The code as rule kinds know it: Ruff has Bandit's tests with another letter."""
    security = _SECURITY.fullmatch(code)
    if tool == LINT:
        yield "ruff", code
        if security and security.group(1) == "S":
            yield "bandit", f"B{security.group(2)}"
    elif tool == BANDIT:
        yield "bandit", code
        if security:
            yield "ruff", f"S{security.group(2)}"


def _about(kind: str, code: str, rules: Sequence[Rule]) -> Iterator[Rule]:
    """The rules about a code: the one that names it most exactly, the last of equals, and all
    that name a part of it."""
    best, length = None, 0
    for rule in rules:
        for known in rule.options[_LISTS[kind]] if rule.check == kind else ():
            if code.startswith(known) and len(known) >= length:
                best, length = rule, len(known)
            elif known.startswith(code):
                yield rule
    if best is not None:
        yield best
