"""Every detection head, on graphs that ONNX Runtime runs, beside plain Python."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from tests.unit.onnx.heads.families import FAMILIES, Array, Family, Scenes
from tests.unit.onnx.heads.reference import Expected, expected
from tests.unit.onnx.heads.scene_graph import make_scene_graph, picture_of
from tests.unit.onnx.test_projection import INPUTS, MODES, SIZES, to_model
from umbra.contracts.manifest import Dtype, Input, Manifest, Resize, Thresholds
from umbra.contracts.prediction import Rectangle
from umbra.core.detections import Detections
from umbra.onnx.heads import head
from umbra.onnx.heads.shapes import shapes
from umbra.onnx.inference import Outcome
from umbra.onnx.projection import Projection, project
from umbra.onnx.session import Model

SIZE = (64, 96)
LABELS = ["cat", "dog", "owl"]
OBJECTS = 40
SCENES = 5
ORIGINALS = [(64, 96), (90, 60), (50, 200), (200, 210), (31, 33)]
"""Height, width of each scene's image."""

BOX_TOLERANCE_PX = 0.01
SCORE_TOLERANCE = 1e-5

each_family = pytest.mark.parametrize("family", FAMILIES, ids=str)


def random_scenes(seed: int, objects: int = OBJECTS) -> Scenes:
    """Boxes that overlap, some of them beyond the edges, of all scores."""
    random = np.random.default_rng(seed)
    middle = random.uniform((0, 0), SIZE[::-1], (SCENES, objects, 2))
    half = random.uniform(2, 20, (SCENES, objects, 2))
    likely = random.uniform(0, 0.99, (SCENES, objects, 1))
    scores = likely * random.dirichlet([0.3] * len(LABELS), (SCENES, objects))
    # None so small that rounding could change their order.
    scores += random.uniform(1e-4, 1e-3, scores.shape)
    return Scenes(np.concatenate((middle - half, middle + half), axis=2), scores, SIZE)


def make_manifest(family: Family, *, size: tuple[int, int] = SIZE, **fields: Any) -> Manifest:
    return Manifest(
        name="m",
        task="detection",
        head=family.head,
        labels=LABELS,
        options=family.options,
        **{"input": Input(name="images", size=size, pad=0), "thresholds": Thresholds(emit=0.1), **fields},
    )


def make_graph(family: Family, tables: dict[str, Array], **options: Any) -> bytes:
    if not family.one_image:
        return make_scene_graph(tables, SIZE, **options)
    rows = {role: [table.shape[1]] * len(table) for role, table in tables.items()}
    return make_scene_graph(tables, SIZE, rows=rows, **{"images": 1, **options})


def rectangles(outcome: Outcome, manifest: Manifest) -> list[Rectangle]:
    assert isinstance(outcome, Detections), outcome
    both = [shape for part in shapes(outcome, manifest) for shape in part]
    return [shape for shape in both if isinstance(shape, Rectangle)]


def assert_equal(found: Sequence[Rectangle], wanted: Sequence[Expected]) -> None:
    close = partial(np.testing.assert_allclose, rtol=0)
    assert [one.label for one in found] == [one.label for one in wanted]
    close([one.score for one in found], [one.score for one in wanted], atol=SCORE_TOLERANCE)
    boxes = (np.array([one.box for one in some]).reshape(-1, 4) for some in (found, wanted))
    close(*boxes, atol=BOX_TOLERANCE_PX)


def assert_reads(
    family: Family,
    manifest: Manifest,
    tables: dict[str, Array],
    graph: bytes,
    originals: Sequence[tuple[int, int]],
) -> None:
    """The model finds in each scene what plain Python reads from the same numbers."""
    model = Model.load(graph, manifest, threads=1, rows=4)
    outcomes = model.infer_images([picture_of(scene, *hw) for scene, hw in enumerate(originals)])

    for scene, (outcome, original) in enumerate(zip(outcomes, originals, strict=True)):
        objects = family.read({role: table[scene] for role, table in tables.items()}, SIZE)
        projection = project(original, SIZE, manifest.input.resize)
        wanted = expected(objects, manifest, projection, suppresses=family.suppresses)
        assert_equal(rectangles(outcome, manifest), wanted)


@each_family
@pytest.mark.parametrize("resize", MODES)
def test_detections_are_those_of_the_reference(family: Family, resize: Resize) -> None:
    tables = family.write(random_scenes(seed=1))
    manifest = make_manifest(family, input=Input(name="images", size=SIZE, pad=0, resize=resize))
    originals = [SIZE] * SCENES if resize == "none" else ORIGINALS

    assert_reads(family, manifest, tables, make_graph(family, tables), originals)


