"""Points, distances and polygons."""

from math import asin, cos, radians, sin, sqrt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.kernel.refusal import InvalidInput
from domain.warehouse.place import EARTH_KM, Origin, Point, Shape, box_around, coordinate, haversine, point_of, ring_of

POINTS = st.builds(Point, st.floats(-90.0, 90.0), st.floats(-180.0, 180.0))
SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (0.0, 0.0))
HOLE = ((4.0, 4.0), (6.0, 4.0), (6.0, 6.0), (4.0, 6.0), (4.0, 4.0))


def by_the_book(one: Point, other: Point) -> float:
    """The haversine formula as it is printed everywhere."""
    north, east = radians(other.lat - one.lat) / 2, radians(other.lng - one.lng) / 2
    chord = sin(north) ** 2 + cos(radians(one.lat)) * cos(radians(other.lat)) * sin(east) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))


@given(POINTS, POINTS)
def test_the_distance_is_the_haversine_formulas(one: Point, other: Point) -> None:
    assert haversine(one, other) == pytest.approx(by_the_book(one, other), rel=1e-6, abs=1e-4)
    assert haversine(one, other) == haversine(other, one)


def test_known_distances() -> None:
    beijing, shanghai = Point(39.9042, 116.4074), Point(31.2304, 121.4737)
    assert haversine(beijing, shanghai) == pytest.approx(1067.3, abs=0.5)
    assert haversine(Point(0.0, 179.5), Point(0.0, -179.5)) == pytest.approx(111.195, abs=0.01)
    assert haversine(Point(90.0, 0.0), Point(90.0, 77.0)) == pytest.approx(0.0, abs=1e-9)
    assert haversine(Point(0.0, 0.0), Point(0.0, 180.0)) == pytest.approx(20015.1, abs=0.1)
    assert haversine(beijing, beijing) == 0.0


@given(POINTS, st.floats(0.0, 20_000.0), POINTS)
@example(Point(0.0, 0.0), 9_000.0, Point(0.0, 80.0))  # nearly half the world, and yet no pole
def test_what_is_within_a_radius_lies_in_its_box(middle: Point, km: float, other: Point) -> None:
    box = box_around(middle, km)
    assert -90.0 <= box.south <= box.north <= 90.0
    if Origin(middle).km(Origin(other)) > km:
        return
    assert box.south <= other.lat <= box.north
    assert any(box.west <= other.lng + turn <= box.east for turn in (-360.0, 0.0, 360.0)), box


def test_a_box_far_from_the_poles_is_not_the_whole_world() -> None:
    box = box_around(Point(30.0, 110.0), 100.0)
    assert box.east - box.west == pytest.approx(2.077, abs=0.01)
    assert box.north - box.south == pytest.approx(1.8, abs=0.01)


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        (Point(5.0, 2.0), True),
        (Point(5.0, 5.0), False),  # within the hole
        (Point(4.0, 5.0), True),  # on the hole's edge
        (Point(6.0, 6.0), True),  # on its corner
        (Point(0.0, 5.0), True),  # on the outline
        (Point(10.0, 10.0), True),  # on its corner
        (Point(0.0, 0.0), True),
        (Point(5.0, 10.0), True),
        (Point(10.001, 5.0), False),
        (Point(5.0, -0.001), False),
        (Point(4.0, 11.0), False),  # beside a corner's height, outside
        (Point(4.0, -1.0), False),
    ],
)
def test_inside_of_a_square_with_a_hole(point: Point, inside: bool) -> None:
    assert Shape(((SQUARE, HOLE),)).holds(point) is inside
    mirrored = (tuple(reversed(SQUARE)), tuple(reversed(HOLE)))
    assert Shape((mirrored,)).holds(point) is inside, "which way round a ring goes does not matter"


@pytest.mark.parametrize(("lng", "inside"), [(0.0, True), (3.0, True), (4.0, True), (5.0, False), (6.0, True)])
def test_between_two_edges_of_one_height_is_outside(lng: float, inside: bool) -> None:
    towers = ((0.0, 0.0), (10.0, 0.0), (10.0, 9.0), (6.0, 9.0), (6.0, 5.0), (4.0, 5.0), (4.0, 9.0), (0.0, 9.0))
    for ring in (towers, towers[::-1]):
        assert Shape((((*ring, ring[0]),),)).holds(Point(9.0, lng)) is inside


def test_two_polygons_are_one_area() -> None:
    away = tuple((lng + 20.0, lat) for lng, lat in SQUARE)
    both = Shape(((SQUARE, HOLE), (away,)))
    assert both.holds(Point(5.0, 25.0))
    assert not both.holds(Point(5.0, 15.0))
    assert len(both.boxes) == 2


@pytest.mark.parametrize(
    ("lng", "inside"), [(179.5, True), (-179.5, True), (180.0, True), (-180.0, True), (178.9, False), (-178.9, False)]
)
def test_a_ring_goes_over_the_antimeridian(lng: float, inside: bool) -> None:
    fiji = ((179.0, -18.0), (-179.0, -18.0), (-179.0, -16.0), (179.0, -16.0), (179.0, -18.0))
    began_east = ((-179.0, -18.0), (-179.0, -16.0), (179.0, -16.0), (179.0, -18.0), (-179.0, -18.0))
    for ring in (fiji, began_east):
        assert Shape(((ring,),)).holds(Point(-17.0, lng)) is inside
        [box] = Shape(((ring,),)).boxes
        assert box.east - box.west == 2.0


def test_an_edge_is_straight_in_degrees() -> None:
    wide = ((-60.0, 50.0), (60.0, 50.0), (60.0, 40.0), (-60.0, 40.0), (-60.0, 50.0))
    assert not Shape(((wide,),)).holds(Point(50.1, 0.0)), "a great circle would bulge to the north"
    assert Shape(((wide,),)).holds(Point(49.9, 0.0))


@given(POINTS)
def test_a_triangle_holds_what_is_on_the_inner_side_of_its_edges(point: Point) -> None:
    corners = ((-100.0, -50.0), (70.0, -40.0), (10.0, 80.0))
    sides = []
    for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
        sides.append((x2 - x1) * (point.lat - y1) - (point.lng - x1) * (y2 - y1))
    shape = Shape((((*corners, corners[0]),),))
    if all(abs(side) > 1e-6 for side in sides):
        assert shape.holds(point) == all(side > 0 for side in sides)


@pytest.mark.parametrize(
    "ring",
    [
        (),
        ((0.0, 0.0), (1.0, 1.0), (0.0, 0.0)),
        ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),
        ((0.0, 0.0), (1.0, 0.0), (1.0, 91.0), (0.0, 0.0)),
        ((0.0, 0.0), (181.0, 0.0), (1.0, 1.0), (0.0, 0.0)),
        ((0.0, 0.0, 5.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0, 5.0)),
        ((0.0, 80.0), (120.0, 80.0), (-120.0, 80.0), (0.0, 80.0)),  # round the pole
    ],
)
def test_what_is_no_ring_is_refused(ring: tuple[tuple[float, ...], ...]) -> None:
    with pytest.raises(InvalidInput):
        ring_of(ring)


@pytest.mark.parametrize("value", [True, "1", None, float("nan"), float("inf"), 90.1, -90.1])
def test_what_is_no_coordinate_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        coordinate(value, "lat", 90.0)


def test_a_point_has_both_or_neither() -> None:
    assert point_of(None, None) is None
    assert point_of(1, -180) == (1.0, -180.0)
    with pytest.raises(InvalidInput):
        point_of(1.0, None)
    with pytest.raises(InvalidInput):
        point_of(None, 1.0)
