"""A Kafka that asks who comes: every service under its own name, with exactly the rights that are printed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import umbra
from tests.integration.service_process import ServiceProcess, service
from tests.integration.workplace import SCENES, until
from tests.secured import PREFIX, Secured, secured_kafka, settings_of
from tests.servers import migrated_database
from umbra.cli.acls import rows
from umbra.contracts import acls
from umbra.contracts.topics import Topics
from umbra.core.errors import Refused, Retryable
from umbra.kafka.admin import Admin
from umbra.kafka.producer import Producer
from umbra.kafka.read import read_topic
from umbra.kafka.refusal import RightMissing
from umbra.kafka.transaction import ProducerLost, TransactionalProducer
from umbra.settings import KafkaSettings, PostgresSettings

TOPICS = Topics()
SERVICES = {
    "ingest": "ingest",
    "champion_worker": "champion-worker",
    "shadow_worker": "shadow-worker",
    "replay_worker": "replay-worker",
    "monitor": "monitor",
    "api": "api",
}
"""Service → its account."""
MODELS = Path("examples/digits/scenes")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """The broker, its users, and the rights that `umbra topics --acls` prints."""
    with secured_kafka(tmp_path_factory.mktemp("secured")) as broker:
        printed = json.loads(cli(broker, "setup", "topics", "--acls", "--json").stdout)
        broker.add_users({row["principal"].removeprefix(f"User:{PREFIX}") for row in printed})
        broker.grant(printed)
        yield broker


@pytest.fixture(scope="module")
def topics(secured: Secured) -> Topics:
    """Made by the account that may make them."""
    made = cli(secured, "setup", "topics")
    assert "All topics are as they must be" in made.stdout, made.stderr
    return TOPICS


class System(NamedTuple):
    """Every service, ready."""

    client: umbra.Client
    services: dict[str, ServiceProcess]

    def why(self) -> str:
        return "\n".join(f"--- {name}\n{process.log()[-2000:]}" for name, process in self.services.items())


@pytest.fixture(scope="module")
def system(
    secured: Secured,
    topics: Topics,
    postgres_server: str,
    postgres_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[System]:
    directory = tmp_path_factory.mktemp("services")
    with ExitStack() as stack:
        database = stack.enter_context(migrated_database(postgres_server, postgres_template))
        dsn = database.postgres_dsn.get_secret_value()
        shared = {
            "UMBRA_STORE_URL": f"file://{directory}/store",
            "UMBRA_CACHE_DIR": f"{directory}/cache",
            "UMBRA_MONITOR_DIR": f"{directory}/monitor",
            "UMBRA_WORKER_INDEX": "0",
            "UMBRA_MONITOR_INDEX": "0",
            "UMBRA_POSTGRES_DSN": dsn,
        }
        # It knows no Kafka, so it has no account.
        checker = stack.enter_context(service("model_checker", {}, directory / "model_checker.log"))
        until(checker.is_ready)
        shared["UMBRA_CHECKER_URL"] = checker.url
        running = {
            name: stack.enter_context(
                service(name, shared | secured.scram(account), directory / f"{name}.log")
            )
            for name, account in SERVICES.items()
        }
        for process in running.values():
            until(process.is_ready)
        urls = running["api"].url, running["ingest"].url
        yield System(stack.enter_context(umbra.Client(*urls)), running)


def cli(secured: Secured, account: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """An `umbra` command under a user's name."""
    command = [sys.executable, "-m", "umbra.cli", *arguments]
    environ = os.environ | secured.scram(account)
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def user(secured: Secured, account: str, **given: Any) -> KafkaSettings:
    return settings_of(secured.scram(account), **given)


# The story, in its order: each account does its part, and nobody else's.


def test_the_stream_runs_with_exactly_the_printed_rights(system: System) -> None:
    for file, name in (("det_champion.onnx", "digits-small"), ("det_shadow.onnx", "digits-large")):
        system.client.models.add(MODELS / file, name=name)
    system.client.deployments.create(
        "digits", champion="digits-small@1", shadows={"shadow": "digits-large@1"}
    )
    digits = system.client.deployment("digits")
    for number, scene in enumerate(SCENES[:20]):
        digits.send(scene, image_id=f"scene-{number}")

    until(lambda: digits.comparisons().pairs and digits.comparisons().pairs[0].complete == 20)
    assert digits.content("scene-0") == SCENES[0]


def test_a_replay_runs_within_the_rights_of_its_worker(system: System) -> None:
    digits = system.client.deployment("digits")
    replay = digits.replays.begin("digits-large@1", "1h", max=True)
    done = digits.replays.wait(replay.id, 60.0)
    until(lambda: digits.replays.show(replay.id).images == 20)
    assert (done.state, done.failed) == ("done", 0)


def test_the_shadow_is_promoted_and_rolled_back_at_once(system: System) -> None:
    digits = system.client.deployment("digits")
    assert digits.wait_active(digits.promote().revision).state == "active"
    assert digits.wait_active(digits.rollback(immediate=True).revision).state == "active"


