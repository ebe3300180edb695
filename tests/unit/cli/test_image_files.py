from pathlib import Path

import pytest

from umbra.cli.image_files import IdFrom, find, repeated
from umbra.core.errors import Refused


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.png", "a.JPG", "notes.txt", ".hidden.png", "deep/er/c.tiff", ".git/d.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"image")
    return tmp_path


def names(folder: Path, *patterns: str) -> list[str]:
    return [str(path.relative_to(folder)) for path in find(f"{folder}/{pattern}" for pattern in patterns)]


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        ([], []),
        (["b.png"], ["b.png"]),
        (["notes.txt"], ["notes.txt"]),
        ([".hidden.png"], [".hidden.png"]),
        (["*.png"], ["b.png"]),
        (["**/*.tiff"], ["deep/er/c.tiff"]),
        (["deep", "b.png", "b.png"], ["deep/er/c.tiff", "b.png", "b.png"]),
    ],
)
def test_what_is_named_is_found(folder: Path, patterns: list[str], found: list[str]) -> None:
    assert names(folder, *patterns) == found


def test_a_folder_is_searched_for_images(folder: Path) -> None:
    assert names(folder, "") == ["a.JPG", "b.png", "deep/er/c.tiff"]


@pytest.mark.parametrize("pattern", ["none.png", "*.bmp", "empty"])
def test_what_names_nothing_is_refused(folder: Path, pattern: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(Refused, match=r"There is no file|holds no image"):
        names(folder, "b.png", pattern)


@pytest.mark.parametrize(
    ("id_from", "ids"),
    [
        ("name", ["1.png", "2.png", "1.png~2", "2.png~2"]),
        ("path", ["cam/1.png", "2.png", "cam/1.png~2", "2.png~2"]),
        ("none", [None, None, None, None]),
    ],
)
def test_rounds_have_ids_of_their_own(id_from: IdFrom, ids: list[str | None]) -> None:
    files = repeated([Path("cam/1.png"), Path("2.png")], id_from, 2)

    assert [file.image_id for file in files] == ids
