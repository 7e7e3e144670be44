"""Commands that must find out who waits for something before they are decided."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from application.kernel.call import Call
from application.kernel.command import Command, Commit, Wish
from application.kernel.ports import StoreError
from application.kernel.turned_down import or_turned_down
from application.kernel.unanswered import Unavailable
from application.stock.handle import Mentions, objection
from application.stock.ports import Registers

A = TypeVar("A")


class Mentioning(Wish, Protocol):
    """What a caller sends that names goods and nodes."""

    def mentions(self) -> Mentions: ...


async def submit_with(
    commit: Commit, registers: Registers, call: Call, asked: Mentioning, plan: Callable[[], Awaitable[Command[A]]]
) -> A:
    """Check what is mentioned, plan, and commit. Raises the command's refusals, Unanswered."""
    refusal = await objection(call, registers, asked.mentions())
    try:
        planned = await plan()
    except StoreError as error:
        raise Unavailable(f"who waits cannot be read: {error}", request=call.request) from error
    return await commit.submit(call, or_turned_down(planned, refusal), asked=asked)
