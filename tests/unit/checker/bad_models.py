"""Model files that must never reach a worker."""

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, external_data_helper, helper, numpy_helper

from tests.unit.onnx.graphs import make_detector, serialised


def loops_for_ever() -> bytes:
    """A Loop without a bound on its turns, whose condition stays true."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["on"], ["on_out"]), helper.make_node("Add", ["v", "v"], ["v_out"])],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, []),
        ],
        [
            helper.make_tensor_value_info("on_out", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v_out", TensorProto.FLOAT, []),
        ],
    )
    nodes: list[NodeProto] = [
        helper.make_node("GreaterOrEqual", ["brightest", "nothing"], ["always"]),
        helper.make_node("Loop", ["", "always", "brightest"], ["looped"], body=body),
        helper.make_node("Mul", ["looped", "nothing"], ["trap"]),
    ]
    return make_detector(trap=nodes)


def takes_memory(gigabytes: int) -> bytes:
    """Asks for as many in every run."""
    nodes = [
        helper.make_node("Constant", [], ["length"], value=_int64([gigabytes * 250_000_000])),
        helper.make_node("Expand", ["brightest", "length"], ["wide"]),
        helper.make_node("ReduceMin", ["wide"], ["least"], keepdims=0),
        helper.make_node("Mul", ["least", "nothing"], ["trap"]),
    ]
    return make_detector(trap=nodes)


def weights_elsewhere(location: str = "../../etc/passwd") -> bytes:
    """A weight that is to be read from another file."""
    model = onnx.load_model_from_string(make_detector())
    external_data_helper.set_external_data(model.graph.initializer[0], location)
    model.graph.initializer[0].ClearField("raw_data")
    return serialised(model)


def nan_weights() -> bytes:
    """Every score is NaN."""
    model = onnx.load_model_from_string(make_detector())
    for index, tensor in enumerate(model.graph.initializer):
        if tensor.name == "mask":
            broken = numpy_helper.to_array(tensor) * np.float32("nan")
            model.graph.initializer[index].CopyFrom(numpy_helper.from_array(broken, "mask"))
    return serialised(model)


def custom_operator() -> bytes:
    """A node of a domain that nobody here knows."""
    magic = helper.make_node("Magic", ["brightest"], ["trap"], domain="acme.ops")
    model = onnx.load_model_from_string(make_detector(trap=[magic]))
    model.opset_import.append(helper.make_opsetid("acme.ops", 1))
    return serialised(model)


def unknown_layout() -> bytes:
    """An output of seven axes; the metadata is that of Ultralytics."""
    shape = [1] * 7
    graph = helper.make_graph(
        [helper.make_node("Reshape", ["images", "shape"], ["output0"])],
        "g",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [*shape[:-1], 3 * 32 * 32])],
        [numpy_helper.from_array(np.array([*shape[:-1], 3 * 32 * 32], np.int64), "shape")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, {"names": "{0: 'a'}", "task": "detect"})
    return serialised(model)


def static_batch_inside() -> bytes:
    """Declares any number of images, and fails on more than one."""
    nodes = [
        helper.make_node("Constant", [], ["one_image"], value=_int64([1, -1])),
        helper.make_node("Constant", [], ["pixels"], value=_int64([3 * 32 * 48])),
        helper.make_node("Reshape", ["x", "one_image"], ["row"]),
        helper.make_node("Constant", [], ["whole"], value=_int64([1, 3 * 32 * 48])),
        helper.make_node("Reshape", ["row", "whole"], ["flat"]),
        helper.make_node("ReduceMin", ["flat"], ["least"], keepdims=0),
        helper.make_node("Mul", ["least", "nothing"], ["trap"]),
    ]
    return make_detector(trap=nodes)


def _int64(values: list[int]) -> TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64))
