"""`python -m services.monitor`: pairs predictions and keeps the metrics."""

import asyncio
import logging
import os
import signal
import sys

import uvloop

from services.monitor import service
from services.monitor.metrics import Metrics
from services.monitor.quiet import quieten
from services.monitor.settings import Settings
from umbra import health, logs
from umbra.core.errors import Refused
from umbra.garbage import collect_seldom

log = logging.getLogger(__name__)


SWITCH_INTERVAL_S = 0.0005
"""5 ms (default): at each answer of PostgreSQL the applying thread waits that long for the event loop."""


def main() -> int:
    """Run until SIGTERM or SIGINT.

    Returns:
        0 after a clean stop, 1 after a crash, 2 when the settings are refused.
    """
    logs.configure()
    quieten()
    collect_seldom()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        settings = Settings.load()
        metrics = Metrics(settings.orphan_after_s)
        if settings.metrics_port:
            health.serve(settings.metrics_host, settings.metrics_port, metrics.registry, metrics.unready)
    except Refused as err:
        log.critical("%s", err)
        return 2
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(settings, metrics))


async def _run(settings: Settings, metrics: Metrics) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        await service.run(settings, metrics, stopping)
    except Exception:
        log.critical("The monitor ends.", exc_info=True)
        _leave(1)
    return 0


def _leave(code: int) -> None:
    # At once: after a failure Faust's threads may never end.
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
