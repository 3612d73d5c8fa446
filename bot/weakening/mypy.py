"""Which of mypy's error codes its settings switch on: to pass over another takes nothing away."""

from collections.abc import Sequence

from bot.weakening.settings import Settings, is_on, items

# Error code to the flags that bring it about, as mypy's documentation of error codes has it.
_FLAGS: dict[str, Sequence[str]] = {
    "no-untyped-def": ("disallow-untyped-defs", "disallow-incomplete-defs"),
    "no-untyped-call": ("disallow-untyped-calls",),
    "untyped-decorator": ("disallow-untyped-decorators",),
    "type-arg": ("disallow-any-generics",),
    "no-any-return": ("warn-return-any",),
    "unused-ignore": ("warn-unused-ignores",),
    "redundant-cast": ("warn-redundant-casts",),
    "comparison-overlap": ("strict-equality",),
    "unreachable": ("warn-unreachable",),
    "no-any-unimported": ("disallow-any-unimported",),
    "explicit-any": ("disallow-any-explicit",),
    # No flag: these have to be named in `enable_error_code`.
    **dict.fromkeys(
        ("redundant-self", "redundant-expr", "possibly-undefined", "truthy-bool", "truthy-iterable",
         "ignore-without-code", "unused-awaitable", "explicit-override", "mutable-override",
         "unimported-reveal", "exhaustive-match"),
        (),
    ),
}  # fmt: skip
_NOT_BY_STRICT = {"warn-unreachable", "disallow-any-unimported", "disallow-any-explicit"}


def tells(code: str, settings: Settings) -> bool:
    """Whether mypy tells of *code* anywhere under these settings."""
    if code not in _FLAGS:
        return True
    named = [
        each
        for key, value in settings.items()
        if key.rpartition(".")[2] == "enable-error-code"
        for each in items(value)
    ]
    return code in named or any(_is_set(flag, settings) for flag in _FLAGS[code])


def _is_set(flag: str, settings: Settings) -> bool:
    # A module may have what the rest has not.
    if any(is_on(value) for key, value in settings.items() if key.endswith(f".{flag}")):
        return True
    by_strict = is_on(settings.get("strict")) and flag not in _NOT_BY_STRICT
    return is_on(settings[flag]) if flag in settings else by_strict
