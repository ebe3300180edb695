"""The control topic as a function: which revision is in force for an image."""

from collections.abc import Iterable, Iterator

from umbra.core.revision import Revision


class ControlView:
    """Every revision read from the control topic so far.

    A worker keeps no other state about revisions, so a restart, a rebalance, a rewind, a new group
    and a replay all give an image the same revision.
    """

    def __init__(self, revisions: Iterable[Revision] = ()) -> None:
        self._revisions: dict[str, Revision] = {}
        self._active: dict[str, list[Revision]] = {}
        for revision in revisions:
            self.apply(revision)

    def __iter__(self) -> Iterator[Revision]:
        return iter(list(self._revisions.values()))

    def apply(self, revision: Revision) -> None:
        """Take one control record into account; a later record of a key replaces the earlier one."""
        self._revisions[revision.key] = revision
        others = [r for r in self._active.get(revision.deployment, []) if r.revision != revision.revision]
        if revision.state == "active":
            others.append(revision)
        # Replaced whole, never changed in place: readers on other threads see the old or the new list.
        self._active[revision.deployment] = sorted(others, key=lambda r: -r.revision)

    def get(self, key: str) -> Revision | None:
        """The revision of the key `<deployment>@<revision>`, None when it was never seen."""
        return self._revisions.get(key)

    def active(self, deployment: str) -> list[Revision]:
        """The active revisions of a deployment, newest first."""
        return self._active.get(deployment, [])

    def deployments(self) -> list[str]:
        """The deployments that have an active revision."""
        return [deployment for deployment, active in list(self._active.items()) if active]

    def newest(self, topic_id: str) -> list[Revision]:
        """The greatest active revision of each deployment that is not deleted, in this images topic.

        From its `starts` on it is in force; a worker that lags may still judge under an earlier one.
        """
        active = list(self._active.values())
        found = (next((r for r in revisions if r.topic_id == topic_id), None) for revisions in active)
        return [revision for revision in found if revision is not None and revision.slots]

    def in_force(self, deployment: str, topic_id: str, partition: int, offset: int) -> Revision | None:
        """The revision that judges the image at `offset` of `partition`.

        It is the greatest active revision of the deployment that belongs to this images topic and
        starts at or before the offset; None: the deployment is unknown there, or deleted.
        """
        for revision in self._active.get(deployment, ()):
            if revision.topic_id == topic_id:
                start = revision.starts.get(partition)
                if start is not None and start <= offset:
                    return revision if revision.slots else None
        return None

    def marks(self, key: str, topic_id: str, partition: int, offset: int) -> bool:
        """Whether the marker of `key` at this place is genuine: the active revision starts right there."""
        revision = self._revisions.get(key)
        return (
            revision is not None
            and revision.state == "active"
            and revision.topic_id == topic_id
            and revision.starts.get(partition) == offset
        )

    def first_offset(self, slot: str, topic_id: str, partition: int, log_start: int) -> int | None:
        """The first place at or after `log_start` where a revision in force has `slot`.

        None when there is none: a new group of that slot begins at the end of the partition.
        """
        places = [
            place
            for deployment in list(self._active)
            if (place := self._first_in(deployment, slot, topic_id, partition, log_start)) is not None
        ]
        return min(places, default=None)

    def end_offset(self, slot: str, topic_id: str, partition: int) -> int | None:
        """Behind the last place where a revision in force has `slot`; 0 when there is none.

        None: one still has it, for all images to come.
        """
        ends = [_end(revisions, slot, topic_id, partition) for revisions in list(self._active.values())]
        return None if None in ends else max((end for end in ends if end is not None), default=0)

    def _first_in(
        self, deployment: str, slot: str, topic_id: str, partition: int, log_start: int
    ) -> int | None:
        starts = {
            max(revision.starts[partition], log_start)
            for revision in self._active[deployment]
            if revision.topic_id == topic_id and partition in revision.starts
        }
        for place in sorted(starts):
            revision = self.in_force(deployment, topic_id, partition, place)
            if revision is not None and slot in revision.slots:
                return place
        return None


def _end(active: Iterable[Revision], slot: str, topic_id: str, partition: int) -> int | None:
    """`ControlView.end_offset` within one deployment, newest revision first."""
    overruled_from: int | None = None
    for revision in active:
        start = revision.starts.get(partition) if revision.topic_id == topic_id else None
        if start is None or (overruled_from is not None and start >= overruled_from):
            continue
        if slot in revision.slots:
            return overruled_from
        overruled_from = start
    return 0
