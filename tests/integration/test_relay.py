"""The relay against a real PostgreSQL and a real Kafka, with workers that only say they are ready."""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.control_plane import ControlPlane, assignment, until
from umbra.contracts.worker_status import ModelStatus
from umbra.control.leading import Leading
from umbra.control.relay import Relay
from umbra.core.change import AssignShadow, Promote, RevisionInProgress, RollBack
from umbra.core.revision import Revision
from umbra.kafka.admin import Admin
from umbra.kafka.transaction import ProducerLost
from umbra.postgres import revisions, workers
from umbra.postgres.connection import connect
from umbra.settings import KafkaSettings, PostgresSettings


@pytest.fixture
def plane(kafka: KafkaSettings, postgres: PostgresSettings) -> Iterator[ControlPlane]:
    with ControlPlane(kafka, postgres) as plane:
        plane.make_topics()
        yield plane


def test_a_first_revision_is_active_where_its_markers_are(plane: ControlPlane) -> None:
    plane.send(20)
    with plane.relay():
        active = plane.settled(plane.create()).revision

    assert active.state == "active"
    assert active.topic_id == plane.topic_id()
    assert dict(active.starts) == plane.markers(active)
    assert sorted(active.starts) == [0, 1, 2, 3]
    assert [revision.state for revision in plane.control()] == ["staged", "active"]
    assert plane.control()[-1] == active


def test_its_steps_are_noted_in_order(plane: ControlPlane) -> None:
    with plane.relay():
        noted = plane.settled(plane.create())

    assert [step.step for step in noted.steps] == ["staged", "ready", "markers", "active"]
    times = [noted.revision.requested_at, *(step.at for step in noted.steps)]
    assert sorted(times) == times


def test_a_promotion_waits_until_every_live_worker_is_ready(plane: ControlPlane) -> None:
    with plane.relay():
        plane.settled(plane.create())
        plane.settled(plane.ask(AssignShadow("shadow", assignment("large@1"))))
        for slot in ("champion", "shadow"):
            plane.report(slot, {})
        until(lambda: len(workers.select(plane.db)) == 2)
        promotion = plane.ask(Promote(None, "shadow"))
        until(lambda: plane.staged_on_control(promotion))

        plane.report("champion", {promotion.key: "ready"})
        plane.report("shadow", {promotion.key: "loading"})
        until(lambda: any(seen.status.revisions for seen in workers.select(plane.db)))
        assert [noted.revision.key for noted in revisions.staged(plane.db)] == [promotion.key]

        plane.report("shadow", {promotion.key: "ready"})
        active = plane.settled(promotion).revision

    assert active.slots["champion"].model_version == "large@1"
    assert active.slots["shadow"].model_version == "small@1"
    assert dict(active.starts) == plane.markers(active)


def test_a_model_that_does_not_load_fails_the_revision_with_the_workers_reason(plane: ControlPlane) -> None:
    with plane.relay():
        first = plane.settled(plane.create()).revision
        plane.report("shadow", {})
        until(lambda: workers.select(plane.db))
        shadow = plane.ask(AssignShadow("shadow", assignment("large@1")))
        until(lambda: plane.staged_on_control(shadow))
        broken = {"large@1": ModelStatus(state="failed", error="no such operator")}
        plane.report("shadow", {shadow.key: "failed"}, models=broken)
        failed = plane.settled(shadow).revision

    assert failed.state == "failed"
    assert failed.failure is not None
    assert "could not load large@1: no such operator" in failed.failure
    assert plane.control()[-1] == failed
    assert plane.markers(failed) == {}
    assert plane.ask(AssignShadow("shadow", assignment("other@1"))).based_on == first.revision


def test_a_worker_that_never_gets_ready_is_given_up(kafka: KafkaSettings, postgres: PostgresSettings) -> None:
    with ControlPlane(kafka, postgres, load_timeout_s=0.5) as plane:
        plane.make_topics()
        with plane.relay():
            plane.settled(plane.create())
            plane.report("shadow", {})
            until(lambda: workers.select(plane.db))
            failed = plane.settled(plane.ask(AssignShadow("shadow", assignment("large@1")))).revision

    assert failed.failure == f"Not ready within 0.5 s: {plane.topics.worker('shadow', '0')}."


