"""The manifest of a file: found, guessed and why, missing; candidates instead of a silent guess."""

from typing import Any

import pytest

from umbra.onnx.completion import Completed, complete
from umbra.onnx.signature import Signature, Tensor

IMAGE = Tensor("images", "float", (None, 3, 64, 64))
ULTRALYTICS: dict[str, Any] = {"names": "{0: 'a', 1: 'b'}", "task": "detect", "imgsz": "[64, 64]"}


def completed(
    *outputs: Tensor, given: dict[str, Any] | None = None, image: Tensor = IMAGE, **metadata: Any
) -> Completed:
    return complete(Signature(metadata, (image,), outputs), given or {}, "m")


def fields(noted: list[Any]) -> list[str]:
    return [one.field for one in noted]


def test_a_file_of_ultralytics_needs_nothing() -> None:
    done = completed(Tensor("output0", "float", (None, 6, 84)), **ULTRALYTICS)

    assert done.manifest is not None
    assert done.manifest.head == "yolov8-detect"
    assert {"labels", "task", "head", "input.size", "input.scale"} <= set(fields(done.notes.found))
    assert done.report.refusals == []


def test_what_nobody_says_is_missing_with_how_to_give_it() -> None:
    done = completed(Tensor("o", "float", (None, 84, 6)), image=Tensor("x", "float", (None, 3, None, None)))

    assert done.manifest is None
    said = {fault.detail.partition(":")[0]: fault.remedy for fault in done.notes.missing}
    assert "labels" in said["labels"]
    assert "input.size" in said["input.size"]


def test_several_heads_are_candidates_and_none_is_guessed() -> None:
    done = completed(Tensor("o", "float", (None, 84, 7)), given={"labels": ["a", "b"]})

    assert done.manifest is None
    assert {"yolov5-detect", "yolox"} <= {one.value for one in done.notes.candidates}
    assert "head" not in fields(done.notes.guessed)
    assert any("yolov5-detect" in fault.detail for fault in done.notes.missing)


def test_the_only_head_is_a_guess_with_its_reason() -> None:
    done = completed(
        Tensor("boxes", "float", (None, 100, 4)),
        Tensor("labels", "int64", (None, 100)),
        Tensor("scores", "float", (None, 100)),
        given={"labels": ["a", "b"], "task": "detection"},
    )

    assert done.manifest is not None
    assert done.manifest.head == "torchvision-detect"
    (head,) = (one for one in done.notes.guessed if one.field == "head")
    assert "the only one that reads" in head.why
    assert "options.background" in fields(done.notes.guessed)


def test_what_is_given_stands_and_is_not_noted() -> None:
    given = {"input": {"colour": "BGR", "resize": "stretch", "scale": 1.0}, "options": {}, "name": "mine"}

    done = completed(Tensor("output0", "float", (None, 6, 84)), given=given, **ULTRALYTICS)

    assert done.manifest is not None
    assert (done.manifest.name, done.manifest.input.colour) == ("mine", "BGR")
    assert (done.manifest.input.resize, done.manifest.input.scale) == ("stretch", 1.0)
    noted = fields(done.notes.found) + fields(done.notes.guessed)
    assert not {"input.colour", "input.resize", "input.scale"} & set(noted)


def test_of_two_images_the_user_chooses() -> None:
    signature = Signature(
        {"names": "['a', 'b']"},
        (Tensor("left", "float", (1, 3, 8, 8)), Tensor("right", "float", (1, 3, 8, 8))),
        (Tensor("output0", "float", (None, 6, 84)),),
    )

    done = complete(signature, {}, "m")

    assert [one.value for one in done.notes.candidates if one.field == "input.name"] == ["left", "right"]


@pytest.mark.parametrize(
    ("labels", "code"), [(["a"], "labels"), (["a", "b"], None), (["a", "b", "c"], "labels")]
)
def test_as_many_labels_as_classes(labels: list[str], code: str | None) -> None:
    given = {"labels": labels}

    done = completed(Tensor("output0", "float", (None, 6, 84)), given=given, **ULTRALYTICS)

    assert [fault.code for fault in done.notes.problems] == ([code] if code else [])
