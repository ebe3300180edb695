"""The models this worker holds: loaded in the background, released when no revision needs them."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf

from umbra.contracts.worker_status import ModelStatus
from umbra.core.errors import Refused, Retryable, UmbraError
from umbra.onnx.runtime import ProviderUnavailable
from umbra.onnx.session import Model

log = logging.getLogger(__name__)

Spec = Mapping[str, object]
"""Of an `Assignment`: the plain mappings of `contracts.manifest.Spec`."""

Load = Callable[[str, Spec], Model]
"""Loads and warms the model of a ModelVersion; Refused: it never will; Retryable: something is away."""

_RETRY_S = 1.0
_KEPT_S = 15.0
"""After its last use: a worker that reads old images needs what neither the newest revision nor its committed
offsets ask for."""
_LOOK_EVERY_S = 0.5


class ModelUnavailable(UmbraError):
    """A revision in force needs a model that this worker could not load: end the process."""


@dataclass(eq=False)
class _Entry:
    spec: Spec
    since: float = field(default_factory=time.monotonic)
    used_at: float = -inf
    model: Model | None = None
    status: ModelStatus = field(default_factory=lambda: ModelStatus(state="loading"))


class Models:
    """Loads what is wanted, one after another, what is asked for first, on the thread of `run`; every method
    is thread-safe.

    Args:
        timeout_s: a model must be loaded within this.
        beside: called before a model is loaded while another one is held; Refused: there is no room for it.
    """

    def __init__(
        self, load: Load, timeout_s: float, beside: Callable[[str, Spec], None] = lambda _version, _spec: None
    ) -> None:
        self._load = load
        self._beside = beside
        self._timeout_s = timeout_s
        self._entries: dict[str, _Entry] = {}
        self._changed = threading.Condition()

    def run(self, closing: threading.Event) -> None:
        """Load until closing.

        Raises:
            ProviderUnavailable: the device that models are to run on is not to be had.
        """
        while not closing.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._next() is not None, _LOOK_EVERY_S)
                loading = self._next()
            if loading is not None and not self._load_one(*loading):
                closing.wait(_RETRY_S)

    def _load_one(self, version: str, entry: _Entry) -> bool:
        """False: try again in a while."""
        status, model = self._try(version, entry)
        with self._changed:
            entry.status, entry.model = status, model
            self._changed.notify_all()
        return status.state != "loading"

    def want(self, specs: Mapping[str, Spec]) -> None:
        """Load these, by ModelVersion, and let go of all others that were not used lately."""
        stale = time.monotonic() - _KEPT_S
        with self._changed:
            for version in self._entries.keys() - specs.keys():
                if self._entries[version].used_at < stale:
                    log.info("Model released.", extra={"model": version})
                    del self._entries[version]
            for version, spec in specs.items():
                self._entries.setdefault(version, _Entry(spec))
            self._changed.notify_all()

    def get(self, version: str, spec: Spec, timeout_s: float) -> Model | None:
        """The model of a revision in force; None: it is still being loaded.

        Raises:
            ModelUnavailable: it could not be loaded, or not within the load time-out.
        """
        with self._changed:
            entry = self._entries.setdefault(version, _Entry(spec))
            entry.used_at = time.monotonic()
            self._changed.notify_all()
            self._changed.wait_for(lambda: entry.status.state != "loading", timeout_s)
        if entry.status.state == "failed":
            raise ModelUnavailable(f"{version} cannot be loaded: {entry.status.error}")
        return entry.model

    def statuses(self) -> dict[str, ModelStatus]:
        """ModelVersion to how it is."""
        with self._changed:
            return {version: entry.status for version, entry in self._entries.items()}

    def providers(self) -> list[str]:
        """What the loaded models run on, best first; none as long as there is no model."""
        with self._changed:
            loaded = (entry.model for entry in self._entries.values())
            return list(dict.fromkeys(name for model in loaded if model for name in model.providers))

    def _holds_any(self) -> bool:
        with self._changed:
            return any(entry.model is not None for entry in self._entries.values())

    def _next(self) -> tuple[str, _Entry] | None:
        """What an image waits for before what only may be needed: of 200 deployments few are busy at once."""
        loading = ((v, e) for v, e in self._entries.items() if e.status.state == "loading")
        return max(loading, key=lambda found: found[1].used_at, default=None)

    def _try(self, version: str, entry: _Entry) -> tuple[ModelStatus, Model | None]:
        try:
            if self._holds_any():
                self._beside(version, entry.spec)
            model = self._load(version, entry.spec)
        except Retryable as err:
            log.warning("Model not loaded yet.", extra={"model": version, "reason": str(err)})
            late = time.monotonic() - entry.since > self._timeout_s
            return ModelStatus(state="failed" if late else "loading", error=str(err)), None
        except ProviderUnavailable:
            # Without its device this worker is none, whatever revision asked for the model.
            raise
        except Refused as err:
            log.error("Model refused.", extra={"model": version, "reason": str(err)})
            return ModelStatus(state="failed", error=str(err)), None
        except Exception as err:
            # Out of memory, say. Who needs it now ends by it; a staged one must not end the others' work.
            log.exception("Model cannot be loaded.", extra={"model": version})
            return ModelStatus(state="failed", error=f"{type(err).__name__}: {err}"), None
        log.info("Model ready.", extra={"model": version, "load_ms": round(model.load_ms)})
        status = ModelStatus(
            state="ready", load_ms=model.load_ms, first_inference_ms=model.first_inference_ms
        )
        return status, model
