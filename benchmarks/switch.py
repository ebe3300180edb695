"""How long after the command does the champion change, and does anybody notice?"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from benchmarks import detectors
from benchmarks.effort import Effort
from benchmarks.ground import Ground
from benchmarks.installation import NAME, Installation, send
from benchmarks.process import ready
from benchmarks.results import Answer, Goal, Row
from benchmarks.sightings import Sighting, Sightings, milliseconds
from benchmarks.statistics import estimate, percentile, ratio
from benchmarks.traffic import Traffic
from umbra.client import Client
from umbra.contracts.http.revision import RevisionEntry
from umbra.core.names import CHAMPION, SHADOW
from umbra.kafka.producer import Producer
from umbra.worker.niceness import SHADOW_NICE

RATES = (0, 100, 500)

_FIRST_S = 30.0
_DRAIN_S = 120.0
_PROBE_EVERY_S = 0.01
_WARM_S = 1.0
_STEADY_S = 1.0
_AFTER_S = 0.2


class Switched(NamedTuple):
    """One switch; seconds since the epoch.

    Attributes:
        asked_at: the request went out.
        ready_at: the relay knew that all workers had loaded the model.
        first_at: the first prediction under the new champion was visible.
    """

    asked_at: float
    ready_at: float
    first_at: float

    def during(self, sighting: Sighting) -> bool:
        """Whether an image landed while it went on."""
        return self.asked_at <= sighting.landed_at <= self.first_at + _AFTER_S


class Block(NamedTuple):
    """Several switches in a row.

    Attributes:
        sightings: of everything that landed meanwhile, but the first second, when the producer warms up.
        lost: images that were never judged.
    """

    switches: list[Switched]
    sightings: list[Sighting]
    lost: int

    def p99_ratio(self) -> tuple[float, float]:
        """Milliseconds from landed to visible: during the switches, and otherwise."""
        during = [s for s in self.sightings if any(switch.during(s) for switch in self.switches)]
        steady = [s for s in self.sightings if not any(switch.during(s) for switch in self.switches)]
        return percentile(milliseconds(during), 99), percentile(milliseconds(steady), 99)


class Champion:
    """The champion's and the shadow's worker, and the API with its relay."""

    def __init__(self, ground: Ground, stack: ExitStack) -> None:
        self._installation = Installation(ground, (CHAMPION, SHADOW))
        self._installation.put_in_force({CHAMPION: detectors.digits(), SHADOW: detectors.digits_shadow()})
        self._producer = stack.enter_context(Producer(self._installation.kafka))
        self._sightings = stack.enter_context(Sightings(self._installation))
        for slot, nice in ((CHAMPION, 0), (SHADOW, SHADOW_NICE)):
            environ = self._installation.environ(
                UMBRA_SLOT=slot, UMBRA_WORKER_INDEX="0", UMBRA_NICE=str(nice)
            )
            stack.enter_context(ready(ground, f"services.{slot}_worker", environ))
        dsn = ground.new_database().postgres_dsn.get_secret_value()
        # A relay that meets a fresh database learns the deployment from the control topic.
        api = ready(
            ground, "services.api", self._installation.environ(UMBRA_POSTGRES_DSN=dsn), "UMBRA_API_PORT"
        )
        self._client = stack.enter_context(Client(stack.enter_context(api).url))
        self._deployment = self._client.deployment(NAME)

    def switches(self, rate: int, count: int) -> Block:
        """Promote, `count` times, while images land at a rate."""
        if not rate:
            return self._idle(count)
        first = len(self._sightings.values)
        with Traffic(self._installation, rate) as traffic:
            time.sleep(_WARM_S)
            warm = len(self._sightings.values) - first
            time.sleep(_STEADY_S)
            switches = [self._switch() for _ in range(count)]
            time.sleep(_STEADY_S)
        return self._block(switches, first, traffic.landed, warm)

    def _idle(self, count: int) -> Block:
        """Nothing lands but what looks for the new champion."""
        first, landed, switches = len(self._sightings.values), 0, []
        for _ in range(count):
            asked_at, entry = self._ask()
            while (found := self._first(entry.revision)) is None:
                send(self._producer, self._installation.kafka, landed, detectors.scenes(1)[0])
                landed += 1
                time.sleep(_PROBE_EVERY_S)
            switches.append(self._switched(asked_at, entry, found))
            time.sleep(_STEADY_S)
        self._producer.flush(10.0)
        return self._block(switches, first, landed)

    def _switch(self) -> Switched:
        asked_at, entry = self._ask()
        deadline = time.monotonic() + _FIRST_S
        while (found := self._first(entry.revision)) is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"No image was judged under revision {entry.revision}.")
            time.sleep(0.005)
        time.sleep(_STEADY_S)
        return self._switched(asked_at, entry, found)

    def _ask(self) -> tuple[float, RevisionEntry]:
        asked_at = time.time()
        return asked_at, self._deployment.promote()

    def _first(self, revision: int) -> float | None:
        recent = self._sightings.read(max(0, len(self._sightings.values) - 200))
        return min((s.seen_at for s in recent if s.revision == revision), default=None)

    def _switched(self, asked_at: float, entry: RevisionEntry, first_at: float) -> Switched:
        steps = self._deployment.wait_active(entry.revision).steps
        ready_at = next(step.at for step in steps if step.step == "ready").timestamp()
        return Switched(asked_at, ready_at, first_at)

    def _block(self, switches: list[Switched], first: int, landed: int, warm: int = 0) -> Block:
        self._sightings.wait_for(first + landed, _DRAIN_S)
        seen = self._sightings.read(first)
        return Block(switches, seen[warm:], landed - len(seen))


def measure(ground: Ground, effort: Effort) -> Answer:
    blocks: dict[int, list[Block]] = defaultdict(list)
    with ExitStack() as stack:
        champion = Champion(ground, stack)
        champion.switches(RATES[1], 2)
        for _ in range(effort.repeats):
            for rate in RATES:
                blocks[rate].append(champion.switches(rate, effort.switches))
    return Answer(
        "switch",
        f"A promotion, champion and shadow exchanged: {effort.switches} in a row",
        [_row(rate, of) for rate, of in blocks.items()],
        [goal for rate, of in blocks.items() for goal in _goals(rate, of)],
        [
            "asked: the request goes out; first: a prediction of the new champion is visible to a consumer.",
            "Both workers hold both models after the first switch; at 0/s an image every 10 ms looks for it.",
        ],
    )


def _row(rate: int, blocks: Sequence[Block]) -> Row:
    asked = [[_ms(s.asked_at, s.first_at) for s in block.switches] for block in blocks]
    figures = {
        "asked → first p50 ms": estimate([percentile(ms, 50) for ms in asked]),
        "p99 ms": estimate([percentile(ms, 99) for ms in asked]),
        "ready → first p99 ms": estimate(_ready_p99(blocks)),
        "images without a champion": estimate([block.lost for block in blocks]),
    }
    if rate:
        during, steady = zip(*(block.p99_ratio() for block in blocks), strict=True)
        figures |= {
            "champion's p99 ms, steady": estimate(steady),
            "during, to steady": ratio(during, steady),
        }
    return Row(f"{rate} images/s", figures)


def _goals(rate: int, blocks: Sequence[Block]) -> Iterator[Goal]:
    at = f"at {rate} images/s"
    yield Goal(
        f"switch {at}, seconds from ready to first, p99:",
        "at most",
        1.0,
        estimate([ms / 1000 for ms in _ready_p99(blocks)]),
    )
    yield Goal(f"switch {at}, images without a champion:", "at most", 0, estimate([b.lost for b in blocks]))
    if rate:
        during, steady = zip(*(block.p99_ratio() for block in blocks), strict=True)
        yield Goal(f"switch {at}, champion's p99 during to steady:", "at most", 1.2, ratio(during, steady))


def _ready_p99(blocks: Sequence[Block]) -> list[float]:
    return [percentile([_ms(s.ready_at, s.first_at) for s in block.switches], 99) for block in blocks]


def _ms(since: float, until: float) -> float:
    return (until - since) * 1000
