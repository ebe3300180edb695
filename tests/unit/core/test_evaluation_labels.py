import pytest

from umbra.core.evaluation_labels import ClassificationFigures, Classified, classification_figures


def image(truth: str, **said: float) -> Classified:
    return Classified(frozenset(truth), said)


def figures(*images: Classified) -> ClassificationFigures:
    return classification_figures(images, ["a", "b", "c"])


def test_without_an_image_there_is_no_figure() -> None:
    found = figures()

    assert (found.accuracy, found.macro_f1, found.ece, found.labels) == (None, None, None, [])
    assert found.confusion == [[0] * 4] * 4


def test_one_label_an_image() -> None:
    found = figures(image("a", a=0.9), image("a", b=0.6), image("b", b=0.8), image("b"), image("", c=0.5))

    assert found.accuracy == 2 / 5
    assert found.confusion == [[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0], [0, 0, 1, 0]]
    a, b, c = found.labels
    assert (a.precision, a.recall, a.f1) == (1.0, 0.5, 2 / 3)
    assert (b.precision, b.recall, b.f1) == (0.5, 0.5, 0.5)
    assert (c.precision, c.recall, c.f1) == (0.0, None, 0.0)
    assert found.macro_f1 == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_several_labels_an_image_have_no_confusion() -> None:
    found = figures(image("ab", a=0.9, b=0.7), image("a", a=0.9, b=0.6))

    assert found.confusion is None
    assert found.accuracy == 0.5
    assert [(label.precision, label.recall) for label in found.labels] == [(1.0, 1.0), (0.5, 1.0)]


def test_calibration_is_the_gap_between_score_and_accuracy() -> None:
    found = figures(image("a", a=0.95), image("a", b=0.95), image("a", a=0.31), image("a", a=1.0))

    top = found.calibration[-1]
    assert top.count == 3
    assert [top.score, top.accuracy, top.low, top.high] == pytest.approx([2.9 / 3, 2 / 3, 14 / 15, 1.0])
    assert sum(bin.count for bin in found.calibration) == 4
    assert found.ece == pytest.approx((3 * abs(2 / 3 - 2.9 / 3) + abs(1 - 0.31)) / 4)


def test_the_order_of_images_changes_nothing() -> None:
    images = [image("a", a=n / 7) for n in range(8)]

    assert figures(*images) == figures(*reversed(images))
