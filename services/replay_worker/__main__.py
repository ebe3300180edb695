"""The worker that waits for replays: `python -m services.replay_worker`."""

from pydantic import Field

from umbra.worker.main import leave, main
from umbra.worker.replays import NICE, run
from umbra.worker.settings import Settings


class ReplayWorkerSettings(Settings):
    """A worker's settings, for no slot of its own."""

    nice: int = Field(NICE, ge=0, le=19, description="Added to the process' niceness.")


if __name__ == "__main__":
    leave(main(ReplayWorkerSettings, run))
