"""What any coverage index must do: never miss what covers a place, and cut away most of what does not."""

from collections.abc import Callable, Iterator
from random import Random

from application.warehouse.ports import CoverageIndex
from domain.warehouse.address import Place
from domain.warehouse.coverage import Coverage, Covering, Prefix
from domain.warehouse.place import Origin, Point, Polygon

NODES = 400
PLACES = 60


class CoverageIndexConformance:
    """Inherit it, and give `index`, a fixture of what makes an empty one."""

    def test_what_covers_a_place_is_around_it(self, index: Callable[[], CoverageIndex]) -> None:
        for seed in range(4):
            random, made = Random(seed), index()
            coverings = {f"N{number}": _covering(random) for number in range(NODES)}
            for code, covering in coverings.items():
                made.put(code, covering.reach)
            for place in _places(random):
                found = list(made.around(place))
                assert len(found) == len(set(found))
                missed = {code for code, each in coverings.items() if each.holds(place)} - set(found)
                assert missed == set(), (seed, place)

    def test_what_is_far_away_is_cut_away(self, index: Callable[[], CoverageIndex]) -> None:
        made = index()
        for number in range(NODES):
            covering = _named(Coverage(km=20.0), Point(30.0 + number % 20, 100.0 + number // 20))
            made.put(f"N{number}", covering.reach)
        assert len(made.around(Place(point=Point(40.0, 110.0)))) <= NODES // 10

    def test_what_is_put_again_is_filed_anew(self, index: Callable[[], CoverageIndex]) -> None:
        made = index()
        made.put("N", _named(Coverage(nations=("CN",))).reach)
        assert list(made.around(Place("CN"))) == ["N"]
        made.put("N", _named(Coverage(regions=("33",), postcodes=(Prefix("US", "902"),))).reach)
        assert list(made.around(Place("CN"))) == []
        assert list(made.around(Place("CN", ("3301", "33")))) == ["N"]
        assert list(made.around(Place("US", postcode="90210"))) == ["N"]
        assert list(made.around(Place("US", postcode="90"))) == []

    def test_what_is_dropped_is_gone(self, index: Callable[[], CoverageIndex]) -> None:
        made = index()
        made.put("N", _named(Coverage(anywhere=True)).reach)
        made.put("M", _named(Coverage(km=50.0), Point(-17.0, 179.9)).reach)
        assert sorted(made.around(Place(point=Point(-17.0, -179.9)))) == ["M", "N"]
        made.drop("N")
        made.drop("N")
        made.drop("never filed")
        assert list(made.around(Place(point=Point(-17.0, -179.9)))) == ["M"]


def _named(coverage: Coverage, point: Point | None = None) -> Covering:
    return Covering(coverage, None if point is None else Origin(point), lambda code: (code,))


def _covering(random: Random) -> Covering:
    """Of every kind, near the poles and over the antimeridian too."""
    point = Point(random.uniform(-90.0, 90.0), random.uniform(-180.0, 180.0))
    match random.randrange(7):
        case 0:
            coverage = Coverage(nations=(random.choice("ABC"),))
        case 1:
            coverage = Coverage(regions=tuple({str(random.randrange(50)) for _ in range(3)}))
        case 2:
            coverage = Coverage(postcodes=(Prefix(random.choice("ABC"), str(random.randrange(100))),))
        case 3:
            coverage = Coverage(anywhere=random.random() < 0.1)
        case 4:
            coverage = Coverage(polygons=(_polygon(random, point),))
        case _:
            coverage = Coverage(km=random.choice((1.0, 30.0, 500.0, 5_000.0, 20_000.0)))
    return _named(coverage, point)


def _polygon(random: Random, point: Point) -> Polygon:
    """A box around the point, as far as the poles let it."""
    width, height = random.uniform(0.1, 60.0), random.uniform(0.1, 40.0)
    south, north = max(-90.0, point.lat - height), min(90.0, point.lat + height)
    west, east = _turned(point.lng - width), _turned(point.lng + width)
    return (((west, south), (east, south), (east, north), (west, north), (west, south)),)


def _turned(lng: float) -> float:
    return (lng + 180.0) % 360.0 - 180.0


def _places(random: Random) -> Iterator[Place]:
    for number in range(PLACES):
        point = Point(random.uniform(-90.0, 90.0), random.uniform(-180.0, 180.0))
        if number % 10 == 0:
            point = Point(random.choice((-90.0, 90.0, 0.0)), random.choice((-180.0, 180.0, 0.0)))
        yield Place(
            random.choice("ABCD"),
            (str(random.randrange(50)), str(random.randrange(50))),
            str(random.randrange(10_000)),
            None if number % 7 == 0 else point,
        )
