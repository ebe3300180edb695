-- name: insert_deployment
-- A deployment, unless it exists; one that was deleted comes back.
INSERT INTO umbra.deployment (id) VALUES (%(id)s)
ON CONFLICT (id) DO UPDATE SET deleted_at = NULL

-- name: lock_deployment
-- Holds a deployment until the transaction ends, so that two writers come one after the other.
SELECT 1 FROM umbra.deployment WHERE id = %(id)s FOR UPDATE
