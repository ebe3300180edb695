-- name: select_reviewed
-- The landings of a window that have a ground truth, with its number and queue; and which of them
-- belong to a random sample: those drawn at random, and those that the random order would have come to first,
-- had nobody chosen them before: an image behind them was drawn while they were there.
WITH newest AS (
    SELECT landed_at, partition, "offset", review, queue, umbra.draw(landed_at, partition, "offset") AS draw
    FROM umbra.ground_truth
    WHERE deployment = %(deployment)s AND task = %(task)s AND landed_at >= %(from)s AND landed_at < %(to)s
), drawn AS (
    SELECT landed_at, partition, "offset", reviewed_at, umbra.draw(landed_at, partition, "offset") AS draw
    FROM umbra.review
    WHERE deployment = %(deployment)s AND queue = 'random' AND reviewed_at > %(from)s
), moments AS (
    SELECT reviewed_at AS at, true AS drawing, draw, null AS landed_at, null AS partition, null AS "offset"
    FROM drawn
    UNION ALL
    SELECT landed_at, false, null, landed_at, partition, "offset" FROM newest
), passed AS (
    -- Latest first: how far the random order came after a landing.
    SELECT landed_at, partition, "offset", drawing, max(draw) OVER (ORDER BY at DESC, drawing) AS farthest
    FROM moments
)
SELECT landed_at, partition, "offset", review, queue,
    coalesce(farthest > newest.draw, false) OR (landed_at, partition, "offset") IN (
        SELECT landed_at, partition, "offset" FROM drawn
    )
FROM newest
JOIN passed USING (landed_at, partition, "offset")
WHERE NOT drawing
ORDER BY landed_at, partition, "offset"

-- name: select_judged
-- Who predicted the reviewed landings of a window.
WITH newest AS (
    SELECT landed_at, partition, "offset"
    FROM umbra.ground_truth
    WHERE deployment = %(deployment)s AND task = %(task)s AND landed_at >= %(from)s AND landed_at < %(to)s
)
SELECT landed_at, partition, "offset", slot, model_version, revision, status = 'failed'
FROM newest
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
