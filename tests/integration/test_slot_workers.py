"""The workers of further shadow slots of a local stack: which it starts and ends, on a real Kafka."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.integration.scripted import ScriptedStream
from tests.integration.workplace import until
from umbra.core.names import SHADOW
from umbra.local.slot_workers import SlotWorkers
from umbra.settings import KafkaSettings, LocalSettings

SMALL = {"champion": "small@1", SHADOW: "small@1"}


class Crew:
    """Notes whose worker runs."""

    def __init__(self) -> None:
        self.running: list[str] = []

    def start_worker(self, slot: str) -> None:
        assert slot not in self.running
        self.running.append(slot)

    def end_worker(self, slot: str) -> None:
        self.running.remove(slot)


@contextmanager
def staffed(kafka: KafkaSettings, crew: Crew, **given: Any) -> Iterator[list[str]]:
    """The slots of this Kafka as a stack staffs them; what it says."""
    said: list[str] = []
    settings = LocalSettings.load(**given)
    with SlotWorkers(kafka, settings, crew, said.append):
        yield said


def test_a_slot_has_a_worker_from_when_it_is_held_until_its_last_image_is_judged(
    kafka: KafkaSettings,
) -> None:
    stream, crew = ScriptedStream(kafka), Crew()
    stream.activate({**SMALL, "canary-b": "large@1"})
    stream.send(8)
    with staffed(kafka, crew, shadow_worker_linger_s=0):
        until(lambda: crew.running == ["canary-b"])
        stream.activate({**SMALL, "night": "large@1"})
        until(lambda: crew.running == ["canary-b", "night"])
        stream.send(8)
        stream.commit("canary-b")
        until(lambda: crew.running == ["night"])
        stream.activate({})

    # Another day: images of the slot `night` are left, of the other one there are none.
    crew = Crew()
    with staffed(kafka, crew, shadow_worker_linger_s=0):
        until(lambda: crew.running == ["night"])
        stream.commit("night")
        until(lambda: crew.running == [])


def test_there_are_no_more_workers_than_the_stack_may_have(kafka: KafkaSettings) -> None:
    stream, crew = ScriptedStream(kafka), Crew()
    stream.activate({**SMALL, "a": "large@1", "b": "large@1"})
    with staffed(kafka, crew, shadow_workers=1) as said:
        until(lambda: said)
    assert crew.running == ["a"]
    assert said == [
        "Slot b gets no worker for now: UMBRA_SHADOW_WORKERS=1 are running. "
        "Raise it, or start one yourself: umbra worker --slot b"
    ]
