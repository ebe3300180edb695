"""The workers that compute on the same device: where a shadow can hold the champion up."""

import logging
import threading
import time
from collections.abc import Iterable

from umbra.contracts.worker_status import LIVE_FOR_S, WorkerStatus, worker_status_decoder
from umbra.core.errors import InvalidMessage, Retryable
from umbra.core.names import CHAMPION
from umbra.kafka.follow import Follower
from umbra.kafka.record import Record

log = logging.getLogger(__name__)

_POLL_S = 0.5
_RETRY_S = 5.0


def sharing(slot: str, device: str, machine: str, others: Iterable[WorkerStatus]) -> list[str]:
    """The names of those on this device that a worker of `slot` should not share it with.

    A champion and a shadow, that is: on a device `nice` does nothing, and each waits for the other.
    """
    return sorted(
        other.worker
        for other in others
        if (other.device, other.machine) == (device, machine)
        and (slot == CHAMPION) != (other.slot == CHAMPION)
    )


class Neighbours:
    """Follows the workers topic for one worker; `names` is for any thread.

    Args:
        device, machine: of this worker, as its status has them.
    """

    def __init__(self, follower: Follower, slot: str, device: str, machine: str) -> None:
        self._follower = follower
        self._slot = slot
        self._device = device
        self._machine = machine
        self._seen: dict[bytes | None, tuple[WorkerStatus, int]] = {}
        self._names: list[str] = []

    @property
    def names(self) -> list[str]:
        return self._names

    def run(self, closing: threading.Event) -> None:
        """Follow until closing."""
        while not closing.is_set():
            try:
                self.take(self._follower.poll(_POLL_S))
            except Retryable as err:
                log.warning("Whether a device is shared is not known.", extra={"reason": str(err)})
                closing.wait(_RETRY_S)
        self._follower.close()

    def take(self, records: Iterable[Record]) -> None:
        """Take records of the workers topic into account, and say what changed."""
        for record in records:
            if not record.value:
                self._seen.pop(record.key, None)
            elif (status := _decoded(record.value)) is not None:
                self._seen[record.key] = status, record.timestamp_ms
        since_ms = (time.time() - LIVE_FOR_S) * 1000
        live = [
            status for status, seen_ms in self._seen.values() if seen_ms > since_ms and not status.failure
        ]
        self._note(sharing(self._slot, self._device, self._machine, live))

    def _note(self, names: list[str]) -> None:
        if names == self._names:
            return
        self._names = names
        if names:
            log.warning(
                "Champion and shadow share the device %s, where nice does nothing: the shadow can slow the "
                "champion down. Give one of them another device with UMBRA_ORT_PROVIDER_OPTIONS.",
                self._device,
                extra={"workers": names},
            )
        else:
            log.info("The device %s is not shared any more.", self._device)


def _decoded(value: bytes) -> WorkerStatus | None:
    try:
        return worker_status_decoder.decode(value)
    except InvalidMessage:
        return None  # the relay says so, once for all
