"""Batches of prediction records into a real PostgreSQL: the tables always equal a batch recount."""

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from services.monitor import settling, sweeper
from services.monitor.flush import SESSION, Tally, flush
from services.monitor.reading import Span
from services.monitor.settings import Settings
from services.monitor.sources import Sources
from tests.predictions import (
    NOON,
    SEVEN,
    SOURCES,
    THREE,
    make_failed,
    make_mask,
    make_prediction,
    records_of,
)
from tests.recount import recount
from tests.tables import Tables, stored
from umbra.contracts.manifest import Task
from umbra.contracts.prediction import Classification, Latency, Mask, Prediction, Rectangle, Rle, Shape
from umbra.contracts.wire import encode
from umbra.core.errors import Retryable
from umbra.kafka.record import Record
from umbra.postgres import advisory, reviews
from umbra.postgres.connection import Connection, SchemaMismatch, connect
from umbra.settings import PostgresSettings

SPAN = Span.kept(datetime.now(UTC), days=14)

EMPTY = Tables({}, {}, {}, {}, {})

AFTER_9999 = datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=2)))


def moved(shape: Rectangle) -> Rectangle:
    x, y, width, height = shape.box
    return Rectangle("1", 0.3, (x + 2, y, width, height))


SHAPES: dict[Task | None, list[Shape]] = {
    None: [SEVEN, THREE, moved(SEVEN)],
    "instance-segmentation": [
        make_mask("7", 10, 10, 20, 20),
        make_mask("3", 60, 60, 20, 20),
        make_mask("3", 12, 10, 20, 20),
        make_mask("7", 10, 14, 20, 20),
    ],
    "semantic-segmentation": [
        make_mask("7", 0, 0, 20, 20),
        make_mask("7", 0, 0, 10, 20),
        make_mask("3", 60, 60, 20, 20),
        make_mask("0", 100, 0, 20, 128),
        make_mask("0", 110, 0, 18, 100),
    ],
    "classification": [Classification(label, 0.5) for label in "730"],
}


@pytest.fixture
def connection(postgres: PostgresSettings) -> Iterator[Connection]:
    with closing(connect(postgres, "test", **SESSION)) as connection:
        yield connection


def both(number: int, **given: Any) -> list[Prediction]:
    """Champion and shadow on one image."""
    return [make_prediction(number, "champion", **given), make_prediction(number, "shadow", **given)]


def stream(images: int, seed: int = 0, task: Task | None = None) -> list[Prediction]:
    """Predictions of three slots with everything that may happen: failures, mixed revisions, late sides."""
    chance = random.Random(seed)
    predictions = []
    for number in range(images):
        for slot in ("champion", "shadow", "canary"):
            made = make_failed if chance.random() < 0.1 else make_prediction
            shapes = [shape for shape in SHAPES[task] if chance.random() < 0.6]
            if task == "semantic-segmentation":
                shapes = list({shape.label: shape for shape in shapes}.values())
            given: dict[str, Any] = {"revision": 2 if chance.random() < 0.1 else 1}
            if made is make_prediction:
                latency = Latency(chance.random(), 0.4, 2.0, chance.random())
                given |= {"shapes": shapes, "latency_ms": latency, "task": task}
            predictions.append(made(number, slot, **given))
    return predictions


def apply(connection: Connection, records: Sequence[Record], sources: Sources = SOURCES) -> Tally:
    return flush(connection, records, sources, SPAN)


def applied(connection: Connection, predictions: Sequence[Prediction | bytes | None]) -> Tally:
    return apply(connection, records_of(predictions))


def counters(connection: Connection) -> dict[str, int]:
    row = connection.execute(
        "SELECT coalesce(sum(duplicates), 0)::int, coalesce(sum(too_late), 0)::int, "
        "coalesce(sum(dead_letters), 0)::int FROM umbra.fence"
    ).fetchone()
    return dict(zip(("duplicates", "too_late", "dead_letters"), row or (), strict=True))


def dead_letters(connection: Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        'SELECT value, code, message FROM umbra.dead_letter ORDER BY "offset"'
    ).fetchall()


def test_an_empty_batch_changes_nothing(connection: Connection) -> None:
    assert applied(connection, []) == Tally()
    assert stored(connection) == EMPTY


def test_a_pair_in_one_batch_is_compared(connection: Connection) -> None:
    tally = applied(connection, both(0))

    assert (tally.applied, tally.pairs) == (2, {"compared": 1})
    assert stored(connection) == recount(both(0))


