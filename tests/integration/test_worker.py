"""A worker on a real Kafka: what becomes of each image, and by which model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.workplace import LARGE, SCENES, SMALL, Workplace, place, until
from tests.prometheus import Told, by_label, scrape
from umbra.contracts.headers import first_values
from umbra.contracts.marker import marker_headers
from umbra.contracts.prediction import Prediction
from umbra.contracts.worker_status import WorkerStatus
from umbra.core.detections import Detections
from umbra.kafka.record import Place
from umbra.local.ports import Ports
from umbra.onnx.decode import decode
from umbra.onnx.heads.shapes import shapes
from umbra.onnx.model_file import manifest_from
from umbra.onnx.session import Model
from umbra.settings import KafkaSettings


@pytest.fixture
def workplace(kafka: KafkaSettings, tmp_path: Path) -> Iterator[Workplace]:
    with Workplace(kafka, tmp_path) as workplace:
        yield workplace


def test_predictions_equal_direct_inference(workplace: Workplace) -> None:
    workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    sent = workplace.send(SCENES[:50])
    with workplace.worker():
        predictions = workplace.judged(50)

    model = Model.load(SMALL, manifest_from(SMALL, name="small"))
    directly = model.infer_images([decode(scene, 10**6) for scene in SCENES[:50]])
    by_place = {place(prediction): prediction for prediction in predictions}
    assert by_place.keys() == set(sent)
    for number, (where, outcome) in enumerate(zip(sent, directly, strict=True)):
        prediction = by_place[where]
        assert (prediction.image_id, prediction.status) == (f"img{number}", "ok")
        assert isinstance(outcome, Detections)
        expected = shapes(outcome, model.manifest)
        assert prediction.shapes == expected.shapes


def test_each_side_of_a_marker_has_its_own_model(workplace: Workplace) -> None:
    small, large = workplace.assignment("small@1", SMALL), workplace.assignment("large@1", LARGE)
    workplace.activate({"champion": small, "shadow": large})
    before = workplace.send(SCENES[:10])
    workplace.activate({"champion": large, "shadow": small})
    after = workplace.send(SCENES[:10])
    with workplace.worker("champion"), workplace.worker("shadow"):
        champion, shadow = workplace.judged(20, "champion"), workplace.judged(20, "shadow")

    assert _versions(champion) == {**dict.fromkeys(before, "small@1"), **dict.fromkeys(after, "large@1")}
    assert _versions(shadow) == {**dict.fromkeys(before, "large@1"), **dict.fromkeys(after, "small@1")}


def test_bad_images_fail_and_are_dead_letters_of_the_same_transaction(workplace: Workplace) -> None:
    workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    workplace.send([SCENES[0], SCENES[1][:5000], b"", b"this is text"])
    with workplace.worker():
        predictions = workplace.judged(4)
        letters = workplace.dead_letters()

    status = {p.image_id: p.error.code if p.error else p.status for p in predictions}
    assert status == {"img0": "ok", "img1": "undecodable", "img2": "undecodable", "img3": "undecodable"}
    assert {letter.key: letter.value for letter in letters} == {
        b"img1": SCENES[1][:5000],
        b"img2": b"",
        b"img3": b"this is text",
    }


def test_an_image_of_an_unknown_deployment_is_only_a_dead_letter(workplace: Workplace) -> None:
    workplace.activate({slot: workplace.assignment("small@1", SMALL) for slot in ("champion", "shadow")})
    workplace.send([SCENES[0]], deployment="nobody")
    workplace.send([SCENES[1]])
    with workplace.worker("champion"), workplace.worker("shadow"):
        assert len(workplace.judged(1, "champion")) == len(workplace.judged(1, "shadow")) == 1
        letters = until(workplace.dead_letters)

    assert first_values(letters[0].headers)["error-code"] == b"unknown-deployment"
    assert letters[0].value is None
    assert workplace.dead_letters("shadow") == []


def test_a_forged_marker_changes_nothing(workplace: Workplace) -> None:
    revision = workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    for key in ("digits@7", revision.key):
        workplace.producer.send(workplace.topics.images, value=None, headers=marker_headers(key), partition=0)
    workplace.send(SCENES[:4])
    with workplace.worker():
        predictions = workplace.judged(4)
    assert {p.revision for p in predictions} == {revision.revision}
    assert workplace.dead_letters() == []


def test_a_worker_says_how_it_is_and_says_goodbye(workplace: Workplace) -> None:
    revision = workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    workplace.send(SCENES[:4])
    with workplace.worker():
        said = until(lambda: [s for s in workplace.statuses().values() if _caught_up(s)])
    assert said[0].revisions == {revision.key: "ready"}
    assert said[0].models["small@1"].state == "ready"
    assert workplace.statuses() == {}


def test_what_a_worker_did_is_told_to_prometheus(workplace: Workplace) -> None:
    workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
    workplace.send([*SCENES[:6], b"this is text", b""])
    with workplace.worker(metrics_port=(port := Ports().any())):
        # The last thing that becomes true, once a second.
        until(lambda: by_label(scrape(port), "umbra_worker_lag") == dict.fromkeys("0123", 0.0))
        told = until(lambda: t if len(t := scrape(port)) and _images(t) == 8 else {})

    assert told["umbra_worker_images_total", (("model_version", "small@1"), ("status", "ok"))] == 6
    assert told["umbra_worker_images_total", (("model_version", "small@1"), ("status", "failed"))] == 2
    assert told["umbra_worker_failures_total", (("code", "undecodable"),)] == 2
    assert told["umbra_worker_decode_seconds_count", ()] == 8
    # A model judges what could be decoded; batches and transactions are as many as there was need for.
    assert told["umbra_worker_batch_images_sum", ()] == 6
    assert 1 <= told["umbra_worker_inference_seconds_count", ()] <= 6
    assert told["umbra_worker_commit_seconds_count", ()] >= 1
    for stage in ("decode", "inference", "commit"):
        assert told[f"umbra_worker_{stage}_seconds_sum", ()] > 0


def test_an_idle_worker_tells_which_revision_is_in_force(workplace: Workplace) -> None:
    small = {"champion": workplace.assignment("small@1", SMALL)}
    workplace.activate(small)
    with workplace.worker(metrics_port=(port := Ports().any())):
        until(lambda: _revisions(port) == {"digits": 1})
        assert by_label(scrape(port), "umbra_worker_blocked") == dict.fromkeys("0123", 0.0)
        workplace.activate(small)
        until(lambda: _revisions(port) == {"digits": 2})
        workplace.activate(small, deployment="other")
        until(lambda: _revisions(port) == {"digits": 2, "other": 3})
    assert workplace.predictions() == []


def _images(told: Told) -> float:
    return sum(value for (name, _), value in told.items() if name == "umbra_worker_images_total")


def _revisions(port: int) -> dict[str, float]:
    return by_label(scrape(port), "umbra_worker_revision")


def _caught_up(status: WorkerStatus) -> bool:
    return len(status.lag) == 4 and not any(status.lag.values())


def _versions(predictions: list[Prediction]) -> dict[Place, str]:
    versions = {place(prediction): prediction.model_version for prediction in predictions}
    assert len(versions) == len(predictions)
    return versions
