-- name: find_landings
-- The newest landings of each wanted image id (or the one at a place), with the size of the image.
SELECT item, choice, landing.*
FROM unnest(%(item)s::integer[], %(choice)s::integer[], %(image_id)s::text[], %(partition)s::integer[],
            %(offset)s::bigint[]) AS wanted (item, choice, image_id, partition, "offset")
CROSS JOIN LATERAL (
    SELECT p.image_id, p.landed_at, p.partition, p."offset",
           max((image ->> 'width')::integer) AS width, max((image ->> 'height')::integer) AS height,
           jsonb_object_agg(slot, model_version) AS versions
    FROM umbra.prediction AS p
    WHERE deployment = %(deployment)s AND p.image_id = wanted.image_id
        AND (wanted.partition IS NULL OR (p.partition, p."offset") = (wanted.partition, wanted."offset"))
    GROUP BY p.image_id, p.landed_at, p.partition, p."offset"
    ORDER BY landed_at DESC, partition DESC, "offset" DESC
    LIMIT %(limit)s
) AS landing
ORDER BY item, choice, landed_at DESC, partition DESC, "offset" DESC

-- name: lock
-- One writer of a deployment's reviews at a time, until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('umbra.review/' || %(deployment)s, 0))

-- name: insert
-- Reviews, each as the newest of its landing; where the newest one says the same, none is added.
WITH given AS (
    SELECT * FROM jsonb_populate_recordset(null::umbra.review, %(reviews)s)
), newest AS (
    SELECT DISTINCT ON (landed_at, partition, "offset") review.*
    FROM umbra.review AS review
    JOIN given USING (landed_at, partition, "offset")
    ORDER BY landed_at, partition, "offset", review.review DESC
)
INSERT INTO umbra.review (
    landed_at, partition, "offset", review, deployment, image_id, width, height, task, shapes, based_on,
    based_on_version, reviewer, reviewed_at, queue, decisions, seconds, withdrawn
)
SELECT landed_at, partition, "offset", coalesce(newest.review, 0) + 1, given.deployment, given.image_id,
    given.width, given.height, given.task, given.shapes, given.based_on, given.based_on_version,
    given.reviewer, clock_timestamp(), given.queue, given.decisions, given.seconds, given.withdrawn
FROM given
LEFT JOIN newest USING (landed_at, partition, "offset")
WHERE newest.review IS NULL
    OR newest.withdrawn <> given.withdrawn
    OR newest.shapes <> given.shapes
    OR (NOT %(shapes_alone)s
        AND (newest.based_on, newest.reviewer) IS DISTINCT FROM (given.based_on, given.reviewer))
RETURNING landed_at, partition, "offset", review

-- name: select_history
-- Every review of a landing, newest first.
SELECT image_id, landed_at, partition, "offset", review, shapes, based_on, based_on_version, reviewer,
    reviewed_at, width, height, queue, decisions, seconds, withdrawn
FROM umbra.review
WHERE deployment = %(deployment)s AND (landed_at, partition, "offset")
    = (%(landed_at)s, %(partition)s, %(offset)s)
ORDER BY review DESC

-- name: select_newest
-- The ground truth of a deployment's landings, oldest landing first, behind the cursor.
SELECT image_id, landed_at, partition, "offset", review, shapes, based_on, based_on_version, reviewer,
    reviewed_at, width, height, queue, decisions, seconds, withdrawn
FROM umbra.ground_truth
WHERE deployment = %(deployment)s
    AND (%(after_at)s::timestamptz IS NULL
        OR (landed_at, partition, "offset")
            > (%(after_at)s::timestamptz, %(after_partition)s::integer, %(after_offset)s::bigint))
ORDER BY landed_at, partition, "offset"
LIMIT %(limit)s

-- name: count_by_queue
-- How many landings have a ground truth, by the queue that it came from.
SELECT coalesce(queue, 'none'), count(*)
FROM umbra.ground_truth
WHERE deployment = %(deployment)s
GROUP BY 1

-- name: count_by_reviewer
-- How many landings each reviewer has the last word on, and how long an image takes.
SELECT reviewer, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
FROM umbra.ground_truth
WHERE deployment = %(deployment)s
GROUP BY reviewer
ORDER BY count(*) DESC, reviewer

-- name: find_goal
-- How many reviews are wanted of a deployment, if somebody said so.
SELECT goal FROM umbra.review_goal WHERE deployment = %(deployment)s

-- name: set_goal
-- Say so, or anew.
INSERT INTO umbra.review_goal (deployment, goal) VALUES (%(deployment)s, %(goal)s)
ON CONFLICT (deployment) DO UPDATE SET goal = excluded.goal
