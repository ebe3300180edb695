"""An image that kills the process must not kill it for ever.

Before a process decodes the first image of a partition, it commits `attempts=<n + 1>` beside the unchanged
offset; the first batch committed there clears it. Found again, it says how many processes died of what lies
at that offset. Exits that are not the image's (Kafka away, a model that does not load) happen before.
"""

from collections.abc import Collection, Mapping

CAREFUL_FROM = 3
GIVE_UP_AT = 5

CAREFUL_IMAGES = 256
"""Judged one by one before batches grow again: more than what was in flight when the process died."""

_FIELD = "attempts="


def attempts_in(metadata: str) -> int:
    """The attempts that a committed offset's text tells of."""
    number = metadata.removeprefix(_FIELD)
    return int(number) if metadata.startswith(_FIELD) and number.isascii() and number.isdigit() else 0


def metadata_of(attempts: int) -> str:
    """The text to commit beside an offset."""
    return f"{_FIELD}{attempts}" if attempts else ""


class CrashLoop:
    """Counts, for one process, what its predecessors died of; used by the poll thread alone."""

    def __init__(self) -> None:
        self._found: dict[int, int] = {}
        self._armed: set[int] = set()
        self._careful_images = 0

    def opened(self, metadata: Mapping[int, str]) -> None:
        """An epoch begins with these committed texts, by partition; other partitions are forgotten."""
        self._armed &= metadata.keys()
        self._found = {partition: attempts_in(text) for partition, text in metadata.items()}

    @property
    def careful(self) -> bool:
        """Whether images are to be judged one by one."""
        return self._careful_images > 0 or any(
            attempts + 1 >= CAREFUL_FROM
            for partition, attempts in self._found.items()
            if partition not in self._armed
        )

    def unarmed(self, partitions: Collection[int]) -> set[int]:
        """Those of which this process has not decoded an image yet."""
        return set(partitions) - self._armed

    def attempts(self, partition: int) -> int:
        """With this process counted in; to be committed. At GIVE_UP_AT the first image is to be given up."""
        return min(self._found.get(partition, 0) + 1, GIVE_UP_AT)

    def armed(self, attempts: Mapping[int, int]) -> None:
        """These attempts are committed, by partition."""
        self._armed |= attempts.keys()
        if any(number >= CAREFUL_FROM for number in attempts.values()):
            self._careful_images = CAREFUL_IMAGES

    def survived(self) -> None:
        """This process ends by itself: what it commits last counts no attempts."""
        self._careful_images = 0

    def judged(self, images: int) -> str:
        """So many images go to the commit stage; the text to commit with them.

        While careful, the next process is to be careful at once.
        """
        self._careful_images = max(0, self._careful_images - images)
        return metadata_of(CAREFUL_FROM - 1) if self._careful_images else ""
