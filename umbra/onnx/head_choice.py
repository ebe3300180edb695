"""Which head reads the outputs of a graph."""

from collections.abc import Mapping, Sequence
from itertools import islice, permutations
from typing import Any, NamedTuple

from umbra.contracts.manifest import Task
from umbra.core.errors import Refused
from umbra.onnx import ultralytics
from umbra.onnx.heads import heads
from umbra.onnx.heads.head import Head
from umbra.onnx.notes import Notes
from umbra.onnx.signature import Signature, Tensor

_MOST_ORDERS = 1000
"""Of outputs that are tried for a head: six of them in any order."""

_ACTIVATIONS = {"Softmax": "softmax", "LogSoftmax": "log-softmax", "Sigmoid": "sigmoid"}


class Choice(NamedTuple):
    """Attributes:
    outputs: role to output; empty: in graph order.
    """

    name: str
    head: Head
    outputs: Mapping[str, str]


def choose_head(
    signature: Signature,
    given: Mapping[str, Any],
    labels: Sequence[str] | None,
    task: Task | None,
    notes: Notes,
) -> dict[str, Any]:
    """The manifest's `task`, `head`, `outputs` and `options`, as far as they can be told.

    Args:
        given: of the manifest.
        task: as given or read.
    """
    count = None if labels is None else len(labels)
    if "head" in given:
        return _as_given(signature, given, count, notes)
    reading = _choices(signature, given, count)
    fitting = [choice for choice in reading if task in (None, choice.head.task)]
    if not fitting and reading and "task" not in given and not _of_task(signature, task):
        # What exporters call a task is not always ours: "segment" may mean a class for every pixel.
        fitting, task = reading, None
        chosen = _only(signature, fitting, notes)
        if chosen is not None:
            notes.guess("task", chosen.head.task, "that of the head, which alone reads the outputs")
    else:
        chosen = _chosen(signature, fitting, notes)
    if chosen is None:
        _explain(signature, fitting, count, task, notes)
        return {}
    made: dict[str, Any] = {"head": chosen.name, "task": chosen.head.task}
    if chosen.outputs:
        made["outputs"] = dict(chosen.outputs)
    options = {**_options(signature, chosen, notes), **given.get("options", {})}
    return {**made, "options": options} if options else made


def _as_given(
    signature: Signature, given: Mapping[str, Any], count: int | None, notes: Notes
) -> dict[str, Any]:
    name = given["head"]
    try:
        head = heads()[name]
    except (KeyError, Refused):
        notes.refuse(
            "no-head", f"There is no head {name!r}, only {', '.join(heads())}.", "Correct the manifest."
        )
        return {}
    wanted: Mapping[str, str] = given.get("outputs", {})
    orders = [wanted] if wanted else list(_orders(head, signature))
    if not any(_why_not(head, order, signature, count) is None for order in orders):
        first = orders[0] if orders else {}
        why = _why_not(head, first, signature, count) or "there are too few outputs"
        _refuse_outputs(head, name, why, first, signature, notes)
    fits = next((order for order in orders if _why_not(head, order, signature, count) is None), None)
    made: dict[str, Any] = {"task": given.get("task", head.task)}
    if made["task"] != head.task:
        notes.refuse(
            "manifest", f"Head {name} is of {head.task}, the manifest says {made['task']}.", "Correct one."
        )
    if fits and not wanted:
        made["outputs"] = notes.guess("outputs", dict(fits), "the only order in which the head reads them")
    return made


def _refuse_outputs(
    head: Head, name: str, why: str, order: Mapping[str, str], signature: Signature, notes: Notes
) -> None:
    if _why_not(head, order, signature, None) is None:
        notes.refuse(
            "labels",
            f"Head {name} reads these outputs, but not with so many labels: {why}.",
            "Give one label for each class that the model was trained with, in its order.",
        )
    else:
        notes.refuse(
            "no-head",
            f"Head {name} does not read these outputs: {why}.",
            "Correct the manifest's head or outputs, or export the model as the head reads it.",
        )


def _choices(signature: Signature, given: Mapping[str, Any], count: int | None) -> list[Choice]:
    """Every head that reads the outputs, with the order in which it does."""
    found = []
    for name, head in heads().items():
        wanted: Mapping[str, str] = given.get("outputs", {})
        orders = [wanted] if wanted else _orders(head, signature)
        fits = next((order for order in orders if _why_not(head, order, signature, count) is None), None)
        if fits is not None:
            found.append(Choice(name, head, fits))
    return found


