"""Evaluation over the API, against pycocotools from scratch: whatever came in whichever order."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.api.evaluation.evaluator import Evaluator
from services.api.evaluation.reading import standing_in
from services.api.reviewing import Reviewing, store_one
from services.monitor.flush import SESSION, flush
from services.monitor.reading import Span
from tests.integration.api import Api, running_api
from tests.integration.control_plane import ControlPlane, make_spec
from tests.integration.test_api_figures import LANDED, NOW, landed, record
from tests.integration.test_api_reviews import DIGITS, item, post, put
from tests.predictions import SOURCES, make_failed, records_of
from tests.servers import migrated_database
from tests.unit.core.test_evaluation_precision import approximately, digits, nine_of, reference
from umbra.contracts.http.review import ReviewBody
from umbra.contracts.manifest import Manifest, Task, spec_to_builtins
from umbra.contracts.prediction import Classification, Image, Mask, Prediction, Rectangle, Rle
from umbra.core.change import Create
from umbra.core.revision import Assignment
from umbra.core.window import window
from umbra.postgres import revisions
from umbra.postgres.connection import connect
from umbra.settings import KafkaSettings, PostgresSettings

DIGIT_LABELS = tuple("0123456789")


def held(model_version: str, task: Task = "detection", labels: tuple[str, ...] = DIGIT_LABELS) -> Assignment:
    """A ModelVersion of a task."""
    spec = make_spec(model_version.split("@")[0], labels)
    manifest = msgspec.structs.replace(spec.manifest, task=task)
    assert isinstance(manifest, Manifest)
    return Assignment(model_version, spec_to_builtins(msgspec.structs.replace(spec, manifest=manifest)))


def create(api: Api, task: Task = "detection", labels: tuple[str, ...] = DIGIT_LABELS) -> None:
    """`digits` with a champion and a shadow since revision 1."""
    change = Create(held("digits-small@1", task, labels), {"shadow": held("digits-large@1", task, labels)})
    revisions.settle(api.plane.db, api.plane.ask(change).activate("topic", {0: 0}))


@pytest.fixture
def api(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path) -> Iterator[Api]:
    with running_api(kafka, postgres, tmp_path, relay=False) as api:
        yield api


def evaluated(api: Api, **params: Any) -> Any:
    return api.json("GET", f"{DIGITS}/evaluation", 200, params={"window": "1h"} | params)


def rectangles(things: list[dict[str, Any]]) -> list[Rectangle]:
    ordered = sorted(things, key=lambda thing: -thing["score"])
    return [Rectangle(thing["label"], thing["score"], tuple(thing["bbox"])) for thing in ordered]


def truth(things: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "type": "rectangle",
            "label": thing["label"],
            "box": thing["bbox"],
            "area": thing["area"],
            "crowd": bool(thing.get("iscrowd")),
        }
        for thing in things
    ]


def test_before_the_first_review_every_figure_is_null(api: Api) -> None:
    create(api)
    record(api, landed(0))

    found = evaluated(api)

    assert (found["reviewed"], found["task"]) == (0, "detection")
    champion, shadow = found["versions"]
    assert (champion["model_version"], champion["slots"]) == ("digits-small@1", ["champion"])
    assert champion["ap"] == shadow["ar"] == {"value": None, "low": None, "high": None}
    assert (champion["f1"], champion["labels"], champion["curve"]) == (None, [], [])
    assert found["differences"][0]["ap"]["value"] is None
    api.json("GET", f"{DIGITS}x/evaluation", 404)
    api.json("GET", f"{DIGITS}/evaluation", 422, params={"window": "long"})


def test_the_digits_have_their_published_figures(api: Api) -> None:
    create(api)
    there, by_champion = digits("champion")
    _, by_shadow = digits("shadow")
    record(
        api,
        *(
            landed(
                number,
                slot,
                landed_at=LANDED + timedelta(seconds=number / 2),
                shapes=rectangles([thing for thing in said if thing["score"] >= 0.25]),
                candidates=rectangles([thing for thing in said if thing["score"] < 0.25]),
            )
            for slot, all_ in (("champion", by_champion), ("shadow", by_shadow))
            for number, said in enumerate(all_)
        ),
    )
    stored = post(api, *(item(f"img{number}", *truth(things)) for number, things in enumerate(there)))
    assert stored["created"] == 200

    found = evaluated(api, curves=True)

    champion, shadow = found["versions"]
    assert found["reviewed"] == champion["images"] == shadow["images"] == 200
    assert champion["ap"]["value"] == pytest.approx(0.6508402999808818, abs=1e-9)
    assert champion["ar"]["value"] == pytest.approx(0.7185408798161341, abs=1e-9)
    assert shadow["ap"]["value"] == pytest.approx(0.8310446178524483, abs=1e-9)
    assert champion["f1"] == pytest.approx(2 * 516 / (516 + 312 + 557))
    (difference,) = found["differences"]
    assert (difference["slot"], difference["images"]) == ("shadow", 200)
    assert difference["ap"]["value"] == pytest.approx(0.1802, abs=1e-4)
    assert 0.14 < difference["ap"]["low"] < 0.18 < difference["ap"]["high"] < 0.22
    assert (difference["verdict"], difference["verdict_by"]) == ("better", "ap")
    assert [gap["label"] for gap in difference["labels"]] == list(DIGIT_LABELS)
    weakest = min(difference["labels"], key=lambda gap: gap["ap"]["value"])
    by_label = [{of["label"]: of["ap"] for of in version["labels"]} for version in (champion, shadow)]
    gap = by_label[1][weakest["label"]] - by_label[0][weakest["label"]]
    assert weakest["ap"]["value"] == pytest.approx(gap, abs=1e-9)
    for name in ("ap", "ap50", "ar"):
        assert champion[name]["low"] < champion[name]["value"] < champion[name]["high"]
    assert champion["random_only"] | {"ap": None, "ar": None} == dict.fromkeys(champion["random_only"]) | {
        "n": 0
    }
    assert len(champion["curve"]) == len(champion["labels"][0]["curve"]) == 101
    assert evaluated(api)["versions"][0]["labels"][0]["curve"] is None


def test_a_review_is_seen_at_once_and_a_correction_too(api: Api) -> None:
    create(api)
    seven = {"type": "rectangle", "label": "7", "box": [10, 10, 20, 20]}
    three = {"type": "rectangle", "label": "3", "box": [60, 60, 20, 20]}
    record(api, landed(0), landed(1))

    def ap() -> Any:
        return evaluated(api)["versions"][0]["ap"]["value"]

    put(api, "img0", seven, three)
    assert ap() == pytest.approx(1.0)
    put(api, "img1", seven)
    assert ap() == pytest.approx(1.0)
    put(api, "img1", three | {"label": "7"})
    assert ap() == pytest.approx((1 + 0.504950495049505) / 2, abs=0.3)
    put(api, "img1", seven)
    assert ap() == pytest.approx(1.0)


def test_an_image_without_a_prediction_or_with_a_failed_one_counts_as_no_detections(api: Api) -> None:
    create(api)
    seven = {"type": "rectangle", "label": "7", "box": [10, 10, 20, 20]}
    failed = make_failed(1, "shadow", landed_at=LANDED + timedelta(seconds=1))
    record(api, *(landed(number) for number in range(3)), landed(0, "shadow"), failed)
    for number in range(3):
        put(api, f"img{number}", seven)

    champion, shadow = evaluated(api)["versions"]

    assert (champion["images"], champion["missing"], champion["failed"]) == (3, 0, 0)
    assert (shadow["images"], shadow["missing"], shadow["failed"]) == (3, 1, 1)
    assert (champion["ar"]["value"], shadow["ar"]["value"]) == pytest.approx((1.0, 1 / 3))


def test_a_version_is_not_held_against_images_of_before_it_was_there(api: Api) -> None:
    create(api)
    seven = {"type": "rectangle", "label": "7", "box": [10, 10, 20, 20]}
    record(
        api,
        landed(0, model_version="digits-old@1"),
        landed(1, revision=2, model_version="digits-new@1"),
        landed(1, "shadow", revision=2),
    )
    for number in range(2):
        put(api, f"img{number}", seven)

    found = {version["model_version"]: version for version in evaluated(api)["versions"]}

    assert {name: (v["images"], v["missing"]) for name, v in found.items()} == {
        "digits-small@1": (1, 1),
        "digits-large@1": (2, 1),
        "digits-new@1": (1, 0),
        "digits-old@1": (1, 0),
    }
    alone = evaluated(api, slot="shadow")
    assert [version["model_version"] for version in alone["versions"]] == ["digits-small@1", "digits-large@1"]


def test_only_the_window_counts(api: Api) -> None:
    create(api)
    record(api, landed(0), landed(1, landed_at=NOW - timedelta(hours=2)))
    put(api, "img0")
    put(api, "img1")

    assert (evaluated(api)["reviewed"], evaluated(api, window="1d")["reviewed"]) == (1, 2)


def test_classification_has_its_own_figures(api: Api) -> None:
    create(api, "classification", ("cat", "dog"))
    said = [[Classification("cat", 0.9)], [Classification("dog", 0.6)], []]
    record(
        api,
        *(landed(n, shapes=shapes, candidates=[Classification("dog", 0.1)]) for n, shapes in enumerate(said)),
    )
    for number, label in enumerate(("cat", "cat", "dog")):
        put(api, f"img{number}", {"type": "classification", "label": label})

    champion = evaluated(api)["versions"][0]

    assert champion["accuracy"]["value"] == pytest.approx(1 / 3)
    assert champion["macro_f1"]["value"] == pytest.approx((2 / 3 + 0) / 2)
    assert champion["confusion"] == {"labels": ["cat", "dog"], "rows": [[1, 1, 0], [0, 0, 1], [0, 0, 0]]}
    assert champion["ece"]["value"] == pytest.approx((0.1 + 0.6) / 2)
    assert len(champion["calibration"]) == 15
    assert (champion["ap"], champion["miou"]) == (None, None)
    put(api, "img0", {"type": "rectangle", "label": "cat", "box": [1, 1, 5, 5]}, status=422)


def mask(label: str, rows: list[str]) -> dict[str, Any]:
    from faster_coco_eval import mask as masks

    pixels = np.asfortranarray(np.array([list(row) for row in rows]) == "x", np.uint8)
    rle = masks.encode(pixels)
    counts = rle["counts"].decode() if isinstance(rle["counts"], bytes) else rle["counts"]
    return {"type": "mask", "label": label, "rle": {"size": [*pixels.shape], "counts": counts}}


def said_mask(score: float, shape: dict[str, Any]) -> Mask:
    return Mask(shape["label"], score, Rle(tuple(shape["rle"]["size"]), shape["rle"]["counts"]))


SMALL = Image(partition=0, offset=0, width=4, height=2)


def test_semantic_segmentation_has_its_own_figures(api: Api) -> None:
    create(api, "semantic-segmentation", ("a", "b"))
    left, right, most = mask("a", ["xx..", "xx.."]), mask("b", ["..xx", "..xx"]), mask("a", ["xxx.", "xxx."])
    last = mask("b", ["...x", "...x"])
    record(api, landed(0, image=SMALL, shapes=[said_mask(0.9, most), said_mask(0.8, last)]))
    put(api, "img0", left, mask("b", ["xxxx", "...."]), status=422)
    put(api, "img0", left, {"type": "rectangle", "label": "a", "box": [1, 1, 2, 1]}, status=422)
    put(api, "img0", mask("a", ["xx"]), status=422)

    polygon = {"type": "polygon", "label": "b", "points": [[2, 0], [4, 0], [4, 2], [2, 2]]}
    for truths in ([left, right], [left, polygon]):
        put(api, "img0", *truths)
        champion = evaluated(api)["versions"][0]
        assert champion["miou"]["value"] == pytest.approx((4 / 6 + 2 / 4) / 2)
        assert champion["pixel_accuracy"]["value"] == pytest.approx(6 / 8)
        assert [label["iou"] for label in champion["labels"]] == pytest.approx([4 / 6, 1 / 2])
    shadow = evaluated(api)["versions"][1]
    assert (shadow["missing"], shadow["miou"]["value"]) == (1, 0.0)


def test_instance_segmentation_has_average_precision_of_masks(api: Api) -> None:
    create(api, "instance-segmentation", ("a", "b"))
    one, other = mask("a", ["xx..", "xx.."]), mask("b", ["..xx", "..xx"])
    near = mask("b", ["..xx", "...x"])
    record(api, landed(0, image=SMALL, shapes=[said_mask(0.9, one), said_mask(0.8, near)]))

    put(api, "img0", one, other)

    champion = evaluated(api)["versions"][0]
    # IoU 3/4 reaches six of the ten thresholds.
    assert champion["ap"]["value"] == pytest.approx((1 + 0.6) / 2)
    assert champion["f1"] == 1.0
    put(api, "img0", one | {"rle": {"size": [2, 4], "counts": "zzz"}}, status=422)


CAT, DOG = ({"type": "classification", "label": label} for label in ("cat", "dog"))


def judge(api: Api, images: int, wrong: int, *others: Prediction) -> None:
    """Cats, as the shadow says; the champion is wrong about the first ones."""
    create(api, "classification", ("cat", "dog"))
    said = [[Classification("dog" if n < wrong else "cat", 0.9)] for n in range(images)]
    record(
        api,
        *(landed(n, shapes=shapes) for n, shapes in enumerate(said)),
        *(landed(n, "shadow", shapes=[Classification("cat", 0.9)]) for n in range(images)),
        *others,
    )


def cats(api: Api, *numbers: int) -> None:
    post(api, *(item(f"img{number}", CAT) for number in numbers))


def test_a_verdict_takes_thirty_reviews(api: Api) -> None:
    judge(api, 30, wrong=15)
    cats(api, *range(29))

    before = evaluated(api)["differences"][0]
    assert (before["images"], before["verdict"]) == (29, "not enough reviews")
    assert before["accuracy"]["low"] > 0

    cats(api, 29)
    after = evaluated(api)["differences"][0]
    assert (after["images"], after["verdict"], after["verdict_by"]) == (30, "better", "accuracy")
    assert after["accuracy"]["value"] == 0.5
    assert 0 < after["accuracy"]["low"] < 0.5 < after["accuracy"]["high"]
    labels = {gap["label"]: gap["f1"]["value"] for gap in after["labels"]}
    assert labels == {"cat": pytest.approx(1 - 2 * 15 / 45)}, "dogs are only said by the champion"
    assert evaluated(api)["versions"][1]["accuracy"] == {"value": 1.0, "low": 1.0, "high": 1.0}


def test_models_that_say_the_same_do_not_differ(api: Api) -> None:
    judge(api, 30, wrong=0)
    cats(api, *range(30))

    found = evaluated(api)["differences"][0]

    assert found["accuracy"] == found["macro_f1"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert found["verdict"] == "no difference seen"


def test_under_ten_reviews_there_is_no_interval(api: Api) -> None:
    judge(api, 10, wrong=3)
    cats(api, *range(9))
    assert evaluated(api)["versions"][0]["accuracy"] == {"value": 6 / 9, "low": None, "high": None}

    cats(api, 9)
    accuracy = evaluated(api)["versions"][0]["accuracy"]
    assert accuracy["low"] < accuracy["value"] < accuracy["high"]


def test_a_withdrawn_review_is_no_ground_truth(api: Api) -> None:
    judge(api, 4, 1, landed(3, "replay-1", model_version="digits-old@1", shapes=[]))
    cats(api, *range(4))
    assert len(evaluated(api)["versions"]) == 3

    api.plane.db.execute(
        """INSERT INTO umbra.review (landed_at, partition, "offset", review, deployment, image_id, task,
            shapes, reviewer, withdrawn)
        SELECT landed_at, partition, "offset", 2, deployment, image_id, task, '[]', 'test', true
        FROM umbra.review WHERE image_id IN ('img0', 'img3')"""
    )

    found = evaluated(api)
    assert (found["reviewed"], found["by_queue"]) == (2, {"none": 2})
    assert [version["model_version"] for version in found["versions"]] == ["digits-small@1", "digits-large@1"]
    assert found["versions"][0]["accuracy"]["value"] == 1.0
    put(api, "img0", CAT)
    assert evaluated(api)["versions"][0]["accuracy"]["value"] == pytest.approx(2 / 3)


def queued(api: Api, queue: str, number: int, after: timedelta = timedelta(0)) -> None:
    """As if the review came from a queue, so long after the landing of the first image."""
    api.plane.db.execute(
        "UPDATE umbra.review SET queue = %s, reviewed_at = %s WHERE image_id = %s",
        (queue, LANDED + timedelta(minutes=1) + after, f"img{number}"),
    )


def by_draw(api: Api) -> list[int]:
    """The numbers of the images in their random order."""
    rows = api.plane.db.execute(
        """SELECT image_id FROM umbra.prediction WHERE slot = 'champion'
        ORDER BY umbra.draw(landed_at, partition, "offset")"""
    )
    return [int(image_id.removeprefix("img")) for (image_id,) in rows]


def test_a_random_sample_has_what_was_drawn_and_what_the_draw_had_passed(api: Api) -> None:
    judge(api, 12, wrong=12)
    order = by_draw(api)
    passed, drawn, behind = order[:4], order[4], order[5:8]
    cats(api, *passed, drawn, *behind)
    for number in (*passed, *behind):
        queued(api, "contested", number)
    assert evaluated(api)["versions"][0]["random_only"]["n"] == 0, "nothing was drawn yet"

    queued(api, "random", drawn)

    found = evaluated(api)
    assert found["by_queue"] == {"contested": 7, "random": 1}
    random = found["versions"][1]["random_only"]
    assert (random["n"], random["accuracy"]["value"], random["ap"]) == (5, 1.0, None)
    put(api, f"img{drawn}", DOG)
    corrected = evaluated(api)
    assert corrected["by_queue"] == {"contested": 7, "none": 1}
    assert corrected["versions"][1]["random_only"]["n"] == 5, "it was drawn at random, whoever corrects it"
    assert corrected["versions"][1]["random_only"]["accuracy"]["value"] == 4 / 5


def test_what_landed_after_the_last_draw_is_no_random_sample(api: Api) -> None:
    judge(api, 8, wrong=0)
    order = by_draw(api)
    cats(api, *order)
    queued(api, "random", order[-1], after=timedelta(minutes=-2))

    assert evaluated(api)["versions"][0]["random_only"]["n"] == 1
    queued(api, "random", order[-1])
    assert evaluated(api)["versions"][0]["random_only"]["n"] == 8


def test_figures_over_time_are_of_what_landed_until_then(api: Api) -> None:
    create(api, "classification", ("cat", "dog"))
    times = {n: NOW - timedelta(seconds=2000 if n < 8 else 1000 if n < 12 else 300) for n in range(30)}
    record(
        api,
        *(
            landed(n, landed_at=at, shapes=[Classification("cat" if n % 2 else "dog", 0.9)])
            for n, at in times.items()
        ),
    )
    cats(api, *times)

    found = evaluated(api)["versions"][0]["series"]

    assert found["step_s"] * 24 >= 3600
    assert found["span_s"] == 6 * found["step_s"]
    assert len(found["t"]) == len(found["n"]) == len(found["accuracy"]["value"])
    assert (found["ap"], found["miou"]) == (None, None)
    for t, n, accuracy, low, high in zip(
        found["t"], found["n"], *(found["accuracy"][name] for name in ("value", "low", "high")), strict=True
    ):
        end = t + found["step_s"]
        there = [n for n, at in times.items() if end - found["span_s"] <= at.timestamp() < end]
        assert n == len(there)
        if n < 10:
            assert (accuracy, low, high) == (None, None, None)
        else:
            assert accuracy == pytest.approx(sum(number % 2 for number in there) / n)
            assert low < accuracy < high
    assert max(found["n"]) >= 18


def test_equal_reviews_have_equal_figures_whoever_asks(api: Api) -> None:
    judge(api, 40, wrong=9)
    cats(api, *range(40))
    first = evaluated(api)
    put(api, "img39", DOG)
    assert evaluated(api)["differences"] != first["differences"]
    put(api, "img39", CAT)
    os.kill(api.app.state.adapters.evaluations.pid, signal.SIGKILL)

    again = evaluated(api)

    assert again["differences"] == first["differences"]
    for name in ("accuracy", "macro_f1", "random_only"):
        assert [of[name] for of in again["versions"]] == [of[name] for of in first["versions"]]


def test_what_is_kept_between_questions_does_not_show(api: Api) -> None:
    judge(api, 60, wrong=9)
    cats(api, *range(60))
    kept, span = Evaluator(), window(NOW, "5m")
    with closing(connect(api.plane.settings)) as db:
        before = kept.evaluate(db, "digits", span, NOW)
        put(api, "img40", DOG)
        after = kept.evaluate(db, "digits", span, NOW)
        assert after == Evaluator().evaluate(db, "digits", span, NOW)
    assert before is not None
    assert after is not None
    lines = [of.versions[1].series.accuracy for of in (before, after)]
    assert lines[0] is not None
    assert lines[1] is not None
    changed = [now != then for then, now in zip(lines[0].value, lines[1].value, strict=True)]
    assert any(changed)
    assert not all(changed), "steps without the corrected image are as they were"


class Stream:
    """What came in, to be held against a run from scratch."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.evaluator = Evaluator()
        standing = standing_in([noted.revision for noted in revisions.history(plane.db, "digits")])
        assert standing is not None
        self.who = Reviewing("digits", "detection", frozenset(DIGIT_LABELS), "test")

    def clear(self) -> None:
        # It keeps what it has read, and reviews are numbered from 1 again.
        self.evaluator = Evaluator()
        for table in ("review", "prediction", "comparison", "fence"):
            self.plane.db.execute(f"TRUNCATE umbra.{table}".encode())

    def predictions(self, *predictions: Prediction) -> None:
        self.plane.db.execute(b"DELETE FROM umbra.fence")  # so that what comes again is read again
        with closing(connect(self.plane.settings, "test", **SESSION)) as db:
            flush(db, records_of(predictions), SOURCES, Span.kept(NOW, days=14))

    def review(self, number: int, things: list[dict[str, Any]]) -> None:
        store_one(self.plane.db, self.who, f"img{number}", None, ReviewBody(truth(things)))

    def figures(self) -> dict[str, list[float | None]]:
        with closing(connect(self.plane.settings)) as db:
            found = self.evaluator.evaluate(db, "digits", window(NOW, "1h"), NOW)
        assert found is not None
        return {version.model_version: nine_of(version) for version in found.versions}


