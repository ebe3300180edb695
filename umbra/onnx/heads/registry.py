"""The heads by the name a manifest gives them."""

from typing import Final

from umbra.contracts.manifest import HeadName
from umbra.onnx.heads.head import Head
from umbra.onnx.heads.yolov8_detect import Yolov8Detect

HEADS: Final[dict[HeadName, Head]] = {
    "yolov8-detect": Yolov8Detect(),
}
