"""Server time of every page over a ledger of 50,000 findings: python benchmarks/pages.py

Prints the median, the worst and the processor time of ten requests, in milliseconds, for somebody who sees all and for
somebody who sees 40 of 50 repositories; exits 1 where a page's median is above *MOST*.
"""

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Request
from sqlalchemy import Engine, insert

from webhooks import cases, store
from webhooks.pages import views
from webhooks.pages.paper import Paper
from webhooks.pages.sight import EVERYTHING, Sight
from webhooks.service_settings import service_settings
from webhooks.tables import CASES, COVERAGE, DELIVERIES, GATES, LINES, REVIEWS, RULES

FINDINGS, REPOSITORIES, ALL_RULES, MOST = 50_000, 50, 130, 200
_WEEK = 604_800
AGENTS = ("Claude Code", "Copilot", "Cursor", "Codex")
PAGES = ("/", "/pulls/acme/shop07/3", "/rules", "/authorship", "/ledger", "/ledger?page=900",
         "/ledger?text=file4711", "/ledger?state=fixed&writer=ai", "/health")  # fmt: skip
EXPORTS = ("/ledger.csv", "/ledger.json")


def seed(engine: Engine, now: float) -> None:
    """Fill a ledger: pull requests of half a year, with what was found in them."""
    chance = random.Random(7)
    tables: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (CASES, REVIEWS, GATES, LINES, RULES, DELIVERIES, COVERAGE)
    }
    per_pull, number, names = 10, 0, [f"acme/shop{each:02}" for each in range(REPOSITORIES)]
    states = (cases.FIXED, cases.FIXED, cases.ACCEPTED, cases.RESOLVED, cases.FALSE_POSITIVE, cases.TOLD)  # fmt: skip
    for name in names:
        for rule in range(ALL_RULES):
            text: dict[str, Any] = {
                "title": f"A rule of the house, {rule}",
                "why": "It hurts. " * 12,
                "owner": "",
            }
            rule_row: dict[str, Any] = {
                "repository": name,
                "rule": f"pack/rule-{rule}",
                "installation": 5,
                "at": now,
            }
            tables[RULES].append(rule_row | text | {"instead": "Do it otherwise. " * 8})
    for pull in range(FINDINGS // per_pull):
        name, at = names[pull % REPOSITORIES], now - chance.random() * 26 * _WEEK
        key: dict[str, Any] = {
            "repository": name,
            "number": 1 + pull // REPOSITORIES,
            "installation": 5,
        }
        is_open = chance.random() < 0.1
        head = f"{pull:040x}"
        review: dict[str, Any] = {
            "job": f"review:{pull}",
            "base": head,
            "head": head,
            "verdict": "blocked",
        }
        review |= {"title": f"Change number {pull}", "brief": "One.\nTwo.", "state": "failure"}
        review |= {"says": "findings wait", "seconds": 1.5, "files_checked": 9, "files_missed": 0}
        review |= {"calls": 3, "tokens": 5000, "usd": 0.05, "models": "m", "at": at}
        tables[REVIEWS].append(key | review)
        gate: dict[str, Any] = {
            "head": head,
            "state": "failure" if is_open else "success",
            "says": "waits",
        }
        tables[GATES].append(key | gate | {"waiting": per_pull * is_open, "at": at})
        delivery: dict[str, Any] = {
            "id": f"d{pull}",
            "event": "pull_request",
            "kind": "review",
            "at": at,
        }
        tables[DELIVERIES].append(key | delivery)
        agent = chance.choice(AGENTS)
        for writer, agents, lines in (("ai", agent, 80), ("human", "", 30), ("unknown", "", 9)):
            row: dict[str, Any] = {
                "writer": writer,
                "agents": agents,
                "lines": lines,
                "week": cases.week(at),
            }
            tables[LINES].append(key | row | {"at": at})
        for _ in range(per_pull):
            number += 1
            state = cases.WAITING if is_open else chance.choice(states)
            tables[CASES].append(key | _case(number, state, agent, at, chance))
    with engine.begin() as connection:
        for table, rows in tables.items():
            if rows:
                connection.execute(insert(table), rows)


def _case(number: int, state: str, agent: str, at: float, chance: random.Random) -> dict[str, Any]:
    rule = int(ALL_RULES * chance.random() ** 2)
    return {
        "fingerprint": f"{number:032x}", "code": "c", "rule": f"pack/rule-{rule}", "checker": "ruff",
        "path": f"src/package/module{number % 97}/file{number}.py", "line": number % 400 + 1,
        "severity": "error", "writer": "ai" if number % 3 else "human",
        "agents": agent if number % 3 else "", "message": f"Something is wrong with name{number}",
        "quote": "value = compute(name)\nreturn value", "is_blocking": state != cases.TOLD,
        "state": state, "login": "bob", "reason": "a reason", "thread": number, "raised": at,
        "week": cases.week(at), "changed": at,
    }  # fmt: skip


class Door:
    """Lets everybody in, to see what is measured."""

    sight = EVERYTHING

    def look(self, asked: Request) -> Sight:
        return self.sight

    def add(self, pages: Blueprint) -> None:
        """It has no addresses of its own."""


def made(folder: str, now: float) -> tuple[Any, Door, Engine]:
    """A client of pages over a full ledger, with the jobs of a real store."""
    environ = {
        "GITHUB_WEBHOOK_SECRET": "s" * 20,
        "GITHUB_TOKEN": "t",
        "ARCHITRAVE_DATA_DIR": folder,
    }
    settings = service_settings(environ)
    store.prepare(settings)
    engine = store.ledger_engine(settings)
    seed(engine, now)
    app, door = Flask("architrave", static_folder=None), Door()
    paper = Paper("https://github.com")
    desk = views.Desk(engine, store.client(settings), paper, door)
    app.register_blueprint(views.blueprint(desk))
    return app.test_client(), door, engine


def measure(client: Any, path: str, times: int) -> tuple[list[float], float]:
    """Milliseconds of each of so many requests, and of the processor's time in all of them."""
    found, busy = [], time.process_time()
    for _ in range(times):
        started = time.perf_counter()
        answer = client.get(path)
        size = len(answer.data)
        found.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, (path, answer.status_code)
        assert size > 500, path
    return found, 1000 * (time.process_time() - busy) / times


def main() -> int:
    """Seed, measure, print; the exit code."""
    now, slow = time.time(), []
    some = Sight("bob", frozenset(f"acme/shop{each:02}" for each in range(40)), frozenset({5}))
    with tempfile.TemporaryDirectory() as folder:
        client, door, engine = made(folder, now)
        size = sum(each.stat().st_size for each in Path(folder).iterdir()) >> 20
        print(f"{FINDINGS:,} findings, {size} MiB; milliseconds: median, worst, processor")
        for who, sight in (("all", EVERYTHING), ("40 of 50", some)):
            door.sight = sight
            for path in (*PAGES, *EXPORTS):
                measure(client, path, 1)
                times, busy = measure(client, path, 3 if path in EXPORTS else 10)
                median = statistics.median(times)
                print(f"{who:9} {path:32} {median:6.0f} {max(times):6.0f} {busy:6.0f}")
                if median > MOST and path not in EXPORTS:
                    slow.append(path)
        engine.dispose()
    print(f"above {MOST} ms: {', '.join(slow)}" if slow else f"every page within {MOST} ms")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
