"""The topics, in the order images travel.

images ──▶ predictions.champion ──▶ (monitor)
       ──▶ predictions.shadow   ──▶
control (revisions in)   workers (status out)   images.<slot>.dlq (what could not be judged)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from umbra.core.names import CHAMPION, REPLAYS, is_replay

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
GB = 1_000_000_000

IMAGE_INLINE_BYTES = 2_000_000
"""Larger images travel as claim checks: measured, inline wins up to 2 MB and loses at 5 MB."""
MESSAGE_BYTES = 4_000_000
"""Hard limit of one record on the images and prediction topics."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it must exist.

    Attributes:
        config: broker-side settings that are checked at start; what is not named is the broker's own.
    """

    name: str
    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Retention:
    """Byte bounds, over all partitions of a topic; None: the broker's own."""

    images_bytes: int | None = None
    predictions_bytes: int | None = None
    dlq_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Topics:
    """The names of every topic of one installation.

    Attributes:
        prefix: put before every topic name, group and transactional id; ends with its own separator.
    """

    prefix: str = "umbra."

    @property
    def images(self) -> str:
        return f"{self.prefix}images"

    @property
    def predictions_champion(self) -> str:
        return f"{self.prefix}predictions.champion"

    @property
    def predictions_shadow(self) -> str:
        return f"{self.prefix}predictions.shadow"

    @property
    def control(self) -> str:
        return f"{self.prefix}control"

    @property
    def workers(self) -> str:
        return f"{self.prefix}workers"

    def predictions(self, slot: str) -> str:
        """The topic that the workers of `slot` write to."""
        return self.predictions_champion if slot == CHAMPION else self.predictions_shadow

    def dlq(self, slot: str) -> str:
        """Where the workers of `slot` put what they could not judge; of all replays it is one topic."""
        return f"{self.prefix}images.{REPLAYS if is_replay(slot) else slot}.dlq"

    def group(self, slot: str) -> str:
        """The consumer group of a slot's workers."""
        return f"{self.prefix}{slot}"

    def worker(self, slot: str, index: str) -> str:
        """The stable name of one worker: its group.instance.id and transactional.id."""
        return f"{self.prefix}{slot}-{index}"

    @property
    def relay(self) -> str:
        """The relay's transactional id."""
        return f"{self.prefix}relay"

    @property
    def reader(self) -> str:
        """The group of whoever reads without one: librdkafka wants a name; nothing is committed under it."""
        return f"{self.prefix}reader"

    def all(self, partitions: int, slots: tuple[str, ...], retention: Retention) -> list[Topic]:
        """Every topic as it must exist, in the order images travel.

        Args:
            partitions: of the images and of both prediction topics, which must agree.
            slots: those whose DLQ is wanted.
        """
        return [
            Topic(self.images, partitions, _images_config(partitions, retention)),
            *(
                Topic(name, partitions, _predictions_config(partitions, retention))
                for name in (self.predictions_champion, self.predictions_shadow)
            ),
            Topic(self.control, 1, _frozen({"cleanup.policy": "compact"})),
            Topic(self.workers, 1, _workers_config()),
            *(Topic(self.dlq(slot), 1, _dlq_config(retention)) for slot in slots),
        ]


def _images_config(partitions: int, retention: Retention) -> Mapping[str, str]:
    return _frozen(
        _deleted_after(DAY_MS, retention.images_bytes, partitions)
        | {
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": str(MESSAGE_BYTES),
            "segment.ms": str(HOUR_MS),
        }
    )


def _predictions_config(partitions: int, retention: Retention) -> Mapping[str, str]:
    return _frozen(
        _deleted_after(7 * DAY_MS, retention.predictions_bytes, partitions)
        | {"max.message.bytes": str(MESSAGE_BYTES)}
    )


def _workers_config() -> Mapping[str, str]:
    return _frozen(
        {
            "cleanup.policy": "compact,delete",
            "retention.ms": str(DAY_MS),
            # Who is alive is told by the broker's clock alone.
            "message.timestamp.type": "LogAppendTime",
        }
    )


def _dlq_config(retention: Retention) -> Mapping[str, str]:
    return _frozen(
        _deleted_after(7 * DAY_MS, retention.dlq_bytes, 1) | {"max.message.bytes": str(MESSAGE_BYTES)}
    )


def _deleted_after(retention_ms: int, total_bytes: int | None, partitions: int) -> dict[str, str]:
    config = {"cleanup.policy": "delete", "retention.ms": str(retention_ms)}
    if total_bytes is not None:
        config["retention.bytes"] = str(total_bytes // partitions)
    return config


def _frozen(config: dict[str, str]) -> Mapping[str, str]:
    return MappingProxyType(config)
