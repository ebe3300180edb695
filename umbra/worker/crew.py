"""The threads of a worker: when one of them fails, the worker is over."""

import logging
import threading
from collections.abc import Callable

from umbra.core.errors import UmbraError

log = logging.getLogger(__name__)


class Crew:
    """Threads that live and die together.

    Attributes:
        closing: set when the lesser threads are to end.
        failure: why the process must end with 1; None as long as all is well.
    """

    def __init__(self) -> None:
        self.closing = threading.Event()
        self.failure: str | None = None
        self._over = threading.Event()

    def start(self, name: str, work: Callable[[], None], *, main: bool = False) -> threading.Thread:
        """Run `work` on a thread; the worker is over when it fails, and when `main` work ends."""
        thread = threading.Thread(target=self._guard, args=(name, work, main), name=name, daemon=True)
        thread.start()
        return thread

    def fail(self, reason: str) -> None:
        """The process must end; the first reason counts."""
        if self.failure is None:
            self.failure = reason
            log.critical("The worker ends: %s", reason)
        self._over.set()

    def over(self, timeout_s: float) -> bool:
        """Whether the worker is over, waited for up to `timeout_s`."""
        return self._over.wait(timeout_s)

    def _guard(self, name: str, work: Callable[[], None], main: bool) -> None:
        try:
            work()
        except UmbraError as err:
            self.fail(str(err))
        except BaseException as err:
            log.exception("Stage %s failed.", name)
            self.fail(f"{name}: {type(err).__name__}: {err}")
        if main:
            self._over.set()
