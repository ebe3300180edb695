-- name: add_versions
-- Add to the ten seconds of each ModelVersion; rows in one order for everybody, so nobody deadlocks.
INSERT INTO umbra.version_bucket AS b (
    bucket_at, deployment, slot, model_version, revision, images, failed, shapes, score_millionths,
    latency_us, queue_us, decode_us, inference_us, score_histogram, latency_histogram, queue_histogram
)
SELECT
    bucket_at, deployment, slot, model_version, revision, images, failed, shapes, score_millionths,
    latency_us, queue_us, decode_us, inference_us, score_histogram, latency_histogram, queue_histogram
FROM jsonb_populate_recordset(null::umbra.version_bucket, %(buckets)s)
ORDER BY deployment, bucket_at, slot, model_version, revision
ON CONFLICT (deployment, bucket_at, slot, model_version, revision) DO UPDATE SET
    images = b.images + excluded.images,
    failed = b.failed + excluded.failed,
    shapes = b.shapes + excluded.shapes,
    score_millionths = b.score_millionths + excluded.score_millionths,
    latency_us = b.latency_us + excluded.latency_us,
    queue_us = b.queue_us + excluded.queue_us,
    decode_us = b.decode_us + excluded.decode_us,
    inference_us = b.inference_us + excluded.inference_us,
    score_histogram = umbra.add_counts(b.score_histogram, excluded.score_histogram),
    latency_histogram = umbra.add_counts(b.latency_histogram, excluded.latency_histogram),
    queue_histogram = umbra.add_counts(b.queue_histogram, excluded.queue_histogram)

-- name: add_comparisons
-- Add to the ten seconds of each pair of ModelVersions, in one order for everybody.
INSERT INTO umbra.comparison_bucket AS b (
    bucket_at, deployment, slot, champion, shadow, revision, compared, failed, mixed,
    champion_shapes, shadow_shapes, matched, matched_same_label, flips, contested, contested_images,
    iou_millionths, score_delta_millionths, latency_delta_us, latency_delta_histogram
)
SELECT
    bucket_at, deployment, slot, champion, shadow, revision, compared, failed, mixed,
    champion_shapes, shadow_shapes, matched, matched_same_label, flips, contested, contested_images,
    iou_millionths, score_delta_millionths, latency_delta_us, latency_delta_histogram
FROM jsonb_populate_recordset(null::umbra.comparison_bucket, %(buckets)s)
ORDER BY deployment, bucket_at, slot, champion, shadow, revision
ON CONFLICT (deployment, bucket_at, slot, champion, shadow, revision) DO UPDATE SET
    compared = b.compared + excluded.compared,
    failed = b.failed + excluded.failed,
    mixed = b.mixed + excluded.mixed,
    champion_shapes = b.champion_shapes + excluded.champion_shapes,
    shadow_shapes = b.shadow_shapes + excluded.shadow_shapes,
    matched = b.matched + excluded.matched,
    matched_same_label = b.matched_same_label + excluded.matched_same_label,
    flips = b.flips + excluded.flips,
    contested = b.contested + excluded.contested,
    contested_images = b.contested_images + excluded.contested_images,
    iou_millionths = b.iou_millionths + excluded.iou_millionths,
    score_delta_millionths = b.score_delta_millionths + excluded.score_delta_millionths,
    latency_delta_us = b.latency_delta_us + excluded.latency_delta_us,
    latency_delta_histogram = umbra.add_counts(b.latency_delta_histogram, excluded.latency_delta_histogram)

-- name: add_confusion
-- Add to which label met which, in one order for everybody.
INSERT INTO umbra.confusion_bucket AS b (
    bucket_at, deployment, slot, champion, shadow, revision, champion_label, shadow_label, shapes,
    iou_millionths, score_delta_millionths
)
SELECT bucket_at, deployment, slot, champion, shadow, revision, champion_label, shadow_label, shapes,
    iou_millionths, score_delta_millionths
FROM jsonb_populate_recordset(null::umbra.confusion_bucket, %(buckets)s)
ORDER BY deployment, bucket_at, slot, champion, shadow, revision, champion_label, shadow_label
ON CONFLICT (deployment, bucket_at, slot, champion, shadow, revision, champion_label, shadow_label)
DO UPDATE SET
    shapes = b.shapes + excluded.shapes,
    iou_millionths = b.iou_millionths + excluded.iou_millionths,
    score_delta_millionths = b.score_delta_millionths + excluded.score_delta_millionths

-- name: drop_versions
-- Forget the ten seconds that are older than retention.
DELETE FROM umbra.version_bucket WHERE bucket_at < %(before)s

-- name: drop_comparisons
-- Forget the ten seconds that are older than retention.
DELETE FROM umbra.comparison_bucket WHERE bucket_at < %(before)s

-- name: drop_confusion
-- Forget the ten seconds that are older than retention.
DELETE FROM umbra.confusion_bucket WHERE bucket_at < %(before)s
