import io
import json

import pytest
from rich.console import Console

from benchmarks.results import Answer, Goal, Report, Row, Sense
from benchmarks.statistics import Estimate
from benchmarks.tables import answer_table, goal_table


def of(median: float) -> Estimate:
    return Estimate(median, median, median, 0.9)


@pytest.mark.parametrize(
    ("sense", "limit", "measured", "met", "missed_by"),
    [
        ("at least", 0.95, 0.96, True, 0),
        ("at least", 0.95, 0.95, True, 0),
        ("at least", 8000, 6000, False, 0.25),
        ("at most", 3.0, 2.9, True, 0),
        ("at most", 3.0, 4.5, False, 0.5),
    ],
)
def test_a_goal_is_met_or_missed_by_a_share_of_its_limit(
    sense: Sense, limit: float, measured: float, met: bool, missed_by: float
) -> None:
    goal = Goal("speed:", sense, limit, of(measured))

    assert goal.met is met
    assert goal.missed_by == pytest.approx(missed_by)


def test_a_report_is_plain_json() -> None:
    answer = Answer("q", "Q", [Row("thing", {"ms": of(1.5)})], [Goal("g", "at most", 2, of(1.5))], ["note"])

    plain = json.loads(json.dumps(Report("quick", {"cores": 2}, [answer]).plain()))

    assert plain["answers"][0]["rows"] == [
        {"name": "thing", "figures": {"ms": {"median": 1.5, "low": 1.5, "high": 1.5, "confidence": 0.9}}}
    ]
    assert plain["answers"][0]["goals"][0]["met"] is True


def test_tables_show_medians_intervals_and_what_was_missed() -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    goal = Goal("predictions/s:", "at least", 8000, of(6000))
    answer = Answer("q", "Q", [Row("thing", {"images/s": Estimate(1234, 1100, 1300, 0.9)})])

    console.print(answer_table(answer))
    console.print(goal_table([goal]))

    shown = console.export_text()
    assert "1,234 (1,100 to 1,300)" in shown
    assert "missed by 25%" in shown
