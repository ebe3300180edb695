"""Replays of a deployment, from the client's side."""

import time
from collections.abc import Callable

from umbra.client.transport import Transport, path
from umbra.contracts.http.replay import ReplayEntry
from umbra.contracts.http.replay import Replays as Listed
from umbra.core.errors import TimedOut, UmbraError

_LOOK_EVERY_S = 0.5


class ReplayFailed(UmbraError):
    """The replay was cancelled or given up; what it judged until then stays."""


class Replays:
    """`deployment.replays`."""

    def __init__(self, deployment: str, api: Transport) -> None:
        self._deployment = deployment
        self._api = api

    def begin(
        self,
        model_version: str,
        since: str = "24h",
        *,
        rate: float | None = None,
        max: bool = False,
        reason: str | None = None,
    ) -> ReplayEntry:
        """Let a ModelVersion judge the images still in the log, beside what the champion said of them.

        Args:
            since: how far back, like 24h; or an RFC 3339 time.
            rate: most images a second; without it a small share of one core.
            max: as fast as it can, whatever the live workers need.
        """
        body = {"model_version": model_version, "since": since, "rate": rate, "max": max, "reason": reason}
        return self._api.json(ReplayEntry, "POST", self._path(), json=body)

    def list(self) -> list[ReplayEntry]:
        """All of them, newest first."""
        return self._api.json(Listed, "GET", self._path()).items

    def show(self, id: str) -> ReplayEntry:
        """One of them: how far it is."""
        return self._api.json(ReplayEntry, "GET", self._path(id))

    def cancel(self, id: str) -> ReplayEntry:
        """End one that is under way; what it has judged stays."""
        return self._api.json(ReplayEntry, "DELETE", self._path(id))

    def wait(
        self, id: str, timeout_s: float | None = None, told: Callable[[ReplayEntry], None] = lambda _: None
    ) -> ReplayEntry:
        """The replay once it is done; what it judged last is counted a moment later.

        Args:
            timeout_s: None: as long as it takes.
            told: called with each look at it.

        Raises:
            ReplayFailed: it was cancelled or failed.
            TimedOut: it was not done after `timeout_s`.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while (entry := self.show(id)).state == "open":
            told(entry)
            if deadline is not None and time.monotonic() > deadline:
                waiting_for = "; ".join(entry.waiting_for) or f"{entry.offsets - entry.offsets_done} offsets"
                raise TimedOut(f"Replay {id} waits for {waiting_for} after {timeout_s:g} s.")
            time.sleep(_LOOK_EVERY_S)
        if entry.state != "done":
            raise ReplayFailed(f"Replay {id} is {entry.state}: {entry.failure or 'somebody ended it.'}")
        told(entry)
        return entry

    def _path(self, *parts: str) -> str:
        return path("deployments", self._deployment, "replays", *parts)
