"""`umbra send`, through ingest and straight to Kafka."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from tests.images import make_bmp
from tests.integration.test_ingest import Ingest, make_topics, running
from umbra.contracts.headers import first_values
from umbra.kafka.read import read_topic
from umbra.kafka.record import Record, landing_of
from umbra.settings import KafkaSettings

SEND = (sys.executable, "-m", "umbra.cli", "send")
SIZES = [1_000, 1_900_000, 2_100_000, 20_000_000, 50_000_000]


def send(ingest: Ingest, *arguments: str) -> tuple[int, str, str]:
    """Run `umbra send`; its exit code and what it said."""
    done = subprocess.run(
        [*SEND, *arguments],
        env={
            **os.environ,
            "UMBRA_KAFKA_BOOTSTRAP": ingest.kafka.kafka_bootstrap,
            "UMBRA_TOPIC_PREFIX": ingest.kafka.topic_prefix,
            "UMBRA_STORE_URL": ingest.store.store_url,
            "UMBRA_INGEST_URL": f"http://127.0.0.1:{ingest.port}",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def landed(ingest: Ingest) -> dict[str, Record]:
    records = read_topic(ingest.kafka, ingest.kafka.topics.images)
    return {(record.key or b"").decode(): record for record in records}


@pytest.mark.parametrize("straight", [[], ["--kafka"]])
def test_every_size_arrives_intact(kafka: KafkaSettings, tmp_path: Path, straight: list[str]) -> None:
    make_topics(kafka)
    images = {f"{size}.bmp": make_bmp(size) for size in SIZES}
    (tmp_path / "images").mkdir()
    for name, image in images.items():
        (tmp_path / "images" / name).write_bytes(image)
    with running(kafka, tmp_path) as ingest:
        said = ["--source", "cam ß", "--tag", "night", "--tag", "rain", "--json"]

        code, out, err = send(ingest, f"{tmp_path}/images", "-d", "digits", *said, *straight)

        assert (code, err) == (0, "")
        summary: dict[str, Any] = json.loads(out)
        assert (summary["sent"], summary["bytes"], summary["refused"]) == (5, sum(SIZES), [])
        records = landed(ingest)
        assert {name: ingest.content(record) for name, record in records.items()} == images
        for name, record in records.items():
            values = first_values(record.headers)
            assert ("uri" in values) == (len(images[name]) > 2_000_000)
            assert values["deployment"] == b"digits"
            assert values["content-type"] == b"image/bmp"
            assert values["source"].decode() == "cam ß"
            assert json.loads(values["tags"]) == ["night", "rain"]


@pytest.mark.parametrize("straight", [[], ["--kafka"]])
def test_what_is_refused_is_said(kafka: KafkaSettings, tmp_path: Path, straight: list[str]) -> None:
    make_topics(kafka)
    (tmp_path / "good.bmp").write_bytes(make_bmp(1000))
    (tmp_path / "text.png").write_bytes(b"no image at all")
    (tmp_path / "large.bmp").write_bytes(make_bmp(64_000_001))
    with running(kafka, tmp_path) as ingest:
        code, out, err = send(ingest, f"{tmp_path}/*.*", "-d", "digits", "--repeat", "2", *straight)

        assert code == 4
        assert "sent 2 of 6 images" in out
        assert "refused 4" in out
        assert f"refused {tmp_path}/text.png: Not an image" in err
        assert f"refused {tmp_path}/large.bmp: The image has 64,000,001 bytes" in err
        assert set(landed(ingest)) == {"good.bmp", "good.bmp~2"}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["-d", "digits", "none.png"], 4, "There is no file 'none.png'"),
        (["-d", "Digits", "{}/good.bmp"], 4, "'Digits' is no deployment name"),
        (["{}/good.bmp"], 2, "--deployment"),
    ],
)
def test_a_mistake_is_said(tmp_path: Path, arguments: list[str], code: int, says: str) -> None:
    (tmp_path / "good.bmp").write_bytes(make_bmp(1000))

    done = subprocess.run(
        [*SEND, *(argument.format(tmp_path) for argument in arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("straight", [[], ["--kafka"]])
def test_nobody_there_is_said(tmp_path: Path, straight: list[str]) -> None:
    (tmp_path / "good.bmp").write_bytes(make_bmp(1000))
    environ = {**os.environ, "UMBRA_KAFKA_BOOTSTRAP": "127.0.0.1:1", "UMBRA_INGEST_URL": "http://127.0.0.1:1"}
    done = subprocess.run(
        [*SEND, f"{tmp_path}/good.bmp", "-d", "digits", "--wait", "0", *straight],
        env={**environ, "UMBRA_STORE_URL": f"file://{tmp_path}/store"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 3
    assert "127.0.0.1:1" in done.stderr or "did not take" in done.stderr
    assert "sent 0 of 1" in done.stdout


def test_a_plain_producer_needs_a_key_a_value_and_one_header(kafka: KafkaSettings) -> None:
    make_topics(kafka)
    image = make_bmp(1000)
    plain = Producer({"bootstrap.servers": kafka.kafka_bootstrap})
    keys = [b"img1", b"", None, b"\xff\xfe", b"k" * 10_000, "cam/1 %2F 😀".encode()]
    for key in keys:
        plain.produce(kafka.topics.images, key=key, value=image, headers=[("deployment", b"digits")])
    assert plain.flush(10) == 0

    for record in read_topic(kafka, kafka.topics.images):
        landing = landing_of(record)
        named = record.key in (b"img1", "cam/1 %2F 😀".encode())
        place = f"{record.partition}-{record.offset}"
        assert landing.image_id == ((record.key or b"").decode() if named else place)
        assert (landing.deployment, landing.fault, record.value) == ("digits", None, image)
