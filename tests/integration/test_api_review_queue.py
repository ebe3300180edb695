"""Reviewing over the API: what comes next, how it came about, two people at once, and what is taken back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api import Api, running_api
from tests.integration.control_plane import assignment
from tests.integration.test_api_figures import landed, record
from tests.integration.test_api_reviews import DIGITS, ONE, ZERO, review
from tests.predictions import SEVEN, THREE, make_failed
from umbra.core.change import Create
from umbra.postgres import revisions
from umbra.settings import KafkaSettings, PostgresSettings

QUEUE = f"{DIGITS}/reviews/queue"
FLIP = {"kind": "flip", "champion": 0, "shadow": 1, "taken": "shadow"}


@pytest.fixture
def api(kafka: KafkaSettings, postgres: PostgresSettings, tmp_path: Path) -> Iterator[Api]:
    """`digits` with a champion and a shadow since revision 1; nothing judged yet."""
    with running_api(kafka, postgres, tmp_path, relay=False) as api:
        change = Create(assignment("digits-small@1"), {"shadow": assignment("digits-large@1")})
        revisions.settle(api.plane.db, api.plane.ask(change).activate("topic", {0: 0}))
        yield api


def put(api: Api, image_id: str, *shapes: Any, status: int = 200, **more: Any) -> Any:
    headers = more.pop("headers", {})
    return api.json("PUT", review(image_id), status, json={"shapes": shapes} | more, headers=headers)


def queue(api: Api, **params: Any) -> list[str]:
    """The image ids of the queue."""
    return [item["image_id"] for item in api.json("GET", QUEUE, 200, params=params)["items"]]


def pair(number: int, contested: int) -> list[Any]:
    """Both predictions of an image; of four shapes so many have no partner."""
    both = [SEVEN, THREE]
    return [landed(number, shapes=both), landed(number, "shadow", shapes=both[: 2 - contested])]


def test_the_newest_come_first_and_what_is_reviewed_is_not_asked_for_again(api: Api) -> None:
    record(api, *(landed(number) for number in range(4)))
    put(api, "img2", ONE)

    assert queue(api) == ["img3", "img1", "img0"]
    assert queue(api, n=1) == ["img3"]
    assert api.json("GET", QUEUE, 200)["remaining"] == {"value": 3, "exact": True}


def test_what_the_page_has_in_hand_is_left_out(api: Api) -> None:
    record(api, *(landed(number) for number in range(4)))

    assert queue(api, exclude=["3-0", "1-0"]) == ["img2", "img0"]
    assert api.json("GET", QUEUE, 422, params={"exclude": "nowhere"})["type"] == "urn:umbra:invalid-request"


def test_an_image_that_only_a_shadow_has_judged_waits_for_the_champion(api: Api) -> None:
    record(api, landed(0, "shadow"))

    assert queue(api) == []


def test_the_most_contested_come_first_then_the_newest(api: Api) -> None:
    record(api, *pair(0, 1), *pair(1, 0), *pair(2, 2), *pair(3, 1))

    assert queue(api, order="contested") == ["img2", "img3", "img0"]
    put(api, "img2", ONE)
    assert queue(api, order="contested") == ["img3", "img0"]
    assert queue(api, order="contested", slot="canary") == []


def test_the_random_order_is_the_same_for_everybody_and_no_other_order(api: Api) -> None:
    record(api, *(landed(number) for number in range(60)))

    first, again = queue(api, order="random", n=60), queue(api, order="random", n=60)

    assert first == again
    assert sorted(first) == sorted(f"img{number}" for number in range(60))
    assert first != queue(api, n=60)
    assert queue(api, order="random", n=7) == first[:7]
    put(api, first[0], ONE)
    assert queue(api, order="random", n=60) == first[1:]


def test_the_random_order_draws_evenly(api: Api) -> None:
    rows = api.plane.db.execute(
        """
        SELECT count(*) FILTER (WHERE draw < 0.01), count(*) FILTER (WHERE draw < 0.5), min(draw), max(draw)
        FROM (
            SELECT umbra.draw(now() + n * interval '7 ms', n % 4, n / 4) AS draw
            FROM generate_series(1, 100000) AS n
        ) AS drawn
        """
    )
    hundredth, half, least, most = rows.fetchone()  # type: ignore[misc]

    assert 850 < hundredth < 1150
    assert 49_000 < half < 51_000
    assert 0 <= least < 0.001
    assert 0.999 < most < 1


def test_a_review_says_how_it_came_about(api: Api) -> None:
    record(api, *pair(0, 1))

    stored = put(
        api, "img0", ONE, based_on="agreed", decisions=[FLIP], queue="contested", seconds=3.8, reviewer="ann"
    )

    told = {name: stored[name] for name in ("decisions", "queue", "seconds", "reviewer", "withdrawn")}
    assert told == {
        "decisions": [FLIP],
        "queue": "contested",
        "seconds": 3.8,
        "reviewer": "ann",
        "withdrawn": False,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"queue": "best"},
        {"seconds": -1},
        {"seconds": 1e9},
        {"decisions": [FLIP | {"taken": "both"}]},
        {"decisions": [FLIP | {"champion": -1}]},
        {"reviewer": ""},
        {"reviewer": "x" * 65},
    ],
)
def test_nonsense_about_it_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    record(api, landed(0))

    assert put(api, "img0", status=422, **wrong)["type"] == "urn:umbra:invalid-request"


def test_a_correction_that_began_from_an_older_review_is_told_whose_came_in_between(api: Api) -> None:
    record(api, landed(0))
    put(api, "img0", ONE, headers={"If-None-Match": "*"})
    put(api, "img0", ZERO, reviewer="ops-1", headers={"If-Match": '"1"'})

    stale = put(api, "img0", status=412, headers={"If-Match": '"1"'})
    late = put(api, "img0", status=412, headers={"If-None-Match": "*"})

    assert stale["type"] == late["type"] == "urn:umbra:stale-etag"
    assert "ops-1 saved review 2 of img0" in stale["detail"]
    assert put(api, "img0", headers={"If-Match": '"2"'})["review"] == 3
    assert put(api, "img0", ONE, status=412, headers={"If-Match": '"nonsense"'})["status"] == 412
    assert put(api, "img0", ONE, status=422, headers={"If-None-Match": '"2"'})["status"] == 422


def test_a_review_that_is_sent_again_is_no_conflict_with_itself(api: Api) -> None:
    record(api, landed(0))

    first = put(api, "img0", ONE, headers={"If-None-Match": "*"})
    again = put(api, "img0", ONE, headers={"If-None-Match": "*"})

    assert again == first


def test_of_many_who_save_at_once_one_is_first_and_the_others_hear_of_it(api: Api) -> None:
    record(api, landed(0))

    def save(number: int) -> int:
        body = {"shapes": [ONE], "reviewer": f"reviewer-{number}"}
        return api.http.put(review("img0"), json=body, headers={"If-None-Match": "*"}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(save, range(8)))

    assert answers == [200] + [412] * 7


def test_a_withdrawn_review_is_no_ground_truth_but_history(api: Api) -> None:
    record(api, landed(0), landed(1))
    put(api, "img0", ONE)
    put(api, "img1", ONE)

    api.json("DELETE", review("img0"), 412, headers={"If-Match": '"7"'})
    gone = api.json("DELETE", review("img0"), 200, headers={"If-Match": '"1"'})

    assert (gone["review"], gone["withdrawn"], gone["shapes"]) == (2, True, [])
    assert "withdrew" in api.json("GET", review("img0"), 404)["detail"]
    history = api.json("GET", f"{review('img0')}s", 200)["items"]
    assert [(entry["review"], entry["withdrawn"], entry["shapes"]) for entry in history] == [
        (2, True, []),
        (1, False, [ONE]),
    ]
    assert [entry["image_id"] for entry in api.json("GET", f"{DIGITS}/reviews", 200)["items"]] == ["img1"]
    assert api.json("GET", f"{DIGITS}/evaluation", 200)["reviewed"] == 1
    assert queue(api) == ["img0"]
    api.json("DELETE", review("img0"), 404)


def test_after_a_withdrawal_the_image_can_be_reviewed_again(api: Api) -> None:
    record(api, landed(0))
    put(api, "img0")
    api.json("DELETE", review("img0"), 200)

    assert put(api, "img0", status=412, headers={"If-Match": '"1"'})["status"] == 412
    again = put(api, "img0", headers={"If-None-Match": "*"})

    assert (again["review"], again["shapes"], again["withdrawn"]) == (3, [], False)


def test_progress_counts_what_has_a_ground_truth_by_queue_and_by_reviewer(api: Api) -> None:
    record(api, *(landed(number) for number in range(5)))
    put(api, "img0", ONE, reviewer="ann", queue="random", seconds=2)
    put(api, "img1", ONE, reviewer="ann", queue="random", seconds=4)
    put(api, "img1", reviewer="bob", queue="list", seconds=9)
    put(api, "img2", ONE)
    put(api, "img3", ONE, reviewer="ann", queue="random", seconds=6)
    api.json("DELETE", review("img3"), 200)

    progress = api.json("GET", f"{DIGITS}/reviews/progress", 200)

    assert (progress["reviewed"], progress["goal"]) == (3, 500)
    assert progress["by_queue"] == {"random": 1, "list": 1, "none": 1}
    assert progress["by_reviewer"] == [
        {"reviewer": "ann", "reviewed": 1, "median_seconds": 2.0},
        {"reviewer": "anonymous", "reviewed": 1, "median_seconds": None},
        {"reviewer": "bob", "reviewed": 1, "median_seconds": 9.0},
    ]


def test_a_deployment_has_a_goal_of_its_own(api: Api) -> None:
    api.json("PUT", f"{DIGITS}/reviews/goal", 200, json={"goal": 50})
    api.json("PUT", f"{DIGITS}/reviews/goal", 200, json={"goal": 60})

    assert api.json("GET", f"{DIGITS}/reviews/progress", 200)["goal"] == 60
    assert api.json("PUT", f"{DIGITS}/reviews/goal", 422, json={"goal": 0})["status"] == 422
    assert api.json("PUT", "/v1/deployments/none/reviews/goal", 404, json={"goal": 5})["status"] == 404


def test_a_failed_image_is_reviewed_like_any_other(api: Api) -> None:
    record(api, make_failed(0, landed_at=landed(0).landed_at))

    assert queue(api) == ["img0"]
