-- name: select_versions
-- What each ModelVersion did in each slot, step by step; histograms as {place: count}, places from 1. No
-- replays: how fast they are says nothing of the live workers.
WITH bucket AS (
    SELECT date_bin(make_interval(secs => %(step_s)s), bucket_at, 'epoch') AS at, *
    FROM umbra.version_bucket
    WHERE deployment = %(deployment)s AND bucket_at >= %(from)s AND bucket_at < %(to)s
        AND NOT starts_with(slot, 'replay-')
), scores AS (
    SELECT at, slot, model_version, jsonb_object_agg(place, n) AS counts FROM (
        SELECT at, slot, model_version, place, sum(n) AS n
        FROM bucket, unnest(score_histogram) WITH ORDINALITY AS c (n, place)
        WHERE n > 0 GROUP BY at, slot, model_version, place
    ) GROUP BY at, slot, model_version
), latencies AS (
    SELECT at, slot, model_version, jsonb_object_agg(place, n) AS counts FROM (
        SELECT at, slot, model_version, place, sum(n) AS n
        FROM bucket, unnest(latency_histogram) WITH ORDINALITY AS c (n, place)
        WHERE n > 0 GROUP BY at, slot, model_version, place
    ) GROUP BY at, slot, model_version
), queues AS (
    SELECT at, slot, model_version, jsonb_object_agg(place, n) AS counts FROM (
        SELECT at, slot, model_version, place, sum(n) AS n
        FROM bucket, unnest(queue_histogram) WITH ORDINALITY AS c (n, place)
        WHERE n > 0 GROUP BY at, slot, model_version, place
    ) GROUP BY at, slot, model_version
), sums AS (
    SELECT at, slot, model_version, max(revision) AS revision,
           sum(images)::bigint AS images, sum(failed)::bigint AS failed, sum(shapes)::bigint AS shapes,
           sum(score_millionths)::bigint AS score_millionths, sum(latency_us)::bigint AS latency_us,
           sum(queue_us)::bigint AS queue_us, sum(decode_us)::bigint AS decode_us,
           sum(inference_us)::bigint AS inference_us
    FROM bucket GROUP BY at, slot, model_version
)
SELECT sums.*, scores.counts AS score_histogram, latencies.counts AS latency_histogram,
       queues.counts AS queue_histogram
FROM sums
LEFT JOIN scores USING (at, slot, model_version)
LEFT JOIN latencies USING (at, slot, model_version)
LEFT JOIN queues USING (at, slot, model_version)
ORDER BY at

-- name: select_pairs
-- What each pair of ModelVersions did under each revision, step by step; the histogram as {place: count}.
WITH bucket AS (
    SELECT date_bin(make_interval(secs => %(step_s)s), bucket_at, 'epoch') AS at, *
    FROM umbra.comparison_bucket
    WHERE deployment = %(deployment)s AND bucket_at >= %(from)s AND bucket_at < %(to)s
), deltas AS (
    SELECT at, slot, revision, jsonb_object_agg(place, n) AS counts FROM (
        SELECT at, slot, revision, place, sum(n) AS n
        FROM bucket, unnest(latency_delta_histogram) WITH ORDINALITY AS c (n, place)
        WHERE n > 0 GROUP BY at, slot, revision, place
    ) GROUP BY at, slot, revision
), sums AS (
    SELECT at, slot, revision,
           sum(compared)::bigint AS compared, sum(failed)::bigint AS failed, sum(mixed)::bigint AS mixed,
           sum(champion_shapes)::bigint AS champion_shapes, sum(shadow_shapes)::bigint AS shadow_shapes,
           sum(matched)::bigint AS matched, sum(matched_same_label)::bigint AS matched_same_label,
           sum(flips)::bigint AS flips, sum(contested)::bigint AS contested,
           sum(contested_images)::bigint AS contested_images,
           sum(iou_millionths)::bigint AS iou_millionths,
           sum(score_delta_millionths)::bigint AS score_delta_millionths,
           sum(latency_delta_us)::bigint AS latency_delta_us
    FROM bucket GROUP BY at, slot, revision
)
SELECT sums.*, deltas.counts AS latency_delta_histogram
FROM sums LEFT JOIN deltas USING (at, slot, revision)
ORDER BY at

-- name: select_confusion
-- Which label met which, by slot and revision.
SELECT slot, revision, champion_label, shadow_label,
       sum(shapes)::bigint, sum(iou_millionths)::bigint, sum(score_delta_millionths)::bigint
FROM umbra.confusion_bucket
WHERE deployment = %(deployment)s AND bucket_at >= %(from)s AND bucket_at < %(to)s
GROUP BY slot, revision, champion_label, shadow_label

-- name: select_unpaired
-- By revision and slot: the champion's images not paired yet, before (orphans) and since (waiting) a time.
WITH champion AS (
    SELECT bucket_at, revision, sum(images) AS images
    FROM umbra.version_bucket
    WHERE deployment = %(deployment)s AND slot = 'champion' AND bucket_at >= %(from)s AND bucket_at < %(to)s
    GROUP BY bucket_at, revision
), expected AS (
    SELECT bucket_at, champion.revision, held.key AS slot, images
    FROM champion
    JOIN umbra.revision AS r ON r.deployment = %(deployment)s AND r.revision = champion.revision
    CROSS JOIN jsonb_each(r.slots) AS held
    WHERE held.key <> 'champion' AND NOT coalesce((held.value ->> 'paused')::boolean, false)
), paired AS (
    SELECT bucket_at, revision, slot, sum(compared + failed + mixed) AS pairs
    FROM umbra.comparison_bucket
    WHERE deployment = %(deployment)s AND bucket_at >= %(from)s AND bucket_at < %(to)s
    GROUP BY bucket_at, revision, slot
)
SELECT slot, revision,
       coalesce(sum(missing) FILTER (WHERE bucket_at >= %(orphan_before)s), 0)::bigint AS waiting,
       coalesce(sum(missing) FILTER (WHERE bucket_at < %(orphan_before)s), 0)::bigint AS orphans
FROM (
    SELECT slot, revision, bucket_at, greatest(images - coalesce(pairs, 0), 0) AS missing
    FROM expected LEFT JOIN paired USING (bucket_at, revision, slot)
)
GROUP BY slot, revision

-- name: select_summary
-- For the list of deployments: by deployment, what the champion judged and how far each shadow agrees.
SELECT deployment, slot, sum(images)::bigint AS images, NULL::bigint AS pairs,
       NULL::bigint AS matched_same_label, NULL::bigint AS shapes
FROM umbra.version_bucket
WHERE slot = 'champion' AND bucket_at >= %(from)s AND bucket_at < %(to)s
GROUP BY deployment, slot
UNION ALL
SELECT deployment, slot, NULL, sum(compared)::bigint, sum(matched_same_label)::bigint,
       sum(champion_shapes + shadow_shapes)::bigint
FROM umbra.comparison_bucket AS b
WHERE bucket_at >= %(from)s AND bucket_at < %(to)s AND NOT starts_with(slot, 'replay-')
    AND revision >= (
        SELECT max(revision) FROM umbra.revision AS r WHERE r.deployment = b.deployment AND state = 'active'
    )
GROUP BY deployment, slot
