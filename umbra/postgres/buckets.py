"""Ten-second buckets: added to, never overwritten."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from umbra.core.buckets import ComparisonBucket, ComparisonKey, VersionBucket, VersionKey
from umbra.postgres.connection import Connection
from umbra.postgres.rows import json_rows
from umbra.postgres.statements import statements


def add_versions(db: Connection, buckets: Mapping[VersionKey, VersionBucket]) -> None:
    """Add what predictions gave."""
    _add(db, "add_versions", [key._asdict() | _columns(bucket) for key, bucket in buckets.items()])


def add_comparisons(db: Connection, buckets: Mapping[ComparisonKey, ComparisonBucket]) -> None:
    """Add what pairs gave."""
    _add(db, "add_comparisons", [key._asdict() | _columns(bucket) for key, bucket in buckets.items()])
    _add(db, "add_confusion", [row for item in buckets.items() for row in _confusion(*item)])


def drop_before(db: Connection, before: datetime) -> int:
    """Forget older buckets; how many rows that were."""
    drops = ("drop_versions", "drop_comparisons", "drop_confusion")
    return sum(db.execute(statements("buckets")[drop], {"before": before}).rowcount for drop in drops)


def _add(db: Connection, statement: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.execute(statements("buckets")[statement], {"buckets": json_rows(rows)})


def _columns(bucket: VersionBucket | ComparisonBucket) -> dict[str, Any]:
    return {field.name: getattr(bucket, field.name) for field in fields(bucket) if field.name != "confusion"}


def _confusion(key: ComparisonKey, bucket: ComparisonBucket) -> list[dict[str, Any]]:
    return [
        key._asdict() | {"champion_label": champion, "shadow_label": shadow, **met._asdict()}
        for (champion, shadow), met in bucket.confusion.items()
    ]