def test_the_stored_prediction_is_the_one_on_the_wire(connection: Connection) -> None:
    given: dict[str, Any] = {"tags": ["a", "é"], "metadata": {"line": 3}, "task": "detection"}
    prediction = make_prediction(5, source="cam", traceparent="00-1", **given)

    applied(connection, [prediction])

    row = connection.execute(
        "SELECT image_id, tags, metadata, source, traceparent, captured_at, predicted_at, image, "
        "latency_ms, shapes, candidates, error, task FROM umbra.prediction"
    ).fetchone()
    shapes = [
        {"type": "rectangle", "label": s.label, "score": s.score, "box": list(s.box)} for s in (SEVEN, THREE)
    ]
    latency = {"queue": 1.25, "decode": 0.5, "inference": 2.0, "total": 4.0}
    assert row is not None
    assert row[:6] == ("img5", ["a", "é"], {"line": 3}, "cam", "00-1", None)
    assert row[6] == prediction.predicted_at
    assert row[7]["partition"] == 1
    assert row[8:] == (latency, shapes, [], None, "detection")


@pytest.mark.parametrize("first", [0, 1])
def test_halves_in_separate_batches_meet(connection: Connection, first: int) -> None:
    records = records_of(both(0))

    for record in (records[first], records[1 - first]):
        apply(connection, [record])

    assert stored(connection) == recount(both(0))


@pytest.mark.parametrize("size", [1, 7, 50, 1000])
def test_any_cut_into_batches_gives_the_recount(connection: Connection, size: int) -> None:
    predictions = stream(40)
    records = records_of(predictions)

    for start in range(0, len(records), size):
        apply(connection, records[start : start + size])

    assert stored(connection).differences(recount(predictions)) == []


@pytest.mark.parametrize("task", [task for task in SHAPES if task is not None])
def test_every_task_gives_the_recount(connection: Connection, task: Task) -> None:
    predictions = stream(60, task=task)

    for batch in shuffled_batches(records_of(predictions), random.Random(7)):
        apply(connection, batch)

    assert stored(connection).differences(recount(predictions)) == []


@pytest.mark.parametrize("seed", range(3))
def test_any_order_across_partitions_and_topics_gives_the_recount(connection: Connection, seed: int) -> None:
    predictions = stream(40)

    for batch in shuffled_batches(records_of(predictions), random.Random(seed)):
        apply(connection, batch)

    assert stored(connection).differences(recount(predictions)) == []


def shuffled_batches(records: Sequence[Record], chance: random.Random) -> Iterator[list[Record]]:
    """Batches whose records keep their order only within a partition."""
    queues: dict[tuple[str, int], list[Record]] = {}
    for record in records:
        queues.setdefault((record.topic, record.partition), []).append(record)
    while queues:
        batch = []
        for _ in range(chance.randint(1, 20)):
            if queues:
                place = chance.choice(list(queues))
                batch.append(queues[place].pop(0))
                if not queues[place]:
                    del queues[place]
        yield batch


def test_a_redelivered_batch_changes_nothing(connection: Connection) -> None:
    records = records_of(stream(10))
    apply(connection, records)
    before = stored(connection)

    tally = apply(connection, records)

    assert (tally.applied, tally.redelivered) == (0, len(records))
    assert stored(connection) == before


def test_a_record_twice_in_one_batch_counts_once(connection: Connection) -> None:
    records = records_of(both(0))

    tally = apply(connection, [*records, *records])

    assert (tally.applied, tally.redelivered, tally.duplicates) == (2, 2, 0)
    assert stored(connection) == recount(both(0))


def test_the_first_prediction_of_a_landing_and_slot_wins(connection: Connection) -> None:
    again = make_prediction(0, "champion", shapes=[], predicted_at=NOON + timedelta(minutes=1))
    predictions = [*both(0), again]

    tally = applied(connection, predictions)
    assert (tally.applied, tally.duplicates) == (2, 1)
    assert counters(connection)["duplicates"] == 1
    assert stored(connection) == recount(predictions)


def test_a_duplicate_in_a_later_batch_is_counted_and_left_out(connection: Connection) -> None:
    records = records_of([*both(0), make_prediction(0, "shadow", shapes=[])])
    apply(connection, records[:2])

    tally = apply(connection, records[2:])

    assert (tally.applied, tally.duplicates, counters(connection)["duplicates"]) == (0, 1, 1)
    assert stored(connection) == recount(both(0))


def test_a_failed_side_completes_the_pair_without_comparing(connection: Connection) -> None:
    predictions = [make_prediction(0, "champion"), make_failed(0, "shadow")]

    assert applied(connection, predictions).pairs == {"failed": 1}
    assert stored(connection) == recount(predictions)


def test_sides_of_two_revisions_are_mixed(connection: Connection) -> None:
    predictions = [make_prediction(0, "champion", revision=2), make_prediction(0, "shadow", revision=1)]

    assert applied(connection, predictions).pairs == {"mixed": 1}
    assert stored(connection) == recount(predictions)


