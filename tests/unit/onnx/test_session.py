from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from onnx import NodeProto, TensorProto, TypeProto, helper
from onnxruntime.capi import onnxruntime_pybind11_state as states

from tests.unit.onnx import graphs
from tests.unit.onnx.graphs import LABELS, SIZE, make_detector, plain
from umbra.contracts.dead_letter import MODEL_ERROR
from umbra.contracts.manifest import Input, Manifest
from umbra.core.detections import Detections
from umbra.core.errors import ImageError, Refused
from umbra.onnx.inference import Outcome
from umbra.onnx.model_file import manifest_from
from umbra.onnx.runtime import ProviderUnavailable, all_cores, is_the_image
from umbra.onnx.session import Model

BLACK, DARK, GREY, LIGHT, WHITE = 0, 40, 114, 200, 255


def load(raw: bytes, **options: Any) -> Model:
    return Model.load(raw, manifest_from(raw, name="tiny"), **{"threads": 1, "rows": 8, **options})


def level(outcome: Outcome | None) -> int | str | None:
    """The brightness an image was found to have, the code of its error, or None."""
    if isinstance(outcome, Detections):
        return round(float(outcome.scores[0]) * 255)
    return outcome.code if isinstance(outcome, ImageError) else None


def infer(model: Model, *brightness: int) -> list[int | str | None]:
    return [level(outcome) for outcome in model.infer_images([plain(one) for one in brightness])]


def test_an_image_gives_its_detections_in_its_own_pixels() -> None:
    (found,) = load(make_detector()).infer_images([plain(GREY, height=64, width=96)])

    assert isinstance(found, Detections)
    np.testing.assert_allclose(found.boxes, [[16, 12, 16, 8]])
    np.testing.assert_allclose(found.scores, [GREY / 255], atol=1e-5)
    assert found.classes.tolist() == [0]


def test_no_images_give_no_outcomes() -> None:
    assert load(make_detector()).infer_images([]) == []


def test_more_images_than_a_batch_holds_are_judged_in_several() -> None:
    assert infer(load(make_detector(), rows=2), DARK, GREY, LIGHT, WHITE, DARK) == [
        DARK,
        GREY,
        LIGHT,
        WHITE,
        DARK,
    ]


@pytest.mark.parametrize("fixed", [1, 3])
def test_a_graph_with_a_fixed_batch_is_fed_as_many_images_as_it_wants(fixed: int) -> None:
    assert infer(load(make_detector(batch=fixed)), DARK, GREY, LIGHT, WHITE) == [DARK, GREY, LIGHT, WHITE]


@pytest.mark.parametrize("dtype", [TensorProto.FLOAT16, TensorProto.FLOAT])
def test_inputs_of_other_types_are_fed_as_such(dtype: int) -> None:
    assert infer(load(make_detector(dtype=dtype)), DARK, LIGHT) == [DARK, LIGHT]


def test_a_batch_is_filled_by_many_threads_and_empty_rows_are_left_out() -> None:
    model = load(make_detector())
    batch = model.batch(5)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(batch.fill, (4, 1), (plain(LIGHT), plain(DARK))))

    assert [level(outcome) for outcome in model.infer(batch)] == [None, DARK, None, None, LIGHT]


def test_a_batch_without_any_image_gives_nothing() -> None:
    model = load(make_detector())

    assert model.infer(model.batch(2)) == [None, None]


def test_a_batch_has_no_more_rows_than_the_model_was_loaded_for() -> None:
    with pytest.raises(ValueError, match="1 to 8 rows, not 9"):
        load(make_detector()).batch(9)


def test_tensors_are_used_again() -> None:
    model = load(make_detector())
    first = model.batch(1)
    first.fill(0, plain(GREY))
    model.infer(first)

    assert model.batch(8).tensor is first.tensor


@pytest.mark.parametrize("fixed", ["N", 1, 2])
def test_the_one_image_a_model_fails_on_does_not_take_the_others_with_it(fixed: int | str) -> None:
    model = load(make_detector(batch=fixed, trap=graphs.bad_index()))

    assert infer(model, DARK, GREY, WHITE, LIGHT) == [DARK, GREY, MODEL_ERROR, LIGHT]


def test_an_error_of_the_model_says_what_the_runtime_said() -> None:
    model = load(make_detector(trap=graphs.bad_index()))

    (outcome,) = model.infer_images([plain(WHITE)])

    assert isinstance(outcome, ImageError)
    assert str(outcome).startswith(
        "Model tiny fails on this image: Non-zero status code returned while running Gather"
    )


def test_numbers_that_are_not_finite_are_an_error_of_their_image_alone() -> None:
    model = load(make_detector(trap=graphs.root_of_column()))

    outcomes = model.infer_images([plain(GREY), plain(BLACK), plain(LIGHT)])

    assert [level(outcome) for outcome in outcomes] == [GREY, MODEL_ERROR, LIGHT]
    assert "NaN or infinity" in str(outcomes[1])


