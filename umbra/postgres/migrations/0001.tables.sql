-- Every table of the first version. Times are timestamptz; big tables have one partition per day of
-- landed_at, made by whoever writes to them. A column ending in _us is an integer of microseconds,
-- one ending in _millionths an integer of millionths: integers add up alike in any order.

CREATE FUNCTION umbra.add_counts(a bigint[], b bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(array_agg(coalesce(x, 0) + coalesce(y, 0) ORDER BY place), '{}')
    FROM unnest(a, b) WITH ORDINALITY AS counts (x, y, place)
);

CREATE TABLE umbra.model_version (
    id text PRIMARY KEY,
    model text NOT NULL,
    number integer NOT NULL,
    task text NOT NULL,
    labels jsonb NOT NULL,
    spec jsonb NOT NULL,
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (model, number)
);

CREATE TABLE umbra.deployment (
    id text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);

CREATE TABLE umbra.revision (
    deployment text NOT NULL REFERENCES umbra.deployment,
    revision integer NOT NULL,
    kind text NOT NULL,
    state text NOT NULL CHECK (state IN ('staged', 'active', 'failed')),
    slots jsonb NOT NULL,
    based_on integer,
    immediate boolean NOT NULL DEFAULT false,
    requested_by text NOT NULL DEFAULT 'anonymous',
    reason text,
    requested_at timestamptz NOT NULL DEFAULT now(),
    topic_id text,
    starts jsonb NOT NULL DEFAULT '{}',
    failure text,
    steps jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (deployment, revision)
);

CREATE UNIQUE INDEX revision_one_staged ON umbra.revision (deployment) WHERE state = 'staged';

CREATE TABLE umbra.worker (
    name text PRIMARY KEY,
    slot text NOT NULL,
    status jsonb NOT NULL,
    seen_at timestamptz NOT NULL
);

CREATE TABLE umbra.prediction (
    landed_at timestamptz NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    slot text NOT NULL,
    deployment text NOT NULL,
    image_id text NOT NULL,
    model_version text NOT NULL,
    revision integer NOT NULL,
    status text NOT NULL CHECK (status IN ('ok', 'failed')),
    captured_at timestamptz,
    predicted_at timestamptz NOT NULL,
    source text,
    tags text[] NOT NULL,
    metadata jsonb NOT NULL,
    traceparent text,
    image jsonb NOT NULL,
    latency_ms jsonb NOT NULL,
    shapes jsonb NOT NULL,
    candidates jsonb NOT NULL,
    error jsonb,
    PRIMARY KEY (landed_at, partition, "offset", slot)
) PARTITION BY RANGE (landed_at);

CREATE INDEX prediction_image ON umbra.prediction (deployment, image_id, landed_at);

-- A pair of predictions of one landing. Everything after outcome is null unless outcome is 'compared'.
-- pairing: {"matches": [[champion shape, shadow shape, IoU]], "flipped": [as matches], "only_champion": [shape], "only_shadow": [shape]}
CREATE TABLE umbra.comparison (
    landed_at timestamptz NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    slot text NOT NULL,
    deployment text NOT NULL,
    image_id text NOT NULL,
    revision integer NOT NULL,
    champion text NOT NULL,
    shadow text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('compared', 'failed', 'mixed')),
    champion_shapes integer,
    shadow_shapes integer,
    matched integer,
    matched_same_label integer,
    flips integer,
    contested integer,
    iou_millionths bigint,
    score_delta_millionths bigint,
    latency_delta_us bigint,
    pairing jsonb,
    agreement double precision GENERATED ALWAYS AS
        (2.0 * matched_same_label / nullif(champion_shapes + shadow_shapes, 0)) STORED,
    PRIMARY KEY (landed_at, partition, "offset", slot)
) PARTITION BY RANGE (landed_at);

CREATE INDEX comparison_contested ON umbra.comparison (deployment, slot, landed_at) WHERE contested > 0;

-- 10 s of one ModelVersion in one slot. Shapes, scores and latencies are those of good images only.
CREATE TABLE umbra.version_bucket (
    bucket_at timestamptz NOT NULL,
    deployment text NOT NULL,
    slot text NOT NULL,
    model_version text NOT NULL,
    revision integer NOT NULL,
    images bigint NOT NULL,
    failed bigint NOT NULL,
    shapes bigint NOT NULL,
    score_millionths bigint NOT NULL,
    latency_us bigint NOT NULL,
    queue_us bigint NOT NULL,
    decode_us bigint NOT NULL,
    inference_us bigint NOT NULL,
    score_histogram bigint[] NOT NULL,
    latency_histogram bigint[] NOT NULL,
    queue_histogram bigint[] NOT NULL,
    PRIMARY KEY (deployment, bucket_at, slot, model_version, revision)
);

-- 10 s of one pair of ModelVersions. complete pairs = compared + failed; sums are over compared ones.
CREATE TABLE umbra.comparison_bucket (
    bucket_at timestamptz NOT NULL,
    deployment text NOT NULL,
    slot text NOT NULL,
    champion text NOT NULL,
    shadow text NOT NULL,
    revision integer NOT NULL,
    compared bigint NOT NULL,
    failed bigint NOT NULL,
    mixed bigint NOT NULL,
    champion_shapes bigint NOT NULL,
    shadow_shapes bigint NOT NULL,
    matched bigint NOT NULL,
    matched_same_label bigint NOT NULL,
    flips bigint NOT NULL,
    contested bigint NOT NULL,
    contested_images bigint NOT NULL,
    iou_millionths bigint NOT NULL,
    score_delta_millionths bigint NOT NULL,
    latency_delta_us bigint NOT NULL,
    latency_delta_histogram bigint[] NOT NULL,
    PRIMARY KEY (deployment, bucket_at, slot, champion, shadow, revision)
);

-- Which label met which, in the compared pairs of 10 s; null: the shape has no partner there.
CREATE TABLE umbra.confusion_bucket (
    bucket_at timestamptz NOT NULL,
    deployment text NOT NULL,
    slot text NOT NULL,
    champion text NOT NULL,
    shadow text NOT NULL,
    revision integer NOT NULL,
    champion_label text,
    shadow_label text,
    shapes bigint NOT NULL,
    UNIQUE NULLS NOT DISTINCT
        (deployment, bucket_at, slot, champion, shadow, revision, champion_label, shadow_label)
);

-- How far the monitor has read a partition of a prediction topic, and what it met on the way.
CREATE TABLE umbra.fence (
    topic_id text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    topic text NOT NULL,
    duplicates bigint NOT NULL DEFAULT 0,
    too_late bigint NOT NULL DEFAULT 0,
    dead_letters bigint NOT NULL DEFAULT 0,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic_id, partition)
);

CREATE TABLE umbra.dead_letter (
    topic_id text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    topic text NOT NULL,
    key bytea,
    value bytea,
    headers jsonb NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic_id, partition, "offset")
);
