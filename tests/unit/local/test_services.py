from pathlib import Path

import pytest

from umbra.local.services import NAMES, Addresses, services, slot_worker
from umbra.settings import refuse_unknown

ADDRESSES = Addresses("127.0.0.1:9092", "postgresql://db", {name: 8000 + i for i, name in enumerate(NAMES)})


def environ(name: str, **shared: str) -> dict[str, str]:
    found = services(Path("/data"), ADDRESSES, shared)
    return dict(next(service.spec.environ for service in found if service.spec.name == name))


def test_every_service_is_ready_on_its_own_port() -> None:
    urls = [service.ready_url for service in services(Path("/data"), ADDRESSES, {})]
    assert urls == [f"http://127.0.0.1:{8000 + i}/readyz" for i in range(len(NAMES))]


@pytest.mark.parametrize("name", NAMES)
def test_services_are_told_nothing_they_would_refuse(name: str) -> None:
    refuse_unknown(environ(name))


@pytest.mark.parametrize(
    ("name", "variable", "value"),
    [
        ("ingest", "UMBRA_INGEST_PORT", "8000"),
        ("ingest", "UMBRA_DISK_PATHS", "/data/kafka,/data/store"),
        ("champion_worker", "UMBRA_SLOT", "champion"),
        ("champion_worker", "UMBRA_METRICS_PORT", "8001"),
        ("shadow_worker", "UMBRA_SLOT", "shadow"),
        ("shadow_worker", "UMBRA_METRICS_PORT", "8002"),
        ("replay_worker", "UMBRA_METRICS_PORT", "8003"),
        ("monitor", "UMBRA_METRICS_PORT", "8004"),
        ("shadow_worker", "UMBRA_NICE", "10"),
        ("monitor", "UMBRA_POSTGRES_DSN", "postgresql://db"),
        ("model_checker", "UMBRA_CHECKER_PORT", "8005"),
        ("api", "UMBRA_API_PORT", "8006"),
        ("api", "UMBRA_CHECKER_URL", "http://127.0.0.1:8005"),
        ("api", "UMBRA_STORE_URL", "file:///data/store"),
    ],
)
def test_a_service_is_told_where_things_are(name: str, variable: str, value: str) -> None:
    assert environ(name)[variable] == value


def test_the_worker_of_another_slot_is_a_shadow_worker_in_it() -> None:
    spec = slot_worker(Path("/data"), ADDRESSES, {"UMBRA_PARTITIONS": "8"}, "canary-b", 9200)
    of_shadow = environ("shadow_worker", UMBRA_PARTITIONS="8")
    refuse_unknown(spec.environ)
    assert spec.name == "shadow_worker.canary-b"
    assert spec.environ == of_shadow | {"UMBRA_SLOT": "canary-b", "UMBRA_METRICS_PORT": "9200"}


def test_workers_are_not_told_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UMBRA_POSTGRES_DSN", raising=False)
    assert "UMBRA_POSTGRES_DSN" not in environ("champion_worker")


def test_a_variable_of_the_user_reaches_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMBRA_STORE_URL", "s3://bucket")
    monkeypatch.setenv("UMBRA_BATCH_IMAGES", "8")
    assert environ("champion_worker")["UMBRA_STORE_URL"] == "s3://bucket"
    assert environ("champion_worker")["UMBRA_BATCH_IMAGES"] == "8"


def test_what_all_share_is_told_to_all() -> None:
    assert environ("monitor", UMBRA_PARTITIONS="8")["UMBRA_PARTITIONS"] == "8"


def test_a_database_found_in_a_file_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMBRA_POSTGRES_DSN_FILE", "/run/secrets/dsn")
    assert "UMBRA_POSTGRES_DSN_FILE" not in environ("api")
    assert environ("api")["UMBRA_POSTGRES_DSN"] == "postgresql://db"


def test_how_to_be_let_into_kafka_is_told_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMBRA_KAFKA_USERNAME", "umbra")
    monkeypatch.setenv("UMBRA_KAFKA_PASSWORD_FILE", "/run/secrets/kafka")
    for name in NAMES:
        assert environ(name)["UMBRA_KAFKA_USERNAME"] == "umbra"
        assert environ(name)["UMBRA_KAFKA_PASSWORD_FILE"] == "/run/secrets/kafka"


def test_services_find_the_tokens_file_from_their_own_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UMBRA_TOKENS_FILE", "tokens")
    assert (
        environ("api")["UMBRA_TOKENS_FILE"] == environ("ingest")["UMBRA_TOKENS_FILE"] == f"{tmp_path}/tokens"
    )
