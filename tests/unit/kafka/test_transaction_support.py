"""Whether brokers can serve transactions, told by their properties."""

import pytest

from umbra.core.errors import Refused
from umbra.kafka.transaction_support import IN_SYNC, LONGEST, REPLICAS, Brokers, TooFewBrokers, judge


def brokers(
    there: int, replicas: int, wanted: int = 3, in_sync: int = 2, longest_ms: int = 900_000
) -> Brokers:
    properties = {REPLICAS: str(wanted), IN_SYNC: str(in_sync), LONGEST: str(longest_ms)}
    return Brokers(there, replicas, properties)


@pytest.mark.parametrize(
    "fit",
    [
        brokers(3, 0),
        brokers(1, 0, wanted=1, in_sync=1),
        # Two of three are away just now: no fault of the settings.
        brokers(1, 3),
        # Made when other settings held.
        brokers(1, 1, wanted=3, in_sync=1),
        brokers(1, 1, in_sync=1, longest_ms=10_000),
    ],
)
def test_brokers_that_do(fit: Brokers) -> None:
    judge(fit, 10_000)


@pytest.mark.parametrize(
    ("unfit", "fix"),
    [
        (brokers(1, 0), "set both to 1"),
        (brokers(1, 0, wanted=1, in_sync=2), "set both to 1"),
        (brokers(1, 1, wanted=1, in_sync=2), r"--add-config min\.insync\.replicas=1"),
        (brokers(3, 3, longest_ms=5_000), r"Set transaction\.max\.timeout\.ms=10000 or more"),
    ],
)
def test_brokers_that_never_will(unfit: Brokers, fix: str) -> None:
    with pytest.raises(Refused, match=fix):
        judge(unfit, 10_000)


def test_too_few_brokers_may_become_more() -> None:
    with pytest.raises(TooFewBrokers):
        judge(brokers(2, 0), 10_000)
