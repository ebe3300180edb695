"""The monitor as a process, on a real Kafka and a real PostgreSQL: killed, restarted, starved, exact."""

import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from psycopg.conninfo import conninfo_to_dict

from tests.predictions import make_prediction
from tests.prometheus import by_label, scrape
from tests.recount import recount
from tests.tables import Tables, stored
from umbra.contracts.prediction import Latency, Prediction
from umbra.contracts.topics import Retention
from umbra.contracts.wire import encode
from umbra.kafka.admin import Admin
from umbra.kafka.transaction import TransactionalProducer
from umbra.local.ports import Ports
from umbra.postgres.connection import Connection, connect
from umbra.settings import KafkaSettings, PostgresSettings

DEADLINE_S = 60.0


class Process:
    """`python -m services.monitor`, with its log."""

    def __init__(self, environ: dict[str, str], log: Path) -> None:
        self._log = log
        self.port = Ports().any()
        environ = {**os.environ, **environ, "UMBRA_METRICS_PORT": str(self.port)}
        with log.open("a") as file:
            command = [sys.executable, "-m", "services.monitor"]
            self._process = subprocess.Popen(command, env=environ, stdout=file, stderr=file)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; status 0 while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as err:
            with err:
                return err.code, err.read().decode()
        except OSError:
            return 0, ""

    def wait_ready(self) -> "Process":
        eventually(lambda: not self.runs() or self.get("/readyz")[0] == 200, self.log)
        assert self.runs(), self.log()
        return self

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Exit code after SIGTERM, which must come soon."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(15)

    def exit_code(self) -> int:
        return self._process.wait(DEADLINE_S)

    def runs(self) -> bool:
        return self._process.poll() is None

    def log(self) -> str:
        return self._log.read_text()


Start = Callable[..., Process]


def eventually(true: Callable[[], bool], otherwise: Callable[[], str], within_s: float = DEADLINE_S) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, f"Not within {within_s:.0f} s.\n{otherwise()}"
        time.sleep(0.1)


@pytest.fixture
def topics(kafka: KafkaSettings) -> KafkaSettings:
    make_topics(kafka)
    return kafka


def make_topics(kafka: KafkaSettings) -> None:
    names = (kafka.topics.predictions_champion, kafka.topics.predictions_shadow)
    wanted = kafka.topics.all(kafka.partitions, (), Retention())
    Admin(kafka).ensure([topic for topic in wanted if topic.name in names])


@pytest.fixture
def start(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path) -> Iterator[Start]:
    """Starts a monitor, with further variables; what still runs at the end is killed."""
    processes: list[Process] = []

    def start(index: int = 0, **environ: str) -> Process:
        number = len(processes)
        given = {
            "UMBRA_MONITOR_INDEX": str(index),
            "UMBRA_KAFKA_BOOTSTRAP": kafka.kafka_bootstrap,
            "UMBRA_TOPIC_PREFIX": kafka.topic_prefix,
            "UMBRA_POSTGRES_DSN": postgres.postgres_dsn.get_secret_value(),
            "UMBRA_MONITOR_DIR": str(tmp_path / f"faust{number}"),
        }
        processes.append(Process(given | environ, tmp_path / f"monitor{number}.log"))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()


@pytest.fixture
def tables(postgres: PostgresSettings) -> Iterator[Connection]:
    with closing(connect(postgres)) as connection:
        yield connection


class Publisher:
    """Publishes predictions in transactions, some of which are aborted, and remembers the others."""

    def __init__(self, kafka: KafkaSettings, seed: int = 1) -> None:
        self._topics = kafka.topics
        self._producer = TransactionalProducer(kafka, f"{kafka.topic_prefix}test")
        self._chance = random.Random(seed)
        self.committed: list[Prediction] = []

    def publish(self, predictions: Sequence[Prediction], *, abort: bool = False) -> None:
        self._producer.begin()
        for prediction in predictions:
            self.produce(prediction.slot, prediction.image.partition, encode(prediction))
        if abort:
            self._producer.flush()  # an aborted record is one that the log holds
            self._producer.abort()
        else:
            self._producer.commit()
            self.committed += predictions

    def produce(self, slot: str, partition: int, value: bytes | None) -> None:
        topic = self._topics.predictions(slot)
        self._producer.produce(topic, value=value, key=b"key", partition=partition)

    def publish_raw(self, value: bytes | None) -> None:
        self._producer.begin()
        self.produce("champion", 0, value)
        self._producer.commit()

    def publish_images(self, numbers: range, batch: int = 40) -> None:
        """Champion and shadow of every image; the shadow's come later, every fifth transaction is aborted."""
        for start in range(numbers.start, numbers.stop, batch):
            for slot in ("champion", "shadow"):
                made = [make_prediction(n, slot) for n in range(start, min(start + batch, numbers.stop))]
                if self._chance.random() < 0.2:
                    self.publish(made, abort=True)
                self.publish(made)


