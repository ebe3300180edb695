"""What can be asked of a deployment, in earnest or as a dry run."""

from typing import Any, Generic, TypeVar

from umbra.client.transport import Transport, path
from umbra.core.names import SHADOW
from umbra.core.revision import Demote

Answer = TypeVar("Answer")


class Changes(Generic[Answer]):
    """Every change of one deployment; each gives the revision it staged, or in a dry run what it would be.

    Each raises ConflictAtApi when another revision is still staged or the change makes no sense as things
    stand, and RefusedByApi when what it names does not exist.
    """

    def __init__(self, id: str, api: Transport, answer: type[Answer], **params: str) -> None:
        self.id = id
        self._api = api
        self._answer = answer
        self._params = params

    def set_shadow_model(self, model_version: str, slot: str = SHADOW, reason: str | None = None) -> Answer:
        """Let a shadow see every image from now on."""
        return self._change("PUT", "shadows", slot, model_version=model_version, reason=reason)

    def clear_shadow(self, slot: str = SHADOW, reason: str | None = None) -> Answer:
        """Let no shadow be in the slot."""
        return self._delete("shadows", slot, reason=reason)

    def pause_shadow(self, slot: str = SHADOW, reason: str | None = None) -> Answer:
        """Let the shadow pass every image until it is resumed; it is compared on none of them."""
        return self._change("PUT", "shadows", slot, "paused", paused=True, reason=reason)

    def resume_shadow(self, slot: str = SHADOW, reason: str | None = None) -> Answer:
        """Let a paused shadow judge again."""
        return self._change("PUT", "shadows", slot, "paused", paused=False, reason=reason)

    def promote(
        self, slot: str | None = None, demote: Demote = "shadow", reason: str | None = None
    ) -> Answer:
        """Make a shadow the champion.

        Args:
            slot: of the shadow; without it the only one, or the one called `shadow`.
            demote: what becomes of the old champion: it takes the slot, or leaves ("retire").
        """
        return self._change("POST", "promotions", slot=slot, demote=demote, reason=reason)

    def rollback(
        self, to_revision: int | None = None, immediate: bool = False, reason: str | None = None
    ) -> Answer:
        """Go back to the revision before this one, or to `to_revision`.

        Args:
            immediate: begin where the champion is now, so that its backlog is not judged by the model left.
        """
        body: dict[str, Any] = {"to_revision": to_revision, "immediate": immediate, "reason": reason}
        return self._change("POST", "rollbacks", **body)

    def delete(self, reason: str | None = None) -> Answer:
        """Delete the deployment: its images are unknown from one offset on; its history stays."""
        return self._delete(reason=reason)

    def _change(self, method: str, *parts: str, **body: Any) -> Answer:
        return self._api.json(self._answer, method, self._path(*parts), params=self._params, json=body)

    def _delete(self, *parts: str, reason: str | None) -> Answer:
        params = self._params | ({"reason": reason} if reason is not None else {})
        return self._api.json(self._answer, "DELETE", self._path(*parts), params=params)

    def _path(self, *parts: str | int) -> str:
        return path("deployments", self.id, *parts)
