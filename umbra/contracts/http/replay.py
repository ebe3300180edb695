"""Replays over HTTP."""

from dataclasses import dataclass
from datetime import datetime

from umbra.core.replay import ReplayState


@dataclass(frozen=True, slots=True)
class ReplayEntry:
    """A ModelVersion over images that were still in the log, and how far it is.

    Attributes:
        slot: of its predictions; `comparisons?slot=` and `evaluation?slot=` take it.
        since: images that landed before were not asked for.
        rate: most images a second; None: no bound.
        yields: whether it holds back for the live workers.
        starts: partition to the first offset; `ends` to the one behind the last.
        offsets: how many it covers: its images, those of other deployments, and what marks revisions;
            `offsets_done` of them are behind it.
        images: it has judged, as far as they are counted; `failed` of them could not be.
        window: of landings, until `as_of`, that holds all of them: for `comparisons` and `evaluation`.
        eta_s: seconds it still needs at the speed of the last minute; None: settled, or it stands still.
        waiting_for: what an open replay needs to go on; empty while it goes on.
    """

    id: str
    deployment: str
    model_version: str
    slot: str
    state: ReplayState
    requested_by: str
    requested_at: datetime
    as_of: datetime
    since: datetime
    reason: str | None
    rate: float | None
    yields: bool
    failure: str | None
    settled_at: datetime | None
    topic_id: str
    starts: dict[int, int]
    ends: dict[int, int]
    offsets: int
    offsets_done: int
    offsets_per_s: float | None
    eta_s: float | None
    images: int
    failed: int
    window: str
    workers: list[str]
    waiting_for: list[str]


@dataclass(frozen=True, slots=True)
class Replays:
    """Newest first."""

    items: list[ReplayEntry]
    as_of: datetime
