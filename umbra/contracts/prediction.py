"""A prediction: what one slot says about one landing, good or failed."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from umbra.contracts import headers as h
from umbra.contracts.manifest import Task
from umbra.contracts.wire import VERSION, Decoder

Score = Annotated[float, Meta(ge=0, le=1)]
Coordinate = Annotated[float, Meta(ge=-1e6, le=1e6)]
"""Pixels; the bounds keep sums over forged values finite."""
Length = Annotated[float, Meta(ge=0, le=1e6)]
Milliseconds = Annotated[float, Meta(ge=0, le=1e13)]
Count = Annotated[int, Meta(ge=0)]

Side = Annotated[int, Meta(ge=0, le=100_000)]
"""Pixels of a mask."""

Box = tuple[Coordinate, Coordinate, Length, Length]
"""x, y, width, height in pixels of the original image (COCO)."""


class Rectangle(msgspec.Struct, tag_field="type", tag="rectangle"):
    label: str
    score: Score
    box: Box


class Polygon(msgspec.Struct, tag_field="type", tag="polygon"):
    label: str
    score: Score
    points: list[tuple[Coordinate, Coordinate]]


class Rle(msgspec.Struct):
    """COCO run-length encoding; `size` is height, width."""

    size: tuple[Side, Side]
    counts: str


class Mask(msgspec.Struct, tag_field="type", tag="mask"):
    label: str
    score: Score
    rle: Rle


class Classification(msgspec.Struct, tag_field="type", tag="classification"):
    label: str
    score: Score


Shape = Rectangle | Polygon | Mask | Classification


class Image(msgspec.Struct):
    """The landing a prediction is about.

    Attributes:
        width, height: pixels as decoded (EXIF orientation applied); None when it could not be decoded.
        bytes: of the encoded image; None when they were never had.
    """

    partition: Count
    offset: Count
    width: Count | None = None
    height: Count | None = None
    content_type: str | None = None
    bytes: Count | None = None
    uri: str | None = None
    sha256: str | None = None


class Latency(msgspec.Struct):
    """Milliseconds: waited in the stream (clipped at 0), decoding, inference with its share of the batch,
    and from the worker's hand on the record to the finished prediction."""

    queue: Milliseconds = 0.0
    decode: Milliseconds = 0.0
    inference: Milliseconds = 0.0
    total: Milliseconds = 0.0


class Failure(msgspec.Struct):
    """Why there are no shapes; `code` is one of `dead_letter.CODES`."""

    code: str
    message: str


class Prediction(msgspec.Struct, kw_only=True):
    """One record on a predictions topic.

    Attributes:
        shapes: those at or above the operating threshold, which everyone counts and compares.
        candidates: those from `emit` up to it, used by AP and AR only.
        task: of the model; None in records of before it was told, which were all detections.
        error: set when and only when `status` is "failed"; there are no shapes then.
    """

    image_id: str
    deployment: str
    slot: str
    model_version: str
    revision: int
    status: Literal["ok", "failed"]
    landed_at: datetime
    predicted_at: datetime
    image: Image
    captured_at: datetime | None = None
    source: str | None = None
    tags: list[str] = []
    metadata: dict[str, Any] = {}
    traceparent: str | None = None
    latency_ms: Latency = msgspec.field(default_factory=Latency)
    shapes: list[Shape] = []
    candidates: list[Shape] = []
    error: Failure | None = None
    task: Task | None = None
    v: int = VERSION

    def headers(self) -> h.Headers:
        """The headers of its record."""
        return h.encode_headers(
            {
                h.DEPLOYMENT: self.deployment,
                h.SLOT: self.slot,
                h.MODEL_VERSION: self.model_version,
                h.REVISION: str(self.revision),
                h.TRACEPARENT: self.traceparent,
            }
        )


prediction_decoder = Decoder(Prediction, "prediction")
