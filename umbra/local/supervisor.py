"""Several processes kept running, and stopped in the opposite order of their start."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Self

from umbra.local.console import Console
from umbra.local.keeper import Keeper
from umbra.local.leash import Leash, Spec


class Supervisor:
    """Keeps processes running until it is left; none outlives it, not even after SIGKILL.

    with Supervisor(Console(sys.stdout)) as supervisor:
        supervisor.start(kafka, postgres)
        supervisor.start(api, ingest)      # stopped together, before kafka and postgres
    """

    def __init__(
        self,
        console: Console,
        *,
        changed: Callable[[], None] = lambda: None,
        keep_open: tuple[int, ...] = (),
    ) -> None:
        """
        Args:
            changed: called, from any thread, whenever `pids` may differ.
            keep_open: file descriptors to hold until the last process is gone (a lock).
        """
        self._console = console
        self._changed = changed
        self._keep_open = keep_open
        self._tiers: list[tuple[Keeper, ...]] = []
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        self._leash = self._exit.enter_context(Leash(self._keep_open))
        return self

    def __exit__(self, *exc: object) -> None:
        with self._exit:
            self.stop()

    def start(self, *specs: Spec) -> None:
        """Start processes that are to be stopped together, before any that was started earlier."""
        tier = tuple(Keeper(spec, self._leash, self._console, self._changed) for spec in specs)
        self._tiers.append(tier)
        for keeper in tier:
            keeper.start()

    def add(self, spec: Spec) -> None:
        """Start one process more, to be stopped together with those started last."""
        keeper = Keeper(spec, self._leash, self._console, self._changed)
        self._tiers[-1] = (*self._tiers[-1], keeper)
        keeper.start()

    def end(self, name: str) -> None:
        """Stop one process for good; returns when it is gone."""
        keeper = next(keeper for keeper in self._keepers() if keeper.spec.name == name)
        keeper.ask_to_stop()
        keeper.join()
        self._tiers[:] = [tuple(other for other in tier if other is not keeper) for tier in self._tiers]
        self._changed()

    def stop(self) -> None:
        """Stop everything, the youngest tier first; returns when all is gone."""
        while self._tiers:
            tier = self._tiers[-1]
            for keeper in tier:
                keeper.ask_to_stop()
            for keeper in tier:
                keeper.join()
            self._tiers.pop()

    def pids(self) -> dict[str, list[int]]:
        """Process name → its pid; empty while it waits to be started again."""
        return {keeper.spec.name: [keeper.pid] if keeper.pid else [] for keeper in self._keepers()}

    def starts(self) -> dict[str, int]:
        """Process name → how often it was started; 1 if it never ended."""
        return {keeper.spec.name: keeper.starts for keeper in self._keepers()}

    def _keepers(self) -> list[Keeper]:
        return [keeper for tier in tuple(self._tiers) for keeper in tier]
