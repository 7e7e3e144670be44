"""Entering the network: what fits is written once, what does not is refused, and whoever asks next sees it."""

from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.grid.coverage import GridIndex
from adapters.inprocess.routing import WarehouseRouting
from application.kernel.call import Call
from application.kernel.entries import Followed, WrittenEntry
from application.sourcing import routing as asked_by_sourcing
from application.sourcing.routing import Destination
from application.stock.change_node import ChangeNode, NodeChange
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.warehouse.list_network import ListNetwork
from application.warehouse.network import REGISTERS, Network
from application.warehouse.resolve_address import ResolveAddress
from application.warehouse.route_address import MAX_CANDIDATES, RouteAddress, RouteAddressHandler
from application.warehouse.set_calendars import SetCalendars
from application.warehouse.set_postcodes import SetPostcodes
from application.warehouse.set_regions import SetRegions
from application.warehouse.set_relations import SetRelations
from application.warehouse.set_sites import SetSites
from domain.kernel.books import Entry, EntryKey
from domain.kernel.refusal import InvalidInput, Refusal
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.warehouse import routing
from domain.warehouse.address import Address
from domain.warehouse.calendar import Calendar
from domain.warehouse.coverage import Coverage, Prefix
from domain.warehouse.region import Postcode, Region
from domain.warehouse.relation import Relation
from domain.warehouse.site import Site, Transit
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import load_settings
from tests.unit.warehouse.networks import NOW, OFFICE, REGISTER

ZHEJIANG = Region("33", "浙江省", "CN", 1)
HANGZHOU = Region("3301", "杭州市", "CN", 2, "33", 30.25, 120.17)
FULL = Site(
    "N",
    30.25,
    120.17,
    "CN",
    "3301",
    "310000",
    "office",
    1,
    (Transit(0, 1, 100.0), Transit(1, 3)),
    "office",
    5,
    200,
    3,
    400,
    9_000,
    True,
    Coverage(
        True, ("CN",), ("33",), (Prefix("CN", "31"),), 12.5, ((((0.0, 0.0), (9.0, 0.5), (9.0, 9.0), (0.0, 0.0)),),)
    ),
    Coverage(regions=("3301",)),
)


