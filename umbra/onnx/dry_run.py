"""A model run on made-up images: what it takes, how fast it is, whether its numbers are numbers."""

import resource
import statistics
import sys
import time
from collections.abc import Iterator

import msgspec
import numpy as np

from umbra.contracts.http.model_report import Measurements
from umbra.contracts.manifest import Input, Manifest
from umbra.core.errors import ImageError, Refused
from umbra.onnx.decode import Pixels
from umbra.onnx.graph import Graph
from umbra.onnx.heads import head
from umbra.onnx.notes import Notes
from umbra.onnx.runtime import ON_CPU, RUN_ERRORS, is_the_image, open_session, reason
from umbra.onnx.session import WARMED_SIZE, Model

BATCHES = (1, 2, 8)
"""Images in a run."""

MEASURED = (1, 8)

_REPEATS = 5
_MEASURING_S = 0.5
"""For each number of images, then no more repeats."""

_STEP = 32
"""What most nets divide an image by."""


def dry_run(raw: bytes, manifest: Manifest, notes: Notes) -> Measurements | None:
    """Load the model as a worker would, and run it.

    Returns:
        None when it cannot be used; the notes say why.

    Raises:
        MemoryError: it is not enough.
    """
    try:
        model = Model.load(raw, manifest, rows=max(BATCHES))
    except Refused as err:
        code = "non-finite" if "NaN or infinity" in str(err) else "not-run"
        notes.refuse(code, str(err), _REMEDIES[code])
        return None
    _judge_images(model, notes)
    graph = Graph(open_session(raw, ON_CPU, 1), manifest)
    batches = list(_batches(graph, manifest))
    if graph.fixed_batch is None and batches == [1]:
        notes.warn(
            "one-by-one",
            f"The graph declares any number of images, and fails on {BATCHES[1]}: it is run one by one.",
            "Export it with a batch of 1, or so that it takes any number.",
        )
    sizes = list(_sizes(raw, manifest))
    return Measurements(
        fixed_batch=graph.fixed_batch,
        batches=batches,
        fixed_size=manifest.input.size is not None and len(sizes) == 1,
        sizes=sizes,
        latency_ms={str(images): _latency_ms(model, images) for images in MEASURED},
        load_ms=round(model.load_ms, 3),
        memory_bytes=_memory_bytes(),
    )


_REMEDIES = {
    "non-finite": "Check the weights and the manifest's scale; float16 overflows beyond 65,504.",
    "not-run": "Correct the manifest, or export the model again.",
}


def _judge_images(model: Model, notes: Notes) -> None:
    """Images of several kinds and sizes; a plain grey one was judged by the load."""
    for name, image in _images(model.manifest.input):
        try:
            (outcome,) = model.infer_images([image])
        except ImageError as err:
            outcome = err
        if isinstance(outcome, ImageError):
            code = "non-finite" if "NaN or infinity" in str(outcome) else "not-run"
            notes.refuse(code, f"On {name}: {outcome}", _REMEDIES[code])
            return


def _images(wanted: Input) -> Iterator[tuple[str, Pixels]]:
    height, width = wanted.size or WARMED_SIZE
    noise = np.random.default_rng(0)
    plain = wanted.resize == "none"
    sizes = [(height, width)] if plain else [(height, width), (height // 2 + 1, width * 2), (height * 2, 1)]
    for size in sizes:
        image = noise.integers(0, 256, (*size, 3), np.uint8)
        if wanted.resize != "short-side-crop" or size[1] > 1:
            yield f"an image of noise of {size[1]} x {size[0]} pixels", image
    for level, colour in ((0, "a black"), (255, "a white")):
        yield f"{colour} image", np.full((height, width, 3), level, np.uint8)


def _batches(graph: Graph, manifest: Manifest) -> Iterator[int]:
    """The numbers of images that the graph takes in a run."""
    if graph.fixed_batch is not None:
        yield graph.fixed_batch
        return
    for images in BATCHES:
        if _runs(graph, manifest, images):
            yield images


def _sizes(raw: bytes, manifest: Manifest) -> Iterator[tuple[int, int]]:
    """Heights and widths that the graph takes: its own, and others where it leaves them open."""
    own = manifest.input.size or WARMED_SIZE
    yield own
    for size in _others(own):
        other = msgspec.structs.replace(manifest, input=msgspec.structs.replace(manifest.input, size=size))
        try:
            graph = Graph(open_session(raw, ON_CPU, 1), other)
        except Refused:
            return  # The graph fixes it.
        if _runs(graph, other, 1):
            yield size


def _others(own: tuple[int, int]) -> list[tuple[int, int]]:
    height, width = (max(_STEP, side // 2 // _STEP * _STEP) for side in own)
    larger = (height + _STEP, width + 2 * _STEP)
    return [size for size in ((height, width), larger) if size != own]


def _runs(graph: Graph, manifest: Manifest, images: int) -> bool:
    wanted = manifest.input
    height, width = wanted.size or WARMED_SIZE
    channels = wanted.channels
    row = (channels, height, width) if wanted.layout == "NCHW" else (height, width, channels)
    names = [output.name for output in graph.outputs(head(manifest.head).roles, manifest.outputs)]
    try:
        graph.run(np.zeros((images, *row), wanted.dtype), names)
    except RUN_ERRORS as err:
        if not is_the_image(err):
            raise MemoryError(reason(err)) from err
        return False
    return True


def _latency_ms(model: Model, images: int) -> float:
    """The median of some runs, with preparing and reading."""
    grey = [np.full((*(model.manifest.input.size or WARMED_SIZE), 3), 114, np.uint8)] * images
    taken: list[float] = []
    began = time.perf_counter()
    while len(taken) < _REPEATS and (not taken or time.perf_counter() - began < _MEASURING_S):
        started = time.perf_counter()
        model.infer_images(grey)
        taken.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(taken), 3)


def _memory_bytes() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
