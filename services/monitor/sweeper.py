"""What is done beside the stream: forget what is old, make tomorrow, pair what was left unpaired."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

from services.monitor.flush import record_pairs
from services.monitor.settings import Settings
from umbra.core.errors import UmbraError
from umbra.core.judgement import pairs
from umbra.postgres import advisory, buckets, days, predictions
from umbra.postgres.connection import Connection, away_is_retryable, connect, transaction

log = logging.getLogger(__name__)

EVERY_S = 60.0
_FIRST_LOOK_BACK = timedelta(days=1)
_LOOK_BACK = timedelta(minutes=15)


def sweep_until(stop: threading.Event, settings: Settings, healed: Callable[[int], None]) -> None:
    """Sweep every minute until `stop`; a failure is logged and the next minute tries again."""
    look_back = _FIRST_LOOK_BACK
    while not stop.is_set():
        try:
            with closing(connect(settings, "umbra-monitor-sweeper")) as connection:
                healed(sweep(connection, settings, datetime.now(UTC), look_back))
            look_back = _LOOK_BACK
        except UmbraError as err:
            log.warning("A sweep failed; the next one tries again.", extra={"reason": err})
        stop.wait(EVERY_S)


def sweep(connection: Connection, settings: Settings, now: datetime, look_back: timedelta) -> int:
    """One sweep, unless another process is at it; how many pairs were healed."""
    with away_is_retryable():
        if not advisory.take(connection, advisory.SWEEPER):
            return 0
        try:
            forget(connection, settings, now)
            return heal(connection, now - look_back)
        finally:
            advisory.give_back(connection, advisory.SWEEPER)


def forget(connection: Connection, settings: Settings, now: datetime) -> None:
    """Make tomorrow's day, and drop the days and buckets that retention no longer covers."""
    today = now.astimezone(UTC).date()
    with transaction(connection):
        days.make(connection, [today, today + timedelta(days=1)])
    # A day longer than what flush still takes, so that no clock difference drops a day in use.
    days.drop_before(connection, today - timedelta(days=settings.predictions_retention_days))
    buckets.drop_before(connection, now - timedelta(days=settings.bucket_retention_days + 1))


def heal(connection: Connection, since: datetime) -> int:
    """Pair images that landed since then and are complete without a comparison; how many pairs.

    `flush` leaves none behind; this is for the reason nobody has thought of.
    """
    with transaction(connection):
        found = predictions.unpaired(connection, since)
        healed = record_pairs(connection, pairs(found, []))
    if healed:
        log.warning("Complete images had no comparison; they have one now.", extra={"pairs": len(healed)})
    return len(healed)
