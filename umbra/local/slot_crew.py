"""The workers of further shadow slots as processes of a local stack."""

from collections.abc import Callable

from umbra.local.leash import Spec
from umbra.local.ports import LOOPBACK, Ports
from umbra.local.services import slot_worker_name
from umbra.local.supervisor import Supervisor
from umbra.local.topics import LOCAL_RETENTION, ensure_dead_letters
from umbra.settings import KafkaSettings


class SlotCrew:
    """Starts and ends them; used by one thread, but for `metrics`.

    Args:
        make: the process of a slot's worker, with its port for metrics.
        ports: to take that from.
        say: a line for people.
    """

    def __init__(
        self,
        supervisor: Supervisor,
        kafka: KafkaSettings,
        make: Callable[[str, int], Spec],
        ports: Ports,
        say: Callable[[str], None],
    ) -> None:
        self._supervisor = supervisor
        self._kafka = kafka
        self._make = make
        self._ports = ports
        self._say = say
        self._port_of: dict[str, int] = {}

    def metrics(self) -> dict[str, str]:
        """Process → URL of what it tells Prometheus."""
        running = self._supervisor.pids()
        found = {slot_worker_name(slot): port for slot, port in self._port_of.copy().items()}
        return {name: f"http://{LOOPBACK}:{port}/metrics" for name, port in found.items() if name in running}

    def start_worker(self, slot: str) -> None:
        """Start a slot's worker, with a topic for its dead letters that is bounded.

        Raises:
            Refused, Retryable: the topic cannot be made.
        """
        ensure_dead_letters(self._kafka, LOCAL_RETENTION, slot)
        if slot not in self._port_of:
            self._port_of[slot] = self._ports.any()
        self._say(f"starting a worker for slot {slot}, which is in use now …")
        self._supervisor.add(self._make(slot, self._port_of[slot]))

    def end_worker(self, slot: str) -> None:
        """Stop a slot's worker; returns when it is gone."""
        self._say(f"stopping the worker of slot {slot}, which nothing needs any more …")
        self._supervisor.end(slot_worker_name(slot))
