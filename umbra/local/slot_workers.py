"""Which shadow slots need a worker of this stack: what the control topic says, followed."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from umbra.control.view import ControlTopic
from umbra.core.control_view import ControlView
from umbra.core.errors import UmbraError
from umbra.core.names import SHADOW
from umbra.kafka.admin import Admin
from umbra.kafka.progress import progress
from umbra.settings import KafkaSettings, LocalSettings

_LOOK_EVERY_S = 0.2
_LOOK_AGAIN_S = 2.0
"""Though the control topic has nothing new: how far a slot that was left is, the brokers say."""


class Crew(Protocol):
    """Who starts and ends the workers; both return once that is done."""

    def start_worker(self, slot: str) -> None: ...

    def end_worker(self, slot: str) -> None: ...


def held_slots(view: ControlView) -> set[str]:
    """The shadow slots of revisions that are in force or staged."""
    newest = (view.active(deployment)[0] for deployment in view.deployments())
    staged = (revision for revision in view if revision.state == "staged")
    return {slot for revision in (*newest, *staged) for slot in revision.shadows}


def left_slots(view: ControlView) -> set[str]:
    """The shadow slots that were in force once and are held no more: images of theirs may be left."""
    active = (revision for revision in view if revision.state == "active")
    return {slot for revision in active for slot in revision.shadows} - held_slots(view)


class SlotWorkers:
    """Sees, on a thread of its own, that each shadow slot in use has its worker, but for the slot `shadow`,
    which always has one.

    A slot is in use while a deployment holds it or is about to, and after that until its group is behind the
    last image that is its; then its worker stays for `shadow_worker_linger_s`, since slots come back.

    Args:
        say: a line for people.
    """

    def __init__(
        self, kafka: KafkaSettings, settings: LocalSettings, crew: Crew, say: Callable[[str], None]
    ) -> None:
        self._kafka = kafka
        self._admin = Admin(kafka)
        self._settings = settings
        self._crew = crew
        self._say = say
        self._used_at: dict[str, float] = {}
        self._judged: dict[str, Mapping[int, int]] = {}
        self._said: set[str] = set()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="slots", daemon=True)

    def __enter__(self) -> "SlotWorkers":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        with ControlTopic(self._kafka) as control:
            seen, looked_at = 0, time.monotonic()
            while not self._closing.wait(_LOOK_EVERY_S):
                changes, now = control.changes, time.monotonic()
                if changes != seen or now - looked_at >= _LOOK_AGAIN_S:
                    seen, looked_at = changes, now
                    self._look(control.view)

    def _look(self, view: ControlView) -> None:
        try:
            held = sorted(held_slots(view) - {SHADOW})
            self._staff(held)
            behind = self._behind(view)
            self._staff(behind)
            self._end_unused(self._used_at.keys() - {*held, *behind})
        except UmbraError as err:
            self._say_once(f"The workers of shadow slots stay as they are for now: {err}")

    def _staff(self, slots: Iterable[str]) -> None:
        """See that these slots have a worker each, as long as there may be more."""
        most = self._settings.shadow_workers
        for slot in slots:
            if slot not in self._used_at and len(self._used_at) >= most:
                self._say_once(
                    f"Slot {slot} gets no worker for now: UMBRA_SHADOW_WORKERS={most} are running. "
                    f"Raise it, or start one yourself: umbra worker --slot {slot}"
                )
                continue
            if slot not in self._used_at:
                self._crew.start_worker(slot)
            self._used_at[slot] = time.monotonic()

    def _behind(self, view: ControlView) -> list[str]:
        """The slots that were left, of which the log has images that their group has not committed."""
        left = sorted(left_slots(view) - {SHADOW})
        if not left:
            return []
        images = self._kafka.topics.images
        topic_id, partitions = self._admin.topic_id(images), range(self._admin.partitions()[images])
        ends = {slot: {p: view.end_offset(slot, topic_id, p) or 0 for p in partitions} for slot in left}
        return [slot for slot in left if self._lags(slot, ends[slot])]

    def _lags(self, slot: str, ends: Mapping[int, int]) -> bool:
        """Whether a group has images to judge below these offsets; once it has not, it is not asked again."""
        if self._judged.get(slot) == ends:
            return False
        images = self._kafka.topics.images
        committed = progress(self._kafka, self._kafka.topics.group(slot), images, ends)
        held = self._admin.log_ranges(images, ends)
        lags = any(max(committed.get(p, 0), held[p].start) < end for p, end in ends.items())
        if not lags:
            self._judged[slot] = ends
        return lags

    def _end_unused(self, unused: Iterable[str]) -> None:
        for slot in sorted(unused):
            if time.monotonic() - self._used_at[slot] >= self._settings.shadow_worker_linger_s:
                self._crew.end_worker(slot)
                del self._used_at[slot]

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._say(text)
