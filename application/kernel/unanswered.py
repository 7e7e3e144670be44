"""What a caller gets when the platform could not answer: not a decision, so the same request may be sent again."""


class Unanswered(Exception):
    """The platform could not answer. Not a refusal: the same request may be sent again under the same id."""

    code = "service.fault"

    def __init__(self, message: str, *, request: str, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.request = request
        self.retry_after = retry_after


class Busy(Unanswered):
    """The queue is full. Nothing was tried; come back after `retry_after` seconds.

    Wait that long, then send the same request under the same id; spread what comes in bulk.
    """

    code = "service.busy"


class Stopping(Unanswered):
    """The process is draining. Nothing was tried.

    Send the same request under the same id to another process, or to this one when it is back.
    """

    code = "service.stopping"


class Unavailable(Unanswered):
    """The database cannot be reached. Nothing was tried.

    Send the same request under the same id a little later; those who operate it should look at the database.
    """

    code = "service.unavailable"


class TooLate(Unanswered):
    """The caller's deadline passed before the command's turn came. Nothing was tried.

    Send it again under the same id with more time, if it is still wanted.
    """

    code = "service.too_late"


class OutcomeUnknown(Unanswered):
    """It may or may not have happened. Repeat the same request under the same id to learn which.

    Never send it under another id: that could do it twice.
    """

    code = "outcome.unknown"


class InternalFault(Unanswered):
    """The command failed by our fault and changed nothing.

    Send it again once; if it fails again, report it: the log has the cause.
    """

    code = "internal.fault"
