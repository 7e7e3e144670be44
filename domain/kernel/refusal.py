"""Refusals: what the domain answers when it will not do what was asked."""

from typing import ClassVar


class Refusal(Exception):
    """A decision not to act. It changes nothing and costs its neighbours nothing.

    `code` is stable and public; `facts` hold what a caller needs to act (plain values: text, whole numbers, lists,
    mappings of them). `retryable` says that repeating it unchanged, after a short wait, is worth it by
    itself: what it lacks is likely on its way.
    """

    code: ClassVar[str] = "refused"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, code: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.own_code = code or type(self).code
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.own_code}: {self.message}"


class InvalidInput(Refusal):
    """A value that could never be accepted, found before anything is queued.

    Correct the `field` that is named; where a bound was passed, `least` and `most` say what it is.
    """

    code = "input.invalid"


class RequestMismatch(Refusal):
    """The request id was accepted before with another command or other content.

    Send the new command under a request id of its own; to learn the old answer, send the old command again.
    """

    code = "request.mismatch"


class NotTogether(Refusal):
    """It was to be done together with others, all or none, and one of those was refused: nothing was done for it.

    Mend what the others are refused for, or leave them out, and send all of them again.
    """

    code = "together.refused"


class TooManyTogether(Refusal):
    """More was to be done in one transaction, all or none, than fits into one (`most`).

    Send it in parts, or let each of it be done on its own.
    """

    code = "together.too_many"


class ReservationUnknown(Refusal):
    """No such reservation (yet): it may still be on its way, so the caller may retry.

    Send it again a little later; if it stays unknown, the reserve never came or was refused.
    """

    code = "reservation.unknown"
    retryable = True


class ReservationExists(Refusal):
    """The reservation id is taken by another request.

    Take another reservation id; by default it is the request id, which is never taken twice.
    """

    code = "reservation.exists"


class ReservationCancelled(Refusal):
    """A cancel overtook this reserve (empty compensation, 空补偿): the late try is refused (防悬挂).

    Nothing is to be done: the order was cancelled. To order again, reserve under new ids.
    """

    code = "reservation.cancelled"


class ReservationState(Refusal):
    """The reservation does not hold what the command wants to move on.

    Read the reservation and ask for no more than it has at the `stage`; what expired must be reserved anew.
    """

    code = "reservation.state"


class InsufficientBalance(Refusal):
    """A bucket holds less than the movement takes.

    Ask for less, for another node or goods, or with `partial`; `short` lists every line with what can be granted now.

    The kind of account gives the code: stock.insufficient, …
    """

    code = "ledger.insufficient"


class BalanceTooLarge(Refusal):
    """A balance would pass 2**53, beyond which other systems' numbers are no longer exact.

    Look for a wrong quantity or unit; goods that really come in such numbers need a coarser unit.
    """

    code = "ledger.balance_too_large"


class MovementNotAllowed(Refusal):
    """The kind of account does not know this movement.

    A fault of the calling code: no other request of this form can succeed on such an account.
    """

    code = "ledger.movement"
