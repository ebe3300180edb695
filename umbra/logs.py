"""Logging: a constant sentence, then fields (`log.info("Batch committed.", extra={"images": 64})`)."""

import logging
import sys

_ORDINARY = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class FieldsFormatter(logging.Formatter):
    """The time, the level, the sentence, then `name=value` of every `extra` field."""

    default_msec_format = "%s.%03d"

    def format(self, record: logging.LogRecord) -> str:
        sentence = super().format(record)
        fields = " ".join(
            f"{name}={value}" for name, value in record.__dict__.items() if name not in _ORDINARY
        )
        first, _, rest = sentence.partition("\n")
        return f"{first} {fields}".rstrip() + (f"\n{rest}" if rest else "")


def configure(level: int = logging.INFO) -> None:
    """Send every record to standard error; called once, by a service's main."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FieldsFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
