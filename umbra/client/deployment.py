"""One deployment, from the client's side."""

import time
from typing import Any

from umbra.client.transport import Transport, path
from umbra.contracts.http.comparison import Comparisons
from umbra.contracts.http.deployment import Deployment as Shown
from umbra.contracts.http.image import Images, PredictedAsset
from umbra.contracts.http.landed import Landed
from umbra.contracts.http.metrics import Metrics
from umbra.contracts.http.revision import RevisionEntry, Revisions
from umbra.core.errors import TimedOut, UmbraError
from umbra.core.names import SHADOW
from umbra.core.revision import Demote

_LOOK_EVERY_S = 0.1


class RevisionFailed(UmbraError):
    """The revision was given up; nothing has changed."""


class Deployment:
    """`client.deployment("digits")`; asks nothing before a method is called."""

    def __init__(self, id: str, api: Transport, ingest: Transport) -> None:
        self.id = id
        self._api = api
        self._ingest = ingest

    def show(self) -> Shown:
        """What is in force, and what is being prepared."""
        return self._api.json(Shown, "GET", self._path())

    def set_shadow_model(
        self, model_version: str, slot: str = SHADOW, reason: str | None = None
    ) -> RevisionEntry:
        """Let a shadow see every image from now on; the staged revision."""
        return self._change("PUT", "shadows", slot, model_version=model_version, reason=reason)

    def clear_shadow(self, slot: str = SHADOW) -> RevisionEntry:
        """Let no shadow be in the slot; the staged revision."""
        return self._api.json(RevisionEntry, "DELETE", self._path("shadows", slot))

    def promote(
        self, slot: str | None = None, demote: Demote = "shadow", reason: str | None = None
    ) -> RevisionEntry:
        """Make a shadow the champion; the staged revision.

        Args:
            slot: of the shadow; without it the only one, or the one called `shadow`.
            demote: what becomes of the old champion: it takes the slot, or leaves ("retire").
        """
        return self._change("POST", "promotions", slot=slot, demote=demote, reason=reason)

    def rollback(
        self, to_revision: int | None = None, immediate: bool = False, reason: str | None = None
    ) -> RevisionEntry:
        """Go back to the revision before this one, or to `to_revision`; the staged revision.

        Args:
            immediate: begin where the champion is now, so that its backlog is not judged by the model left.
        """
        body: dict[str, Any] = {"to_revision": to_revision, "immediate": immediate, "reason": reason}
        return self._change("POST", "rollbacks", **body)

    def revisions(self) -> list[RevisionEntry]:
        """Its history, newest first."""
        return self._api.json(Revisions, "GET", self._path("revisions")).items

    def revision(self, revision: int) -> RevisionEntry:
        """One revision: its steps, its workers, where it begins."""
        return self._api.json(RevisionEntry, "GET", self._path("revisions", revision))

    def wait_active(self, revision: int, timeout_s: float = 60.0) -> RevisionEntry:
        """The revision once it is in force.

        Raises:
            RevisionFailed: it was given up.
            TimedOut: it was still staged after `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        while (entry := self.revision(revision)).state == "staged":
            if time.monotonic() > deadline:
                waiting_for = ", ".join(entry.waiting_for) or "the relay"
                raise TimedOut(f"{self.id}@{revision} waits for {waiting_for} after {timeout_s:g} s.")
            time.sleep(_LOOK_EVERY_S)
        if entry.state == "failed":
            raise RevisionFailed(f"{self.id}@{revision} failed: {entry.failure} Nothing has changed.")
        return entry

    def metrics(self, window: str = "15m", step: str | None = None) -> Metrics:
        """What each slot did; `window` like 30s, 15m, 24h."""
        return self._api.json(Metrics, "GET", self._path("metrics"), params=_given(window=window, step=step))

    def comparisons(self, window: str = "15m", step: str | None = None) -> Comparisons:
        """Champion beside each shadow, newest assignment first."""
        params = _given(window=window, step=step)
        return self._api.json(Comparisons, "GET", self._path("comparisons"), params=params)

    def images(self, limit: int = 60, cursor: str | None = None, **filters: Any) -> Images:
        """PredictedAssets, newest first.

        Args:
            cursor: `next` of the page before.
            filters: label, score_min, score_max, comparison, status, revision, version, id (a prefix),
                source, tag, from, to; a list of values means any of them.
        """
        params = _given(limit=limit, cursor=cursor, **filters)
        return self._api.json(Images, "GET", self._path("images"), params=params)

    def image(self, image_id: str, at: str | None = None) -> PredictedAsset:
        """The newest landing of an image id, or the one at `<partition>-<offset>`."""
        params = _given(at=at)
        return self._api.json(PredictedAsset, "GET", self._path("images", image_id), params=params)

    def content(self, image_id: str, at: str | None = None) -> bytes:
        """The encoded image itself, while it is kept."""
        return self._api.bytes("GET", self._path("images", image_id, "content"), params=_given(at=at))

    def send(
        self, image: bytes, image_id: str | None = None, content_type: str = "application/octet-stream"
    ) -> Landed:
        """Send one encoded image; where it landed, once the brokers have it."""
        headers = {"Content-Type": content_type}
        if image_id is not None:
            headers["X-Image-Id"] = path(image_id).removeprefix("/v1/")
        return self._ingest.json(Landed, "POST", self._path("images"), content=image, headers=headers)

    def _change(self, method: str, *parts: str, **body: Any) -> RevisionEntry:
        return self._api.json(RevisionEntry, method, self._path(*parts), json=body)

    def _path(self, *parts: str | int) -> str:
        return path("deployments", self.id, *parts)


def _given(**params: Any) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}
