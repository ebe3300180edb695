"""Random kills of a running system, and an account of every exit they do not explain."""

import random
import re
import threading
import time
from dataclasses import dataclass, field

from tests.e2e.system import System, until

_EXIT = re.compile(r"\b(?P<name>[a-z_]+) (?P<how>was killed \(\w+\)|ended with exit code \d+); starts again")

BROKER_FALLOUT_S = 60.0
"""A worker or monitor that ends by itself this soon after a broker kill was ended by it: an error that
librdkafka cannot recover from ends the process on purpose."""


@dataclass(frozen=True)
class Exit:
    """An end of a process, as the supervisor logged it."""

    name: str
    how: str
    line: str


@dataclass
class Chaos:
    """Kills one of `victims` every `every_s` seconds until stopped; the broker when told to.

    Attributes:
        kills: process name to how often it was killed.
    """

    system: System
    victims: tuple[str, ...]
    every_s: float
    seed: int
    kills: dict[str, int] = field(default_factory=dict)
    broker_kills: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos")

    def __enter__(self) -> "Chaos":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def kill(self, name: str) -> None:
        """SIGKILL a process now, if it runs."""
        if self.system.endpoints()["processes"][name]:
            self.system.kill(name)
            self.kills[name] = self.kills.get(name, 0) + 1

    def restart_broker(self) -> None:
        """SIGKILL Kafka and wait until the supervisor has it back."""
        self.broker_kills.append(time.monotonic())
        before = self.system.endpoints()["processes"]["kafka"]
        self.kill("kafka")
        until(lambda: self.system.endpoints()["processes"]["kafka"] not in (before, []), 60)

    def _run(self) -> None:
        while not self._stop.wait(self.every_s):
            self.kill(self._random.choice(self.victims))

    def exits(self) -> list[Exit]:
        """Every exit the supervisor logged."""
        lines = self.system.log.read_text(errors="replace").splitlines()
        found = ((_EXIT.search(line), line) for line in lines)
        return [Exit(match["name"], match["how"], line) for match, line in found if match]

    def unexplained(self) -> list[Exit]:
        """The exits that no kill of ours accounts for; those in the wake of a broker kill aside."""
        left = dict(self.kills)
        unexplained = []
        for ended in self.exits():
            if ended.how == "was killed (SIGKILL)" and left.get(ended.name, 0) > 0:
                left[ended.name] -= 1
            elif not (self.broker_kills and ended.how == "ended with exit code 1"):
                unexplained.append(ended)
        return unexplained
