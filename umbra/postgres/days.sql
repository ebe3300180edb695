-- name: missing
-- Which of these days have no partition yet.
SELECT day FROM unnest(%(days)s::date[]) AS wanted (day)
WHERE to_regclass('umbra.prediction_' || to_char(day, 'YYYYMMDD')) IS NULL
ORDER BY day

-- name: lock
-- One maker of days at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('umbra.days', 0))

-- name: all
-- The day partitions of these tables.
SELECT child.relname
FROM pg_inherits
JOIN pg_class AS child ON child.oid = inhrelid
JOIN pg_class AS parent ON parent.oid = inhparent
WHERE parent.relnamespace = 'umbra'::regnamespace AND parent.relname = ANY (%(tables)s)
ORDER BY child.relname

-- name: some_reviewed
-- A row when an image that landed in this time has a review.
SELECT FROM umbra.review WHERE landed_at >= %(start)s AND landed_at < %(end)s LIMIT 1
