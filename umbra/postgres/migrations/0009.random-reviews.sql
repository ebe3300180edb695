-- Evaluation asks how far the random order of a deployment has come, whenever the images landed.
CREATE INDEX review_at_random ON umbra.review (deployment, reviewed_at) WHERE queue = 'random';
