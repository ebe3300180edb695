"""`python -m umbra.checker REQUEST LIMITS`: one check; its answer goes to standard output."""

import os
import sys
from pathlib import Path

import msgspec

from umbra.checker.limits import Limits, end_with_parent, limit_this_process


def main(request: str, limits: str) -> int:
    """Limited before anything of the model is read, or of the libraries that read it is imported."""
    limited = msgspec.json.decode(limits, type=Limits)
    limit_this_process(limited)
    end_with_parent()
    # Native libraries print where they like; only the answer goes to standard output.
    answers = os.dup(1)
    os.dup2(2, 1)

    from umbra.checker.request import Answer, read_request
    from umbra.onnx.examine import examine

    question, raw = read_request(Path(request))
    examined = examine(raw, question.given, question.name, limited.operator_domains)
    manifest = None if examined.manifest is None else msgspec.to_builtins(examined.manifest)
    with os.fdopen(answers, "wb") as file:
        file.write(msgspec.json.encode(Answer(examined.report, manifest)))
    return 0


if __name__ == "__main__":
    try:
        code = main(*sys.argv[1:])
        sys.stderr.flush()
    except MemoryError:
        sys.stderr.write("MemoryError\n")
        code = 3
    # At once: the threads of native libraries need not be waited for.
    os._exit(code)
