"""All that is to be known of a model file: for the process that a check runs in, which may die of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from umbra.contracts.http.model_report import Fault, Measurements, ModelReport
from umbra.contracts.manifest import Manifest
from umbra.core.errors import Refused
from umbra.onnx.completion import complete
from umbra.onnx.dry_run import dry_run
from umbra.onnx.model_file import parsed, refuse_other_files, signature_of_file
from umbra.onnx.notes import Notes
from umbra.onnx.runtime import RUN_ERRORS, reason
from umbra.onnx.signature import Signature
from umbra.onnx.soundness import nan_weights, refuse_custom_operators, refuse_invalid

_MEMORY = "Make the model smaller, or raise UMBRA_CHECK_MEMORY_BYTES where the checker runs."


@dataclass(frozen=True, slots=True)
class Examined:
    """Attributes:
    manifest: whole; None when the report says why the model cannot be used.
    """

    manifest: Manifest | None
    report: ModelReport


def examine(raw: bytes, given: Mapping[str, Any], name: str, allowed: Collection[str]) -> Examined:
    """Read a file, complete its manifest, run it.

    Args:
        given: of the manifest, as `manifest_draft.read_draft` has it.
        name: of the model.
        allowed: domains of operators besides ONNX's.
    """
    read = _sound(raw, allowed)
    if isinstance(read, Fault):
        return Examined(None, ModelReport(problems=[read]))
    signature, broken = read
    completed = complete(signature, given, name)
    if broken:
        names = ", ".join(broken[:5])
        completed.notes.warn("weights", f"NaN is in the weights {names}.", "Train or export the model again.")
    measurements = _measurements(raw, completed.manifest, completed.notes)
    report = replace(completed.report, measurements=measurements)
    return Examined(None if report.refusals else completed.manifest, report)


def _sound(raw: bytes, allowed: Collection[str]) -> tuple[Signature, list[str]] | Fault:
    """What the file says, and which of its weights are NaN; or why nothing of it may be run."""
    code = "no-onnx"
    try:
        model = parsed(raw)
        code = "external-data"
        refuse_other_files(model)
        code = "custom-operator"
        refuse_custom_operators(model, allowed)
        code = "invalid-graph"
        refuse_invalid(model)
    except Refused as err:
        return Fault(code, str(err), _REMEDIES[code])
    return signature_of_file(model), nan_weights(model)


_REMEDIES = {
    "no-onnx": "Export the model as one .onnx file, and send all of it.",
    "external-data": "Save the model as one file.",
    "custom-operator": "Export it without them, or allow their domain in UMBRA_CHECK_OPERATOR_DOMAINS.",
    "invalid-graph": "Export the model again.",
}


def _measurements(raw: bytes, manifest: Manifest | None, notes: Notes) -> Measurements | None:
    if manifest is None:
        return None
    try:
        return dry_run(raw, manifest, notes)
    except (MemoryError, *RUN_ERRORS) as err:
        said = reason(err) or "an allocation failed"
        notes.refuse("memory", f"The model needs more memory than a check may take: {said}", _MEMORY)
        return None
