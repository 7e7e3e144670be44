"""How a stock command is handled: the registers it mentions are checked, then it is committed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from application.kernel.call import Call
from application.kernel.command import Command, Commit
from application.kernel.ports import StoreError
from application.kernel.turned_down import or_turned_down
from application.kernel.unanswered import Unavailable
from application.stock.ports import Registers
from domain.kernel.refusal import Refusal

R = TypeVar("R", covariant=True)
A = TypeVar("A")


@dataclass(slots=True)
class Mentions:
    """The goods and nodes a command names, which must be registered and active.

    What is only reached through a reservation or a shipment is not mentioned: a promise made while the goods were
    active can still be kept or taken back.
    """

    goods: Iterable[str] = ()
    nodes: Iterable[str] = ()


NOTHING: Final = Mentions()


class StockCommand(Command[R], Protocol[R]):
    """A ledger command of the stock context."""

    def mentions(self) -> Mentions: ...


async def objection(call: Call, registers: Registers, mentions: Mentions) -> Refusal | None:
    """What the registers have against the command, if anything. Raises Unavailable when they cannot be read."""
    try:
        await registers.require(call.tenant, mentions.goods, mentions.nodes)
    except Refusal as refusal:
        return refusal
    except StoreError as error:
        raise Unavailable(f"the registers cannot be read: {error}", request=call.request) from error
    return None


class StockHandler:
    """Handles every stock command that needs no plan."""

    def __init__(self, commit: Commit, registers: Registers) -> None:
        self._commit = commit
        self._registers = registers

    async def __call__(self, call: Call, command: StockCommand[A]) -> A:
        """The command's reply. Raises UnknownGoods, UnknownNode and the like, the command's refusals, Unanswered."""
        mentions = command.mentions()
        refusal = None if mentions is NOTHING else await objection(call, self._registers, mentions)
        return await self._commit.submit(call, or_turned_down(command, refusal), asked=command)
