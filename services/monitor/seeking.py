"""Where reading goes on after an assignment: behind what PostgreSQL holds."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import closing

from faust.types import TP

from services.monitor.reached import CommitsLost, Reached
from services.monitor.settings import Settings
from services.monitor.sources import Sources, SourcesRemade, check_sources
from umbra.core.errors import Refused, Retryable
from umbra.kafka.admin import Admin
from umbra.postgres import fences
from umbra.postgres.connection import away_is_retryable, connect
from umbra.postgres.fences import Fenced

log = logging.getLogger(__name__)

RETRY_S = 1.0


class Seeker:
    """Loads the places to read from; waits while Kafka or PostgreSQL is away.

    Args:
        fail: called with the error that must end the process.
        assigned: called when partitions have been given out.
    """

    def __init__(
        self,
        settings: Settings,
        sources: Sources,
        admin: Admin,
        reached: Reached,
        fail: Callable[[Exception], None],
        assigned: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._sources = sources
        self._admin = admin
        self._reached = reached
        self._fail = fail
        self._assigned = assigned

    async def load(self, partitions: set[TP]) -> dict[TP, int]:
        """The next offset of each partition; one never applied is read from its beginning."""
        while True:
            try:
                offsets = await asyncio.to_thread(self._offsets)
                break
            except (Retryable, Refused) as err:
                log.warning("Where to read on is not known yet.", extra={"reason": err})
                await asyncio.sleep(RETRY_S)
            except (SourcesRemade, CommitsLost) as err:
                self._fail(err)
                await asyncio.Event().wait()  # the process ends
        self._assigned()
        ids = self._sources.ids
        return {tp: offsets.get(Fenced(ids[tp.topic], tp.partition), 0) for tp in partitions}

    def _offsets(self) -> dict[Fenced, int]:
        check_sources(self._settings, self._admin, self._sources)
        with closing(connect(self._settings, "umbra-monitor-seek")) as connection, away_is_retryable():
            offsets = {
                Fenced(topic_id, partition): offset
                for topic_id in self._sources.ids.values()
                for partition, offset in fences.next_offsets(connection, topic_id).items()
            }
        self._reached.check(offsets)
        self._reached.note(offsets)
        return offsets
