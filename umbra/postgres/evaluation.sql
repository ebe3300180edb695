-- name: select_reviewed
-- The landings of a window that have a review, and the number of the newest one.
SELECT landed_at, partition, "offset", review
FROM umbra.ground_truth
WHERE deployment = %(deployment)s AND task = %(task)s AND landed_at >= %(from)s AND landed_at < %(to)s
ORDER BY landed_at, partition, "offset"

-- name: select_judged
-- Who predicted the reviewed landings of a window.
WITH reviewed AS (
    SELECT landed_at, partition, "offset"
    FROM umbra.ground_truth
    WHERE deployment = %(deployment)s AND task = %(task)s AND landed_at >= %(from)s AND landed_at < %(to)s
)
SELECT landed_at, partition, "offset", slot, model_version, revision, status = 'failed'
FROM reviewed
JOIN umbra.prediction AS p USING (landed_at, partition, "offset")
WHERE p.deployment = %(deployment)s AND p.landed_at >= %(from)s AND p.landed_at < %(to)s
ORDER BY landed_at, partition, "offset", slot

-- name: select_truths
-- The shapes of these reviews, as JSON.
SELECT landed_at, partition, "offset", review, width, height, shapes::text
FROM unnest(%(landed_at)s::timestamptz[], %(partition)s::integer[], %(offset)s::bigint[], %(review)s::integer[])
    AS wanted (landed_at, partition, "offset", review)
JOIN umbra.review AS r USING (landed_at, partition, "offset", review)

-- name: select_shapes
-- The shapes and candidates of these predictions, as JSON.
SELECT landed_at, partition, "offset", slot, shapes::text, candidates::text
FROM unnest(%(landed_at)s::timestamptz[], %(partition)s::integer[], %(offset)s::bigint[], %(slot)s::text[])
    AS wanted (landed_at, partition, "offset", slot)
JOIN umbra.prediction AS p USING (landed_at, partition, "offset", slot)
