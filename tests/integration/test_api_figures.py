"""What the monitor wrote, as the API shows it: images, metrics, comparisons."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from services.monitor.flush import SESSION, flush
from services.monitor.reading import Span
from tests.integration.api import Api, running_api
from tests.integration.control_plane import assignment
from tests.predictions import SOURCES, THREE, make_failed, make_prediction, records_of
from umbra.contracts.prediction import Image, Prediction, Rectangle
from umbra.core.change import Create
from umbra.kafka.read import read_record
from umbra.postgres import revisions
from umbra.postgres.connection import connect
from umbra.settings import KafkaSettings, PostgresSettings

NOW = datetime.now(UTC).replace(microsecond=0)
LANDED = NOW - timedelta(seconds=180)
ONE = Rectangle("1", 0.6, (10.0, 10.0, 20.0, 20.0))
"""Where SEVEN is, under another label."""
IMAGES = "/v1/deployments/digits/images"


@pytest.fixture
def api(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path) -> Iterator[Api]:
    """`digits` with a champion and a shadow since revision 1; nothing judged yet."""
    with running_api(kafka, postgres, tmp_path, relay=False) as api:
        change = Create(assignment("digits-small@1"), {"shadow": assignment("digits-large@1")})
        first = api.plane.ask(change)
        revisions.settle(api.plane.db, first.activate("topic", {0: 0}))
        yield api


def landed(number: int, slot: str = "champion", **given: Any) -> Prediction:
    """A prediction of an image that landed a minute and a half ago."""
    return make_prediction(number, slot, **({"landed_at": LANDED + timedelta(seconds=number)} | given))


def record(api: Api, *predictions: Prediction) -> None:
    """What the monitor does with them."""
    with closing(connect(api.plane.settings, "test", **SESSION)) as db:
        flush(db, records_of(predictions), SOURCES, Span.kept(datetime.now(UTC), days=14))


def ids(api: Api, **params: Any) -> list[str]:
    """The image ids of a page."""
    return [item["image_id"] for item in api.json("GET", IMAGES, 200, params=params)["items"]]


def test_an_image_has_both_predictions_and_their_comparison(api: Api) -> None:
    record(api, landed(0), landed(0, "shadow", shapes=[ONE]), landed(1))

    page = api.json("GET", IMAGES, 200)

    assert page["next"] is None
    alone, both = page["items"]
    assert (alone["image_id"], alone["comparison"]) == ("img1", {})
    assert set(both["predictions"]) == {"champion", "shadow"}
    assert both["predictions"]["champion"]["shapes"][0]["label"] == "7"
    assert both["image"] == {
        "partition": 0,
        "offset": 0,
        "width": 128,
        "height": 128,
        "content_type": None,
        "bytes": None,
    }
    compared = both["comparison"]["shadow"]
    assert (compared["outcome"], compared["flips"], compared["contested"]) == ("compared", 1, 2)
    assert (compared["flipped"], compared["only_champion"]) == ([[0, 0, 1.0]], [1])
    assert compared["agreement"] == 0.0


def test_pages_follow_each_other_without_a_gap(api: Api) -> None:
    record(api, *(landed(number) for number in range(7)))

    seen, cursor = [], None
    while True:
        page = api.json("GET", IMAGES, 200, params={"limit": 3} | ({"cursor": cursor} if cursor else {}))
        seen += [item["image_id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert seen == [f"img{number}" for number in reversed(range(7))]
    assert api.http.get(IMAGES, params={"cursor": "nonsense"}).json()["type"] == "urn:umbra:invalid-request"


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"label": "1"}, ["img1"]),
    ({"label": ["1", "7"]}, ["img2", "img1", "img0"]),
    ({"label": "7", "score_max": 0.5}, []),
    ({"score_min": 0.85}, ["img2", "img1", "img0"]),
    ({"comparison": "contested"}, ["img1"]),
    ({"comparison": "flip"}, ["img1"]),
    ({"comparison": "agree"}, ["img0"]),
    ({"comparison": "waiting"}, ["img2"]),
    ({"comparison": "orphan"}, []),
    ({"comparison": "failed"}, ["img3"]),
    ({"status": "failed"}, ["img3"]),
    ({"revision": 2}, []),
    ({"version": "digits-large@1"}, ["img3", "img1", "img0"]),
    ({"id": "img"}, ["img3", "img2", "img1", "img0"]),
    ({"id": "img2"}, ["img2"]),
    ({"id": "im_"}, []),
    ({"source": "cam"}, ["img2"]),
    ({"tag": ["night", "x"]}, ["img2"]),
    ({"from": (LANDED + timedelta(seconds=2)).isoformat()}, ["img3", "img2"]),
    ({"to": (LANDED + timedelta(seconds=1)).isoformat()}, ["img0"]),
    ({"source": "cam", "tag": "day"}, []),
]


def test_filters(api: Api) -> None:
    record(
        api,
        landed(0),
        landed(0, "shadow"),
        landed(1),
        landed(1, "shadow", shapes=[ONE, THREE]),
        landed(2, source="cam", tags=["night"]),
        make_failed(3, landed_at=LANDED + timedelta(seconds=3)),
        landed(3, "shadow", shapes=[]),
    )

    for params, found in FILTERS:
        assert ids(api, **params) == found, params


HOSTILE = [
    "img1",
    "a/b",
    "a%2Fb",
    "content",
    "a/content",
    "review",
    "..",
    ".",
    "a/../b",
    "a b",
    "a+b",
    "?at=0-1",
    "#x",
    "🦉",
    "ключ",
    "a\\b",
    'quo"te',
    "new\nline",
    "x" * 200,
]


def test_hostile_ids_are_found_whole(api: Api) -> None:
    record(api, *(landed(number, image_id=id) for number, id in enumerate(HOSTILE)))
    for id in HOSTILE:
        # What a careful caller does; of the whole id, dots too, or clients fold `..` away.
        encoded = quote(id, safe="").replace(".", "%2E")
        found = api.json("GET", f"{IMAGES}/{encoded}", 200)
        assert found["image_id"] == id
        missing = api.http.get(f"{IMAGES}/{encoded}/content")
        assert (missing.status_code, missing.json()["type"]) == (404, "urn:umbra:image-not-kept"), id


def test_of_several_landings_of_an_id_the_newest_is_shown_or_the_one_asked_for(api: Api) -> None:
    record(api, landed(0, image_id="cam"), landed(1, image_id="cam"), landed(2, image_id="cam"))

    assert api.json("GET", f"{IMAGES}/cam", 200)["image"]["partition"] == 2
    assert api.json("GET", f"{IMAGES}/cam", 200, params={"at": "1-0"})["image"]["partition"] == 1
    api.json("GET", f"{IMAGES}/cam", 404, params={"at": "3-0"})
    api.json("GET", f"{IMAGES}/cam", 422, params={"at": "three"})


def test_the_picture_is_read_from_the_log(api: Api) -> None:
    plane = api.plane
    sent = plane.producer.send(
        plane.topics.images, value=b"png", key=b"img", headers=[("content-type", b"image/png")], partition=1
    )
    place = sent.result(60)
    there = read_record(plane.kafka, plane.topics.images, *place)
    assert there is not None
    at = datetime.fromtimestamp(there.timestamp_ms / 1000, UTC)
    record(api, landed(0, image_id="img", landed_at=at, image=Image(partition=1, offset=place.offset)))

    content = api.http.get(f"{IMAGES}/img/content")

    assert (content.content, content.headers["content-type"]) == (b"png", "image/png")


def test_metrics_add_up_what_each_version_did(api: Api) -> None:
    record(
        api,
        landed(0),
        landed(0, "shadow", shapes=[ONE]),
        landed(1),
        make_failed(2, landed_at=LANDED + timedelta(seconds=2)),
    )

    metrics = api.json("GET", "/v1/deployments/digits/metrics", 200, params={"window": "1h", "step": "10s"})

    champion = metrics["slots"]["champion"][0]
    totals = champion["totals"]
    assert (champion["model_version"], totals["images"], totals["failed"]) == ("digits-small@1", 3, 1)
    assert (totals["shapes_mean"], totals["score_mean"]) == (2.0, pytest.approx(0.85))
    assert totals["latency_ms"]["mean"] == 4.0
    assert totals["latency_ms"]["p50"] == pytest.approx(4.0, rel=0.15)
    assert sum(totals["score_histogram"]) == 4
    assert len(metrics["t"]) == len(champion["series"]["images"]) == len(champion["series"]["p99"])
    assert sum(champion["series"]["images"]) == 3
    assert metrics["slots"]["shadow"][0]["totals"]["images"] == 1
    assert metrics["from"] < metrics["complete_until"] <= metrics["to"]


def test_comparisons_say_how_the_two_differ(api: Api) -> None:
    record(
        api,
        landed(0),
        landed(0, "shadow", shapes=[ONE]),
        landed(1),
        landed(1, "shadow"),
        landed(2),
        landed(3, landed_at=NOW - timedelta(minutes=12)),
        make_failed(4, landed_at=LANDED + timedelta(seconds=4)),
        landed(4, "shadow"),
    )

    answer = api.json("GET", "/v1/deployments/digits/comparisons", 200, params={"window": "1h"})

    (pair,) = answer["pairs"]
    assert (pair["champion"], pair["shadow"], pair["slot"]) == ("digits-small@1", "digits-large@1", "shadow")
    assert (pair["complete"], pair["failed"], pair["waiting"], pair["orphans"]) == (3, 1, 1, 1)
    assert pair["agreement"] == pytest.approx(2 * 2 / 7)
    assert (pair["matched_iou"], pair["flips_per_image"]) == (1.0, 0.5)
    assert (pair["contested_per_image"], pair["count_delta"]) == (1.0, -0.5)
    assert pair["score_delta"] == pytest.approx(-0.1)
    (seven,) = (label for label in pair["labels"] if label["label"] == "7")
    assert seven == {
        "label": "7",
        "champion": 2,
        "shadow": 1,
        "matched": 1,
        "agreement": pytest.approx(2 / 3),
        "matched_iou": 1.0,
        "score_delta": 0.0,
        "mean_iou": None,
    }
    assert pair["confusion"]["labels"] == ["1", "3", "7"]
    assert pair["confusion"]["rows"] == [[0, 0, 0, 0], [0, 1, 0, 1], [1, 0, 1, 0], [0, 0, 0, 0]]
    assert sum(pair["series"]["n"]) == 2


def test_an_assignment_without_an_image_has_null_figures(api: Api) -> None:
    (pair,) = api.json("GET", "/v1/deployments/digits/comparisons", 200)["pairs"]

    assert (pair["complete"], pair["agreement"], pair["matched_iou"]) == (0, None, None)
    assert api.json("GET", "/v1/deployments/digits/metrics", 200)["slots"] == {}


def test_the_list_of_deployments_says_how_much_and_how_well(api: Api) -> None:
    record(api, landed(0), landed(0, "shadow"))

    (row,) = api.json("GET", "/v1/deployments", 200, params={"summary": "1h"})["items"]

    assert row["images_per_s"] > 0
    assert row["agreement"] == {"shadow": {"value": 1.0, "pairs": 1}}
    assert row["trouble"] == "No worker runs slot champion, shadow."


def test_an_unfit_window_is_refused(api: Api) -> None:
    for params in ({"window": "soon"}, {"step": "7s"}, {"window": "7d", "step": "10s"}):
        answer = api.http.get("/v1/deployments/digits/metrics", params=params)

        assert (answer.status_code, answer.json()["type"]) == (422, "urn:umbra:invalid-request"), params