class House:
    """An installation, and requests one after the other."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self._requests = 0

    async def do(self, command: Any, request: str = "") -> list[int]:
        """The versions after the command."""
        self._requests += 1
        reply = await self.installation.handle(Call("acme", "ann", request or f"r{self._requests}"), command)
        return [entry.version for entry in reply.entries]

    async def ask(self, query: Any, tenant: str = "acme") -> Any:
        return await self.installation.ask(tenant, query)


@pytest.fixture(params=["memory", "sqlite"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'house.db'}"
    settings = load_settings(database={"url": url})
    if request.param == "sqlite":
        migrate(settings)
    async with open_installation(settings, worker=False) as installation:
        made = House(installation)
        await made.do(RegisterNode((Node("N", "North"), Node("S", "South"))))
        await made.do(RegisterGoods((Goods("tea", "Tea"),)))
        await made.do(SetRegions((ZHEJIANG, HANGZHOU)))
        await made.do(SetCalendars((OFFICE,)))
        yield made


async def test_what_is_said_again_changes_nothing_and_what_is_said_anew_does(house: House) -> None:
    relation = Relation("r", "party", "shop", "node", "N", 3, ("-", "agent"), NOW, None)
    holidays = replace(OFFICE, code="h", holidays=("2026-05-01",))
    for command, changed in (
        (SetSites((FULL,)), SetSites((replace(FULL, priority=6),))),
        (SetRelations((relation,)), SetRelations((replace(relation, until=None, active=False),))),
        (SetPostcodes((Postcode("CN", "31", "33", 30.0, 120.0),)), SetPostcodes((Postcode("CN", "31", "33"),))),
        (SetCalendars((holidays,)), SetCalendars((replace(holidays, holidays=()),))),
        (SetRegions((replace(HANGZHOU, code="3302"),)), SetRegions((replace(HANGZHOU, code="3302", name="Ningbo"),))),
    ):
        assert await house.do(command) == [1]
        assert await house.do(command) == [1], type(command)
        assert await house.do(changed) == [2]


async def test_a_site_comes_back_as_it_was_said(house: House) -> None:
    await house.do(SetSites((FULL,)))
    [entry] = (await house.ask(ListNetwork("site"))).entries
    assert Site.of(entry.code, entry.facts) == FULL


async def test_who_asks_next_sees_what_was_said(house: House) -> None:
    ask = RouteAddress(Address(region="3301"), at=NOW, explain=1)
    assert (await house.ask(ask)).candidates == ()
    await house.do(SetSites((Site("N", covers=Coverage(regions=("33",))), Site("S"))))
    found = await house.ask(ask)
    assert [each.node for each in found.candidates] == ["N"]
    assert ([*found.reasons], found.after, found.rejected) == ([routing.Rejected("S", "coverage")], "", {"coverage": 1})
    with pytest.raises(Refusal, match=r"address\.unknown"):
        await house.ask(ask, tenant="someone-else")
    assert (await house.ask(ResolveAddress(Address(region="3301")))).regions == ("3301", "33")


class Entered:
    """A feed of things that were entered by the tenant acme."""

    def __init__(self, *things: Any) -> None:
        self._written = [
            WrittenEntry(number, "acme", Entry(EntryKey(REGISTER[type(thing)], thing.code), thing.facts(), 1))
            for number, thing in enumerate(things, 1)
        ]

    async def written(self, registers: Collection[str], after: int, limit: int) -> list[WrittenEntry]:
        return [each for each in self._written if each.change > after][:limit]


async def test_sourcing_is_answered_with_the_same() -> None:
    site = replace(FULL, covers=Coverage(nations=("CN",)), excludes=None)
    feed = Entered(ZHEJIANG, HANGZHOU, OFFICE, site, Site("S"))
    networks = Followed(feed, REGISTERS, lambda: Network(GridIndex, ZoneInfo), lambda: 0.0)
    own = await RouteAddressHandler(networks, lambda: NOW)(
        "acme", RouteAddress(Address(region="3301"), "", ("tea",), None, 5)
    )
    answers = WarehouseRouting(networks)
    routed = await answers.candidates("acme", Destination(region="3301"), "", ("tea",), NOW)
    assert [*map(tuple, routed.candidates.values())] == [*map(tuple, own.candidates)]
    assert {node: each.node for node, each in routed.candidates.items()} == {"N": "N"}
    assert (routed.rejected, routed.destination.regions) == (own.rejected, ("3301", "33"))
    assert routed.destination.lat == 30.25
    rejected = await answers.rejected("acme", Destination(region="3301"), "", ("tea",), NOW, "", 5)
    assert [*map(tuple, rejected)] == [*map(tuple, own.reasons)] == [("S", "coverage")]


def test_sourcings_values_have_the_same_parts_in_the_same_order() -> None:
    for theirs, ours in (
        (asked_by_sourcing.Candidate, routing.Candidate),
        (asked_by_sourcing.Rejected, routing.Rejected),
    ):
        assert theirs._fields == ours._fields
        assert theirs.__annotations__ == ours.__annotations__


UNFITTING = (
    (SetSites((Site("W"),)), "node.unknown"),
    (SetSites((Site("N", calendar="c"),)), "calendar.unknown"),
    (SetSites((Site("N", transit_calendar="c"),)), "calendar.unknown"),
    (SetSites((Site("N", region="1"),)), "region.unknown"),
    (SetSites((Site("N", covers=Coverage(regions=("1",))),)), "region.unknown"),
    (SetSites((Site("N", excludes=Coverage(regions=("1",))),)), "region.unknown"),
    (SetCalendars((replace(OFFICE, zone="Europe/Atlantis"),)), "input.invalid"),
    (SetCalendars((replace(OFFICE, zone="America"),)), "input.invalid"),
    (SetCalendars((replace(OFFICE, zone="../etc"),)), "input.invalid"),
    (SetRegions((replace(HANGZHOU, code="x", parent="1"),)), "region.unknown"),
    (SetRegions((replace(HANGZHOU, code="x", successors=("1",)),)), "region.unknown"),
    (SetRegions((replace(HANGZHOU, code="x", level=1),)), "region.tree"),
    (SetRegions((replace(HANGZHOU, code="x", nation="JP"),)), "region.tree"),
    (SetRegions((replace(HANGZHOU, level=3),)), "region.tree"),
    (SetRegions((replace(HANGZHOU, nation="JP", parent=""),)), "region.tree"),
    (SetPostcodes((Postcode("CN", "1", "1"),)), "region.unknown"),
    (SetRelations((Relation("r", "goods", "pot", "node", "N"),)), "goods.unknown"),
    (SetRelations((Relation("r", "goods", "tea", "node", "W"),)), "node.unknown"),
)


async def test_what_does_not_fit_is_refused(house: House) -> None:
    for command, code in UNFITTING:
        with pytest.raises(Refusal) as refused:
            await house.do(command)
        assert refused.value.own_code == code, command


async def test_nobody_goes_over_to_what_is_retired(house: House) -> None:
    def region(code: str, *successors: str) -> SetRegions:
        return SetRegions((Region(code, code, "CN", 3, "3301", successors=successors),))

    for code in "abc":
        await house.do(region(code))
    await house.do(region("a", "b"))
    await house.do(region("b", "c"))
    assert await house.do(region("a", "b")) == [2], "as it was said when b was not retired"
    for refused in (region("c", "a"), region("c", "b")):
        with pytest.raises(Refusal, match=r"region\.tree"):
            await house.do(refused)
    assert (await house.ask(ResolveAddress(Address(region="a")))).regions[0] == "c"


async def test_a_repeat_gets_its_answer_though_the_node_is_gone(house: House) -> None:
    assert await house.do(SetSites((Site("N"),)), "once") == [1]
    await house.do(ChangeNode((NodeChange("N", active=False),)))
    assert await house.do(SetSites((Site("N"),)), "once") == [1]
    with pytest.raises(Refusal, match=r"node\.inactive"):
        await house.do(SetSites((Site("N", priority=1),)))
    assert await house.do(SetSites((Site("N", active=False),))) == [2], "what is no longer served need not be active"


async def test_no_more_candidates_are_told_than_an_answer_has(house: House) -> None:
    codes = [f"X{number:04}" for number in range(MAX_CANDIDATES + 2)]
    for first in range(0, len(codes), 500):
        part = codes[first : first + 500]
        await house.do(RegisterNode(tuple(Node(code, code) for code in part)))
        await house.do(SetSites(tuple(Site(code, covers=Coverage(anywhere=True)) for code in part)))
    found = await house.ask(RouteAddress(Address(nation="CN")))
    assert (len(found.candidates), found.more) == (MAX_CANDIDATES, 2)


@pytest.mark.parametrize(
    "fault",
    [
        lambda: SetSites(()),
        lambda: SetSites((Site("N"), Site("N"))),
        lambda: SetSites(tuple(Site(f"N{n}", covers=Coverage(regions=tuple(map(str, range(500))))) for n in range(11))),
        lambda: SetSites(tuple(Site(f"N{n}", covers=Coverage(polygons=((_round(2_500),),))) for n in range(21))),
        lambda: RouteAddress(Address(nation="CN"), explain=1_001),
        lambda: RouteAddress(Address(nation="CN"), at=NOW.replace(tzinfo=None)),
        lambda: RouteAddress(Address(nation="CN"), at=NOW.replace(year=9999)),
        lambda: RouteAddress(Address(nation="CN"), goods=tuple(map(str, range(501)))),
        lambda: ListNetwork("goods"),
        lambda: ListNetwork("site", limit=501),
        lambda: Site("N", covers=Coverage(km=1.0)),
        lambda: Site("N", 1.0, 1.0, transit=(Transit(0, 1), Transit(0, 1))),
        lambda: Site("N", 1.0, 1.0, transit=(Transit(0, 1, 5.0), Transit(0, 1, 5.0), Transit(0, 1))),
        lambda: Site("N", 1.0, 1.0, transit=(Transit(0, 1, 5.0),)),
        lambda: Site("N", postcode="k1a"),
        lambda: Transit(2, 1),
        lambda: Transit(0, 1, 0.0),
        lambda: Coverage(km=-1.0),
        lambda: Coverage(polygons=((),)),
        lambda: Coverage(nations=tuple(map(str, range(501)))),
        lambda: Region("a", "a", "CN", 0, successors=("a",)),
        lambda: Region("a", "a", "CN", 10),
        lambda: Postcode("CN", "1"),
        lambda: Postcode("C/N", "1", "33"),
        lambda: Calendar("c", "UTC", ("12:00",) * 8),
    ],
)
def test_what_could_never_be_accepted_is_refused_before_anything(fault: Any) -> None:
    with pytest.raises(InvalidInput):
        fault()


def _round(corners: int) -> tuple[tuple[float, float], ...]:
    ring = [(n / corners, 0.0) for n in range(corners - 2)] + [(1.0, 1.0)]
    return (*ring, ring[0])
