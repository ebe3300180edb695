"""Figures of pairs, by their task; and that each is explained."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest

from services.api.pair_figures import pair_figures
from umbra.contracts.http.comparison import PairFigures
from umbra.contracts.http.metrics import VersionSeries, VersionTotals
from umbra.contracts.manifest import Task
from umbra.core.agreement import Shapes
from umbra.core.assignment_run import Run
from umbra.core.buckets import comparison_bucket
from umbra.core.judgement import Judgement, LandingKey, Latencies, pair
from umbra.core.window import window
from umbra.postgres.metrics import PairRow

AT = datetime(2026, 11, 23, tzinfo=UTC)
METRICS = Path(__file__).parents[3] / "docs" / "metrics.md"


def judgement(slot: str, shapes: Shapes) -> Judgement:
    return Judgement(
        LandingKey(AT, 0, 0), "d", "img", slot, "m@1", 1, False, Latencies(1, 1, 1, 1000), shapes
    )


def figures(task: Task, champion: Shapes, shadow: Shapes) -> PairFigures:
    both = pair(judgement("champion", champion), judgement("shadow", shadow))
    rows = [PairRow(AT, "shadow", 1, comparison_bucket([both]))]
    met = dict(rows[0].bucket.confusion)
    return pair_figures(
        Run("shadow", "a@1", "b@1", (1,), ("cat", "dog"), task), rows, met, [], window(AT, "1m")
    )


@pytest.mark.parametrize(
    ("task", "shapes", "matched_iou", "mean_iou", "kappa"),
    [
        ("detection", Shapes(["cat"], [0.5], [(0, 0, 9, 9)]), 1.0, None, None),
        ("classification", Shapes(["cat"], [0.5], kind="labels"), None, None, None),
        ("detection", Shapes(), None, None, None),
        ("classification", Shapes(kind="labels"), None, None, None),
        ("semantic-segmentation", Shapes(kind="regions"), None, None, None),
    ],
)
def test_a_figure_that_means_nothing_for_a_task_is_null(
    task: Task, shapes: Shapes, matched_iou: float | None, mean_iou: float | None, kappa: float | None
) -> None:
    found = figures(task, shapes, shapes)

    assert (found.matched_iou, found.mean_iou, found.kappa) == (matched_iou, mean_iou, kappa)


def test_two_labels_for_one_image_are_no_better_than_chance() -> None:
    cat, dog = Shapes(["cat"], [0.5], kind="labels"), Shapes(["dog"], [0.75], kind="labels")

    found = figures("classification", cat, dog)

    assert (found.kappa, found.agreement, found.flips_per_image, found.score_delta) == (0.0, 0.0, 1.0, 0.25)


def test_a_label_has_figures_of_its_own() -> None:
    boxes = [(0.0, 0.0, 9.0, 9.0), (50.0, 50.0, 9.0, 9.0)]

    found = figures(
        "detection", Shapes(["cat", "cat"], [0.5, 0.5], boxes), Shapes(["cat", "dog"], [0.75, 0.5], boxes)
    )

    cat, dog = found.labels
    assert (cat.champion, cat.shadow, cat.matched, cat.agreement) == (2, 1, 1, 2 / 3)
    assert (cat.matched_iou, cat.score_delta, cat.mean_iou) == (1.0, 0.25, None)
    assert (dog.agreement, dog.matched_iou, dog.score_delta) == (0.0, None, None)


def test_a_region_that_one_side_lacks_counts_in_its_labels_mean_iou() -> None:
    one = Shapes(["cat"], [1.0], masks=[np.array([0, 4])], kind="regions")
    half = Shapes(["cat", "dog"], [1.0, 1.0], masks=[np.array([0, 2]), np.array([2, 4])], kind="regions")

    cat, dog = figures("semantic-segmentation", one, half).labels

    assert (cat.mean_iou, dog.mean_iou) == (0.5, 0.0)


def names(shown: Any) -> Iterator[str]:
    """Of every figure in it."""
    hints = get_type_hints(shown)
    for field in fields(shown):
        yield field.name
        for kind in (hints[field.name], *get_args(hints[field.name])):
            if is_dataclass(kind):
                yield from names(kind)


@pytest.mark.parametrize("shown", [PairFigures, VersionTotals, VersionSeries])
def test_every_figure_is_explained(shown: Any) -> None:
    text = METRICS.read_text()
    ours = {"t", "label", "rows"}
    assert [name for name in names(shown) if f"`{name}`" not in text and name not in ours] == []