def test_a_worker_that_joins_midway_is_waited_for(plane: ControlPlane) -> None:
    with plane.relay():
        plane.settled(plane.create())
        plane.settled(plane.ask(AssignShadow("shadow", assignment("large@1"))))
        promotion = plane.ask(Promote("shadow", "retire"))
        until(lambda: plane.staged_on_control(promotion))
        plane.report("champion", {}, index="1")
        plane.report("champion", {promotion.key: "ready"}, index="0")
        until(lambda: len(workers.select(plane.db)) == 2)
        plane.report("champion", {promotion.key: "ready"}, index="1")
        noted = plane.settled(promotion)

    # By the broker's clock: the last of them had said it was ready.
    last = max(seen.seen_at for seen in workers.select(plane.db))
    assert noted.revision.state == "active"
    assert (ready_at := noted.at("ready")) is not None
    assert ready_at >= last


def test_a_shadow_slot_whose_workers_all_died_is_not_waited_for(plane: ControlPlane) -> None:
    with plane.relay():
        plane.settled(plane.create())
        for index in ("0", "1"):
            plane.report("shadow", {}, index=index)
        until(lambda: len(workers.select(plane.db)) == 2)
        shadow = plane.ask(AssignShadow("shadow", assignment("large@1")))
        until(lambda: plane.staged_on_control(shadow))
        plane.leave("shadow", index="0")
        assert revisions.staged(plane.db)
        plane.report("shadow", {shadow.key: "loading"}, index="1", failure="out of memory")
        active = plane.settled(shadow).revision

    assert dict(active.starts) == plane.markers(active)


def test_a_champion_is_not_promoted_while_no_champion_worker_lives(plane: ControlPlane) -> None:
    with plane.relay():
        plane.settled(plane.create())
        plane.settled(plane.ask(AssignShadow("shadow", assignment("large@1"))))
        promotion = plane.ask(Promote("shadow", "retire"))
        until(lambda: plane.staged_on_control(promotion))

        plane.report("champion", {promotion.key: "ready"})

        assert plane.settled(promotion).revision.state == "active"


@pytest.mark.parametrize("step", ["markers", "active"])
def test_a_relay_that_dies_before_the_commit_leaves_nothing_and_the_next_one_does_it(
    plane: ControlPlane, step: str
) -> None:
    plane.send(8)
    first = plane.create()
    plane.lead_until(step)
    assert [noted.revision.key for noted in revisions.staged(plane.db)] == [first.key]

    with plane.relay():
        active = plane.settled(first).revision

    assert dict(active.starts) == plane.markers(active)


@pytest.mark.parametrize(("step", "seconds"), [("committed", 0.5), ("active", 7.0)])
def test_a_relay_stands_still_where_it_is_told_to_and_goes_on(
    kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path, step: str, seconds: float
) -> None:
    told = tmp_path / step
    told.touch()
    with ControlPlane(kafka, postgres, relay_pause_dir=str(tmp_path)) as plane:
        plane.make_topics()
        with plane.relay():
            first = plane.create()
            until((tmp_path / f"{step}.reached").exists)
            time.sleep(seconds)  # the transaction's time-out is 5 s: after that this relay is a zombie
            assert [noted.revision.key for noted in revisions.staged(plane.db)] == [first.key]
            told.unlink()
            active = plane.settled(first, 30).revision

        assert active.state == "active"
        assert dict(active.starts) == plane.markers(active)


def test_a_relay_that_dies_after_the_commit_is_believed_by_the_next_one(plane: ControlPlane) -> None:
    first = plane.create()
    plane.lead_until("committed")
    assert [noted.revision.key for noted in revisions.staged(plane.db)] == [first.key]

    with plane.relay():
        active = plane.settled(first).revision

    assert dict(active.starts) == plane.markers(active)
    assert [revision.state for revision in plane.control()] == ["staged", "active"]


