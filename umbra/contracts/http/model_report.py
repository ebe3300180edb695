"""What the check of a model file found, as the checker says it and the API hands it on."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Noted:
    """A field of the manifest that nobody gave, as `input.size`: its value and why it is that."""

    field: str
    value: Any
    why: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and what to do about it; `code` is one of FAULTS."""

    code: str
    detail: str
    remedy: str


FAULTS = {
    "no-onnx": "It is no ONNX file, or not all of one.",
    "external-data": "Its weights are in another file.",
    "custom-operator": "It needs an operator that is not ONNX's.",
    "invalid-graph": "ONNX's own checker refuses it.",
    "manifest": "The manifest contradicts itself or the graph.",
    "no-head": "No head reads its outputs.",
    "labels": "There are more or fewer labels than classes.",
    "not-run": "It does not run, or fails.",
    "non-finite": "It gives NaN or infinity.",
    "memory": "It needs more memory than a check may take.",
    "time": "It takes longer than a check may.",
    "crashed": "It ended the process that ran it.",
    "missing": "A field of the manifest must be given.",
    "weights": "Some of its weights are NaN.",
    "one-by-one": "It takes one image at a time, whatever it declares.",
}
"""Code → what it means; `weights` and `one-by-one` are only warnings."""


@dataclass(frozen=True, slots=True)
class Measurements:
    """What the dry run came to, on the machine of the checker.

    Attributes:
        fixed_batch: images in every run, when the graph fixes them; None: any number.
        batches: numbers of images that it was run with, and took.
        fixed_size: whether it takes images of one size only.
        sizes: height, width that it was run with, and took.
        latency_ms: images at once, `1` and `8`, to the milliseconds they take together.
        load_ms: from the file to warm.
        memory_bytes: the most the whole check held.
    """

    fixed_batch: int | None
    batches: list[int]
    fixed_size: bool
    sizes: list[tuple[int, int]]
    latency_ms: dict[str, float]
    load_ms: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class ModelReport:
    """Attributes:
    found: read from the file.
    guessed: not said by the file, and likely.
    missing: what nobody can know but the user; the remedy says how to give it.
    candidates: values of which one must be chosen for a missing field.
    problems: why the model is refused.
    warnings: what it is not refused for.
    measurements: None when it was not run.
    """

    found: list[Noted] = field(default_factory=list)
    guessed: list[Noted] = field(default_factory=list)
    missing: list[Fault] = field(default_factory=list)
    candidates: list[Noted] = field(default_factory=list)
    problems: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    measurements: Measurements | None = None

    @property
    def refusals(self) -> list[Fault]:
        """Why the model cannot be used as it is; empty: it can."""
        return [*self.problems, *self.missing]
