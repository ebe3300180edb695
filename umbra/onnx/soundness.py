"""Whether a file is sound, before anything of it is run."""

from collections.abc import Collection, Iterable, Iterator

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, numpy_helper

from umbra.core.errors import Refused
from umbra.onnx.model_file import tensors

_OF_ONNX = frozenset({"", "ai.onnx", "ai.onnx.ml", "ai.onnx.preview", "ai.onnx.preview.training"})

_FLOATS = frozenset({TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE})


def refuse_custom_operators(model: ModelProto, allowed: Collection[str]) -> None:
    """Raises:
    Refused: a node is of a domain that is neither ONNX's, nor of a function of the file, nor allowed.
    """
    known = {*_OF_ONNX, *allowed, *(function.domain for function in model.functions)}
    foreign = sorted({f"{node.domain}.{node.op_type}" for node in _nodes(model) if node.domain not in known})
    if foreign:
        raise Refused(f"The graph has operators that are not ONNX's: {', '.join(foreign[:5])}.")


def refuse_invalid(model: ModelProto) -> None:
    """Raises:
    Refused: ONNX's checker does not let it pass.
    """
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as err:
        raise Refused(f"ONNX's checker says: {' '.join(str(err).split())[:500]}") from err


def nan_weights(model: ModelProto) -> list[str]:
    """The names of weights that hold NaN. Infinity may be meant: attention masks have it."""
    floats = (tensor for tensor in tensors(model) if tensor.data_type in _FLOATS)
    return [tensor.name or "a constant" for tensor in floats if np.isnan(numpy_helper.to_array(tensor)).any()]


def _nodes(model: ModelProto) -> Iterator[NodeProto]:
    """Also those of graphs within graphs."""
    yield from _within(model.graph.node)
    for function in model.functions:
        yield from _within(function.node)


def _within(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
    for node in nodes:
        yield node
        for attribute in node.attribute:
            graphs: tuple[GraphProto, ...] = (attribute.g, *attribute.graphs)
            for graph in graphs:
                yield from _within(graph.node)
