"""Evaluates a window; what has not changed since it was asked before is not done again."""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from services.api.evaluation.differences import difference
from services.api.evaluation.figures import Evaluated, Ground
from services.api.evaluation.kept import Kept
from services.api.evaluation.reading import Found, Reader
from services.api.evaluation.series import Series
from umbra.contracts.http.evaluation import Evaluation
from umbra.core.evaluation_selection import sides
from umbra.core.names import CHAMPION
from umbra.core.trail import Trail, trail
from umbra.core.window import Window
from umbra.postgres.connection import Connection, transaction

_MOST_ANSWERS = 32

Question = tuple[str, str | None, bool]
"""Deployment, the one shadow slot that is wanted or None, whether labels show their curves."""


class Evaluator:
    """Evaluates through a connection that is lent for each question."""

    def __init__(self) -> None:
        self._reader = Reader()
        self._series = Series()
        self._answers: Kept[tuple[Question, int], tuple[Found, Trail, Evaluation]] = Kept(_MOST_ANSWERS)

    def evaluate(
        self,
        db: Connection,
        deployment: str,
        window: Window,
        now: datetime,
        slot: str | None = None,
        curves: bool = False,
    ) -> Evaluation | None:
        """Every ModelVersion, or with `slot` the champion and that shadow; None: no such deployment."""
        with transaction(db):
            # One snapshot for all that is read, so that every figure is of the same reviews.
            db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            found = self._reader.find(db, deployment, window)
            if found is None:
                return None
            key = ((deployment, slot, curves), window.length_s)
            steps = trail(window)
            known = self._answers.get(key)
            if known is None or known[:2] != (found, steps):
                known = (found, steps, self._evaluate(db, found, window, slot, curves))
                self._answers.put(key, known)
        return replace(known[2], from_=window.start, to=window.end, as_of=now)

    def _evaluate(
        self, db: Connection, found: Found, window: Window, slot: str | None, curves: bool
    ) -> Evaluation:
        standing = found.standing.with_replay(slot, found.judged)
        slots = {name: version for name, version in standing.slots.items() if slot in (None, name)}
        slots |= {CHAMPION: standing.slots[CHAMPION]} if CHAMPION in standing.slots else {}
        landings = [key.landing for key in found.keys]
        all_ = sides(landings, found.judged, standing.assignments, standing.slots.values())
        shown = {version: side for version, side in all_.items() if slot is None or version in slots.values()}
        wanted = [of for side in shown.values() for of in side.judged.values()]
        truths = self._reader.truths(db, found)
        ground = Ground(
            standing.task,
            standing.labels,
            truths,
            self._reader.said(db, standing.task, truths, wanted),
            {row.key.landing for row in found.reviewed if row.random},
            curves,
        )
        evaluated = {version: Evaluated.of(side, ground) for version, side in shown.items()}
        champion = standing.slots.get(CHAMPION)
        return Evaluation(
            from_=window.start,
            to=window.end,
            as_of=window.end,
            task=standing.task,
            reviewed=len(landings),
            by_queue=dict(Counter(row.queue or "none" for row in found.reviewed)),
            versions=[
                of.shown(
                    [name for name, held in slots.items() if held == version],
                    ground,
                    self._series.of(of, trail(window), ground),
                )
                for version, of in evaluated.items()
            ],
            differences=[
                difference(evaluated[champion], evaluated[version], name, standing.task)
                for name, version in slots.items()
                if champion is not None and name != CHAMPION
            ],
        )
