"""What a head is."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from umbra.contracts.manifest import Manifest, Task
from umbra.core.class_scores import ClassScores
from umbra.core.detections import Detections
from umbra.core.masks import ClassMap, InstanceMasks
from umbra.onnx.projection import Projection
from umbra.onnx.signature import Tensor

Findings = Detections | InstanceMasks | ClassMap | ClassScores
"""What a head makes of one image, by its task; `shapes` says how each is written."""

Outputs = Sequence[NDArray[Any]]
"""One array per role of the head, in that order; the first axis counts the images."""


class Head(Protocol):
    """Reads the outputs of one run. Thread-safe and pure.

    Attributes:
        task: what its findings are.
        roles: what it needs of a run. `Manifest.outputs` says which output plays a role; without it, the
            graph's outputs play them in order.
        options: what it must be told of outputs that look alike, each with its choices; the first is taken
            when `Manifest.options` does not say.
    """

    @property
    def task(self) -> Task: ...

    @property
    def roles(self) -> tuple[str, ...]: ...

    @property
    def options(self) -> Mapping[str, tuple[str, ...]]: ...

    def mismatch(self, outputs: Sequence[Tensor], labels: int | None) -> str | None:
        """Why such outputs cannot be read, None when they may be.

        Args:
            outputs: one per role, in that order, as the graph declares them; open lengths fit everything.
            labels: how many there are; None: not known.
        """
        ...

    def __call__(
        self, outputs: Outputs, manifest: Manifest, projections: Sequence[Projection]
    ) -> Sequence[Findings]:
        """One finding per image, in pixels of the originals, best score first.

        Args:
            outputs: finite, N images each, of shapes that `mismatch` lets pass.
            projections: N, 1 or more: how each image was put into the input. Their `size`, that of the input,
                is the same; the manifest's may be open.

        Raises:
            Refused: what the outputs say cannot be, as a class without a label.
        """
        ...


@runtime_checkable
class OneImage(Protocol):
    """What a head has besides that also reads outputs of one image, without an axis for the images.

    A graph that gives such is fed one by one. The head is given the axis all the same; its `mismatch` lets
    both pass.

    Attributes:
        ranks: how many axes the output of each role has, that of the images included.
    """

    @property
    def ranks(self) -> tuple[int, ...]: ...
