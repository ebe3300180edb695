"""The heads by the name a manifest gives them: Umbra's own, and those of installed packages."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Final

from umbra.core.errors import Refused
from umbra.onnx.heads.class_map import ClassMap
from umbra.onnx.heads.classification import Classification
from umbra.onnx.heads.detr import Detr
from umbra.onnx.heads.efficient_nms import EfficientNms
from umbra.onnx.heads.end2end import End2End
from umbra.onnx.heads.end2end_segment import End2EndSegment
from umbra.onnx.heads.head import Head
from umbra.onnx.heads.mask_rcnn import MaskRcnn
from umbra.onnx.heads.mmdet_detect import MmdetDetect
from umbra.onnx.heads.mmdet_segment import MmdetSegment
from umbra.onnx.heads.paddle_detect import PaddleDetect
from umbra.onnx.heads.probability_map import ProbabilityMap
from umbra.onnx.heads.semantic_segmentation import SemanticSegmentation
from umbra.onnx.heads.ssd import Ssd
from umbra.onnx.heads.torchvision_detect import TorchvisionDetect
from umbra.onnx.heads.yolov5_detect import Yolov5Detect
from umbra.onnx.heads.yolov8_detect import Yolov8Detect
from umbra.onnx.heads.yolov8_segment import Yolov8Segment
from umbra.onnx.heads.yolox import Yolox

GROUP: Final = "umbra.heads"
"""The entry points of packages that bring heads: the name in a manifest to a class without arguments."""

_OWN: Final[Mapping[str, Head]] = {
    "yolov8-detect": Yolov8Detect(),
    "yolov8-segment": Yolov8Segment(),
    "end2end": End2End(),
    "end2end-segment": End2EndSegment(),
    "detr": Detr(),
    "classification": Classification(),
    "semantic-segmentation": SemanticSegmentation(),
    "class-map": ClassMap(),
    "probability-map": ProbabilityMap(),
    "yolov5-detect": Yolov5Detect(),
    "yolox": Yolox(),
    "efficient-nms": EfficientNms(),
    "torchvision-detect": TorchvisionDetect(),
    "mask-rcnn": MaskRcnn(),
    "mmdet-detect": MmdetDetect(),
    "mmdet-segment": MmdetSegment(),
    "paddle-detect": PaddleDetect(),
    "ssd": Ssd(),
}


def head(name: str) -> Head:
    """The head a manifest names.

    Raises:
        Refused: there is none of that name, or the package that brings it is broken.
    """
    if (own := _OWN.get(name)) is not None:
        return own
    for brought in entry_points(group=GROUP, name=name):
        return _loaded(brought)
    raise Refused(
        f"There is no head {name!r}, only {', '.join(names())}: correct the manifest, or install the package"
        " that brings it, here and with the workers."
    )


def names() -> list[str]:
    """Of every head: Umbra's own in the order they are tried, then the others."""
    return list(dict.fromkeys([*_OWN, *sorted(entry_points(group=GROUP).names)]))


def heads() -> Mapping[str, Head]:
    """Every head by its name.

    Raises:
        Refused: a package that brings one is broken.
    """
    return MappingProxyType({name: head(name) for name in names()})


@cache
def _loaded(brought: EntryPoint) -> Head:
    try:
        made: Head = brought.load()()
    except Exception as err:
        package = brought.dist.name if brought.dist else "an installed package"
        raise Refused(
            f"Head {brought.name!r} of {package} cannot be loaded: {err!r}. Repair or remove the package."
        ) from err
    return made
