"""Umbra's services as processes of a local stack, in the order images travel."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from umbra.core.names import CHAMPION, SHADOW
from umbra.local.http_ports import METERED
from umbra.local.leash import Spec
from umbra.local.ports import LOOPBACK
from umbra.settings import TokensSettings
from umbra.worker.niceness import SHADOW_NICE


@dataclass(frozen=True, slots=True)
class Service:
    """A process, and the URL that answers 200 once it is ready."""

    spec: Spec
    ready_url: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything of one stack is found.

    Attributes:
        kafka: bootstrap servers.
        postgres: DSN.
        ports: service → its HTTP port on the loopback interface (of metrics, where it serves nothing else).
    """

    kafka: str
    postgres: str
    ports: Mapping[str, int] = field(default_factory=dict)

    def url(self, service: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[service]}"


DSN_FILE = "UMBRA_POSTGRES_DSN_FILE"

SHADOW_WORKER = "shadow_worker"

NAMES = ("ingest", "champion_worker", SHADOW_WORKER, "replay_worker", "monitor", "model_checker", "api")


def services(data_dir: Path, addresses: Addresses, shared: Mapping[str, str]) -> list[Service]:
    """Every service.

    Args:
        data_dir: absolute; what they keep goes there.
        shared: variables for all of them, over those of this process.
    """
    common = _common(data_dir, addresses, shared)
    own = {
        "ingest": {"UMBRA_DISK_PATHS": ",".join(map(str, disk_paths(data_dir)))},
        "champion_worker": {"UMBRA_SLOT": CHAMPION},
        SHADOW_WORKER: _shadow(SHADOW),
        "replay_worker": {},
        "monitor": {"UMBRA_POSTGRES_DSN": addresses.postgres, "UMBRA_MONITOR_INDEX": "0"},
        "model_checker": {},
        "api": {"UMBRA_POSTGRES_DSN": addresses.postgres},
    }
    return [
        Service(_spec(name, data_dir, addresses, {**common, **own[name]}), f"{addresses.url(name)}/readyz")
        for name in NAMES
    ]


def slot_worker(
    data_dir: Path, addresses: Addresses, shared: Mapping[str, str], slot: str, metrics_port: int
) -> Spec:
    """The worker of one more shadow slot; arguments as of `services`."""
    own = {**_shadow(slot), "UMBRA_METRICS_PORT": str(metrics_port)}
    environ = {**_common(data_dir, addresses, shared), **own}
    return Spec(slot_worker_name(slot), _python(SHADOW_WORKER), data_dir, environ)


def slot_worker_name(slot: str) -> str:
    """Of the process."""
    return f"{SHADOW_WORKER}.{slot}"


def disk_paths(data_dir: Path) -> list[Path]:
    """What grows as images come: the log and the store."""
    return [data_dir / "kafka", data_dir / "store"]


def _spec(name: str, data_dir: Path, addresses: Addresses, environ: dict[str, str]) -> Spec:
    metrics = {"UMBRA_METRICS_PORT": str(addresses.ports[name])} if name in METERED else {}
    return Spec(name, _python(name), data_dir, {**environ, **metrics})


def _python(service: str) -> tuple[str, ...]:
    # -P: what lies in the data directory is no package to import.
    return sys.executable, "-P", "-m", f"services.{service}"


def _shadow(slot: str) -> dict[str, str]:
    return {"UMBRA_SLOT": slot, "UMBRA_NICE": str(SHADOW_NICE)}


def _common(data_dir: Path, addresses: Addresses, shared: Mapping[str, str]) -> dict[str, str]:
    return {**_kept_in(data_dir), **_inherited(), **_tokens_file(), **_found_at(addresses), **shared}


def _inherited() -> dict[str, str]:
    # The database is told below, found in that file or elsewhere: to be told it twice is refused.
    return {name: value for name, value in os.environ.items() if name != DSN_FILE}


def _kept_in(data_dir: Path) -> dict[str, str]:
    return {
        "UMBRA_STORE_URL": f"file://{data_dir / 'store'}",
        "UMBRA_CACHE_DIR": str(data_dir / "cache"),
        "UMBRA_MONITOR_DIR": str(data_dir / "monitor"),
    }


def _tokens_file() -> dict[str, str]:
    """The same file for the services, which run in the data directory."""
    named = TokensSettings.load().tokens_file
    return {} if named is None else {"UMBRA_TOKENS_FILE": str(Path(named).absolute())}


def _found_at(addresses: Addresses) -> dict[str, str]:
    return {
        "UMBRA_KAFKA_BOOTSTRAP": addresses.kafka,
        "UMBRA_API_PORT": str(addresses.ports["api"]),
        "UMBRA_INGEST_PORT": str(addresses.ports["ingest"]),
        "UMBRA_CHECKER_PORT": str(addresses.ports["model_checker"]),
        "UMBRA_CHECKER_URL": addresses.url("model_checker"),
        "UMBRA_API_URL": addresses.url("api"),
        "UMBRA_INGEST_URL": addresses.url("ingest"),
        "UMBRA_WORKER_INDEX": "0",
        "PYTHONUNBUFFERED": "1",
    }
