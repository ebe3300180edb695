"""Random kills of a running system, and which of its exits they account for."""

import contextlib
import itertools
import random
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.e2e.exits import FAILED, KILLED, Exit
from tests.e2e.system import System, until
from umbra.kafka.group import REJOIN_S

KILL_SHOWS_S = 30.0
"""So soon after a kill its exit is in the log; later ones are not of its doing."""

BROKER_FALLOUT_S = REJOIN_S + 40.0
"""So soon after a broker kill a worker may end by itself; see `fell_with_kafka`. The last is one that its
group does not take back: its session takes a while to end, too."""

_KAFKA_AWAY = re.compile(
    r"The worker ends: (\S+: (_TIMED_OUT|_FATAL|_FENCED|INVALID_TXN_STATE)\b"
    r"|(_FATAL|FENCED_INSTANCE_ID|UNRELEASED_INSTANCE_ID)\b"
    r"|No image was finished for"
    r"|Group \S+ has not taken this member back\b)"
)
"""What librdkafka cannot recover from ends the process, on purpose: docs/kafka.md has the table."""


@dataclass(frozen=True)
class Kill:
    """When a process was killed, seconds monotonic."""

    name: str
    at: float


@dataclass
class Chaos:
    """Kills one of `victims` every `every_s` seconds until stopped; the broker when told to.

    Attributes:
        victims: in random order, none a second time before each had its turn.
        rounds: after so many turns each it is over; None: only when stopped.
    """

    system: System
    victims: tuple[str, ...]
    every_s: float
    seed: int
    rounds: int | None = None
    kills: list[Kill] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._turns = self._shuffled(random.Random(self.seed))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos")

    def __enter__(self) -> "Chaos":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def restart_broker(self) -> None:
        """SIGKILL Kafka and wait until the supervisor has it back."""
        before = self.system.endpoints()["processes"]["kafka"]
        self.kill("kafka")
        until(lambda: self.system.endpoints()["processes"]["kafka"] not in (before, []), 60)

    def _run(self) -> None:
        for victim in self._turns:
            killed = False
            while not killed:
                if self._stop.wait(self.every_s):
                    return
                killed = self.kill(victim)

    def _shuffled(self, at_random: random.Random) -> Iterator[str]:
        for _ in itertools.count() if self.rounds is None else range(self.rounds):
            yield from at_random.sample(self.victims, len(self.victims))

    def kill(self, name: str) -> bool:
        """SIGKILL a process now; False when it does not run."""
        with contextlib.suppress(IndexError, ProcessLookupError):
            at = time.monotonic()
            self.system.kill(name)
            self.kills.append(Kill(name, at))
            return True
        return False


def unexplained(exits: list[Exit], kills: list[Kill]) -> list[Exit]:
    """The exits that no kill accounts for.

    A kill accounts for one SIGKILL of its process soon after it; that of the broker also for workers that
    ended for want of Kafka.
    """
    left = list(kills)
    return [exit for exit in exits if not (_was_killed(exit, left) or _fell_with_the_broker(exit, kills))]


def _was_killed(exit: Exit, left: list[Kill]) -> bool:
    """Whether one of these kills did it; that one is used up."""
    kill = next((k for k in left if k.name == exit.name and 0 <= exit.at - k.at <= KILL_SHOWS_S), None)
    if exit.how != KILLED or kill is None:
        return False
    left.remove(kill)
    return True


def _fell_with_the_broker(exit: Exit, kills: list[Kill]) -> bool:
    killed_at = [kill.at for kill in kills if kill.name == "kafka"]
    return fell_with_kafka(exit) and any(0 <= exit.at - at <= BROKER_FALLOUT_S for at in killed_at)


def fell_with_kafka(exit: Exit) -> bool:
    """Whether it is a worker that ended because Kafka was away, by its last lines."""
    return (
        exit.how == FAILED and exit.name.endswith("_worker") and any(map(_KAFKA_AWAY.search, exit.last_lines))
    )
