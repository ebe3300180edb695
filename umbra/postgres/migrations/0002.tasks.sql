-- What a prediction is one of; null in those of before it was told, which were all detections.
ALTER TABLE umbra.prediction ADD COLUMN task text;
