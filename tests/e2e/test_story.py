"""The story, in order: images flow, a shadow is assigned, comparisons appear, the shadow dies and the
champion does not notice, the shadow is promoted, the promotion is rolled back, another shadow comes."""

import os
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.system import System, until
from umbra.contracts.headers import MARKER
from umbra.contracts.http.comparison import PairFigures
from umbra.contracts.prediction import Prediction, prediction_decoder

DIGITS = Path("examples/digits/scenes")


def predictions(system: System, slot: str) -> list[Prediction]:
    """What a read-committed consumer sees of a slot."""
    topic = system.kafka.topics.predictions(slot)
    found = (prediction_decoder.decode(record.value) for record in system.records(topic))
    return [prediction for prediction in found if prediction.slot == slot]


def send(system: System, scenes: list[Path], run: str) -> int:
    """Send the scenes through ingest under ids of this run; how many."""
    for scene in scenes:
        system.client.deployment("digits").send(scene.read_bytes(), image_id=f"{run}/{scene.stem}")
    return len(scenes)


def judged(system: System, slot: str, run: str) -> list[Prediction]:
    """The predictions of one run's images."""
    return [p for p in predictions(system, slot) if p.image_id.startswith(f"{run}/")]


def test_models_are_registered_from_their_files(system: System) -> None:
    champion = system.client.models.add(DIGITS / "det_champion.onnx", name="digits-small")
    shadow = system.client.models.add(DIGITS / "det_shadow.onnx", name="digits-large")

    assert (champion.id, shadow.id) == ("digits-small@1", "digits-large@1")
    assert champion.labels == [str(digit) for digit in range(10)]


def test_images_flow_through_the_champion(system: System, scenes: list[Path]) -> None:
    system.client.deployments.create("digits", champion="digits-small@1")

    sent = send(system, scenes[:40], "alone")

    until(lambda: len(judged(system, "champion", "alone")) == sent, why=system.tail)
    seen = judged(system, "champion", "alone")
    assert {p.model_version for p in seen} == {"digits-small@1"}
    assert {p.status for p in seen} == {"ok"}


def test_an_assigned_shadow_is_compared_on_every_image(system: System, scenes: list[Path]) -> None:
    digits = system.client.deployment("digits")
    digits.wait_active(digits.set_shadow_model("digits-large@1").revision)

    sent = send(system, scenes[:60], "both")

    def compared() -> bool:
        pairs = digits.comparisons(window="15m").pairs
        return bool(pairs) and pairs[0].complete == sent

    until(compared, why=system.tail)
    pair = digits.comparisons(window="15m").pairs[0]
    assert (pair.champion, pair.shadow, pair.waiting, pair.orphans) == (
        "digits-small@1",
        "digits-large@1",
        0,
        0,
    )
    assert pair.agreement is not None
    assert 0.5 < pair.agreement < 0.95
    image = digits.image("both/" + scenes[0].stem)
    assert set(image.predictions) == {"champion", "shadow"}


def test_a_dead_shadow_changes_nothing_for_the_champion(system: System, scenes: list[Path]) -> None:
    pid = system.kill("shadow_worker", signal.SIGSTOP)
    try:
        sent = send(system, scenes[:40], "shadow-stopped")
        until(lambda: len(judged(system, "champion", "shadow-stopped")) == sent, why=system.tail)
        assert judged(system, "shadow", "shadow-stopped") == []
    finally:
        os.kill(pid, signal.SIGKILL)

    until(lambda: len(judged(system, "shadow", "shadow-stopped")) == sent, why=system.tail)


