"""AP, AR and F1 against pycocotools, which no product code imports."""

import contextlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from umbra.contracts.http.evaluation import VersionEvaluation
from umbra.core.evaluation_matched import matched_objects
from umbra.core.evaluation_objects import NO_DETECTIONS, ImageDetections, ImageTruths, label_order
from umbra.core.evaluation_overlaps import mask_overlaps
from umbra.core.evaluation_precision import ObjectFigures, object_figures

SCENES = Path("examples/digits/scenes")
Thing = dict[str, Any]
"""An object: label, bbox; of a truth area and iscrowd, of a detection score; a mask as `segmentation`."""


def truths(things: Sequence[Thing]) -> ImageTruths:
    return ImageTruths(
        [thing["label"] for thing in things],
        np.array([thing["bbox"] for thing in things], np.float64).reshape(-1, 4),
        np.array([thing["area"] for thing in things], np.float64),
        np.array([thing.get("iscrowd", 0) for thing in things], bool),
    )


def detections(things: Sequence[Thing], operate: float = 0.5) -> ImageDetections:
    """Best first, as predictions are."""
    ordered = sorted(things, key=lambda thing: -thing["score"])
    boxes = np.array([thing["bbox"] for thing in ordered], np.float64).reshape(-1, 4)
    return ImageDetections(
        [thing["label"] for thing in ordered],
        boxes,
        boxes[:, 2] * boxes[:, 3],
        np.array([thing["score"] for thing in ordered], np.float64),
        sum(thing["score"] >= operate for thing in ordered),
    )


def figures(there: list[list[Thing]], said: list[list[Thing]], operate: float = 0.5) -> ObjectFigures:
    a, b = [truths(image) for image in there], [detections(image, operate) for image in said]
    return object_figures(matched_objects(a, b, label_order([], [*a, *b])))


