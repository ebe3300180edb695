"""Reviews over the API: stored for one landing, corrected, in bulk; and what is refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.api import Api, running_api
from tests.integration.control_plane import assignment
from tests.integration.test_api_figures import HOSTILE, landed, record
from umbra.contracts.prediction import Image
from umbra.core.change import Create
from umbra.postgres import revisions
from umbra.settings import KafkaSettings, PostgresSettings

DIGITS = "/v1/deployments/digits"
ONE = {"type": "rectangle", "label": "1", "box": [10, 10, 20, 20]}
ZERO = {"type": "rectangle", "label": "0", "box": [60, 60, 20.5, 20]}


@pytest.fixture
def api(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path) -> Iterator[Api]:
    """`digits` with a champion and a shadow since revision 1, labels 0 and 1; nothing judged yet."""
    with running_api(kafka, postgres, tmp_path, relay=False) as api:
        change = Create(assignment("digits-small@1"), {"shadow": assignment("digits-large@1")})
        revisions.settle(api.plane.db, api.plane.ask(change).activate("topic", {0: 0}))
        yield api


def review(image_id: str) -> str:
    return f"{DIGITS}/images/{quote(image_id, safe='').replace('.', '%2E')}/review"


def put(api: Api, image_id: str, *shapes: Any, status: int = 200, **more: Any) -> Any:
    body = {"shapes": shapes} | {name: more.pop(name) for name in ("based_on",) if name in more}
    return api.json("PUT", review(image_id), status, json=body, params=more)


def test_a_review_says_what_is_there_who_said_it_and_from_where_they_began(api: Api) -> None:
    record(api, landed(0), landed(0, "shadow"))

    stored = put(api, "img0", ONE | {"score": 0.9}, based_on="shadow")

    assert stored["shapes"] == [ONE]
    assert (stored["image_id"], stored["partition"], stored["offset"]) == ("img0", 0, 0)
    assert (stored["review"], stored["reviewer"]) == (1, "anonymous")
    assert (stored["based_on"], stored["based_on_version"]) == ("shadow", "digits-large@1")
    assert (stored["width"], stored["height"]) == (128, 128)
    assert api.json("GET", review("img0"), 200) == stored


def test_a_correction_is_added_and_the_history_stays(api: Api) -> None:
    record(api, landed(0))
    put(api, "img0", ONE)
    corrected = put(api, "img0")
    again = put(api, "img0")

    assert (corrected["review"], corrected["shapes"]) == (2, [])
    assert again == corrected, "a request that is sent twice is one review"
    history = api.json("GET", f"{review('img0')}s", 200)["items"]
    assert [(entry["review"], entry["shapes"]) for entry in history] == [(2, []), (1, [ONE])]
    assert api.http.get(review("img0")).headers["etag"] == '"2"'


def test_without_a_review_there_is_none(api: Api) -> None:
    record(api, landed(0))

    assert api.json("GET", review("img0"), 404)["type"] == "urn:umbra:not-found"
    assert api.json("GET", f"{DIGITS}/reviews", 200)["items"] == []


def test_of_several_landings_of_an_id_one_must_be_named(api: Api) -> None:
    record(api, landed(0, image_id="cam"), landed(1, image_id="cam"))

    problem = put(api, "cam", ONE, status=409)
    assert problem["type"] == "urn:umbra:ambiguous-image"
    assert "?at=1-0" in problem["remedy"]
    assert put(api, "cam", ONE, at="0-0")["partition"] == 0
    assert put(api, "cam", at="1-0")["partition"] == 1
    assert api.json("GET", review("cam"), 200, params={"at": "0-0"})["shapes"] == [ONE]


def test_hostile_ids_are_reviewed_whole(api: Api) -> None:
    record(api, *(landed(number, image_id=id) for number, id in enumerate(HOSTILE)))

    for id in HOSTILE:
        assert put(api, id, ONE)["image_id"] == id
    found = api.json("GET", f"{DIGITS}/reviews", 200)["items"]
    assert [entry["image_id"] for entry in found] == HOSTILE


MASK = {"type": "mask", "label": "1", "rle": {"size": [4, 4], "counts": "04<"}}
REFUSED: dict[str, tuple[Any, str]] = {
    "a negative width": (ONE | {"box": [1, 1, -5, 5]}, "box"),
    "a negative height": (ONE | {"box": [1, 1, 5, -5]}, "box"),
    "no width": (ONE | {"box": [1, 1, 0, 5]}, "covers nothing"),
    "a box outside": (ONE | {"box": [128, 1, 5, 5]}, "outside the image"),
    "a box that reaches out": (ONE | {"box": [100, 1, 30, 5]}, "outside the image"),
    "a box left of it": (ONE | {"box": [-9, 1, 5, 5]}, "negative"),
    "a box that begins left of it": (ONE | {"box": [1, -2, 50, 50]}, "negative"),
    "three numbers": (ONE | {"box": [1, 1, 5]}, "box"),
    "words": (ONE | {"box": "1 1 5 5"}, "box"),
    "a huge box": (ONE | {"box": [1, 1, 1e300, 5]}, "box"),
    "an area of nothing": (ONE | {"area": 0}, "area"),
    "an unknown label": (ONE | {"label": "cat"}, "no label 'cat'"),
    "no label": ({"type": "rectangle", "box": [1, 1, 5, 5]}, "label"),
    "another task's shape": ({"type": "classification", "label": "1"}, "no ground truth for detection"),
    "a mask": (MASK, "no ground truth for detection"),
    "an unknown shape": ({"type": "circle", "label": "1"}, "circle"),
    "a number": (7, "dictionary"),
}


def test_what_cannot_be_ground_truth_is_refused_with_the_reason(api: Api) -> None:
    record(api, landed(0))
    for case, (shape, reason) in REFUSED.items():
        problem = api.json("PUT", review("img0"), 422, json={"shapes": [ONE, shape]})

        assert problem["type"] == "urn:umbra:invalid-request", case
        assert reason in problem["detail"], case
    assert "Shape 1" in put(api, "img0", ONE, REFUSED["a mask"][0], status=422)["detail"]
    api.json("GET", review("img0"), 404)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_refused(api: Api, number: str) -> None:
    record(api, landed(0))
    raw = json.dumps({"shapes": [ONE | {"box": ["?", 1, 5, 5]}]}).replace('"?"', number)

    answer = api.http.put(review("img0"), content=raw, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:umbra:invalid-request")


def test_a_body_that_is_none_is_refused(api: Api) -> None:
    record(api, landed(0))
    bodies: list[Any] = [None, [], {"shapes": {}}, {"shapes": None}, {"shapes": [[]]}, {"based_on": "shadow"}]
    for body in bodies:
        api.json("PUT", review("img0"), 422, json=body)
    deep = b'{"shapes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    answer = api.http.put(review("img0"), content=deep, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    huge = b'{"shapes": [' + b" " * 1_000_001 + b"]}"
    assert (
        api.http.put(review("img0"), content=huge, headers={"Content-Type": "application/json"}).status_code
        == 413
    )
    assert put(api, "img0", *[ONE] * 10_001, status=422)["detail"].startswith("A review has at most")


def test_what_does_not_exist_is_not_reviewed(api: Api) -> None:
    record(api, landed(0))

    assert put(api, "nobody", ONE, status=404)["type"] == "urn:umbra:not-found"
    put(api, "img0", ONE, status=404, at="3-9")
    api.json("PUT", f"{DIGITS[:-1]}/images/img0/review", 404, json={"shapes": []})
    api.json("POST", f"{DIGITS[:-1]}/reviews", 404, json={"items": []})
    assert "no slot" in put(api, "img0", ONE, based_on="canary", status=422)["detail"]


def item(image_ids: str | list[str], *shapes: Any, **more: Any) -> dict[str, Any]:
    return {
        "image_ids": [image_ids] if isinstance(image_ids, str) else image_ids,
        "shapes": list(shapes),
    } | more


def post(api: Api, *items: dict[str, Any], status: int = 200, **more: Any) -> Any:
    return api.json("POST", f"{DIGITS}/reviews", status, json={"items": items} | more)


NOTHING = {"created": 0, "corrected": 0, "unchanged": 0, "not_found": [], "ambiguous": [], "refused": []}


def test_many_reviews_are_stored_or_told_of_one_by_one(api: Api) -> None:
    cams = [landed(number, image_id="cam") for number in (8, 9)]
    record(api, *(landed(number) for number in range(4)), *cams)
    put(api, "img0", ONE)
    put(api, "img1", ONE)

    told = post(
        api,
        item("img0", ONE),
        item("img1", ZERO),
        item(["val/img2", "img2.png", "img2"], ONE),
        item("nobody"),
        item("cam", ONE),
        item("img3", ONE | {"label": "cat"}),
        item(["x", "img2"], ONE),
    )

    refused = told.pop("refused")
    assert told == {
        "created": 1,
        "corrected": 1,
        "unchanged": 1,
        "not_found": ["nobody"],
        "ambiguous": ["cam"],
    }
    assert [one["image_id"] for one in refused] == ["img3", "x"]
    assert "no label 'cat'" in refused[0]["reason"]
    assert post(api) == NOTHING


def test_many_reviews_twice_are_once(api: Api) -> None:
    record(api, *(landed(number) for number in range(3)))
    items = [item(f"img{number}", ONE, ZERO) for number in range(3)]

    assert post(api, *items)["created"] == 3
    assert post(api, *items) == NOTHING | {"unchanged": 3}
    assert len(api.json("GET", f"{review('img0')}s", 200)["items"]) == 1


def test_of_several_landings_the_newest_or_all_can_be_meant(api: Api) -> None:
    record(api, landed(0, image_id="cam"), landed(1, image_id="cam"), landed(2, image_id="cam"))

    assert post(api, item("cam", ONE), landings="newest")["created"] == 1
    assert api.json("GET", review("cam"), 200, params={"at": "2-0"})["shapes"] == [ONE]
    assert post(api, item("cam", ONE), landings="all") == NOTHING | {"created": 2, "unchanged": 1}
    assert post(api, item("cam", at="0-0"))["corrected"] == 1
    post(api, item("cam", at="zero"), status=422)


def test_shares_of_the_image_become_its_pixels(api: Api) -> None:
    record(api, landed(0), landed(1, image=Image(partition=1, offset=0)))
    half = ONE | {"box": [0.25, 0.5, 0.125, 0.25]}

    told = post(api, item("img0", half, relative=True), item("img1", half, relative=True))

    assert api.json("GET", review("img0"), 200)["shapes"][0]["box"] == [32, 64, 16, 32]
    assert "size is not known" in told["refused"][0]["reason"]


def test_too_many_reviews_are_refused_whole(api: Api) -> None:
    post(api, *[item("img0")] * 1001, status=422)
    many = {"items": [item("img0", *[ONE] * 600) for _ in range(1000)]}
    assert api.http.post(f"{DIGITS}/reviews", json=many).status_code == 413


def test_pages_of_reviews_follow_each_other_without_a_gap(api: Api) -> None:
    record(api, *(landed(number) for number in range(7)))
    post(api, *(item(f"img{number}", ONE) for number in range(7)))
    put(api, "img3", ZERO)

    seen, cursor = [], None
    while True:
        page = api.json(
            "GET", f"{DIGITS}/reviews", 200, params={"limit": 3} | ({"cursor": cursor} if cursor else {})
        )
        seen += [(entry["image_id"], entry["review"]) for entry in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert seen == [(f"img{number}", 1 + (number == 3)) for number in range(7)]
