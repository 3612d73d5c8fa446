"""What went wrong on the way to a model and back: whether to try again, and a sentence that says it.

Nothing that an endpoint wrote is shown: a gateway may echo the prompt or the key.
"""

import datetime as dt
import email.utils
import re
from collections.abc import Mapping
from typing import NamedTuple

from bot.outside.llm_calls import LlmFailure

# Longer than this nobody waits in front of a terminal or pays a runner for.
LONGEST_PAUSE = 60.0
# Errors inside a stream have a type and the status 200.
STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_PLACE = re.compile(r"[a-z_]+(?:\.[a-z0-9_]+)*(?=: )")
_IDENTIFIER = re.compile(r"[\w-]{1,80}")
_SPENT = re.compile(r"spend|billing|credit|budget")
_TOO_LONG = re.compile(r"prompt is too long|context (?:length|window)|too many tokens")


class Trouble(Exception):
    """One try that failed. *kind* is `status`, `garbled`, or a kind of `LlmFailure`.

    *said* are the endpoint's words: to decide by, never to show. *pause* are the seconds it asks
    to be left alone.
    """

    def __init__(
        self,
        kind: str,
        detail: str = "",
        *,
        status: int = 0,
        said: str = "",
        code: str = "",
        request_id: str = "",
        pause: float | None = None,
    ) -> None:
        super().__init__(kind, detail)
        self.kind, self.detail, self.status, self.said = kind, detail, status, said
        self.code, self.request_id, self.pause = code, identifier(request_id), pause


class Place(NamedTuple):
    """Whom was asked: the host, and the variables a person set it up with."""

    host: str
    model: str
    key_variable: str
    address_variable: str


class Setback(NamedTuple):
    """A failure, and whether the same question may be asked again."""

    failure: LlmFailure
    again: bool


def identifier(text: object) -> str:
    """*text* when it is an identifier, else "": an endpoint may send anything."""
    return text if isinstance(text, str) and _IDENTIFIER.fullmatch(text) else ""


def pause(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """The seconds that `retry-after-ms` or `retry-after` ask for; None where they do not."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,12}(\.\d{1,6})?", text):
            return float(text) * unit
    try:
        then = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
    except (ValueError, OverflowError):
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=dt.UTC)
    return max(0.0, (then - now).total_seconds())


def setback(trouble: Trouble, place: Place) -> Setback:
    """What one failed try means."""
    kind, again, sentence = _judged(trouble, place)
    if again and trouble.pause is not None and trouble.pause > LONGEST_PAUSE:
        again = False
        sentence = sentence.partition(". ")[0].rstrip(".") + f". {_come_back(trouble.pause)}"
    if trouble.request_id:
        sentence = f"{sentence} (request {trouble.request_id})"
    return Setback(LlmFailure(kind, sentence, trouble.request_id), again)


def _judged(trouble: Trouble, place: Place) -> tuple[str, bool, str]:
    host = place.host
    if trouble.kind == "status":
        return _by_status(trouble, place)
    if trouble.kind == "timeout":
        return "timeout", True, f"{host} did not answer in time. Run the review again later."
    if trouble.kind == "connection":
        if trouble.detail:
            return "connection", False, f"The model was not asked: {trouble.detail}."
        return (
            "connection",
            True,
            f"{host} cannot be reached. Check the network, proxies and {place.address_variable}.",
        )
    if trouble.kind == "cut off":
        return "cut off", True, f"{host} ended its answer in the middle. Run the review again."
    text = f"{host} did not answer as the Messages API does: {trouble.detail}."
    # What came broken once may come whole; what comes so again is what the endpoint sends.
    return (
        "malformed",
        trouble.kind == "garbled",
        f"{text} Check {place.address_variable} and what stands between.",
    )


def _by_status(trouble: Trouble, place: Place) -> tuple[str, bool, str]:
    status, host, model = trouble.status, place.host, place.model
    saying = f"(HTTP {status})"
    if status == 402 or _SPENT.search(trouble.code) or _credit(trouble):
        text = f"The account at {host} may spend no more {saying}. Raise its limit, or wait."
        return "spend limit", False, text
    if 300 <= status < 400:
        text = (
            f"{host} wants to send the question to another address {saying}; it was not sent there."
        )
        return "redirected", False, f"{text} Put the final address into {place.address_variable}."
    if status == 401:
        text = f"{host} did not accept the key {saying}. Check {place.key_variable}."
        return "rejected key", False, text
    if status == 403:
        text = f"{host} does not let this key use the model `{model}` {saying}."
        return "rejected key", False, f"{text} Check {place.key_variable} and ARCHITRAVE_MODEL."
    if status == 404:
        text = f"{host} knows no model `{model}`, or has no Messages API at this address {saying}."
        return "not found", False, f"{text} Check ARCHITRAVE_MODEL and {place.address_variable}."
    if status == 413 or (status == 400 and _TOO_LONG.search(trouble.said.lower())):
        text = f"The question is too large for {host} {saying}. Review a smaller change."
        return "too large", False, text
    if status == 429:
        text = f"{host} takes no more questions just now {saying}. Run the review again later."
        return "rate limit", True, text
    if status in (503, 529):
        text = f"{host} is overloaded {saying}. Run the review again later."
        return "overloaded", True, text
    if status in (408, 409) or status >= 500 or status < 300:
        text = f"{host} failed {saying}. Run the review again later."
        return "server error", True, text
    where = _PLACE.match(trouble.said)
    at = f" at `{where[0]}`" if where and len(where[0]) <= 80 else ""
    text = f"{host} refused the question as invalid{at} {saying}."
    fit = f"Check whether `{model}` and {place.address_variable} fit together."
    return "bad request", False, f"{text} {fit}"


def _credit(trouble: Trouble) -> bool:
    return trouble.status in (400, 403) and "credit balance is too low" in trouble.said.lower()


def _come_back(seconds: float) -> str:
    then = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=min(seconds, 10**9))
    hours, minutes = divmod(int(seconds + 59) // 60, 60)
    span = f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
    return f"It asks to come back in {span}, at {then:%Y-%m-%d %H:%M} UTC."
