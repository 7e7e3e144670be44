"""How addresses are understood."""

from typing import Any

import pytest

from domain.kernel.refusal import InvalidInput, Refusal
from domain.warehouse.address import Address, Place
from domain.warehouse.place import Point
from domain.warehouse.region import Postcode, Region
from domain.warehouse.site import Site
from tests.unit.warehouse.networks import network, take

ZHEJIANG = Region("33", "浙江省", "CN", 1, lat=30.27, lng=120.15)
HANGZHOU = Region("3301", "杭州市", "CN", 2, "33")
LINPING = Region("330113", "临平区", "CN", 3, "3301", 30.42, 120.30)
QIANTANG = Region("330114", "钱塘区", "CN", 3, "3301", 30.32, 120.49)
YUHANG = Region("330110", "余杭区", "CN", 3, "3301", 30.27, 119.98)
OLD = Region("330199", "旧余杭", "CN", 3, "3301", successors=("330113", "330110"))
TREE = (ZHEJIANG, HANGZHOU, LINPING, QIANTANG, YUHANG, OLD)


def resolved(*things: Any, **said: Any) -> Place:
    return network(*TREE, *things).resolve(Address(**said))


def test_a_region_is_where_its_point_is_and_lies_in_all_above_it() -> None:
    assert resolved(region="330113") == Place(
        "CN", ("330113", "3301", "33"), "", Point(30.42, 120.30), "region", "given"
    )


def test_a_region_without_a_point_has_that_of_the_one_above() -> None:
    place = resolved(region="3301")
    assert (place.point, place.point_from) == (Point(30.27, 120.15), "region")


def test_a_point_that_is_given_is_the_point() -> None:
    place = resolved(region="330113", lat=30.0, lng=120.0)
    assert (place.regions[0], place.point, place.point_from) == ("330113", Point(30.0, 120.0), "given")


def test_a_point_alone_lies_in_the_nearest_region_that_nothing_lies_in() -> None:
    place = resolved(lat=30.33, lng=120.45)
    assert (place.nation, place.regions, place.region_from) == ("CN", ("330114", "3301", "33"), "nearest")
    far = resolved(lat=40.0, lng=100.0)
    assert (far.nation, far.regions, far.region_from, far.point_from) == ("", (), "", "given")
    abroad = resolved(nation="JP", lat=30.33, lng=120.45)
    assert (abroad.nation, abroad.regions) == ("JP", ())


def test_a_retired_code_means_its_only_successor() -> None:
    place = resolved(Region("330103", "下城区", "CN", 3, "3301", successors=("330113",)), region="330103")
    assert (place.regions[0], place.region_from) == ("330113", "successor")


def test_a_chain_of_retired_codes_is_followed_to_its_end() -> None:
    one = Region("330101", "one", "CN", 3, "3301", successors=("330103",))
    two = Region("330103", "two", "CN", 3, "3301", successors=("330114",))
    assert resolved(two, one, region="330101").regions[0] == "330114"


def test_of_several_successors_the_nearest_or_else_what_they_have_in_common() -> None:
    near = resolved(region="330199", lat=30.28, lng=119.97)
    assert (near.regions[0], near.region_from) == ("330110", "successor")
    unsure = resolved(region="330199")
    assert (unsure.regions, unsure.region_from) == (("3301", "33"), "successor")
    assert unsure.point == ZHEJIANG.point


def test_a_code_whose_successors_are_gone_is_no_address_but_one_with_a_successor_left_is() -> None:
    gone = Region("330113", "临平区", "CN", 3, "3301", active=False)
    assert resolved(gone, region="330199").regions[0] == "330110"
    with pytest.raises(Refusal, match=r"address\.unknown") as refused:
        resolved(gone, Region("330110", "余杭区", "CN", 3, "3301", active=False), region="330199")
    assert refused.value.facts == {"field": "region", "named": "330199"}


def test_parts_that_have_nothing_in_common_are_no_address() -> None:
    split = Region("99", "split", "CN", 1, successors=("33", "44"))
    with pytest.raises(Refusal, match=r"address\.unknown"):
        resolved(Region("44", "Guangdong", "CN", 1), split, region="99")


