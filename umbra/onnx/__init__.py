"""Images and models: the only home of onnxruntime, onnx and cv2.

bytes ─▶ decode ─▶ preprocess ─▶ session (graph, inference) ─▶ heads ─▶ findings in pixels of the original
"""
