"""What a command's exit code says to a script."""

from enum import IntEnum

from umbra.core.errors import IllegalTransition, Refused, Retryable, TimedOut, UmbraError


class ExitCode(IntEnum):
    DONE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED = 4
    TIMED_OUT = 5
    INTERRUPTED = 130


def code_of(err: UmbraError) -> ExitCode:
    """The exit code of a command that ended with `err`."""
    match err:
        case Refused() | IllegalTransition():
            return ExitCode.REFUSED
        case Retryable():
            return ExitCode.UNREACHABLE
        case TimedOut():
            return ExitCode.TIMED_OUT
        case _:
            return ExitCode.FAILED
