import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
import pytest
from onnx import TensorProto, external_data_helper, helper, numpy_helper

from tests.unit.onnx.graphs import LABELS, NAMES, SIZE, ULTRALYTICS, make_detector, serialised
from umbra.contracts.manifest import Input, Manifest, Thresholds
from umbra.core.errors import Refused
from umbra.onnx.completion import complete
from umbra.onnx.image_input import read_input
from umbra.onnx.model_file import manifest_from, read_model

DIGITS = Path("examples/digits")


def make_file(
    image: tuple[int | str, ...] = ("N", 3, *SIZE),
    output: tuple[int | str, ...] = ("N", 7, 2),
    dtype: int = TensorProto.FLOAT,
    **metadata: str | None,
) -> bytes:
    """A file whose graph says these shapes, and computes nothing of the kind."""
    graph = helper.make_graph(
        [helper.make_node("Identity", ["images"], ["output0"])],
        "g",
        [helper.make_tensor_value_info("images", dtype, image)],
        [helper.make_tensor_value_info("output0", dtype, output)],
    )
    model = helper.make_model(graph)
    entries = {**ULTRALYTICS, **metadata}
    helper.set_model_props(model, {key: value for key, value in entries.items() if value is not None})
    return serialised(model)


def test_the_digits_detector_says_all_that_is_needed() -> None:
    raw = (DIGITS / "scenes/det_champion.onnx").read_bytes()

    assert manifest_from(raw, name="digits-small") == Manifest(
        name="digits-small",
        task="detection",
        head="yolov8-detect",
        labels=[str(digit) for digit in range(10)],
        input=Input(name="images", size=(128, 128)),
        thresholds=Thresholds(emit=0.05, operate=0.25, nms_iou=0.5, max_detections=100),
    )


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, Input(name="images", size=SIZE)),
        ({"image": (1, 3, *SIZE), "imgsz": None}, Input(name="images", size=SIZE)),
        ({"image": ("N", 3, 64, 96), "imgsz": "[32, 48]"}, Input(name="images", size=(64, 96))),
        ({"image": ("N", 3, "H", "W"), "imgsz": "640"}, Input(name="images", size=(640, 640))),
        ({"image": ("N", 3, "H", "W"), "imgsz": "(320, 640)"}, Input(name="images", size=(320, 640))),
        ({"image": ("N", *SIZE, 3)}, Input(name="images", size=SIZE, layout="NHWC")),
        ({"image": ("N", 1, *SIZE)}, Input(name="images", size=SIZE, colour="grey")),
        ({"dtype": TensorProto.FLOAT16}, Input(name="images", size=SIZE, dtype="float16")),
        ({"dtype": TensorProto.UINT8}, Input(name="images", size=SIZE, dtype="uint8", scale=1.0)),
    ],
)
def test_the_input_is_read_from_the_graph_and_what_it_leaves_open_from_the_metadata(
    said: dict[str, Any], expected: Input
) -> None:
    found = complete(read_model(make_file(**said)), {"head": "no-matter"}, "m").notes
    assert not found.missing
    read = read_input(read_model(make_file(**said)), {}, "detection", found)
    assert msgspec.convert(read, Input) == expected


