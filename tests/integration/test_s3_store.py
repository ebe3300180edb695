"""A store on S3: moto's server stands for it, s3fs speaks to it as it would to the real one."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import s3fs
from moto.server import ThreadedMotoServer

from tests.integration.api import CHAMPION
from umbra.core.errors import Refused, Retryable
from umbra.onnx.model_file import manifest_from
from umbra.onnx.session import Model
from umbra.settings import StoreSettings
from umbra.store import Store


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadedMotoServer]:
    """S3, told as any S3 is: by the variables of its clients."""
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    told = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    try:
        yield started
    finally:
        s3fs.S3FileSystem.clear_instance_cache()
        started.stop()


@pytest.fixture
def bucket(server: ThreadedMotoServer) -> str:
    """An empty one: moto keeps them as long as the process lives."""
    name = f"umbra-{uuid4().hex}"
    s3fs.S3FileSystem().mkdir(name)
    return name


@pytest.fixture
def store(bucket: str) -> Store:
    return Store(StoreSettings(store_url=f"s3://{bucket}/store"))


def test_a_model_is_added_to_s3_and_loaded_from_it(store: Store, bucket: str) -> None:
    raw = CHAMPION.read_bytes()

    artifact = store.put_model(raw)
    read = store.open_model(artifact)

    assert store.put_model(raw) == artifact
    assert store.uri == f"s3://{bucket}/store"
    assert s3fs.S3FileSystem().exists(f"{bucket}/store/{artifact.uri}")
    assert Model.load(read, manifest_from(read, name="digits"), threads=1).inference_ms > 0


def test_a_model_that_was_changed_on_s3_is_refused(store: Store, bucket: str) -> None:
    artifact = store.put_model(b"onnx")
    s3fs.S3FileSystem().pipe_file(f"{bucket}/store/{artifact.uri}", b"ONNX")

    with pytest.raises(Refused, match="Upload it again"):
        store.open_model(artifact)


def test_s3_that_is_away_is_waited_for(store: Store, server: ThreadedMotoServer) -> None:
    artifact = store.put_model(b"onnx")
    server.stop()

    with pytest.raises(Retryable, match="away"):
        store.open_model(artifact)
