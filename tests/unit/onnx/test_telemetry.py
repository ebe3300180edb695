import os
import subprocess
import sys
from pathlib import Path

OPEN_A_MODEL = """
import sys
from umbra.onnx.runtime import ON_CPU, open_session
open_session(open(sys.argv[1], "rb").read(), ON_CPU, 1)
"""
MODEL = Path(__file__).parents[3] / "examples/digits/scenes/det_champion.onnx"
ASKED_FOR = {"CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "XDG_CACHE_HOME"}
"""Each of them would keep it quiet, or elsewhere, all by itself."""


def test_a_worker_tells_nobody_which_models_it_opens(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in ASKED_FOR}
    command = [sys.executable, "-c", OPEN_A_MODEL, str(MODEL)]

    done = subprocess.run(
        command, env={**environ, "HOME": str(tmp_path)}, capture_output=True, text=True, check=True
    )

    # The first thing it does is to keep an id of this device.
    assert (done.stderr, list(tmp_path.rglob("*"))) == ("", [])
