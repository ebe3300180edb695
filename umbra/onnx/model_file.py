"""An ONNX file, read without running it; needs neither onnxruntime nor OpenCV."""

from collections.abc import Iterable, Iterator

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

from umbra.contracts.manifest import Manifest
from umbra.core.errors import Refused
from umbra.onnx.completion import complete
from umbra.onnx.signature import Dim, Signature, Tensor


def manifest_from(raw: bytes, *, name: str) -> Manifest:
    """The manifest of a file that says all that is needed.

    Args:
        name: of the model.

    Raises:
        Refused: not an ONNX file, or it does not say enough; the text says what to do.
    """
    completed = complete(read_model(raw), {}, name)
    if completed.manifest is None:
        refusals = completed.report.refusals
        raise Refused(" ".join(f"{fault.detail} {fault.remedy}" for fault in refusals))
    return completed.manifest


def read_model(raw: bytes) -> Signature:
    """What the file says of its inputs and outputs.

    Raises:
        Refused: not an ONNX file, cut off, or in several files.
    """
    model = parsed(raw)
    refuse_other_files(model)
    return signature_of_file(model)


def signature_of_file(model: ModelProto) -> Signature:
    """What a parsed file says of its inputs and outputs."""
    weights = {tensor.name for tensor in model.graph.initializer}
    return Signature(
        metadata={entry.key: entry.value for entry in model.metadata_props},
        inputs=tuple(_tensor(value) for value in model.graph.input if value.name not in weights),
        outputs=tuple(_tensor(value) for value in model.graph.output),
        made_by={output: node.op_type for node in model.graph.node for output in node.output},
    )


def parsed(raw: bytes) -> ModelProto:
    """Raises:
    Refused: not an ONNX file, cut off, or empty.
    """
    try:
        model = onnx.load_model_from_string(raw)
    except (DecodeError, ValueError) as err:
        raise Refused(
            f"Not an ONNX file, or one that is cut off ({len(raw):,} bytes beginning with {raw[:8]!r}):"
            " export the model as .onnx and send the whole file."
        ) from err
    if not model.graph.node or not model.graph.output:
        raise Refused(f"The file has no graph ({len(raw):,} bytes): export the model as .onnx again.")
    return model


def refuse_other_files(model: ModelProto) -> None:
    """Raises:
    Refused: some of its weights lie elsewhere.
    """
    # Only what the upload holds may be read: a path in here could be ../../etc/passwd.
    for tensor in tensors(model):
        if tensor.data_location == TensorProto.EXTERNAL:
            raise Refused(
                f"The weights of {tensor.name or 'a node'} are in another file: save the model as one file"
                " (onnx.save_model(model, path, save_as_external_data=False))."
            )


def tensors(model: ModelProto) -> Iterator[TensorProto]:
    """All that hold numbers: weights and the constants of nodes, in graphs within graphs too."""
    yield from _of_graph(model.graph)
    for function in model.functions:
        yield from _of_nodes(function.node)


def _of_graph(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _of_nodes(graph.node)


def _of_nodes(nodes: Iterable[NodeProto]) -> Iterator[TensorProto]:
    for node in nodes:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for graph in (attribute.g, *attribute.graphs):
                yield from _of_graph(graph)


def _tensor(value: ValueInfoProto) -> Tensor:
    described = value.type.tensor_type
    return Tensor(
        name=value.name,
        dtype=TensorProto.DataType.Name(described.elem_type).lower(),
        shape=tuple(_dim(dim) for dim in described.shape.dim),
    )


def _dim(dim: onnx.TensorShapeProto.Dimension) -> Dim:
    return int(dim.dim_value) if dim.HasField("dim_value") and dim.dim_value > 0 else None
