"""Checks that nobody waits for: of the versions that were added with `Prefer: respond-async`."""

import logging
import threading
from typing import Self

import msgspec

from services.api.adapters import Adapters, connected
from umbra.checker.request import Answer
from umbra.contracts.http.model_report import Fault, ModelReport
from umbra.contracts.manifest import Artifact, Spec
from umbra.contracts.manifest_draft import manifest_of
from umbra.core.errors import Refused, UmbraError
from umbra.postgres import model_versions
from umbra.postgres.connection import transaction
from umbra.postgres.model_versions import ModelVersionRow

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0


class Checks:
    """Checks one version after the other; those of an API that died are taken over by the next."""

    def __init__(self, adapters: Adapters) -> None:
        self._adapters = adapters
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checks", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        # A check under way is given up with the process, and done again by the next.
        self._stopping.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                checked = self._check_one()
            except UmbraError as err:
                log.warning("A model could not be checked yet.", extra={"reason": str(err)})
                checked = False
            except Exception:
                log.exception("A check failed by a bug.")
                checked = False
            if not checked:
                self._stopping.wait(_LOOK_EVERY_S)

    def _check_one(self) -> bool:
        with connected(self._adapters) as db, transaction(db):
            row = model_versions.next_to_check(db)
            if row is None:
                return False
            answer, spec = self._checked(row)
            model_versions.settle(db, row, spec, msgspec.to_builtins(answer.report))
        log.info("A model was checked.", extra={"model_version": row.id, "ready": spec is not None})
        return True

    def _checked(self, row: ModelVersionRow) -> tuple[Answer, Spec | None]:
        artifact = msgspec.convert(row.spec["artifact"], Artifact)
        try:
            raw = self._adapters.store.open_model(artifact)
        except Refused as err:
            gone = Fault("no-onnx", str(err), "Add the model again.")
            return Answer(ModelReport(problems=[gone])), None
        answer = self._adapters.checker.check(row.model, raw, row.spec["manifest"])
        if answer.manifest is None or answer.report.refusals:
            return answer, None
        return answer, Spec(artifact=artifact, manifest=manifest_of(answer.manifest))
