"""Heads: what a model's raw outputs mean. One file per family of models.

A new head is a file here with one class, its name in `contracts.manifest`, and a line in `registry`.
"""

from umbra.onnx.heads.head import Head
from umbra.onnx.heads.registry import HEADS

__all__ = ["HEADS", "Head"]
