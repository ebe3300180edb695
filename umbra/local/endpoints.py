"""Where a running stack can be reached: `endpoints.json` in its data directory."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from umbra.settings import PREFIX, ClientSettings, KafkaSettings

FILE = "endpoints.json"


class _Client(ClientSettings, KafkaSettings):
    """What the command line is told."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """
    Attributes:
        api: URL; so is `ingest`.
        kafka: bootstrap servers.
        postgres: DSN, with the password.
        processes: name → pids; none while it waits to be started again.
        metrics: service → URL of what it tells Prometheus.
    """

    api: str
    ingest: str
    kafka: str
    postgres: str
    processes: dict[str, list[int]]
    metrics: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, data_dir: Path) -> Self | None:
        """What the stack of this directory last said; None when none is ready there."""
        try:
            return cls(**json.loads((data_dir / FILE).read_text()))
        except FileNotFoundError:
            return None

    def exports(self) -> list[str]:
        """Lines for a shell that lead `umbra …` to this stack; none when everything is at its usual place."""
        found = {"api_url": self.api, "ingest_url": self.ingest, "kafka_bootstrap": self.kafka}
        return [
            f"export {PREFIX}{name.upper()}={address}"
            for name, address in found.items()
            if address != _Client.model_fields[name].default
        ]

    def write(self, data_dir: Path) -> None:
        """Replace the file as a whole; readable by its owner only, for it holds a password."""
        new = data_dir / f"{FILE}.new"
        with open(new, "w", opener=_private) as file:
            json.dump(asdict(self), file, indent=1)
        new.replace(data_dir / FILE)


def remove(data_dir: Path) -> None:
    """Take the file away: nobody is ready here any more."""
    (data_dir / FILE).unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
