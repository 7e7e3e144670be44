"""Supply and policies as an installation has them: set, seen at once, seen by others, the same on every database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.inprocess.policies import TenancyPolicies
from adapters.inprocess.supplying import SupplyAlternatives
from application.kernel.call import Call
from application.sourcing.ports import Part as GoodsPart
from application.sourcing.ports import Wanted
from application.sourcing.refusals import PolicyUnknown
from application.stock.change_goods import ChangeGoods, GoodsChange
from application.stock.register_goods import RegisterGoods
from application.supply.list_items import ListItems
from application.supply.list_supply import ListSupply
from application.supply.resolve_supply import ResolveSupply, SupplyResolved
from application.supply.set_items import SetItems
from application.supply.set_supply import SetSupply
from application.tenancy.explain_policy import ExplainPolicy
from application.tenancy.list_policies import ListPolicies
from application.tenancy.publish_policies import PublishPolicies
from domain.kernel.refusal import Refusal
from domain.sourcing.policy import CRITERIA, Band
from domain.stock.goods import Goods
from domain.supply.item import SalesItem, Sku
from domain.supply.mapping import Supply, SupplyMapping
from domain.tenancy import settings as tenancy
from domain.tenancy.policy import PublishedPolicy
from domain.tenancy.settings import Freight, Settings, Weight
from entrypoints.composition.installation import open_root
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.root import Root
from entrypoints.composition.settings import load_settings
from tests.unit.supply.catalogue import maps

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(params=["memory", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return "memory:" if request.param == "memory" else f"sqlite:///{tmp_path / 'supply.db'}"


class House:
    """One process on the database: its commands, its questions, and what a promise asks it."""

    def __init__(self, root: Root) -> None:
        self._commands = root.commands()
        self._queries = root.queries()
        self.supplying: SupplyAlternatives = root.supplying()
        self.rules: TenancyPolicies = root.rules()

    async def handle(self, call: Call, command: Any) -> Any:
        return await self._commands[type(command)](call, command)

    async def ask(self, tenant: str, query: Any) -> Any:
        return await self._queries[type(query)](tenant, query)


Houses = Callable[[], Awaitable[House]]


@pytest.fixture
async def houses(url: str) -> AsyncIterator[Houses]:
    """Opens one process after another on the same database."""
    settings = load_settings(database={"url": url})
    if not url.startswith("memory"):
        migrate(settings)
    async with AsyncExitStack() as stack:

        async def another() -> House:
            root = await stack.enter_async_context(open_root(settings))
            committer = root.committer()
            committer.start()
            stack.push_async_callback(committer.drain)
            return House(root)

        yield another


@pytest.fixture
async def house(houses: Houses) -> House:
    made = await houses()
    await handle(made, RegisterGoods(tuple(Goods(code, code) for code in ("LEAF", "TIN", "FRESH"))))
    await handle(made, SetItems((SalesItem("tea", "Tea", (Sku("tea-100"), Sku("tea-box"))), one("cup"))))
    return made


def one(code: str) -> SalesItem:
    return SalesItem(code, code, (Sku(code),))


asked = 0


async def handle(house: House, command: Any, *, tenant: str = "acme", request: str = "") -> Any:
    global asked
    asked += 1
    return await house.handle(Call(tenant, "clerk", request or f"r{asked}"), command)


async def supplies(house: House, sku: str, *mappings: SupplyMapping, request: str = "") -> Any:
    return await handle(house, SetSupply((Supply(sku, mappings),)), request=request)


async def resolved(house: House, sku: str, tenant: str = "acme") -> SupplyResolved:
    found: SupplyResolved = await house.ask(tenant, ResolveSupply(sku, at=NOW))
    return found


async def test_what_is_set_is_resolved_at_once_and_is_nobody_elses(house: House) -> None:
    await supplies(house, "tea-100", maps("own", ("LEAF", 100)))
    await supplies(house, "tea-box", maps("kit", ("sku:tea-100", 2), "TIN"))
    found = await resolved(house, "tea-box")
    assert [{part.goods: part.units for part in option.parts} for option in found.options] == [{"LEAF": 200, "TIN": 1}]
    assert found.options[0].through == ("tea-100/own",)
    assert (await resolved(house, "tea-box", "other")).reason == "sku.unknown"


async def test_it_is_kept_as_it_was_said_and_listed(house: House) -> None:
    said = maps("own", ("LEAF", 100), since=NOW, buyers=("north",), owner="")
    await supplies(house, "tea-100", said)
    again = await supplies(house, "tea-100", said)
    assert again.entries[0].version == 1, "what is known already changes nothing"
    [entry] = (await house.ask("acme", ListSupply())).entries
    assert Supply.of(entry.code, entry.facts) == Supply("tea-100", (said,))
    page = await house.ask("acme", ListItems(limit=1))
    assert ([entry.code for entry in page.entries], page.after) == (["cup"], "cup")


async def test_a_request_that_was_accepted_is_answered_again_whatever_came_since(house: House) -> None:
    first = await supplies(house, "tea-100", maps("own", "LEAF"), request="set-1")
    await supplies(house, "tea-100")
    await handle(house, ChangeGoods((GoodsChange("LEAF", active=False),)))
    assert await supplies(house, "tea-100", maps("own", "LEAF"), request="set-1") == first
    assert (await resolved(house, "tea-100")).reason == "supply.none"


async def test_goods_must_be_registered_and_what_was_deactivated_since_is_no_option(house: House) -> None:
    with pytest.raises(Refusal, match=r"goods\.unknown"):
        await supplies(house, "tea-100", maps("own", "NOTHING"))
    await supplies(house, "tea-100", maps("own", "LEAF"), maps("fresh", "FRESH", priority=1))
    await handle(house, ChangeGoods((GoodsChange("LEAF", active=False),)))
    found = await resolved(house, "tea-100")
    assert [option.mapping for option in found.options] == ["fresh"]
    assert [(each.mapping, each.reason, each.of) for each in found.rejected] == [("own", "mapping.goods", "LEAF")]


async def test_no_circle_can_be_made_though_two_are_set_at_once(house: House) -> None:
    outcomes = await asyncio.gather(
        supplies(house, "tea-100", maps("kit", "sku:tea-box")),
        supplies(house, "tea-box", maps("kit", "sku:cup")),
        supplies(house, "cup", maps("kit", "sku:tea-100")),
        return_exceptions=True,
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert [refusal.own_code for refusal in refused] == ["supply.cycle"]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_no_circle_can_be_made_by_two_processes_that_do_not_see_each_other(houses: Houses) -> None:
    left, right = await houses(), await houses()
    await handle(left, SetItems((one("a"), one("b"))))
    for house in (left, right):
        assert (await resolved(house, "a")).reason == "supply.none"
    await supplies(left, "a", maps("kit", "sku:b"))
    with pytest.raises(Refusal, match=r"supply\.cycle"):
        await supplies(right, "b", maps("kit", "sku:a"))


# -- as a promise asks ------------------------------------------------------------------------------------------------


async def test_a_promise_is_told_what_can_stand_for_each_line(house: House) -> None:
    await supplies(
        house,
        "tea-100",
        maps("own", ("LEAF", 100), priority=7),
        maps("farm", "FRESH", mode="backend", supplier="farm", owner="", priority=7),
        maps("tin", "TIN", substitute=True),
    )
    answers = house.supplying
    wanted = (Wanted("1", 2, sku="tea-100"), Wanted("2", 1, goods="TIN"))
    first, second = await answers.resolve("acme", wanted, "north", NOW)
    assert [(each.supplier, each.owner, each.priority, each.substitute) for each in first] == [
        ("farm", None, 0, False),
        ("-", "-", 0, False),
        ("-", "-", 1, True),
    ]
    assert first[1].parts == (GoodsPart("LEAF", 100),)
    assert [(each.sku, each.owner, each.parts) for each in second] == [("", None, (GoodsPart("TIN", 1),))]


async def test_a_line_that_nothing_can_stand_for_is_refused_with_every_reason(house: House) -> None:
    answers = house.supplying

    async def refused(**named: str) -> Refusal:
        with pytest.raises(Refusal) as refusal:
            await answers.resolve("acme", (Wanted("7", 1, **named),), "north", NOW)
        assert refusal.value.facts["line"] == "7"
        return refusal.value

    assert (await refused(sku="nothing")).own_code == "sku.unknown"
    assert (await refused(item="nothing")).own_code == "item.unknown"
    several = await refused(item="tea")
    assert (several.own_code, several.facts["skus"]) == ("item.ambiguous", ["tea-100", "tea-box"])
    await supplies(house, "cup", maps("old", "LEAF", until=NOW), maps("south", "TIN", buyers=("south",)))
    none = await refused(item="cup")
    assert none.own_code == "supply.none"
    assert none.facts["rejected"] == [
        {"mapping": "old", "reason": "mapping.over", "of": ""},
        {"mapping": "south", "reason": "mapping.buyer", "of": ""},
    ]


# -- policies ---------------------------------------------------------------------------------------------------------

HOUSE = PublishedPolicy(
    "house",
    Settings(
        mix=(Weight("least_cost", 3), Weight("nearest")),
        freight=(Freight(450, 1, 2_000), Freight(900, 2)),
        split_cost=300,
        suppliers=("-", "farm"),
        hold_seconds=600,
    ),
)


async def test_what_is_published_holds_at_once_for_whom_it_is_meant(house: House) -> None:
    await handle(house, PublishPolicies((HOUSE, PublishedPolicy("shop", Settings(whole_only=True), "retail"))))
    found = await house.ask("acme", ExplainPolicy("retail", "order"))
    told = {rule.field: (rule.value, rule.policy, rule.level) for rule in found.rules}
    assert (found.policy, found.version) == ("house", 1)
    assert told["whole_only"] == (True, "shop", "line")
    assert told["split_cost"] == (300, "house", "tenant")
    assert told["expected"] == (False, "", "default")
    assert (await house.ask("other", ExplainPolicy("retail"))).version == 0
    page = await house.ask("acme", ListPolicies(limit=1))
    assert (page.policies, page.after) == ((HOUSE,), "house")


async def test_the_same_published_again_changes_nothing(house: House) -> None:
    for _ in range(2):
        assert (await handle(house, PublishPolicies((HOUSE,)))).entries[0].version == 1
    assert (await handle(house, PublishPolicies(()))).entries[0].version == 2
    assert (await house.ask("acme", ListPolicies())).policies == ()


async def test_what_conflicts_is_not_published_and_what_was_holds(house: House) -> None:
    await handle(house, PublishPolicies((HOUSE,)))
    with pytest.raises(Refusal, match=r"policy\.conflict"):
        await handle(house, PublishPolicies((HOUSE, PublishedPolicy("other", Settings(split_cost=1)))))
    assert (await house.ask("acme", ListPolicies())).version == 1


async def test_a_promise_is_told_its_rules(house: House) -> None:
    policies = house.rules
    await handle(house, PublishPolicies((HOUSE,)))
    rules = await policies.rules("acme", "", "retail", "order")
    assert rules.policy.name == "house"
    assert rules.policy.mix == (("least_cost", 3), ("nearest", 1))
    assert rules.policy.costs.freight == (Band(2_000, 450, 1), Band(None, 900, 2))
    assert (rules.suppliers, rules.max_splits) == (frozenset({"-", "farm"}), None)
    assert rules.hold_for is not None
    assert rules.hold_for.total_seconds() == 600
    assert await policies.rules("acme", "", "retail", "order") is rules, "translated once"
    nearest = await policies.rules("acme", "nearest", "retail", "order")
    assert (nearest.policy.name, nearest.policy.mix, nearest.hold_for) == ("nearest", (("nearest", 1),), rules.hold_for)
    assert (await policies.rules("other", "", "", "")).policy.name == "fewest_splits"
    with pytest.raises(PolicyUnknown):
        await policies.rules("acme", "nothing", "", "")


def test_every_criterion_of_sourcing_can_be_published() -> None:
    assert sorted(tenancy.CRITERIA) == sorted(CRITERIA)
