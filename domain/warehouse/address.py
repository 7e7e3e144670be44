"""Addresses: what was said of a place, and where that is."""

from dataclasses import dataclass, field

from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput, Refusal
from domain.warehouse.place import Origin, Point, point_of


class UnknownAddress(Refusal):
    """Of an address something is not known here: the region, or the node to fetch at (`field`, `named`).

    Correct the code, enter the region (`set-regions`) or the node's site (`set-sites`), or name the place in another
    way: by nation and postcode, or by a point.
    """

    code = "address.unknown"


class ContradictoryAddress(Refusal):
    """The region does not lie in the nation that was given (`region`, `nation`, `lies_in`).

    Leave one of the two away, or correct it.
    """

    code = "address.contradictory"


@dataclass(frozen=True, slots=True)
class Address:
    """What was said of where the goods are wanted: a region's code, nation and postcode, a point; or the node `pickup`,
    where they are fetched. Raises InvalidInput where nothing is said, or a postcode of no nation and no region.
    """

    nation: str = ""
    region: str = ""
    postcode: str = ""
    lat: float | None = None
    lng: float | None = None
    pickup: str = ""

    def __post_init__(self) -> None:
        for name in ("nation", "region", "postcode", "pickup"):
            if getattr(self, name) != "":
                identifier(getattr(self, name), name)
        point = self.point
        if self.pickup and (self.nation or self.region or self.postcode or point):
            raise InvalidInput("what is fetched at a node goes to no other place", field="pickup")
        if not (self.pickup or self.nation or self.region or self.postcode or point):
            raise InvalidInput("say where: a region, a nation and postcode, a point, or a node", field="region")
        if self.postcode and not (self.nation or self.region):
            raise InvalidInput("a postcode goes with its nation or region", field="nation")

    @property
    def point(self) -> Point | None:
        return point_of(self.lat, self.lng)


@dataclass(frozen=True, slots=True)
class Place:
    """An address as it was understood. `regions`: its own, that one's parent, and so on to the topmost.

    `point_from` says how the point was found: given, postcode, region, node; `region_from`: given, successor (the code
    given is retired), postcode, nearest, node. Empty where there is none.
    """

    nation: str = ""
    regions: tuple[str, ...] = ()
    postcode: str = ""
    point: Point | None = None
    point_from: str = ""
    region_from: str = ""
    origin: Origin | None = field(init=False, compare=False, repr=False)
    """To measure distances from; none without a point."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", None if self.point is None else Origin(self.point))