def wait_for(tables: Connection, expected: Tables, process: Process) -> None:
    def there() -> bool:
        row = tables.execute("SELECT (SELECT count(*) FROM umbra.prediction)").fetchone()
        return row is not None and row[0] >= len(expected.predictions)

    eventually(there, process.log)
    assert stored(tables).differences(expected) == []


def test_whatever_is_killed_the_tables_equal_a_recount(
    topics: KafkaSettings, start: Start, tables: Connection
) -> None:
    publisher = Publisher(topics)
    for turn in range(3):
        process = start().wait_ready() if turn else start()
        publisher.publish_images(range(turn * 400, turn * 400 + 400))
        process.kill()

    process = start()
    wait_for(tables, recount(publisher.committed), process)
    # At rest no lag is left, though transactions' own records stand at the end of the log.
    eventually(lambda: lags(process) == [0.0] * 8, lambda: process.get("/metrics")[1])
    assert process.stop() == 0, process.log()


def lags(process: Process) -> list[float]:
    """Of every partition of both topics."""
    lines = process.get("/metrics")[1].splitlines()
    return [float(line.split()[-1]) for line in lines if line.startswith("umbra_monitor_lag{")]


def test_late_partners_and_what_else_became_of_records_are_counted(
    topics: KafkaSettings, start: Start, tables: Connection
) -> None:
    publisher = Publisher(topics)
    in_time, late = Latency(1400.0, 0.5, 2.0, 99.0), Latency(1400.0, 0.5, 2.0, 101.0)
    publisher.publish([make_prediction(n) for n in range(4)])
    publisher.publish([make_prediction(n, "shadow", latency_ms=in_time) for n in range(3)])
    publisher.publish([make_prediction(3, "shadow", latency_ms=late)])
    publisher.publish([make_prediction(4, latency_ms=late), make_prediction(4, "shadow")])
    publisher.publish([make_prediction(5, "shadow", latency_ms=late)])  # its partner never comes
    publisher.publish_raw(b"{")

    process = start(UMBRA_ORPHAN_AFTER_S="1.5")
    wait_for(tables, recount(publisher.committed), process)
    eventually(lambda: lags(process) == [0.0] * 8, lambda: process.get("/metrics")[1])

    told = scrape(process.port)
    assert told["umbra_monitor_late_partners_total", ()] == 2
    assert by_label(told, "umbra_monitor_pairs_total") == {"compared": 5}
    records = by_label(told, "umbra_monitor_records_total")
    assert (records["applied"], records["dead_letter"]) == (11, 1)


def test_two_monitors_share_the_partitions_and_one_takes_over(
    topics: KafkaSettings, start: Start, tables: Connection
) -> None:
    publisher = Publisher(topics)
    first = start().wait_ready()
    publisher.publish_images(range(0, 400))
    second = start(1).wait_ready()
    publisher.publish_images(range(400, 800))
    first.kill()
    publisher.publish_images(range(800, 1200))

    wait_for(tables, recount(publisher.committed), second)
    assert second.runs()


def test_what_nobody_can_read_is_kept_aside_and_the_rest_goes_on(
    topics: KafkaSettings, start: Start, tables: Connection
) -> None:
    publisher = Publisher(topics)
    process = start()
    for value in (b"{", b"", None, b'{"v":9}'):
        publisher.publish_raw(value)
    publisher.publish_images(range(40))

    wait_for(tables, recount(publisher.committed), process)
    letters = tables.execute('SELECT value FROM umbra.dead_letter ORDER BY "offset"').fetchall()
    assert letters == [(b"{",), (b"",), (None,), (b'{"v":9}',)]
    assert process.runs()


def test_postgres_away_for_a_while_loses_nothing(
    topics: KafkaSettings, start: Start, postgres: PostgresSettings, postgres_server: str
) -> None:
    publisher = Publisher(topics)
    process = start().wait_ready()
    publisher.publish_images(range(0, 200))
    with ShutOut(postgres, postgres_server):
        publisher.publish_images(range(200, 400))
        eventually(lambda: process.get("/readyz")[0] == 503, process.log)

    with closing(connect(postgres)) as again:
        wait_for(again, recount(publisher.committed), process)
    process.wait_ready()


