"""Reviewed images: the ground truth of the example goes in, the published figures come out."""

from pathlib import Path

import pytest

from tests.e2e.system import System, until
from umbra.client import Deployment
from umbra.contracts.http.evaluation import Value, VersionEvaluation
from umbra.contracts.http.review import NamedReview
from umbra.datasets import coco

DIGITS = Path("examples/digits/scenes")


def value(figure: Value | None) -> float:
    assert figure is not None
    assert figure.value is not None
    return figure.value


def versions(digits: Deployment) -> list[VersionEvaluation]:
    return digits.evaluation(window="1h").versions


def test_the_published_figures_come_out(system: System, scenes: list[Path]) -> None:
    champion = system.client.models.add(DIGITS / "det_champion.onnx", name="digits-small")
    shadow = system.client.models.add(DIGITS / "det_shadow.onnx", name="digits-large")
    created = system.client.deployments.create("digits", champion=champion.id, shadows={"shadow": shadow.id})
    digits = system.client.deployment("digits")
    digits.wait_active(created.revision)
    for scene in scenes:
        digits.send(scene.read_bytes(), image_id=scene.name)
    until(lambda: [pair.complete for pair in digits.comparisons().pairs] == [len(scenes)], why=system.tail)

    labelled = coco.read(DIGITS / "gt.json", "detection")
    stored = digits.reviews.add(NamedReview(one.image_ids, one.shapes) for one in labelled)
    assert (stored.created, stored.not_found, stored.refused) == (len(scenes), [], [])

    small, large = versions(digits)
    assert (small.model_version, small.images, small.missing, small.failed) == ("digits-small@1", 200, 0, 0)
    assert value(small.ap) == pytest.approx(0.6508, abs=1e-4)
    assert value(small.ar) == pytest.approx(0.7185, abs=1e-4)
    assert value(large.ap) == pytest.approx(0.8310, abs=1e-4)
    (difference,) = digits.evaluation(window="1h").differences
    assert value(difference.ap) == pytest.approx(0.8310 - 0.6508, abs=2e-4)


def test_a_correction_shows_at_once(system: System, scenes: list[Path]) -> None:
    digits = system.client.deployment("digits")
    before = value(versions(digits)[0].ap)

    digits.reviews.put(scenes[0].name, [], based_on="empty")

    assert value(versions(digits)[0].ap) < before
    history = digits.reviews.history(scenes[0].name)
    assert [entry.review for entry in history] == [2, 1]
    digits.reviews.put(scenes[0].name, history[1].shapes)
    assert value(versions(digits)[0].ap) == pytest.approx(before, abs=1e-12)
