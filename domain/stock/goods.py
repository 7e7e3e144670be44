"""Supply goods (供货品): what lies in a warehouse, registered before it moves."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from domain.kernel.quantity import flag, identifier, whole
from domain.kernel.refusal import Refusal

GOODS: Final = "goods"
"""The register that goods are entered in."""

MAX_SCALE: Final = 6
MAX_NAME: Final = 200
MAX_UNIT: Final = 16


class UnknownGoods(Refusal):
    """Goods that are not registered (`codes`).

    Register them, or correct the codes: case, spaces and Unicode form count.
    """

    code = "goods.unknown"


class InactiveGoods(Refusal):
    """Goods that were deactivated: no new command may name them (`codes`).

    Choose other goods, or activate them again; reservations made before can still be confirmed, shipped, released.
    """

    code = "goods.inactive"


class GoodsExists(Refusal):
    """The codes are registered already (`codes`).

    Change them instead.
    """

    code = "goods.exists"


class GoodsVersion(Refusal):
    """The goods was changed meanwhile (`version`: the one it has now).

    Read it again, and make the change on what it is now.
    """

    code = "goods.version"


@dataclass(frozen=True, slots=True)
class Goods:
    """One goods. Its quantities are whole numbers of 10**-scale of its unit: 1,500 of scale 3 in `kg` are 1.5 kg.

    The scale is fixed once registered. Every balance and every movement ever posted is a number of that smallest
    unit; under another scale the same immutable numbers would silently mean another amount. A goods that must be
    counted finer is another goods: register it, and exchange the stock by a count on each.
    """

    code: str
    name: str
    unit: str = "piece"
    scale: int = 0
    active: bool = True

    def __post_init__(self) -> None:
        identifier(self.code, "goods")
        identifier(self.name, "name", most=MAX_NAME)
        identifier(self.unit, "unit", most=MAX_UNIT)
        whole(self.scale, "scale", least=0, most=MAX_SCALE)
        flag(self.active, "active")

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but the code, which is the entry's key."""
        facts = asdict(self)
        del facts["code"]
        return facts

    @classmethod
    def of(cls, code: str, facts: Mapping[str, Any]) -> "Goods":
        """The goods that an entry keeps."""
        return cls(code, **facts)
