-- A ModelVersion is checked before it can be used: the task is not known until then.
ALTER TABLE umbra.model_version
    ADD COLUMN state text NOT NULL DEFAULT 'ready' CHECK (state IN ('checking', 'ready', 'refused')),
    ADD COLUMN asked jsonb,
    ADD COLUMN report jsonb,
    ALTER COLUMN task DROP NOT NULL;

CREATE INDEX model_version_checking ON umbra.model_version (created_at) WHERE state = 'checking';
