"""A session fed as its graph wants it: input by name, outputs by role, a fixed batch honoured."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from umbra.contracts.manifest import Input
from umbra.core.errors import Refused

Tensor = NDArray[Any]

DTYPES: Final = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(uint8)": "uint8"}


class Graph:
    """Attributes:
    fixed_batch: images in every run, when the graph fixes it (many exports have 1); else None.
    providers: those the session runs on, best first.
    """

    def __init__(self, session: ort.InferenceSession, wanted: Input, row_shape: tuple[int, ...]) -> None:
        """Raises:
        Refused: the graph has no such input, or of another dtype, layout or size.
        """
        self._session = session
        self._input = wanted.name
        first, *rest = _input_shape(session, wanted)
        if len(rest) != len(row_shape) or any(
            isinstance(there, int) and there != asked for there, asked in zip(rest, row_shape, strict=True)
        ):
            raise Refused(
                f"Input {wanted.name} of the graph has the shape {[first, *rest]}, the manifest gives"
                f" (images, {', '.join(map(str, row_shape))}): correct the manifest's size, layout or colour."
            )
        self.fixed_batch = first if isinstance(first, int) else None
        self.providers: list[str] = session.get_providers()

    def outputs(self, roles: Sequence[str], named: Mapping[str, str]) -> list[str]:
        """The output that plays each role.

        Args:
            named: role to output, of the manifest; empty: in graph order.

        Raises:
            Refused: a role has no output.
        """
        there = [output.name for output in self._session.get_outputs()]
        names = [named.get(role) for role in roles] if named else there[: len(roles)]
        if len(names) < len(roles) or not set(names) <= set(there):
            raise Refused(
                f"The head needs {', '.join(roles)}; the manifest's outputs are {dict(named)} and the graph"
                f" has {', '.join(there)}: give each role the name of an output."
            )
        return [name for name in names if name]

    def run(self, images: Tensor, outputs: list[str]) -> list[Tensor]:
        """One run.

        Args:
            images: (N, …), at most `fixed_batch` of them.

        Returns:
            Per output name its array, N on the first axis.
        """
        count = len(images)
        missing = (self.fixed_batch or count) - count
        if missing:
            images = np.concatenate((images, np.repeat(images[-1:], missing, axis=0)))
        found: list[Tensor] = self._session.run(outputs, {self._input: images})
        return [output[:count] for output in found] if missing else found


def _input_shape(session: ort.InferenceSession, wanted: Input) -> list[int | str | None]:
    inputs = {tensor.name: tensor for tensor in session.get_inputs()}
    if list(inputs) != [wanted.name]:
        raise Refused(
            f"The graph's inputs are {', '.join(inputs)}, the manifest has {wanted.name}: one image input"
            " is read, name it in the manifest."
        )
    dtype = DTYPES.get(inputs[wanted.name].type, inputs[wanted.name].type)
    if dtype != wanted.dtype:
        raise Refused(
            f"Input {wanted.name} of the graph is {dtype}, the manifest says {wanted.dtype}: correct it."
        )
    shape: list[int | str | None] = inputs[wanted.name].shape
    return shape
