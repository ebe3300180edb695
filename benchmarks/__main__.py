"""`python -m benchmarks [QUESTION…] [--quick] [--json FILE]`: prints tables, writes JSON."""

import argparse
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from benchmarks import (
    agreement,
    evaluation,
    heads,
    isolation,
    latency,
    loading,
    machine,
    monitor,
    proof,
    recovery,
    start,
    switch,
    worker,
)
from benchmarks.effort import FULL, QUICK, Effort
from benchmarks.ground import Ground, prepared
from benchmarks.results import Answer, Report
from benchmarks.tables import answer_table, goal_table

QUESTIONS: dict[str, Callable[[Ground, Effort], Answer]] = {
    "worker": worker.measure,
    "latency": latency.measure,
    "monitor": monitor.measure,
    "isolation": isolation.measure,
    "recovery": recovery.measure,
    "switch": switch.measure,
    "loading": loading.measure,
    "start": start.measure,
    "heads": heads.measure,
    "agreement": agreement.measure,
    "evaluation": evaluation.measure,
    "proof": proof.measure,
}


def main() -> int:
    asked = _arguments()
    effort = QUICK if asked.quick else FULL
    logging.basicConfig(handlers=[logging.NullHandler()])
    console = Console(width=None if sys.stdout.isatty() else 150)
    report = Report(effort.name, machine.describe(), [])
    with prepared() as ground:
        for question in asked.questions or QUESTIONS:
            with console.status(f"{question} …"):
                answer = _timed(QUESTIONS[question], ground, effort)
            report.answers.append(answer)
            console.print(answer_table(answer), "")
    console.print(goal_table([goal for answer in report.answers for goal in answer.goals]))
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(report.plain(), indent=1, ensure_ascii=False) + "\n")
    console.print(f"Written to {asked.json}.")
    return 0


def _timed(measure: Callable[[Ground, Effort], Answer], ground: Ground, effort: Effort) -> Answer:
    """The answer, and how fast the machine was before and after it: a shared one changes in a minute."""
    before = machine.additions_ms()
    answer = measure(ground, effort)
    speed = f"A million additions in Python: {before:.0f} ms before, {machine.additions_ms():.0f} ms after."
    return replace(answer, notes=[*answer.notes, speed])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("questions", nargs="*", choices=[*QUESTIONS, []], metavar="QUESTION")
    parser.add_argument("--quick", action="store_true", help="under two minutes, with wide intervals")
    parser.add_argument("--json", type=Path, default=Path(".umbra/bench.json"), help="where the figures go")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
