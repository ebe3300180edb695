"""The manifest: how to feed a model and read its outputs; and the spec a worker loads it by."""

from typing import Any, Literal, TypeVar

import msgspec

from umbra.contracts.wire import VERSION, Decoder
from umbra.core.errors import InvalidMessage

Task = Literal["detection", "classification", "instance-segmentation", "semantic-segmentation"]
Layout = Literal["NCHW", "NHWC"]
Dtype = Literal["float32", "float16", "uint8"]
Resize = Literal["letterbox-centre", "letterbox-top-left", "stretch", "short-side-crop", "none"]

Side = TypeVar("Side")


class Input(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How an image becomes the model's input tensor.

    Attributes:
        size: height, width in pixels; None: each image goes in its own size, one to a run (resize `none`).
        scale, mean, std: the tensor is (pixel * scale - mean) / std, pixel in 0..255.
        pad: pixel value around an image that does not fill the input.
        short_side: what a `short-side-crop` makes of the shorter side before it crops, as torchvision's
            `Resize(256)` before `CenterCrop(224)`; None: just as much that the input is filled.
        multiple_of: of an open size: sides are padded right and below up to a multiple of it.
    """

    name: str
    size: tuple[int, int] | None
    layout: Layout = "NCHW"
    dtype: Dtype = "float32"
    colour: Literal["RGB", "BGR", "grey"] = "RGB"
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    resize: Resize = "letterbox-centre"
    pad: int = 114
    short_side: int | None = None
    multiple_of: int = 1

    @property
    def channels(self) -> int:
        return 1 if self.colour == "grey" else 3

    def row_shape(self, size: tuple[Side, Side]) -> tuple[Side | int, ...]:
        """Of one image in the input tensor, when its height and width there are `size`."""
        height, width = size
        if self.layout == "NCHW":
            return self.channels, height, width
        return height, width, self.channels

    def size_of(self, row_shape: tuple[int, ...]) -> tuple[int, int]:
        """Height and width of one image in the input tensor, the other way round."""
        height, width = row_shape[1:] if self.layout == "NCHW" else row_shape[:2]
        return height, width


class Thresholds(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Scores in [0, 1]: nothing below `emit` leaves the worker, shapes begin at `operate`. Neither is asked
    where an image, or a pixel, has the label of its best score.

    Attributes:
        top_k: the most labels a classification gives; of an image with many, all from `operate` on.
    """

    emit: float = 0.05
    operate: float = 0.25
    nms_iou: float = 0.5
    max_detections: int = 100
    class_agnostic: bool = False
    top_k: int = 5


class Manifest(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Attributes:
    head: what reads the outputs: one of `umbra/onnx/heads`, or of an installed package.
    labels: by class index.
    outputs: the head's role of an output to its name in the graph; empty: in graph order.
    options: what the head must be told of the outputs; what is left out is its first choice.
    """

    name: str
    task: Task
    head: str
    labels: list[str]
    input: Input
    outputs: dict[str, str] = {}
    options: dict[str, str] = {}
    thresholds: Thresholds = Thresholds()
    v: int = VERSION


class Artifact(msgspec.Struct, kw_only=True, frozen=True):
    """The model file. `uri` is relative to the store."""

    uri: str
    sha256: str
    bytes: int


class Spec(msgspec.Struct, kw_only=True, frozen=True):
    """What a worker needs to load a ModelVersion."""

    artifact: Artifact
    manifest: Manifest


manifest_decoder = Decoder(Manifest, "manifest")


def spec_from(builtins: Any) -> Spec:
    """The spec inside an `Assignment`, which the pure core keeps as plain mappings.

    Raises:
        InvalidMessage: a field is missing, of another type, or unknown.
    """
    try:
        return msgspec.convert(builtins, Spec)
    except msgspec.ValidationError as err:
        raise InvalidMessage(f"Not a spec: {err}.") from err


def spec_to_builtins(spec: Spec) -> dict[str, Any]:
    """`spec` as the plain mappings of an `Assignment`."""
    plain: dict[str, Any] = msgspec.to_builtins(spec)
    return plain
