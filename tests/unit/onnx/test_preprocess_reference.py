"""What a model sees, beside independent computations from the definitions of those who train models."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from umbra.contracts.manifest import Input
from umbra.onnx.decode import Pixels
from umbra.onnx.preprocess import Preprocess

MEAN, STD = np.array((0.485, 0.456, 0.406)), np.array((0.229, 0.224, 0.225))

SIDES = st.integers(1, 400)
NOISE = np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)


def seen(image: Pixels, **wanted: Any) -> NDArray[np.uint8]:
    """(H, W, 3): what the model is given, as bytes."""
    wanted = {"dtype": "uint8", "scale": 1.0, "layout": "NHWC", **wanted}
    tensor, _ = Preprocess(Input(name="images", **wanted)).tensor_of(image)
    row: NDArray[np.uint8] = tensor[0]
    return row


def ultralytics_letterbox(image: Pixels, size: tuple[int, int], centre: bool) -> NDArray[Any]:
    """As its `LetterBox` is described: one ratio, rounded sides, and a border of 114, halved when centred."""
    height, width = image.shape[:2]
    ratio = min(size[0] / height, size[1] / width)
    new_width, new_height = max(1, round(width * ratio)), max(1, round(height * ratio))
    spare_x, spare_y = size[1] - new_width, size[0] - new_height
    left, top = (round(spare_x / 2 - 0.1), round(spare_y / 2 - 0.1)) if centre else (0, 0)
    if (width, height) != (new_width, new_height):
        image = cv2.resize(image, (new_width, new_height), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    border = (top, spare_y - top, left, spare_x - left)
    return cv2.copyMakeBorder(image, *border, cv2.BORDER_CONSTANT, value=(114, 114, 114))


def torchvision_crop(image: Pixels, crop: tuple[int, int], short: int) -> NDArray[Any]:
    """`Resize(short)`, then `CenterCrop(crop)`: the long side is cut to whole pixels, offsets are rounded,
    and what is smaller than the crop gets a border first."""
    height, width = image.shape[:2]
    long = int(short * max(height, width) / min(height, width))
    new_width, new_height = (short, long) if width <= height else (long, short)
    if (width, height) != (new_width, new_height):
        image = cv2.resize(image, (new_width, new_height), interpolation=cv2.INTER_LINEAR)  # type: ignore[assignment]
    missing_y, missing_x = max(0, crop[0] - new_height), max(0, crop[1] - new_width)
    border = (missing_y // 2, (missing_y + 1) // 2, missing_x // 2, (missing_x + 1) // 2)
    padded = cv2.copyMakeBorder(image, *border, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    top = round((padded.shape[0] - crop[0]) / 2.0)
    left = round((padded.shape[1] - crop[1]) / 2.0)
    return padded[top : top + crop[0], left : left + crop[1]]


@settings(deadline=None, max_examples=60)
@given(
    height=SIDES, width=SIDES, size=st.tuples(st.integers(8, 200), st.integers(8, 200)), centre=st.booleans()
)
def test_a_letterbox_is_that_of_ultralytics(
    height: int, width: int, size: tuple[int, int], centre: bool
) -> None:
    image = NOISE[:height, :width]
    resize = "letterbox-centre" if centre else "letterbox-top-left"

    np.testing.assert_array_equal(
        seen(image, size=size, resize=resize), ultralytics_letterbox(image, size, centre)
    )


@settings(deadline=None, max_examples=60)
@given(
    height=st.integers(20, 400),
    width=st.integers(20, 400),
    crop=st.tuples(st.integers(8, 200), st.integers(8, 200)),
    short=st.integers(8, 200),
)
def test_a_crop_is_that_of_torchvision(height: int, width: int, crop: tuple[int, int], short: int) -> None:
    image = NOISE[:height, :width]

    found = seen(image, size=crop, resize="short-side-crop", short_side=short, pad=0)

    np.testing.assert_array_equal(found, torchvision_crop(image, crop, short))


@pytest.mark.parametrize("original", [(1, 1), (300, 399), (399, 300), (64, 64), (31, 200)])
def test_without_a_short_side_a_square_crop_is_torchvisions_of_the_same_size(
    original: tuple[int, int],
) -> None:
    image = NOISE[: original[0], : original[1]]

    found = seen(image, size=(64, 64), resize="short-side-crop")

    np.testing.assert_array_equal(found, torchvision_crop(image, (64, 64), 64))


@settings(deadline=None, max_examples=60)
@given(original=st.tuples(SIDES, SIDES), size=st.tuples(st.integers(8, 200), st.integers(8, 200)))
def test_without_a_short_side_a_crop_fills_the_input(
    original: tuple[int, int], size: tuple[int, int]
) -> None:
    image = np.full((*original, 3), 200, np.uint8)

    assert (seen(image, size=size, resize="short-side-crop", pad=0) == 200).all()


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float16", 2e-3)])
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("colour", ["RGB", "BGR", "grey"])
def test_values_are_scaled_and_normalised_channel_by_channel(
    layout: str, colour: str, dtype: str, tolerance: float
) -> None:
    image = NOISE[:37, :53]
    wanted: dict[str, Any] = {
        "layout": layout,
        "colour": colour,
        "dtype": dtype,
        "resize": "none",
        "size": None,
    }
    preprocess = Preprocess(Input(name="images", mean=tuple(MEAN), std=tuple(STD), **wanted))

    channels = {
        "RGB": image.astype(float),
        "BGR": image[..., ::-1].astype(float),
        "grey": np.rint(image @ (0.299, 0.587, 0.114))[..., None],
    }[colour]
    count = channels.shape[-1]
    expected = (channels / 255 - MEAN[:count]) / STD[:count]
    if layout == "NCHW":
        expected = expected.transpose(2, 0, 1)

    tensor, _ = preprocess.tensor_of(image)
    # OpenCV rounds grey in fixed point: it may be one level off.
    level = 1 / 255 / STD[0] if colour == "grey" else 0
    np.testing.assert_allclose(tensor[0], expected, atol=tolerance + level)
