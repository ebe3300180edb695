"""The champion's records are the same, byte for byte but for the clock, whatever its shadow does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from tests.integration.workplace import LARGE, SCENES, SMALL, Workplace, second_long, until
from tests.unit.onnx.graphs import make_detector
from umbra.contracts.prediction import Latency, Prediction
from umbra.core.revision import Assignment
from umbra.settings import KafkaSettings

IMAGES = SCENES[:24]
_ALIVE_S = 1.5
_SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def crashing(workplace: Workplace) -> Iterator[None]:
    """A shadow worker that is killed again and again, at whatever it is."""
    stopping = threading.Event()

    def crash() -> None:
        while not stopping.is_set():
            process = workplace.process("shadow")
            stopping.wait(_ALIVE_S)
            process.kill()
            process.wait()

    thread = threading.Thread(target=crash)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def absent(workplace: Workplace) -> AbstractContextManager[None]:
    return nullcontext()


def healthy(workplace: Workplace) -> AbstractContextManager[None]:
    return workplace.worker("shadow")


SHADOWS: dict[str, tuple[bytes, Callable[[Workplace], AbstractContextManager[None]]]] = {
    "healthy": (LARGE, healthy),
    "absent": (LARGE, absent),
    "crashing": (LARGE, crashing),
    "slow": (make_detector(trap=second_long()), healthy),
}
"""Its model, and its worker."""


def test_what_a_shadow_does_changes_no_record_of_the_champion(kafka: KafkaSettings, tmp_path: Path) -> None:
    found = {shadow: champion_beside(shadow, kafka, tmp_path) for shadow in SHADOWS}

    assert found == dict.fromkeys(SHADOWS, found["healthy"])


def champion_beside(shadow: str, kafka: KafkaSettings, directory: Path) -> list[Any]:
    """The champion's records and revisions over a promotion, beside such a shadow."""
    model, worker = SHADOWS[shadow]
    own = kafka.model_copy(update={"topic_prefix": f"{kafka.topic_prefix}{shadow}."})
    (directory / shadow).mkdir()
    with Workplace(own, directory / shadow) as workplace, worker(workplace):
        beside = workplace.assignment("shadow@1", model)
        # Alone, each image has the same sums in the same order, so the same last digits.
        with workplace.worker("champion", batch_images=1):
            first = _switch(workplace, workplace.assignment("small@1", SMALL), beside)
            workplace.send(IMAGES)
            workplace.judged(len(IMAGES))
            second = _switch(workplace, workplace.assignment("large@1", LARGE), beside)
            workplace.send(IMAGES, start=len(IMAGES))
            predictions = workplace.judged(2 * len(IMAGES))
            if shadow in ("healthy", "slow"):
                workplace.judged(1, slot="shadow")
    return [first, second, sorted(map(_timeless, predictions))]


def _switch(workplace: Workplace, champion: Assignment, shadow: Assignment) -> dict[int, int]:
    """Where the revision begins; its markers' transaction has its last offset in every partition by then."""
    starts = workplace.activate({"champion": champion, "shadow": shadow}).starts
    images = workplace.topics.images
    until(
        lambda: all(at.end == starts[p] + 2 for p, at in workplace.admin.log_ranges(images, starts).items())
    )
    return dict(starts)


def _timeless(prediction: Prediction) -> bytes:
    still = msgspec.structs.replace(
        prediction, landed_at=_SOME_TIME, predicted_at=_SOME_TIME, latency_ms=Latency()
    )
    return msgspec.json.encode(still)
