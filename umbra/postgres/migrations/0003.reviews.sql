-- What people say is in an image. Rows are only added: the review of a landing with the greatest number is
-- its ground truth, those before it are its history. width and height are pixels of the image, null when no
-- model could decode it; they stay when its predictions have gone.
CREATE TABLE umbra.review (
    landed_at timestamptz NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    review integer NOT NULL,
    deployment text NOT NULL,
    image_id text NOT NULL,
    width integer,
    height integer,
    task text NOT NULL,
    shapes jsonb NOT NULL,
    based_on text,
    based_on_version text,
    reviewer text NOT NULL,
    reviewed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (landed_at, partition, "offset", review)
);

CREATE INDEX review_of_deployment ON umbra.review (deployment, landed_at, partition, "offset", review);
