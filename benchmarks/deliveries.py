"""How fast deliveries are acknowledged: `python benchmarks/deliveries.py RATE SECONDS {embedded|postgres}`.

Starts the service (web and worker) on a store of its own, sends signed deliveries of 24 KB at a
fixed rate whether or not the last one was answered, and prints the times to the answers, and how
long after the last one every delivery has become a job of its pull request, or joined one.
"""

import contextlib
import http.client
import json
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from github_deliveries import sign
from postgres_server import postgres
from running_service import SECRET, Service, serving

_HERE = threading.local()
# Seconds that are waited for what was sent to become jobs.
_LONGEST = 600


def _send(url: str, number: int, due: float) -> tuple[int, float]:
    time.sleep(max(0.0, due - time.monotonic()))
    event = {
        "action": "submitted",
        "repository": {"full_name": f"acme/shop-{number % 50}"},
        "pull_request": {"number": number % 7 + 1, "body": "x" * 24_000},
    }
    body = json.dumps(event).encode()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "pull_request_review",
        "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": sign(SECRET, body),
    }
    started = time.monotonic()
    connection = getattr(_HERE, "connection", None)
    if connection is None:
        address = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
        _HERE.connection = connection
    connection.request("POST", "/webhooks/github", body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status, time.monotonic() - started


def _waiting(service: Service) -> float:
    """Deliveries that have neither become a job of their pull request nor joined one."""
    figures: dict[str, float] = service.figures()
    return figures["architrave_deliveries_waiting"]


def main() -> None:
    """Run it and print the figures."""
    rate, seconds, store = float(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
    count = int(rate * seconds)
    database = postgres() if store == "postgres" else contextlib.nullcontext("")
    with tempfile.TemporaryDirectory() as folder, database as url:
        # Nobody listens there: jobs fail at once and wait, as when GitHub is down.
        given = {"GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_TOKEN": "none"}
        service = Service(Path(folder), None, DATABASE_URL=url, **given)
        with serving(service):
            service.wait(lambda: "is ready" in service.log.read_text())
            first = time.monotonic() + 0.5
            with ThreadPoolExecutor(64) as pool:
                sent = [
                    pool.submit(_send, service.url, number, first + number / rate)
                    for number in range(count)
                ]
                answers = [each.result() for each in sent]
            last = time.monotonic()
            kept = sum(1 for status, _ in answers if status == 202)
            while (now := _waiting(service)) and time.monotonic() - last < _LONGEST:
                time.sleep(1)
            after = time.monotonic() - last
    times = sorted(seconds for _, seconds in answers)
    shown = {
        f"p{part}": times[min(len(times) - 1, len(times) * part // 100)] for part in (50, 95, 99)
    }
    print(f"{count} deliveries at {rate:g}/s: {kept} kept, {count - kept} not")
    print(" ".join(f"{name} {1000 * value:.1f} ms" for name, value in shown.items()), end=" ")
    print(f"longest {1000 * times[-1]:.1f} ms")
    print(f"{after:.0f} s after the last one {now:g} of them had no job of their pull request")


if __name__ == "__main__":
    main()
