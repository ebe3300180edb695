"""The poll stage with everything round it faked: what is dropped on a stop is read again."""

from types import SimpleNamespace
from typing import Any

from tests.unit.worker.records import TOPIC_ID, make_image, make_revision
from tests.unit.worker.test_membership import joined
from umbra.core.control_view import ControlView
from umbra.worker.metrics import Metrics
from umbra.worker.pace import Pace
from umbra.worker.poll import Poll
from umbra.worker.rules import Rules
from umbra.worker.settings import Settings


def test_images_dropped_because_the_worker_stops_are_not_passed() -> None:
    membership, joined_consumer = joined()
    consumer: Any = joined_consumer
    consumer.happens = [make_image(10), make_image(11)]
    consumer.ends = {0: 12}
    consumer.high = {0: 12, 1: 20}.get

    class Loading:
        def get(self, *_: object) -> None:
            membership.stopping.set()

    stages: Any = SimpleNamespace(models=Loading(), pace=Pace(), turn=None)
    view = ControlView([make_revision(1, {0: 0, 1: 0})])
    control: Any = SimpleNamespace(view=view)
    opener: Any = None
    poll = Poll(Settings(slot="champion"), membership, control, opener, stages, Metrics(), {})
    poll.rules = Rules(view, "champion", TOPIC_ID)

    poll.step()

    assert membership.epoch.next == {0: 10, 1: 20}
