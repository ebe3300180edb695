"""A folder for each class with its images, as torchvision's `ImageFolder` reads them."""

from collections.abc import Iterator
from pathlib import Path

from umbra.core.errors import Refused
from umbra.datasets.labelled import Labelled, images_below


def read(directory: Path) -> Iterator[Labelled]:
    """Every image, with the name of its folder as its label.

    Raises:
        Refused: there is no image in any folder.
    """
    found = [path for path in images_below(directory) if path.parent != directory]
    if not found:
        raise Refused(f"{directory} has no folder with images: make one for each label.")
    for path in found:
        image = path.relative_to(directory)
        yield Labelled(image.as_posix(), [{"type": "classification", "label": image.parts[-2]}])
