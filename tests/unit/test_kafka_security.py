"""What is said of TLS and SASL must fit together, and its files must be of use, before anything starts."""

from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization as s

from umbra.core.errors import Refused
from umbra.kafka import config
from umbra.settings import KafkaSettings


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`ca.pem`, `cert.pem` with `key.pem` and `locked.pem` (the same key, encrypted), and `other.pem`."""
    directory = tmp_path_factory.mktemp("pem")
    authority = trustme.CA()
    made, other = (authority.issue_cert("umbra.example") for _ in range(2))
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    made.cert_chain_pems[0].write_to_path(str(directory / "cert.pem"))
    made.private_key_pem.write_to_path(str(directory / "key.pem"))
    other.private_key_pem.write_to_path(str(directory / "other.pem"))
    key = s.load_pem_private_key(made.private_key_pem.bytes(), None)
    locked = key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.BestAvailableEncryption(b"open"))
    (directory / "locked.pem").write_bytes(locked)
    (directory / "text.pem").write_text("no certificate")
    return directory


def load(monkeypatch: pytest.MonkeyPatch, variables: str, pem: Path) -> KafkaSettings:
    """The settings of words like `USERNAME=umbra CA_FILE=@ca.pem`; @ is the directory."""
    for word in variables.split():
        name, _, value = word.partition("=")
        monkeypatch.setenv(f"UMBRA_KAFKA_{name}", value.replace("@", f"{pem}/"))
    return KafkaSettings.load()


SCRAM = "SECURITY_PROTOCOL=SASL_SSL SASL_MECHANISM=SCRAM-SHA-512 USERNAME=u PASSWORD=p"
SHOWN = "SECURITY_PROTOCOL=SSL CERT_FILE=@cert.pem"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ("SECURITY_PROTOCOL=TLS", "UMBRA_KAFKA_SECURITY_PROTOCOL: Input should be"),
        ("SECURITY_PROTOCOL=SASL_SSL SASL_MECHANISM=OAUTHBEARER", "UMBRA_KAFKA_SASL_MECHANISM: Input should"),
        ("SECURITY_PROTOCOL=SASL_SSL", "SASL_SSL needs UMBRA_KAFKA_SASL_MECHANISM"),
        ("SECURITY_PROTOCOL=SASL_SSL SASL_MECHANISM=PLAIN", "SASL_SSL needs UMBRA_KAFKA_USERNAME"),
        ("SECURITY_PROTOCOL=SASL_PLAINTEXT SASL_MECHANISM=PLAIN USERNAME=u", "needs UMBRA_KAFKA_PASSWORD"),
        (
            "SASL_MECHANISM=PLAIN",
            "SASL_MECHANISM is set, but UMBRA_KAFKA_SECURITY_PROTOCOL=PLAINTEXT",
        ),
        ("SECURITY_PROTOCOL=SSL USERNAME=u", "Set the protocol to SASL_SSL or SASL_PLAINTEXT, or unset"),
        ("CA_FILE=@ca.pem", "Set the protocol to SSL or SASL_SSL, or unset UMBRA_KAFKA_CA_FILE"),
        ("SECURITY_PROTOCOL=SSL CA_FILE=@none.pem", "UMBRA_KAFKA_CA_FILE: .*none.pem cannot be read"),
        ("SECURITY_PROTOCOL=SSL CA_FILE=@text.pem", "UMBRA_KAFKA_CA_FILE: .* holds no certificates"),
        ("SECURITY_PROTOCOL=SSL KEY_FILE=@key.pem", "set both, or neither"),
        (SHOWN, "set both, or neither"),
        (f"{SHOWN} KEY_FILE=@other.pem", "do not make a client certificate"),
        (f"{SHOWN} KEY_FILE=@locked.pem", "UMBRA_KAFKA_KEY_PASSWORD opens it"),
        (f"{SHOWN} KEY_FILE=@locked.pem KEY_PASSWORD=guessed", "UMBRA_KAFKA_KEY_PASSWORD opens it"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_fix(
    monkeypatch: pytest.MonkeyPatch, pem: Path, variables: str, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        load(monkeypatch, variables, pem)


@pytest.mark.parametrize(
    "variables",
    [
        "",
        "SECURITY_PROTOCOL=SSL",
        SCRAM,
        f"{SCRAM} CA_FILE=@ca.pem",
        f"{SHOWN} KEY_FILE=@key.pem CA_FILE=@ca.pem",
        f"{SHOWN} KEY_FILE=@locked.pem KEY_PASSWORD=open",
    ],
)
def test_what_fits_is_taken(monkeypatch: pytest.MonkeyPatch, pem: Path, variables: str) -> None:
    assert load(monkeypatch, variables, pem).kafka_bootstrap


def test_librdkafka_is_told_only_what_is_set(monkeypatch: pytest.MonkeyPatch, pem: Path) -> None:
    assert {name for name in config.client(KafkaSettings()) if name.startswith(("sasl", "ssl"))} == set()
    told = config.client(load(monkeypatch, f"{SCRAM} CA_FILE=@ca.pem", pem))
    assert (told["security.protocol"], told["sasl.password"]) == ("SASL_SSL", "p")
    assert told["ssl.ca.location"] == str(pem / "ca.pem")


def test_no_password_is_shown(monkeypatch: pytest.MonkeyPatch, pem: Path) -> None:
    settings = load(monkeypatch, SCRAM.replace("PASSWORD=p", "PASSWORD=hunter2"), pem)
    assert "hunter2" not in f"{settings!r} {settings}"
