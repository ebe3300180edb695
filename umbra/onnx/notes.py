"""What is learnt of a file on the way to its manifest."""

from dataclasses import dataclass, field
from typing import Any

from umbra.contracts.http.model_report import Fault, ModelReport, Noted


@dataclass(frozen=True, slots=True)
class Notes:
    """A report in the making; what is noted can be asked for again."""

    found: list[Noted] = field(default_factory=list)
    guessed: list[Noted] = field(default_factory=list)
    missing: list[Fault] = field(default_factory=list)
    candidates: list[Noted] = field(default_factory=list)
    problems: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def find(self, name: str, value: Any, why: str) -> Any:
        """The value of a field as the file has it."""
        self.found.append(Noted(name, value, why))
        return value

    def guess(self, name: str, value: Any, why: str) -> Any:
        """The likely value of a field."""
        self.guessed.append(Noted(name, value, why))
        return value

    def miss(self, name: str, detail: str, remedy: str) -> None:
        """Nobody but the user can say what the field is."""
        self.missing.append(Fault("missing", f"{name}: {detail}", remedy))

    def candidate(self, name: str, value: Any, why: str) -> None:
        """One of the values that a missing field can have."""
        self.candidates.append(Noted(name, value, why))

    def refuse(self, code: str, detail: str, remedy: str) -> None:
        """The model cannot be used."""
        self.problems.append(Fault(code, detail, remedy))

    def warn(self, code: str, detail: str, remedy: str) -> None:
        """It can, but."""
        self.warnings.append(Fault(code, detail, remedy))

    def report(self) -> ModelReport:
        return ModelReport(
            self.found, self.guessed, self.missing, self.candidates, self.problems, self.warnings
        )