def test_running_out_of_memory_is_not_the_images_fault() -> None:
    model = load(make_detector(trap=graphs.four_terabytes()))

    with pytest.raises(states.Fail, match="Failed to allocate memory"):
        model.infer_images([plain(GREY), plain(WHITE)])


@pytest.mark.parametrize(
    ("err", "expected"),
    [
        (states.Fail("Non-zero status code returned while running Reshape node"), True),
        (states.InvalidArgument("indices element out of data bounds, idx=5"), True),
        (states.RuntimeException("while running Conv node: std::bad_alloc"), False),
        (states.Fail("CUDA failure 2: out of memory ; GPU=0"), False),
        (states.Fail("CUDNN failure 8: CUDNN_STATUS_EXECUTION_FAILED"), False),
        (states.EPFail("execution provider is broken"), False),
        (states.EngineError("engine"), False),
        (MemoryError(), False),
    ],
)
def test_whose_fault_an_error_is(err: Exception, expected: bool) -> None:
    assert is_the_image(err) is expected


def test_a_provider_that_is_not_there_is_not_replaced() -> None:
    with pytest.raises(ProviderUnavailable, match="CUDAExecutionProvider is not part of this onnxruntime"):
        load(make_detector(), providers=[("CUDAExecutionProvider", {}), ("CPUExecutionProvider", {})])


def test_a_loaded_model_says_how_it_runs() -> None:
    model = load(make_detector(), threads=2)

    assert model.providers == ["CPUExecutionProvider"]
    assert model.threads == 2
    assert 0 < model.inference_ms <= model.load_ms
    assert 0 < model.first_inference_ms <= model.load_ms


def test_a_model_of_less_than_a_millisecond_runs_on_one_thread() -> None:
    assert load(make_detector(), threads=None).threads == 1


def test_a_model_that_takes_long_runs_on_all_cores() -> None:
    assert load(make_detector(trap=graphs.ten_milliseconds()), threads=None).threads == all_cores()


def test_a_model_is_loaded_from_its_path(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(make_detector())

    model = Model.load(path, manifest_from(path.read_bytes(), name="tiny"), threads=1)

    assert infer(model, GREY) == [GREY]


MANIFEST = Manifest(
    name="tiny",
    task="detection",
    head="yolov8-detect",
    labels=list(LABELS),
    input=Input(name="images", size=SIZE),
)


def changed(**fields: Any) -> Manifest:
    return msgspec.structs.replace(MANIFEST, **fields)


def fed(**fields: Any) -> Manifest:
    return changed(input=msgspec.structs.replace(MANIFEST.input, **fields))


@pytest.mark.parametrize(
    ("raw", "manifest", "reason"),
    [
        (b"", MANIFEST, "ONNX Runtime .* cannot load the model"),
        (b"no model", MANIFEST, "cannot load the model"),
        (make_detector()[:-200], MANIFEST, "cannot load the model"),
        (make_detector(), fed(name="image"), "inputs are images, the manifest has image"),
        (make_detector(), fed(size=(64, 64)), r"images float \(\?, 3, 32, 48\) of the graph does not take"),
        (make_detector(), fed(layout="NHWC"), "size, layout or colour"),
        (make_detector(), fed(dtype="float16"), "is float32, the manifest says float16"),
        (
            make_detector(),
            changed(labels=["a"]),
            r"yolov8-detect: output0 .* is not \(images, 4 \+ 1 label, anchors\)",
        ),
        (make_detector(), changed(outputs={"output": "boxes"}), "give each role the name of an output"),
        (make_detector(), changed(outputs={"boxes": "output0"}), "The head needs output"),
        (make_detector(trap=graphs.bad_index()), fed(pad=WHITE), "On a plain grey image: Model tiny fails"),
    ],
)
def test_a_file_that_does_not_fit_its_manifest_is_refused(
    raw: bytes, manifest: Manifest, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        Model.load(raw, manifest, threads=1)


def test_an_output_is_found_by_the_name_its_role_has() -> None:
    model = Model.load(make_detector(), changed(outputs={"output": "output0"}), threads=1)

    assert infer(model, GREY) == [GREY]


IMAGES = helper.make_tensor_type_proto(TensorProto.FLOAT, ["N", 3, *SIZE])


@pytest.mark.parametrize(
    ("node", "output", "kind"),
    [
        (
            helper.make_node("SequenceConstruct", ["images"], ["o"]),
            helper.make_sequence_type_proto(IMAGES),
            r"seq\(tensor\(float\)\)",
        ),
        (
            helper.make_node("Equal", ["images", "images"], ["o"]),
            helper.make_tensor_type_proto(TensorProto.BOOL, ["N", 3, *SIZE]),
            "bool",
        ),
    ],
)
def test_an_output_that_is_no_tensor_of_numbers_is_refused(
    node: NodeProto, output: TypeProto, kind: str
) -> None:
    values = helper.make_value_info("images", IMAGES), helper.make_value_info("o", output)
    graph = helper.make_graph([node], "odd", [values[0]], [values[1]])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)

    with pytest.raises(Refused, match=rf"Output o {kind} .* is no tensor of numbers"):
        Model.load(graphs.serialised(model), MANIFEST, threads=1)