def reference(there: list[list[Thing]], said: list[list[Thing]], kind: str = "bbox") -> list[float | None]:
    """AP, AP50, AP75, by size, AR@1, 10, 100 by pycocotools."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    labels = sorted({thing["label"] for image in (*there, *said) for thing in image})
    number = {label: place for place, label in enumerate(labels, 1)}
    images = [{"id": at, "width": 200, "height": 200} for at in range(len(there))]
    annotations = [
        thing | {"image_id": at, "category_id": number[thing["label"]], "iscrowd": thing.get("iscrowd", 0)}
        for at, image in enumerate(there)
        for thing in image
    ]
    shape = {"bbox": "bbox", "segm": "segmentation"}[kind]
    results = [
        {key: value for key, value in thing.items() if key in ("score", shape)}
        | {"image_id": at, "category_id": number[thing["label"]]}
        for at, image in enumerate(said)
        for thing in sorted(image, key=lambda thing: -thing["score"])
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        gt, dt = COCO(), COCO()
        gt.dataset = {
            "images": images,
            "annotations": [ann | {"id": at} for at, ann in enumerate(annotations, 1)],
            "categories": [{"id": at, "name": label} for label, at in number.items()],
        }
        gt.createIndex()
        if results:
            dt = gt.loadRes(results)
        else:
            dt.dataset = gt.dataset | {"annotations": []}
            dt.createIndex()
        run = COCOeval(gt, dt, kind)
        run.evaluate()
        run.accumulate()
        run.summarize()
    return [None if value == -1 else float(value) for value in run.stats[:9]]


NINE = ("ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar1", "ar10", "ar")


def nine(found: ObjectFigures) -> list[float | None]:
    return [getattr(found, name) for name in NINE]


def nine_of(version: VersionEvaluation) -> list[float | None]:
    """The same as the API shows them."""
    return [getattr(version, name).value for name in NINE]


def approximately(values: Sequence[float | None]) -> list[Any]:
    return [value if value is None else pytest.approx(value, abs=1e-9) for value in values]


def seven(x: float, score: float = 0.9, size: float = 20.0, label: str = "7", **more: Any) -> Thing:
    return {"label": label, "bbox": [x, 10.0, size, size], "area": size * size, "score": score} | more


CASES: dict[str, tuple[list[list[Thing]], list[list[Thing]]]] = {
    "nothing": ([], []),
    "an empty image": ([[]], [[]]),
    "nothing there": ([[]], [[seven(0)]]),
    "nothing said": ([[seven(0)]], [[]]),
    "right": ([[seven(0)]], [[seven(0)]]),
    "another label": ([[seven(0)]], [[seven(0, label="3")]]),
    "twice": ([[seven(0)]], [[seven(0), seven(1, 0.8)]]),
    "equal scores": ([[seven(0)], [seven(0)]], [[seven(50, 0.5), seven(0, 0.5)], [seven(0, 0.5)]]),
    "equal overlaps": ([[seven(0), seven(4)]], [[seven(2), seven(2, 0.8)]]),
    "a crowd": ([[seven(0, size=60.0, iscrowd=1), seven(100)]], [[seven(5), seven(9, 0.8), seven(100, 0.7)]]),
    "sizes": ([[seven(0, size=32.0), seven(90, size=96.0)]], [[seven(0, size=31.0), seven(90, size=97.0)]]),
    "an area of its own": ([[seven(0, area=2000.0)]], [[seven(0)]]),
    "120 of one label": ([[seven(0), seven(150)]], [[seven(n / 9, 0.9 - n / 999) for n in range(120)]]),
}


@pytest.mark.parametrize("case", CASES)
def test_figures_are_those_of_pycocotools(case: str) -> None:
    there, said = CASES[case]

    assert nine(figures(there, said)) == approximately(reference(there, said))


numbers = st.sampled_from([0.0, 2.0, 3.5, 10.0, 20.0, 31.9, 33.0, 60.0, 97.0])
truth_things = st.builds(
    lambda label, x, y, w, h, crowd: {
        "label": label,
        "bbox": [x, y, w, h],
        "area": w * h,
        "iscrowd": int(crowd),
    },
    st.sampled_from("ab"),
    numbers,
    numbers,
    numbers.filter(bool),
    numbers.filter(bool),
    st.booleans(),
)
said_things = st.builds(
    lambda label, x, y, w, h, score: {"label": label, "bbox": [x, y, w, h], "score": score},
    st.sampled_from("abc"),
    numbers,
    numbers,
    numbers,
    numbers,
    st.sampled_from([0.1, 0.5, 0.50001, 0.9]),
)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[list[Thing]], list[list[Thing]]]:
    """A few images; detections often lie exactly on a truth, or near it."""
    there = draw(st.lists(st.lists(truth_things, max_size=5), max_size=4))
    said = []
    for image in there:
        near = [
            {"label": thing["label"], "bbox": thing["bbox"], "score": draw(st.sampled_from([0.1, 0.5, 0.9]))}
            for thing in image
            if draw(st.booleans())
        ]
        said.append(draw(st.permutations([*near, *draw(st.lists(said_things, max_size=5))])))
    return there, said


@settings(max_examples=60)
@given(scenes())
def test_any_figures_are_those_of_pycocotools(scene: tuple[list[list[Thing]], list[list[Thing]]]) -> None:
    there, said = scene

    assert nine(figures(there, said)) == approximately(reference(there, said))


@pytest.mark.parametrize(
    ("slot", "f1"),
    [("champion", (516, 312, 557)), ("shadow", (550, 29, 557))],
)
def test_the_digits_have_their_published_figures(slot: str, f1: tuple[int, int, int]) -> None:
    there, said = digits(slot)

    found = figures(there, said, operate=0.25)

    published = json.loads((SCENES / "reference_det.json").read_text())[f"det_{slot}"]
    assert nine(found) == approximately([None if v == -1 else v for v in published["coco_stats"][:9]])
    assert [label.ap for label in found.labels] == approximately(published["ap_per_class"])
    assert len(found.curve) == 101
    counted = found.counted
    assert (counted.right, counted.wrong, counted.truths) == f1


def digits(slot: str) -> tuple[list[list[Thing]], list[list[Thing]]]:
    gt = json.loads((SCENES / "gt.json").read_text())
    names = {category["id"]: category["name"] for category in gt["categories"]}
    place = {image["id"]: at for at, image in enumerate(gt["images"])}
    there: list[list[Thing]] = [[] for _ in place]
    said: list[list[Thing]] = [[] for _ in place]
    for annotation in gt["annotations"]:
        there[place[annotation["image_id"]]].append(annotation | {"label": names[annotation["category_id"]]})
    for found in json.loads((SCENES / f"dt_{slot}.json").read_text()):
        said[place[found["image_id"]]].append(found | {"label": names[found["category_id"]]})
    return there, said


def test_f1_counts_shapes_alone() -> None:
    found = figures([[seven(0), seven(100)]], [[seven(0), seven(50, 0.6), seven(100, 0.4)]])

    counted = found.counted
    assert (counted.right, counted.wrong, counted.truths) == (1, 1, 2)
    assert (counted.precision, counted.recall, counted.f1) == (0.5, 0.5, 0.5)
    assert found.ar == 1.0


def test_without_a_ground_truth_there_is_no_figure() -> None:
    found = figures([[]], [[seven(0)]])

    assert nine(found) == [None] * 9
    assert (found.counted.precision, found.counted.recall, found.counted.f1) == (0.0, None, 0.0)
    assert (found.curve, found.labels[0].curve) == ([], [])
    assert object_figures(matched_objects([], [], [])).counted.f1 is None


def test_an_image_without_a_prediction_counts_as_no_detections() -> None:
    there = [truths([seven(0)]), truths([seven(0)])]

    found = object_figures(matched_objects(there, [detections([seven(0)]), NO_DETECTIONS], ["7"]))

    assert (found.ar, found.counted.recall) == (0.5, 0.5)


def test_masks_are_matched_by_their_pixels() -> None:
    from faster_coco_eval import mask

    rng = np.random.default_rng(7)
    there: list[list[Thing]] = []
    said: list[list[Thing]] = []
    for _ in range(12):
        pixels = rng.random((4, 1, 1)) * 0.4 + rng.random((4, 200, 200)) * 0.8 > 0.5
        pixels[:, :, : int(rng.integers(1, 190))] = False
        shifted = np.roll(pixels, int(rng.integers(0, 3)), axis=2)
        for kind, stack in ((there, pixels), (said, shifted)):
            rles = [mask.encode(np.asfortranarray(one.astype(np.uint8))) for one in stack]
            kind.append(
                [
                    {
                        "label": "ab"[place % 2],
                        "bbox": [0.0, 0.0, 1.0, 1.0],
                        "segmentation": rle,
                        "area": float(mask.area([rle])[0]),
                        "iscrowd": int(place == 3),
                        "score": 0.9 - place / 10,
                    }
                    for place, rle in enumerate(rles)
                ]
            )

    found = object_figures(
        matched_objects(
            [truths(image) for image in there],
            [masked(b, a) for a, b in zip(there, said, strict=True)],
            ["a", "b"],
        )
    )

    assert found.ap is not None
    assert nine(found) == approximately(reference(there, said, "segm"))


def masked(said: list[Thing], there: list[Thing]) -> ImageDetections:
    crowd = np.array([thing["iscrowd"] for thing in there], bool)
    labels, masks = [t["label"] for t in said], [t["segmentation"] for t in said]
    overlaps = mask_overlaps(
        labels, masks, [t["label"] for t in there], [t["segmentation"] for t in there], crowd
    )
    areas = np.array([thing["area"] for thing in said])
    scores = np.array([thing["score"] for thing in said])
    return ImageDetections(labels, np.zeros((len(said), 4)), areas, scores, len(said), overlaps)


def test_masks_of_other_sizes_overlap_nowhere() -> None:
    from faster_coco_eval import mask

    small, large = (mask.encode(np.ones((side, side), np.uint8, order="F")) for side in (4, 5))

    assert len(mask_overlaps(["7"], [small], ["7"], [large], np.zeros(1, bool)).ious) == 0
    assert len(mask_overlaps(["7"], [small], ["7", "7"], [large, small], np.zeros(2, bool)).ious) == 1