def test_a_postcode_is_known_by_its_longest_beginning() -> None:
    wide, narrow = Postcode("CN", "31", "33"), Postcode("CN", "3111", "330113", 30.5, 120.2)
    place = resolved(wide, narrow, nation="CN", postcode="311-100")
    assert place == Place("CN", ("330113", "3301", "33"), "311100", Point(30.5, 120.2), "postcode", "postcode")
    place = resolved(wide, narrow, nation="CN", postcode="312000")
    assert (place.regions, place.point_from) == (("33",), "region")
    place = resolved(wide, narrow, nation="US", postcode="3111")
    assert (place.regions, place.point, place.postcode) == ((), None, "3111"), "another nation's"
    gone = Postcode("CN", "3111", "330113", active=False)
    assert resolved(wide, narrow, gone, nation="CN", postcode="311100").regions == ("33",)


def test_of_a_postcode_in_a_divided_region_the_point_says_in_which_part_it_lies() -> None:
    divided = Postcode("CN", "3111", "330199", 30.28, 119.97)
    assert resolved(divided, nation="CN", postcode="3111").regions[0] == "330110"
    given = resolved(divided, nation="CN", postcode="3111", lat=30.42, lng=120.3)
    assert (given.regions[0], given.region_from, given.point_from) == ("330113", "postcode", "given")


def test_of_regions_that_are_as_near_the_first_code_counts_and_no_retired_one() -> None:
    at = {"lat": 10.0, "lng": 10.0}
    twins = [Region(code, code, "XX", 1, **at) for code in ("b", "a", "c")]  # type: ignore[arg-type]
    retired = Region("0", "0", "XX", 1, successors=("c",), **at)  # type: ignore[arg-type]
    assert resolved(*twins, retired, lat=10.0, lng=10.0).regions == ("a",)


def test_a_region_is_near_for_as_long_as_nothing_lies_in_it() -> None:
    made = network(Region("1", "1", "XX", 1, lat=10.0, lng=10.0), Region("2", "2", "XX", 1))
    near = Address(lat=10.0, lng=10.1)
    for parent, found in (("1", ()), ("2", ("1",)), ("1", ()), ("1", ())):
        take(made, [Region("11", "11", "XX", 2, parent)])
        assert made.resolve(near).regions == found
    take(made, [Region("11", "11", "XX", 2, "1", active=False)])
    assert made.resolve(near).regions == ("1",)


def test_a_region_goes_before_its_postcodes() -> None:
    place = resolved(Postcode("CN", "3111", "330113", 30.5, 120.2), region="330114", postcode="311100")
    assert (place.regions[0], place.point, place.point_from) == ("330114", Point(30.5, 120.2), "postcode")


def test_a_postcode_in_a_region_that_is_not_known_still_has_its_point() -> None:
    place = resolved(Postcode("CN", "3111", "none", 30.5, 120.2), nation="CN", postcode="311100")
    assert (place.point, place.region_from, place.regions[0]) == (Point(30.5, 120.2), "nearest", "330113")


def test_what_is_fetched_at_a_node_is_where_the_node_is() -> None:
    site = Site("N", 30.4, 120.3, region="330113", pickup=True)
    assert resolved(site, pickup="N") == Place("CN", ("330113", "3301", "33"), "", Point(30.4, 120.3), "node", "node")
    unsaid = resolved(Site("N", 30.4, 120.3), pickup="N")
    assert (unsaid.regions[0], unsaid.region_from, unsaid.point_from) == ("330113", "nearest", "node")
    assert resolved(Site("N", region="gone", nation="JP"), pickup="N") == Place("JP")
    assert resolved(Site("N"), pickup="N") == Place()
    with pytest.raises(Refusal, match=r"address\.unknown"):
        resolved(pickup="M")


def test_what_is_not_known_and_what_contradicts_itself_is_refused() -> None:
    with pytest.raises(Refusal, match=r"address\.unknown") as refused:
        resolved(region="12")
    assert refused.value.facts == {"field": "region", "named": "12"}
    with pytest.raises(Refusal, match=r"address\.contradictory"):
        resolved(region="33", nation="JP")
    with pytest.raises(Refusal, match=r"address\.unknown"):
        resolved(Region("3302", "Ningbo", "CN", 2, "33", active=False), region="3302")


@pytest.mark.parametrize(
    "said", [{}, {"postcode": "1"}, {"lat": 1.0}, {"pickup": "N", "nation": "CN"}, {"region": "\0"}, {"region": 5}]
)
def test_what_is_no_address_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Address(**said)


def test_a_region_that_moves_takes_what_lies_in_it_along() -> None:
    made = network(*TREE, Region("44", "Guangdong", "CN", 1))
    take(made, [Region("3301", "杭州市", "CN", 2, "44")])
    assert made.resolve(Address(region="330113")).regions == ("330113", "3301", "44")
