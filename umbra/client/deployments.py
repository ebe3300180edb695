"""Deployments, from the client's side."""

from collections.abc import Mapping

from umbra.client.deployment import Deployment
from umbra.client.transport import Transport, path
from umbra.contracts.http.deployment import Deployments as Listed
from umbra.contracts.http.deployment import DeploymentSummary
from umbra.contracts.http.revision import RevisionEntry


class Deployments:
    """`client.deployments`."""

    def __init__(self, api: Transport, ingest: Transport) -> None:
        self._api = api
        self._ingest = ingest

    def create(
        self,
        id: str,
        champion: str,
        shadows: Mapping[str, str] | None = None,
        *,
        reason: str | None = None,
    ) -> RevisionEntry:
        """Create a deployment; its first revision, in force or still staged after 10 s.

        Args:
            champion: a ModelVersion, `<model>@<n>`.
            shadows: slot to ModelVersion.
        """
        body = {"id": id, "champion": champion, "shadows": dict(shadows or {}), "reason": reason}
        return self._api.json(RevisionEntry, "POST", path("deployments"), json=body)

    def list(self, window: str = "5m") -> list[DeploymentSummary]:
        """Every deployment in a row, its figures over the window."""
        return self._api.json(Listed, "GET", path("deployments"), params={"summary": window}).items

    def __getitem__(self, id: str) -> Deployment:
        return Deployment(id, self._api, self._ingest)
