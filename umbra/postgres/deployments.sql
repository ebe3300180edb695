-- name: insert_deployment
-- A deployment, unless it exists; one that was deleted comes back.
INSERT INTO umbra.deployment (id) VALUES (%(id)s)
ON CONFLICT (id) DO UPDATE SET deleted_at = NULL

-- name: lock_deployment
-- Holds a deployment until the transaction ends, so that two writers come one after the other. NO KEY:
-- the relay's second update of a revision in one transaction looks whether its deployment exists.
SELECT 1 FROM umbra.deployment WHERE id = %(id)s FOR NO KEY UPDATE
