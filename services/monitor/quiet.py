"""Keeps other people's libraries from filling the log: aiokafka writes 60 lines a second without a broker."""

import logging
import time
from collections.abc import Callable

_NOISY = ("aiokafka", "faust", "mode")
_EVERY_S = 10.0


class OncePerSentence(logging.Filter):
    """Lets a sentence of a noisy library through once in ten seconds, and tells how many it held back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._last: dict[tuple[str, str], float] = {}
        self._held: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in _NOISY:
            return True
        key = (record.name, str(record.msg))
        now = self._clock()
        if now - self._last.get(key, -_EVERY_S) < _EVERY_S:
            self._held[key] = self._held.get(key, 0) + 1
            return False
        self._last[key] = now
        if held := self._held.pop(key, 0):
            record.held_back = held
        return True


def quieten() -> None:
    """Warnings and worse of those libraries only, and each sentence once in ten seconds."""
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.addFilter(OncePerSentence())
