-- name: wait_for
-- Takes a lock of the session, once nobody else holds it.
SELECT pg_advisory_lock(%(number)s)

-- name: take
-- Takes a lock of the session; false when somebody else holds it.
SELECT pg_try_advisory_lock(%(number)s)

-- name: give_back
-- Lets go of a lock of the session.
SELECT pg_advisory_unlock(%(number)s)
