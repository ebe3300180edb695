"""The whole system on this machine."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

from pydantic import SecretStr

from umbra.core.errors import Refused, UmbraError
from umbra.local import endpoints, servers
from umbra.local.console import Console
from umbra.local.data_dir import locked, require_free_space
from umbra.local.endpoints import Endpoints
from umbra.local.http_ports import http_ports
from umbra.local.keeper import OWN_NAME
from umbra.local.leash import Spec
from umbra.local.ports import Ports
from umbra.local.readiness import Check, answers, wait_until
from umbra.local.servers import Given, Servers
from umbra.local.services import DSN_FILE, NAMES, Addresses, Service, disk_paths, services, slot_worker
from umbra.local.slot_crew import SlotCrew
from umbra.local.slot_workers import SlotWorkers
from umbra.local.supervisor import Supervisor
from umbra.local.topics import LOCAL_RETENTION, ensure_topics, existing_partitions
from umbra.postgres.migrate import migrate
from umbra.settings import KafkaSettings, LocalSettings, PostgresSettings

_READY_S = 60.0
_MOST_STARTS = 5
"""A service that ended this often before it was ready will not get there."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may ask of a local stack.

    Attributes:
        data_dir: everything is kept there; None: UMBRA_DATA_DIR.
        kafka: bootstrap servers of a Kafka to use instead of an embedded one; UMBRA_KAFKA_*
            say how to be let in.
        postgres: DSN of a PostgreSQL to use instead of an embedded one; None: UMBRA_POSTGRES_DSN_FILE.
        java: runs the embedded Kafka; None: UMBRA_JAVA, else Umbra's own.
        partitions: of the topics when they are made; None: as they are, else UMBRA_PARTITIONS.
        default_deployment: of images whose record names none.
    """

    data_dir: Path | None = None
    kafka: str | None = None
    postgres: str | None = None
    java: str | None = None
    partitions: int | None = None
    default_deployment: str | None = None


MakeServices = Callable[[Path, Addresses, Mapping[str, str]], list[Service]]
MakeSlotWorker = Callable[[Path, Addresses, Mapping[str, str], str, int], Spec]


class Stack:
    """Runs while it is entered; entering returns once everything is ready.

        with Stack(Options(Path("data")), Console(sys.stdout)) as stack:
            stack.endpoints().api

    Raises, on entering:
        Refused: the environment is unfit: a variable, a port, the disk, another stack in the directory.
        Retryable: a server that was named does not answer, or a package cannot be fetched.
        TimedOut: something did not become ready.
    """

    def __init__(
        self,
        options: Options,
        console: Console,
        make_services: MakeServices = services,
        make_slot_worker: MakeSlotWorker = slot_worker,
    ) -> None:
        self._settings = _settings(options)
        self.data_dir = Path(self._settings.data_dir).resolve()
        self._options = options
        self._console = console
        self._make_services = make_services
        self._make_slot_worker = make_slot_worker
        self._ports = Ports()
        self._ready = False
        self._entered = ExitStack()
        self._publishing = threading.Lock()

    def __enter__(self) -> Self:
        began = time.monotonic()
        try:
            self._enter(self._entered)
            self.say(f"ready after {time.monotonic() - began:.1f} s")
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything; may be called more than once."""
        self._entered.close()

    def endpoints(self) -> Endpoints:
        """Where it can be reached, with the process ids of this moment."""
        at = self._addresses
        return Endpoints(
            api=at.url("api"),
            ingest=at.url("ingest"),
            kafka=at.kafka,
            postgres=at.postgres,
            metrics={name: f"{at.url(name)}/metrics" for name in NAMES} | self._crew.metrics(),
            processes=self._supervisor.pids(),
        )

    def starts(self) -> dict[str, int]:
        """Process name → how often it was started; 1 if it never ended."""
        return self._supervisor.starts()

    def say(self, text: str) -> None:
        """A line in the log."""
        self._console.line(OWN_NAME, text)

    def _enter(self, entered: ExitStack) -> None:
        lock = entered.enter_context(locked(self.data_dir))
        require_free_space(self.data_dir, self._settings.min_free_bytes)
        endpoints.remove(self.data_dir)  # left by one that was killed
        found_ports = http_ports(self._ports)
        self.say("starting Kafka and PostgreSQL …")
        both = self._servers(self._ports)
        self._supervisor = entered.enter_context(
            Supervisor(self._console, changed=self._publish, keep_open=(lock,))
        )
        entered.callback(self._withdraw)
        servers.start(both, self._supervisor)
        self._addresses = Addresses(both.kafka.address, both.postgres.address, found_ports)
        servers.wait_for(both.postgres)
        migrate(PostgresSettings(postgres_dsn=SecretStr(both.postgres.address)))
        servers.wait_for(both.kafka)
        self._start_services(self._make_topics())
        entered.enter_context(SlotWorkers(self._found_kafka(), self._settings, self._crew, self.say))
        self._ready = True
        self._publish()

    def _servers(self, ports: Ports) -> Servers:
        kafka, postgres = self._options.kafka, self._options.postgres or _dsn_from_file()
        if not kafka:
            _refuse_security()
        return Servers(
            Given(kafka) if kafka else servers.embedded_kafka(self.data_dir / "kafka", ports, self._settings),
            Given(postgres) if postgres else servers.embedded_postgres(self.data_dir / "postgres", ports),
        )

    def _start_services(self, partitions: int) -> None:
        shared = {"UMBRA_PARTITIONS": str(partitions)}
        if self._options.default_deployment:
            shared["UMBRA_DEFAULT_DEPLOYMENT"] = self._options.default_deployment
        for path in disk_paths(self.data_dir):
            path.mkdir(exist_ok=True)
        self.say("starting the services …")
        started = self._make_services(self.data_dir, self._addresses, shared)
        make = partial(self._make_slot_worker, self.data_dir, self._addresses, shared)
        self._crew = SlotCrew(self._supervisor, self._found_kafka(), make, self._ports, self.say)
        self._supervisor.start(*(service.spec for service in started))
        wait_until({service.spec.name: self._is_ready(service) for service in started}, _READY_S)

    def _make_topics(self) -> int:
        found = self._found_kafka()
        partitions = self._options.partitions or existing_partitions(found) or found.partitions
        ensure_topics(found.model_copy(update={"partitions": partitions}), LOCAL_RETENTION)
        return partitions

    def _found_kafka(self) -> KafkaSettings:
        return KafkaSettings.load(kafka_bootstrap=self._addresses.kafka)

    def _is_ready(self, service: Service) -> Check:
        def check() -> bool:
            name = service.spec.name
            if self.starts()[name] >= _MOST_STARTS:
                raise UmbraError(f"{name} ends as soon as it is started; its reason is in the log above.")
            return answers(service.ready_url)

        return check

    def _publish(self) -> None:
        with self._publishing:
            if self._ready:
                self.endpoints().write(self.data_dir)

    def _withdraw(self) -> None:
        with self._publishing:
            self._ready = False
            endpoints.remove(self.data_dir)
        self.say("stopping …")


def _settings(options: Options) -> LocalSettings:
    given: dict[str, Any] = {"data_dir": options.data_dir and str(options.data_dir), "java": options.java}
    return LocalSettings.load(**{name: value for name, value in given.items() if value})


def _dsn_from_file() -> str | None:
    if not os.environ.get(DSN_FILE):
        return None
    return PostgresSettings.load().postgres_dsn.get_secret_value()


def _refuse_security() -> None:
    protocol = KafkaSettings.load().kafka_security_protocol
    if protocol != "PLAINTEXT":
        raise Refused(
            f"UMBRA_KAFKA_SECURITY_PROTOCOL={protocol} is for a Kafka of your own: name it with --kafka, or "
            "unset the variable for the one that comes along."
        )
