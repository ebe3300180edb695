"""The layout of the outputs a head reads, and why others do not have it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from umbra.onnx.signature import Dim, Tensor

IMAGES: Final = "images"
"""The first axis of every output."""

_REAL: Final = {"float", "float16", "float32", "float64", "double", "bfloat16"}


@dataclass(frozen=True, slots=True)
class Labels:
    """The length of an axis: one for each label, and `more`, any of them."""

    more: tuple[int, ...] = (0,)


Axis = int | str | Labels
"""A fixed length, the name of one that is the same wherever it stands, or one that depends on the labels."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Of one output.

    Attributes:
        axes: that of the images first. A last length of 1 may be left out.
        real: it must hold real numbers; else whole numbers will do.
    """

    axes: tuple[Axis, ...]
    real: bool = True

    def text(self, labels: int | None) -> str:
        """For people: `(images, 4 + 80 labels, anchors)`."""
        return f"({', '.join(_text(axis, labels) for axis in self.axes)})"

    def holds(self, shape: tuple[Dim, ...], labels: int | None) -> bool:
        """Whether a shape is of this layout; open lengths fit everything."""
        return len(shape) == len(self.axes) and all(
            dim is None or _fits(axis, dim, labels) for axis, dim in zip(self.axes, shape, strict=True)
        )


def mismatch(
    outputs: Sequence[Tensor], layouts: Sequence[Layout], labels: int | None, *, one_image: bool = False
) -> str | None:
    """Why outputs do not have their layouts; None when they may. As `Head.mismatch`.

    Args:
        outputs: one per layout. A tensor without any axis is one of which the file says nothing.
        one_image: the axis of the images may be missing (see `umbra.onnx.one_image`).
    """
    lengths: dict[str, tuple[int, Tensor]] = {}
    for output, layout in zip(outputs, layouts, strict=True):
        if not output.shape:
            continue
        shape = _complete(output.shape, layout, one_image)
        if not layout.holds(shape, labels):
            return f"{output} is not {layout.text(labels)}"
        if layout.real and not holds_real_numbers(output):
            return f"{output} holds whole numbers, not the real ones of {layout.text(labels)}"
        for axis, dim in zip(layout.axes, shape, strict=True):
            if not isinstance(axis, str) or dim is None:
                continue
            length, other = lengths.setdefault(axis, (dim, output))
            if length != dim:
                return f"{other} and {output} differ in the number of {axis}"
    return None


def mismatch_with_all(
    outputs: Sequence[Tensor], alternatives: Sequence[Sequence[Layout]], labels: int | None
) -> str | None:
    """Why outputs have none of some layouts, by the first of them; None when they may have one."""
    each = [mismatch(outputs, layouts, labels) for layouts in alternatives]
    return None if None in each else each[0]


def holds_real_numbers(output: Tensor) -> bool:
    """And not whole ones."""
    return output.dtype in _REAL


def _complete(shape: tuple[Dim, ...], layout: Layout, one_image: bool) -> tuple[Dim, ...]:
    """With the axes that may be left out."""
    if layout.axes[-1] == 1 and len(shape) == len(layout.axes) - 1:
        return *shape, 1
    if one_image and len(shape) == len(layout.axes) - 1:
        return None, *shape
    return shape


def _fits(axis: Axis, dim: int, labels: int | None) -> bool:
    if isinstance(axis, str):
        return True
    if isinstance(axis, int):
        return axis == dim
    if labels is None:
        return dim > min(axis.more)
    return dim - labels in axis.more


def _text(axis: Axis, labels: int | None) -> str:
    if not isinstance(axis, Labels):
        return str(axis)
    count = "labels" if labels is None else f"{labels} label{'s' if labels != 1 else ''}"
    return " or ".join(f"{more} + {count}" if more else count for more in axis.more)
