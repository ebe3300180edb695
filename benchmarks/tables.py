"""The results, to read."""

from rich.table import Table

from benchmarks.results import Answer, Goal
from benchmarks.statistics import Estimate


def answer_table(answer: Answer) -> Table:
    """One line per thing measured: medians, and below them their intervals."""
    names = list(dict.fromkeys(name for row in answer.rows for name in row.figures))
    table = Table(title=answer.title, title_justify="left", caption="\n".join(answer.notes) or None)
    table.caption_justify = "left"
    table.add_column("")
    for name in names:
        table.add_column(name, justify="right")
    for row in answer.rows:
        table.add_row(row.name, *(_shown(row.figures.get(name)) for name in names))
    return table


def goal_table(goals: list[Goal]) -> Table:
    """Goal, measured, and by how much it was missed."""
    table = Table("goal", "measured", "", title="Goals", title_justify="left")
    for goal in goals:
        wanted = f"{goal.text} {goal.sense} {_number(goal.limit)}"
        table.add_row(wanted, _shown(goal.measured), _verdict(goal))
    return table


def _verdict(goal: Goal) -> str:
    return "[green]met[/]" if goal.met else f"[red]missed by {goal.missed_by:.0%}[/]"


def _shown(figure: Estimate | None) -> str:
    if figure is None:
        return ""
    if figure.low == figure.high:
        return _number(figure.median)
    return f"{_number(figure.median)} [dim]({_number(figure.low)} to {_number(figure.high)})[/]"


def _number(value: float) -> str:
    """Three digits or so: 0.952, 12.3, 8,140."""
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:.3g}"
