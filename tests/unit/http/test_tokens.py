"""Which services may run without tokens."""

import logging
from pathlib import Path

import pytest

from services.http.tokens import tokens_of
from umbra import tokens_file
from umbra.core.errors import Refused
from umbra.core.role import Role
from umbra.core.tokens import Holder
from umbra.settings import HttpSettings

LOOPBACK = ["127.0.0.1", "127.8.9.10", "::1", "localhost", "LocalHost"]
NETWORK = [
    "0.0.0.0",
    "::",
    "",
    "192.168.1.7",
    "10.0.0.1",
    "fe80::1",
    "umbra.example",
    "localhost.example",
    "127.1",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_on_loopback_nobody_is_asked(host: str) -> None:
    assert tokens_of(HttpSettings(host=host)) is None


@pytest.mark.parametrize("host", NETWORK)
def test_on_a_network_both_remedies_are_named(host: str) -> None:
    with pytest.raises(
        Refused, match=r"UMBRA_HOST=.*`umbra tokens create.*UMBRA_TOKENS_FILE.*UMBRA_INSECURE=1"
    ):
        tokens_of(HttpSettings(host=host))


@pytest.mark.parametrize("host", NETWORK)
def test_who_insists_is_warned(host: str, caplog: pytest.LogCaptureFixture) -> None:
    assert tokens_of(HttpSettings(host=host, insecure=True)) is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.parametrize("host", [*LOOPBACK, *NETWORK])
@pytest.mark.parametrize("insecure", [False, True])
def test_a_tokens_file_is_asked_wherever_it_is(tmp_path: Path, host: str, insecure: bool) -> None:
    token = tokens_file.create(tmp_path / "tokens", Holder("ana", Role.VIEWER))

    file = tokens_of(HttpSettings(host=host, insecure=insecure, tokens_file=str(tmp_path / "tokens")))

    assert file is not None
    assert file.tokens().holder(token) is not None


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_file_that_is_not_there_lets_nobody_in(tmp_path: Path, host: str) -> None:
    with pytest.raises(Refused, match="No such file"):
        tokens_of(HttpSettings(host=host, insecure=True, tokens_file=str(tmp_path / "tokens")))


def test_a_file_without_tokens_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "tokens").write_text("# nobody\n")

    with caplog.at_level(logging.WARNING):
        file = tokens_of(HttpSettings(tokens_file=str(tmp_path / "tokens")))

    assert file is not None
    assert "nobody may do anything" in caplog.text
