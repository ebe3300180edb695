"""Classifiers on graphs that ONNX Runtime runs, beside plain Python."""

from math import exp
from typing import Any

import numpy as np
import pytest

from tests.unit.onnx.heads.scene_graph import make_scene_graph, picture_of
from umbra.contracts.manifest import Input, Manifest, Thresholds
from umbra.contracts.prediction import Shape
from umbra.core.errors import Refused
from umbra.onnx.heads.shapes import shapes
from umbra.onnx.session import Model

LABELS = ["cat", "dog", "owl", "pig"]
SIZE = (8, 8)
LOGITS = np.array([[2.0, -1.0, 0.5, 0.0], [-3.0, 4.0, 4.0, -9.0], [0.0, 0.0, 0.0, 0.0]], np.float32)


def judged(table: np.ndarray[Any, Any], **fields: Any) -> list[tuple[list[Shape], list[Shape]]]:
    """Of each scene its shapes and candidates."""
    manifest = Manifest(
        name="m",
        task="classification",
        head="classification",
        labels=LABELS,
        **{"input": Input(name="images", size=SIZE, resize="stretch", scale=1 / 255, pad=0), **fields},
    )
    model = Model.load(make_scene_graph({"scores": table}, SIZE), manifest, threads=1, rows=2)
    outcomes = model.infer_images([picture_of(scene, 20, 10) for scene in range(len(table))])
    return [shapes(outcome, manifest) for outcome in outcomes]  # type: ignore[arg-type]


def plain(found: list[Shape]) -> list[tuple[str, float]]:
    return [(one.label, one.score) for one in found]


def softmax(row: np.ndarray[Any, Any]) -> list[tuple[str, float]]:
    total = sum(exp(logit) for logit in row.tolist())
    scores = [exp(logit) / total for logit in row.tolist()]
    return sorted(zip(LABELS, scores, strict=True), key=lambda one: -one[1])


@pytest.mark.parametrize("table", [LOGITS, LOGITS[:, :, None, None]], ids=["NxC", "NxCx1x1"])
def test_of_one_label_the_best_is_the_shape_whatever_its_score(table: np.ndarray[Any, Any]) -> None:
    thresholds = Thresholds(operate=0.9, top_k=3)
    for row, (found, others) in zip(LOGITS, judged(table, thresholds=thresholds), strict=True):
        wanted = softmax(row)[:3]
        assert [label for label, _ in plain([*found, *others])] == [label for label, _ in wanted]
        assert [score for _, score in plain([*found, *others])] == pytest.approx(
            [score for _, score in wanted], abs=2e-6
        )
        assert (len(found), len(others)) == (1, 2)


def test_many_labels_are_shapes_from_the_operating_threshold_and_candidates_below() -> None:
    options = {"activation": "sigmoid", "labels": "many"}
    (found, others), *_ = judged(LOGITS, options=options, thresholds=Thresholds(emit=0.3, operate=0.55))

    sigmoid = {label: 1 / (1 + exp(-logit)) for label, logit in zip(LABELS, LOGITS[0].tolist(), strict=True)}
    assert dict(plain(found)) == pytest.approx({label: sigmoid[label] for label in ("cat", "owl")}, abs=2e-6)
    assert plain(others) == [("pig", 0.5)]


def test_probabilities_stay_as_they_are() -> None:
    table = np.array([[0.1, 0.7, 0.15, 0.05]], np.float32)
    ((found, _),) = judged(table, options={"activation": "none"})
    assert plain(found) == [("dog", 0.7)]


def test_logits_that_are_said_to_be_probabilities_are_refused() -> None:
    with pytest.raises(Refused, match=r"A probability of -1 was found.*option activation"):
        judged(LOGITS, options={"activation": "none"})
