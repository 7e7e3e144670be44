"""Register goods (供货品登记): from now on they may be named."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, entered, touched, written
from domain.kernel.ledger import Ledger
from domain.stock.goods import GOODS, Goods, GoodsExists


@dataclass(frozen=True, slots=True)
class RegisterGoods:
    """Enter 1 to 500 new goods, all or none.

    Refused: `goods.exists`, naming the codes that are registered already, under whatever facts.
    """

    name: ClassVar[str] = "RegisterGoods"
    reply: ClassVar[type] = EntriesWritten

    goods: tuple[Goods, ...]

    def __post_init__(self) -> None:
        entered(self.goods, "goods")

    def touches(self) -> Touches:
        return touched(GOODS, self.goods)

    def decide(self, ledger: Ledger) -> EntriesWritten:
        known = [goods.code for goods in self.goods if ledger.entry(GOODS, goods.code)]
        if known:
            raise GoodsExists(f"registered already: {', '.join(known)}", codes=known)
        entries = []
        for goods in self.goods:
            entry = ledger.write_entry(GOODS, goods.code, goods.facts())
            ledger.tell("GoodsRegistered", goods, subject=f"{GOODS}:{goods.code}", number=entry.version)
            entries.append(entry)
        return written(GOODS, entries)
