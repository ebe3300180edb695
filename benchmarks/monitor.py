"""How many predictions a second does one monitor compare and keep?"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.installation import Installation
from benchmarks.passage import Passage, steady
from benchmarks.predictions import SHAPES, records
from benchmarks.process import running
from benchmarks.results import Answer, Goal, Row
from benchmarks.statistics import estimate, ratio
from services.monitor.app import BATCH_RECORDS
from services.monitor.flush import SESSION, flush
from services.monitor.reading import Span
from services.monitor.sources import Sources, current_sources
from umbra.kafka.producer import Producer
from umbra.kafka.record import Record
from umbra.postgres.connection import Connection, connect
from umbra.settings import PostgresSettings

_EVERY_S = 0.1
_BACKLOG_S = 120.0


def measure(ground: Ground, effort: Effort) -> Answer:
    installation = Installation(ground)
    backlog = records(installation.kafka, effort.predictions)
    _publish(installation, backlog)
    sources = current_sources(installation.kafka, installation.admin)
    alone: list[Passage] = []
    process: list[Passage] = []
    for _ in range(effort.repeats):
        alone.append(_flush_alone(ground.new_database(), backlog, sources))
        process.append(_monitor(installation, len(backlog)))
    speeds = [passage.per_second for passage in process]
    return Answer(
        "monitor",
        f"Monitor over a backlog on both prediction topics, {SHAPES} shapes each, all compared",
        [
            _row("flush() alone, from memory", alone),
            Row(
                "one monitor process",
                _row("", process).figures
                | {"of flush() alone": ratio(speeds, [passage.per_second for passage in alone])},
            ),
        ],
        [Goal("monitor, predictions/s of one process:", "at least", 8000, estimate(speeds))],
        ["CPU is that of the process; PostgreSQL's own comes on top, on the same machine."],
    )


def _row(name: str, passages: Sequence[Passage]) -> Row:
    return Row(
        name,
        {
            "predictions/s": estimate([passage.per_second for passage in passages]),
            "CPU µs/prediction": estimate([passage.cpu_us for passage in passages]),
        },
    )


def _publish(installation: Installation, backlog: Sequence[Record]) -> None:
    with Producer(installation.kafka) as producer:
        for record in backlog:
            producer.send(
                record.topic,
                value=record.value,
                key=record.key,
                headers=record.headers,
                partition=record.partition,
            )
        if producer.flush(60.0):
            raise TimeoutError("Kafka did not take the predictions within a minute.")


def _flush_alone(postgres: PostgresSettings, backlog: Sequence[Record], sources: Sources) -> Passage:
    span = Span.kept(datetime.now(UTC), days=2)
    with connect(postgres, "bench", **SESSION) as connection:
        began, cpu_began = time.perf_counter(), time.process_time()
        for first in range(0, len(backlog), BATCH_RECORDS):
            flush(connection, backlog[first : first + BATCH_RECORDS], sources, span)
        return Passage(len(backlog), time.perf_counter() - began, time.process_time() - cpu_began)


def _monitor(installation: Installation, predictions: int) -> Passage:
    postgres = installation.ground.new_database()
    dsn = postgres.postgres_dsn.get_secret_value()
    # Its offsets are in the database, so a new one begins at the beginning.
    environ = installation.environ(UMBRA_POSTGRES_DSN=dsn)
    with (
        running(installation.ground, ["services.monitor"], environ) as process,
        connect(postgres, "bench") as connection,
    ):
        applied_at = _applied_at(connection, predictions)
        if process.starts > 1:
            raise AssertionError(f"The monitor was started {process.starts} times.")
        return steady(applied_at, process.clock)


def _applied_at(connection: Connection, predictions: int) -> list[float]:
    """When each prediction was below the fences, in seconds since the epoch; known to a tenth."""
    applied_at: list[float] = []
    deadline = time.monotonic() + _BACKLOG_S
    while len(applied_at) < predictions:
        if time.monotonic() > deadline:
            raise TimeoutError(f"The monitor applied {len(applied_at)} of {predictions} predictions.")
        time.sleep(_EVERY_S)
        applied_at += [time.time()] * (_applied(connection) - len(applied_at))
    return applied_at


def _applied(connection: Connection) -> int:
    row = connection.execute("SELECT coalesce(sum(next_offset), 0)::int FROM umbra.fence").fetchone()
    return int(row[0]) if row else 0
