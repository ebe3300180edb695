"""Epochs, with a consumer that does what it is told."""

import threading
from collections.abc import Collection
from typing import Any

from tests.fakes import FakeConsumer
from tests.unit.worker.records import make_image
from umbra.worker.epoch import Epoch
from umbra.worker.membership import Membership
from umbra.worker.opening import Opened


class FakeOpener:
    def open(self, consumer: Any) -> Opened:
        consumer.seek({0: 10, 1: 20})
        return Opened(Epoch(consumer.changes, "topic", {0: 10, 1: 20}, consumer.group_metadata()), {}, 0)


class LeakyConsumer(FakeConsumer):
    """Gives records of paused partitions, as a client may that had fetched them."""

    def pause(self, partitions: Collection[int]) -> None: ...


def joined(consumer_type: type[FakeConsumer] = FakeConsumer) -> tuple[Membership, FakeConsumer]:
    membership = Membership(consumer_type)  # type: ignore[arg-type]
    consumer: Any = membership.consumer
    consumer.happens = ["assigned"]
    assert membership.take(1, 0) == []
    membership.open(FakeOpener())  # type: ignore[arg-type]
    return membership, consumer


def test_before_the_first_assignment_nothing_is_over() -> None:
    assert not Membership(FakeConsumer).over()  # type: ignore[arg-type]


def test_an_assignment_asks_for_an_epoch() -> None:
    membership, consumer = joined()
    assert not membership.over()
    assert consumer.sought == [{0: 10, 1: 20}]


def test_records_in_hand_when_partitions_change_are_dropped() -> None:
    membership, consumer = joined()
    consumer.happens = [make_image(10), "assigned", make_image(11)]
    assert membership.take(3, 0) == []
    assert membership.over()


def test_a_change_renews_the_group_metadata_before_it_drains() -> None:
    membership, consumer = joined()
    epoch = membership.epoch
    consumer.happens = ["revoked"]
    membership.take(1, 0)
    assert epoch.group == consumer.changes
    assert epoch.dead is not None


def test_an_abort_only_marks_the_epoch_and_the_next_one_begins_with_a_seek() -> None:
    membership, consumer = joined()
    membership.epoch.kill("aborted")
    assert membership.take(1, 0) == []
    membership.open(FakeOpener())  # type: ignore[arg-type]
    assert not membership.over()
    assert consumer.sought[-1] == {0: 10, 1: 20}


def test_an_epoch_opens_only_when_nothing_is_in_flight() -> None:
    membership, _ = joined()
    membership.flights.take_off(0)
    membership.epoch.kill("aborted")
    landed: list[bool] = []

    class Opener(FakeOpener):
        def open(self, consumer: Any) -> Opened:
            landed.append(membership.flights.up == 0)
            return super().open(consumer)

    threading.Timer(0.05, membership.flights.land).start()
    membership.open(Opener())  # type: ignore[arg-type]
    assert landed == [True]


def test_a_short_wait_does_not_pause() -> None:
    membership, consumer = joined()
    consumer.happens = ["lost"]
    assert membership.hold(lambda seconds: "ready") == "ready"
    assert consumer.happens == ["lost"]


def test_a_long_wait_pauses_polls_and_resumes_all_but_the_blocked() -> None:
    membership, consumer = joined()
    membership.block(1, 25, "waits")
    answers = iter([None, None, "ready"])
    assert membership.hold(lambda seconds: next(answers)) == "ready"
    assert consumer.flowing == {0}


def test_a_wait_ends_when_the_partitions_change() -> None:
    membership, consumer = joined()
    consumer.happens = ["lost"]
    assert membership.hold(lambda seconds: None) is None


def test_a_record_that_comes_while_paused_is_read_again() -> None:
    membership, consumer = joined(LeakyConsumer)
    consumer.happens = [make_image(10)]
    assert membership.hold(lambda seconds: None) is None
    assert membership.epoch.dead is not None


def test_a_blocked_partition_is_sought_to_where_it_was_blocked() -> None:
    membership, consumer = joined()
    membership.block(1, 25, "waits")
    assert membership.waiting.reasons() == {1: "waits"}
    membership.unblock()
    assert consumer.sought[-1] == {1: 25}
    assert (membership.blocked, membership.waiting.reasons()) == ({}, {})
