"""The relay: brings staged revisions from Postgres into force on the stream.

One leader among the API's replicas. Dying anywhere is safe: before the commit of the transaction in
`ControlWriter.activate` nothing happened, after it the control topic says so and the next leader
notes it in Postgres.
"""

import logging
import threading
from collections.abc import Callable

from umbra.control.leading import Leading, LeadingSettings
from umbra.control.pause_points import PausePoints
from umbra.control.writer import Checkpoint
from umbra.core.errors import UmbraError
from umbra.postgres.leadership import leadership
from umbra.settings import PostgresSettings, RelayPauseSettings

log = logging.getLogger(__name__)

_BACK_OFF_S = 1.0


class RelaySettings(LeadingSettings, PostgresSettings, RelayPauseSettings):
    """What the relay needs to know."""


class Relay:
    """Runs on a thread of its own until it is stopped.

    Attributes:
        leading: whether this relay is the leader.
        trouble: why it had to start over last, None while all is well.
        crashed: whether a bug ended it.

    Args:
        checkpoint: called with the name of each step of an activation, right after it; by default
            `relay_pause_dir` has its say.
        on_crash: called when the thread ends by a bug.
    """

    def __init__(
        self,
        settings: RelaySettings,
        *,
        checkpoint: Checkpoint | None = None,
        on_crash: Callable[[], None] = lambda: None,
    ) -> None:
        self.leading = False
        self.trouble: str | None = None
        self.crashed = False
        self._settings = settings
        self._checkpoint = checkpoint or PausePoints(settings.relay_pause_dir)
        self._on_crash = on_crash
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    def start(self) -> None:
        """Begin to lead, or to wait for the lead."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Finish the step in hand, give up the lead."""
        self._stopping.set()
        self._thread.join(timeout_s)

    def __enter__(self) -> "Relay":
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._lead_until_trouble()
        except Exception:
            log.exception("The relay crashed.")
            self.crashed = True
            self._on_crash()

    def _lead_until_trouble(self) -> None:
        try:
            with leadership(self._settings, self._stopping.wait) as db:
                if db is not None:
                    self._lead(Leading(self._settings, db, self._checkpoint))
        except UmbraError as err:
            self.trouble = str(err)
            log.warning("The relay starts over.", extra={"reason": self.trouble})
            self._stopping.wait(_BACK_OFF_S)
        finally:
            self.leading = False

    def _lead(self, leading: Leading) -> None:
        with leading:
            log.info("The relay leads.")
            self.leading, self.trouble = True, None
            while not self._stopping.is_set():
                leading.tick()
