"""The days that predictions and comparisons are kept by: one partition of each table a day, in UTC."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from psycopg import sql

from umbra.postgres.connection import Connection, transaction
from umbra.postgres.statements import statements

_TABLES = ("prediction", "comparison")

_HAS_REVIEW = sql.SQL(
    'EXISTS (SELECT FROM umbra.review AS r WHERE (r.landed_at, r.partition, r."offset")'
    ' = (p.landed_at, p.partition, p."offset"))'
)


def make(db: Connection, days: Iterable[date]) -> list[date]:
    """Make the days that are missing, within the caller's transaction; those made."""
    wanted = {"days": sorted(set(days))}
    if not _missing(db, wanted):
        return []
    db.execute(statements("days")["lock"])
    made = _missing(db, wanted)
    for day in made:
        for table in _TABLES:
            _make(db, table, day)
    return made


def drop_before(db: Connection, first_kept: date) -> list[str]:
    """Drop the days before `first_kept`; the names of the tables dropped.

    Of a day on which reviewed images landed, their predictions stay: without them a review would be about
    nothing. Each table goes in a transaction of its own that waits a second for readers: what cannot be had
    now is dropped the next time.

    Raises:
        Retryable: somebody held a day for longer.
    """
    old = [
        name
        for (name,) in db.execute(statements("days")["all"], {"tables": list(_TABLES)})
        if _day(name) < first_kept
    ]
    pinned = [name for name in old if _is_pinned(db, name)]
    dropped = [name for name in old if name not in pinned]
    for name in dropped:
        _drop(db, name)
    for name in pinned:
        _drop_unreviewed(db, name)
    return dropped


def _is_pinned(db: Connection, name: str) -> bool:
    if not name.startswith("prediction_"):
        return False
    day = _day(name)
    span = {"start": _midnight(day), "end": _midnight(day + timedelta(days=1))}
    return db.execute(statements("days")["some_reviewed"], span).fetchone() is not None


def _drop(db: Connection, name: str) -> None:
    with transaction(db):
        db.execute("SET LOCAL lock_timeout = '1s'")
        db.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier("umbra", name)))


def _drop_unreviewed(db: Connection, name: str) -> None:
    """Leave the predictions of reviewed images alone."""
    day = sql.Identifier("umbra", name)
    unreviewed = sql.SQL("SELECT FROM {} AS p WHERE NOT {} LIMIT 1").format(day, _HAS_REVIEW)
    if db.execute(unreviewed).fetchone() is None:
        return
    with transaction(db):
        db.execute("SET LOCAL lock_timeout = '1s'")
        # Deleted rows would keep their room on the disk; a table that is emptied gives it back.
        db.execute(
            sql.SQL("CREATE TEMPORARY TABLE pinned ON COMMIT DROP AS SELECT * FROM {} AS p WHERE {}").format(
                day, _HAS_REVIEW
            )
        )
        db.execute(sql.SQL("TRUNCATE {}").format(day))
        db.execute(sql.SQL("INSERT INTO {} SELECT * FROM pinned").format(day))


def _missing(db: Connection, wanted: dict[str, list[date]]) -> list[date]:
    return [day for (day,) in db.execute(statements("days")["missing"], wanted)]


def _make(db: Connection, table: str, day: date) -> None:
    # Made apart and attached: `CREATE … PARTITION OF` would lock every reader and writer of the table out.
    names = {"day": sql.Identifier("umbra", f"{table}_{day:%Y%m%d}"), "table": sql.Identifier("umbra", table)}
    bounds = {"start": sql.Literal(_midnight(day)), "end": sql.Literal(_midnight(day + timedelta(days=1)))}
    db.execute(
        sql.SQL(
            "CREATE TABLE {day} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)"
        ).format(**names)
    )
    db.execute(
        sql.SQL("ALTER TABLE {table} ATTACH PARTITION {day} FOR VALUES FROM ({start}) TO ({end})").format(
            **names, **bounds
        )
    )


def _day(name: str) -> date:
    return datetime.strptime(name.rpartition("_")[2], "%Y%m%d").replace(tzinfo=UTC).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
