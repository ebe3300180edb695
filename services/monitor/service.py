"""The monitor from first contact to a clean stop."""

import asyncio
import importlib
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack, closing
from typing import Any, TypeVar

import faust

from services.monitor.app import make_app
from services.monitor.applier import Applier
from services.monitor.metrics import Metrics
from services.monitor.reached import Reached
from services.monitor.seeking import Seeker
from services.monitor.settings import Settings
from services.monitor.sources import Sources, current_sources
from services.monitor.sweeper import sweep_until
from services.monitor.transport import denied, positions
from services.monitor.view import View
from services.monitor.watchdog import watch_until
from umbra.contracts import acls
from umbra.core.errors import Refused, Retryable
from umbra.kafka.admin import Admin
from umbra.postgres import fences
from umbra.postgres.connection import away_is_retryable, connect

log = logging.getLogger(__name__)

RETRY_S = 1.0
STOP_WITHIN_S = 5.0

T = TypeVar("T")


async def run(settings: Settings, metrics: Metrics, stopping: asyncio.Event) -> None:
    """Run until `stopping` is set.

    Raises:
        Exception: what only a new process can answer.
    """
    admin = Admin(settings)
    await _patiently(lambda: _check_schema(settings), stopping)
    sources = await _patiently(lambda: _readable_sources(settings, admin), stopping)
    if sources is None:
        return
    await asyncio.to_thread(importlib.import_module, "scipy.optimize")  # before a batch has to wait for it
    failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(err: Exception) -> None:
        if not failure.done():
            failure.set_exception(err)

    def assigned() -> None:
        metrics.assigned = True

    reached = Reached()
    with closing(Applier(settings, sources, metrics, reached)) as applier, ExitStack() as beside:
        seeker = Seeker(settings, sources, admin, reached, fail, assigned)
        app = make_app(settings, sources, applier.apply, seeker.load, fail)
        view = View(settings, sources, admin, metrics, lambda: positions(app), lambda: denied(app))
        _start_threads(settings, view, metrics, beside)
        await _serve(app, failure, stopping)


async def _serve(app: faust.App, failure: Awaitable[None], stopping: asyncio.Event) -> None:
    starting = asyncio.ensure_future(app.start())
    endings = [
        asyncio.ensure_future(ending) for ending in (stopping.wait(), failure, app.wait_until_stopped())
    ]
    try:
        await _first([starting, *endings])
        await _first(endings)
        if app.crash_reason is not None:
            raise app.crash_reason
    finally:
        for task in (starting, *endings):
            task.cancel()
        await _stop(app)


async def _first(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Wait for one of the tasks; raises what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


async def _stop(app: faust.App) -> None:
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await app.stop()
    except TimeoutError:
        log.warning("Faust does not stop; it is left as it is, the offsets are in PostgreSQL.")


def _start_threads(settings: Settings, view: View, metrics: Metrics, beside: ExitStack) -> None:
    stop = threading.Event()
    beside.callback(stop.set)
    threading.Thread(
        target=sweep_until, args=(stop, settings, metrics.healed), name="sweeper", daemon=True
    ).start()
    threading.Thread(
        target=watch_until, args=(stop, view, settings.watchdog_s, _end_process), name="watchdog", daemon=True
    ).start()


def _end_process(reason: str) -> None:
    # Not by way of the event loop: it may be what hangs.
    log.critical("The monitor ends: %s", reason)
    logging.shutdown()
    os._exit(1)


def _check_schema(settings: Settings) -> None:
    with closing(connect(settings, "umbra-monitor")) as connection, away_is_retryable():
        if not fences.exist(connection):
            raise Retryable("PostgreSQL has no tables of Umbra yet: run `umbra migrate`.")


def _readable_sources(settings: Settings, admin: Admin) -> Sources:
    admin.check_rights(acls.monitor(settings.topics).rights)
    return current_sources(settings, admin)


async def _patiently(ask: Callable[[], T], stopping: asyncio.Event) -> T | None:
    """What `ask` gives, once it does; None when it is time to stop before that."""
    while not stopping.is_set():
        try:
            return await asyncio.to_thread(ask)
        except (Retryable, Refused) as err:
            log.warning("Waiting.", extra={"reason": err})
        try:
            async with asyncio.timeout(RETRY_S):
                await stopping.wait()
        except TimeoutError:
            pass
    return None
