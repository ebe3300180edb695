"""One run of a model, and what becomes of it when the model fails."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from umbra.contracts.dead_letter import MODEL_ERROR
from umbra.contracts.manifest import Manifest
from umbra.core.errors import ImageError, Refused
from umbra.onnx.graph import Graph, Tensor
from umbra.onnx.heads import head
from umbra.onnx.heads.head import Findings
from umbra.onnx.heads.options import refuse_unknown_options
from umbra.onnx.one_image import is_fed_one_by_one, with_image_axis
from umbra.onnx.projection import Projection
from umbra.onnx.runtime import RUN_ERRORS, is_the_image, reason
from umbra.onnx.signature import Tensor as Described

Outcome = Findings | ImageError
"""Of one image. The error's code is `model-error`: the model fails on this image, also alone."""


class Inference:
    """A graph with the head that reads it.

    Attributes:
        at_once: images in a run at most, when graph or head set that; else None.
    """

    def __init__(self, graph: Graph, manifest: Manifest) -> None:
        """Raises:
        Refused: there is no such head or option of it, or the graph lacks an output that it needs.
        """
        self._graph = graph
        self._manifest = manifest
        self._head = head(manifest.head)
        refuse_unknown_options(self._head, manifest)
        outputs = graph.outputs(self._head.roles, manifest.outputs)
        self._names = [output.name for output in outputs]
        alone = is_fed_one_by_one(self._head, outputs, graph.fixed_batch)
        self.at_once = 1 if alone else graph.fixed_batch

    def run(self, tensor: Tensor, projections: Sequence[Projection]) -> list[Outcome]:
        """Judge images in one run; when it fails, each in a run of its own.

        Args:
            tensor: (N, …), the model's input.
            projections: N.

        Raises:
            Exception: memory, device or session are broken; the process must not go on.
        """
        try:
            outputs = self._graph.run(tensor, self._names)
        except RUN_ERRORS as err:
            if not is_the_image(err):
                raise
            if len(projections) == 1:
                return [self._failed(f"fails on this image: {reason(err)}")]
            alone = _one_by_one([tensor], projections)
            return [outcome for (row,), its in alone for outcome in self.run(row, its)]
        return self._judged(with_image_axis(self._head, outputs), projections)

    def _judged(self, outputs: Sequence[Tensor], projections: Sequence[Projection]) -> list[Outcome]:
        if (mismatch := self._mismatch(outputs, len(projections))) is not None:
            unread = self._failed(
                f"cannot be read by head {self._manifest.head}: {mismatch}. Correct the manifest's head,"
                " outputs or labels, or export the model as the head reads it."
            )
            return [unread] * len(projections)
        finite = _finite(outputs)
        if finite.all():
            return self._read(outputs, projections)
        broken = self._failed("gives NaN or infinity for this image: check its weights and scale.")
        alone = _one_by_one(outputs, projections)
        return [
            outcome
            for ok, one in zip(finite, alone, strict=True)
            for outcome in (self._read(*one) if ok else [broken])
        ]

    def _mismatch(self, outputs: Sequence[Tensor], images: int) -> str | None:
        there = [
            Described(name, output.dtype.name, output.shape)
            for name, output in zip(self._names, outputs, strict=True)
        ]
        for output in there:
            if output.shape[:1] != (images,):
                return f"{output} does not begin with the {images} images of a run"
        return self._head.mismatch(there, len(self._manifest.labels))

    def _read(self, outputs: Sequence[Tensor], projections: Sequence[Projection]) -> list[Outcome]:
        """Findings by the head; when it refuses them, of each image by itself."""
        try:
            return list(self._head(outputs, self._manifest, projections))
        except Refused as err:
            if len(projections) == 1:
                return [self._failed(f"cannot be understood: {err}")]
        alone = _one_by_one(outputs, projections)
        return [outcome for one in alone for outcome in self._read(*one)]

    def _failed(self, what: str) -> ImageError:
        return ImageError(MODEL_ERROR, f"Model {self._manifest.name} {what}")


def _finite(outputs: Sequence[Tensor]) -> NDArray[np.bool_]:
    """(N,): whether every number of an image is finite."""
    per_output = [np.isfinite(output).reshape(len(output), -1).all(axis=1) for output in outputs]
    finite: NDArray[np.bool_] = np.logical_and.reduce(per_output)
    return finite


def _one_by_one(
    outputs: Sequence[Tensor], projections: Sequence[Projection]
) -> Iterator[tuple[list[Tensor], Sequence[Projection]]]:
    """Of each image what a run of it alone would have given."""
    for row in range(len(projections)):
        yield [output[row : row + 1] for output in outputs], projections[row : row + 1]
