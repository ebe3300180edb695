"""Stand-ins for the Kafka adapters; `tests/contract` holds each against the real one."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from umbra.kafka.group import Change
from umbra.kafka.record import Headers, Record
from umbra.kafka.transaction import Delivered, TransactionAborted


class FakeConsumer:
    """`GroupConsumer`: records and changes happen in `take`, in the order given.

    Attributes:
        happens: what is still to come; a record of a partition that does not flow stays.
        flowing: the partitions that were sought or resumed and not paused since.
        sought: what `seek` was called with.
    """

    def __init__(self, on_change: Callable[[Change], None]) -> None:
        self.changes = 0
        self.ends: dict[int, int] = {}
        self.sought: list[dict[int, int]] = []
        self.flowing: set[int] = set()
        self.happens: list[Record | Change] = []
        self._on_change = on_change

    def take(self, most: int, timeout_s: float) -> list[Record]:
        taken: list[Record] = []
        held: list[Record | Change] = []
        while self.happens and len(taken) < most:
            event = self.happens.pop(0)
            if not isinstance(event, Record):
                self.changes += 1
                self._on_change(event)
            elif event.partition not in self.flowing:
                held.append(event)
            else:
                taken.append(event)
        self.happens = held + self.happens
        return taken

    def seek(self, offsets: Mapping[int, int]) -> None:
        self.sought.append(dict(offsets))
        for partition in offsets:
            self.ends.pop(partition, None)
        self.resume(offsets.keys())

    def pause(self, partitions: Collection[int]) -> None:
        self.flowing -= set(partitions)

    def resume(self, partitions: Collection[int]) -> None:
        self.flowing |= set(partitions)

    def group_metadata(self) -> Any:
        return self.changes


class FakeProducer:
    """`TransactionalProducer`: what each committed transaction holds.

    Args:
        aborts: so many commits to come fail.

    Attributes:
        sent: per transaction its offsets with their metadata by partition, and its records' headers.
    """

    def __init__(self, aborts: int = 0) -> None:
        self.sent: list[tuple[dict[int, tuple[int, str]], list[dict[str, bytes | None]]]] = []
        self.aborts = aborts

    def begin(self) -> None:
        self._offsets: dict[int, tuple[int, str]] = {}
        self._records: list[dict[str, bytes | None]] = []

    def send_offsets(self, offsets: Mapping[tuple[str, int], tuple[int, str]], group: Any) -> None:
        self._offsets = {partition: at for (_, partition), at in offsets.items()}

    def produce(
        self,
        topic: str,
        *,
        value: bytes | None,
        key: bytes | None = None,
        headers: Headers = (),
        partition: int | None = None,
        on_delivery: Delivered | None = None,
    ) -> None:
        self._records.append(dict(headers))

    def commit(self) -> None:
        if self.aborts:
            self.aborts -= 1
            raise TransactionAborted("a rebalance")
        self.sent.append((self._offsets, self._records))

    def abort(self) -> None: ...
