"""Making Postgres and the control topic say the same, on taking the lead."""

import logging
from collections.abc import Iterable, Mapping

from umbra.contracts.manifest import spec_from
from umbra.core.control_view import ControlView
from umbra.core.revision import Revision
from umbra.postgres import deployments, model_versions, revisions
from umbra.postgres.connection import Connection, transaction

log = logging.getLogger(__name__)


def to_import(control: Iterable[Revision], known: Mapping[str, Revision]) -> list[Revision]:
    """The revisions Postgres must learn from the control topic, which has the last word.

    A staged one that Postgres knows is left to Postgres: it may have been given up there since.
    """
    return sorted(
        (r for r in control if r.key not in known or (r.state != "staged" and r != known[r.key])),
        key=lambda r: (r.deployment, r.revision),
    )


def to_republish(control: ControlView, known: Iterable[Revision]) -> list[Revision]:
    """The settled revisions that the control topic lacks, or still has as staged."""
    return [r for r in known if r.state != "staged" and _is_open(control.get(r.key))]


def import_revisions(db: Connection, control: ControlView) -> None:
    """Bring a fresh or restored database, or one that missed the last note, up to the control topic."""
    known = {noted.revision.key: noted.revision for noted in revisions.everything(db)}
    for revision in to_import(control, known):
        log.info(
            "Postgres learns a revision from the control topic.",
            extra={"revision": revision.key, "state": revision.state},
        )
        _import(db, revision)


def _import(db: Connection, revision: Revision) -> None:
    with transaction(db):
        deployments.ensure(db, revision.deployment)
        for held in revision.slots.values():
            model_versions.restore(db, held.model_version, spec_from(held.spec))
        revisions.upsert(db, revision)


def _is_open(there: Revision | None) -> bool:
    return there is None or there.state == "staged"
