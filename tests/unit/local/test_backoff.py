import pytest

from umbra.local.backoff import HEALTHY_S, Backoff


@pytest.mark.parametrize(
    ("ran_s", "pauses_s"),
    [
        ([], []),
        ([0], [0]),
        ([0] * 9, [0, 0.5, 1, 2, 4, 8, 15, 15, 15]),
        ([0, 0, 0, HEALTHY_S, 0], [0, 0.5, 1, 0, 0.5]),
    ],
)
def test_pauses_grow_until_a_run_was_healthy(ran_s: list[float], pauses_s: list[float]) -> None:
    backoff = Backoff()
    assert [backoff.pause_s(seconds) for seconds in ran_s] == pauses_s
