"""The gazetteer (地名录): regions and postcodes as they were entered, and how an address is understood by them."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from domain.warehouse.address import Address, ContradictoryAddress, Place, UnknownAddress
from domain.warehouse.coverage import MAX_POSTCODE, postcode_of
from domain.warehouse.place import Origin, Point
from domain.warehouse.region import Postcode, Region

NEAREST_KM: Final = 100.0
"""A point is taken to lie in the region whose own point is nearest, if that is no farther."""

Near = Callable[[Point], Iterable[str]]
"""The codes of regions that may have their points within NEAREST_KM of a point; all that do are among them."""


class Gazetteer:
    """One tenant's regions and postcodes. What is inactive is not in it, but for a retired region's successors."""

    def __init__(self) -> None:
        self._regions: dict[str, Region] = {}
        self._postcodes: dict[tuple[str, str], Postcode] = {}
        self._children: Counter[str] = Counter()

    def put_region(self, region: Region) -> None:
        """Take over a region that is new or was changed."""
        before = self._regions.pop(region.code, None)
        if before is not None:
            self._children[before.parent] -= 1
        if region.active or region.successors:
            self._regions[region.code] = region
            self._children[region.parent] += 1

    def put_postcode(self, postcode: Postcode) -> None:
        """Take over a postcode that is new or was changed."""
        key = (postcode.nation, postcode.prefix)
        if postcode.active:
            self._postcodes[key] = postcode
        else:
            self._postcodes.pop(key, None)

    def region(self, code: str) -> Region | None:
        return self._regions.get(code)

    def is_leaf(self, region: Region) -> bool:
        """Whether nothing lies in it, and it is not retired."""
        return not region.successors and not self._children[region.code]

    def meaning(self, code: str) -> tuple[frozenset[str], frozenset[str]]:
        """What a region's code stands for today (itself, or who succeeded it, step by step), and all codes that were
        asked on the way."""
        ends, asked, ahead = set(), set(), [code]
        while ahead:
            here = ahead.pop()
            if here in asked:
                continue
            asked.add(here)
            known = self._regions.get(here)
            if known is None or not known.successors:
                ends.add(here)
            else:
                ahead.extend(known.successors)
        return frozenset(ends), frozenset(asked)

    def path(self, code: str) -> tuple[str, ...]:
        """The region, the one that it lies in, and so on to the topmost."""
        path = []
        known = self._regions.get(code)
        while known is not None:
            path.append(known.code)
            known = self._regions.get(known.parent)
        return tuple(path)

    def resolve(self, address: Address, near: Near) -> Place:
        """Where that is. Raises UnknownAddress, ContradictoryAddress."""
        point, point_from = address.point, "given"
        path: tuple[str, ...] = ()
        region_from = ""
        if address.region:
            path, region_from = self._of_code(address.region, point)
        nation = self._nation(address.nation, path)
        postcode = postcode_of(address.postcode) if address.postcode else ""
        there = self._postcode(nation, postcode)
        if there is not None:
            if not path and there.region in self._regions:
                path, region_from = self._of_code(there.region, point or there.point)[0], "postcode"
            if point is None:
                point, point_from = there.point, "postcode"
        if not path and point is not None:
            path, region_from = self._nearest(nation, point, near)
            nation = nation or self._nation("", path)
        if point is None:
            point, point_from = self._point(path), "region"
        return Place(nation, path, postcode, point, point_from if point else "", region_from)

    def _nation(self, said: str, path: tuple[str, ...]) -> str:
        """The one said, or that of the region."""
        if not path:
            return said
        lies_in = self._regions[path[0]].nation
        if said and said != lies_in:
            raise ContradictoryAddress(
                f"{path[0]} lies in {lies_in}, not in {said}", region=path[0], nation=said, lies_in=lies_in
            )
        return lies_in

    def _of_code(self, code: str, point: Point | None) -> tuple[tuple[str, ...], str]:
        """The path of a region's code, and whether it is its own or its successor's.

        Of several successors the one that is nearest to the address's point; without one, what all of them lie in.
        """
        if code not in self._regions:
            raise UnknownAddress(f"{code} is no region that is known here", field="region", named=code)
        ends = sorted(end for end in self.meaning(code)[0] if end in self._regions)
        if not ends:
            raise UnknownAddress(f"{code} is retired, and so is all that succeeded it", field="region", named=code)
        if len(ends) > 1 and point is not None:
            origin = Origin(point)
            known = [(origin.km(Origin(at)), end) for end in ends if (at := self._regions[end].point) is not None]
            ends = [min(known)[1]] if known else ends
        paths = [self.path(end) for end in ends]
        shared = tuple(each for each in paths[0] if all(each in path for path in paths))
        if not shared:
            raise UnknownAddress(
                f"{code} was divided, and its parts have nothing in common", field="region", named=code
            )
        return shared, "given" if shared[0] == code else "successor"

    def _postcode(self, nation: str, postcode: str) -> Postcode | None:
        """The one that is known by the longest beginning."""
        for length in range(min(len(postcode), MAX_POSTCODE), 0, -1):
            found = self._postcodes.get((nation, postcode[:length]))
            if found is not None:
                return found
        return None

    def _nearest(self, nation: str, point: Point, near: Near) -> tuple[tuple[str, ...], str]:
        """The path of the region, of those that nothing lies in, whose point is nearest."""
        origin = Origin(point)
        best: tuple[float, str] | None = None
        for code in near(point):
            region = self._regions.get(code)
            if region is None or region.point is None or (nation and region.nation != nation):
                continue
            if not self.is_leaf(region):
                continue
            found = (origin.km(Origin(region.point)), code)
            if found[0] <= NEAREST_KM and (best is None or found < best):
                best = found
        return ((), "") if best is None else (self.path(best[1]), "nearest")

    def _point(self, path: tuple[str, ...]) -> Point | None:
        """The point of the region, or else of the nearest above it that has one."""
        for code in path:
            point = self._regions[code].point
            if point is not None:
                return point
        return None
