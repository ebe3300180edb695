-- name: insert
-- Predictions as they are on the wire; one that is there already is left alone.
INSERT INTO umbra.prediction (
    landed_at, partition, "offset", slot, deployment, image_id, model_version, revision, status,
    captured_at, predicted_at, source, tags, metadata, traceparent,
    image, latency_ms, shapes, candidates, error, task
)
SELECT
    landed_at, (image ->> 'partition')::integer, (image ->> 'offset')::bigint, slot, deployment, image_id,
    model_version, revision, status, captured_at, predicted_at, source, coalesce(tags, '{}'),
    coalesce(metadata, '{}'), traceparent, image, coalesce(latency_ms, '{}'), coalesce(shapes, '[]'),
    coalesce(candidates, '[]'), error, task
FROM jsonb_populate_recordset(null::umbra.prediction, %(predictions)s)
ON CONFLICT DO NOTHING

-- name: known
-- What is there already of these landings: the same slot, or the other side of the comparison.
SELECT landed_at, partition, "offset", deployment, image_id, prediction.slot, model_version, revision,
    status, latency_ms::text, shapes::text, task
FROM jsonb_to_recordset(%(arrived)s)
    AS arrived (landed_at timestamptz, partition integer, "offset" bigint, slot text)
JOIN umbra.prediction USING (landed_at, partition, "offset")
WHERE prediction.slot = arrived.slot OR (prediction.slot = 'champion') <> (arrived.slot = 'champion')

-- name: unpaired
-- Landings since a time whose champion and shadow are both there without a comparison.
SELECT DISTINCT landed_at, partition, "offset"
FROM umbra.prediction AS shadow
JOIN umbra.prediction AS champion USING (landed_at, partition, "offset", deployment, image_id)
WHERE landed_at >= %(since)s AND champion.slot = 'champion' AND shadow.slot <> 'champion'
    AND NOT EXISTS (
        SELECT FROM umbra.comparison AS pair
        WHERE (pair.landed_at, pair.partition, pair."offset", pair.slot)
            = (shadow.landed_at, shadow.partition, shadow."offset", shadow.slot)
    )
ORDER BY landed_at, partition, "offset"
LIMIT %(limit)s
