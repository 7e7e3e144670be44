"""How a stock command is handled: the registers it mentions are checked, then it is committed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from application.kernel.call import Call
from application.kernel.command import Command
from application.stock.ports import Commit, Registers

R = TypeVar("R", covariant=True)
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Mentions:
    """The goods and nodes a command names, which must be registered and active."""

    goods: Iterable[str] = ()
    nodes: Iterable[str] = ()


NOTHING: Final = Mentions()


class StockCommand(Command[R], Protocol[R]):
    """A ledger command of the stock context."""

    def mentions(self) -> Mentions: ...


class StockHandler:
    """Handles every stock command that needs no plan."""

    def __init__(self, commit: Commit, registers: Registers) -> None:
        self._commit = commit
        self._registers = registers

    async def __call__(self, call: Call, command: StockCommand[A]) -> A:
        """The command's reply. Raises UnknownGoods, UnknownNode and the like, the command's refusals, Unanswered."""
        mentions = command.mentions()
        if mentions is not NOTHING:
            await self._registers.require(call.tenant, mentions.goods, mentions.nodes)
        return await self._commit.submit(call, command)
