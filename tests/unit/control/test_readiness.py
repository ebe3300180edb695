from datetime import UTC, datetime, timedelta

import pytest

from umbra.contracts.worker_status import LoadState, ModelStatus, WorkerStatus
from umbra.control.readiness import GivenUp, Readiness, Ready, Waiting, out_of_time, readiness
from umbra.core.revision import Assignment, Revision

AT = datetime(2026, 11, 22, tzinfo=UTC)
A, B = Assignment("a@1", {}), Assignment("b@1", {})
BEFORE = {"champion": A, "shadow": B}
PROMOTION = Revision("digits", 5, "promotion", "staged", {"champion": B, "shadow": A}, AT)
SHADOW_ONLY = Revision("digits", 5, "shadow", "staged", {"champion": A, "shadow": A}, AT)


def worker(slot: str, state: LoadState | None, index: int = 0) -> WorkerStatus:
    revisions = {} if state is None else {"digits@5": state}
    models = {"b@1": ModelStatus(state="failed", error="no such operator")} if state == "failed" else {}
    return WorkerStatus(
        worker=f"{slot}-{index}", boot="", slot=slot, version="", revisions=revisions, models=models
    )


NOBODY = "a champion worker (none is alive)"


@pytest.mark.parametrize(
    ("live", "verdict"),
    [
        ([], Waiting((NOBODY,))),
        ([worker("shadow", "ready")], Waiting((NOBODY,))),
        ([worker("champion", "ready")], Ready()),
        ([worker("champion", None)], Waiting(("champion-0",))),
        ([worker("champion", "ready"), worker("shadow", "loading")], Waiting(("shadow-0",))),
        ([worker("champion", "ready"), worker("champion", "loading", 1)], Waiting(("champion-1",))),
        ([worker("champion", "ready"), worker("canary", "loading")], Ready()),
        ([worker("champion", "failed")], GivenUp("champion-0 could not load b@1: no such operator")),
    ],
)
def test_a_promotion_needs_every_live_worker_and_a_champion(
    live: list[WorkerStatus], verdict: Readiness
) -> None:
    assert readiness(PROMOTION, BEFORE, live) == verdict


@pytest.mark.parametrize("live", [[], [worker("champion", None)], [worker("shadow", "ready")]])
def test_a_shadow_slot_needs_only_its_own_live_workers(live: list[WorkerStatus]) -> None:
    assert readiness(SHADOW_ONLY, BEFORE, live) == Ready()


def test_a_first_revision_waits_for_nobody_who_is_not_alive() -> None:
    assert readiness(PROMOTION, {}, []) == Ready()
    assert readiness(PROMOTION, {}, [worker("champion", None)]) == Waiting(("champion-0",))


def test_waiting_ends() -> None:
    waiting = Waiting(("champion-0",))

    assert out_of_time(waiting, AT, AT + timedelta(seconds=60), 60) is None
    assert out_of_time(waiting, AT, AT + timedelta(seconds=61), 60) == GivenUp(
        "Not ready within 60 s: champion-0."
    )
