"""A shadow's worker: the champion's program in another slot, with less claim on the CPU."""

from pydantic import Field

from umbra.core.names import SHADOW
from umbra.worker.main import leave, main
from umbra.worker.niceness import SHADOW_NICE
from umbra.worker.settings import Settings
from umbra.worker.worker import run


class ShadowWorkerSettings(Settings):
    """A worker's settings, in a slot that is only compared."""

    slot: str = Field(SHADOW, description="The slot this worker serves.")
    nice: int = Field(SHADOW_NICE, ge=0, le=19, description="Added to the process' niceness.")


if __name__ == "__main__":
    leave(main(ShadowWorkerSettings, run))
