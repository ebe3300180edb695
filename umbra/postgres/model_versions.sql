-- name: lock_model
-- Makes those who add a version to one model come one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('umbra model ' || %(model)s, 0))

-- name: select_same
-- The version of a model that has this very spec.
SELECT id, model, number, task, labels, spec, sha256, bytes, created_at, state, report
FROM umbra.model_version
WHERE model = %(model)s AND spec = %(spec)s AND state = 'ready'

-- name: select_asked
-- The version of a model that was made of this very file and given manifest; one that was refused is none.
SELECT id, model, number, task, labels, spec, sha256, bytes, created_at, state, report
FROM umbra.model_version
WHERE model = %(model)s AND sha256 = %(sha256)s AND asked = %(asked)s AND state <> 'refused'
ORDER BY number
LIMIT 1

-- name: select_checking
-- The version that has waited longest for its check, and that nobody else checks at this moment.
SELECT id, model, number, task, labels, spec, sha256, bytes, created_at, state, report
FROM umbra.model_version
WHERE state = 'checking'
ORDER BY created_at, id
LIMIT 1
FOR UPDATE SKIP LOCKED

-- name: settle_model_version
-- What came of a check.
UPDATE umbra.model_version
SET state = %(state)s, task = %(task)s, labels = %(labels)s, spec = %(spec)s, report = %(report)s
WHERE id = %(id)s AND state = 'checking'

-- name: insert_model_version
-- The next version of a model.
INSERT INTO umbra.model_version (id, model, number, task, labels, spec, sha256, bytes, state, asked, report)
SELECT %(model)s || '@' || next, %(model)s, next, %(task)s, %(labels)s, %(spec)s, %(sha256)s, %(bytes)s,
    %(state)s, %(asked)s, %(report)s
FROM (SELECT coalesce(max(number), 0) + 1 AS next FROM umbra.model_version WHERE model = %(model)s)
RETURNING id, model, number, task, labels, spec, sha256, bytes, created_at, state, report

-- name: restore_model_version
-- A version as a revision on the control topic knows it; what the table has stays.
INSERT INTO umbra.model_version (id, model, number, task, labels, spec, sha256, bytes)
VALUES (%(id)s, %(model)s, %(number)s, %(task)s, %(labels)s, %(spec)s, %(sha256)s, %(bytes)s)
ON CONFLICT DO NOTHING

-- name: select_model_version
-- One version.
SELECT id, model, number, task, labels, spec, sha256, bytes, created_at, state, report
FROM umbra.model_version
WHERE id = %(id)s

-- name: select_model_versions
-- Every version, by model, newest first.
SELECT id, model, number, task, labels, spec, sha256, bytes, created_at, state, report
FROM umbra.model_version
ORDER BY model, number DESC
