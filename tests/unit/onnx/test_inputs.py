"""Every input that a manifest can describe, on a graph that tells what it was fed with."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.unit.onnx.finder import make_finder, manifest_of
from umbra.contracts.dead_letter import MODEL_ERROR
from umbra.contracts.manifest import Input
from umbra.core.detections import Detections
from umbra.core.errors import ImageError, Refused
from umbra.onnx.decode import Pixels
from umbra.onnx.inference import Outcome
from umbra.onnx.preprocess import LARGEST_OWN_PIXELS
from umbra.onnx.session import Model

SIZE = (48, 64)
REDDISH = (255, 140, 140)
"""Bright in grey too."""

LAYOUTS = ("NCHW", "NHWC")
DTYPES = ("float32", "float16", "uint8")
RED_CHANNEL = {"RGB": 0, "BGR": 2, "grey": 0}
RESIZES = ("letterbox-centre", "letterbox-top-left", "stretch", "short-side-crop", "none")

OWN: dict[str, Any] = {"size": None, "resize": "none"}


def make_input(dtype: str = "float32", **fields: Any) -> Input:
    scale = 1.0 if dtype == "uint8" else 1 / 255
    return Input(**{"name": "images", "size": SIZE, "dtype": dtype, "scale": scale, **fields})


def load(image: Input, images: int | str | None = "N", **options: Any) -> Model:
    return Model.load(make_finder(image, images=images), manifest_of(image), threads=1, **options)


def scene(height: int, width: int, box: tuple[int, int, int, int]) -> Pixels:
    """Black but for a reddish box, x y w h."""
    x, y, w, h = box
    image = np.zeros((height, width, 3), np.uint8)
    image[y : y + h, x : x + w] = REDDISH
    return image


def box_of(outcome: Outcome | None) -> list[float]:
    assert isinstance(outcome, Detections), outcome
    (box,) = outcome.boxes.tolist()
    return list(box)


@pytest.mark.parametrize(("layout", "dtype", "colour"), [*product(LAYOUTS, DTYPES, RED_CHANNEL)])
def test_an_image_is_where_it_should_be_in_its_colours(layout: str, dtype: str, colour: str) -> None:
    model = load(make_input(dtype, layout=layout, colour=colour))

    (outcome,) = model.infer_images([scene(96, 128, (40, 20, 32, 36))])

    assert box_of(outcome) == pytest.approx([40, 20, 32, 36], abs=2)
    assert isinstance(outcome, Detections)
    assert outcome.classes.tolist() == [RED_CHANNEL[colour]]


@pytest.mark.parametrize(
    ("resize", "short_side", "original"),
    [
        *product(RESIZES[:4], [None], [SIZE, (1080, 1920), (300, 100), (7, 9)]),
        *product(["short-side-crop"], [40, 70], [(1080, 1920), (300, 100), (7, 9)]),
        ("none", None, SIZE),
    ],
)
def test_boxes_come_back_in_the_original_through_every_resize(
    resize: str, short_side: int | None, original: tuple[int, int]
) -> None:
    height, width = original
    side = min(height, width) // 3
    expected = ((width - side) // 2, (height - side) // 2, side, side)

    (outcome,) = load(make_input(resize=resize, short_side=short_side)).infer_images(
        [scene(*original, expected)]
    )

    # The finder sees whole pixels of its input.
    pixel = max(1.0, height / SIZE[0], width / SIZE[1], height / (short_side or height))
    assert box_of(outcome) == pytest.approx(expected, abs=2 * pixel)


@pytest.mark.parametrize("mean", [0.0, 0.5])
def test_mean_and_std_reach_the_graph(mean: float) -> None:
    model = load(make_input(mean=(mean,) * 3, std=(0.25,) * 3, resize="none"))

    (outcome,) = model.infer_images([scene(*SIZE, (10, 20, 30, 15))])

    assert box_of(outcome) == [10, 20, 30, 15]


@pytest.mark.parametrize("images", ["N", 1, 4, None])
@pytest.mark.parametrize("image", [make_input(resize="none"), make_input(**OWN)])
def test_a_graph_is_fed_as_many_images_as_it_takes(images: int | str | None, image: Input) -> None:
    boxes = [(n, 2 * n, 5, 7) for n in range(7)]

    outcomes = load(image, images).infer_images([scene(*SIZE, box) for box in boxes])

    assert [tuple(box_of(outcome)) for outcome in outcomes] == boxes


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("multiple_of", [1, 32])
def test_images_go_in_their_own_size_where_it_is_open(layout: str, dtype: str, multiple_of: int) -> None:
    model = load(make_input(dtype, layout=layout, multiple_of=multiple_of, **OWN))
    sizes = [(1, 1), (1, 3000), (3000, 1), (33, 64), (480, 640)]

    outcomes = model.infer_images([scene(*size, (0, 0, size[1], size[0])) for size in sizes])

    assert [box_of(outcome) for outcome in outcomes] == [[0, 0, width, height] for height, width in sizes]


def test_padding_up_to_a_multiple_is_right_and_below_and_of_its_value() -> None:
    model = load(make_input("uint8", multiple_of=32, pad=0, layout="NHWC", **OWN))
    batch = model.batch(1)
    batch.fill(0, np.full((33, 50, 3), 255, np.uint8))

    assert batch.tensor is not None
    (row,) = batch.tensor
    assert row.shape == (64, 64, 3)
    assert (row[:33, :50] == 255).all()
    assert row.sum() == 33 * 50 * 3 * 255


def test_one_image_of_an_open_size_is_in_memory_at_a_time() -> None:
    model = load(make_input(**OWN), rows=64)

    assert model.rows == 1
    with pytest.raises(ValueError, match="1 to 1 rows, not 2"):
        model.batch(2)


def test_an_image_too_large_for_its_own_size_is_at_fault_before_anything_is_allocated() -> None:
    model = load(make_input(multiple_of=32, **OWN))
    huge = np.broadcast_to(np.zeros(3, np.uint8), (LARGEST_OWN_PIXELS // 32, 33, 3))
    batch = model.batch(1)

    with pytest.raises(
        ImageError, match=r"33 x 500000 .* at most 16,000,000 pixels, or give .* a size"
    ) as err:
        batch.fill(0, huge)

    assert err.value.code == MODEL_ERROR
    assert model.infer(batch) == [None]


def test_many_threads_fill_batches_of_their_own_sizes() -> None:
    model = load(make_input(**OWN))
    scenes = [scene(20 + n, 90 - n, (n, 0, 10, 9)) for n in range(40)]
    batches = [model.batch(1) for _ in scenes]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda batch, image: batch.fill(0, image), batches, scenes))

    outcomes = [model.infer(batch)[0] for batch in batches]
    assert [box_of(outcome) for outcome in outcomes] == [[n, 0, 10, 9] for n in range(40)]


def test_models_are_loaded_and_run_side_by_side() -> None:
    def found(dtype: str) -> list[float]:
        (outcome,) = load(make_input(dtype, resize="none")).infer_images([scene(*SIZE, (3, 4, 5, 6))])
        return box_of(outcome)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(found, DTYPES * 4)) == [[3, 4, 5, 6]] * 12


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"size": None}, "nothing is resized: give a size, or resize none instead of letterbox-centre"),
        ({"multiple_of": 32}, "multiple_of 32 is of an open size: leave it out, or set size to null"),
        ({**OWN, "multiple_of": 0}, "1 to 1024, not 0"),
        ({"short_side": 256}, "short_side is of resize short-side-crop, not of letterbox-centre"),
        ({"short_side": 0, "resize": "short-side-crop"}, "short_side is in pixels"),
    ],
)
def test_an_input_that_contradicts_itself_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        load(make_input(**fields))


@pytest.mark.parametrize(
    ("graph", "manifest"),
    [(make_input(), make_input(**OWN)), (make_input(size=(48, 48)), make_input())],
)
def test_a_size_that_the_graph_does_not_have_is_refused(graph: Input, manifest: Input) -> None:
    with pytest.raises(Refused, match="correct the manifest's size"):
        Model.load(make_finder(graph), manifest_of(manifest), threads=1)
