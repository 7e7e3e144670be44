"""Refusals: what the domain answers when it will not do what was asked."""

from typing import ClassVar


class Refusal(Exception):
    """A decision not to act. It changes nothing and costs its neighbours nothing.

    `code` is stable and public; `facts` hold what a caller needs to act (plain values: text, whole numbers, lists,
    mappings of them). `retryable` says that the same request may be accepted later without being changed.
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
    """A value that could never be accepted, found before anything is queued."""

    code = "input.invalid"


class RequestMismatch(Refusal):
    """The request id was accepted before with another command or other content."""

    code = "request.mismatch"


class ReservationUnknown(Refusal):
    """No such reservation (yet): it may still be on its way, so the caller may retry."""

    code = "reservation.unknown"
    retryable = True


class ReservationExists(Refusal):
    """The reservation id is taken by another request."""

    code = "reservation.exists"


class ReservationCancelled(Refusal):
    """A cancel overtook this reserve (empty compensation, 空补偿): the late try is refused (防悬挂)."""

    code = "reservation.cancelled"


class ReservationState(Refusal):
    """The reservation does not hold what the command wants to move on."""

    code = "reservation.state"


class InsufficientBalance(Refusal):
    """A bucket holds less than the movement takes. The kind of account gives the code: stock.insufficient, …"""

    code = "ledger.insufficient"


class BalanceTooLarge(Refusal):
    """A balance would pass 2**53, beyond which other systems' numbers are no longer exact."""

    code = "ledger.balance_too_large"


class MovementNotAllowed(Refusal):
    """The kind of account does not know this movement."""

    code = "ledger.movement"
