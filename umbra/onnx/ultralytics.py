"""What Ultralytics writes beside the graph of a model that it exports.

https://docs.ultralytics.com/modes/export: `names`, `imgsz` (height, width), `task` and `stride`, as Python
literals.
"""

import ast
from collections.abc import Mapping
from typing import Any, Final

from umbra.contracts.manifest import Resize, Task
from umbra.core.errors import Refused
from umbra.onnx.fit import LARGEST_SIDE

LARGEST_METADATA = 1_000_000
"""Characters of one entry; the 1,203 names of LVIS take 30,000."""

TASKS: Final[Mapping[str, Task]] = {
    "detect": "detection",
    "segment": "instance-segmentation",
    "classify": "classification",
    "semantic": "semantic-segmentation",
}

HEADS: Final = (
    "yolov8-detect",
    "yolov8-segment",
    "end2end",
    "end2end-segment",
    "classification",
    "semantic-segmentation",
)
"""Those of what Ultralytics exports, in the order they are tried."""

OPTIONS: Final[Mapping[str, Mapping[str, str]]] = {"classification": {"activation": "none"}}
"""Of these heads: its classifiers end with the softmax."""


def wrote(metadata: Mapping[str, str]) -> bool:
    """Whether the file is one of Ultralytics."""
    return {"names", "task"} <= metadata.keys()


def task(metadata: Mapping[str, str]) -> Task:
    """Raises:
    Refused: it is another one.
    """
    said = metadata["task"]
    if said not in TASKS:
        raise Refused(f"The file's task is {said[:50]!r}; of Ultralytics models {', '.join(TASKS)} are read.")
    return TASKS[said]


def resize(of_task: Task) -> Resize:
    """How Ultralytics puts images into its models of a task."""
    return "short-side-crop" if of_task == "classification" else "letterbox-centre"


def labels(names: str) -> list[str]:
    """`{0: 'cat', 1: 'dog'}` in the order of its indices; the keys may be text.

    Raises:
        Refused: it is something else.
    """
    found: Any = _literal("names", names)
    if isinstance(found, (list, tuple)):
        found = dict(enumerate(found))
    try:
        by_index = {int(index): str(label) for index, label in found.items()}
        return [by_index[index] for index in range(len(by_index) or 1)]
    except (AttributeError, TypeError, ValueError, KeyError) as err:
        raise Refused(
            f"The metadata's names are {names[:80]!r}; expected a label for each of 0, 1, 2, …: correct"
            " them or give a manifest with labels."
        ) from err


def size(imgsz: str) -> tuple[int, int]:
    """Height, width.

    Raises:
        Refused: it is something else.
    """
    said = _literal("imgsz", imgsz)
    sides = said if isinstance(said, (list, tuple)) else (said, said)
    if len(sides) != 2 or not all(isinstance(side, int) and 0 < side <= LARGEST_SIDE for side in sides):
        raise Refused(f"The metadata's imgsz is {imgsz[:80]!r}; expected [height, width] in pixels.")
    height, width = sides
    return height, width


def _literal(key: str, text: str) -> object:
    if len(text) > LARGEST_METADATA:
        raise Refused(f"The metadata's {key} has {len(text):,} characters, more than {LARGEST_METADATA:,}.")
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as err:
        raise Refused(
            f"The metadata's {key} is no Python literal: {text[:80]!r}. Export the model again."
        ) from err
