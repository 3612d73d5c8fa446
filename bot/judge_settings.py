"""Environment to `JudgeSettings`: which model reviews, where it is, and with whose key."""

import re
import urllib.parse
from collections.abc import Mapping
from typing import NamedTuple

from bot.errors import ArchitraveError

DEFAULT_MODEL = "claude-sonnet-5-5"
OFFICIAL = "https://api.anthropic.com"
PROVIDERS = ("anthropic", "bedrock", "vertex", "foundry")
# Where the key and the address of each are found; the names are the SDK's.
KEY_VARIABLES = {
    "anthropic": "ANTHROPIC_API_KEY",
    "bedrock": "AWS_BEARER_TOKEN_BEDROCK",
    "vertex": "",
    "foundry": "ANTHROPIC_FOUNDRY_API_KEY",
}
ADDRESS_VARIABLES = {
    "anthropic": "ANTHROPIC_BASE_URL",
    "bedrock": "ANTHROPIC_BEDROCK_BASE_URL",
    "vertex": "ANTHROPIC_VERTEX_BASE_URL",
    "foundry": "ANTHROPIC_FOUNDRY_BASE_URL",
}
# What a header may carry of a key.
_KEY = re.compile(r"[!-~]+")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,199}")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class JudgeSettings(NamedTuple):
    """A model reviewer that is set up. *base_url* "" is the provider's own address.

    *record* and *replay* are folders or ""; *region* and *project* are for the clouds that need them.
    """

    provider: str
    key: str
    base_url: str
    model: str
    verify_model: str
    record: str = ""
    replay: str = ""
    region: str = ""
    project: str = ""

    def __repr__(self) -> str:
        return (
            f"JudgeSettings(provider={self.provider!r}, model={self.model!r}, host={self.host!r})"
        )

    @property
    def host(self) -> str:
        """The host that is asked, for messages."""
        own = {
            "anthropic": OFFICIAL,
            "bedrock": f"https://bedrock-runtime.{self.region}.amazonaws.com",
            "vertex": "https://aiplatform.googleapis.com",
        }
        return urllib.parse.urlsplit(self.base_url or own.get(self.provider, "")).netloc

    @property
    def server(self) -> str:
        """The host without its port, which may be another one with every start."""
        return self.host.rpartition(":")[0] or self.host

    @property
    def official(self) -> bool:
        """Whether Anthropic itself is asked."""
        return self.provider == "anthropic" and self.base_url in ("", OFFICIAL)


def judge_settings(environ: Mapping[str, str]) -> JudgeSettings | None:
    """The model reviewer in *environ*; None where none is set up.

    Raises `ArchitraveError` for a value that cannot be right; it never repeats a key or an address.
    """
    given = {name: text.strip() for name, text in environ.items()}
    provider = given.get("ARCHITRAVE_PROVIDER", "").lower() or "anthropic"
    if provider not in PROVIDERS:
        raise ArchitraveError(
            "ARCHITRAVE_PROVIDER is not a provider of models that is known here",
            f"It must be one of {', '.join(PROVIDERS)}.",
        )
    record, replay = given.get("ARCHITRAVE_LLM_RECORD", ""), given.get("ARCHITRAVE_LLM_REPLAY", "")
    if record and replay:
        raise ArchitraveError(
            "ARCHITRAVE_LLM_RECORD and ARCHITRAVE_LLM_REPLAY are both set",
            "Record answers first, then replay them: unset one of the two.",
        )
    model = _model(given, "ARCHITRAVE_MODEL", DEFAULT_MODEL)
    key_variable = KEY_VARIABLES[provider]
    key = given.get(key_variable, "")
    if key and not _KEY.fullmatch(key):
        raise ArchitraveError(
            f"{key_variable} has characters that no key has, such as a line break or a space",
            "Copy the key again; it must be one word.",
        )
    if provider == "anthropic" and not key and not replay:
        return None
    settings = JudgeSettings(
        provider=provider,
        key=key,
        base_url=_address(given.get(ADDRESS_VARIABLES[provider], ""), provider),
        model=model,
        verify_model=_model(given, "ARCHITRAVE_VERIFY_MODEL", model),
        record=record,
        replay=replay,
    )
    return settings if provider == "anthropic" else _cloud(given, settings)


def _cloud(given: Mapping[str, str], settings: JudgeSettings) -> JudgeSettings:
    """The settings with what the cloud needs; a replay needs nothing."""
    required = not settings.replay
    if settings.provider == "bedrock":
        name = "AWS_REGION" if given.get("AWS_REGION") else "AWS_DEFAULT_REGION"
        region = _label(given, name, "AWS_REGION", required=required)
        return settings._replace(region=region)
    if settings.provider == "vertex":
        region = _label(given, "CLOUD_ML_REGION", required=required)
        project = _needed(given, "ANTHROPIC_VERTEX_PROJECT_ID", required=required)
        return settings._replace(region=region, project=project)
    _needed(given, "ANTHROPIC_FOUNDRY_API_KEY", required=required)
    if settings.base_url:
        return settings
    resource = _label(given, "ANTHROPIC_FOUNDRY_RESOURCE", required=required)
    address = f"https://{resource}.services.ai.azure.com/anthropic" if resource else ""
    return settings._replace(base_url=address)


def _needed(given: Mapping[str, str], name: str, *, required: bool) -> str:
    if required and not given.get(name):
        raise ArchitraveError(
            f"The model reviewer is set up by ARCHITRAVE_PROVIDER, but {name} is not set",
            f"Set {name}, or unset ARCHITRAVE_PROVIDER.",
        )
    return given.get(name, "")


def _label(given: Mapping[str, str], name: str, shown: str = "", *, required: bool = True) -> str:
    """A word that becomes part of a host's name."""
    if not given.get(name):
        return _needed(given, shown or name, required=required)
    if not _LABEL.fullmatch(given[name]):
        raise ArchitraveError(
            f"{name} cannot be part of a host's name", "Only letters, digits and hyphens can."
        )
    return given[name]


def _model(given: Mapping[str, str], name: str, default: str) -> str:
    model = given.get(name) or default
    if not _MODEL.fullmatch(model):
        raise ArchitraveError(
            f"{name} is not the name of a model", f"A name is one word, such as {DEFAULT_MODEL}."
        )
    return model


def _address(text: str, provider: str) -> str:
    """The address without what the SDK adds to it."""
    if not text:
        return ""
    name = ADDRESS_VARIABLES[provider]
    try:
        parts = urllib.parse.urlsplit(text)
        proper = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        proper = False
    if not proper or not _KEY.fullmatch(text):
        raise ArchitraveError(
            f"{name} is not an http or https address",
            f"It looks like {OFFICIAL}, without `/v1/messages`.",
        )
    if parts.username is not None or parts.query or parts.fragment:
        raise ArchitraveError(
            f"{name} has more than a host and a path", "Leave out any user, password, ? and #."
        )
    text = text.rstrip("/")
    # Vertex's own addresses end in the version.
    return text if provider == "vertex" else text.removesuffix("/v1").rstrip("/")
