-- How a review came about: the queue its image was drawn from (null: none), what was decided shape by shape,
-- how long it took. A withdrawn one says that its landing has no ground truth any more.
ALTER TABLE umbra.review
    ADD COLUMN queue text CHECK (queue IN ('newest', 'contested', 'random', 'list')),
    ADD COLUMN decisions jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN seconds double precision,
    ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;

-- The place of a landing in the random order of its deployment: from 0 to before 1, the same whoever asks.
CREATE FUNCTION umbra.draw(landed_at timestamptz, partition integer, "offset" bigint) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (hashint8extended("offset", (extract(epoch FROM landed_at) * 1000)::bigint * 1024 + partition) >> 11
        & 9007199254740991)::double precision / 9007199254740992;
