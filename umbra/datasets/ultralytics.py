"""Ultralytics' data: a text file of lines beside each image, and `data.yaml` with the names of the classes.

A line is `class x y w h`, the middle and size of a box, or `class x1 y1 x2 y2 x3 y3 …`, a polygon; all in
shares of the image (https://docs.ultralytics.com/datasets).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from umbra.contracts.http.review import Review
from umbra.core.errors import Refused
from umbra.datasets.labelled import IMAGE_SUFFIXES, Labelled, Shape, Written, images_below, text_of

Content = Callable[[Review], bytes | None]
"""The encoded image of a review; None when it is not kept any more."""

_BOX = 4
_LONGEST = 50
"""Characters of a file's name: four bytes each at most, 255 bytes with what is added."""


def read(directory: Path) -> Iterator[Labelled]:
    """Every text file below `labels`, and every image below `images` that has none: nothing is in it.

    Raises:
        Refused: it is no such directory; the text says which line is wrong.
    """
    names = _names(directory / "data.yaml")
    images = directory / "images"
    of_stem = {_stem(path, images): path for path in images_below(images)} if images.is_dir() else {}
    labels = directory / "labels"
    files = {_stem(path, labels): path for path in sorted(labels.rglob("*.txt"))}
    if not (files or of_stem):
        raise Refused(f"{directory} has neither labels/*.txt nor images.")
    for stem in {**files, **of_stem}:
        image = of_stem[stem].relative_to(images).as_posix() if stem in of_stem else stem
        yield Labelled(image, _shapes(files[stem], names) if stem in files else [], relative=True)


def write(
    directory: Path, reviews: Iterable[Review], labels: Iterable[str], content: Content | None
) -> Written:
    """Write `data.yaml`, `labels` and, with `content`, `images`."""
    numbers = {label: number for number, label in enumerate(labels)}
    names, written = _Names(), Written()
    for review in reviews:
        if not (review.width and review.height) or any(_unwritable(shape) for shape in review.shapes):
            written.left_out += 1
            continue
        for shape in review.shapes:
            numbers.setdefault(shape["label"], len(numbers))
        lines = [_line(shape, numbers, review.width, review.height) for shape in review.shapes]
        name = names.new(review)
        _put(
            directory / "labels" / f"{name.with_suffix('')}.txt",
            "".join(f"{line}\n" for line in lines).encode(),
        )
        if content is not None:
            raw = content(review)
            written.without_image += raw is None
            if raw is not None:
                _put(directory / "images" / name, raw)
        written.reviews += 1
    _put(directory / "data.yaml", _described(numbers).encode())
    return written


def _names(file: Path) -> Mapping[int, str]:
    try:
        names = yaml.safe_load(text_of(file))["names"]
        return dict(enumerate(names)) if isinstance(names, list) else {int(k): v for k, v in names.items()}
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as err:
        raise Refused(f"{file} does not say the names of the classes: {err!r}.") from err


def _shapes(file: Path, names: Mapping[int, str]) -> list[Shape]:
    shapes = []
    for number, line in enumerate(text_of(file).splitlines(), 1):
        if not line.strip():
            continue
        try:
            first, *rest = line.split()
            shapes.append(_shape(names[int(first)], [float(value) for value in rest]))
        except (ValueError, KeyError) as err:
            raise Refused(f"{file}:{number}: {line!r} is no box and no polygon: {err!r}.") from err
    return shapes


def _shape(label: str, values: list[float]) -> Shape:
    if len(values) == _BOX:
        x, y, width, height = values
        return {"type": "rectangle", "label": label, "box": [x - width / 2, y - height / 2, width, height]}
    return {"type": "polygon", "label": label, "points": list(zip(values[::2], values[1::2], strict=True))}


def _unwritable(shape: Shape) -> bool:
    return shape["type"] not in ("rectangle", "polygon")


def _line(shape: Shape, numbers: Mapping[str, int], width: int, height: int) -> str:
    if shape["type"] == "rectangle":
        x, y, w, h = shape["box"]
        values = [(x + w / 2) / width, (y + h / 2) / height, w / width, h / height]
    else:
        values = [
            value / side
            for point in shape["points"]
            for value, side in zip(point, (width, height), strict=True)
        ]
    return " ".join([str(numbers[shape["label"]]), *(f"{value:.8g}" for value in values)])


def _described(numbers: Mapping[str, int]) -> str:
    described: dict[str, Any] = {
        "path": ".",
        "train": "images",
        "val": "images",
        "names": {number: label for label, number in numbers.items()},
    }
    text: str = yaml.safe_dump(described, sort_keys=False, allow_unicode=True)
    return text


def _stem(path: Path, below: Path) -> str:
    return path.relative_to(below).with_suffix("").as_posix()


class _Names:
    """A path for each review that stays where it is put, and that no other one has; any text may be an id."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def new(self, review: Review) -> PurePosixPath:
        path = _safe(review.image_id)
        # Ultralytics finds a label by the image's path without its suffix.
        if str(path.with_suffix("")) in self._taken:
            path = path.with_name(f"{path.stem}~{review.partition}-{review.offset}{path.suffix}")
        self._taken.add(str(path.with_suffix("")))
        return path


def _safe(image_id: str) -> PurePosixPath:
    plain = image_id.replace("\\", "/").replace("\0", "_")
    *folders, name = [part[:_LONGEST] for part in plain.split("/") if part not in ("", ".", "..")] or [
        "image"
    ]
    path = PurePosixPath(*map(_folder, folders), name)
    return path if path.suffix.lower() in IMAGE_SUFFIXES else path.with_name(f"{path.name}.jpg")


def _folder(part: str) -> str:
    """A name no file has here."""
    return f"{part}_" if PurePosixPath(part).suffix.lower() in {*IMAGE_SUFFIXES, ".txt"} else part


def _put(file: Path, raw: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(raw)
