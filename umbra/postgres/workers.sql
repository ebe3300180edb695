-- name: upsert_worker
-- The last status of a worker.
INSERT INTO umbra.worker (name, slot, status, seen_at)
VALUES (%(name)s, %(slot)s, %(status)s, %(seen_at)s)
ON CONFLICT (name) DO UPDATE SET slot = excluded.slot, status = excluded.status, seen_at = excluded.seen_at

-- name: delete_workers
-- Workers that stopped cleanly.
DELETE FROM umbra.worker WHERE name = ANY(%(names)s)

-- name: delete_others
-- Workers that the topic does not know (any more).
DELETE FROM umbra.worker WHERE NOT name = ANY(%(names)s)

-- name: select_workers
-- Every worker, by slot and name.
SELECT status, seen_at FROM umbra.worker ORDER BY slot, name
