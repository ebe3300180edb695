"""Where in the images topic a revision begins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from umbra.core.revision import Revision

Starts = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Boundary:
    """The partitions whose marker's offset is the start, and the starts of the others."""

    marked: frozenset[int]
    starts: Starts


def marked_boundary(active: Sequence[Revision], topic_id: str, partitions: Iterable[int]) -> Boundary:
    """The boundary of an ordinary revision.

    A deployment's first revision begins behind its markers everywhere. Later ones begin at 0 where the
    deployment has not been yet (a topic made anew, a partition added): there is nothing to mark off.

    Args:
        active: the deployment's active revisions, newest first.
    """
    everywhere = frozenset(partitions)
    marked = _anchored(active, topic_id) if active else everywhere
    return Boundary(marked & everywhere, dict.fromkeys(everywhere - marked, 0))


def immediate_boundary(
    active: Sequence[Revision],
    topic_id: str,
    partitions: Iterable[int],
    committed: Starts,
    log_starts: Starts,
) -> Boundary:
    """The boundary of an immediate revision: where the champion group is, without a marker.

    Where the group has committed nothing it is at the start of the log. A deployment never begins
    before its own first revision.
    """
    anchored = _anchored(active, topic_id)
    starts = {
        p: max(committed.get(p, log_starts[p]), _first_start(active, topic_id, p)) if p in anchored else 0
        for p in partitions
    }
    return Boundary(frozenset(), starts)


def lacks_anchor(active: Sequence[Revision], topic_id: str, partitions: Iterable[int]) -> bool:
    """Whether images can land where the deployment's newest active revision names no start."""
    return bool(set(partitions) - _anchored(active, topic_id))


def _anchored(active: Sequence[Revision], topic_id: str) -> frozenset[int]:
    newest = active[0]
    return frozenset(newest.starts) if newest.topic_id == topic_id else frozenset()


def _first_start(active: Sequence[Revision], topic_id: str, partition: int) -> int:
    starts = (r.starts[partition] for r in active if r.topic_id == topic_id and partition in r.starts)
    return min(starts, default=0)
