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