@pytest.mark.parametrize(
    "names",
    [NAMES, '{"2": "c", "0": "a", "1": "b"}', "['a', 'b', 'c']", "('a', 'b', 'c')"],
)
def test_labels_stand_in_the_order_of_their_indices(names: str) -> None:
    assert manifest_from(make_file(names=names), name="m").labels == list(LABELS)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "no graph"),
        (b"I am a text, not a model", "Not an ONNX file"),
        (b"PK\x03\x04 a zip archive", "Not an ONNX file"),
    ],
)
def test_what_is_no_model_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        manifest_from(raw, name="m")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"names": None}, "does not say its names"),
        ({"names": None, "task": None, "imgsz": None, "stride": None}, "its metadata: none"),
        ({"task": "pose"}, "task is 'pose'"),
        ({"names": "{0: 'a'"}, "no Python literal"),
        ({"names": "__import__('os').getcwd()"}, "no Python literal"),
        ({"names": "(" * 200_000}, "no Python literal"),
        ({"names": "'" + "a" * 1_000_000 + "'"}, "1,000,002 characters"),
        ({"names": "{0: 'a', 2: 'c'}"}, "a label for each of 0, 1, 2"),
        ({"names": "{}"}, "a label for each"),
        ({"names": "7"}, "a label for each"),
        ({"names": "['a']"}, "There are 1 labels"),
        (
            {"output": ("N", 300, 7, 5)},
            r"No head of detection reads the outputs output0 float \(\?, 300, 7, 5\)",
        ),
        ({"output": (7,)}, "No head of detection reads"),
        ({"image": ("N", 5, 8, 8)}, "neither"),
        ({"image": (8, 8)}, "neither"),
        ({"dtype": TensorProto.INT64}, "must be float, float16 or uint8"),
        ({"image": ("N", 3, "H", "W"), "imgsz": None}, "has no imgsz"),
        ({"image": ("N", 3, "H", "W"), "imgsz": "[1]"}, "imgsz is '.1.'"),
        ({"image": ("N", 3, "H", "W"), "imgsz": "-3"}, "imgsz is '-3'"),
    ],
)
def test_a_file_that_does_not_say_enough_is_refused_with_the_reason(
    said: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        manifest_from(make_file(**said), name="m")


def test_a_file_that_was_cut_off_is_refused() -> None:
    raw = (DIGITS / "scenes/det_champion.onnx").read_bytes()

    for percent in range(0, 100, 3):
        with pytest.raises(Refused, match=r"cut off|no graph"):
            manifest_from(raw[: len(raw) * percent // 100], name="m")


def test_a_model_without_metadata_needs_a_manifest() -> None:
    raw = (DIGITS / "classifiers/digits_champion.onnx").read_bytes()

    with pytest.raises(Refused, match="Give a manifest"):
        manifest_from(raw, name="m")


def test_weights_in_another_file_are_not_followed() -> None:
    model = onnx.load_model_from_string(make_detector())
    external_data_helper.set_external_data(model.graph.initializer[0], "../../etc/passwd")
    model.graph.initializer[0].ClearField("raw_data")

    with pytest.raises(Refused, match="in another file: save the model as one file"):
        read_model(serialised(model))


def test_constants_of_nodes_in_another_file_are_not_followed_either() -> None:
    secret = numpy_helper.from_array(np.zeros(3, np.float32), "secret")
    external_data_helper.set_external_data(secret, "/etc/passwd")
    secret.ClearField("raw_data")
    inner = helper.make_graph([helper.make_node("Constant", [], ["c"], value=secret)], "g", [], [])
    branch = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    function = helper.make_function("d", "f", [], ["y"], [branch], [helper.make_opsetid("", 17)])
    for place in ("node", "function"):
        model = onnx.load_model_from_string(make_detector())
        if place == "node":
            model.graph.node.append(branch)
        else:
            model.functions.append(function)

        with pytest.raises(Refused, match="weights of secret are in another file"):
            read_model(serialised(model))


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"labels": []}, "not with so many labels"),
    ({"labels": ["a", "b", ""]}, "labels must be given"),
    ({"thresholds": Thresholds(emit=-0.1)}, "threshold emit must be from 0 to 1"),
    ({"thresholds": Thresholds(nms_iou=float("nan"))}, "threshold nms_iou must be"),
    ({"thresholds": Thresholds(emit=0.5)}, "operate .* lies below emit"),
    ({"thresholds": Thresholds(max_detections=0)}, "max_detections must be 1"),
    ({"thresholds": Thresholds(top_k=0)}, "top_k must be 1"),
    ({"outputs": {"output": "boxes"}}, "no output boxes"),
    ({"input": Input(name="image", size=SIZE)}, "no input image, only images"),
    ({"input": Input(name="images", size=(1, 1))}, "correct the manifest's size, layout or colour"),
    ({"input": Input(name="images", size=(-1, 48))}, "size is height, width in pixels"),
    ({"input": Input(name="images", size=SIZE, std=(0.0,) * 3)}, "divide by 0"),
    ({"input": Input(name="images", size=SIZE, scale=float("inf"))}, "must be finite"),
    ({"input": Input(name="images", size=SIZE, dtype="float16")}, "is float32, the manifest says float16"),
]


@pytest.mark.parametrize(("changes", "reason"), UNFIT)
def test_a_manifest_given_with_a_file_must_be_that_of_the_file(changes: dict[str, Any], reason: str) -> None:
    raw = make_detector()
    signature = read_model(raw)
    sound = manifest_from(raw, name="m")
    assert complete(signature, msgspec.to_builtins(sound), "m").manifest == sound

    given = msgspec.to_builtins(msgspec.structs.replace(sound, **changes))
    completed = complete(signature, given, "m")

    assert completed.manifest is None
    assert re.search(reason, " ".join(fault.detail for fault in completed.report.refusals))


def test_neither_onnxruntime_nor_opencv_is_imported() -> None:
    program = (
        "import sys, umbra.onnx.model_file; from umbra.onnx.heads import heads; heads();"
        "print({'onnxruntime', 'cv2'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