def test_what_postgres_lost_after_it_was_committed_is_read_again(
    topics: KafkaSettings, start: Start, tables: Connection
) -> None:
    publisher = Publisher(topics)
    process = start().wait_ready()
    publisher.publish_images(range(0, 200))
    wait_for(tables, recount(publisher.committed), process)

    # As after a crash, or on a replica that took over: the fences are lost with what they stand for.
    for table in ("fence", "prediction", "comparison"):
        tables.execute(f"TRUNCATE umbra.{table}".encode())
    for kind in ("version", "comparison", "confusion"):
        tables.execute(f"TRUNCATE umbra.{kind}_bucket".encode())
    publisher.publish_images(range(200, 240))

    assert process.exit_code() == 1
    assert "PostgreSQL has lost what it had committed" in process.log()
    wait_for(tables, recount(publisher.committed), start())


class ShutOut:
    """Nobody gets into the database while this lasts, and who is in it is thrown out."""

    def __init__(self, postgres: PostgresSettings, server: str) -> None:
        self._database = conninfo_to_dict(postgres.postgres_dsn.get_secret_value())["dbname"]
        self._server = server

    def __enter__(self) -> None:
        self._run(f"ALTER DATABASE {self._database} ALLOW_CONNECTIONS false")
        self._run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._database}'"
        )

    def __exit__(self, *_: object) -> None:
        self._run(f"ALTER DATABASE {self._database} ALLOW_CONNECTIONS true")

    def _run(self, statement: str) -> None:
        settings = PostgresSettings.model_validate({"postgres_dsn": self._server})
        with closing(connect(settings)) as connection:
            connection.execute(statement.encode())


def test_a_monitor_that_stands_still_ends_with_the_reason_and_the_next_one_goes_on(
    topics: KafkaSettings, start: Start, tables: Connection
) -> None:
    publisher = Publisher(topics)
    publisher.publish_images(range(40))
    with tables.transaction():
        # PostgreSQL answers, yet no batch gets anywhere; nothing else lands meanwhile.
        tables.execute("LOCK TABLE umbra.fence IN EXCLUSIVE MODE")
        process = start(UMBRA_WATCHDOG_S="3")
        assert process.exit_code() == 1
    assert "The monitor ends: Predictions wait and none was applied for 3 s." in process.log()

    wait_for(tables, recount(publisher.committed), start())


def test_topics_made_anew_are_read_from_their_beginning(
    topics: KafkaSettings, start: Start, tables: Connection
) -> None:
    publisher = Publisher(topics)
    process = start().wait_ready()
    publisher.publish_images(range(0, 200))
    wait_for(tables, recount(publisher.committed), process)

    remake(topics)
    assert process.exit_code() == 1
    assert "made anew" in process.log()

    publisher.publish_images(range(200, 240))
    wait_for(tables, recount(publisher.committed), start())


def remake(kafka: KafkaSettings) -> None:
    names = [kafka.topics.predictions_champion, kafka.topics.predictions_shadow]
    client = AdminClient({"bootstrap.servers": kafka.kafka_bootstrap})
    for deleted in client.delete_topics(names).values():
        deleted.result(60)
    eventually(lambda: not {*names} & {*client.list_topics(timeout=5).topics}, lambda: "Topics stay.")
    make_topics(kafka)


def test_a_monitor_without_kafka_waits_says_so_and_stops_at_once(start: Start) -> None:
    process = start(UMBRA_KAFKA_BOOTSTRAP=f"127.0.0.1:{Ports().any()}")

    eventually(lambda: "does not answer" in process.log(), process.log)
    assert process.get("/healthz")[0] == 200
    assert process.get("/readyz")[0] == 503
    assert process.stop() == 0, process.log()


def test_a_monitor_without_topics_waits_for_them(kafka: KafkaSettings, start: Start) -> None:
    process = start()

    eventually(lambda: "umbra topics" in process.log(), process.log)
    make_topics(kafka)
    process.wait_ready()


def test_a_misspelt_variable_is_refused(start: Start) -> None:
    process = start(UMBRA_WATCHDOG="1")

    assert process.exit_code() == 2
    assert "UMBRA_WATCHDOG_S" in process.log()