def test_a_producer_sends_an_image_and_a_consumer_reads_its_prediction(
    system: System, secured: Secured
) -> None:
    image = str(MODELS / "val" / "0001.png")
    sent = cli(secured, "producer", "send", image, "--deployment", "digits", "--kafka")
    assert sent.returncode == 0, sent.stderr
    until(lambda: len(list(read_topic(user(secured, "operator"), TOPICS.predictions_champion))) == 21)


def test_an_operator_puts_a_dead_letter_back(system: System, secured: Secured) -> None:
    with Producer(user(secured, "producer")) as producer:
        producer.send(TOPICS.images, value=b"no image", headers=[("deployment", b"digits")]).result(60)

    until(lambda: "undecodable" in cli(secured, "operator", "dlq", "list").stdout)
    replayed = cli(secured, "operator", "dlq", "replay", "champion", "--all")
    assert "1 of 1 put back" in replayed.stdout, replayed.stderr


def test_an_operator_proves_the_stream(system: System, secured: Secured) -> None:
    proof = cli(secured, "operator", "verify-stream", "--wait", "60", "--no-postgres")
    assert "Proven: nothing speaks against it" in proof.stdout, proof.stderr


def test_every_service_stops_cleanly(system: System) -> None:
    assert {name: process.stop() for name, process in system.services.items()} == dict.fromkeys(SERVICES, 0)


# Who lacks a right is told which.


def test_ingest_may_not_write_predictions(secured: Secured, topics: Topics) -> None:
    with (
        Producer(user(secured, "ingest")) as producer,
        pytest.raises(RightMissing, match=r"umbra-ingest: Write on topic umbra.predictions.champion"),
    ):
        producer.send(topics.predictions_champion, value=b"{}").result(60)


def test_a_shadow_may_neither_write_champion_predictions_nor_take_the_champions_name(
    secured: Secured, topics: Topics
) -> None:
    shadow = user(secured, "shadow-worker")
    producer = TransactionalProducer(shadow, topics.worker("shadow", "9"))
    producer.begin()
    producer.produce(topics.predictions_champion, value=b"{}", partition=0)
    with pytest.raises(RightMissing, match=r"Write on topic umbra.predictions.champion"):
        producer.commit()
    with pytest.raises(RightMissing, match=r"Write on transactional id umbra.champion-0"):
        TransactionalProducer(shadow, topics.worker("champion", "0"))


@pytest.mark.parametrize(
    ("number", "without", "said"),
    [
        (0, "umbra.predictions.shadow", "Write on topic umbra.predictions.shadow"),
        (1, "umbra.shadow", "Read on group umbra.shadow"),
    ],
)
def test_a_worker_that_lacks_a_right_ends_and_says_which(
    secured: Secured, topics: Topics, tmp_path: Path, number: int, without: str, said: str
) -> None:
    account = f"worker-{number}"
    secured.add_users([account])
    wanted = acls.worker(topics, "shadow")
    rights = tuple(right for right in wanted.rights if (right.operation, right.name) not in _used(without))
    secured.grant(rows([acls.Account(account, "", rights)], f"User:{PREFIX}"))

    variables = secured.scram(account) | {"UMBRA_STORE_URL": f"file://{tmp_path}/store"}
    with service("shadow_worker", variables, tmp_path / "worker.log") as worker:
        assert worker.exit_code() in (1, 2)
        assert f"Kafka does not grant {PREFIX}{account}: {said}" in worker.log()


def test_a_monitor_that_may_not_join_its_group_ends_and_says_so(
    secured: Secured, topics: Topics, postgres: PostgresSettings, tmp_path: Path
) -> None:
    secured.add_users(["lonely"])
    rights = tuple(right for right in acls.monitor(topics).rights if right.resource != "group")
    secured.grant(rows([acls.Account("lonely", "", rights)], f"User:{PREFIX}"))

    variables = secured.scram("lonely") | {
        "UMBRA_POSTGRES_DSN": postgres.postgres_dsn.get_secret_value(),
        "UMBRA_MONITOR_DIR": str(tmp_path / "monitor"),
    }
    with service("monitor", variables, tmp_path / "monitor.log") as monitor:
        assert monitor.exit_code() == 1
        assert f"Kafka does not grant {PREFIX}lonely: Read on group umbra.monitor" in monitor.log()


def _used(name: str) -> set[tuple[str, str]]:
    return {("Write", name), ("Read", name)}


def test_a_reader_without_the_right_is_told_so_instead_of_waiting(secured: Secured, topics: Topics) -> None:
    tailing = cli(secured, "ingest", "predictions", "tail")
    assert (tailing.returncode, tailing.stdout) == (4, "")
    assert "Read on topic umbra.predictions.champion" in tailing.stderr
    with pytest.raises(Refused, match=r"Describe on topic umbra.control"):
        Admin(user(secured, "ingest")).topic_id(topics.control)


# Who is not let in is told why.

