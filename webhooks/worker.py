"""The worker: launches the engine, keeps its name for itself, and ends without dropping a job."""

import logging
import os
import threading
from collections.abc import Callable
from typing import Any

from bot.outside import commands
from webhooks import executors, intake, jobs, mirrors, store, tracing, workflows
from webhooks.bench import Bench
from webhooks.sealing import Seal
from webhooks.service_settings import ServiceSettings

_log = logging.getLogger("architrave")
# Platforms kill thirty seconds after they have asked.
DRAIN_SECONDS = 20
# As many as the engine takes where it opens them itself (3.4.0).
_CONNECTIONS = 20


def run(settings: ServiceSettings, wait: Callable[[], Any], *, polling: float = 0.25) -> None:
    """Do jobs until *wait* returns, then let the running ones end. Does not return: threads of
    steps that still run would keep the process, and what they do is done again by the next one.

    Raises `ArchitraveError` where another worker has the embedded store.
    """
    name = executors.take(settings)
    bench = launch(settings, name.executor, polling)
    stop = threading.Event()
    for act in (
        name.watch,
        lambda stop: executors.sweep(bench, name, stop),
        lambda stop: mirrors.watch(bench, stop),
        lambda stop: intake.watch(bench, stop, polling),
    ):
        threading.Thread(target=act, args=(stop,), daemon=True).start()
    _log.info("worker %s is ready", name.executor)
    wait()
    stop.set()
    _log.info("worker %s drains", name.executor)
    drain()


def launch(settings: ServiceSettings, executor: str, polling: float) -> Bench:
    """Start the engine's threads; what this executor had begun before is taken up again."""
    from dbos import DBOS

    quiet()
    config: Any = {
        "name": store.APPLICATION,
        "system_database_url": store.jobs_url(settings),
        "serializer": store.serializer(),
        "application_version": store.VERSION,
        "executor_id": executor,
        "max_executor_threads": 64,
        "log_level": "WARNING",
        **tracing.options(settings.environ),
    }
    if settings.is_embedded:
        # What a power failure takes of a job that had begun is done again, in the order it was done;
        # that there is the job is synced, and with it all that was written before.
        config["system_database_engine"] = store.embedded_engine(
            settings, _CONNECTIONS, sync="NORMAL"
        )
    DBOS(config=config)
    client = store.client(settings)
    engine, seal = store.ledger_engine(settings), Seal(settings.secrets)
    bench = Bench(settings, client, engine, {}, {}, set(), seal)
    workflows.register(bench)
    jobs.queues(client, settings.at_once, settings.share, polling)
    DBOS.launch()
    return bench


def drain() -> None:
    """Take no more jobs and wait for those that run."""
    from dbos import DBOS

    DBOS.destroy(workflow_completion_timeout_sec=DRAIN_SECONDS)
    # Tools would live on; what they are at is done again.
    commands.stop_all()
    tracing.flush()
    logging.shutdown()
    os._exit(0)


def quiet() -> None:
    """The engine's log is ours; a job that was cancelled is no error."""
    logger = logging.getLogger("dbos")
    logger.addFilter(_is_no_cancel)


def _is_no_cancel(record: logging.LogRecord) -> bool:
    kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
    return "Cancelled" not in kind