class Event:
    """Something that comes in."""

    def __init__(self, number: int, slot: str | None, things: list[dict[str, Any]], failed: bool) -> None:
        self.number, self.slot, self.things, self.failed = number, slot, things, failed


IMAGES = 3
boxes = st.builds(
    lambda label, x, y, side, score: {
        "label": label,
        "bbox": [x, y, side, side],
        "area": side * side,
        "score": score,
    },
    st.sampled_from("17"),
    st.sampled_from([0.0, 4.0, 8.5]),
    st.sampled_from([0.0, 3.0]),
    st.sampled_from([20.0, 22.0, 40.0]),
    st.sampled_from([0.1, 0.3, 0.3001, 0.9]),
)
events = st.builds(
    Event,
    st.integers(0, IMAGES - 1),
    st.sampled_from([None, None, "champion", "shadow", "replay-1"]),
    st.lists(boxes, max_size=4),
    st.sampled_from([False, False, False, True]),
)


@pytest.fixture(scope="module")
def stream(kafka_server: str, postgres_server: str, postgres_template: str) -> Iterator[Stream]:
    with migrated_database(postgres_server, postgres_template) as postgres:
        kafka = KafkaSettings(kafka_bootstrap=kafka_server, topic_prefix="unused.")
        with ControlPlane(kafka, postgres) as plane:
            change = Create(held("digits-small@1"), {"shadow": held("digits-large@1")})
            revisions.settle(plane.db, plane.ask(change).activate("topic", {0: 0}))
            yield Stream(plane)


