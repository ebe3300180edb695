"""What was found, and how it compares with the goals."""

from dataclasses import dataclass, field
from typing import Any, Literal

from benchmarks.statistics import Estimate

Sense = Literal["at least", "at most"]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured, in several figures; their names carry the units."""

    name: str
    figures: dict[str, Estimate]


@dataclass(frozen=True, slots=True)
class Goal:
    """
    Attributes:
        text: what it is about, with the unit of `limit` and `measured`.
    """

    text: str
    sense: Sense
    limit: float
    measured: Estimate

    @property
    def met(self) -> bool:
        """Whether the median reaches the limit."""
        if self.sense == "at least":
            return self.measured.median >= self.limit
        return self.measured.median <= self.limit

    @property
    def missed_by(self) -> float:
        """The share of the limit that is missing; 0 when the goal is met."""
        return 0.0 if self.met else abs(self.measured.median - self.limit) / self.limit


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question gave.

    Attributes:
        notes: what a reader must know to understand the figures.
    """

    question: str
    title: str
    rows: list[Row]
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run.

    Attributes:
        machine: where and with what it was measured.
    """

    effort: str
    machine: dict[str, Any]
    answers: list[Answer]

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "v": 1,
            "effort": self.effort,
            "machine": self.machine,
            "answers": [_plain_answer(answer) for answer in self.answers],
        }


def _plain_answer(answer: Answer) -> dict[str, Any]:
    return {
        "question": answer.question,
        "title": answer.title,
        "rows": [
            {"name": row.name, "figures": {name: e._asdict() for name, e in row.figures.items()}}
            for row in answer.rows
        ],
        "goals": [_plain_goal(goal) for goal in answer.goals],
        "notes": answer.notes,
    }


def _plain_goal(goal: Goal) -> dict[str, Any]:
    return {
        "goal": f"{goal.text} {goal.sense} {goal.limit:g}",
        "measured": goal.measured._asdict(),
        "met": goal.met,
        "missed_by": goal.missed_by,
    }
