"""What a head is."""

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from umbra.contracts.manifest import Manifest
from umbra.core.detections import Detections
from umbra.onnx.projection import Projection

Findings = Detections
"""What a head makes of one image; other tasks add theirs here and in `shapes`."""

Outputs = Sequence[NDArray[Any]]
"""One array per role of the head, in that order; the first axis counts the images."""


class Head(Protocol):
    """Reads the outputs of one run. Thread-safe and pure.

    Attributes:
        roles: what it needs of a run. `Manifest.outputs` says which output plays a role; without it, the
            graph's outputs play them in order.
    """

    @property
    def roles(self) -> tuple[str, ...]: ...

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> list[Findings]:
        """One finding per image, in pixels of the originals, best score first.

        Args:
            outputs: finite, N images each.
            projections: N, how each image was put into the input.

        Raises:
            Refused: the outputs do not have the layout this head reads.
        """
        ...
