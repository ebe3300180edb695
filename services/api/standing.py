"""Where a deployment stands, as the API shows it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.api.entries import followed_entry, live_workers
from umbra.contracts.http.deployment import Deployment, Slot
from umbra.core.change import in_force, open_revision
from umbra.core.names import CHAMPION, slot_order
from umbra.core.revision import Revision
from umbra.postgres.revisions import Noted
from umbra.postgres.workers import Seen


def deployment_entry(history: Sequence[Noted], seen: Sequence[Seen]) -> Deployment:
    """A deployment.

    Args:
        history: all its revisions, newest first; at least one.
    """
    revisions = [noted.revision for noted in history]
    active = in_force(revisions)
    shown = active or next(revision for revision in revisions if revision.slots)
    slots_now = active.slots if active else {}
    entries = {noted.revision.revision: noted for noted in history}
    staged = open_revision(revisions)
    crews = Counter(worker.slot for worker in live_workers(seen))
    manifest = shown.slots[CHAMPION].spec["manifest"]
    return Deployment(
        id=shown.deployment,
        task=manifest["task"],
        labels=list(manifest["labels"]),
        revision=shown.revision,
        state=shown.state,
        since=_since(entries[shown.revision]),
        slots=_slots(shown, history, crews),
        latest=followed_entry(history[0], slots_now, seen),
        staged=followed_entry(entries[staged.revision], slots_now, seen) if staged else None,
    )


def held_since(slot: str, shown: Revision, history: Sequence[Noted]) -> Noted:
    """The oldest revision from which on the slot has held what it holds, without a break."""
    oldest = next(noted for noted in history if noted.revision.revision == shown.revision)
    for noted in history:
        if noted.revision.state != "active" or noted.revision.revision >= shown.revision:
            continue
        held = noted.revision.slots.get(slot)
        if held is None or held.model_version != shown.slots[slot].model_version:
            break
        oldest = noted
    return oldest


def _slots(shown: Revision, history: Sequence[Noted], crews: Mapping[str, int]) -> dict[str, Slot]:
    slots = {}
    for slot in sorted(shown.slots, key=slot_order):
        held = shown.slots[slot]
        oldest = held_since(slot, shown, history)
        slots[slot] = Slot(
            held.model_version, oldest.revision.revision, _since(oldest), held.paused, crews.get(slot, 0)
        )
    return slots


def _since(noted: Noted) -> datetime:
    return noted.at("active") or noted.revision.requested_at
