"""Commands that must find out who waits for something before they are decided."""

from collections.abc import Awaitable, Callable
from typing import Any

from application.kernel.call import Call
from application.kernel.command import Command, Commit
from application.kernel.ports import StoreError
from application.kernel.unanswered import Unavailable
from application.stock.handle import StockCommand, TurnedDown, objection
from application.stock.ports import Registers


async def submit_with(
    commit: Commit,
    registers: Registers,
    call: Call,
    asked: Any,
    plan: Callable[[], Awaitable[Command[Any]]],
    bare: Command[Any],
) -> Any:
    """Check what is mentioned, plan, and commit; `bare` is what is turned down where something is refused before.

    Raises the command's refusals, Unanswered.
    """
    mentioning: StockCommand[Any] = asked
    refusal = await objection(call, registers, mentioning.mentions())
    if refusal is not None:
        turned_down: Any = TurnedDown(bare, refusal)
        return await commit.submit(call, turned_down, asked=asked)
    try:
        planned = await plan()
    except StoreError as error:
        raise Unavailable(f"who waits cannot be read: {error}", request=call.request) from error
    return await commit.submit(call, planned, asked=asked)
