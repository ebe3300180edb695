"""Taking a change in: Postgres first, the relay does the rest."""

from typing import NamedTuple

from umbra.core.change import Create, Request, RollBack, in_force, next_revision, open_revision
from umbra.core.revision import Revision
from umbra.postgres import deployments, revisions
from umbra.postgres.connection import Connection, transaction


class Prospect(NamedTuple):
    """What a request would come to.

    Attributes:
        current: the revision in force; None before the first.
        overtaken: the open revision, which an immediate request gives up and any other waits for.
    """

    revision: Revision
    current: Revision | None
    overtaken: Revision | None


def stage(db: Connection, request: Request) -> Revision:
    """Make the revision that `request` asks for; of two writers at once the second sees the first's.

    An immediate request gives up the open revision first.

    Raises:
        See `core.change.next_revision`; Retryable: PostgreSQL is away.
    """
    with transaction(db):
        if isinstance(request.change, Create):
            deployments.ensure(db, request.deployment)
        deployments.lock(db, request.deployment)
        if request.immediate:
            # The relay may be bringing the open one into force: then it is not to be given up.
            revisions.lock_open(db, request.deployment)
        history = revisions.standing(db, request.deployment, _also(request))

        revision = next_revision(history, request)

        if (overtaken := open_revision(history)) is not None:
            revisions.settle(db, overtaken.fail(f"Overtaken by the immediate revision {revision.revision}."))
        revisions.insert(db, revision)
    return revision


def foresee(db: Connection, request: Request) -> Prospect:
    """What `request` would make, as things stand; nothing is changed.

    Raises:
        See `core.change.next_revision`, but for `RevisionInProgress`; Retryable: PostgreSQL is away.
    """
    history = revisions.standing(db, request.deployment, _also(request))
    overtaken = open_revision(history)
    settled = [revision if revision != overtaken else revision.fail("Foreseen.") for revision in history]
    return Prospect(next_revision(settled, request), in_force(history), overtaken)


def _also(request: Request) -> int | None:
    return request.change.to_revision if isinstance(request.change, RollBack) else None
