"""A Kafka that asks who comes: TLS with its own certificates, SASL, and an authorizer that grants nothing."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import trustme
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tests.servers import running_kafka
from umbra.local.jars import ensure_jars
from umbra.local.kafka import Kafka, find_java
from umbra.local.ports import LOOPBACK, Ports
from umbra.settings import KafkaSettings

PREFIX = "umbra-"
"""Of the users."""

_KIND = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional-id": ResourceType.TRANSACTIONAL_ID,
    "cluster": ResourceType.BROKER,
}


class Certificate(NamedTuple):
    """PEM files."""

    cert: Path
    key: Path


class Secured(NamedTuple):
    """A running broker.

    Attributes:
        admin: bootstrap of the listener where everybody is the superuser.
        ports: of the other listeners, by their name.
        ca: PEM file of who signed its certificate; another_ca signed nothing.
        client: a certificate in the name of `umbra-tester`.
    """

    admin: str
    ports: dict[str, int]
    ca: Path
    another_ca: Path
    client: Certificate

    def at(self, listener: str) -> str:
        """Bootstrap of a listener."""
        return f"{LOOPBACK}:{self.ports[listener]}"

    def scram(self, account: str) -> dict[str, str]:
        """The variables of a user with a SCRAM password."""
        return {
            "UMBRA_KAFKA_BOOTSTRAP": self.at("SCRAM"),
            "UMBRA_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "UMBRA_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "UMBRA_KAFKA_USERNAME": f"{PREFIX}{account}",
            "UMBRA_KAFKA_PASSWORD": password_of(account),
            "UMBRA_KAFKA_CA_FILE": str(self.ca),
        }

    def plain(self) -> dict[str, str]:
        """The variables of `umbra-tester` with a password that goes as it is."""
        return {
            "UMBRA_KAFKA_BOOTSTRAP": self.at("PLAIN"),
            "UMBRA_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
            "UMBRA_KAFKA_SASL_MECHANISM": "PLAIN",
            "UMBRA_KAFKA_USERNAME": f"{PREFIX}tester",
            "UMBRA_KAFKA_PASSWORD": password_of("tester"),
        }

    def mutual(self) -> dict[str, str]:
        """The variables of `umbra-tester` with a certificate."""
        return {
            "UMBRA_KAFKA_BOOTSTRAP": self.at("MUTUAL"),
            "UMBRA_KAFKA_SECURITY_PROTOCOL": "SSL",
            "UMBRA_KAFKA_CA_FILE": str(self.ca),
            "UMBRA_KAFKA_CERT_FILE": str(self.client.cert),
            "UMBRA_KAFKA_KEY_FILE": str(self.client.key),
        }

    def add_users(self, accounts: Iterable[str]) -> None:
        """Let users in with SCRAM."""
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        wanted: list[UserScramCredentialAlteration] = [
            UserScramCredentialUpsertion(f"{PREFIX}{name}", info, password_of(name).encode())
            for name in accounts
        ]
        client = AdminClient({"bootstrap.servers": self.admin})
        for added in client.alter_user_scram_credentials(wanted).values():
            added.result(60)

    def grant(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Grant exactly what `umbra topics --acls --json` prints."""
        bindings = [_binding(**row) for row in rows]
        client = AdminClient({"bootstrap.servers": self.admin})
        for made in client.create_acls(bindings).values():
            made.result(60)


def settings_of(variables: Mapping[str, str], **given: Any) -> KafkaSettings:
    """The settings that variables make."""
    fields = {name.removeprefix("UMBRA_").lower(): value for name, value in variables.items()}
    return KafkaSettings.model_validate(fields | given)


def password_of(account: str) -> str:
    """The password of a user."""
    return account[::-1]


@contextmanager
def secured_kafka(directory: Path) -> Iterator[Secured]:
    """A broker with four listeners: PLAINTEXT for the superuser, SCRAM (SASL_SSL), PLAIN (SASL_PLAINTEXT) and
    MUTUAL (SSL that wants a certificate)."""
    authority, other = trustme.CA(), trustme.CA()
    ca, another_ca = directory / "ca.pem", directory / "another-ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    other.cert_pem.write_to_path(str(another_ca))
    server = _certificate(authority, directory, "server", "broker")
    _together(server)
    ports = Ports()
    listeners = {name: ports.any() for name in ("SCRAM", "PLAIN", "MUTUAL")}
    admin, controller = ports.any(), ports.any()
    properties = _properties(admin, controller, listeners, directory / "server.pem", ca)
    kafka = Kafka(directory / "kafka", admin, controller, ensure_jars(), find_java(), properties)
    with running_kafka(kafka):
        client = _certificate(authority, directory, "client", f"{PREFIX}tester")
        yield Secured(kafka.address, listeners, ca, another_ca, client)


def _properties(
    admin: int, controller: int, listeners: dict[str, int], keystore: Path, ca: Path
) -> dict[str, object]:
    ports = {"PLAINTEXT": admin, **listeners}
    outside = [f"{name}://{LOOPBACK}:{port}" for name, port in ports.items()]
    kinds = "SCRAM:SASL_SSL,PLAIN:SASL_PLAINTEXT,MUTUAL:SSL,PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"
    security = "org.apache.kafka.common.security"
    return {
        "listeners": ",".join([*outside, f"CONTROLLER://{LOOPBACK}:{controller}"]),
        "advertised.listeners": ",".join(outside),
        "listener.security.protocol.map": kinds,
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.scram.scram-sha-512.sasl.jaas.config": f"{security}.scram.ScramLoginModule required;",
        "listener.name.plain.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.plain.plain.sasl.jaas.config": (
            f'{security}.plain.PlainLoginModule required user_{PREFIX}tester="{password_of("tester")}";'
        ),
        "listener.name.mutual.ssl.client.auth": "required",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": keystore,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": ca,
        "ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": "User:ANONYMOUS",
    }


def _certificate(authority: trustme.CA, directory: Path, name: str, common_name: str) -> Certificate:
    made = authority.issue_cert(LOOPBACK, "localhost", common_name=common_name)
    found = Certificate(directory / f"{name}-cert.pem", directory / f"{name}-key.pem")
    made.cert_chain_pems[0].write_to_path(str(found.cert))
    key = load_pem_private_key(made.private_key_pem.bytes(), None)
    # Kafka reads no other format.
    found.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return found


def _together(server: Certificate) -> None:
    keystore = server.cert.with_name("server.pem")
    keystore.write_bytes(server.key.read_bytes() + server.cert.read_bytes())


def _binding(principal: str, operation: str, resource: str, name: str, pattern: str) -> AclBinding:
    operations = {known.replace("_", ""): value for known, value in AclOperation.__members__.items()}
    return AclBinding(
        _KIND[resource],
        name,
        ResourcePatternType[pattern.upper()],
        principal,
        "*",
        operations[operation.upper()],
        AclPermissionType.ALLOW,
    )
