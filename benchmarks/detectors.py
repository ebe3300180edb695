"""The models that are measured: tiny ones, one of 5 ms an image or more, and one of 200 MB."""

from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from umbra.contracts.manifest import Manifest
from umbra.onnx.model_file import manifest_from

ROOT = Path(__file__).parent.parent
SCENES = ROOT / "examples" / "digits" / "scenes"

THREADS = 1
"""Within one inference, of workers and bare loops alike."""


@dataclass(frozen=True, slots=True)
class Detector:
    """A model file and how it is run, in a worker as in a bare loop.

    Attributes:
        batch: most images in one inference.
    """

    name: str
    file: bytes
    batch: int

    @property
    def manifest(self) -> Manifest:
        return manifest_from(self.file, name=self.name)


def digits() -> Detector:
    """The example's champion: 0.2 ms an image."""
    return Detector("digits", (SCENES / "det_champion.onnx").read_bytes(), 64)


def digits_shadow() -> Detector:
    """The example's shadow: 0.55 ms an image."""
    return Detector("digits-large", (SCENES / "det_shadow.onnx").read_bytes(), 64)


def heavy() -> Detector:
    """The layout of YOLOv8, with random but fixed convolutions on 320 x 320: 5 to 10 ms an image."""
    return Detector("heavy", _heavy_file(), 8)


def large(number: int = 0) -> Detector:
    """As the heavy one, with 200 MB of weights beside; `number` tells several of them apart."""
    return Detector(f"large-{number}", _heavy_file(_LARGE_WEIGHTS), 8)


def scenes(count: int) -> list[bytes]:
    """`count` encoded images: the example's 200 scenes, again and again."""
    return list(islice(cycle(_scenes()), count))


@cache
def _scenes() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((SCENES / "val").glob("????.png")))


_SIDE = 320
_CHANNELS = (3, 16, 32, 64, 64, 64)
_STRIDES = (2, 2, 2, 1, 1)
_LABELS = 10
_ANCHORS = (_SIDE // 8) ** 2


_LARGE_WEIGHTS = 50_000_000


@cache
def _heavy_file(beside: int = 0) -> bytes:
    """Args:
    beside: so many weights more, which every image meets and which change nothing.
    """
    random = np.random.default_rng(0)
    weights: list[TensorProto] = []
    nodes: list[NodeProto] = []
    last = "images"
    for number, stride in enumerate(_STRIDES):
        into, out = _CHANNELS[number : number + 2]
        kernel = random.normal(0, (2 / (into * 9)) ** 0.5, (out, into, 3, 3))
        weights.append(_tensor(f"kernel{number}", kernel))
        nodes += _convolution(number, last, stride)
        last = f"relu{number}"
    if beside:
        weights.append(_tensor("beside", random.normal(0, 1, (_CHANNELS[-1], beside // _CHANNELS[-1]))))
        nodes += _products_with_nothing(last)
        last = "same"
    weights += _head_weights(random)
    nodes += _head(last)
    return bytes(_model(nodes, weights).SerializeToString())


def _convolution(number: int, last: str, stride: int) -> list[NodeProto]:
    inputs = [last, f"kernel{number}"]
    return [
        helper.make_node("Conv", inputs, [f"conv{number}"], pads=[1] * 4, strides=[stride] * 2),
        helper.make_node("Relu", [f"conv{number}"], [f"relu{number}"]),
    ]


def _products_with_nothing(last: str) -> list[NodeProto]:
    """`last` once more, after its mean was multiplied with all weights of `beside` and that with zero."""
    return [
        helper.make_node("ReduceMean", [last], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Sub", ["mean", "mean"], ["zero"]),
        helper.make_node("MatMul", ["zero", "beside"], ["products"]),
        helper.make_node("ReduceSum", ["products"], ["nothing"], keepdims=0),
        helper.make_node("Add", [last, "nothing"], ["same"]),
    ]


def _head_weights(random: np.random.Generator) -> list[TensorProto]:
    boxes = random.normal(0, 1, (4, _CHANNELS[-1], 1, 1))
    # Few scores pass the thresholds, as with a trained model.
    scores = random.normal(0, 1, (_LABELS, _CHANNELS[-1], 1, 1))
    return [
        _tensor("boxes", boxes),
        _tensor("scores", scores),
        _tensor("bias", np.full(_LABELS, -9.0)),
        _tensor("middle", np.full((1, 4, 1, 1), _SIDE / 2)),
        numpy_helper.from_array(np.array([0, 4 + _LABELS, _ANCHORS]), "anchors"),
    ]


def _head(last: str) -> list[NodeProto]:
    return [
        helper.make_node("Conv", [last, "boxes"], ["offsets"]),
        helper.make_node("Add", ["offsets", "middle"], ["places"]),
        helper.make_node("Conv", [last, "scores", "bias"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["probabilities"]),
        helper.make_node("Concat", ["places", "probabilities"], ["planes"], axis=1),
        helper.make_node("Reshape", ["planes", "anchors"], ["output0"]),
    ]


def _model(nodes: list[NodeProto], weights: list[TensorProto]) -> ModelProto:
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, _SIDE, _SIDE])
    output = helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["n", 4 + _LABELS, _ANCHORS])
    graph = helper.make_graph(nodes, "heavy", [images], [output], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    names = str({number: str(number) for number in range(_LABELS)})
    helper.set_model_props(model, {"names": names, "task": "detect", "imgsz": f"[{_SIDE}, {_SIDE}]"})
    return model


def _tensor(name: str, values: NDArray[np.float64]) -> TensorProto:
    return numpy_helper.from_array(values.astype(np.float32), name)
