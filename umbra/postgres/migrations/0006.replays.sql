-- ModelVersions over images that are still in the log. positions: partition → the next offset, as the
-- workers have committed it; offsets_per_s over the last minute.
CREATE TABLE umbra.replay (
    id text PRIMARY KEY,
    deployment text NOT NULL REFERENCES umbra.deployment,
    model jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'done', 'cancelled', 'failed')),
    topic_id text NOT NULL,
    starts jsonb NOT NULL,
    ends jsonb NOT NULL,
    since timestamptz NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    requested_by text NOT NULL DEFAULT 'anonymous',
    reason text,
    rate double precision,
    yields boolean NOT NULL DEFAULT true,
    failure text,
    positions jsonb NOT NULL DEFAULT '{}',
    offsets_per_s double precision,
    settled_at timestamptz
);

CREATE INDEX replay_of_deployment ON umbra.replay (deployment, requested_at);