@settings(max_examples=25, suppress_health_check=[*HealthCheck])
@given(st.lists(events, max_size=14), st.randoms(use_true_random=False))
def test_figures_are_those_of_a_run_from_scratch(stream: Stream, came: list[Event], chance: Any) -> None:
    stream.clear()
    first = [
        Event(number, "champion", [], False) for number in range(IMAGES)
    ]  # an image must have been judged
    there: dict[int, list[dict[str, Any]]] = {}
    said: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for event in [*came[: len(came) // 2], *first, *came]:
        if event.slot is not None:
            stream.predictions(predicted(event))
            said.setdefault((event.number, event.slot), [] if event.failed else event.things)
        elif any((event.number, slot) in said for slot in ("champion", "shadow", "replay-1")):
            stream.review(event.number, event.things)
            there[event.number] = event.things
        if chance.random() < 0.3:
            stream.figures()  # what is kept between questions must not show

    found = stream.figures()

    numbers = sorted(there)
    truths = [there[number] for number in numbers]
    for version, slots in (("digits-small@1", ["champion"]), ("digits-large@1", ["shadow", "replay-1"])):
        chosen = [next((said[n, slot] for slot in slots if (n, slot) in said), []) for n in numbers]
        assert found[version] == approximately(reference(truths, chosen)), version


def predicted(event: Event) -> Prediction:
    assert event.slot is not None
    version = "digits-small@1" if event.slot == "champion" else "digits-large@1"
    if event.failed:
        at = LANDED + timedelta(seconds=event.number)
        return make_failed(event.number, event.slot, model_version=version, landed_at=at)
    sure = [thing for thing in event.things if thing["score"] >= 0.25]
    rest = [thing for thing in event.things if thing["score"] < 0.25]
    return landed(
        event.number,
        event.slot,
        model_version=version,
        shapes=rectangles(sure),
        candidates=rectangles(rest),
    )


def test_the_evaluating_process_comes_back_after_its_end(api: Api) -> None:
    create(api)
    record(api, landed(0))
    put(api, "img0")
    evaluated(api)
    process = api.app.state.adapters.evaluations
    first = process.pid

    os.kill(first, signal.SIGKILL)

    assert evaluated(api)["reviewed"] == 1
    assert process.pid != first
