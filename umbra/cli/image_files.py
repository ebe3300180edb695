"""The image files that paths, folders and globs name."""

import glob
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from umbra.core.errors import Refused

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
"""Of what is taken from a folder; a file that is named is taken whatever its name."""

IdFrom = Literal["name", "path", "none"]


class ImageFile(NamedTuple):
    """A file to send, and the image id it gets."""

    path: Path
    image_id: str | None


def find(patterns: Iterable[str]) -> list[Path]:
    """Every file that is named, in order; folders are searched through, hidden files left out.

    Raises:
        Refused: a pattern names nothing, a folder holds no image, or a file may not be read.
    """
    paths = [path for pattern in patterns for path in _named(pattern)]
    for path in paths:
        if not os.access(path, os.R_OK):
            raise Refused(f"{path} may not be read: correct its permissions or leave it out.")
    return paths


def repeated(paths: Iterable[Path], id_from: IdFrom, times: int) -> Iterable[ImageFile]:
    """Each file `times` times, round by round; from the second round on ids end in `~<round>`."""
    listed = list(paths)
    for round_ in range(1, times + 1):
        for path in listed:
            yield ImageFile(path, _image_id(path, id_from, round_))


def _named(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_dir():
        return _in_folder(path)
    if path.exists():
        return [path]
    matches = [Path(match) for match in sorted(glob.glob(pattern, recursive=True))]
    files = [match for match in matches if match.is_file()]
    if not files:
        raise Refused(f"There is no file {pattern!r}: give files, folders or a glob in quotes.")
    return files


def _in_folder(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.rglob("*") if _is_image(path, folder))
    if not files:
        raise Refused(f"The folder {folder} holds no image ({', '.join(sorted(SUFFIXES))}).")
    return files


def _is_image(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not hidden and path.suffix.lower() in SUFFIXES and path.is_file()


def _image_id(path: Path, id_from: IdFrom, round_: int) -> str | None:
    if id_from == "none":
        return None
    image_id = path.name if id_from == "name" else path.as_posix()
    return image_id if round_ == 1 else f"{image_id}~{round_}"
