"""Classifiers: one number for each label, (N, C) or (N, C, 1, 1).

timm, torchvision and Hugging Face export logits; Ultralytics and Keras end with the softmax; models of
several labels at once with the sigmoid, or its logits.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from umbra.contracts.manifest import Manifest, Task
from umbra.core.class_scores import ClassScores
from umbra.onnx.heads import layout
from umbra.onnx.heads.activation import ACTIVATIONS, Probabilities
from umbra.onnx.heads.head import Outputs
from umbra.onnx.heads.layout import IMAGES, Labels, Layout
from umbra.onnx.heads.options import option
from umbra.onnx.heads.probabilities import clipped, refuse_improbable
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

ALTERNATIVES = ((Layout((IMAGES, Labels())),), (Layout((IMAGES, Labels(), 1, 1)),))


class Classification:
    """`labels`: an image has the one of the best score, or as many as reach the threshold."""

    task: Task = "classification"
    roles = ("scores",)
    options: Mapping[str, tuple[str, ...]] = {
        "activation": ("softmax", "none", "sigmoid"),
        "labels": ("one", "many"),
    }

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """As `Head`."""
        return layout.mismatch_with_all(outputs, ALTERNATIVES, labels)

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[ClassScores]:
        """As `Head`."""
        (output,) = outputs
        scores = ACTIVATIONS[option(self, manifest, "activation")](output.reshape(len(projections), -1))
        refuse_improbable(scores)
        read = _one if option(self, manifest, "labels") == "one" else _many
        return [read(row, manifest) for row in clipped(scores)]


def _one(scores: Probabilities, manifest: Manifest) -> ClassScores:
    """The best labels, whatever their scores."""
    best = np.argsort(-scores, kind="stable")[: manifest.thresholds.top_k]
    return ClassScores(scores[best], best, exclusive=True)


def _many(scores: Probabilities, manifest: Manifest) -> ClassScores:
    """Those that reach `emit`."""
    enough = np.flatnonzero(scores >= manifest.thresholds.emit)
    best = enough[np.argsort(-scores[enough], kind="stable")]
    return ClassScores(scores[best], best, exclusive=False)