def test_a_promotion_switches_both_groups_at_the_same_image(system: System, scenes: list[Path]) -> None:
    digits = system.client.deployment("digits")
    before = send(system, scenes[:50], "before")
    promotion = digits.wait_active(digits.promote(reason="better in the story").revision)
    after = send(system, scenes[:50], "after")

    for slot, old, new in (
        ("champion", "digits-small@1", "digits-large@1"),
        ("shadow", "digits-large@1", "digits-small@1"),
    ):
        until(lambda slot=slot: len(judged(system, slot, "after")) == after, why=system.tail)  # type: ignore[misc]
        assert len(judged(system, slot, "before")) == before
        for p in predictions(system, slot):
            if p.image_id.startswith(("before/", "after/")):
                behind = p.image.offset >= promotion.starts[p.image.partition]
                assert p.model_version == (new if behind else old)
                assert (p.revision == promotion.revision) == behind


def test_a_rollback_returns_to_the_former_champion(system: System, scenes: list[Path]) -> None:
    digits = system.client.deployment("digits")
    rollback = digits.wait_active(digits.rollback(reason="the story goes back").revision)

    sent = send(system, scenes[:20], "back")

    until(lambda: len(judged(system, "champion", "back")) == sent, why=system.tail)
    assert {p.model_version for p in judged(system, "champion", "back")} == {"digits-small@1"}
    assert rollback.slots["champion"].model_version == "digits-small@1"


def test_another_shadow_slot_gets_a_worker_of_its_own(system: System, scenes: list[Path]) -> None:
    digits = system.client.deployment("digits")
    digits.wait_active(digits.set_shadow_model("digits-large@1", slot="canary-b").revision)

    sent = send(system, scenes[:20], "canary")

    until(lambda: len(judged(system, "canary-b", "canary")) == sent, why=system.tail)
    assert len(predictions(system, "canary-b")) == sent
    assert "shadow_worker.canary-b" in system.endpoints()["metrics"]
    assert {slot: held.workers for slot, held in digits.show().slots.items()} == {
        "champion": 1,
        "shadow": 1,
        "canary-b": 1,
    }
    cleared = digits.wait_active(digits.clear_shadow("canary-b").revision)
    assert cleared.slots.keys() == {"champion", "shadow"}


def test_a_replay_compares_a_model_with_what_the_champion_said_of_the_same_images(system: System) -> None:
    digits = system.client.deployment("digits")
    live = digits.metrics(window="1h").slots.keys()

    def replayed() -> PairFigures:
        replay = digits.replays.begin("digits-large@1", "1h", max=True)
        done = digits.replays.wait(replay.id, 120.0)
        images = len(predictions(system, "champion"))
        assert len(predictions(system, replay.slot)) == images

        def counted() -> list[PairFigures]:
            pairs = digits.comparisons(done.window, slot=replay.slot).pairs
            return pairs if sum(pair.complete for pair in pairs) == images else []

        pairs = until(counted, why=system.tail)
        assert {pair.champion for pair in pairs} == {"digits-small@1", "digits-large@1"}
        assert sum(pair.waiting + pair.orphans + pair.mixed for pair in pairs) == 0
        itself = next(pair for pair in pairs if pair.champion == "digits-large@1")
        assert (itself.agreement, itself.flips_per_image) == (1.0, 0.0)
        return next(pair for pair in pairs if pair.champion == "digits-small@1")

    once, again = replayed(), replayed()

    assert once.agreement is not None
    assert 0.5 < once.agreement < 0.95
    assert replace(once, slot="", series=again.series) == replace(again, slot="")
    assert digits.metrics(window="1h").slots.keys() == live
    assert [entry.state for entry in digits.replays.list()] == ["done", "done"]


@pytest.mark.parametrize("slot", ["champion", "shadow"])
def test_in_the_end_every_image_was_judged_exactly_once(system: System, slot: str) -> None:
    history = reversed(system.client.deployment("digits").revisions())
    since = next(entry.starts for entry in history if slot in entry.slots)
    landed = [
        (record.partition, record.offset)
        for record in system.records(system.kafka.topics.images)
        if MARKER not in dict(record.headers) and record.offset > since[record.partition]
    ]
    assert len(landed) > 200

    def places() -> Counter[tuple[int, int]]:
        return Counter((p.image.partition, p.image.offset) for p in predictions(system, slot))

    until(lambda: places().keys() >= set(landed), why=system.tail)
    assert places() == Counter(landed)
