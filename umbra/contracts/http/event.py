"""Events over HTTP: that something is not as it was. They are small; what it is now is asked elsewhere."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["revision", "worker", "metrics", "images", "review"]

KINDS: tuple[Kind, ...] = get_args(Kind)

EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream.

    Attributes:
        id: where to go on, as `Last-Event-ID`.
        data: of a `revision`: deployment, revision, state, steps taken; of a `worker`: worker, slot, state;
            of `metrics` (some figure) and `images` (new ones of the champion): deployment, the newest
            bucket, the champion's images in it; of a `review`: deployment, image_id, at, review.
    """

    id: str
    event: Kind
    data: dict[str, Any]
