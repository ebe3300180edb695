"""A loaded model: images in, findings out."""

import os
import time
from collections.abc import Sequence

import numpy as np
import onnxruntime as ort

from umbra.contracts.manifest import Manifest
from umbra.core.errors import ImageError, Refused
from umbra.core.providers import CPU
from umbra.onnx.batch import Batch, Tensors
from umbra.onnx.decode import Pixels
from umbra.onnx.graph import Graph
from umbra.onnx.inference import Inference, Outcome
from umbra.onnx.preprocess import Preprocess
from umbra.onnx.runtime import ON_CPU, Provider, all_cores, open_session

BATCH_ROWS = 64
"""256 images in a batch are no faster than 64, and wait longer."""

LARGEST_INPUT_BYTES = 32_000_000
"""Of one run: 64 images of 128 x 128, 6 of 640 x 640. More at once gain nothing on a CPU (YOLOv8n: 12.8 ms an
image at 1 and at 8) and take memory in every layer."""

WORTH_ALL_CORES_MS = 5.0
"""A longer inference is faster on all cores (12.8 to 7.9 ms on two); a shorter one only disturbs decoding."""

WARMED_SIZE = (480, 640)
"""Height, width of the grey image for a model that takes any."""


class Model:
    """A model loaded and warm; see `load`.

    The decode pool fills a `batch`, each thread its own rows; one thread calls `infer`.

    Attributes:
        manifest: how it is fed and read.
        rows: the most images in a batch; 1 when each has its own size.
        providers: those it runs on, best first.
        threads: within one inference.
        load_ms: from the file to warm.
        first_inference_ms: with all that is done only once.
        inference_ms: of one image alone, once warm, with post-processing.
    """

    def __init__(self, session: ort.InferenceSession, manifest: Manifest, rows: int) -> None:
        preprocess = Preprocess(manifest.input)
        graph = Graph(session, manifest)
        self.manifest = manifest
        self.providers = graph.providers
        self.threads: int = session.get_session_options().intra_op_num_threads
        self.load_ms = 0.0
        self._inference = Inference(graph, manifest)
        self._tensors = Tensors(rows, preprocess)
        self.rows = self._tensors.rows
        self._at_once = self._inference.at_once or preprocess.rows_in(LARGEST_INPUT_BYTES)

        self.first_inference_ms = self._warm(1)
        self._warm(min(self.rows, self._at_once))
        self.inference_ms = self._warm(1)

    @classmethod
    def load(
        cls,
        file: bytes | os.PathLike[str],
        manifest: Manifest,
        providers: Sequence[Provider] = ON_CPU,
        threads: int | None = None,
        rows: int = BATCH_ROWS,
    ) -> "Model":
        """Load and warm a model.

        Args:
            file: the ONNX file's bytes, or its path.
            providers: of ONNX Runtime with their options, best first; all must be there.
            threads: within one inference; None: 1, or all cores when one takes long on the CPU.
            rows: the most images in a batch.

        Raises:
            ProviderUnavailable: a provider was not obtained.
            Refused: the file cannot be loaded, does not fit the manifest, or fails on a plain grey image.
        """
        started = time.perf_counter()
        model = cls(open_session(file, providers, threads or 1), manifest, rows)
        on_cpu = all(name == CPU for name, _ in providers)
        if threads is None and on_cpu and model.inference_ms > WORTH_ALL_CORES_MS and all_cores() > 1:
            model = cls(open_session(file, providers, all_cores()), manifest, rows)
        model.load_ms = _ms_since(started)
        return model

    def batch(self, rows: int) -> Batch:
        """Empty rows for images; give them to this model's `infer`, or drop them. Thread-safe."""
        return self._tensors.lend(rows)

    def infer(self, batch: Batch) -> list[Outcome | None]:
        """Judge the images of a batch, which must not be used afterwards.

        Returns:
            Per row what was found, or the error of an image on which the model fails by itself; None where
            the row is empty.

        Raises:
            Exception: memory, device or session are broken; the process must not go on.
        """
        outcomes: list[Outcome | None] = [None] * len(batch)
        filled = batch.filled()
        for start in range(0, len(filled), self._at_once):
            rows = filled[start : start + self._at_once]
            found = self._inference.run(batch.images(rows), [batch.projections[row] for row in rows])
            for row, outcome in zip(rows, found, strict=True):
                outcomes[row] = outcome
        self._tensors.take_back(batch)
        return outcomes

    def infer_images(self, images: Sequence[Pixels]) -> list[Outcome]:
        """Judge images in one thread: `batch`, `fill` and `infer` in one, for tools and tests.

        Raises:
            ImageError: an image does not fit the model.
        """
        outcomes: list[Outcome | None] = []
        for start in range(0, len(images), self.rows):
            some = images[start : start + self.rows]
            batch = self.batch(len(some))
            for row, image in enumerate(some):
                batch.fill(row, image)
            outcomes += self.infer(batch)
        return [outcome for outcome in outcomes if outcome is not None]

    def _warm(self, images: int) -> float:
        """Milliseconds to judge as many grey images."""
        wanted = self.manifest.input
        grey = np.full((*(wanted.size or WARMED_SIZE), 3), wanted.pad, np.uint8)
        started = time.perf_counter()
        outcomes = self.infer_images([grey] * images)
        elapsed_ms = _ms_since(started)
        for outcome in outcomes:
            if isinstance(outcome, ImageError):
                raise Refused(f"On a plain grey image: {outcome}") from outcome
        return elapsed_ms


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
