"""Regions (行政区划): a tree of codes, as GB/T 2260 or any other list has them, and the places of postcodes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from domain.kernel.quantity import flag, identifier, whole
from domain.kernel.refusal import InvalidInput, Refusal
from domain.warehouse.coverage import compared
from domain.warehouse.place import Point, point_of

REGION: Final = "region"
"""The register that regions are entered in."""

POSTCODE: Final = "postcode"
"""The register of the places of postcodes."""

MAX_NAME: Final = 200
MAX_NATION: Final = 64
"""Of the nation of a postcode, which is part of its code."""

MAX_LEVEL: Final = 9
MAX_SUCCESSORS: Final = 50


class UnknownRegion(Refusal):
    """Regions that nobody entered (`codes`).

    Enter them first (`set-regions`): parents before what lies in them, successors before what is retired.
    """

    code = "region.unknown"


class RegionTree(Refusal):
    """A region would not fit into the tree (`region`): it keeps its nation and level, lies in one of a lesser level of
    the same nation, and what is retired goes over to regions that are not.

    Correct parent, level or successors; a region that moved to another level gets a new code.
    """

    code = "region.tree"


@dataclass(frozen=True, slots=True)
class Region:
    """A region of a nation. `level` is less than those of what lies in it (0: the topmost), and never changes.

    With `successors` its code is retired: addresses that bear it, and areas that name it, mean its successors.
    """

    code: str
    name: str
    nation: str
    level: int
    parent: str = ""
    lat: float | None = None
    lng: float | None = None
    successors: tuple[str, ...] = ()
    active: bool = True

    def __post_init__(self) -> None:
        identifier(self.code, "region")
        identifier(self.name, "name", most=MAX_NAME)
        identifier(self.nation, "nation")
        whole(self.level, "level", least=0, most=MAX_LEVEL)
        if self.parent != "":
            identifier(self.parent, "parent")
        if len(self.successors) > MAX_SUCCESSORS or len(set(self.successors)) != len(self.successors):
            raise InvalidInput(f"at most {MAX_SUCCESSORS} successors, each once", field="successors")
        for each in self.successors:
            identifier(each, "successors")
        if self.code in self.successors:
            raise InvalidInput("a region is not its own successor", field="successors")
        flag(self.active, "active")
        point_of(self.lat, self.lng)

    @property
    def point(self) -> Point | None:
        return point_of(self.lat, self.lng)

    def fits(self, known: "Region | None", parent: "Region | None", successors: Mapping[str, "Region"]) -> None:
        """Raises RegionTree. `known` is this one as it was before, if it was; all whom it names are given.

        The level, which never changes and is more than the parent's, keeps the tree from going round; and that nobody
        goes over to what is retired by then keeps the successors from it.
        """
        if known is not None and (known.nation, known.level) != (self.nation, self.level):
            raise RegionTree(f"{self.code} keeps its nation and its level", region=self.code)
        if parent is not None and (parent.nation != self.nation or parent.level >= self.level):
            raise RegionTree(f"{self.code} does not fit below {parent.code}", region=self.code, parent=parent.code)
        if known is not None and known.successors == self.successors:
            return
        retired = [each.code for each in successors.values() if each.successors]
        if retired:
            raise RegionTree(f"{self.code} goes over to what is retired itself", region=self.code, retired=retired)

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but the code, which is the entry's key."""
        facts = asdict(self)
        del facts["code"]
        return facts

    @classmethod
    def of(cls, code: str, facts: Mapping[str, Any]) -> "Region":
        """The region that an entry keeps."""
        return cls(code, **{**facts, "successors": tuple(facts["successors"])})


@dataclass(frozen=True, slots=True)
class Postcode:
    """Where the postcodes of a nation that begin with `prefix` are: a region, a point, or both."""

    nation: str
    prefix: str
    region: str = ""
    lat: float | None = None
    lng: float | None = None
    active: bool = True

    def __post_init__(self) -> None:
        identifier(self.nation, "nation", most=MAX_NATION)
        if "/" in self.nation:
            raise InvalidInput("a nation's code has no slash", field="nation")
        compared(self.prefix, "prefix")
        if self.region != "":
            identifier(self.region, "region")
        if self.point is None and self.region == "":
            raise InvalidInput("a postcode has a region, a point, or both", field="region")
        flag(self.active, "active")

    @property
    def code(self) -> str:
        return f"{self.nation}/{self.prefix}"

    @property
    def point(self) -> Point | None:
        return point_of(self.lat, self.lng)

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but what its key, the code, says."""
        return {"region": self.region, "lat": self.lat, "lng": self.lng, "active": self.active}

    @classmethod
    def of(cls, code: str, facts: Mapping[str, Any]) -> "Postcode":
        """What an entry keeps."""
        nation, _, prefix = code.partition("/")
        return cls(nation, prefix, **facts)
