"""Python's garbage collector, set for a process that makes and drops thousands of objects at a time."""

import gc

_YOUNG = 20_000
_MIDDLE, _OLD = 50, 1_000


def collect_seldom() -> None:
    """Leave what was imported alone, and look at the rest less often; call it once all is imported.

    With the defaults a quarter of the monitor's time went into looking through batches that die anyway.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
