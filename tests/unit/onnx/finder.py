"""A graph that says where in its input the bright pixels are: what it was fed with shows in its answer.

End-to-end layout, one row an image: the box round all that is brighter than half of a channel's range, score
0.9, and as class the channel that is brightest in all.
"""

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from tests.unit.onnx.graphs import serialised
from umbra.contracts.manifest import Input, Manifest

DTYPES = {"float32": TensorProto.FLOAT, "float16": TensorProto.FLOAT16, "uint8": TensorProto.UINT8}


def make_finder(image: Input, *, images: int | str | None = "N") -> bytes:
    """The graph for an input; open where the input is.

    Args:
        images: a fixed batch, the name of an open one, or None: one image, without an axis to count it.
    """
    size: tuple[int | str, int | str] = image.size or ("H", "W")
    shape = [*([] if images is None else [images]), *image.row_shape(size)]
    nodes = [
        helper.make_node("Cast", [image.name], ["cast"], to=TensorProto.FLOAT),
        *_batched(images),
        *_channels_first(image),
        *_extent("x", axis=2),
        *_extent("y", axis=1),
        helper.make_node("ReduceSum", ["chw", "plane"], ["each"], keepdims=0),
        helper.make_node("ArgMax", ["each"], ["channel"], axis=1, keepdims=1),
        helper.make_node("Cast", ["channel"], ["class"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["class", "nothing"], ["zero"]),
        helper.make_node("Add", ["zero", "certain"], ["score"]),
        helper.make_node("Concat", ["x1", "y1", "x2", "y2", "score", "class"], ["row"], axis=1),
        helper.make_node("Unsqueeze", ["row", "one"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "finder",
        [helper.make_tensor_value_info(image.name, DTYPES[image.dtype], shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [images or 1, 1, 6])],
        [numpy_helper.from_array(array, name) for name, array in _constants(image).items()],
    )
    return serialised(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9))


def manifest_of(image: Input) -> Manifest:
    """How `make_finder` of the same input is read; the labels are the channels."""
    return Manifest(
        name="finder", task="detection", head="end2end", labels=["0", "1", "2"][: image.channels], input=image
    )


def _batched(images: int | str | None) -> list[NodeProto]:
    if images is None:
        return [helper.make_node("Unsqueeze", ["cast", "first"], ["nchw"])]
    return [helper.make_node("Identity", ["cast"], ["nchw"])]


def _channels_first(image: Input) -> list[NodeProto]:
    order = [0, 1, 2, 3] if image.layout == "NCHW" else [0, 3, 1, 2]
    return [
        helper.make_node("Transpose", ["nchw"], ["chw"], perm=order),
        helper.make_node("Greater", ["chw", "half"], ["above"]),
        helper.make_node("Cast", ["above"], ["bright"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["bright", "one"], ["map"], keepdims=0),
    ]


def _extent(name: str, axis: int) -> list[NodeProto]:
    """The first bright place along an axis of the map, and that behind the last."""
    across = "second" if axis == 1 else "one"
    return [
        helper.make_node("ReduceMax", ["map", across], [f"{name}_line"], keepdims=0),
        helper.make_node("ArgMax", [f"{name}_line"], [f"{name}_first"], axis=1),
        helper.make_node("ArgMax", [f"{name}_line"], [f"{name}_last"], axis=1, select_last_index=1),
        helper.make_node("Add", [f"{name}_last", "one"], [f"{name}_end"]),
        helper.make_node("Cast", [f"{name}_first"], [f"{name}1"], to=TensorProto.FLOAT),
        helper.make_node("Cast", [f"{name}_end"], [f"{name}2"], to=TensorProto.FLOAT),
    ]


def _constants(image: Input) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    return {
        "half": np.array((127.5 * image.scale - image.mean[0]) / image.std[0], np.float32),
        "plane": np.array([2, 3]),
        "first": np.array([0]),
        "one": np.array([1]),
        "second": np.array([2]),
        "nothing": np.array(0, np.float32),
        "certain": np.array(0.9, np.float32),
    }
