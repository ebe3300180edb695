-- name: insert_replay
-- A new replay, or one that only the control topic knew.
INSERT INTO umbra.replay (id, deployment, model, state, topic_id, starts, ends, since, requested_at,
                          requested_by, reason, rate, yields, failure)
VALUES (%(id)s, %(deployment)s, %(model)s, %(state)s, %(topic_id)s, %(starts)s, %(ends)s, %(since)s,
        %(requested_at)s, %(requested_by)s, %(reason)s, %(rate)s, %(yields)s, %(failure)s)
ON CONFLICT (id) DO NOTHING

-- name: settle_replay
-- What became of an open replay; one that is settled stays as it is.
UPDATE umbra.replay
SET state = %(state)s, failure = %(failure)s, settled_at = now(), offsets_per_s = NULL
WHERE id = %(id)s AND state = 'open'
RETURNING id

-- name: note_progress
-- How far an open replay is.
UPDATE umbra.replay
SET positions = %(positions)s, offsets_per_s = %(offsets_per_s)s
WHERE id = %(id)s

-- name: select_all
-- Every replay, the oldest first.
SELECT id, deployment, model, state, topic_id, starts, ends, since, requested_at, requested_by, reason, rate,
       yields, failure, positions, offsets_per_s, settled_at
FROM umbra.replay
ORDER BY requested_at, id

-- name: select_open
-- Every replay that is under way or waits for its turn, the oldest first.
SELECT id, deployment, model, state, topic_id, starts, ends, since, requested_at, requested_by, reason, rate,
       yields, failure, positions, offsets_per_s, settled_at
FROM umbra.replay
WHERE state = 'open'
ORDER BY requested_at, id

-- name: select_settled_of
-- Those of these replays that are settled.
SELECT id, deployment, model, state, topic_id, starts, ends, since, requested_at, requested_by, reason, rate,
       yields, failure, positions, offsets_per_s, settled_at
FROM umbra.replay
WHERE id = ANY(%(ids)s) AND state <> 'open'

-- name: select_of_deployment
-- The replays of a deployment, the newest first.
SELECT id, deployment, model, state, topic_id, starts, ends, since, requested_at, requested_by, reason, rate,
       yields, failure, positions, offsets_per_s, settled_at
FROM umbra.replay
WHERE deployment = %(deployment)s
ORDER BY requested_at DESC, id

-- name: select_replay
-- One replay.
SELECT id, deployment, model, state, topic_id, starts, ends, since, requested_at, requested_by, reason, rate,
       yields, failure, positions, offsets_per_s, settled_at
FROM umbra.replay
WHERE deployment = %(deployment)s AND id = %(id)s

-- name: count_judged
-- What the replay's slot has judged, as far as the monitor has counted it.
SELECT coalesce(sum(images), 0)::bigint, coalesce(sum(failed), 0)::bigint
FROM umbra.version_bucket
WHERE deployment = %(deployment)s AND slot = %(slot)s
    AND bucket_at >= date_bin('10 seconds', %(since)s::timestamptz, 'epoch')

-- name: count_unpaired
-- By the champion's revision: its images in the stretch that have no pair with the replay.
WITH stretch AS (
    SELECT starts.key::integer AS partition, starts.value::bigint AS first, (ends.value)::bigint AS behind
    FROM jsonb_each_text(%(starts)s) AS starts JOIN jsonb_each_text(%(ends)s) AS ends USING (key)
)
SELECT revision, count(*)::bigint
FROM umbra.prediction AS champion
JOIN stretch ON stretch.partition = champion.partition
    AND champion."offset" >= stretch.first AND champion."offset" < stretch.behind
WHERE champion.deployment = %(deployment)s AND champion.slot = 'champion'
    AND champion.landed_at >= %(since)s AND champion.landed_at <= %(until)s
    AND NOT EXISTS (
        SELECT FROM umbra.comparison AS pair
        WHERE (pair.landed_at, pair.partition, pair."offset", pair.slot)
            = (champion.landed_at, champion.partition, champion."offset", %(slot)s)
    )
GROUP BY revision
