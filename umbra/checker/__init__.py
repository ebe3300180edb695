"""The check of a model file, in a process that may die of it.

request (a file) ─▶ `check` starts one limited process ─▶ `umbra.onnx.examine` ─▶ report
"""
