-- name: select_standing
-- The revisions of a deployment that decide what may come next, newest first: the newest one, the staged
-- one, the one in force, the newest with other slots than that, and the one asked for (%(also)s).
WITH active AS (
    SELECT revision, slots FROM umbra.revision
    WHERE deployment = %(deployment)s AND state = 'active'
    ORDER BY revision DESC LIMIT 1
)
SELECT deployment, revision, kind, state, slots, based_on, immediate, requested_by, reason, requested_at,
       topic_id, starts, failure, steps
FROM umbra.revision AS r
WHERE deployment = %(deployment)s AND (
    state = 'staged'
    OR revision = %(also)s
    OR revision = (SELECT revision FROM active)
    OR revision = (SELECT max(revision) FROM umbra.revision WHERE deployment = %(deployment)s)
    OR revision = (
        SELECT max(o.revision) FROM umbra.revision AS o, active
        WHERE o.deployment = %(deployment)s AND o.state = 'active' AND o.revision < active.revision
            AND o.slots <> active.slots AND o.slots <> '{}'
    )
)
ORDER BY revision DESC

-- name: select_history
-- The revisions of a deployment, newest first.
SELECT deployment, revision, kind, state, slots, based_on, immediate, requested_by, reason, requested_at,
       topic_id, starts, failure, steps
FROM umbra.revision
WHERE deployment = %(deployment)s AND revision < coalesce(%(before)s, 2147483647)
ORDER BY revision DESC
LIMIT %(limit)s

-- name: select_revision
-- One revision.
SELECT deployment, revision, kind, state, slots, based_on, immediate, requested_by, reason, requested_at,
       topic_id, starts, failure, steps
FROM umbra.revision
WHERE deployment = %(deployment)s AND revision = %(revision)s

-- name: select_staged
-- Every revision that waits to become active, oldest request first.
SELECT deployment, revision, kind, state, slots, based_on, immediate, requested_by, reason, requested_at,
       topic_id, starts, failure, steps
FROM umbra.revision
WHERE state = 'staged'
ORDER BY requested_at

-- name: select_all
-- Every revision of every deployment, in the order they were made.
SELECT deployment, revision, kind, state, slots, based_on, immediate, requested_by, reason, requested_at,
       topic_id, starts, failure, steps
FROM umbra.revision
ORDER BY deployment, revision

-- name: select_newest
-- Of every deployment: the newest revision, the newest active one, and the staged one.
SELECT deployment, revision, kind, state, slots, based_on, immediate, requested_by, reason, requested_at,
       topic_id, starts, failure, steps
FROM umbra.revision
WHERE state = 'staged' OR (deployment, revision) IN (
    SELECT deployment, max(revision) FROM umbra.revision GROUP BY deployment
    UNION ALL
    SELECT deployment, max(revision) FROM umbra.revision WHERE state = 'active' GROUP BY deployment
)
ORDER BY deployment, revision DESC

-- name: lock_staged
-- Holds a staged revision until the transaction ends; no row when it is not staged any more.
SELECT 1 FROM umbra.revision
WHERE deployment = %(deployment)s AND revision = %(revision)s AND state = 'staged'
FOR UPDATE

-- name: lock_open
-- Holds whatever revision of a deployment is staged until the transaction ends.
SELECT 1 FROM umbra.revision WHERE deployment = %(deployment)s AND state = 'staged' FOR UPDATE

-- name: insert_revision
-- A new revision.
INSERT INTO umbra.revision (deployment, revision, kind, state, slots, based_on, immediate, requested_by,
                            reason, requested_at, topic_id, starts, failure)
VALUES (%(deployment)s, %(revision)s, %(kind)s, %(state)s, %(slots)s, %(based_on)s, %(immediate)s,
        %(requested_by)s, %(reason)s, %(requested_at)s, %(topic_id)s, %(starts)s, %(failure)s)

-- name: upsert_revision
-- A revision as the control topic has it; the control topic has the last word.
INSERT INTO umbra.revision (deployment, revision, kind, state, slots, based_on, immediate, requested_by,
                            reason, requested_at, topic_id, starts, failure)
VALUES (%(deployment)s, %(revision)s, %(kind)s, %(state)s, %(slots)s, %(based_on)s, %(immediate)s,
        %(requested_by)s, %(reason)s, %(requested_at)s, %(topic_id)s, %(starts)s, %(failure)s)
ON CONFLICT (deployment, revision) DO UPDATE
SET kind = excluded.kind, state = excluded.state, slots = excluded.slots, based_on = excluded.based_on,
    immediate = excluded.immediate, requested_by = excluded.requested_by, reason = excluded.reason,
    requested_at = excluded.requested_at, topic_id = excluded.topic_id, starts = excluded.starts,
    failure = excluded.failure

-- name: update_outcome
-- What became of a staged revision.
UPDATE umbra.revision
SET state = %(state)s, topic_id = %(topic_id)s, starts = %(starts)s, failure = %(failure)s
WHERE deployment = %(deployment)s AND revision = %(revision)s

-- name: add_step
-- Notes when a revision got to a step; the first time counts.
UPDATE umbra.revision
SET steps = steps || jsonb_build_array(jsonb_build_object('step', %(step)s::text, 'at', %(at)s::timestamptz))
WHERE deployment = %(deployment)s AND revision = %(revision)s
    AND NOT steps @> jsonb_build_array(jsonb_build_object('step', %(step)s::text))
