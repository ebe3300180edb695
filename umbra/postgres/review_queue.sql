-- name: select_newest
-- Landings to review, newest first.
SELECT landed_at, partition, "offset"
FROM umbra.prediction AS p
WHERE deployment = %(deployment)s AND slot = 'champion' AND landed_at >= %(since)s
    AND NOT (partition || '-' || "offset") = ANY(%(exclude)s::text[])
    AND NOT EXISTS (
        SELECT FROM umbra.ground_truth AS t
        WHERE (t.landed_at, t.partition, t."offset") = (p.landed_at, p.partition, p."offset")
    )
ORDER BY landed_at DESC, partition DESC, "offset" DESC
LIMIT %(limit)s

-- name: select_contested
-- Landings to review, those first on which champion and shadow differ most: of the newest contested ones.
SELECT landed_at, partition, "offset"
FROM (
    SELECT landed_at, partition, "offset", contested
    FROM umbra.comparison AS c
    WHERE deployment = %(deployment)s AND slot = %(slot)s AND contested > 0 AND landed_at >= %(since)s
        AND NOT (partition || '-' || "offset") = ANY(%(exclude)s::text[])
        AND NOT EXISTS (
            SELECT FROM umbra.ground_truth AS t
            WHERE (t.landed_at, t.partition, t."offset") = (c.landed_at, c.partition, c."offset")
        )
    ORDER BY landed_at DESC
    LIMIT %(most)s
) AS newest
ORDER BY contested DESC, landed_at DESC, partition DESC, "offset" DESC
LIMIT %(limit)s

-- name: select_drawn
-- Landings to review in the order that nobody chose, as far as `below`.
SELECT landed_at, partition, "offset"
FROM umbra.prediction AS p
WHERE deployment = %(deployment)s AND slot = 'champion' AND landed_at >= %(since)s
    AND umbra.draw(landed_at, partition, "offset") < 0.01
    AND NOT (partition || '-' || "offset") = ANY(%(exclude)s::text[])
    AND NOT EXISTS (
        SELECT FROM umbra.ground_truth AS t
        WHERE (t.landed_at, t.partition, t."offset") = (p.landed_at, p.partition, p."offset")
    )
ORDER BY umbra.draw(landed_at, partition, "offset")
LIMIT %(limit)s

-- name: select_drawn_later
-- The same behind the beginning of that order, which has an index.
SELECT landed_at, partition, "offset"
FROM umbra.prediction AS p
WHERE deployment = %(deployment)s AND slot = 'champion' AND landed_at >= %(since)s
    AND umbra.draw(landed_at, partition, "offset") >= 0.01
    AND NOT (partition || '-' || "offset") = ANY(%(exclude)s::text[])
    AND NOT EXISTS (
        SELECT FROM umbra.ground_truth AS t
        WHERE (t.landed_at, t.partition, t."offset") = (p.landed_at, p.partition, p."offset")
    )
ORDER BY umbra.draw(landed_at, partition, "offset")
LIMIT %(limit)s

-- name: count_remaining
-- How many landings there are to review, counted no further than `most`.
SELECT count(*)
FROM (
    SELECT
    FROM umbra.prediction AS p
    WHERE deployment = %(deployment)s AND slot = 'champion' AND landed_at >= %(since)s
        AND NOT EXISTS (
            SELECT FROM umbra.ground_truth AS t
            WHERE (t.landed_at, t.partition, t."offset") = (p.landed_at, p.partition, p."offset")
        )
    LIMIT %(most)s
) AS counted
