"""One run of a model, and what becomes of it when the model fails."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.dead_letter import MODEL_ERROR
from umbra.contracts.manifest import Manifest
from umbra.core.errors import ImageError
from umbra.onnx.graph import Graph, Tensor
from umbra.onnx.heads import head
from umbra.onnx.heads.head import Findings
from umbra.onnx.projection import Projection
from umbra.onnx.runtime import RUN_ERRORS, is_the_image, reason

Outcome = Findings | ImageError
"""Of one image. The error's code is `model-error`: the model fails on this image, also alone."""


class Inference:
    """A graph with the head that reads it."""

    def __init__(self, graph: Graph, manifest: Manifest) -> None:
        """Raises:
        Refused: there is no such head, or the graph lacks an output that it needs.
        """
        self._graph = graph
        self._manifest = manifest
        self._head = head(manifest.head)
        self._outputs = graph.outputs(self._head.roles, manifest.outputs)

    def run(self, tensor: Tensor, projections: Sequence[Projection]) -> list[Outcome]:
        """Judge images in one run; when it fails, each in a run of its own.

        Args:
            tensor: (N, …), the model's input.
            projections: N.

        Raises:
            Refused: the outputs do not have the layout that the head reads.
            Exception: memory, device or session are broken; the process must not go on.
        """
        try:
            outputs = self._graph.run(tensor, self._outputs)
        except RUN_ERRORS as err:
            if not is_the_image(err):
                raise
            if len(projections) == 1:
                return [self._failed(f"fails on this image: {reason(err)}")]
            alone = ((tensor[row : row + 1], projections[row : row + 1]) for row in range(len(projections)))
            return [outcome for one in alone for outcome in self.run(*one)]
        return self._read(outputs, projections)

    def _read(self, outputs: list[Tensor], projections: Sequence[Projection]) -> list[Outcome]:
        finite = _finite(outputs)
        if finite.all():
            return list(self._head(outputs, self._manifest, projections))
        fit = np.flatnonzero(finite).tolist()
        read = [output[fit] for output in outputs]
        findings = iter(self._head(read, self._manifest, [projections[row] for row in fit]))
        broken = self._failed("gives NaN or infinity for this image: check its weights and scale.")
        return [next(findings) if ok else broken for ok in finite]

    def _failed(self, what: str) -> ImageError:
        return ImageError(MODEL_ERROR, f"Model {self._manifest.name} {what}")


def _finite(outputs: Sequence[Tensor]) -> NDArray[np.bool_]:
    """(N,): whether every number of an image is finite."""
    per_output = [np.isfinite(output).reshape(len(output), -1).all(axis=1) for output in outputs]
    finite: NDArray[np.bool_] = np.logical_and.reduce(per_output)
    return finite
