"""A worker as a process: settings, logging, signals, exit code."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from umbra import logs
from umbra.core.errors import Refused, UmbraError
from umbra.garbage import collect_seldom
from umbra.worker.niceness import be_nice
from umbra.worker.settings import Settings

log = logging.getLogger(__name__)

STOPPED, FAILED, UNFIT = 0, 1, 2


def main(settings_type: type[Settings], run: Callable[[Settings, threading.Event], int], **given: Any) -> int:
    """Run one worker until SIGTERM or SIGINT.

    Args:
        run: works until the event is set; the exit code.
        given: settings that override the environment.

    Returns:
        0 after a clean stop, 1 after a failure, 2 when settings or topics are not as they must be.
    """
    logs.configure()
    collect_seldom()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        settings = settings_type.load(**given)
        be_nice(settings.nice)
        return run(settings, stopping)
    except Refused as err:
        log.critical("%s", err)
        return UNFIT
    except UmbraError as err:
        log.critical("The worker ends: %s", err)
        return FAILED


def leave(code: int) -> None:
    """End the process at once: after a failure a client of Kafka may hang in its destructor."""
    sys.stderr.flush()
    os._exit(code)
