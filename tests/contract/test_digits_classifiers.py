"""The shared digits classifiers give the shared reference logits."""

from pathlib import Path

import numpy as np
import pytest

from umbra.contracts.manifest import Input, Manifest, Thresholds
from umbra.core.class_scores import ClassScores
from umbra.onnx.session import Model

CLASSIFIERS = Path("examples/digits/classifiers")

MANIFEST = Manifest(
    name="digits",
    task="classification",
    head="classification",
    labels=[str(digit) for digit in range(10)],
    input=Input(name="image", size=(8, 8), colour="grey", scale=1 / 16, resize="none"),
    thresholds=Thresholds(top_k=10),
)


@pytest.mark.parametrize(("slot", "accuracy"), [("champion", 0.7705), ("shadow", 0.9933)])
def test_scores_are_the_softmax_of_the_reference_logits(slot: str, accuracy: float) -> None:
    test = np.load(CLASSIFIERS / "digits_test.npz")
    logits = np.load(CLASSIFIERS / f"digits_{slot}_logits.npy").astype(np.float64)
    raw = (CLASSIFIERS / f"digits_{slot}.onnx").read_bytes()
    model = Model.load(raw, MANIFEST, threads=1, rows=64)

    outcomes = model.infer_images([image[..., None].repeat(3, axis=2) for image in test["images"]])

    found = [outcome for outcome in outcomes if isinstance(outcome, ClassScores)]
    assert len(found) == 597
    scores = np.array([one.scores[np.argsort(one.classes)] for one in found], np.float64)
    # The logarithm of a softmax is the logit, less the same for all labels of an image.
    softmax = np.exp(logits - logits.max(axis=1, keepdims=True))
    softmax /= softmax.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(scores, softmax, rtol=0, atol=1e-5)
    likely = softmax > 1e-3
    np.testing.assert_allclose(np.log(scores[likely]), np.log(softmax[likely]), rtol=0, atol=1e-5)
    right = np.mean([one.classes[0] == label for one, label in zip(found, test["labels"], strict=True)])
    assert round(float(right), 4) == accuracy
