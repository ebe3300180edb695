-- name: select_landings
-- The places of a deployment's landings that match, newest first, behind the cursor. A landing matches
-- when one of its predictions does; null means "any".
SELECT landed_at, partition, "offset"
FROM umbra.prediction AS p
WHERE deployment = %(deployment)s
    AND landed_at >= coalesce(%(from)s::timestamptz, '-infinity')
    AND landed_at < coalesce(%(to)s::timestamptz, 'infinity')
    AND (%(after_at)s::timestamptz IS NULL
        OR (landed_at, partition, "offset")
            < (%(after_at)s::timestamptz, %(after_partition)s::integer, %(after_offset)s::bigint))
    AND (%(image_id)s::text IS NULL OR image_id = %(image_id)s::text)
    AND (%(partition)s::integer IS NULL OR (partition, "offset") = (%(partition)s::integer, %(offset)s::bigint))
    AND (%(id_prefix)s::text IS NULL OR starts_with(image_id, %(id_prefix)s))
    AND (%(source)s::text[] IS NULL OR source = ANY(%(source)s::text[]))
    AND (%(tag)s::text[] IS NULL OR tags && %(tag)s::text[])
    AND (%(status)s::text[] IS NULL OR status = ANY(%(status)s::text[]))
    AND (%(revision)s::integer[] IS NULL OR revision = ANY(%(revision)s::integer[]))
    AND (%(version)s::text[] IS NULL OR model_version = ANY(%(version)s::text[]))
    AND (%(label)s::text[] IS NULL AND %(score_min)s::float8 IS NULL AND %(score_max)s::float8 IS NULL
        OR EXISTS (
            SELECT FROM jsonb_array_elements(shapes) AS shape
            WHERE (%(label)s::text[] IS NULL OR shape ->> 'label' = ANY(%(label)s::text[]))
                AND (shape ->> 'score')::float8 >= coalesce(%(score_min)s::float8, 0)
                AND (shape ->> 'score')::float8 <= coalesce(%(score_max)s::float8, 1)
        ))
    AND (%(comparison)s::text[] IS NULL OR EXISTS (
        SELECT FROM umbra.comparison AS c
        WHERE (c.landed_at, c.partition, c."offset") = (p.landed_at, p.partition, p."offset")
            AND (
                ('contested' = ANY(%(comparison)s::text[]) AND contested > 0)
                OR ('agree' = ANY(%(comparison)s::text[]) AND contested = 0)
                OR ('flip' = ANY(%(comparison)s::text[]) AND flips > 0)
                OR ('only-champion' = ANY(%(comparison)s::text[]) AND champion_shapes > matched)
                OR ('only-shadow' = ANY(%(comparison)s::text[]) AND shadow_shapes > matched)
                OR outcome = ANY(%(comparison)s::text[])
            )
    ) OR (slot = 'champion' AND (
        ('waiting' = ANY(%(comparison)s::text[]) AND landed_at >= %(orphan_before)s::timestamptz)
        OR ('orphan' = ANY(%(comparison)s::text[]) AND landed_at < %(orphan_before)s::timestamptz)
    ) AND EXISTS (
        SELECT FROM umbra.revision AS r, jsonb_each(r.slots) AS held
        WHERE (r.deployment, r.revision) = (p.deployment, p.revision) AND held.key <> 'champion'
            AND NOT coalesce((held.value ->> 'paused')::boolean, false)
            AND NOT EXISTS (
                SELECT FROM umbra.prediction AS s
                WHERE (s.landed_at, s.partition, s."offset", s.slot)
                    = (p.landed_at, p.partition, p."offset", held.key)
            )
    )))
GROUP BY landed_at, partition, "offset"
ORDER BY landed_at DESC, partition DESC, "offset" DESC
LIMIT %(limit)s

-- name: select_predictions
-- Every slot's prediction of these landings.
SELECT p.landed_at, p.partition, p."offset", slot, image_id, model_version, revision, status, captured_at,
       predicted_at, source, tags, metadata, traceparent, image, latency_ms, shapes, error
FROM unnest(%(landed_at)s::timestamptz[], %(partition)s::integer[], %(offset)s::bigint[])
    AS wanted (landed_at, partition, "offset")
JOIN umbra.prediction AS p USING (landed_at, partition, "offset")
WHERE deployment = %(deployment)s

-- name: select_comparisons
-- Every comparison of these landings.
SELECT c.landed_at, c.partition, c."offset", slot, outcome, agreement,
       iou_millionths / 1e6 / nullif(matched, 0) AS matched_iou, contested, flips, pairing
FROM unnest(%(landed_at)s::timestamptz[], %(partition)s::integer[], %(offset)s::bigint[])
    AS wanted (landed_at, partition, "offset")
JOIN umbra.comparison AS c USING (landed_at, partition, "offset")
WHERE deployment = %(deployment)s
