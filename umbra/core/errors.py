"""Errors, named by what the caller does about them. Anything else is a bug: traceback, exit 1."""


class UmbraError(Exception):
    """Every error Umbra raises on purpose; its text says what is wrong, where, and what to do."""


class InvalidMessage(UmbraError):
    """A record nobody can read: park it in the DLQ and go on."""


class Retryable(UmbraError):
    """A dependency is away: keep what is in hand, back off, try again."""


class IllegalTransition(UmbraError):
    """The deployment cannot go there from where it is: HTTP 409."""


class Refused(UmbraError):
    """What was asked for breaks a rule; asking again unchanged is no use. CLI exit code 4."""


class TimedOut(UmbraError):
    """What was waited for did not come in time. CLI exit code 5."""


class ImageError(UmbraError):
    """One image is at fault: a failed prediction, a dead letter, and on.

    Attributes:
        code: one of `contracts.dead_letter.CODES`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
