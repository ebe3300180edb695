"""Small ONNX detectors, built on the spot: one box, whose score is the image's mean brightness."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from umbra.onnx.decode import Pixels

SIZE = (32, 48)
LABELS = ("a", "b", "c")
BOX = (12.0, 8.0, 8.0, 4.0)
"""cx cy w h in the input."""

NAMES = "{0: 'a', 1: 'b', 2: 'c'}"
ULTRALYTICS = {"names": NAMES, "task": "detect", "imgsz": "[32, 48]", "stride": "8"}


def make_detector(
    *,
    batch: int | str = "N",
    dtype: int = TensorProto.FLOAT,
    metadata: dict[str, str] | None = None,
    trap: Sequence[NodeProto] = (),
) -> bytes:
    """Layout of YOLOv8: `images` (batch, 3, 32, 48) to `output0` (batch, 4 + 3, 2).

    Args:
        trap: nodes that make a scalar `trap` out of `brightest`, the greatest value in the input; it is
            added to the output.
    """
    nodes = [
        helper.make_node("Cast", ["images"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["x", "chw"], ["mean"], keepdims=1),
        helper.make_node("Squeeze", ["mean", "last"], ["column"]),
        helper.make_node("Mul", ["column", "mask"], ["score"]),
        helper.make_node("ReduceMax", ["x"], ["brightest"], keepdims=0),
        *(trap or [helper.make_node("Identity", ["nothing"], ["trap"])]),
        helper.make_node("Sum", ["score", "anchors", "trap"], ["output0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info("images", dtype, [batch, 3, *SIZE])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [batch, 4 + len(LABELS), 2])],
        _weights(),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, ULTRALYTICS if metadata is None else metadata)
    return serialised(model)


def make_ambiguous() -> bytes:
    """(N, 84, 7) of an image of 64 x 64, without metadata: several heads of detectors read that."""
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["images", "chw"], ["mean"], keepdims=0),
            helper.make_node("Unsqueeze", ["mean", "axes"], ["column"]),
            helper.make_node("Add", ["column", "nothing"], ["o"]),
        ],
        "ambiguous",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", 3, 64, 64])],
        [helper.make_tensor_value_info("o", TensorProto.FLOAT, ["N", 84, 7])],
        [
            numpy_helper.from_array(np.array([1, 2, 3], np.int64), "chw"),
            numpy_helper.from_array(np.array([1, 2], np.int64), "axes"),
            numpy_helper.from_array(np.zeros((1, 84, 7), np.float32), "nothing"),
        ],
    )
    return serialised(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9))


def bad_index() -> list[NodeProto]:
    """Fails on a batch that holds a white image."""
    return [
        helper.make_node("Add", ["brightest", "tenth"], ["raised"]),
        helper.make_node("Cast", ["raised"], ["index"], to=TensorProto.INT64),
        helper.make_node("Gather", ["one_zero", "index"], ["trap"]),
    ]


def four_terabytes() -> list[NodeProto]:
    """Asks for them on a batch that holds a white image."""
    return [
        helper.make_node("Add", ["brightest", "tenth"], ["raised"]),
        helper.make_node("Cast", ["raised"], ["index"], to=TensorProto.INT64),
        helper.make_node("Mul", ["index", "huge"], ["length"]),
        helper.make_node("ConstantOfShape", ["length"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["trap"], keepdims=0),
    ]


def root_of_column() -> list[NodeProto]:
    """NaN for an image that is almost black, and for it alone."""
    return [
        helper.make_node("Sub", ["column", "tenth"], ["lowered"]),
        helper.make_node("Sqrt", ["lowered"], ["root"]),
        helper.make_node("Mul", ["root", "nothing"], ["trap"]),
    ]


def ten_milliseconds() -> list[NodeProto]:
    """Or more, on one core: 2 billion multiplications and additions."""
    return [
        helper.make_node("Expand", ["brightest", "thousand_square"], ["square"]),
        helper.make_node("MatMul", ["square", "square"], ["product"]),
        helper.make_node("ReduceMax", ["product"], ["greatest"], keepdims=0),
        helper.make_node("Mul", ["greatest", "nothing"], ["trap"]),
    ]


def plain(level: int, height: int = SIZE[0], width: int = SIZE[1]) -> Pixels:
    """An image of one grey."""
    return np.full((height, width, 3), level, np.uint8)


def serialised(model: ModelProto) -> bytes:
    raw: bytes = model.SerializeToString()
    return raw


def _weights() -> list[TensorProto]:
    mask = np.zeros((1, 4 + len(LABELS), 2), np.float32)
    mask[0, 4, 0] = 1
    anchors = np.zeros_like(mask)
    anchors[0, :4, 0] = BOX
    arrays: dict[str, NDArray[np.generic]] = {
        "chw": np.array([1, 2, 3], np.int64),
        "last": np.array([3], np.int64),
        "mask": mask,
        "anchors": anchors,
        "nothing": np.array(0, np.float32),
        "tenth": np.array(0.1, np.float32),
        "one_zero": np.zeros(1, np.float32),
        "thousand_square": np.array([1000, 1000], np.int64),
        "huge": np.array([1 << 40], np.int64),
    }
    return [numpy_helper.from_array(array, name) for name, array in arrays.items()]
