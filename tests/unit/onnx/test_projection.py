import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from umbra.contracts.manifest import Resize
from umbra.onnx.projection import Corners, Projection, project, to_originals

MODES: tuple[Resize, ...] = ("letterbox-centre", "letterbox-top-left", "stretch", "short-side-crop", "none")
SIZES = st.tuples(st.integers(1, 5000), st.integers(1, 5000))
INPUTS = st.tuples(st.integers(64, 1280), st.integers(64, 1280))


def to_model(corners: Corners, projection: Projection) -> Corners:
    """As the docstring of Projection has it: `model = original * scale + offset`."""
    offset = (projection.left, projection.top)
    projected: Corners = corners * np.tile(projection.scale, 2) + np.tile(offset, 2)
    return projected


def to_original(corners: Corners, projection: Projection) -> Corners:
    return to_originals(corners, np.zeros(len(corners), np.intp), [projection])


@pytest.mark.parametrize(
    ("resize", "short_side", "original", "size", "expected"),
    [
        ("letterbox-centre", None, (128, 128), (128, 128), ((128, 128), 0, 0)),
        ("letterbox-centre", None, (1080, 1920), (640, 640), ((360, 640), 0, 140)),
        ("letterbox-centre", None, (100, 65), (200, 135), ((200, 130), 2, 0)),
        ("letterbox-centre", None, (1, 5000), (64, 64), ((1, 64), 0, 31)),
        ("letterbox-top-left", None, (1080, 1920), (640, 640), ((360, 640), 0, 0)),
        ("stretch", None, (1080, 1920), (640, 320), ((640, 320), 0, 0)),
        ("short-side-crop", None, (100, 200), (50, 50), ((50, 100), -25, 0)),
        ("short-side-crop", None, (201, 100), (50, 50), ((100, 50), 0, -25)),
        ("short-side-crop", 256, (480, 641), (224, 224), ((256, 341), -58, -16)),
        ("short-side-crop", 64, (100, 200), (80, 80), ((64, 128), -24, 8)),
        ("none", None, (30, 40), (30, 40), ((30, 40), 0, 0)),
        ("none", None, (30, 40), (32, 64), ((30, 40), 0, 0)),
    ],
)
def test_where_an_image_lies_in_the_input(
    resize: Resize,
    short_side: int | None,
    original: tuple[int, int],
    size: tuple[int, int],
    expected: tuple[tuple[int, int], int, int],
) -> None:
    assert project(original, size, resize, short_side) == Projection(original, *expected, size)


@settings(deadline=None)
@given(
    original=SIZES,
    size=INPUTS,
    resize=st.sampled_from(MODES),
    short_side=st.none() | st.integers(64, 1280),
    corners=st.tuples(*[st.floats(0, 1)] * 4),
)
@example(
    original=(1, 5000),
    size=(640, 640),
    resize="letterbox-centre",
    short_side=None,
    corners=(0.0, 0.0, 1.0, 1.0),
)
def test_a_box_projected_forward_and_back_is_where_it_was(
    original: tuple[int, int],
    size: tuple[int, int],
    resize: Resize,
    short_side: int | None,
    corners: tuple[float, ...],
) -> None:
    projection = project(original, size, resize, short_side)
    height, width = original
    box = np.array([corners]) * (width, height, width, height)

    # As a model gives it: float32.
    seen = to_model(box, projection).astype(np.float32).astype(np.float64)

    assert np.abs(to_original(seen, projection) - box).max() < 0.01


@settings(deadline=None)
@given(original=SIZES, size=INPUTS, resize=st.sampled_from(MODES[:3]))
def test_the_whole_image_lies_in_the_input(
    original: tuple[int, int], size: tuple[int, int], resize: Resize
) -> None:
    projection = project(original, size, resize)
    left, top, right, bottom = to_model(np.array([[0.0, 0.0, original[1], original[0]]]), projection)[0]

    assert left >= 0
    assert top >= 0
    assert right <= size[1] + 1e-9
    assert bottom <= size[0] + 1e-9


def test_a_box_in_the_border_is_cut_at_the_edge_of_the_image() -> None:
    projection = project((100, 200), (200, 200), "letterbox-centre")

    back = to_original(np.array([[-5.0, 0.0, 300.0, 60.0]]), projection)

    assert back.tolist() == [[0.0, 0.0, 200.0, 10.0]]


def test_boxes_of_many_images_go_back_to_their_own() -> None:
    projections = [project((10, 10), (20, 20), "stretch"), project((40, 40), (20, 20), "stretch")]
    corners = np.array([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 10.0, 10.0]])

    back = to_originals(corners, np.array([1, 0]), projections)

    assert back.tolist() == [[0.0, 0.0, 20.0, 20.0], [0.0, 0.0, 5.0, 5.0]]


def test_no_boxes_go_back_to_none() -> None:
    projections = [project((10, 10), (20, 20), "stretch")]

    assert to_originals(np.empty((0, 4)), np.empty(0, np.intp), projections).shape == (0, 4)
