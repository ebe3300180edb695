"""One replay as a process: `python -m umbra.worker.replaying ID`, started by `umbra.worker.replays`."""

import logging
import sys
import threading
from collections.abc import Callable

from umbra.control.view import ControlTopic
from umbra.core.errors import Refused
from umbra.core.replay import Replay, ReplayView
from umbra.kafka.follow import Follower
from umbra.worker import worker
from umbra.worker.duty import Duty
from umbra.worker.live_traffic import LiveTraffic
from umbra.worker.main import leave, main
from umbra.worker.settings import Settings
from umbra.worker.turn import IMAGES, SHARE, Bounds, Turn

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.2


def run(settings: Settings, stopping: threading.Event, id: str) -> int:
    """Judge what the replay covers until it is settled, or `stopping` is set; the exit code.

    Raises:
        Refused: the control topic has no such replay.
        Retryable: Kafka is away.
    """
    with ControlTopic(settings) as control:
        control.read_to_end()
        replay = _found(control, id)
        if replay.state != "open":
            return 0
        _stop_when(stopping, lambda: control.replays[id].state != "open")
        return worker.work(_fitted(settings, replay), stopping, _duty(settings, replay, stopping))


def _found(control: ControlTopic, id: str) -> Replay:
    if id not in control.replays:
        raise Refused(f"There is no replay {id} on the control topic.")
    return control.replays[id]


def _fitted(settings: Settings, replay: Replay) -> Settings:
    """The settings of its worker: it computes on one core, in small batches unless it need not yield."""
    own: dict[str, object] = {"slot": replay.slot, "metrics_port": 0}
    if replay.yields:
        own |= {"batch_images": min(IMAGES, settings.batch_images), "ort_threads": 1, "decoders": 1}
    return settings.model_copy(update=own)


def _duty(settings: Settings, replay: Replay, stopping: threading.Event) -> Duty:
    traffic = LiveTraffic()
    if replay.yields:
        follower = Follower(settings, settings.topics.workers)
        threading.Thread(
            target=traffic.run, args=(follower, stopping), name="live traffic", daemon=True
        ).start()
    # Who says how many a second has said what may be taken of the machine.
    share = SHARE if replay.yields and replay.rate is None else None
    return Duty(ReplayView(replay), Turn(Bounds(replay.rate, share), traffic.behind), replay.ends)


def _stop_when(stopping: threading.Event, over: Callable[[], bool]) -> None:
    def watch() -> None:
        while not stopping.wait(_LOOK_EVERY_S):
            if over():
                stopping.set()

    def follow_parent() -> None:
        sys.stdin.buffer.read()
        log.info("Whoever started this replay is gone.")
        stopping.set()

    for name, work in (("settled", watch), ("parent", follow_parent)):
        threading.Thread(target=work, name=name, daemon=True).start()


if __name__ == "__main__":
    leave(main(Settings, lambda settings, stopping: run(settings, stopping, sys.argv[1]), nice=0))
