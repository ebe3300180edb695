-- The newest reviews of a deployment, for whoever waits for them.
CREATE INDEX review_newest ON umbra.review (deployment, reviewed_at, landed_at, partition, "offset", review);
