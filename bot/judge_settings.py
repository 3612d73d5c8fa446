"""temporary"""

from collections.abc import Mapping
from typing import NamedTuple


class JudgeSettings(NamedTuple):
    provider: str = "anthropic"
    key: str = ""
    base_url: str = ""
    model: str = "claude-sonnet-5-5"
    verify_model: str = "claude-sonnet-5-5"
    record: str = ""
    replay: str = ""


def judge_settings(environ: Mapping[str, str]) -> JudgeSettings | None:
    key = environ.get("ANTHROPIC_API_KEY", "").strip()
    model = environ.get("ARCHITRAVE_MODEL", "claude-sonnet-5-5")
    return (
        JudgeSettings(
            "anthropic",
            key,
            environ.get("ANTHROPIC_BASE_URL", ""),
            model,
            environ.get("ARCHITRAVE_VERIFY_MODEL", model),
            environ.get("ARCHITRAVE_LLM_RECORD", ""),
            environ.get("ARCHITRAVE_LLM_REPLAY", ""),
        )
        if key
        else None
    )