def _orders(head: Head, signature: Signature) -> Sequence[Mapping[str, str]]:
    """Which output may play which role: by their names, else as they stand, else in any other order."""
    names = [output.name for output in signature.outputs]
    if set(head.roles) <= set(names):
        return [{role: role for role in head.roles}]
    if len(names) < len(head.roles):
        return []
    others = permutations(names, len(head.roles))
    each = [dict(zip(head.roles, order, strict=True)) for order in islice(others, _MOST_ORDERS)]
    return [{}, *each[1:]] if len(names) == len(head.roles) else [{}]


def _why_not(head: Head, order: Mapping[str, str], signature: Signature, count: int | None) -> str | None:
    by_name = {output.name: output for output in signature.outputs}
    if order and not set(order.values()) <= by_name.keys():
        return f"the graph has no output {', '.join(sorted(set(order.values()) - by_name.keys()))}"
    outputs = (
        [by_name[order[role]] for role in head.roles if role in order]
        if order
        else [*signature.outputs[: len(head.roles)]]
    )
    if len(outputs) < len(head.roles):
        return f"it needs {', '.join(head.roles)}"
    if not all(_is_of_numbers(output) for output in outputs):
        return "an output is no tensor of numbers"
    return head.mismatch(outputs, count)


def _is_of_numbers(output: Tensor) -> bool:
    return output.dtype.startswith(("float", "double", "int", "uint", "bfloat"))


def _chosen(signature: Signature, fitting: Sequence[Choice], notes: Notes) -> Choice | None:
    by_name = {choice.name: choice for choice in fitting}
    outputs = ", ".join(map(str, signature.outputs))
    if ultralytics.wrote(signature.metadata):
        for name in ultralytics.HEADS:
            if name in by_name:
                notes.find("head", name, f"what Ultralytics exports, {outputs}, has its layout")
                return by_name[name]
    return _only(signature, fitting, notes)


def _only(signature: Signature, fitting: Sequence[Choice], notes: Notes) -> Choice | None:
    if len(fitting) != 1:
        return None
    outputs = ", ".join(map(str, signature.outputs))
    notes.guess("head", fitting[0].name, f"the only one that reads {outputs}")
    return fitting[0]


def _options(signature: Signature, chosen: Choice, notes: Notes) -> dict[str, str]:
    """What the head is told, where the file lets it be known; of the others the first choice is told of."""
    made: dict[str, str] = {}
    known = ultralytics.OPTIONS.get(chosen.name, {}) if ultralytics.wrote(signature.metadata) else {}
    for option, choices in chosen.head.options.items():
        if option in known:
            made[option] = notes.find(f"options.{option}", known[option], "what Ultralytics exports is so")
        elif option == "activation" and "none" in choices and (last := _activated(signature, chosen)):
            made[option] = notes.find(f"options.{option}", "none", f"the graph ends with a {last}")
        else:
            others = ", ".join(choices[1:])
            made[option] = notes.guess(
                f"options.{option}", choices[0], f"the head's first choice; else: {others}"
            )
    return made


def _activated(signature: Signature, chosen: Choice) -> str | None:
    """The operator that already makes probabilities of an output."""
    outputs = chosen.outputs.values() or [output.name for output in signature.outputs]
    made_by = [signature.made_by.get(output, "") for output in outputs]
    return next((operator for operator in made_by if operator in _ACTIVATIONS), None)


def _explain(
    signature: Signature, fitting: Sequence[Choice], count: int | None, task: Task | None, notes: Notes
) -> None:
    """Why no head was chosen."""
    outputs = ", ".join(map(str, signature.outputs))
    for choice in fitting:
        notes.candidate("head", choice.name, f"{choice.head.task}; reads {outputs}")
    of_task = f" of {task}" if task else ""
    if fitting:
        notes.miss(
            "head",
            f"{len(fitting)} heads{of_task} read the outputs {outputs}:"
            f" {', '.join(choice.name for choice in fitting)}.",
            "Give a manifest with the head of this family of models.",
        )
        return
    with_other_labels = _of_task(signature, task)
    if count is not None and with_other_labels:
        notes.refuse(
            "labels",
            f"There are {count} labels, which the outputs {outputs} do not have room for"
            f" ({', '.join(with_other_labels)} would read them with another number).",
            "Give one label for each class that the model was trained with, in its order.",
        )
        return
    why = "; ".join(f"{name}: {_why_not(head, {}, signature, count)}" for name, head in _of(task).items())
    why = why or f"There is no head{of_task}"
    notes.refuse(
        "no-head",
        f"No head{of_task} reads the outputs {outputs}. {why}.",
        "Export the model without what comes after its scores, or bring a head of your own (umbra.heads).",
    )


def _of_task(signature: Signature, task: Task | None) -> list[str]:
    """The heads of a task that would read the outputs with some number of labels."""
    return [choice.name for choice in _choices(signature, {}, None) if task in (None, choice.head.task)]


def _of(task: Task | None) -> dict[str, Head]:
    return {name: head for name, head in heads().items() if task in (None, head.task)}
