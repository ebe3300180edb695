"""The champion's worker: `python -m services.champion_worker`."""

from umbra.worker.main import leave, main
from umbra.worker.settings import Settings
from umbra.worker.worker import run


class ChampionWorkerSettings(Settings):
    """A worker's settings, in the slot whose predictions count."""


if __name__ == "__main__":
    leave(main(ChampionWorkerSettings, run))
