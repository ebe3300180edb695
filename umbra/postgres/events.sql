-- name: select_revisions
-- The newest three revisions of every deployment, newest first, and how many steps each has taken.
SELECT d.id, r.revision, r.state, jsonb_array_length(r.steps)
FROM umbra.deployment AS d
CROSS JOIN LATERAL (
    SELECT revision, state, steps FROM umbra.revision
    WHERE deployment = d.id ORDER BY revision DESC LIMIT 3
) AS r
ORDER BY d.id, r.revision DESC

-- name: select_reached
-- Another number whenever predictions have been counted since.
SELECT coalesce(sum(next_offset), 0)::bigint FROM umbra.fence

-- name: select_counted
-- The newest bucket of every deployment with the champion's images in it; the champion's and everybody's
-- images in the newest few buckets.
SELECT DISTINCT ON (d.id) d.id, b.bucket_at,
       coalesce(sum(b.images) FILTER (WHERE b.slot = 'champion'), 0)::bigint,
       coalesce(sum(sum(b.images) FILTER (WHERE b.slot = 'champion')) OVER (PARTITION BY d.id), 0)::bigint,
       (sum(sum(b.images)) OVER (PARTITION BY d.id))::bigint
FROM umbra.deployment AS d
CROSS JOIN LATERAL (
    SELECT bucket_at, slot, images FROM umbra.version_bucket
    WHERE deployment = d.id AND NOT starts_with(slot, 'replay-')
    ORDER BY bucket_at DESC LIMIT 40
) AS b
GROUP BY d.id, b.bucket_at
ORDER BY d.id, b.bucket_at DESC

-- name: select_reviews
-- The newest ten reviews of every deployment, newest first.
SELECT d.id, r.image_id, r.partition, r."offset", r.review
FROM umbra.deployment AS d
CROSS JOIN LATERAL (
    SELECT image_id, reviewed_at, landed_at, partition, "offset", review FROM umbra.review
    WHERE deployment = d.id
    ORDER BY reviewed_at DESC, landed_at DESC, partition DESC, "offset" DESC, review DESC LIMIT 10
) AS r
ORDER BY d.id, r.reviewed_at DESC, r.landed_at DESC, r.partition DESC, r."offset" DESC, r.review DESC
