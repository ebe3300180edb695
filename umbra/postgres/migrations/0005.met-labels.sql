-- How well shapes that met agree, by their labels; those counted before have no part in these sums.
ALTER TABLE umbra.confusion_bucket
    ADD COLUMN iou_millionths bigint NOT NULL DEFAULT 0,
    ADD COLUMN score_delta_millionths bigint NOT NULL DEFAULT 0;