WRONG: list[tuple[dict[str, str], str]] = [
    ({"UMBRA_KAFKA_PASSWORD": "guessed"}, "UMBRA_KAFKA_PASSWORD"),
    ({"UMBRA_KAFKA_SASL_MECHANISM": "SCRAM-SHA-256"}, "UMBRA_KAFKA_SASL_MECHANISM"),
    ({"UMBRA_KAFKA_CA_FILE": "another"}, "UMBRA_KAFKA_CA_FILE"),
]


@pytest.mark.parametrize(("wrong", "remedy"), WRONG)
def test_whoever_is_not_let_in_is_told_what_to_check(
    secured: Secured, wrong: dict[str, str], remedy: str
) -> None:
    settings = settings_of(_with(secured, wrong))
    with pytest.raises(Retryable, match=f"does not let us in.*{remedy}"):
        Admin(settings).partitions(1)


def test_so_is_whoever_sends(secured: Secured) -> None:
    settings = settings_of(_with(secured, WRONG[0][0]))
    with (
        Producer(settings, timeout_s=1) as producer,
        pytest.raises(Retryable, match=r"does not let us in.*UMBRA_KAFKA_PASSWORD"),
    ):
        producer.send(TOPICS.images, value=b"").result(60)
    with pytest.raises(ProducerLost, match=r"does not let us in.*UMBRA_KAFKA_PASSWORD"):
        TransactionalProducer(settings, TOPICS.relay, timeout_ms=1000)


def _with(secured: Secured, wrong: Mapping[str, str]) -> dict[str, str]:
    variables = secured.scram("api") | dict(wrong)
    if variables["UMBRA_KAFKA_CA_FILE"] == "another":
        variables["UMBRA_KAFKA_CA_FILE"] = str(secured.another_ca)
    return variables


def test_services_that_are_not_let_in_wait_and_say_why(secured: Secured, tmp_path: Path) -> None:
    variables = _with(secured, WRONG[0][0]) | {
        "UMBRA_STORE_URL": f"file://{tmp_path}/store",
        "UMBRA_POSTGRES_DSN": "postgresql://127.0.0.1:1/none",
    }
    with ExitStack() as stack:
        running = [
            stack.enter_context(service(name, variables, tmp_path / f"{name}.log"))
            for name in ("ingest", "champion_worker")
        ]
        until(lambda: "UMBRA_KAFKA_PASSWORD" in running[0].readiness())
        until(lambda: "Check UMBRA_KAFKA_USERNAME, UMBRA_KAFKA_PASSWORD" in running[1].log())
        assert running[1].stop() == 0


@pytest.mark.parametrize(
    ("listener", "protocol"), [("SCRAM", "PLAINTEXT"), ("PLAINTEXT", "SSL"), ("MUTUAL", "SSL")]
)
def test_the_wrong_protocol_or_no_certificate_is_said_so(
    secured: Secured, listener: str, protocol: str
) -> None:
    bootstrap = secured.admin if listener == "PLAINTEXT" else secured.at(listener)
    given: dict[str, Any] = {"kafka_bootstrap": bootstrap, "kafka_security_protocol": protocol}
    if protocol == "SSL":
        given["kafka_ca_file"] = str(secured.ca)
    expected = "UMBRA_KAFKA_CERT_FILE" if listener == "MUTUAL" else "UMBRA_KAFKA_SECURITY_PROTOCOL"
    with pytest.raises(Retryable, match=expected):
        Admin(KafkaSettings(**given)).partitions(1)


# The other ways in, for both libraries.


def test_a_password_as_it_is_and_a_certificate_let_librdkafka_and_faust_in(
    secured: Secured, topics: Topics, postgres: PostgresSettings, tmp_path: Path
) -> None:
    account = acls.Account("tester", "", (*acls.producer(topics).rights, *acls.monitor(topics).rights))
    secured.grant(rows([account], f"User:{PREFIX}"))
    ways = {"plain": secured.plain(), "mutual": secured.mutual()}
    with ExitStack() as stack:
        monitors = []
        for name, variables in ways.items():
            with Producer(settings_of(variables)) as producer:
                assert producer.send(topics.images, value=b"").result(60).offset >= 0
            own = {
                "UMBRA_POSTGRES_DSN": postgres.postgres_dsn.get_secret_value(),
                "UMBRA_MONITOR_INDEX": name,
                "UMBRA_MONITOR_DIR": str(tmp_path / name),
            }
            log = tmp_path / f"{name}.log"
            monitors.append(stack.enter_context(service("monitor", variables | own, log)))
        for monitor in monitors:
            until(monitor.is_ready)


def test_transactions_longer_than_the_brokers_allow_are_refused(secured: Secured, topics: Topics) -> None:
    with pytest.raises(Refused, match=r"transaction.max.timeout.ms=1000000 or more"):
        Admin(user(secured, "setup")).check_transactions(1_000_000)
    with pytest.raises(Refused, match=r"Set transaction.max.timeout.ms"):
        TransactionalProducer(user(secured, "api"), topics.relay, timeout_ms=1_000_000)
