"""The map of a promise: drawn to scale, the short way round, with everything named in words."""

from math import cos, radians
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.console.pages import Pages
from entrypoints.http.console.promise_map import HEIGHT, KM_PER_DEGREE, WIDTH, PromiseMap, Spot, Target, promise_map


def drawn(target: Target | None, *spots: Spot) -> PromiseMap:
    found = promise_map(target, spots)
    assert found is not None
    return found


def places(map: PromiseMap) -> dict[str, tuple[float, float]]:
    marks = (*map.marks, map.target) if map.target else map.marks
    return {mark.name: (mark.x, mark.y) for mark in marks}


def test_north_is_up_and_east_is_right() -> None:
    spots = (Spot("N", 41.0, -84.0, "chosen", "2 of A"), Spot("E", 40.0, -83.0, "rejected", "routing.coverage"))
    found = places(drawn(Target("home", 40.0, -84.0), *spots))
    assert found["N"][0] == found["home"][0]
    assert found["N"][1] < found["home"][1] == found["E"][1]
    assert found["E"][0] > found["home"][0]


def test_over_the_antimeridian_it_goes_the_short_way() -> None:
    found = places(drawn(Target("Fiji", -17.0, 179.0), Spot("Samoa", -14.0, -172.0, "chosen")))
    assert found["Samoa"][0] > found["Fiji"][0]


def test_what_is_chosen_is_drawn_above_what_lost() -> None:
    spots = [Spot(role, 40 + n, -84.0, role) for n, role in enumerate(("chosen", "outranked", "rejected"))]
    assert [mark.role for mark in drawn(None, *spots).marks] == ["rejected", "outranked", "chosen"]


def test_nothing_to_place_is_nothing_to_draw() -> None:
    assert promise_map(None, ()) is None


def test_it_is_written_down_with_a_leg_for_each_that_sends_and_names_cannot_break_out() -> None:
    spots = (Spot('"><a>', 1, 1, "chosen", "</title>"), Spot("b", 2, 2, "outranked"))
    text = Pages().fragment("map.svg", {"map": drawn(Target("<script>", 0, 0), *spots)})
    assert "<script>" not in text
    svg = ET.fromstring(text)
    assert len([each for each in svg if each.attrib.get("class") == "leg"]) == 1
    told = [each.text for each in svg.iter("{http://www.w3.org/2000/svg}title")]
    whole = "Map of where it goes, <script>, and of nodes: 1 chosen, 1 outranked, 0 rejected"
    assert told == [whole, "b", '"><a>: </title>', "<script>"]


PLACES = st.tuples(st.floats(-89, 89), st.floats(-180, 180))


@given(st.lists(PLACES, min_size=1, max_size=8), PLACES)
def test_everything_is_within_the_frame(nodes: list[tuple[float, float]], home: tuple[float, float]) -> None:
    map = drawn(Target("home", *home), *(Spot(f"n{n}", *place, "chosen") for n, place in enumerate(nodes)))
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places(map).values())
    assert len(map.meridians) + len(map.parallels) <= 25
    assert 0 < map.scale.length <= WIDTH / 6


@pytest.mark.parametrize("lat", [0.0, 60.0])
def test_a_kilometre_is_as_long_to_the_east_as_to_the_north(lat: float) -> None:
    degrees = 100 / KM_PER_DEGREE
    east = Spot("east", lat, degrees / cos(radians(lat)), "chosen")
    found = places(drawn(Target("home", lat, 0), east, Spot("north", lat + degrees, 0, "chosen")))
    across, up = found["east"][0] - found["home"][0], found["home"][1] - found["north"][1]
    assert across == pytest.approx(up, rel=0.03)
