"""Faust's transport, corrected: committed records only, from where PostgreSQL says.

Faust reads uncommitted outside its own transactions, can commit past an unacked message, and forgets
acked offsets in a rebalance (docs/adr/0002-faust-as-transport.md). So its offsets are only a hint for
those who watch the group; after every assignment the consumer is put where the fences stand.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import faust
from aiokafka.errors import GroupAuthorizationFailedError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from services.monitor.overhead import WaitsLate

Offsets = dict[TP, int]
Load = Callable[[set[TP]], Awaitable[Offsets]]
"""The next offset of each of these partitions; 0 for one never read."""


class _CommittedOnly(driver.AIOKafkaConsumerThread):
    logger = driver.logger

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        return consumer


def fenced_transport(app: faust.App, load: Load) -> Any:
    """The transport for `app` that reads from where `load` says."""

    class Consumer(WaitsLate, driver.Consumer):
        logger = driver.logger

        def _new_consumer_thread(self) -> Any:
            return _CommittedOnly(self, loop=self.loop, beacon=self.beacon)

        async def perform_seek(self) -> None:
            await super().perform_seek()
            offsets = await load(set(self.assignment()))
            if offsets:
                await self.seek_wait(offsets)
            self._committed_offset.update({tp: offset or None for tp, offset in offsets.items()})

    class Transport(driver.Transport):
        pass

    Transport.Consumer = Consumer
    return Transport(app.conf.broker_consumer, app)


def denied(app: faust.App) -> bool:
    """Whether the brokers do not let the consumer be a member of its group.

    aiokafka keeps the error for whoever asks for records, and Faust asks for none before it has partitions.
    """
    consumer: Any = app.consumer
    client = consumer._thread and consumer._thread._consumer
    coordinator = client and client._coordinator
    return isinstance(getattr(coordinator, "_pending_exception", None), GroupAuthorizationFailedError)


def positions(app: faust.App) -> dict[TP, tuple[int, int]]:
    """The next offset to read and the end of committed records, of each assigned partition.

    Partitions whose end is not known yet are left out.
    """
    consumer: Any = app.consumer
    client = consumer._thread and consumer._thread._consumer
    subscription = client and client._subscription.subscription
    assignment = subscription and subscription.assignment
    if not assignment:
        return {}
    states = {TP(tp.topic, tp.partition): assignment.state_value(tp) for tp in assignment.tps}
    return {
        tp: (state.position, state.lso)
        for tp, state in states.items()
        if state is not None and state.has_valid_position and state.lso is not None
    }
