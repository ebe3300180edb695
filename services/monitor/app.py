"""The Faust app: transport, batching and life cycle. What a batch means is not its business."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import faust

from services.monitor.credentials import credentials
from services.monitor.overhead import Unmetered
from services.monitor.settings import Settings
from services.monitor.sources import Sources
from services.monitor.transport import Load, fenced_transport
from umbra.core.errors import Retryable
from umbra.kafka.record import Record

log = logging.getLogger(__name__)

BATCH_RECORDS = 1000
BATCH_WITHIN_S = 0.25
FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S = 0.1, 5.0

Apply = Callable[[Sequence[Record]], None]
Fail = Callable[[Exception], None]


def make_app(settings: Settings, sources: Sources, apply: Apply, load: Load, fail: Fail) -> faust.App:
    """The app that reads both prediction topics and applies their records, batch by batch.

    Args:
        apply: blocks; runs on a thread.
        fail: called with the error that must end the process.
    """
    Path(settings.monitor_dir).mkdir(parents=True, exist_ok=True)
    brokers = ";".join(f"kafka://{broker}" for broker in settings.kafka_bootstrap.split(","))
    app = faust.App(
        settings.topics.group("monitor"),
        broker=brokers,
        broker_credentials=credentials(settings),
        datadir=settings.monitor_dir,
        web_enabled=False,
        Monitor=Unmetered,
        # The topics are made by `umbra topics`; Faust is to make none of its own either.
        topic_allow_declare=False,
        topic_disable_leader=True,
        # Keeps Faust's own assignor without tables: round robin would split the two topics of a partition.
        table_standby_replicas=1,
        # The true offsets are in PostgreSQL: nothing has to be waited for when stopping.
        stream_wait_empty=False,
        broker_commit_interval=1.0,
        # The least that brokers allow: so long the partitions of a killed monitor without a name stand still.
        broker_session_timeout=6.0,
        broker_heartbeat_interval=2.0,
        consumer_group_instance_id=_stable_name(settings, sources),
        # PostgreSQL may be away for long; the partitions stay here meanwhile.
        broker_max_poll_interval=3600.0,
        consumer_auto_offset_reset="earliest",
        # A broker that comes back may not show a topic at first, and its partitions then go to nobody until
        # the metadata is asked for again: after five minutes by default.
        consumer_metadata_max_age_ms=5000,
    )
    app.transport = fenced_transport(app, load)
    _add_agent(app, settings, apply, fail)
    return app


def _add_agent(app: faust.App, settings: Settings, apply: Apply, fail: Fail) -> None:
    topics = settings.topics
    # Without `allow_empty` Faust throws at an empty value, which acks it.
    predictions = app.topic(
        topics.predictions_champion,
        topics.predictions_shadow,
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        allow_empty=True,
    )

    @app.agent(predictions)
    async def monitor(stream: Any) -> None:
        # Nothing may leave this loop by exception: Faust acks what it was at.
        flight: asyncio.Task[bool] | None = None
        async for events in stream.noack_take(BATCH_RECORDS, within=BATCH_WITHIN_S):
            # One batch is applied while Faust gathers the next: either takes about as long.
            if flight is not None and not await flight:
                return
            flight = asyncio.create_task(_land(events, app, apply, fail))


async def _land(events: Sequence[Any], app: faust.App, apply: Apply, fail: Fail) -> bool:
    """Apply a batch and ack it; False when that was not to be."""
    if not await _applied([_record(event) for event in events], app, apply, fail):
        return False
    for event in events:
        event.ack()
    return True


def _stable_name(settings: Settings, sources: Sources) -> str | None:
    """The static member's name; another one for other topics.

    The group gives a static member that comes back the partitions it had, without looking at the topics:
    none, if they were away just then.
    """
    if settings.monitor_index is None:
        return None
    return f"{settings.topics.worker('monitor', settings.monitor_index)}-{sources.incarnation}"


async def _applied(records: Sequence[Record], app: faust.App, apply: Apply, fail: Fail) -> bool:
    """Apply records, however long it takes; False when the app stops before."""
    back_off_s = FIRST_BACK_OFF_S
    while not app.should_stop:
        try:
            await asyncio.to_thread(apply, records)
            return True
        except Retryable as err:
            log.warning("A batch waits.", extra={"records": len(records), "reason": err})
        except Exception as err:
            fail(err)
            return False
        await asyncio.sleep(back_off_s)
        back_off_s = min(2 * back_off_s, LONGEST_BACK_OFF_S)
    return False


def _record(event: Any) -> Record:
    message = event.message
    return Record(
        message.topic,
        message.partition,
        message.offset,
        round((message.timestamp or 0) * 1000),
        message.key,
        message.value,
        list(message.headers or ()),
    )
