"""The heads by the name a manifest gives them."""

from typing import Final

from umbra.core.errors import Refused
from umbra.onnx.heads.head import Head
from umbra.onnx.heads.yolov8_detect import Yolov8Detect

HEADS: Final[dict[str, Head]] = {
    "yolov8-detect": Yolov8Detect(),
}


def head(name: str) -> Head:
    """Raises:
    Refused: there is none of this name.
    """
    if name not in HEADS:
        raise Refused(f"No head is named {name!r}: set the manifest's head to {' or '.join(sorted(HEADS))}.")
    return HEADS[name]
