import io
import os
import shutil
from pathlib import Path

import pytest

from umbra.contracts.manifest import Artifact
from umbra.core.errors import Refused, Retryable
from umbra.settings import StoreSettings
from umbra.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(StoreSettings(store_url=f"file://{tmp_path}/store"))


def files(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def test_a_model_comes_back_as_it_went_in(store: Store) -> None:
    artifact = store.put_model(b"onnx")

    assert artifact.uri == f"models/{artifact.sha256}.onnx"
    assert artifact.bytes == 4
    assert store.open_model(artifact) == b"onnx"


def test_the_same_model_twice_is_one_file(store: Store, tmp_path: Path) -> None:
    first = store.put_model(b"onnx")
    written_at = (tmp_path / "store" / first.uri).stat().st_mtime_ns

    assert store.put_model(b"onnx") == first
    assert (tmp_path / "store" / first.uri).stat().st_mtime_ns == written_at
    assert files(tmp_path / "store") == {first.uri, "umbra-store.txt"}


@pytest.mark.parametrize("content", [b"", b"x" * 3_000_000])
def test_an_image_is_named_by_its_content(store: Store, tmp_path: Path, content: bytes) -> None:
    stored = store.put_image(io.BytesIO(content))

    assert stored == store.put_image(content)
    assert stored.bytes == len(content)
    assert stored.uri == f"file://{tmp_path}/store/images/{stored.sha256}"
    assert Path(stored.uri.removeprefix("file://")).read_bytes() == content


def test_an_image_that_changes_while_it_is_read_leaves_nothing(store: Store, tmp_path: Path) -> None:
    class Growing(io.BytesIO):
        def seek(self, *args: int) -> int:
            self.write(b"more")
            return super().seek(*args)

    with pytest.raises(Refused, match="changed while it was read"):
        store.put_image(Growing())
    assert files(tmp_path / "store") == {"umbra-store.txt"}


def test_a_changed_model_is_refused(store: Store, tmp_path: Path) -> None:
    artifact = store.put_model(b"onnx")
    for content in (b"ONNX", b"onnx and more"):
        (tmp_path / "store" / artifact.uri).write_bytes(content)
        with pytest.raises(Refused, match="Upload it again"):
            store.open_model(artifact)


def test_a_model_that_is_gone_is_refused(store: Store, tmp_path: Path) -> None:
    artifact = store.put_model(b"onnx")
    (tmp_path / "store" / artifact.uri).unlink()

    with pytest.raises(Refused, match="Upload it again"):
        store.open_model(artifact)


@pytest.mark.parametrize(
    "uri", ["../../etc/passwd", "/etc/passwd", "models/other.onnx", "file:///etc/passwd"]
)
def test_an_artifact_elsewhere_is_refused(store: Store, uri: str) -> None:
    with pytest.raises(Refused, match="no model of the store"):
        store.open_model(Artifact(uri=uri, sha256="0" * 64, bytes=10))


def empty(root: Path) -> None:
    shutil.rmtree(root)
    root.mkdir()


@pytest.mark.parametrize("take_away", [shutil.rmtree, empty])
def test_a_store_that_went_away_is_waited_for(store: Store, tmp_path: Path, take_away: object) -> None:
    artifact = store.put_model(b"onnx")
    assert callable(take_away)
    take_away(tmp_path / "store")

    with pytest.raises(Retryable, match="away"):
        store.open_model(artifact)
    with pytest.raises(Retryable, match="away"):
        store.put_image(b"image")
    with pytest.raises(Retryable, match="away"):
        store.check()
    assert files(tmp_path) == set()


def test_a_relative_store_is_absolute_in_its_uris(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stored = Store(StoreSettings(store_url="file://.umbra/store")).put_image(b"image")

    assert stored.uri == f"file://{os.getcwd()}/.umbra/store/images/{stored.sha256}"


def test_an_object_store_works_alike() -> None:
    store = Store(StoreSettings(store_url="memory://bucket/umbra"))

    assert store.open_model(store.put_model(b"onnx")) == b"onnx"
    assert store.put_image(b"image").uri.startswith("memory://")


def test_an_unknown_kind_of_store_is_refused() -> None:
    with pytest.raises(Refused, match="UMBRA_STORE_URL"):
        Store(StoreSettings(store_url="floppy://a/umbra"))
