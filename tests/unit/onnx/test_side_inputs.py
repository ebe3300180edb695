import numpy as np
import pytest
from onnx import NodeProto, TensorProto, helper, numpy_helper

from tests.unit.onnx.graphs import plain, serialised
from umbra.contracts.manifest import Input, Manifest
from umbra.core.detections import Detections
from umbra.core.errors import Refused
from umbra.onnx.session import Model

SIZE = (64, 96)
INT64 = TensorProto.INT64
MANIFEST = Manifest(
    name="m",
    task="detection",
    head="end2end",
    labels=["a", "b"],
    input=Input(name="images", size=SIZE, resize="stretch"),
)

SWAPPED = [helper.make_node("Gather", ["side", "y_x"], ["width_height"], axis=1)]
SCALED = [helper.make_node("Mul", ["side", "size"], ["width_height"])]
AS_IT_IS = [helper.make_node("Identity", ["side"], ["width_height"])]
COUNTED = [
    helper.make_node("ReduceSum", ["side", "first"], ["heights"], keepdims=0),
    helper.make_node("ReduceSum", ["side", "second"], ["widths"], keepdims=0),
    helper.make_node("ReduceMax", ["heights", "first"], ["height"]),
    helper.make_node("ReduceMax", ["widths", "first"], ["width"]),
    helper.make_node("Concat", ["width", "height"], ["width_height"], axis=1),
]


def make_graph(
    name: str,
    nodes: list[NodeProto],
    shape: list[str | int],
    dtype: int = TensorProto.FLOAT,
    images: int | str = "N",
) -> bytes:
    """End-to-end, with one box from the corner to where the side input says that the image ends.

    Args:
        nodes: make `width_height` (N, 2) of the side input as real numbers, `side`.
    """
    arrays = {
        "y_x": np.array([1, 0]),
        "first": np.array([1]),
        "second": np.array([2]),
        "size": np.array([SIZE[::-1]], np.float32),
        "nothing": np.array(0, np.float32),
        "score_class": np.array([[0.9, 1]], np.float32),
        "objects": np.array([1]),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Cast", [name], ["side"], to=TensorProto.FLOAT),
            *nodes,
            helper.make_node("Mul", ["width_height", "nothing"], ["corner"]),
            helper.make_node("Add", ["corner", "score_class"], ["rest"]),
            helper.make_node("Concat", ["corner", "width_height", "rest"], ["row"], axis=1),
            helper.make_node("Unsqueeze", ["row", "objects"], ["output"]),
        ],
        "sized",
        [
            helper.make_tensor_value_info("images", TensorProto.FLOAT, [images, 3, *SIZE]),
            helper.make_tensor_value_info(name, dtype, [images, *shape]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [images, 1, 6])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    return serialised(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9))


@pytest.mark.parametrize(
    "graph",
    [
        pytest.param(make_graph("im_shape", SWAPPED, [2]), id="im_shape"),
        pytest.param(make_graph("scale_factor", SCALED, [2]), id="scale_factor"),
        pytest.param(make_graph("scale_factor", SCALED, [2], images=2), id="fixed batch"),
        pytest.param(make_graph("orig_target_sizes", AS_IT_IS, [2], INT64), id="orig_target_sizes"),
        pytest.param(make_graph("pixel_mask", COUNTED, ["h", "w"], INT64), id="pixel_mask"),
        pytest.param(make_graph("pixel_mask", COUNTED, [*SIZE], INT64), id="fixed pixel_mask"),
    ],
)
def test_a_graph_that_asks_for_the_images_size_gives_boxes_of_the_original(graph: bytes) -> None:
    sizes = [(64, 96), (100, 30), (33, 200)]

    outcomes = Model.load(graph, MANIFEST, threads=1).infer_images([plain(9, *size) for size in sizes])

    boxes = [outcome.boxes.tolist() for outcome in outcomes if isinstance(outcome, Detections)]
    assert boxes == [[[0, 0, width, height]] for height, width in sizes]


@pytest.mark.parametrize("dtype", [TensorProto.FLOAT, TensorProto.STRING])
def test_an_input_that_nobody_knows_is_refused_with_those_that_are_known(dtype: int) -> None:
    name = "temperature" if dtype == TensorProto.FLOAT else "im_shape"
    graph = make_graph(name, SWAPPED, [2], dtype)

    with pytest.raises(Refused, match=rf"inputs are images, {name}, .* may have im_shape, scale_factor"):
        Model.load(graph, MANIFEST, threads=1)
