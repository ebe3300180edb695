import threading
import time
from pathlib import Path

import pytest

from umbra.cli.exit_codes import ExitCode, code_of
from umbra.cli.image_files import ImageFile
from umbra.cli.sending import Pace, Report, Sending
from umbra.client.errors import NotAllowed
from umbra.contracts.http.problem import ProblemDetails
from umbra.core.errors import ImageError, Refused, Retryable, UmbraError


class Gate:
    """Takes a file unless an error is due for it; each error is raised once unless it is to last."""

    def __init__(self, errors: dict[str, Exception], lasting: bool = False) -> None:
        self.errors, self.lasting = errors, lasting
        self.taken: list[str] = []
        self._lock = threading.Lock()

    def send(self, file: ImageFile) -> int:
        with self._lock:
            name = file.path.name
            error = self.errors.get(name) if self.lasting else self.errors.pop(name, None)
            if error is not None:
                raise error
            self.taken.append(name)
            return 10


def run(gate: Gate, count: int, pace: Pace | None = None) -> Report:
    files = [ImageFile(Path(str(number)), None) for number in range(count)]
    seen: list[int] = []
    report = Sending(gate, pace or Pace(wait_s=5), lambda: seen.append(1)).run(files)
    assert len(seen) >= report.sent + len(report.refused)
    return report


@pytest.mark.parametrize("count", [0, 1, 100])
def test_every_file_is_sent_once(count: int) -> None:
    gate = Gate({})

    report = run(gate, count)

    assert sorted(gate.taken) == sorted(str(number) for number in range(count))
    assert (report.sent, report.bytes, report.refused, report.ended_by) == (count, 10 * count, [], None)


def test_a_refused_file_does_not_stop_the_others() -> None:
    errors = {"3": Refused("no"), "5": ImageError("undecodable", "text"), "7": PermissionError("secret")}

    report = run(Gate(errors, lasting=True), 20)

    assert report.sent == 17
    assert sorted((str(path), reason) for path, reason in report.refused) == [
        ("3", "no"),
        ("5", "text"),
        ("7", "secret"),
    ]


def test_an_outage_is_waited_out() -> None:
    report = run(Gate({"0": Retryable("away"), "9": Retryable("away")}), 10)

    assert (report.sent, report.ended_by) == (10, None)


@pytest.mark.parametrize("error", [Retryable("away"), UmbraError("full")])
def test_an_outage_that_lasts_ends_it(error: UmbraError) -> None:
    report = run(Gate({"5": error}, lasting=True), 1000, Pace(wait_s=0))

    assert report.ended_by is error
    assert report.sent < 1000
    assert report.as_json()["ended_by"] == str(error)


def test_the_rate_is_kept() -> None:
    started_at = time.monotonic()

    report = run(Gate({}), 11, Pace(rate=50))

    assert report.sent == 11
    assert time.monotonic() - started_at >= 0.2


def test_who_may_not_send_stops_at_the_first_file() -> None:
    problem = ProblemDetails("urn:umbra:forbidden", "T", 403, "This needs the role producer.")
    gate = Gate({str(number): NotAllowed(problem) for number in range(1000)}, lasting=True)

    report = run(gate, 1000)

    assert (report.sent, report.refused) == (0, []), "the images are not at fault"
    assert isinstance(report.ended_by, NotAllowed)
    assert code_of(report.ended_by) == ExitCode.REFUSED
