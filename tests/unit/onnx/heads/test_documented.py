"""docs/heads.md: its manifests can be read, its own head works, and it leaves out none of Umbra's."""

import re
import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.unit.onnx.heads.scene_graph import make_scene_graph, picture_of
from umbra.contracts.manifest import Input, Manifest, manifest_decoder
from umbra.contracts.wire import encode
from umbra.core.detections import Detections
from umbra.core.errors import Refused
from umbra.onnx.heads import head, names
from umbra.onnx.session import Model

PAGE = (Path(__file__).parents[4] / "docs/heads.md").read_text()
SIZE = (64, 96)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The page's package, as pip would leave it."""
    (code,), (points,) = blocks("python"), blocks("toml")
    (tmp_path / "acme_heads.py").write_text(code)
    name, target = re.findall(r'^(\S+) = "(\S+)"$', points, re.MULTILINE)[0]
    metadata = tmp_path / "acme_heads-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-heads\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        f"[umbra.heads]\n{name} = {target}\nbroken = acme_heads:Gone\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    invalidate_caches()
    yield
    sys.modules.pop("acme_heads", None)


@pytest.mark.usefixtures("installed")
def test_a_head_of_ones_own_reads_a_model() -> None:
    table = np.array([[0.5, 0.5, 0.25, 0.5, 0.9], [0.5, 0.5, 0.2, 0.2, 0.01]], np.float32)
    manifest = Manifest(
        name="m",
        task="detection",
        head="one-part",
        labels=["part"],
        input=Input(name="images", size=SIZE, resize="stretch", scale=1 / 255, pad=0),
    )
    model = Model.load(make_scene_graph({"part": table}, SIZE), manifest, threads=1, rows=2)

    there, nothing = model.infer_images([picture_of(scene, 128, 96) for scene in range(2)])

    assert isinstance(there, Detections)
    assert there.boxes.tolist() == [[36, 32, 24, 64]]
    assert there.scores.tolist() == pytest.approx([0.9])
    assert isinstance(nothing, Detections)
    assert len(nothing) == 0
    assert names()[-2:] == ["broken", "one-part"]


@pytest.mark.usefixtures("installed")
def test_a_package_that_is_broken_is_named() -> None:
    with pytest.raises(Refused, match="Head 'broken' of acme-heads cannot be loaded: AttributeError"):
        head("broken")


def test_its_manifests_are_manifests() -> None:
    read = [one for block in blocks("yaml") for one in yaml.safe_load_all(block) if "name" in one]
    assert len(read) == 4
    for one in read:
        manifest = manifest_decoder.decode(encode(one))
        assert head(manifest.head).task == manifest.task
        assert set(manifest.options) <= set(head(manifest.head).options)


def test_it_tells_of_every_head_with_its_roles_and_options() -> None:
    for name in names():
        rows = [line for line in PAGE.splitlines() if f"| `{name}` |" in line]
        assert rows, name
        assert all(f"`{role}`" in rows[0] for role in head(name).roles), name
        assert all(
            f"`{option}`" in "".join(rows) or f"`{option}:" in "".join(rows) for option in head(name).options
        )