def test_every_shadow_slot_is_paired_with_the_champion(connection: Connection) -> None:
    slots = ("shadow", "canary", "champion", "night")
    predictions = [make_prediction(0, slot) for slot in slots]

    for record in records_of(predictions):
        apply(connection, [record])

    assert {slot for *_, slot in stored(connection).comparisons} == {"shadow", "canary", "night"}
    assert stored(connection) == recount(predictions)


def test_landings_of_one_image_id_are_not_mixed_up(connection: Connection) -> None:
    predictions = [made for number in (0, 4, 8) for made in both(number, image_id="cam-1")]

    applied(connection, predictions)

    assert stored(connection) == recount(predictions)
    assert len(stored(connection).comparisons) == 3


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "the value is empty"),
        (b"", "the value is empty"),
        (b"{", "Not a prediction"),
        (b"\xff\xfe", "Not a prediction"),
        (b'{"v":1,"image_id":"img1"}', "missing required field `deployment`"),
        (b'{"v":2}', "upgrade the reader first"),
        (encode(make_prediction(0, image_id="a\x00b")), "NUL"),
        (encode(make_prediction(1)), "goes to the partition number of its image"),
        (encode(make_prediction(0, "shadow")), "does not belong on predictions.champion"),
        (encode(make_prediction(0, landed_at=NOON + timedelta(days=400))), "is in the future"),
        (encode(make_prediction(0, landed_at=NOON.replace(tzinfo=None))), "has no time zone"),
        (encode(make_prediction(0, captured_at=AFTER_9999)), "not within the years"),
        (encode(make_prediction(0, shapes=[Mask("7", 0.5, Rle((9, 9), "4"))])), "no run-length encoding"),
    ],
)
def test_a_broken_record_is_a_dead_letter(connection: Connection, value: bytes | None, reason: str) -> None:
    tally = applied(connection, [*both(0), value, *both(4)])

    assert (tally.applied, tally.dead_letters) == (4, 1)
    assert counters(connection)["dead_letters"] == 1
    [(kept, code, message)] = dead_letters(connection)
    assert (kept, code) == (value, "invalid-message")
    assert reason in message
    assert stored(connection) == recount([*both(0), *both(4)])


def test_a_prediction_older_than_retention_is_counted(connection: Connection) -> None:
    old = make_prediction(0, landed_at=SPAN.oldest - timedelta(microseconds=1))

    assert applied(connection, [old]).too_late == 1
    assert counters(connection)["too_late"] == 1
    assert stored(connection) == EMPTY


def test_the_oldest_time_kept_is_applied(connection: Connection) -> None:
    oldest = make_prediction(0, landed_at=SPAN.oldest)

    assert applied(connection, [oldest]).applied == 1
    assert stored(connection) == recount([oldest])


def test_a_batch_over_several_days_makes_each_of_them(connection: Connection) -> None:
    predictions = [made for back in range(4) for made in both(back, landed_at=NOON - timedelta(days=back))]

    applied(connection, predictions)

    assert stored(connection) == recount(predictions)


def test_a_crash_before_the_commit_leaves_nothing(connection: Connection, postgres: PostgresSettings) -> None:
    records = records_of(stream(10))
    connection.execute(
        "CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$"
    )
    connection.execute("CREATE TRIGGER crash BEFORE UPDATE ON umbra.fence EXECUTE FUNCTION crash()")

    with pytest.raises(Retryable):
        apply(connection, records)

    with closing(connect(postgres, "test", **SESSION)) as again:
        assert stored(again) == EMPTY
        again.execute("DROP TRIGGER crash ON umbra.fence")
        apply(again, records)
        assert stored(again).differences(recount(stream(10))) == []


def test_two_owners_of_a_partition_miss_no_pair(postgres: PostgresSettings) -> None:
    """As in a rebalance: both apply everything, in batches of their own, at the same time."""
    predictions = stream(60)
    records = records_of(predictions)

    def own(size: int) -> None:
        with closing(connect(postgres, "test", **SESSION)) as connection:
            for start in range(0, len(records), size):
                persistently(connection, records[start : start + size])

    owners = [threading.Thread(target=own, args=(size,)) for size in (7, 11)]
    for owner in owners:
        owner.start()
    for owner in owners:
        owner.join(60)

    with closing(connect(postgres)) as connection:
        assert stored(connection).differences(recount(predictions)) == []
        assert counters(connection)["duplicates"] == 0


def test_owners_of_each_half_miss_no_pair(postgres: PostgresSettings) -> None:
    predictions = stream(60)
    records = records_of(predictions)

    def own(topic: str) -> None:
        mine = [record for record in records if record.topic == topic]
        with closing(connect(postgres, "test", **SESSION)) as connection:
            for start in range(0, len(mine), 5):
                persistently(connection, mine[start : start + 5])

    owners = [threading.Thread(target=own, args=(topic,)) for topic in SOURCES.ids]
    for owner in owners:
        owner.start()
    for owner in owners:
        owner.join(60)

    with closing(connect(postgres)) as connection:
        assert stored(connection).differences(recount(predictions)) == []


