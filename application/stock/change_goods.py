"""Change registered goods: their name and unit, or whether commands may name them."""

from dataclasses import dataclass, replace
from typing import ClassVar

from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, entered, registered, touched, written
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier, whole
from domain.stock.goods import GOODS, Goods, GoodsVersion, UnknownGoods


@dataclass(frozen=True, slots=True)
class GoodsChange:
    """What to change of one goods; None leaves a thing as it is. There is no new scale: see Goods.

    With `version` (not 0) the change is only made to that version.
    """

    code: str
    name: str | None = None
    unit: str | None = None
    active: bool | None = None
    version: int = 0

    def __post_init__(self) -> None:
        identifier(self.code, "goods")
        whole(self.version, "version", least=0)
        self.applied(Goods(self.code, "any"))

    def applied(self, goods: Goods) -> Goods:
        """The goods after the change. Raises InvalidInput."""
        return replace(
            goods,
            name=goods.name if self.name is None else self.name,
            unit=goods.unit if self.unit is None else self.unit,
            active=goods.active if self.active is None else self.active,
        )


@dataclass(frozen=True, slots=True)
class ChangeGoods:
    """Change 1 to 500 goods, all or none. Deactivated ones are refused to new commands within a second.

    A change that changes nothing writes nothing. Refused: `goods.unknown`, `goods.version`.
    """

    name: ClassVar[str] = "ChangeGoods"
    reply: ClassVar[type] = EntriesWritten

    changes: tuple[GoodsChange, ...]

    def __post_init__(self) -> None:
        entered(self.changes, "changes")

    def touches(self) -> Touches:
        return touched(GOODS, self.changes)

    def decide(self, ledger: Ledger) -> EntriesWritten:
        entries = []
        for change, entry in registered(ledger, GOODS, self.changes, UnknownGoods):
            if change.version not in (0, entry.version):
                raise GoodsVersion(
                    f"{change.code} is at version {entry.version} by now", goods=change.code, version=entry.version
                )
            before = Goods.of(change.code, entry.facts)
            after = change.applied(before)
            if after != before:
                entry = ledger.write_entry(GOODS, after.code, after.facts())
                ledger.tell("GoodsChanged", after, subject=f"{GOODS}:{after.code}", number=entry.version)
            entries.append(entry)
        return written(GOODS, entries)
