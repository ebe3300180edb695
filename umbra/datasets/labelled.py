"""What one image of a data set shows, whatever format said so."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from umbra.core.errors import Refused

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")

Shape = dict[str, Any]
"""As in a review."""


@dataclass(slots=True)
class Labelled:
    """The ground truth of one image.

    Attributes:
        image: its name in the data set, a path with slashes or without.
        relative: coordinates are shares of the image's width and height instead of pixels.
    """

    image: str
    shapes: list[Shape] = field(default_factory=list)
    relative: bool = False

    @property
    def image_ids(self) -> list[str]:
        """What its image may have been called when it was sent, likeliest first."""
        name = PurePosixPath(self.image)
        return list(dict.fromkeys([self.image, name.name, name.stem]))


@dataclass(slots=True)
class Written:
    """What became of an export, in reviews.

    Attributes:
        left_out: the format has no room for a shape of theirs, or their image's size is not known.
        without_image: the image itself is not kept any more.
    """

    reviews: int = 0
    left_out: int = 0
    without_image: int = 0


def text_of(path: Path) -> str:
    """A file of text.

    Raises:
        Refused: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as err:
        raise Refused(f"Cannot read {path}: {err}.") from err


def images_below(directory: Path) -> Iterator[Path]:
    """The image files in a directory and those in it, by name.

    Raises:
        Refused: there is no such directory.
    """
    if not directory.is_dir():
        raise Refused(f"There is no directory {directory}.")
    files = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return (path for path in files if path.suffix.lower() in IMAGE_SUFFIXES)
