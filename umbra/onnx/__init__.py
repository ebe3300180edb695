"""Images and models: the only home of onnxruntime, onnx and cv2.

bytes ─▶ decode ─▶ preprocess ─▶ session (graph, inference) ─▶ heads ─▶ findings in pixels of the original
"""

import os

# ONNX Runtime on Linux tells Microsoft which models it opens, unless this is set before it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
