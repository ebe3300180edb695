"""What PostgreSQL once knew: it must never know less again."""

from collections.abc import Mapping

from umbra.core.errors import UmbraError
from umbra.postgres.fences import Fenced


class CommitsLost(UmbraError):
    """A fence stands further back than before: what was applied since is gone, and its records were read."""


class Reached:
    """How far each partition is known to be applied.

    A server that crashed without its last commits, or a replica that took over without them, has lost them
    together with their fences. Whoever goes on reading from where it was leaves them out for ever.
    """

    def __init__(self) -> None:
        self._offsets: dict[Fenced, int] = {}

    def check(self, fenced: Mapping[Fenced, int]) -> None:
        """Compare with what PostgreSQL says now.

        Raises:
            CommitsLost: it knows less; only a new process reads again from there.
        """
        for place, offset in fenced.items():
            before = self._offsets.get(place, 0)
            if offset < before:
                raise CommitsLost(
                    f"PostgreSQL has lost what it had committed: partition {place.partition} of topic "
                    f"{place.topic_id} was applied up to offset {before} and now is up to {offset}. A new "
                    "monitor reads it again from there."
                )

    def note(self, fenced: Mapping[Fenced, int]) -> None:
        """Remember what PostgreSQL has said, or has committed."""
        for place, offset in fenced.items():
            self._offsets[place] = max(offset, self._offsets.get(place, 0))
