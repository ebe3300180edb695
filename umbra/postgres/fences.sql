-- name: plant
-- Give every partition that has none a fence at its beginning.
INSERT INTO umbra.fence (topic_id, partition, topic, next_offset)
SELECT topic_id, partition, topic, 0
FROM jsonb_populate_recordset(null::umbra.fence, %(fences)s)
ORDER BY partition, topic_id
ON CONFLICT DO NOTHING

-- name: lock
-- The fences of these partitions, locked in one order for everybody until the transaction ends.
SELECT topic_id, partition, next_offset
FROM umbra.fence
WHERE (topic_id, partition) IN (
    SELECT topic_id, partition FROM jsonb_populate_recordset(null::umbra.fence, %(fences)s)
)
ORDER BY partition, topic_id
FOR UPDATE

-- name: move
-- Move fences to the next offset to read and add what was met on the way; never back.
UPDATE umbra.fence
SET next_offset = greatest(fence.next_offset, moved.next_offset),
    duplicates = fence.duplicates + moved.duplicates,
    too_late = fence.too_late + moved.too_late,
    dead_letters = fence.dead_letters + moved.dead_letters,
    moved_at = now()
FROM jsonb_populate_recordset(null::umbra.fence, %(fences)s) AS moved
WHERE fence.topic_id = moved.topic_id AND fence.partition = moved.partition

-- name: of_topic
-- How far each partition of a topic has been read.
SELECT partition, next_offset FROM umbra.fence WHERE topic_id = %(topic_id)s

-- name: exist
-- Whether the table is there, that is, whether the schema has been migrated.
SELECT to_regclass('umbra.fence') IS NOT NULL
