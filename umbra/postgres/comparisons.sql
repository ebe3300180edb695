-- name: insert
-- Pairs of predictions; tells which were not there yet.
INSERT INTO umbra.comparison (
    landed_at, partition, "offset", slot, deployment, image_id, revision, champion, shadow, outcome,
    champion_shapes, shadow_shapes, matched, matched_same_label, flips, contested,
    iou_millionths, score_delta_millionths, latency_delta_us, pairing
)
SELECT
    landed_at, partition, "offset", slot, deployment, image_id, revision, champion, shadow, outcome,
    champion_shapes, shadow_shapes, matched, matched_same_label, flips, contested,
    iou_millionths, score_delta_millionths, latency_delta_us, pairing
FROM jsonb_populate_recordset(null::umbra.comparison, %(comparisons)s)
ON CONFLICT DO NOTHING
RETURNING landed_at, partition, "offset", slot

-- name: each
-- Who is beside whom in the pairs of a partition, from a time of landing on.
SELECT (extract(epoch FROM landed_at) * 1000)::bigint, "offset", slot, deployment, revision, champion, shadow, outcome
FROM umbra.comparison
WHERE landed_at >= to_timestamp(%(since_ms)s / 1000.0) AND partition = %(partition)s
