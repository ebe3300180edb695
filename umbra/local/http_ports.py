"""The HTTP ports of a local stack: the usual ones, those the user set, or others where they are taken."""

import os
from typing import NamedTuple

from umbra.core.errors import Refused
from umbra.local.ports import Ports
from umbra.settings import CheckerSettings, HttpSettings, MetricsSettings

METERED = ("champion_worker", "shadow_worker", "monitor", "replay_worker")
"""Services that serve nothing over HTTP but their metrics and health, on consecutive ports."""

METRICS_PORT = 9101
"""Of the first of them; 9100 would be Prometheus' own exporter of the machine."""


class Settings(HttpSettings, MetricsSettings, CheckerSettings):
    """The ports a user may set."""


class _Wish(NamedTuple):
    """Attributes:
    port: 0: any.
    variable: what sets it.
    """

    port: int
    variable: str

    def granted(self, ports: Ports) -> int:
        """A port: exactly this one when the user set it.

        Raises:
            Refused: somebody else listens there.
        """
        if not self.port:
            return ports.any()
        if os.environ.get(self.variable):
            return ports.exactly(self.port, self.variable)
        return ports.usual(self.port)


def http_ports(ports: Ports, metrics_port: int = METRICS_PORT) -> dict[str, int]:
    """Service → port.

    Args:
        metrics_port: of the first of METERED, unless UMBRA_METRICS_PORT is set; those of the others follow.

    Raises:
        Refused: a port that the user set is taken, or there is none after it.
    """
    settings = Settings.load()
    first = settings.metrics_port or metrics_port
    if first + len(METERED) > 1 << 16:
        raise Refused(
            f"UMBRA_METRICS_PORT: {len(METERED)} ports are needed and {first} is too near the end; "
            "set a lower one."
        )
    wishes = {
        "api": _Wish(settings.api_port, "UMBRA_API_PORT"),
        "ingest": _Wish(settings.ingest_port, "UMBRA_INGEST_PORT"),
        "model_checker": _Wish(settings.checker_port, "UMBRA_CHECKER_PORT"),
        **{name: _Wish(first + place, "UMBRA_METRICS_PORT") for place, name in enumerate(METERED)},
    }
    return {name: wish.granted(ports) for name, wish in wishes.items()}