@each_family
@pytest.mark.parametrize(
    "thresholds",
    [
        Thresholds(emit=0.0, operate=0.5, max_detections=1000),
        Thresholds(emit=0.2, nms_iou=0.1, class_agnostic=True),
        Thresholds(emit=0.01, nms_iou=0.9, max_detections=7),
    ],
)
def test_thresholds_are_those_of_the_manifest(family: Family, thresholds: Thresholds) -> None:
    tables = family.write(random_scenes(seed=2))
    manifest = make_manifest(family, thresholds=thresholds)

    assert_reads(family, manifest, tables, make_graph(family, tables), ORIGINALS)


@pytest.mark.parametrize("family", [one for one in FAMILIES if not one.one_image], ids=str)
@pytest.mark.parametrize("images", [1, 3])
def test_a_graph_with_a_fixed_batch_gives_the_same(family: Family, images: int) -> None:
    tables = family.write(random_scenes(seed=3))

    assert_reads(family, make_manifest(family), tables, make_graph(family, tables, images=images), ORIGINALS)


@pytest.mark.parametrize("family", [one for one in FAMILIES if one.one_image], ids=str)
@pytest.mark.parametrize("images", ["N", 1, None])
def test_a_graph_whose_outputs_are_those_of_one_image_is_fed_one_by_one(
    family: Family, images: int | str | None
) -> None:
    tables = family.write(random_scenes(seed=4))

    assert_reads(family, make_manifest(family), tables, make_graph(family, tables, images=images), ORIGINALS)


@each_family
@pytest.mark.parametrize("dtype", ["float16", "uint8"])
def test_other_types_of_input_give_the_same(family: Family, dtype: Dtype) -> None:
    tables = family.write(random_scenes(seed=5))
    scale = 1.0 if dtype == "uint8" else 1 / 255
    manifest = make_manifest(family, input=Input(name="images", size=SIZE, pad=0, dtype=dtype, scale=scale))
    graph = make_graph(family, tables, dtype=TensorProto.DataType.Value(dtype.upper()))

    assert_reads(family, manifest, tables, graph, ORIGINALS)


@each_family
def test_half_precision_outputs_are_read(family: Family) -> None:
    tables = {
        role: table.astype(np.float16) if table.dtype == np.float32 else table
        for role, table in family.write(random_scenes(seed=6)).items()
    }

    assert_reads(family, make_manifest(family), tables, make_graph(family, tables), ORIGINALS)


@each_family
def test_an_image_without_objects_gives_no_detections(family: Family) -> None:
    tables = family.write(random_scenes(seed=7, objects=0 if family.cut else 1))
    manifest = make_manifest(family, thresholds=Thresholds(emit=1.0, operate=1.0))

    for scene in range(SCENES):
        (found,) = read(family, {role: table[scene] for role, table in tables.items()}, manifest)

        assert (found.boxes.shape, found.scores.shape, found.classes.shape) == ((0, 4), (0,), (0,))
        assert found.boxes.dtype == found.scores.dtype == np.dtype(np.float32)
        assert found.classes.dtype == np.dtype(np.int64)


def read(
    family: Family, outputs: dict[str, Array], manifest: Manifest, projection: Projection | None = None
) -> list[Detections]:
    """By the head itself, of one image."""
    one = head(family.head)
    ranked = [outputs[role][None] for role in one.roles]
    found = one(ranked, manifest, [projection or project(SIZE, SIZE, "stretch")])
    return [each for each in found if isinstance(each, Detections)]


@each_family
@settings(deadline=None, max_examples=25)
@given(
    original=SIZES,
    size=INPUTS,
    resize=st.sampled_from(MODES),
    corner=st.tuples(st.floats(0, 0.9), st.floats(0, 0.9)),
    extent=st.tuples(st.floats(0.05, 1), st.floats(0.05, 1)),
)
def test_a_box_projected_forward_and_back_is_where_it_was(
    family: Family,
    original: tuple[int, int],
    size: tuple[int, int],
    resize: Resize,
    corner: tuple[float, float],
    extent: tuple[float, float],
) -> None:
    height, width = original
    low = np.array(corner) * (width, height)
    high = np.minimum(low + np.array(extent) * (width, height), (width, height))
    projection = project(original, size, resize)
    seen = to_model(np.concatenate((low, high))[None], projection)

    scores = np.array([[[0.01, 0.9, 0.02]]])
    written = family.write(Scenes(seen[None], scores, size))
    manifest = make_manifest(family, size=size, thresholds=Thresholds(emit=0.1))
    (found,) = read(family, {role: table[0] for role, table in written.items()}, manifest, projection)

    assert found.classes.tolist() == [1]
    np.testing.assert_allclose(found.boxes[0], [*low, *(high - low)], rtol=0, atol=BOX_TOLERANCE_PX)
