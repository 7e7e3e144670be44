"""The grid of plain cells is a coverage index."""

from collections.abc import Callable

import pytest

from adapters.grid.coverage import MOST_CELLS, SIZES, GridIndex
from application.warehouse.ports import CoverageIndex
from contracts.conformance.coverage_index import CoverageIndexConformance
from domain.warehouse.address import Place
from domain.warehouse.coverage import Reach
from domain.warehouse.place import Box, Point


class TestGrid(CoverageIndexConformance):
    @pytest.fixture
    def index(self) -> Callable[[], CoverageIndex]:
        return GridIndex


def test_every_size_divides_the_circle() -> None:
    assert all((360.0 / size).is_integer() for size in SIZES)
    assert (360.0 / SIZES[-1]) * (180.0 / SIZES[-1] + 1) <= MOST_CELLS, "the widest takes any box"


def test_a_box_of_the_whole_world_holds_every_place() -> None:
    index = GridIndex()
    none = frozenset[str]()
    index.put("N", Reach(False, none, none, (), (Box(-180.0, -90.0, 180.0, 90.0),)))
    for point in (Point(-90.0, -180.0), Point(90.0, 180.0), Point(0.0, 0.0), Point(89.9, 179.9)):
        assert index.around(Place(point=point)) == {"N"}
