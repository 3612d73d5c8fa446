"""`review-service doctor`: whether the service could work as it is set up, and what to mend.

It changes nothing: what the service makes at its start is only said to be made then.
"""

import math
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from typing import IO

from bot.errors import ArchitraveError
from bot.github_settings import GitHubSettings
from webhooks import doctor_github, signature
from webhooks.diagnosis import Line, hider, trouble
from webhooks.service_settings import ServiceSettings, credentials, place

# The first that knows GIT_CONFIG_COUNT, which keeps tokens out of the list of processes.
_OLDEST_GIT = (2, 31)
# A guess is made a billion times a second for a year: 2**55. GitHub's advice is 2**256.
_WEAK_BITS, _FAIR_BITS = 55, 100
_LEAST_FREE = 1 << 30
_MODEL_SECONDS = 30.0
_WRONG = 2


def run(environ: Mapping[str, str], output: IO[str] | None = None) -> int:
    """Look at everything and write a line on each; the exit code, 2 where anything is a problem."""
    hide, worst = hider(environ), 0
    counts = {"ok": 0, "warning": 0, "problem": 0}
    for line in lines(environ):
        counts[line.standing] += 1
        print(f"{line.standing:8} {line.what:12} {hide(line.says)}", file=output, flush=True)
        if line.do:
            print(f"{'':21} -> {hide(line.do)}", file=output)
        worst = max(worst, _WRONG if line.standing == "problem" else 0)
    print(f"problems: {counts['problem']}, warnings: {counts['warning']}", file=output)
    return worst


def lines(environ: Mapping[str, str]) -> Iterator[Line]:
    """All lines, each as soon as it is known."""
    settings: ServiceSettings | None = None
    hub: GitHubSettings | None = None
    try:
        settings = place(environ)
        yield Line("ok", "settings", f"listens on {settings.host}:{settings.port}")
    except ArchitraveError as error:
        yield trouble("settings", error)
    yield secret(environ.get("GITHUB_WEBHOOK_SECRET", ""))
    if settings is not None:
        yield from _stored(settings)
    yield _git(environ)
    yield _model(environ)
    try:
        hub = credentials(environ)
    except ArchitraveError as error:
        yield trouble("credentials", error)
    if hub is not None:
        yield from doctor_github.lines(hub)


def secret(text: str) -> Line:
    """How well the webhook secrets are chosen; the first signs."""
    try:
        found = signature.secrets(text)
    except ArchitraveError as error:
        return trouble("secret", error)
    do = "Make one with `openssl rand -hex 32`, and set it here and at the GitHub App."
    bits = min(int(len(each) * math.log2(max(2, len({*each})))) for each in found)
    if bits < _WEAK_BITS:
        return Line("problem", "secret", "the webhook secret can be guessed", do)
    if bits < _FAIR_BITS:
        return Line("warning", "secret", f"the webhook secret is short: {bits} bits at most", do)
    if len(found) > 1:
        says = f"{len(found)} webhook secrets are believed, while one is replaced"
        return Line(
            "warning", "secret", says, "Take the old one out when GitHub signs with the new."
        )
    return Line("ok", "secret", "the webhook secret is long enough")


def _git(environ: Mapping[str, str]) -> Line:
    from bot.outside import commands

    do = f"Install Git {'.'.join(map(str, _OLDEST_GIT))} or newer."
    try:
        finished = commands.run(
            ["git", "--version"], environ=commands.tool_environment(environ), seconds=10
        )
    except OSError as error:
        return Line("problem", "git", f"Git cannot be started: {error.strerror}", do)
    said = finished.output.decode(errors="replace").strip()
    found = re.search(r"(\d+)\.(\d+)", said)
    if finished.code or found is None:
        return Line("problem", "git", f"Git does not work: {finished.complaint}", do)
    if (int(found[1]), int(found[2])) < _OLDEST_GIT:
        return Line("problem", "git", f"{said} is too old", do)
    return Line("ok", "git", said)


def _model(environ: Mapping[str, str]) -> Line:
    """Asks the model for one token: that shows key, name, address and credit at once."""
    from bot.judge_settings import judge_settings
    from bot.outside.llm import Call, LlmFailure, Model

    try:
        settings = judge_settings(environ)
    except ArchitraveError as error:
        return trouble("model", error)
    if settings is None:
        says = "no key for a model, so that rules with `check: judge` are not judged"
        return Line("warning", "model", says, "Set ANTHROPIC_API_KEY, or leave it so.")
    question = {"role": "user", "content": [{"type": "text", "text": "Say ok."}]}
    call = Call("doctor", settings.model, (), (question,), max_tokens=1)
    try:
        answer = Model(settings).ask(call, time.monotonic() + _MODEL_SECONDS)
    except LlmFailure as failed:
        says, _, do = str(failed).partition(". ")
        return Line("problem", "model", says, do or "docs/judge.md says what it takes.")
    tokens = sum(answer.usage)
    return Line("ok", "model", f"{settings.model} answers; asking took {tokens} tokens")


def _stored(settings: ServiceSettings) -> Iterator[Line]:
    """The folder, and what is in the store."""
    folder = settings.folder
    there = folder
    while not os.path.exists(there) and os.path.dirname(there) != there:
        there = os.path.dirname(there)
    if not os.path.isdir(there) or not os.access(there, os.W_OK | os.X_OK):
        do = "Set ARCHITRAVE_DATA_DIR to a folder of this user's own."
        yield Line("problem", "data folder", f"{there} cannot be written", do)
        if settings.is_embedded:
            return
    elif (free := shutil.disk_usage(there).free) < _LEAST_FREE:
        says = f"{there} has {free >> 20} MiB left"
        yield Line("warning", "data folder", says, "Make room: the cache of Git objects grows.")
    else:
        says = folder if there == folder else f"{folder} is made at the start"
        yield Line("ok", "data folder", says)
    yield _store(settings)


def _store(settings: ServiceSettings) -> Line:
    from webhooks import store

    at_start = "its tables are made at the next start"
    kind = "embedded" if settings.is_embedded else "Postgres"
    try:
        is_newest = store.is_migrated(settings)
    except ArchitraveError as error:
        return trouble("store", error)
    return Line("ok", "store", kind if is_newest else f"{kind}; {at_start}")
