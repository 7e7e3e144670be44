"""Count earlier: what was counted is told later than it was found, and may have been overtaken."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar

from application.kernel.command import Touches
from application.stock.count_stock import CountStock, StockCounted
from application.stock.handle import Mentions, StockCommand
from application.stock.queries import BalanceReader
from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.stock.count import CountStale


@dataclass(frozen=True, slots=True)
class CountEarlier:
    """A count of the time `at`. Refused `count.stale` where other units lie there now than `then`, by the ledger.

    What was found is the truth of its time. Had something been sold since, to set the position to it would bring the
    sold units back; and where both agree by now, what was missing then is missing still. No caller sends this: it comes
    of what outside systems tell.
    """

    name: ClassVar[str] = CountStock.name
    reply: ClassVar[type] = StockCounted

    count: CountStock
    at: datetime
    then: Mapping[AccountKey, int] = field(default_factory=dict)

    def mentions(self) -> Mentions:
        return self.count.mentions()

    def touches(self) -> Touches:
        return self.count.touches()

    def decide(self, ledger: Ledger) -> StockCounted:
        for line in self.count.lines:
            now, then = ledger.account(line.key).balances.on_hand, self.then.get(line.key, 0)
            if now != then:
                raise CountStale(line.key, line.counted, self.at, then, now)
        return self.count.decide(ledger)


async def with_what_was_there(balances: BalanceReader, tenant: str, command: StockCommand[Any]) -> StockCommand[Any]:
    """The command; a count of an earlier time with what lay there. Raises StoreError."""
    if not isinstance(command, CountEarlier):
        return command
    found: dict[AccountKey, int] = {}
    for line in command.count.lines:
        then = await balances.balance_by_time(tenant, line.key, command.at)
        found[line.key] = 0 if then is None else then.balances.on_hand
    return replace(command, then=found)
