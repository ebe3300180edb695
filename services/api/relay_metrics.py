"""What Prometheus learns of the relay."""

from prometheus_client import CollectorRegistry, Gauge

from umbra.control.relay import Relay


def install(registry: CollectorRegistry, relay: Relay) -> None:
    """Count whether this relay leads, and whether it is in trouble."""
    leading = Gauge("umbra_relay_leading", "1 while this replica's relay leads.", registry=registry)
    leading.set_function(lambda: float(relay.leading))
    trouble = Gauge("umbra_relay_trouble", "1 while the relay has to start over.", registry=registry)
    trouble.set_function(lambda: float(relay.trouble is not None))
