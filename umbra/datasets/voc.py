"""Pascal VOC's XML: a file for each image (http://host.robots.ox.ac.uk/pascal/VOC).

Its corners are pixels counted from 1, both within the box.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Xml

from umbra.core.errors import Refused
from umbra.datasets.labelled import Labelled, Shape, text_of


def read(directory: Path) -> Iterator[Labelled]:
    """Every XML file in a directory and those in it.

    Raises:
        Refused: there is none, or one cannot be read.
    """
    files = sorted(directory.rglob("*.xml"))
    if not files:
        raise Refused(f"{directory} has no .xml file.")
    for file in files:
        yield _labelled(file)


def _labelled(file: Path) -> Labelled:
    text = text_of(file)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Refused(f"{file} declares a document type, which no annotation needs: take it out.")
    try:
        root = Xml.fromstring(text)  # entities, which could blow up, were refused
        image = root.findtext("filename") or file.stem
        return Labelled(image, [_shape(one) for one in root.iter("object")])
    except (Xml.ParseError, ValueError) as err:
        raise Refused(f"{file} is no Pascal VOC annotation: {err}.") from err


def _shape(found: Xml.Element) -> Shape:
    left, top, right, bottom = (
        float(found.findtext(f"bndbox/{side}", "missing")) for side in ("xmin", "ymin", "xmax", "ymax")
    )
    label = found.findtext("name")
    if not label:
        raise ValueError("an object has no name")
    box = [left - 1, top - 1, right - left + 1, bottom - top + 1]
    return {"type": "rectangle", "label": label, "box": box}
