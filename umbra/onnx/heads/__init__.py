"""Heads: what a model's raw outputs mean. One file per family of models.

A new head is a file here with one class, and a line in `registry`.
"""

from umbra.onnx.heads.head import Head
from umbra.onnx.heads.registry import head, heads, names

__all__ = ["Head", "head", "heads", "names"]
