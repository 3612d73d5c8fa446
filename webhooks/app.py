"""The web side: GitHub's deliveries are checked, kept and acknowledged; nothing is done here."""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from bot import events
from webhooks import jobs, lifecycle, logs, signature
from webhooks.inbox import Inbox
from webhooks.jobs import Job
from webhooks.metrics import Metrics
from webhooks.service_settings import MOST_BYTES

_log = logging.getLogger("architrave")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Answer(NamedTuple):
    """What a delivery is answered: a status and a sentence."""

    status: int
    says: str


def create_app(inbox: Inbox, secrets: Sequence[str], metrics: Metrics) -> Flask:
    """The application. *secrets* are those that deliveries may be signed with."""
    app = Flask("architrave", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES

    @app.post("/webhooks/github")
    def deliver() -> Response:
        started = time.perf_counter()
        with logs.about(delivery=request.headers.get("X-GitHub-Delivery", "")[:80]):
            answer = _deliver(inbox, secrets)
            name = request.headers.get("X-GitHub-Event", "")
            metrics.delivered(name, answer.status, time.perf_counter() - started)
            _log.log(
                logging.INFO if answer.status < 400 else logging.WARNING,
                "delivery answered %s: %s",
                answer.status,
                answer.says,
            )
        return _json(answer.status, says=answer.says)

    @app.get("/healthz")
    def health() -> Response:
        return _json(200, says="alive")

    @app.get("/readyz")
    def ready() -> Response:
        try:
            inbox.check()
        except Exception:  # noqa: BLE001 - whatever it is, nothing could be kept
            _log.warning("the store cannot be reached", exc_info=True)
            return _json(503, says="the store cannot be reached")
        return _json(200, says="ready")

    @app.get("/metrics")
    def tell() -> Response:
        return Response(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")

    app.register_error_handler(Exception, _failed)
    app.after_request(_dress)
    return app


def _deliver(inbox: Inbox, secrets: Sequence[str]) -> Answer:
    if (request.content_length or 0) > MOST_BYTES:
        return Answer(413, "larger than GitHub sends")
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return Answer(413, "larger than GitHub sends")
    if not signature.is_genuine(body, request.headers.get("X-Hub-Signature-256", ""), secrets):
        return Answer(401, "not signed with the webhook secret")
    event = _object(body)
    if event is None:
        return Answer(400, "not a JSON object; set the content type of the webhook to JSON")
    delivery = request.headers.get("X-GitHub-Delivery", "")
    if not jobs.is_delivery(delivery):
        return Answer(400, "X-GitHub-Delivery names no delivery")
    job, says = job_of(request.headers.get("X-GitHub-Event", ""), event, delivery)
    if job is None:
        return Answer(200, says)
    try:
        taken = inbox.put(job)
    except Exception:  # noqa: BLE001 - GitHub is told, and it is asked for the delivery later
        _log.exception("a delivery could not be kept")
        return Answer(503, "the delivery could not be kept; it is asked for again")
    if taken == "known":
        return Answer(200, "this delivery is known already")
    return Answer(202, f"{job.kind} is queued")


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def job_of(name: str, event: Mapping[str, Any], delivery: str) -> tuple[Job | None, str]:
    """The job of an event, or why there is none."""
    if name in lifecycle.EVENTS:
        return lifecycle.job_of(name, event, delivery)
    errand = events.read(name, event)
    if errand.kind == "nothing" and (name, event.get("action")) == ("pull_request", "closed"):
        # The next review finds it closed; one that runs ends for it.
        errand = events.read(name, {**event, "action": "opened"})
    if errand.kind in ("nothing", "settle-all"):
        return None, errand.says or "nothing to do"
    job = jobs.of_errand(errand, delivery, name)
    return job, "it names nothing that GitHub has"


def _failed(error: Exception) -> Response:
    """No page and no traceback, whatever happens."""
    if isinstance(error, HTTPException):
        return _json(error.code or 500, says=error.name)
    _log.error("a request failed", exc_info=error)
    return _json(500, says="internal failure")


def _json(status: int, **content: Any) -> Response:
    return Response(json.dumps(content) + "\n", status, content_type="application/json")


def _dress(response: Response) -> Response:
    for name, text in _HEADERS.items():
        response.headers.setdefault(name, text)
    return response
