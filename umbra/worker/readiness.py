"""Which models a worker needs, and how ready it is for which revision: pure functions of the control view."""

from collections.abc import Iterator, Mapping

from umbra.contracts.worker_status import LoadState, ModelStatus
from umbra.core.control_view import ControlView
from umbra.core.revision import Revision


def relevant(view: ControlView, slot: str) -> list[Revision]:
    """The staged revisions and the newest active one of each deployment, where they have `slot`."""
    newest = [active[0] for d in view.deployments() if (active := view.active(d))]
    staged = [revision for revision in view if revision.state == "staged"]
    return [revision for revision in (*newest, *staged) if slot in revision.slots]


def wanted(
    view: ControlView, slot: str, topic_id: str, places: Mapping[int, int]
) -> dict[str, Mapping[str, object]]:
    """ModelVersion to spec, of what to hold.

    Args:
        places: partition to the first offset not yet judged.
    """
    revisions = (*relevant(view, slot), *_in_force(view, topic_id, places))
    held = (revision.slots[slot] for revision in revisions if slot in revision.slots)
    return {assignment.model_version: assignment.spec for assignment in held}


def readiness(view: ControlView, slot: str, models: Mapping[str, ModelStatus]) -> dict[str, LoadState]:
    """`<deployment>@<revision>` to how ready a worker of `slot` is for it."""
    return {
        revision.key: models[version].state if version in models else "loading"
        for revision in relevant(view, slot)
        for version in (revision.slots[slot].model_version,)
    }


def _in_force(view: ControlView, topic_id: str, places: Mapping[int, int]) -> Iterator[Revision]:
    for deployment in view.deployments():
        for partition, offset in places.items():
            revision = view.in_force(deployment, topic_id, partition, offset)
            if revision is not None:
                yield revision
