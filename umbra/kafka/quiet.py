"""librdkafka says the same twenty times a second while a broker is away; here it says it now and then."""

import logging
import threading

_AGAIN_AFTER_S = 10.0


class Seldom(logging.Filter):
    """Passes a kind of message of one client about one broker at most every ten seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._passed_at: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind = _kind(record)
        with self._lock:
            fresh = record.created - self._passed_at.get(kind, 0.0) >= _AGAIN_AFTER_S
            if fresh:
                self._passed_at[kind] = record.created
        return fresh


def _kind(record: logging.LogRecord) -> object:
    # librdkafka's arguments: `FAIL`, the client's name, a text that begins with the broker's thread.
    if not isinstance(record.args, tuple) or len(record.args) != 3:
        return record.msg
    name, client, text = record.args
    return name, client, str(text).partition(" ")[0]