def persistently(connection: Connection, records: Sequence[Record]) -> None:
    for _ in range(20):
        with suppress(Retryable):
            apply(connection, records)
            return
    raise AssertionError("Twenty attempts were not enough.")


def test_a_topic_made_anew_starts_at_its_beginning(connection: Connection) -> None:
    anew = Sources(SOURCES.champion, SOURCES.shadow, {topic: f"{id}-2" for topic, id in SOURCES.ids.items()})
    apply(connection, records_of(both(0)))

    tally = apply(connection, records_of(both(4)), anew)

    assert tally.applied == 2
    assert stored(connection) == recount([*both(0), *both(4)])


@pytest.mark.parametrize(
    "given",
    [
        {"revision": 2**40},
        # Too long for an index, which PostgreSQL reports like a server in trouble.
        {"model_version": random.Random(1).randbytes(10_000).hex()},
    ],
    ids=list,
)
def test_a_record_that_breaks_the_flush_is_kept_aside_alone(
    connection: Connection, given: dict[str, Any]
) -> None:
    too_great = make_prediction(4, **given)
    predictions = [*both(0), too_great, *both(8)]

    tallies = list(
        settling.settle(
            records_of(predictions),
            lambda records: apply(connection, records),
            lambda record, err: settling.park(connection, record, SOURCES, err),
        )
    )

    assert sum(tally.applied for tally in tallies) == 4
    [(kept, _, message)] = dead_letters(connection)
    assert kept == encode(too_great)
    assert "It cannot be applied" in message
    assert stored(connection) == recount([*both(0), *both(8)])


def test_a_missing_table_is_nobodys_record(connection: Connection) -> None:
    connection.execute("DROP TABLE umbra.comparison")

    with pytest.raises(SchemaMismatch, match="umbra migrate"):
        applied(connection, both(0))


def test_the_sweeper_heals_what_was_left_unpaired(connection: Connection) -> None:
    predictions = stream(20)
    applied(connection, predictions)
    for table in ("comparison", "comparison_bucket", "confusion_bucket"):
        connection.execute(f"DELETE FROM umbra.{table}".encode())

    healed = sweeper.heal(connection, NOON)

    assert healed == 40
    assert stored(connection).differences(recount(predictions)) == []
    assert sweeper.heal(connection, NOON) == 0


def test_the_sweeper_forgets_what_retention_does_not_cover(
    connection: Connection, postgres: PostgresSettings
) -> None:
    predictions = both(0)
    applied(connection, predictions)
    settings = Settings(**postgres.model_dump(), predictions_retention_days=1, bucket_retention_days=1)

    sweeper.sweep(connection, settings, NOON + timedelta(days=1), timedelta(minutes=1))
    assert stored(connection) == recount(predictions)

    sweeper.sweep(connection, settings, NOON + timedelta(days=3), timedelta(minutes=1))
    assert stored(connection) == EMPTY
    assert days_of(connection) == [(NOON + timedelta(days=days)).date() for days in (2, 3, 4)]


def test_retention_leaves_the_predictions_of_reviewed_images(
    connection: Connection, postgres: PostgresSettings
) -> None:
    applied(connection, [*both(0), *both(1), *both(2)])
    (landings,) = reviews.landings(connection, "digits", [reviews.Wanted(["img1"])])
    review = reviews.NewReview(landings[0], "digits", "detection", [], "somebody")
    reviews.add(connection, [review], shapes_alone=True)
    settings = Settings(**postgres.model_dump(), predictions_retention_days=1, bucket_retention_days=1)

    for days_later in (3, 4):
        sweeper.sweep(connection, settings, NOON + timedelta(days=days_later), timedelta(minutes=1))

        kept = connection.execute("SELECT image_id, slot FROM umbra.prediction ORDER BY slot").fetchall()
        assert kept == [("img1", "champion"), ("img1", "shadow")]
        assert connection.execute("SELECT FROM umbra.comparison").fetchone() is None
        assert NOON.date() in days_of(connection)


def days_of(connection: Connection) -> list[date]:
    names = connection.execute(
        "SELECT relname FROM pg_class WHERE relname ~ '^prediction_[0-9]{8}$' ORDER BY relname"
    ).fetchall()
    return [datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC).date() for (name,) in names]


def test_two_sweepers_do_not_sweep_at_once(connection: Connection, postgres: PostgresSettings) -> None:
    settings = Settings(**postgres.model_dump())
    with closing(connect(postgres)) as other:
        advisory.wait_for(other, advisory.SWEEPER)

        assert sweeper.sweep(connection, settings, NOON, timedelta(days=1)) == 0
        assert days_of(connection) == []
