"""A transaction as a broker leaves it hanging: written to some partitions, and no marker ever comes.

No client writes one: it is made with bare requests, while the broker is told not to ask its coordinator.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import InitProducerIdRequest, TxnOffsetCommitRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

_VERIFICATION = "transaction.partition.verification.enable"


def leave_hanging(
    bootstrap: str,
    transactional_id: str,
    *,
    group: str,
    offsets: Mapping[tuple[str, int], int],
    records: Mapping[tuple[str, int], bytes],
) -> None:
    """Write offsets of `group` and records under a transactional id; both by (topic, partition)."""
    with _unverified(bootstrap):
        asyncio.run(_write(bootstrap, transactional_id, group, offsets, records))


async def _write(
    bootstrap: str,
    transactional_id: str,
    group: str,
    offsets: Mapping[tuple[str, int], int],
    records: Mapping[tuple[str, int], bytes],
) -> None:
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        node = await client.coordinator_lookup(CoordinationType.TRANSACTION, transactional_id)
        await client.ready(node)
        begun = await client.send(node, InitProducerIdRequest(transactional_id, 10_000))
        assert begun.error_code == 0
        producer = (begun.producer_id, begun.producer_epoch)
        for (topic, partition), offset in offsets.items():
            places = [(topic, [(partition, offset, "")])]
            request = TxnOffsetCommitRequest(transactional_id, group, *producer, places)
            await _taken(lambda request=request: _first_error(client, node, request))  # type: ignore[misc]
        for (topic, partition), value in records.items():
            batch = DefaultRecordBatchBuilder(2, 0, 1, *producer, 0, 1_000_000)
            batch.append(0, None, b"image", value, [])
            batches = [(topic, [(partition, bytes(batch.build()))])]
            answer = await client.send(node, ProduceRequest(transactional_id, -1, 5000, batches))
            ((_, ((_, error, *_),)),) = answer.topics
            assert error == 0
    finally:
        await client.close()


async def _first_error(client: AIOKafkaClient, node: int, request: TxnOffsetCommitRequest) -> int:
    ((_, ((_, error),)),) = (await client.send(node, request)).errors
    return int(error)


async def _taken(ask: Callable[[], Awaitable[int]]) -> None:
    """Ask again while the coordinator loads, or the last member leaves."""
    errors = []
    for _ in range(60):
        errors.append(await ask())
        if errors[-1] == 0:
            return
        await asyncio.sleep(0.5)
    raise AssertionError(f"Not taken: {errors}")


@contextmanager
def _unverified(bootstrap: str) -> Iterator[None]:
    _set(bootstrap, "false")
    try:
        yield
    finally:
        _set(bootstrap, "true")


def _set(bootstrap: str, value: str) -> None:
    client = AdminClient({"bootstrap.servers": bootstrap})
    entry = ConfigEntry(_VERIFICATION, value, incremental_operation=AlterConfigOpType.SET)
    for broker in client.list_topics(timeout=30).brokers:
        resource = ConfigResource(ConfigResource.Type.BROKER, str(broker), incremental_configs=[entry])
        for done in client.incremental_alter_configs([resource]).values():
            done.result(30)
