import pytest

from umbra.onnx.heads.layout import IMAGES, Labels, Layout, mismatch
from umbra.onnx.signature import Dim, Tensor

BOXES = Layout((IMAGES, "objects", 4))
NUMBERS = Layout((IMAGES, "objects"), real=False)
SCORES = Layout((IMAGES, "objects", Labels((0, 1))))
COUNTS = Layout((IMAGES, 1), real=False)


def output(*shape: Dim, name: str = "o", dtype: str = "float") -> Tensor:
    return Tensor(name, dtype, shape)


@pytest.mark.parametrize(
    ("layout", "tensor", "labels", "said"),
    [
        pytest.param(BOXES, output(), 2, None, id="the file tells no shape"),
        pytest.param(BOXES, output(None, None, None), 2, None, id="all lengths are open"),
        pytest.param(BOXES, output(1, 300, 4), 2, None, id="fixed lengths"),
        pytest.param(BOXES, output(1, 300, 5), 2, "o float (1, 300, 5) is not (images, objects", id="length"),
        pytest.param(BOXES, output(300, 4), 2, "is not (images, objects, 4)", id="an axis too few"),
        pytest.param(BOXES, output(1, 300, 4, dtype="int64"), 2, "holds whole numbers", id="no real numbers"),
        pytest.param(BOXES, output(1, 300, 4, dtype="float16"), 2, None, id="half precision"),
        pytest.param(NUMBERS, output(1, 300, dtype="int32"), 2, None, id="whole numbers"),
        pytest.param(NUMBERS, output(1, 300), 2, None, id="whole numbers written as real ones"),
        pytest.param(SCORES, output(1, 300, 2), 2, None, id="labels"),
        pytest.param(SCORES, output(1, 300, 3), 2, None, id="labels and background"),
        pytest.param(SCORES, output(1, 300, 4), 2, "(images, objects, 2 labels or 1 + 2 labels)", id="more"),
        pytest.param(SCORES, output(1, 300, 4), None, None, id="labels not known"),
        pytest.param(SCORES, output(1, 300, 0), None, "labels or 1 + labels", id="no labels at all"),
        pytest.param(COUNTS, output(1, 1, dtype="int32"), 2, None, id="a column"),
        pytest.param(COUNTS, output(1, dtype="int32"), 2, None, id="no column"),
    ],
)
def test_why_an_output_does_not_have_its_layout(
    layout: Layout, tensor: Tensor, labels: int | None, said: str | None
) -> None:
    found = mismatch([tensor], [layout], labels)

    assert found is None if said is None else said in str(found)


def test_a_length_of_one_name_is_the_same_in_all_outputs() -> None:
    outputs = [output(1, 300, 4, name="boxes"), output(1, 100, name="labels")]

    assert mismatch(outputs, [BOXES, NUMBERS], 2) == (
        "boxes float (1, 300, 4) and labels float (1, 100) differ in the number of objects"
    )


@pytest.mark.parametrize(("one_image", "fits"), [(False, False), (True, True)])
def test_the_axis_of_the_images_may_be_missing_where_a_head_says_so(one_image: bool, fits: bool) -> None:
    outputs = [output(None, 4), output(None)]

    assert (mismatch(outputs, [BOXES, NUMBERS], 2, one_image=one_image) is None) is fits