def test_a_relay_that_was_overtaken_within_its_transaction_writes_nothing(plane: ControlPlane) -> None:
    plane.send(8)
    first, activated = plane.create(), list[Revision]()

    def overtaken(step: str) -> None:
        if step == "markers":
            db.close()  # with the lock; it has not noticed
            with plane.relay():
                activated.append(plane.settled(first).revision)

    with closing(connect(plane.settings)) as db, Leading(plane.settings, db, overtaken) as zombie:
        zombie.tick()  # publishes it
        with pytest.raises(ProducerLost):
            zombie.tick()

    assert [dict(active.starts) for active in activated] == [plane.markers(first)]
    assert plane.control()[-1:] == activated
    assert [revision.state for revision in plane.control()] == ["staged", "active"]


def test_a_second_relay_waits_and_takes_over(plane: ControlPlane) -> None:
    with plane.relay() as first, Relay(plane.settings) as second:
        plane.settled(plane.create())
        assert not second.leading
        first.stop()
        until(lambda: second.leading)
        active = plane.settled(plane.ask(AssignShadow("shadow", assignment("large@1")))).revision

    assert dict(active.starts) == plane.markers(active)


def test_a_fresh_database_learns_everything_from_the_control_topic(
    plane: ControlPlane, postgres: PostgresSettings
) -> None:
    with plane.relay():
        plane.settled(plane.create())
        plane.settled(plane.ask(AssignShadow("shadow", assignment("large@1"))))
    before = revisions.everything(plane.db)
    plane.db.execute("TRUNCATE umbra.revision, umbra.replay, umbra.deployment, umbra.model_version")

    with plane.relay():
        after = revisions.everything(plane.db)

    assert [noted.revision for noted in after] == [noted.revision for noted in before]
    assert [id for (id,) in plane.db.execute("SELECT id FROM umbra.model_version ORDER BY id")] == [
        "large@1",
        "small@1",
    ]


def test_a_restored_database_learns_what_it_missed_and_gives_no_number_away_again(
    plane: ControlPlane,
) -> None:
    tables = ("umbra.deployment", "umbra.model_version", "umbra.revision")
    with plane.relay():
        plane.settled(plane.create())
        for number, table in enumerate(tables):
            plane.db.execute(f"CREATE TABLE backup{number} AS TABLE {table}".encode())
        plane.settled(plane.ask(AssignShadow("shadow", assignment("large@1"))))
        plane.settled(plane.ask(RollBack(1)))
        before, on_control = revisions.everything(plane.db), plane.control()
        plane.db.execute(f"TRUNCATE {', '.join(tables)} CASCADE".encode())
        for number, table in enumerate(tables):
            plane.db.execute(f"INSERT INTO {table} TABLE backup{number}".encode())

        assert plane.ask(AssignShadow("shadow", assignment("other@1"))).revision == 2
        until(lambda: len(revisions.everything(plane.db)) == 3)
        after = revisions.everything(plane.db)
        next_one = plane.ask(AssignShadow("shadow", assignment("other@1")))

    assert [noted.revision for noted in after] == [noted.revision for noted in before]
    assert plane.control()[: len(on_control)] == on_control
    assert next_one.revision == 4


def test_a_topic_with_more_partitions_is_anchored(plane: ControlPlane) -> None:
    with plane.relay():
        plane.settled(plane.create())
        Admin(plane.kafka).grow(plane.topics.images, 6)
        anchored = until(lambda: revisions.find(plane.db, "digits", 2))
        active = plane.settled(anchored.revision).revision

    assert active.kind == "reanchor"
    assert {p: active.starts[p] for p in (4, 5)} == {4: 0, 5: 0}
    assert {p: active.starts[p] for p in range(4)} == plane.markers(active)


