"""The control topic, followed: a `ControlView` and the replays, kept current in the background."""

import logging
import threading
import time
from collections.abc import Callable

from umbra.contracts.control import decode_revision
from umbra.contracts.replay import decode_replay, is_replay_key
from umbra.core.control_view import ControlView
from umbra.core.errors import InvalidMessage, Retryable
from umbra.core.replay import Replay
from umbra.kafka.follow import Follower
from umbra.kafka.record import Record
from umbra.settings import KafkaSettings

log = logging.getLogger(__name__)


class ControlTopic:
    """Follows the control topic on a thread of its own; every method may be called by any thread.

    Args:
        view: an empty one, to be filled; None: a plain one.

    Attributes:
        view: what was read so far; only grows.
        replays: the last word on each replay, by its id.
        changes: how many records were read; tells when to look at the view again.
        invalid: how many of them nobody could read.
    """

    def __init__(self, settings: KafkaSettings, view: ControlView | None = None) -> None:
        self.view = ControlView() if view is None else view
        self.replays: dict[str, Replay] = {}
        self.changes = 0
        self.invalid = 0
        self._follower = Follower(settings, settings.topics.control)
        self._moved = threading.Condition()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="control", daemon=True)
        self._thread.start()

    def read_to_end(self, timeout_s: float = 15.0) -> None:
        """Return when the view holds all that was in the topic when this was called (see `Follower.end`).

        Raises:
            Retryable: not reached within `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        end = self._follower.end(timeout_s)
        with self._moved:
            left_s = max(0.0, deadline - time.monotonic())
            if not self._moved.wait_for(lambda: self._follower.position >= end, left_s):
                raise self._follower.short_of(end, timeout_s)

    def wait_until(self, known: Callable[[], bool], timeout_s: float) -> bool:
        """Whether the view has brought what `known` looks for, waited for."""
        with self._moved:
            return self._moved.wait_for(known, timeout_s)

    def close(self) -> None:
        """Stop following."""
        self._closing.set()
        self._thread.join(5.0)
        if not self._thread.is_alive():
            self._follower.close()

    def __enter__(self) -> "ControlTopic":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _follow(self) -> None:
        while not self._closing.is_set():
            try:
                records = self._follower.poll(0.2)
            except Retryable as err:
                log.warning("The control topic cannot be read, trying again.", extra={"reason": str(err)})
                self._closing.wait(1.0)
                continue
            with self._moved:
                for record in records:
                    self._apply(record)
                self._moved.notify_all()

    def _apply(self, record: Record) -> None:
        self.changes += 1
        try:
            said = decode_replay(record.value) if is_replay_key(record.key) else decode_revision(record.value)
            if record.key != said.key.encode():
                raise InvalidMessage(f"Its key is {record.key!r}, not {said.key!r}.")
        except InvalidMessage as err:
            self.invalid += 1
            log.error(
                "A record on the control topic is skipped: nobody can read it.",
                extra={"offset": record.offset, "reason": str(err)},
            )
            return
        if isinstance(said, Replay):
            # Replaced whole: readers on other threads see the replays of before, or those of now.
            self.replays = {**self.replays, said.id: said}
        else:
            self.view.apply(said)
