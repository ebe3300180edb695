from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.unit.onnx.encoded import picture
from umbra.contracts.dead_letter import MODEL_ERROR
from umbra.contracts.manifest import Input
from umbra.core.errors import ImageError, Refused
from umbra.onnx.decode import Pixels
from umbra.onnx.preprocess import Preprocess

HEIGHT, WIDTH = 24, 40
PICTURE = picture(HEIGHT, WIDTH)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def filled(image: Pixels = PICTURE, **wanted: Any) -> NDArray[Any]:
    """The row of one image, in a buffer that held something else before."""
    preprocess = Preprocess(Input(name="images", **{"size": (HEIGHT, WIDTH), **wanted}))
    assert preprocess.row_shape is not None
    row = np.full(preprocess.row_shape, 77, preprocess.dtype)
    preprocess.fill(row, image)
    return row


def test_an_image_of_the_inputs_size_is_only_scaled() -> None:
    np.testing.assert_allclose(filled(), PICTURE.transpose(2, 0, 1) / 255, atol=1e-7)


def test_other_layouts_and_colours_are_the_same_pixels_in_other_places() -> None:
    rgb = filled()

    np.testing.assert_array_equal(filled(colour="BGR"), rgb[::-1])
    np.testing.assert_array_equal(filled(layout="NHWC"), rgb.transpose(1, 2, 0))
    np.testing.assert_array_equal(filled(layout="NHWC", colour="BGR"), rgb[::-1].transpose(1, 2, 0))


def test_grey_has_one_channel_of_luminance() -> None:
    expected = PICTURE @ (0.299, 0.587, 0.114) / 255

    assert filled(colour="grey").shape == (1, HEIGHT, WIDTH)
    np.testing.assert_allclose(filled(colour="grey")[0], expected, atol=0.003)
    np.testing.assert_allclose(filled(colour="grey", layout="NHWC")[..., 0], expected, atol=0.003)


def test_mean_and_std_are_of_each_channel_of_the_model() -> None:
    expected = (PICTURE / 255 - MEAN) / STD

    np.testing.assert_allclose(filled(layout="NHWC", mean=MEAN, std=STD), expected, atol=1e-5)
    np.testing.assert_allclose(filled(mean=MEAN, std=STD), expected.transpose(2, 0, 1), atol=1e-5)
    bgr = (PICTURE[..., ::-1] / 255 - MEAN) / STD
    np.testing.assert_allclose(filled(colour="BGR", mean=MEAN, std=STD), bgr.transpose(2, 0, 1), atol=1e-5)


def test_half_precision_is_rounded_once() -> None:
    row = filled(dtype="float16")

    assert row.dtype == np.float16
    np.testing.assert_array_equal(row, filled().astype(np.float16))


def test_bytes_are_the_pixels_themselves() -> None:
    row = filled(dtype="uint8", scale=1.0, layout="NHWC")

    assert row.dtype == np.uint8
    np.testing.assert_array_equal(row, PICTURE)


@pytest.mark.parametrize(
    ("resize", "rows", "columns"),
    [
        ("letterbox-centre", slice(8, 32), slice(0, 40)),
        ("letterbox-top-left", slice(0, 24), slice(0, 40)),
    ],
)
def test_a_letterbox_leaves_a_border_around_the_image(resize: str, rows: slice, columns: slice) -> None:
    row = filled(size=(40, 40), resize=resize, dtype="uint8", scale=1.0, layout="NHWC", pad=9)

    np.testing.assert_array_equal(row[rows, columns], PICTURE)
    row[rows, columns] = 9
    assert set(row.ravel().tolist()) == {9}


def test_a_crop_keeps_the_middle() -> None:
    row = filled(size=(24, 24), resize="short-side-crop", dtype="uint8", scale=1.0, layout="NHWC")

    np.testing.assert_array_equal(row, PICTURE[:, 8:32])


def test_stretching_does_not_keep_the_proportions() -> None:
    row = filled(size=(48, 40), resize="stretch", dtype="uint8", scale=1.0, layout="NHWC")

    assert np.abs(row.astype(int) - PICTURE.repeat(2, axis=0)).max() <= 8


@pytest.mark.parametrize(
    ("image", "wanted", "reason"),
    [
        (PICTURE, {"size": (24, 24), "resize": "none"}, "takes images of 24 x 24 pixels as they are"),
        (np.zeros((1, 100_000, 3), np.uint8), {"resize": "short-side-crop"}, "too long to be cropped"),
    ],
)
def test_an_image_that_does_not_fit_is_at_fault(image: Pixels, wanted: Any, reason: str) -> None:
    with pytest.raises(ImageError, match=reason) as refused:
        filled(image, **wanted)

    assert refused.value.code == MODEL_ERROR


@pytest.mark.parametrize("resize", ["letterbox-centre", "letterbox-top-left", "stretch"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 20_000), (20_000, 1)])
def test_images_of_any_shape_fit(resize: str, shape: tuple[int, int]) -> None:
    assert (filled(np.full((*shape, 3), 114, np.uint8), resize=resize, scale=1.0) == 114).all()


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"mean": (0.5,), "std": (0.5,)}, "3 channels need as many values"),
        ({"mean": (0.0,) * 3, "std": (1.0,)}, "3 channels need as many values"),
        ({"std": (1.0, 0.0, 1.0)}, "divide by 0"),
        ({"pad": 300}, "pad is a pixel value"),
        ({"size": (0, 10)}, "size is height, width"),
        ({"dtype": "uint8"}, "uint8 takes pixels as they are: set scale 1"),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(wanted: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        filled(**wanted)
