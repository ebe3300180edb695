"""Memory for another model: of the machine and of the container."""

from pathlib import Path

import pytest

from umbra.contracts.manifest import Artifact, Input, Manifest, Spec, spec_to_builtins
from umbra.core.errors import Refused
from umbra.worker.room import refuse_without_room

GB = 1_000_000_000


def spec(size: int) -> dict[str, object]:
    manifest = Manifest(
        name="m", task="detection", head="yolov8-detect", labels=["a"], input=Input(name="x", size=(8, 8))
    )
    artifact = Artifact(uri="models/m.onnx", sha256="0" * 64, bytes=size)
    return spec_to_builtins(Spec(artifact=artifact, manifest=manifest))


def machine(root: Path, available: int | None = None, **group: str) -> Path:
    """A file system that says so."""
    files = {f"sys/fs/cgroup/memory.{name}": text for name, text in group.items()}
    files["proc/self/cgroup"] = "0::/\n"
    if available is not None:
        files["proc/meminfo"] = f"MemTotal: 1 kB\nMemAvailable: {available // 1024} kB\n"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_machine_with_room_takes_another_model(tmp_path: Path) -> None:
    refuse_without_room("m@1", spec(GB), machine(tmp_path, available=4 * GB, max="max\n", current="1\n"))


@pytest.mark.parametrize(
    ("available", "group"),
    [
        (3 * GB, {}),
        (90 * GB, {"max": f"{4 * GB}\n", "current": f"{GB}\n"}),
        (None, {"max": f"{3 * GB}\n", "current": f"{2 * GB}\n", "stat": f"file 7\ninactive_file {GB}\n"}),
    ],
)
def test_without_room_it_is_refused_with_what_to_do(
    tmp_path: Path, available: int | None, group: dict[str, str]
) -> None:
    with pytest.raises(Refused, match=r"m@1 needs some 3064 MB .* more memory"):
        refuse_without_room("m@1", spec(GB), machine(tmp_path, available, **group))


def test_idle_pages_of_files_are_room(tmp_path: Path) -> None:
    stat = f"inactive_file {2 * GB}\n"

    refuse_without_room("m@1", spec(GB), machine(tmp_path, max=f"{3 * GB}\n", current=f"{GB}\n", stat=stat))


def test_where_nobody_says_how_much_there_is_nothing_is_refused(tmp_path: Path) -> None:
    refuse_without_room("m@1", spec(GB), tmp_path)
