"""What was refused before the queue, decided like any other: a repeat of what was accepted still gets its answer."""

from dataclasses import replace
from typing import Generic, TypeVar

from application.kernel.command import Command, Touches, Wish
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import Refusal

R = TypeVar("R")


class TurnedDown(Generic[R]):
    """A command that the ledger refuses, unless it knows the request's answer.

    Another process may have the same request under way: `touches`, what of it can be known, has it waited for.
    """

    def __init__(self, wish: Wish, refusal: Refusal, touches: Touches) -> None:
        self.name = wish.name
        self.reply = wish.reply
        self._refusal = refusal
        self._touches = touches

    def touches(self) -> Touches:
        return self._touches

    def decide(self, ledger: Ledger) -> R:
        raise self._refusal


def or_turned_down(command: Command[R], refusal: Refusal | None) -> Command[R]:
    """What to submit: the command, or what stands for it where something was found against it."""
    return command if refusal is None else TurnedDown(command, refusal, replace(command.touches(), then=None))
