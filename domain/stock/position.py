"""Stock positions and shipments: the kinds of account that stock is kept in, and the movements they allow."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from domain.kernel.account import AccountKey, AccountKind
from domain.kernel.movement import DAMAGE, RESERVABLE, SET_FLOOR, Bucket, MovementKind

NONE: Final = "-"
"""The lot, channel or owner of stock that is not kept by lot, channel or owner."""

RECEIVE: Final = MovementKind("RECEIVE", Bucket.OUTSIDE, Bucket.AVAILABLE)
DISPATCHED: Final = MovementKind("DISPATCHED", Bucket.OUTSIDE, Bucket.IN_TRANSIT)
ARRIVE: Final = MovementKind("ARRIVE", Bucket.IN_TRANSIT, Bucket.AVAILABLE)
ARRIVE_DAMAGED: Final = MovementKind("ARRIVE_DAMAGED", Bucket.IN_TRANSIT, Bucket.HELD)
TRANSIT_LOSS: Final = MovementKind("TRANSIT_LOSS", Bucket.IN_TRANSIT, Bucket.OUTSIDE)
OVER_ARRIVE: Final = MovementKind("OVER_ARRIVE", Bucket.OUTSIDE, Bucket.AVAILABLE)
RECALL_OUT: Final = MovementKind("RECALL_OUT", Bucket.IN_TRANSIT, Bucket.OUTSIDE)
RECALL_BACK: Final = MovementKind("RECALL_BACK", Bucket.OUTSIDE, Bucket.AVAILABLE)
REPORT_SALE: Final = MovementKind("REPORT_SALE", Bucket.AVAILABLE, Bucket.OUTSIDE)
COUNT_GAIN: Final = MovementKind("COUNT_GAIN", Bucket.OUTSIDE, Bucket.AVAILABLE)
COUNT_LOSS: Final = MovementKind("COUNT_LOSS", Bucket.AVAILABLE, Bucket.OUTSIDE)
HOLD: Final = MovementKind("HOLD", Bucket.AVAILABLE, Bucket.HELD)
UNHOLD: Final = MovementKind("UNHOLD", Bucket.HELD, Bucket.AVAILABLE)
WRITE_OFF: Final = MovementKind("WRITE_OFF", Bucket.HELD, Bucket.OUTSIDE)
CARVE_OUT: Final = MovementKind("CARVE_OUT", Bucket.AVAILABLE, Bucket.OUTSIDE)
CARVE_IN: Final = MovementKind("CARVE_IN", Bucket.OUTSIDE, Bucket.AVAILABLE)

POSITION: Final = AccountKind(
    name="stock",
    dimensions=("owner", "goods", "node", "lot", "channel"),
    movements=frozenset(
        {
            *RESERVABLE,
            DAMAGE,
            SET_FLOOR,
            RECEIVE,
            DISPATCHED,
            ARRIVE,
            ARRIVE_DAMAGED,
            TRANSIT_LOSS,
            OVER_ARRIVE,
            RECALL_OUT,
            RECALL_BACK,
            REPORT_SALE,
            COUNT_GAIN,
            COUNT_LOSS,
            HOLD,
            UNHOLD,
            WRITE_OFF,
            CARVE_OUT,
            CARVE_IN,
        }
    ),
    insufficient="stock.insufficient",
    view="stock_position",
)
"""库存记录: the balances of one goods of one owner at one node, by lot and channel where those are kept."""

# What leaves the receiver's in_transit leaves the shipment's, for the outside: the same names on its account.
SHIPMENT_ARRIVE: Final = MovementKind("ARRIVE", Bucket.IN_TRANSIT, Bucket.OUTSIDE)
SHIPMENT_ARRIVE_DAMAGED: Final = MovementKind("ARRIVE_DAMAGED", Bucket.IN_TRANSIT, Bucket.OUTSIDE)

SHIPMENT: Final = AccountKind(
    name="shipment",
    dimensions=("shipment", "goods", "lot"),
    movements=frozenset({DISPATCHED, SHIPMENT_ARRIVE, SHIPMENT_ARRIVE_DAMAGED, TRANSIT_LOSS, RECALL_OUT}),
    insufficient="shipment.insufficient",
    view="shipment_goods",
)
"""What one shipment carries of a goods and still has to deliver: shipped = arrived + lost + recalled + in transit."""


@lru_cache(maxsize=65_536)
def position_key(owner: str, goods: str, node: str, lot: str = NONE, channel: str = NONE) -> AccountKey:
    """The key of a stock position; the ones used lately are kept, as most orders name them again.

    Raises InvalidInput when a part cannot be an identity.
    """
    return POSITION.key(owner, goods, node, lot, channel)


class Position(NamedTuple):
    """A stock position by the names of its dimensions: a reading of an account, never a second store of it."""

    goods: str
    node: str
    owner: str = NONE
    lot: str = NONE
    channel: str = NONE

    @property
    def key(self) -> AccountKey:
        """Raises InvalidInput when a part cannot be an identity."""
        return position_key(self.owner, self.goods, self.node, self.lot, self.channel)

    @classmethod
    def of(cls, key: AccountKey) -> "Position":
        owner, goods, node, lot, channel = key.values
        return cls(goods, node, owner, lot, channel)


def shipment_key(shipment: str, goods: str, lot: str = NONE) -> AccountKey:
    """Raises InvalidInput when a part cannot be an identity."""
    return SHIPMENT.key(shipment, goods, lot)


def kinds() -> Mapping[str, AccountKind]:
    """The kinds of account that stock declares, by name."""
    return {kind.name: kind for kind in (POSITION, SHIPMENT)}
