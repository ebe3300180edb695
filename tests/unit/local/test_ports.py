import socket
from collections.abc import Iterator

import pytest

from umbra.core.errors import Refused
from umbra.local.ports import LOOPBACK, Ports, is_free


@pytest.fixture(params=[LOOPBACK, ""], ids=["loopback", "everywhere"])
def taken(request: pytest.FixtureRequest) -> Iterator[int]:
    port = Ports().any()
    with socket.create_server((request.param, port)):
        yield port


def test_a_usual_port_is_given_when_it_is_free() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port: int = server.getsockname()[1]
    assert Ports().usual(port) == port


def test_a_port_that_another_stack_was_given_is_not_given_again() -> None:
    port = Ports().any()
    assert is_free(port)
    assert Ports().usual(port) != port


def test_another_is_given_when_something_listens_there(taken: int) -> None:
    port = Ports().usual(taken)
    assert port != taken
    assert is_free(port)


def test_no_port_is_given_twice() -> None:
    ports = Ports()
    first = ports.any()
    assert ports.usual(first) != first


def test_a_port_somebody_asked_for_is_refused_when_it_is_taken(taken: int) -> None:
    with pytest.raises(Refused, match=f"Port {taken} of UMBRA_API_PORT is in use"):
        Ports().exactly(taken, "UMBRA_API_PORT")


def test_a_connection_that_is_winding_down_takes_no_port() -> None:
    port = Ports().any()
    with socket.create_server((LOOPBACK, port)) as server, socket.create_connection((LOOPBACK, port)):
        accepted, _ = server.accept()
        accepted.close()  # the server's side closes first and keeps the port for a minute
    assert is_free(port)
