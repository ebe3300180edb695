"""The manifest of a model file: what the user gives, and for the rest what the file says."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from umbra.contracts.http.model_report import ModelReport
from umbra.contracts.manifest import Manifest
from umbra.contracts.manifest_draft import manifest_of
from umbra.core.errors import Refused, UmbraError
from umbra.onnx import ultralytics
from umbra.onnx.fit import refuse_unfit
from umbra.onnx.head_choice import choose_head
from umbra.onnx.image_input import read_input
from umbra.onnx.notes import Notes
from umbra.onnx.signature import Signature


class Completed(NamedTuple):
    """Attributes:
    manifest: None when something is missing or wrong, as the notes say.
    """

    manifest: Manifest | None
    notes: Notes

    @property
    def report(self) -> ModelReport:
        return self.notes.report()


def complete(signature: Signature, given: Mapping[str, Any], name: str) -> Completed:
    """The manifest of a file.

    Args:
        given: what the user says of it, as `manifest_draft.read_draft` has it.
        name: of the model.
    """
    notes = Notes()
    made = {"name": name, **given}
    labels = _labels(signature, given, notes)
    task = _task(signature, given, notes)
    if labels is not None:
        made["labels"] = labels
    if not notes.problems:
        # What is given stands, but an option may be added to those given.
        chosen = choose_head(signature, given, labels, task, notes)
        made = {**chosen, **made, "options": chosen.get("options", made.get("options", {}))}
    made["input"] = read_input(signature, given.get("input", {}), made.get("task", task), notes)
    return Completed(_manifest(made, signature, notes), notes)


def _manifest(made: Mapping[str, Any], signature: Signature, notes: Notes) -> Manifest | None:
    if notes.problems or notes.missing:
        return None
    try:
        manifest = manifest_of(made)
        refuse_unfit(manifest, signature)
    except UmbraError as err:
        notes.refuse("manifest", str(err), "Correct the manifest, or leave out what the file says itself.")
        return None
    return manifest


def _labels(signature: Signature, given: Mapping[str, Any], notes: Notes) -> list[str] | None:
    if "labels" in given:
        said: list[str] = given["labels"]
        return said
    metadata = signature.metadata
    remedy = "Give a manifest with labels, by class index."
    if "names" not in metadata:
        there = ", ".join(metadata) or "none"
        notes.miss("labels", f"The file does not say its names (its metadata: {there}).", remedy)
        return None
    try:
        labels = ultralytics.labels(metadata["names"])
    except Refused as err:
        notes.miss("labels", str(err), remedy)
        return None
    notes.find("labels", labels, "the metadata's names")
    return labels


def _task(signature: Signature, given: Mapping[str, Any], notes: Notes) -> Any:
    if "task" in given or "head" in given or not ultralytics.wrote(signature.metadata):
        return given.get("task")
    try:
        task = ultralytics.task(signature.metadata)
    except Refused as err:
        notes.refuse("no-head", str(err), "Add a model of another task, or give a manifest.")
        return None
    return notes.find("task", task, "the metadata's task")
