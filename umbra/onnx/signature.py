"""What a model takes and gives, as its file says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from umbra.contracts.manifest import Dtype

DTYPES: Final[dict[str, Dtype]] = {"float": "float32", "float16": "float16", "uint8": "uint8"}
"""ONNX's name of a type to the manifest's."""

Dim = int | None
"""A fixed length, or None when it is chosen at run time."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output of the graph; `dtype` as ONNX names it, in lower case."""

    name: str
    dtype: str
    shape: tuple[Dim, ...]

    def __str__(self) -> str:
        return (
            f"{self.name} {self.dtype} ({', '.join('?' if dim is None else str(dim) for dim in self.shape)})"
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """Attributes:
    metadata: what the exporter wrote beside the graph.
    inputs: without the weights.
    made_by: the operator that gives an output, as `Softmax`; where it is known.
    """

    metadata: dict[str, str]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    made_by: Mapping[str, str] = field(default_factory=dict)
