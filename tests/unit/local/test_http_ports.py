import random
import socket

import pytest

from umbra.core.errors import Refused
from umbra.local.http_ports import METERED, http_ports
from umbra.local.ports import LOOPBACK, Ports, is_free
from umbra.local.services import NAMES

# A port once given stays reserved until this process ends: each test takes others.
_FIRSTS = iter(random.sample(range(30_000, 32_000, len(METERED)), 500))


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> int:
    """The first of three consecutive ports that are free; no port is set by the user."""
    for variable in ("UMBRA_API_PORT", "UMBRA_INGEST_PORT", "UMBRA_CHECKER_PORT", "UMBRA_METRICS_PORT"):
        monkeypatch.delenv(variable, raising=False)
    return next(first for first in _FIRSTS if all(is_free(first + n) for n in range(len(METERED))))


def metered(found: dict[str, int]) -> list[int]:
    """The ports of the services that only serve metrics, in order."""
    return [found[name] for name in METERED]


def test_every_service_has_a_port_of_its_own(usual: int) -> None:
    found = http_ports(Ports(), usual)
    assert found.keys() == set(NAMES)
    assert len(set(found.values())) == len(NAMES)


def test_the_usual_ports_are_given_in_order(usual: int) -> None:
    assert metered(http_ports(Ports(), usual)) == list(range(usual, usual + len(METERED)))


def test_another_is_given_where_a_usual_one_is_taken(usual: int) -> None:
    with socket.create_server((LOOPBACK, usual + 1)):
        champion, shadow, monitor, _ = metered(http_ports(Ports(), usual))
    assert (champion, monitor) == (usual, usual + 2)
    assert shadow not in range(usual, usual + 3)


def test_those_the_user_set_are_given_in_order(monkeypatch: pytest.MonkeyPatch, usual: int) -> None:
    monkeypatch.setenv("UMBRA_METRICS_PORT", str(usual))
    assert metered(http_ports(Ports())) == list(range(usual, usual + len(METERED)))


def test_one_of_them_that_is_taken_is_refused(monkeypatch: pytest.MonkeyPatch, usual: int) -> None:
    monkeypatch.setenv("UMBRA_METRICS_PORT", str(usual))
    with (
        socket.create_server((LOOPBACK, usual + 1)),
        pytest.raises(Refused, match=f"Port {usual + 1} of UMBRA_METRICS_PORT is in use"),
    ):
        http_ports(Ports())


def test_there_must_be_ports_after_the_first(monkeypatch: pytest.MonkeyPatch, usual: int) -> None:
    monkeypatch.setenv("UMBRA_METRICS_PORT", "65534")
    with pytest.raises(Refused, match=f"{len(METERED)} ports are needed and 65534 is too near the end"):
        http_ports(Ports())
