"""What the API cannot do without. Kafka is not among it: writes are accepted and reads go on."""

from collections.abc import Mapping

from umbra.core.errors import Retryable
from umbra.postgres.connection import Pool, away_is_retryable
from umbra.postgres.migrate import schema_is_current


def unready(pool: Pool) -> Mapping[str, str]:
    """What the API waits for, and why."""
    try:
        with away_is_retryable(), pool.connection(timeout=2.0) as db:
            current = schema_is_current(db)
    except Retryable as err:
        return {"postgres": str(err)}
    return {} if current else {"postgres": "The schema is not up to date: run `umbra migrate`."}
