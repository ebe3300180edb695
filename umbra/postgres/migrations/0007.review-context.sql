-- How a review came about: the queue its image was drawn from (null: none), what was decided shape by shape,
-- how long it took. A withdrawn one says that its landing has no ground truth any more.
ALTER TABLE umbra.review
    ADD COLUMN queue text CHECK (queue IN ('newest', 'contested', 'random', 'list')),
    ADD COLUMN decisions jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN seconds double precision,
    ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;

-- The newest review of each landing that has one which was not withdrawn.
CREATE VIEW umbra.ground_truth AS
SELECT *
FROM umbra.review AS r
WHERE NOT withdrawn AND NOT EXISTS (
    SELECT FROM umbra.review AS later
    WHERE (later.landed_at, later.partition, later."offset") = (r.landed_at, r.partition, r."offset")
        AND later.review > r.review
);

-- The place of a landing in the random order of its deployment: from 0 to before 1, the same whoever asks.
CREATE FUNCTION umbra.draw(landed_at timestamptz, partition integer, "offset" bigint) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (hashint8extended("offset", (extract(epoch FROM landed_at) * 1000)::bigint * 1024 + partition) >> 11
        & 9007199254740991)::double precision / 9007199254740992;

-- The beginning of that order, so that its first images are found among millions.
CREATE INDEX prediction_drawn ON umbra.prediction (deployment, umbra.draw(landed_at, partition, "offset"))
    WHERE slot = 'champion' AND umbra.draw(landed_at, partition, "offset") < 0.01;

-- How many reviews are wanted of a deployment.
CREATE TABLE umbra.review_goal (
    deployment text PRIMARY KEY,
    goal integer NOT NULL CHECK (goal > 0)
);
