"""PredictedAssets as the API shows them."""

import base64
import binascii
from datetime import datetime
from typing import Any

from services.http.problem import Problem
from umbra.contracts.http.image import LandedImage, PairComparison, PredictedAsset, SlotPrediction
from umbra.core.judgement import LandingKey
from umbra.core.names import CHAMPION, slot_order
from umbra.postgres.images import Asset, Row


def predicted_asset(asset: Asset) -> PredictedAsset:
    """A landing with every slot's prediction and comparison."""
    # The champion's row has the last word on what all slots know of the landing.
    known = asset.predictions.get(CHAMPION) or next(iter(asset.predictions.values()))
    image = known["image"]
    return PredictedAsset(
        image_id=known["image_id"],
        landed_at=asset.landing.landed_at,
        captured_at=known["captured_at"],
        image=LandedImage(
            partition=asset.landing.partition,
            offset=asset.landing.offset,
            width=image.get("width"),
            height=image.get("height"),
            content_type=image.get("content_type"),
            bytes=image.get("bytes"),
        ),
        revision=known["revision"],
        source=known["source"],
        tags=known["tags"],
        metadata=known["metadata"],
        traceparent=known["traceparent"],
        predictions={slot: _prediction(row) for slot, row in _in_order(asset.predictions)},
        comparison={slot: _comparison(row) for slot, row in _in_order(asset.comparisons)},
    )


def _in_order(rows: dict[str, Row]) -> list[tuple[str, Row]]:
    return [(slot, rows[slot]) for slot in sorted(rows, key=slot_order)]


def cursor_of(landing: LandingKey) -> str:
    """What asks for everything older than this landing."""
    text = f"{landing.landed_at.isoformat()} {landing.partition} {landing.offset}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def landing_of(cursor: str) -> LandingKey:
    """The landing of a cursor.

    Raises:
        Problem: it is none of ours.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        landed_at, partition, offset = base64.urlsafe_b64decode(padded).decode().split(" ")
        return LandingKey(datetime.fromisoformat(landed_at), int(partition), int(offset))
    except (ValueError, binascii.Error) as err:
        remedy = "Use the `next` of an answer as it is."
        raise Problem(422, "invalid-request", f"{cursor!r} is no cursor.", remedy) from err


def place_of(at: str) -> tuple[int, int]:
    """The partition and offset of `<partition>-<offset>`.

    Raises:
        Problem: it has another form.
    """
    partition, _, offset = at.partition("-")
    if not (partition.isdecimal() and offset.isdecimal() and len(partition) < 10 and len(offset) < 19):
        raise Problem(
            422, "invalid-request", f"at={at} is no place.", "Write <partition>-<offset>, like 2-481."
        )
    return int(partition), int(offset)


def _prediction(row: Row) -> SlotPrediction:
    return SlotPrediction(
        model_version=row["model_version"],
        revision=row["revision"],
        status=row["status"],
        predicted_at=row["predicted_at"],
        latency_ms=row["latency_ms"],
        shapes=row["shapes"],
        error=row["error"],
    )


def _comparison(row: Row) -> PairComparison:
    pairing: dict[str, Any] = row["pairing"] or {}
    return PairComparison(
        outcome=row["outcome"],
        agreement=row["agreement"],
        matched_iou=None if row["matched_iou"] is None else float(row["matched_iou"]),
        contested=row["contested"],
        flips=row["flips"],
        matches=[(i, j, iou) for i, j, iou in pairing.get("matches", ())],
        flipped=[(i, j, iou) for i, j, iou in pairing.get("flipped", ())],
        only_champion=pairing.get("only_champion", []),
        only_shadow=pairing.get("only_shadow", []),
    )
