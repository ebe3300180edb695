"""Two API replicas as processes: one leads, the other takes over when it is killed."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.integration.api import CHAMPION, SHADOW, running_checker
from tests.integration.control_plane import ControlPlane, until
from tests.integration.service_process import ServiceProcess, service
from umbra.client import Client
from umbra.settings import KafkaSettings, PostgresSettings


@pytest.fixture
def plane(kafka: KafkaSettings, postgres: PostgresSettings) -> Iterator[ControlPlane]:
    with ControlPlane(kafka, postgres) as plane:
        plane.make_topics()
        yield plane


@pytest.fixture
def replicas(plane: ControlPlane, tmp_path: Path) -> Iterator[list[ServiceProcess]]:
    """Both ready, the leader first."""
    with ExitStack() as stack:
        variables = {
            "UMBRA_KAFKA_BOOTSTRAP": plane.kafka.kafka_bootstrap,
            "UMBRA_TOPIC_PREFIX": plane.kafka.topic_prefix,
            "UMBRA_POSTGRES_DSN": plane.settings.postgres_dsn.get_secret_value(),
            "UMBRA_STORE_URL": f"file://{tmp_path}/store",
            "UMBRA_CHECKER_URL": stack.enter_context(running_checker()),
        }
        both = [stack.enter_context(service("api", variables, tmp_path / f"{n}.log")) for n in range(2)]
        until(lambda: all(replica.is_ready() for replica in both) and any(map(leads, both)))
        yield sorted(both, key=leads, reverse=True)


def test_a_change_asked_of_one_replica_comes_into_force_though_the_leader_is_killed(
    plane: ControlPlane, replicas: list[ServiceProcess]
) -> None:
    leader, other = replicas
    with Client(other.url) as client:
        client.models.add(CHAMPION, name="digits-small")
        client.models.add(SHADOW, name="digits-large")
        first = client.deployments.create("digits", "digits-small@1")
        assert (first.state, leads(leader), leads(other)) == ("active", True, False)
        plane.report("shadow", {})
        until(client.workers)
        digits = client.deployment("digits")
        shadow = digits.set_shadow_model("digits-large@1")
        until(lambda: [r for r in plane.control() if r.revision == shadow.revision])

        leader.kill()

        plane.report("shadow", {"digits@2": "ready"})
        active = digits.wait_active(shadow.revision)
        assert leads(other)
        assert dict(active.starts) == plane.markers(plane.control()[-1])
        states = [(revision.key, revision.state) for revision in plane.control()]
        assert states == [(f"digits@{n}", state) for n in (1, 2) for state in ("staged", "active")]


def leads(replica: ServiceProcess) -> bool:
    """Whether its relay is the leader."""
    return "umbra_relay_leading 1.0" in httpx.get(f"{replica.url}/metrics").text
