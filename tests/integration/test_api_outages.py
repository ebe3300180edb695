"""PostgreSQL or Kafka away: what the API still does, and that it recovers by itself."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.integration.api import CHAMPION, SHADOW, running_api
from tests.integration.control_plane import until
from tests.integration.test_embedded_servers import kafka_in, running
from umbra.local.ports import Ports
from umbra.local.postgres import Postgres
from umbra.postgres.migrate import migrate
from umbra.settings import KafkaSettings, PostgresSettings

AWAY_S = 8.0
"""Long enough for a back-off to have grown."""


@contextmanager
def postgres_running(server: Postgres) -> Iterator[PostgresSettings]:
    with running(server):
        settings = PostgresSettings(postgres_dsn=server.address)
        migrate(settings)
        yield settings


def test_without_postgres_the_api_says_so_and_recovers_with_it(kafka: KafkaSettings, tmp_path: Path) -> None:
    server = Postgres(tmp_path / "postgres", Ports().any(), durable=False)
    with ExitStack() as stack:
        with postgres_running(server) as settings:
            api = stack.enter_context(running_api(kafka, settings, tmp_path / "store"))
            api.create_digits()

        asked_at = time.monotonic()
        answer = api.http.get("/v1/deployments")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:umbra:postgres-unavailable")
        assert answer.headers["retry-after"]
        assert api.http.get("/readyz").status_code == 503
        assert api.http.get("/healthz").status_code == 200
        time.sleep(max(0.0, asked_at + AWAY_S - time.monotonic()))

        with postgres_running(server):
            until(lambda: api.http.get("/v1/deployments").status_code == 200)
            shadow = {"model_version": "digits-large@1"}
            api.json("PUT", "/v1/deployments/digits/shadows/shadow", 202, json=shadow)
            api.active(2)


def test_without_kafka_changes_are_accepted_and_come_into_force_with_it(
    postgres: PostgresSettings, tmp_path: Path
) -> None:
    server = kafka_in(tmp_path / "kafka")
    kafka = KafkaSettings(kafka_bootstrap=server.address)
    with running_api(kafka, postgres, tmp_path / "store", kafka_is_up=False) as api:
        api.add_model(CHAMPION, "digits-small")
        api.add_model(SHADOW, "digits-large")
        body = {"id": "digits", "champion": "digits-small@1"}
        accepted = api.json("POST", "/v1/deployments", 202, json=body)
        assert accepted["state"] == "staged"
        assert api.json("GET", "/v1/deployments", 200)["items"][0]["state"] == "staged"
        assert api.http.get("/readyz").status_code == 200
        assert "umbra_relay_leading 0.0" in api.http.get("/metrics").text

        with running(server):
            api.plane.make_topics()
            assert api.active(1)["starts"].keys() == {"0", "1", "2", "3"}
