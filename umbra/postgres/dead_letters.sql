-- name: insert
-- What the monitor could not read, as it was.
INSERT INTO umbra.dead_letter (topic_id, partition, "offset", topic, key, value, headers, code, message)
VALUES (
    %(topic_id)s, %(partition)s, %(offset)s, %(topic)s, %(key)s, %(value)s, %(headers)s, %(code)s, %(message)s
)
ON CONFLICT DO NOTHING
