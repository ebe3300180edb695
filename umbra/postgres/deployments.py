"""Table `deployment`: which deployments there are; what they are made of is in `revision`."""

from umbra.postgres.connection import Connection
from umbra.postgres.statements import statements

_sql = statements("deployments")


def ensure(db: Connection, deployment: str) -> None:
    """Make the deployment exist."""
    db.execute(_sql["insert_deployment"], {"id": deployment})


def lock(db: Connection, deployment: str) -> bool:
    """Hold a deployment until the transaction ends; False: there is none."""
    return db.execute(_sql["lock_deployment"], {"id": deployment}).fetchone() is not None
