"""Large images through a worker on a real Kafka, sent as ingest sends them; and claim checks it refuses."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image_server import ImageServer, serving
from tests.images import make_bmp
from tests.integration.workplace import SCENES, SMALL, Workplace, until
from umbra.contracts.headers import first_values
from umbra.contracts.prediction import Prediction
from umbra.core.detections import Detections
from umbra.ingest.gateway import Gateway, Image
from umbra.onnx.decode import decode
from umbra.onnx.heads.shapes import shapes
from umbra.onnx.limits import Limits
from umbra.onnx.model_file import manifest_from
from umbra.onnx.session import Model
from umbra.settings import KafkaSettings, StoreSettings
from umbra.store import Store

SIZES = (1_000, 1_900_000, 2_100_000, 20_000_000, 50_000_000)
LIMITS = Limits(max_bytes=64_000_000, max_pixels=64_000_000)


@pytest.fixture
def workplace(kafka: KafkaSettings, tmp_path: Path) -> Iterator[Workplace]:
    with Workplace(kafka, tmp_path) as workplace:
        workplace.activate({"champion": workplace.assignment("small@1", SMALL)})
        yield workplace


def test_images_of_every_size_are_judged_as_they_are(workplace: Workplace) -> None:
    images = {f"{size}.bmp": make_bmp(size) for size in SIZES}
    store = Store(StoreSettings(store_url=workplace.store_url))
    gateway = Gateway(workplace.topics.images, workplace.producer, store, LIMITS)
    for name, image in images.items():
        parcel = gateway.pack(Image(image, name, [("deployment", b"digits")]))
        gateway.send(parcel).result(60)
    with workplace.worker():
        predictions = {prediction.image_id: prediction for prediction in workplace.judged(len(SIZES))}

    assert predictions.keys() == images.keys()
    model = Model.load(SMALL, manifest_from(SMALL, name="small"))
    for name, image in images.items():
        prediction = predictions[name]
        assert (prediction.status, prediction.image.bytes) == ("ok", len(image))
        travelled = (prediction.image.uri, prediction.image.sha256)
        sha256 = hashlib.sha256(image).hexdigest()
        is_large = len(image) > 2_000_000
        assert travelled == ((f"{store.uri}/images/{sha256}", sha256) if is_large else (None, None))
        pixels = decode(image, LIMITS.max_pixels)
        assert (prediction.image.height, prediction.image.width) == pixels.shape[:2]
        outcome = model.infer_images([pixels])[0]
        assert isinstance(outcome, Detections)
        assert prediction.shapes == shapes(outcome, model.manifest).shapes
    assert workplace.dead_letters() == []


def test_claim_checks_that_lead_elsewhere_are_failed_and_kept_aside(workplace: Workplace) -> None:
    """Each leads to an image that would be judged if it were followed, or to a secret."""
    image = SCENES[0]
    (workplace.directory / "secret.png").write_bytes(image)
    with serving(image) as server:
        uris = [
            "file:///etc/passwd",
            "http://169.254.169.254/latest/meta-data/",
            "../secret.png",
            f"{workplace.store_url}/../secret.png",
            f"{workplace.store_url}/images/../../secret.png",
            f"{server}/secret/200/x",
            f"{server}/images/302/x",
        ]
        for uri in uris:
            send_claim_check(workplace, uri, image)
        send_claim_check(workplace, f"{server}/images/200/x", image)
        with workplace.worker(claim_check_prefixes=(f"{server}/images/",)):
            predictions = {p.image.uri: p for p in workplace.judged(len(uris) + 1)}
            letters = until(lambda: found if len(found := workplace.dead_letters()) >= len(uris) else [])

    assert predictions.pop(f"{server}/images/200/x").status == "ok"
    assert {uri: code_of(prediction) for uri, prediction in predictions.items()} == dict.fromkeys(
        uris, "claim-check-refused"
    )
    headers = [first_values(letter.headers) for letter in letters]
    assert sorted(h["uri"].decode() for h in headers) == sorted(uris)
    assert {h["error-code"] for h in headers} == {b"claim-check-refused"}
    # What was not allowed was not even asked for.
    assert sorted(ImageServer.asked) == ["/images/200/x", "/images/302/x"]


def send_claim_check(workplace: Workplace, uri: str, image: bytes) -> None:
    sha256 = hashlib.sha256(image).hexdigest()
    workplace.send([b""], headers=[("uri", uri.encode()), ("sha256", sha256.encode())])


def code_of(prediction: Prediction) -> str:
    return prediction.error.code if prediction.error else prediction.status
