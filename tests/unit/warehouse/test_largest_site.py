"""The largest site that may be entered: what is told of it fits into a message of any broker."""

import pytest

from adapters.encoding import JsonCodec
from application.warehouse.set_sites import MAX_NAMED_BYTES, SetSites
from domain.kernel.refusal import InvalidInput
from domain.warehouse.coverage import MAX_CODES, Coverage, Prefix
from domain.warehouse.place import MAX_CORNERS
from domain.warehouse.site import Site

SMALLEST_BROKER = 1_000_000
"""Bytes of a message, as brokers take them unless they are told otherwise."""


def outline() -> tuple[tuple[float, float], ...]:
    corners = [(-100.123456789012345 + n / 98765.4321, -40.123456789012345 + n / 87654.321) for n in range(MAX_CORNERS)]
    return (*corners[:-1], corners[0])


def named(text: str) -> Coverage:
    """As much as may be named, each with a code as long as codes may be."""
    codes = tuple(f"{number:03}".ljust(128, text) for number in range(MAX_CODES))
    return Coverage(nations=codes, regions=codes, postcodes=tuple(Prefix(code, "9" * 16) for code in codes))


def test_the_event_of_the_largest_site_fits_into_a_message() -> None:
    many = 3 * 450
    quotes = tuple(f"{number:04}".ljust(128, '"') for number in range(many))
    third = 450
    covers = Coverage(
        nations=quotes[:third],
        regions=quotes[third : 2 * third],
        postcodes=tuple(Prefix(code, "9") for code in quotes[2 * third : 3 * third - 10]),
        polygons=((outline(),),),
    )
    (site,) = SetSites((Site("N", 1.0, 1.0, covers=covers),)).sites
    assert len(JsonCodec().encode(site.facts())) < SMALLEST_BROKER * 3 // 4


@pytest.mark.parametrize("text", ["x", "中"])
def test_a_site_that_names_more_than_a_message_holds_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        SetSites((Site("N", covers=named(text), excludes=named(text)),))
    assert refused.value.facts == {"field": "sites", "most": MAX_NAMED_BYTES}
