"""Named places where a process stands still when told to: to look at it there, or to kill it there."""

import logging
import time
from pathlib import Path

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.01


class PausePoints:
    """Stands still at a step as long as a file with its name is in the directory.

    While it does there is a file `<step>.reached` beside it.

    Args:
        directory: None: it stands still nowhere.
    """

    def __init__(self, directory: str | None) -> None:
        self._directory = None if directory is None else Path(directory)

    def __call__(self, step: str) -> None:
        """As `umbra.control.writer.Checkpoint`."""
        if self._directory is None or not (told := self._directory / step).exists():
            return
        log.warning("Standing still until a file is removed.", extra={"step": step, "file": str(told)})
        reached = self._directory / f"{step}.reached"
        reached.touch()
        while told.exists():
            time.sleep(_LOOK_EVERY_S)
        reached.unlink(missing_ok=True)
