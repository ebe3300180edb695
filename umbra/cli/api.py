"""What the commands on the API share: the client, and which deployment is meant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from umbra.client import Client, Deployment
from umbra.core.errors import Refused
from umbra.settings import ClientSettings

DeploymentOption = Annotated[
    str | None, typer.Option("--deployment", "-d", help="Which deployment; may be left out if there is one.")
]
Reason = Annotated[str | None, typer.Option(help="Kept in the history.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]


@contextmanager
def client() -> Iterator[Client]:
    """A client of the API and ingest that UMBRA_API_URL and UMBRA_INGEST_URL name, with UMBRA_TOKEN."""
    settings = ClientSettings.load()
    with Client(settings.api_url, ingest_url=settings.ingest_url, token=settings.shown_token) as opened:
        yield opened


def chosen(opened: Client, deployment: str | None) -> Deployment:
    """The deployment that is named, else the only one.

    Raises:
        Refused: none is named, and there is none or more than one.
    """
    if deployment is not None:
        return opened.deployment(deployment)
    ids = [row.id for row in opened.deployments.list()]
    if len(ids) == 1:
        return opened.deployment(ids[0])
    if not ids:
        raise Refused("There is no deployment yet: make one with `umbra deployments create`.")
    raise Refused(f"Which deployment? Name one with --deployment: {', '.join(ids)}.")
