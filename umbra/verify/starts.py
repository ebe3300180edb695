"""Who judges an image, from its place alone: DESIGN §5 read once more, independently of `umbra.core`.

The core asks, for one offset, which active revision of the deployment is the greatest that starts there or
before. Here a partition is cut into stretches instead, by walking its starts from the first offset to the
last.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from umbra.verify.control import Revision


class Stretch(NamedTuple):
    """The images of a deployment from one offset of a partition to where the next stretch begins.

    Attributes:
        allowed: who may have judged them, greatest revision first; the first is in force. There is a second
            only behind an immediate change: what was judged before it came keeps its revision.
    """

    first: int
    allowed: tuple[Revision, ...]


def stretches(revisions: Iterable[Revision], topic_id: str, partition: int) -> list[Stretch]:
    """The stretches of one deployment in a partition, in the order of their offsets.

    Args:
        revisions: of the deployment, in any order; those that are not active or start elsewhere are ignored.
    """
    beginning: defaultdict[int, list[Revision]] = defaultdict(list)
    for revision in revisions:
        if revision.state == "active" and revision.topic_id == topic_id and partition in revision.starts:
            beginning[revision.starts[partition]].append(revision)

    begun: list[Revision] = []
    cut: list[Stretch] = []
    for first in sorted(beginning):
        for revision in beginning[first]:
            insort(begun, revision, key=lambda r: r.revision)
        cut.append(Stretch(first, _allowed(begun)))
    return cut


def is_waited_for(revisions: Iterable[Revision], topic_id: str, partition: int) -> bool:
    """Whether a deployment's images in this partition wait for a revision that names it.

    So they do in a partition just added, and in a topic made anew, until the relay anchors the deployment.
    """
    active = [revision for revision in revisions if revision.state == "active"]
    if not active:
        return False
    newest = max(active, key=lambda r: r.revision)
    return bool(newest.slots) and (newest.topic_id != topic_id or partition not in newest.starts)


def _allowed(begun: list[Revision]) -> tuple[Revision, ...]:
    """From the greatest down to the first that came by markers, which nobody can have overlooked."""
    allowed: list[Revision] = []
    for revision in reversed(begun):
        allowed.append(revision)
        if not revision.immediate:
            break
    return tuple(allowed)
