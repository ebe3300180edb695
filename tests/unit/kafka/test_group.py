"""A member that its group does not take back."""

from collections.abc import Iterator

import pytest

from umbra.kafka import group
from umbra.kafka.group import Change, GroupConsumer, MemberLost
from umbra.settings import KafkaSettings


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> Iterator[GroupConsumer]:
    """Of a Kafka that is not there."""
    monkeypatch.setattr(group, "REJOIN_S", 0.05)
    settings = KafkaSettings(kafka_bootstrap="127.0.0.1:1")
    found = GroupConsumer(settings, "images", "g", "one", lambda change: None)
    yield found
    found.close()


@pytest.mark.parametrize("changes", [[], ["assigned"], ["lost", "assigned"], ["revoked"]])
def test_who_never_lost_its_place_may_wait_for_ever(consumer: GroupConsumer, changes: list[Change]) -> None:
    for change in changes:
        consumer._changed(change, [])
    for _ in range(3):
        assert consumer.take(1, 0.06) == []


def test_who_is_not_taken_back_after_a_loss_ends(consumer: GroupConsumer) -> None:
    consumer._changed("assigned", [])
    consumer._changed("lost", [])

    assert consumer.take(1, 0.06) == []
    with pytest.raises(MemberLost, match="Group g has not taken this member back"):
        consumer.take(1, 0.06)