def test_an_images_topic_made_anew_is_anchored_from_its_first_image(plane: ControlPlane) -> None:
    with plane.relay() as relay:
        plane.settled(plane.create())
        plane.delete_topics(plane.topics.images)
        until(lambda: relay.trouble is not None)
        assert not relay.crashed
        plane.make_topics()
        anchored = plane.settled(until(lambda: revisions.find(plane.db, "digits", 2)).revision).revision

    assert (anchored.kind, anchored.requested_by) == ("reanchor", "relay")
    assert anchored.topic_id == plane.topic_id()
    assert anchored.starts == {0: 0, 1: 0, 2: 0, 3: 0}
    assert plane.markers(anchored) == {}


def test_a_fresh_kafka_learns_everything_from_the_database(plane: ControlPlane) -> None:
    with plane.relay():
        first = plane.settled(plane.create()).revision
        second = plane.settled(plane.ask(AssignShadow("shadow", assignment("large@1")))).revision
    plane.delete_topics(plane.topics.images, plane.topics.control, plane.topics.workers)
    plane.make_topics()

    with plane.relay():
        anchored = plane.settled(until(lambda: revisions.find(plane.db, "digits", 3)).revision).revision

    assert [revision for revision in plane.control() if revision.revision < 3] == [first, second]
    assert anchored.slots == second.slots
    assert anchored.starts == {0: 0, 1: 0, 2: 0, 3: 0}


def test_an_immediate_rollback_gives_up_the_open_revision_and_writes_no_marker(plane: ControlPlane) -> None:
    with plane.relay():
        plane.settled(plane.create())
        plane.settled(plane.ask(AssignShadow("shadow", assignment("large@1"))))
        plane.report("shadow", {})
        until(lambda: workers.select(plane.db))
        stuck = plane.ask(AssignShadow("shadow", assignment("other@1")))
        until(lambda: plane.staged_on_control(stuck))
        with pytest.raises(RevisionInProgress):
            plane.ask(AssignShadow("shadow", assignment("third@1")))
        plane.send(8)
        rollback = plane.ask(RollBack(1), immediate=True)
        active = plane.settled(rollback).revision

    assert active.state == "active"
    assert plane.markers(active) == {}
    # The champion group has committed nothing: it begins where the deployment does.
    first = revisions.find(plane.db, "digits", 1)
    assert first is not None
    assert active.starts == first.revision.starts
    states = {revision.key: revision.state for revision in plane.control()}
    assert states[stuck.key] == "failed"


def test_an_immediate_rollback_does_not_give_up_a_revision_that_is_going_out(plane: ControlPlane) -> None:
    going_out = threading.Event()
    commits = itertools.count(1)

    def slow(step: str) -> None:
        if step == "committed" and next(commits) == 3:
            going_out.set()
            time.sleep(1.0)  # Kafka knows, PostgreSQL does not yet

    with plane.relay(slow):
        plane.settled(plane.create())
        plane.settled(plane.ask(AssignShadow("shadow", assignment("large@1"))))
        third = plane.ask(AssignShadow("shadow", assignment("other@1")))
        assert going_out.wait(20)
        rollback = plane.ask(RollBack(1), immediate=True)
        plane.settled(rollback)

    noted = revisions.find(plane.db, "digits", third.revision)
    on_control = [revision for revision in plane.control() if revision.key == third.key]
    assert noted is not None
    assert on_control[-1] == noted.revision
    assert noted.revision.state == "active"
    assert rollback.based_on == third.revision


def test_workers_are_mirrored_until_they_leave(plane: ControlPlane) -> None:
    plane.report("champion", {})
    with plane.relay():
        until(lambda: [seen.status.slot for seen in workers.select(plane.db)] == ["champion"])
        plane.report("shadow", {})
        until(lambda: len(workers.select(plane.db)) == 2)
        plane.leave("shadow")
        until(lambda: len(workers.select(plane.db)) == 1)


def test_a_broken_record_on_the_workers_or_control_topic_is_skipped(plane: ControlPlane) -> None:
    for topic in (plane.topics.workers, plane.topics.control):
        plane.producer.send(topic, key=b"x", value=b"{broken", partition=0).result(60)

    with plane.relay():
        assert plane.settled(plane.create()).revision.state == "active"
