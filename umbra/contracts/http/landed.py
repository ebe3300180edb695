"""What ingest answers with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Landed:
    """An image that is on the log, and its place."""

    image_id: str
    partition: int
    offset: int
