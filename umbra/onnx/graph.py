"""A session fed as its graph wants it: input by name, outputs by role, a fixed batch honoured."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from umbra.contracts.manifest import Manifest
from umbra.core.errors import Refused
from umbra.onnx.fit import image_input, refuse_unfit
from umbra.onnx.side_inputs import side_inputs
from umbra.onnx.signature import Signature
from umbra.onnx.signature import Tensor as Described

Tensor = NDArray[Any]

IMAGE_RANK = 3
"""Axes of an image in a tensor."""

_NUMBERS = ("float", "double", "int", "uint")
"""How ONNX's names of the types begin that heads read."""


class Graph:
    """Attributes:
    fixed_batch: images in every run, when the graph fixes it (many exports have 1); else None. 1 when its
        input is one image, without an axis to count them.
    providers: those the session runs on, best first.
    """

    def __init__(self, session: ort.InferenceSession, manifest: Manifest) -> None:
        """Raises:
        Refused: the manifest is unsound, or is not that of this graph.
        """
        signature = signature_of(session)
        refuse_unfit(manifest, signature)
        self._session = session
        self._there = {tensor.name: tensor for tensor in signature.outputs}
        tensor = image_input(manifest.input, signature)
        self._image = manifest.input
        self._besides = [other for other in signature.inputs if other is not tensor]
        self._takes_one = len(tensor.shape) == IMAGE_RANK
        self.fixed_batch = 1 if self._takes_one else tensor.shape[0]
        self.providers: list[str] = session.get_providers()

    def outputs(self, roles: Sequence[str], named: Mapping[str, str]) -> list[Described]:
        """The output that plays each role, as the graph declares it.

        Args:
            named: role to output, of the manifest; empty: in graph order.

        Raises:
            Refused: a role has no output, or one that is no tensor of numbers.
        """
        there = list(self._there)
        names = [named[role] for role in roles if role in named] if named else there[: len(roles)]
        if len(names) < len(roles):
            raise Refused(
                f"The head needs {', '.join(roles)}; the manifest's outputs are {dict(named)} and the graph"
                f" has {', '.join(there)}: give each role the name of an output."
            )
        chosen = [self._there[name] for name in names]
        for output in chosen:
            if not output.dtype.startswith(_NUMBERS):
                raise Refused(
                    f"Output {output} is no tensor of numbers, which is all that heads read: export the model"
                    " without what comes after its scores, or name another output in the manifest."
                )
        return chosen

    def run(self, images: Tensor, outputs: list[str]) -> list[Tensor]:
        """One run.

        Args:
            images: (N, …), at most `fixed_batch` of them.

        Returns:
            Per output name its array, N on the first axis, if it counts images.
        """
        count = len(images)
        missing = (self.fixed_batch or count) - count
        if missing:
            images = np.concatenate((images, np.repeat(images[-1:], missing, axis=0)))
        besides = side_inputs(self._besides, self._image.size_of(images.shape[1:])) if self._besides else {}
        fed = {name: np.repeat(row, len(images), axis=0) for name, row in besides.items()}
        fed[self._image.name] = images[0] if self._takes_one else images
        found: list[Tensor] = self._session.run(outputs, fed)
        return [output[:count] for output in found] if missing else found


def signature_of(session: ort.InferenceSession) -> Signature:
    """What a loaded graph takes and gives, as `model_file.read_model` says it of a file."""
    return Signature(
        metadata={},
        inputs=tuple(map(_tensor, session.get_inputs())),
        outputs=tuple(map(_tensor, session.get_outputs())),
    )


def _tensor(described: ort.NodeArg) -> Described:
    kind: str = described.type
    return Described(
        name=described.name,
        # What is no tensor, as seq(map(int64,tensor(float))), keeps its whole name.
        dtype=kind[len("tensor(") : -1] if kind.startswith("tensor(") else kind,
        shape=tuple(dim if isinstance(dim, int) else None for dim in described.shape),
    )
