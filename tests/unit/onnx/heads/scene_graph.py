"""ONNX graphs that answer with what they were given: the brightness of an image says which scene it is."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from tests.unit.onnx.graphs import serialised
from umbra.onnx.decode import Pixels

Tables = Mapping[str, NDArray[Any]]
"""By the name of an output: (scenes, …), what it is for each of them."""

STEP = 20
"""Levels of brightness from one scene to the next."""


def make_scene_graph(
    tables: Tables,
    size: tuple[int, int],
    *,
    images: int | str | None = "N",
    dtype: int = TensorProto.FLOAT,
    rows: Mapping[str, Sequence[int]] | None = None,
) -> bytes:
    """A model from `images` (N, 3, height, width) to the outputs of `tables`.

    Args:
        images: how many at once; None: one, and the input has no axis for them.
        rows: of outputs that do not count images, how many rows they have for each scene.
    """
    rows = rows or {}
    shape = [3, *size] if images is None else [images, 3, *size]
    batched = images is not None and not rows
    arrays: dict[str, NDArray[Any]] = {f"table_{name}": table for name, table in tables.items()}
    arrays |= {f"rows_{name}": np.array(counts, np.int64) for name, counts in rows.items()}
    arrays |= {
        "chw": np.array([1, 2, 3] if batched else range(len(shape)), np.int64),
        "levels": np.array((1 if dtype == TensorProto.UINT8 else 255) / STEP, np.float32),
        "zero": np.array([0], np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["images"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMax", ["x", "chw"], ["brightest"], keepdims=0),
        helper.make_node("Mul", ["brightest", "levels"], ["level"]),
        helper.make_node("Round", ["level"], ["rounded"]),
        helper.make_node("Cast", ["rounded"], ["scene"], to=TensorProto.INT64),
    ]
    outputs = []
    for name, table in tables.items():
        nodes += (
            _cut(name) if name in rows else [helper.make_node("Gather", [f"table_{name}", "scene"], [name])]
        )
        kind = helper.np_dtype_to_tensor_dtype(table.dtype)
        outputs.append(helper.make_tensor_value_info(name, kind, _shape(table, images if batched else None)))
    graph = helper.make_graph(
        nodes,
        "scenes",
        [helper.make_tensor_value_info("images", dtype, shape)],
        outputs,
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    return serialised(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9))


def picture_of(scene: int, height: int, width: int) -> Pixels:
    """An image of that scene."""
    return np.full((height, width, 3), scene * STEP, np.uint8)


def _cut(name: str) -> list[NodeProto]:
    return [
        helper.make_node("Gather", [f"table_{name}", "scene"], [f"all_{name}"]),
        helper.make_node("Gather", [f"rows_{name}", "scene"], [f"count_{name}"]),
        helper.make_node("Unsqueeze", [f"count_{name}", "zero"], [f"end_{name}"]),
        helper.make_node("Slice", [f"all_{name}", "zero", f"end_{name}"], [name]),
    ]


def _shape(table: NDArray[Any], images: int | str | None) -> list[int | str]:
    """As exporters declare it: the number of objects of one image is open."""
    if images is None:
        return ["objects", *table.shape[2:]]
    return [images, *table.shape[1:]]
