"""What every adapter of stock's queries must answer, each for two tenants that use equal ids.

Inherit `StockQueriesConformance` and give it `open_installation`, which opens a fresh one in a folder.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from application.kernel.register_pages import ListRegister
from application.stock.availability import (
    Amounts,
    AnswerTooLarge,
    AtLeast,
    Detail,
    GoodsStock,
    NodeStock,
)
from application.stock.balance_at import BalanceAt
from application.stock.find_availability import FindAvailability
from application.stock.find_movements import FindMovements, FindMovementsHandler
from application.stock.find_reservation import (
    FindReservation,
    FindReservationHandler,
    FindReservationsOfOrder,
    FindReservationsOfOrderHandler,
)
from application.stock.list_goods import ListGoods
from application.stock.list_nodes import ListNodes
from application.stock.lying import nothing_beside
from application.stock.ports import Promised, Standing
from application.stock.queries import (
    AccountUnknown,
    BalanceThen,
    OfAccount,
    OfCommand,
    OfReservation,
    OfShipment,
    VersionNotReached,
)
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from contracts.conformance.commands import (
    Confirm,
    Exchange,
    Receive,
    Release,
    Reserve,
    SetFloor,
    Ship,
    hold,
    position,
    wish,
)
from contracts.conformance.ground import TENANTS, Ground, ground_on
from contracts.conformance.stock_asker import (
    Asker,
    Both,
    Depart,
    Enter,
    QueriedInstallation,
    Send,
    agree_at_every_version,
    agree_now,
    anything,
)
from domain.kernel.account import AccountKey
from domain.kernel.books import EntryKey, Movement
from domain.kernel.movement import EMPTY, Balances
from domain.kernel.refusal import InvalidInput, ReservationUnknown
from domain.kernel.reservation import Pick
from domain.stock.goods import GOODS
from domain.stock.node import NODE
from domain.stock.position import Position
from domain.stock.shipment import SHIPMENTS

LONG_AGO: Final = datetime(2001, 1, 1, tzinfo=UTC)


def beside_a(nodes: Collection[str]) -> list[AccountKey]:
    """The positions of A at these nodes."""
    return [position("A", node) for node in nodes]


class StockQueriesConformance:
    """The suite."""

    async def open_installation(self, folder: Path) -> QueriedInstallation:
        """A fresh one, which may keep files in the folder."""
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def both(self, tmp_path: Path) -> AsyncIterator[Both]:
        """Two tenants' askers on one installation; the ledger's laws are checked at the end."""
        installation = await self.open_installation(tmp_path)
        async with ground_on(installation) as ground:
            first, second = (Asker(ground.shop(tenant), installation.queries) for tenant in TENANTS)
            yield first, second

    # -- availability -------------------------------------------------------------------------------------------------

    async def test_what_may_be_promised_is_available_less_the_floor_node_by_node(self, both: Both) -> None:
        for units, asker in enumerate(both, 10):
            await asker.submit(Receive("A", units, "N1"), "r1")
            await asker.submit(Receive("A", 3, "N2"), "r2")
            await asker.submit(SetFloor("A", 5, "N2"), "f2")
            await asker.submit(SetFloor("A", 2, "N1"), "f1")
            await asker.submit(hold("order", "A", 4), "hold")
        for units, asker in enumerate(both, 10):
            one = Amounts(promisable=units - 6, available=units - 4, reserved=4)
            two = Amounts(promisable=0, available=3)
            total = Amounts(promisable=units - 6, available=units - 1, reserved=4)
            found = await asker.availability("A")
            assert found.goods == (GoodsStock("A", total, (NodeStock("N1", one), NodeStock("N2", two))),)
            assert await asker.total("A") == total
            at_two = await asker.availability("A", nodes=("N2", "N9"))
            assert at_two.goods == (GoodsStock("A", two, (NodeStock("N2", two),)),)
            total_at_two = await asker.availability("A", nodes=("N2",), detail=Detail.TOTAL)
            assert total_at_two.goods == (GoodsStock("A", two),)

    async def test_every_goods_asked_for_is_answered_once_in_the_order_asked(self, both: Both) -> None:
        asker, other = both
        await asker.submit(Receive("B", 2), "r")
        await other.submit(Receive("Z", 9), "r")
        for detail in Detail:
            found = await asker.availability("Z", "B", "A", "B", detail=detail)
            assert [each.goods for each in found.goods] == ["Z", "B", "A"]
            assert [each.amounts.available for each in found.goods] == [0, 2, 0]
        assert found.source
        assert (await asker.availability("B")).goods[0].nodes == (NodeStock("N1", Amounts(2, 2)),)

    async def test_owners_and_lots_are_shown_when_asked_for_and_summed_when_not(self, both: Both) -> None:
        for asker in both:
            lines = (
                ReceivedLine("A", "N1", 1, lot="L2"),
                ReceivedLine("A", "N1", 2, lot="L1", owner="P"),
                ReceivedLine("A", "N1", 4),
            )
            await asker.submit(ReceiveStock(lines), "r")
            [found] = (await asker.availability("A", detail=Detail.POSITION)).goods
            [node] = found.nodes
            assert found.amounts == node.amounts == Amounts(7, 7)
            assert [(p.owner, p.lot, p.channel, p.amounts.available, p.floor, p.version) for p in node.positions] == [
                ("-", "-", "-", 4, 0, 1),
                ("-", "L2", "-", 1, 0, 1),
                ("P", "L1", "-", 2, 0, 1),
            ]
            assert (await asker.availability("A")).goods == (
                GoodsStock("A", found.amounts, (NodeStock("N1", Amounts(7, 7)),)),
            )

    async def test_ids_that_look_alike_are_different(self, both: Both) -> None:
        alike = (
            "caf\u00e9",
            "cafe\u0301",
            "Caf\u00e9",
            "caf\u00e9 ",
            "a/b",
            "a\\/b",
            "%",
            "_",
            "1",
            "01",
            "\U0001f4e6",
        )
        for asker in both:
            for units, code in enumerate(alike, 1):
                await asker.submit(Receive(code, units, code), f"r {units}")
            found = await asker.availability(*alike)
            assert [each.amounts.available for each in found.goods] == list(range(1, len(alike) + 1))
            assert [[node.node for node in each.nodes] for each in found.goods] == [[code] for code in alike]
            for units, code in enumerate(alike, 1):
                assert (await asker.balance(position(code, code), 1)).balances == Balances(units)

    async def test_an_answer_says_as_of_which_commit_it_is(self, both: Both) -> None:
        asker, other = both
        await asker.submit(Receive("A", 5), "r")
        await asker.submit(hold("order", "A"), "hold")
        made = await FindReservationHandler(asker.queries)(asker.tenant, FindReservation("order"))
        assert (await asker.availability("A")).as_of == made.changed_at
        assert (await asker.availability("nothing")).as_of == made.changed_at
        await other.submit(Receive("A", 1), "later")
        assert (await asker.availability("A")).as_of > made.changed_at

    async def test_a_question_waits_for_the_version_it_names(self, both: Both) -> None:
        asker, other = both
        await asker.submit(Receive("A", 5), "r1")
        await other.submit(Receive("A", 5), "r1")
        await other.submit(Receive("A", 5), "r2")
        seen = AtLeast(Position("A", "N1"), 2)
        question = asyncio.create_task(asker.availability("A", at_least=seen))
        await asyncio.sleep(0.03)
        assert not question.done()
        await asker.submit(Receive("A", 1), "r2")
        assert (await question).goods[0].amounts.available == 6

    async def test_a_version_that_does_not_come_is_refused_and_may_be_asked_for_again(self, both: Both) -> None:
        asker, other = both
        await other.submit(Receive("A", 5), "r")
        with pytest.raises(VersionNotReached) as refused:
            await asker.availability("A", at_least=AtLeast(Position("A", "N1"), 1))
        assert refused.value.retryable
        assert (refused.value.facts["wanted"], refused.value.facts["known"]) == (1, 0)

    async def test_too_much_is_refused_before_or_instead_of_being_answered(self, both: Both) -> None:
        asker, _ = both
        for goods, nodes in (
            ((), ()),
            (("A",) * 501, ()),
            (("A",), ("N",) * 501),
            (("A\0",), ()),
            (("A",), ("\ud800",)),
        ):
            with pytest.raises(InvalidInput):
                FindAvailability(goods, nodes)
        for start in range(21):
            lines = tuple(ReceivedLine("A", f"N{start * 500 + n}", 1) for n in range(500))
            await asker.submit(ReceiveStock(lines), f"r{start}")
        for detail in (Detail.NODE, Detail.POSITION):
            with pytest.raises(AnswerTooLarge):
                await asker.availability("A", detail=detail)
        assert await asker.total("A") == Amounts(10_500, 10_500)
        assert len((await asker.availability("A", nodes=tuple(f"N{n}" for n in range(500)))).goods[0].nodes) == 500

    # -- reservations -------------------------------------------------------------------------------------------------

    async def test_a_reservation_is_found_as_it_stands_with_every_field(self, both: Both) -> None:
        for asker in both:
            await asker.submit(Receive("A", 10), "r1")
            await asker.submit(Receive("B", 10, "N2"), "r2")
            wishes = (wish("A", 3), wish("B", 2, "N1", "N2", line="2"))
            groups = (("slot", ("A", "N1"), 2, ("1", "2")),)
            await asker.submit(Reserve("order", wishes, order="PO 7", scene="wholesale", groups=groups), "hold")
            await asker.submit(Confirm("order", (Pick("1", 1),)), "pay")
            await asker.submit(Release("early"), "cancel")
            kept = await asker.shop.snapshot()
            for id in ("order", "early"):
                assert await asker.queries.reservation(asker.tenant, id) == kept.reservations[id]
            find = FindReservationHandler(asker.queries)
            found = await find(asker.tenant, FindReservation("order"))
            assert (found.status, found.order, found.scene, found.request) == (
                "partly_confirmed",
                "PO 7",
                "wholesale",
                "hold",
            )
            [leg] = found.lines[0].legs
            assert (leg.held, leg.confirmed, leg.holds[0].account["goods"]) == (2, 1, "A")
            assert found.groups[0].stage == "confirmed"
            early = await find(asker.tenant, FindReservation("early"))
            assert (early.status, early.lines) == ("cancelled", ())

    async def test_what_another_tenant_holds_is_not_there(self, both: Both) -> None:
        asker, other = both
        await other.submit(Receive("A", 5), "r")
        await other.submit(Reserve("order", (wish("A"),), order="PO"), "hold")
        await other.submit(Send("S", "A", 2), "send")
        with pytest.raises(ReservationUnknown):
            await FindReservationHandler(asker.queries)(asker.tenant, FindReservation("order"))
        page = await FindReservationsOfOrderHandler(asker.queries)(asker.tenant, FindReservationsOfOrder("PO"))
        assert page.reservations == ()
        for of in (OfAccount(position("A")), OfCommand("hold"), OfReservation("order"), OfShipment("S")):
            assert await asker.movements(of) == []
            assert await other.movements(of)
        for at in (0, 1, datetime.now(UTC)):
            with pytest.raises(AccountUnknown):
                await asker.balance(position("A"), at)
        assert await asker.holding("A") == []
        assert await asker.total("A") == Amounts()

    async def test_the_reservations_of_an_order_come_in_pages(self, both: Both) -> None:
        ids = ["b", "B", "a", "a ", "10", "9", "é"]
        for asker in both:
            await asker.submit(Receive("A", 50), "r")
            for id in ids:
                await asker.submit(Reserve(id, (wish("A"),), order="PO"), f"hold {id}")
            await asker.submit(Reserve("other", (wish("A"),), order="po"), "hold other")
            find = FindReservationsOfOrderHandler(asker.queries)
            seen, after = [], ""
            for _ in range(3):
                page = await find(asker.tenant, FindReservationsOfOrder("PO", after, 3))
                seen += [each.reservation for each in page.reservations]
                after = page.after
            assert after == ""
            assert seen == sorted(ids, key=str.encode)

    # -- movements ----------------------------------------------------------------------------------------------------

    async def test_what_lies_where_is_read_with_other_accounts_from_one_snapshot(self, both: Both) -> None:
        for asker in both:
            await asker.submit(Receive("A", 5), "in")
            await asker.submit(Receive("A", 7, "N2"), "in 2")
            await asker.submit(Receive("A", 9, "N3"), "in 3")
            await asker.submit(Receive("B", 3), "in 4")
            await asker.submit(SetFloor("A", 2), "floor")
            await asker.submit(SetFloor("A", 7, "N2"), "floor 2")
            await asker.submit(hold("X", "B", 1), "hold")
            keys = (position("B"), position("none"))
            found = await asker.queries.lying(asker.tenant, ("B", "A", "none"), ("N2", "N1"), keys, True)
            assert [(each.goods, each.node, each.grantable) for each in found.positions] == [
                ("A", "N1", 3),
                ("B", "N1", 2),
            ]
            assert {each.expires for each in found.positions} == {""}
            assert {key: account.grantable for key, account in found.accounts.items()} == {position("B"): 2}
            found = await asker.queries.lying(
                asker.tenant,
                ("A",),
                ("N1", "N2"),
                (position("none"),),
                False,
                beside_a,
            )
            assert {key: account.grantable for key, account in found.accounts.items()} == {position("A"): 3}
            nothing = await asker.queries.lying(asker.tenant, (), (), (), False)
            assert (nothing.positions, nothing.accounts) == ([], {})

    async def test_reads_asked_together_answer_as_each_does_alone(self, both: Both) -> None:
        for units, asker in enumerate(both, 5):
            await asker.submit(Receive("A", units), "in")
            await asker.submit(Receive("B", units * 2, "N2"), "in 2")
            await asker.submit(hold("X", "A", units - 3), "hold")
        asked = [
            (asker.tenant, goods, nodes, keys, expected, beside)
            for asker in both
            for goods in (("A",), ("B", "A"), ("none",), ())
            for nodes in (("N1", "N2"), ("N2",))
            for keys, beside in (((), nothing_beside), ((position("A"),), beside_a))
            for expected in (False, True)
        ]
        queries = both[0].queries
        alone = [await queries.lying(*each) for each in asked]
        order = random.Random(5).sample(range(len(asked)), len(asked))
        together = [asyncio.create_task(queries.lying(*asked[number])) for number in order]
        given_up = [asyncio.create_task(queries.lying(*each)) for each in asked[:3]]
        await asyncio.sleep(0)
        for each in given_up:
            each.cancel()
        found = dict(zip(order, await asyncio.gather(*together), strict=True))
        assert [found[number] for number in range(len(asked))] == alone
        assert {(each.goods, each.grantable) for each in alone[8].positions} == {("A", 3), ("B", 10)}
        later = asyncio.create_task(queries.lying(*asked[0]))
        await both[0].submit(Receive("A", 1), "in 3")
        await later
        assert [each.grantable for each in (await queries.lying(*asked[0])).positions] == [4]

    async def test_movements_are_found_by_account_command_reservation_and_shipment(self, both: Both) -> None:
        for asker in both:
            await asker.submit(Receive("A", 10), "in")
            await asker.submit(hold("X", "A", 3), "hold")
            await asker.submit(hold("Y", "A"), "hold Y")
            await asker.submit(Confirm("X", (Pick("1", 2),)), "pay")
            await asker.submit(Confirm("Y"), "pay Y")
            await asker.submit(Depart(("X", "Y"), Send("X", "A", 3)), "send")
            await asker.submit(Send("X", "A", 3), "get")
            kept = await asker.shop.snapshot()

            def kinds(found: list[Movement]) -> list[str]:
                return [movement.kind.name for movement in found]

            for limit in (1, 2, 500):
                assert await asker.movements(OfAccount(position("A")), limit) == kept.movements[position("A")]
                assert kinds(await asker.movements(OfReservation("X"), limit)) == ["RESERVE", "CONFIRM", "SHIP"]
                of_shipment = await asker.movements(OfShipment("X"), limit)
                assert sorted(kinds(of_shipment)) == [*["ARRIVE"] * 2, *["DISPATCHED"] * 2, "SHIP", "SHIP"]
                assert kinds(of_shipment)[-2:] == ["ARRIVE", "ARRIVE"]
                assert {movement.account.kind.name for movement in of_shipment} == {"stock", "shipment"}
                assert kinds(await asker.movements(OfReservation("Y"), limit)) == ["RESERVE", "CONFIRM", "SHIP"]
                of_command = await asker.movements(OfCommand("send"), limit)
                assert sorted(kinds(of_command)) == ["DISPATCHED", "DISPATCHED", "SHIP", "SHIP"]
            lines = kept.movements[position("A")]
            none = position("none")
            of_all = await asker.queries.movements_of(asker.tenant, [(none, 0, 2), (position("A"), 1, len(lines))])
            assert [each.movement for each in of_all] == lines[1:]
            found = await asker.queries.reservations(asker.tenant, ["none", "Y", "X"])
            assert {each.id: each for each in found} == {
                id: await asker.queries.reservation(asker.tenant, id) for id in ("X", "Y")
            }
            assert await asker.movements(OfCommand("none")) == []
            assert await asker.movements(OfAccount(position("none"))) == []
            assert await asker.movements(OfReservation("none")) == []
            assert await asker.movements(OfShipment("none")) == []

    async def test_a_movement_says_who_did_what_and_from_where_to_where(self, both: Both) -> None:
        asker, _ = both
        await asker.submit(Receive("A", 10), "in")
        await asker.submit(hold("X", "A", 4, scene="wholesale"), "hold")
        page = await FindMovementsHandler(asker.queries)(asker.tenant, FindMovements(OfReservation("X")))
        [found] = page.movements
        assert (found.movement, found.source, found.target, found.quantity) == ("RESERVE", "available", "reserved", 4)
        assert (found.available, found.reserved, found.version, found.scene) == (6, 4, 2, "wholesale")
        assert (found.request, found.command, found.actor, found.principal) == ("hold", "Reserve", "clerk", "gateway")
        assert found.account == {"owner": "-", "goods": "A", "node": "N1", "lot": "-", "channel": "-"}
        assert page.after == ""

    @pytest.mark.parametrize(
        "after", ["x", "1", "1.2", "1.2.3.4", "-1.2.3", "1.2.²", f"1.1.{2**63}", "1.1." + "9" * 99]
    )
    def test_a_page_goes_on_only_after_what_a_page_ended_with(self, after: str) -> None:
        with pytest.raises(InvalidInput):
            FindMovements(OfCommand("r"), after)

    def test_what_the_platform_did_can_be_asked_for_however_long_its_id(self) -> None:
        FindMovements(OfCommand(f"expire:{'r' * 128}:1001"))
        with pytest.raises(InvalidInput):
            FindMovements(OfCommand("r" * 153))

    @pytest.mark.parametrize("limit", [0, 501, -1])
    def test_a_page_is_bounded(self, limit: int) -> None:
        for ask in (
            lambda: FindMovements(OfCommand("r"), limit=limit),
            lambda: FindReservationsOfOrder("o", limit=limit),
            lambda: ListGoods(limit=limit),
            lambda: ListNodes(limit=limit),
        ):
            with pytest.raises(InvalidInput):
                ask()

    # -- past balances ------------------------------------------------------------------------------------------------

    async def test_a_past_balance_is_refused_where_there_is_none(self, both: Both) -> None:
        asker, _ = both
        await asker.submit(Receive("A", 10), "in")
        assert await asker.balance(position("A"), 0) == BalanceThen(EMPTY, 0, 0, None)
        assert await asker.balance(position("A"), LONG_AGO) == BalanceThen(EMPTY, 0, 0, None)
        with pytest.raises(VersionNotReached):
            await asker.balance(position("A"), 2)
        with pytest.raises(AccountUnknown):
            await asker.balance(position("B"), 0)
        for at in (-1, 2**63, True, datetime(2026, 1, 1)):  # noqa: DTZ001 - a time without its zone
            with pytest.raises(InvalidInput):
                BalanceAt(position("A"), at)

    @pytest.mark.parametrize("seed", range(4))
    async def test_after_any_history_every_answer_is_what_a_replay_of_the_movements_gives(
        self, both: Both, seed: int
    ) -> None:
        chance = random.Random(seed)
        for step in range(30):
            asker = chance.choice(both)
            await asyncio.gather(
                *(asker.shop.outcome(anything(chance), f"{step}.{number}") for number in range(chance.randint(1, 4)))
            )
            await agree_now(asker, await asker.shop.snapshot())
        for asker in both:
            await agree_at_every_version(asker, await asker.shop.snapshot())

    # -- who holds a position -----------------------------------------------------------------------------------------

    async def test_the_holders_of_a_position_are_found_the_latest_first(self, both: Both) -> None:
        for asker in both:
            await asker.submit(Receive("A", 100), "in")
            await asker.submit(Receive("A", 100, "N2"), "in 2")
            for n in range(1, 7):
                await asker.submit(hold(f"R{n}", "A", n), f"hold {n}")
            await asker.submit(Release("R2"), "cancel")
            await asker.submit(Confirm("R3"), "pay 3")
            await asker.submit(Confirm("R4", (Pick("1", 1),)), "pay 4")
            await asker.submit(Confirm("R5"), "pay 5")
            await asker.submit(Ship("R5"), "ship")
            await asker.submit(Exchange("R6", (Pick("1", 4),), (("A", "N2"),)), "swap")
            there = [
                Promised("R6", "held", 2, 0),
                Promised("R4", "partly_confirmed", 3, 1),
                Promised("R3", "confirmed", 0, 3),
                Promised("R1", "held", 1, 0),
            ]
            assert await asker.holding("A") == there
            assert await asker.holding("A", most=2) == there[:2]
            assert await asker.holding("A", "N2") == [Promised("R6", "held", 4, 0)]
            assert await asker.holding("A", "N3") == []

    # -- registers ----------------------------------------------------------------------------------------------------

    async def test_registers_are_listed_page_by_page_by_prefix(self, both: Both) -> None:
        codes = ["a%1", "a%2", "a_", "ab", "A%", "b", "a%é", "a%\ud7ff", "a&", "\U0010ffff", "\U0010ffffa"]
        for asker in both:
            for code in codes:
                await asker.submit(Enter(GOODS, code), f"goods {code}")
            await asker.submit(Enter(NODE, "a%node", active=False), "node")

            async def listed(prefix: str, asker: Asker = asker) -> list[str]:
                seen, after = [], ""
                while True:
                    page = await ListRegister(asker.queries)(asker.tenant, ListGoods(prefix, after, 2))
                    seen += [each.code for each in page.entries]
                    after = page.after
                    if not after:
                        return seen

            for prefix in ("", "a%", "a", "A", "a%\ud7ff", "\U0010ffff", "zz"):
                assert await listed(prefix) == sorted(code for code in codes if code.startswith(prefix))
            nodes = await ListRegister(asker.queries)(asker.tenant, ListNodes())
            [node] = nodes.entries
            assert (node.code, node.facts["active"], node.version) == ("a%node", False, 1)

    async def test_the_feed_tells_how_entries_stand_and_what_was_written_lately(self, tmp_path: Path) -> None:
        installation = await self.open_installation(tmp_path)
        async with ground_on(installation) as ground:
            feed = installation.feed
            a, b, node = EntryKey(GOODS, "A"), EntryKey(GOODS, "B"), EntryKey(NODE, "A")
            assert (await feed.changed((GOODS, NODE), None, 10)).latest == 0
            await self._enter(ground, (Enter(GOODS, "A"), Enter(NODE, "A")))
            first = await feed.changed((GOODS, NODE), None, 10)
            assert first.entries == {}
            await self._enter(ground, (Enter(GOODS, "A", active=False), Enter(SHIPMENTS, "S")))
            north, south = TENANTS
            asked = {north: [a, b, node], "nobody": [a]}
            standing = await feed.standing(asked)
            assert standing[north] == {a: Standing(2, active=False), node: Standing(1, active=True)}
            assert not standing.get("nobody")
            lately = await feed.changed((GOODS, NODE), first.latest, 10)
            assert lately.latest > first.latest
            assert lately.entries == {tenant: {a: Standing(2, active=False)} for tenant in TENANTS}
            assert (await feed.changed((GOODS, NODE), first.latest, 1)).entries is None
            assert (await feed.changed((GOODS,), lately.latest, 1)).entries == {}
            everything = await feed.changed((GOODS, NODE), 0, 10)
            assert everything.entries == {
                tenant: {a: Standing(2, active=False), node: Standing(1, active=True)} for tenant in (north, south)
            }

    async def test_entries_are_followed_with_all_they_say_in_the_order_they_were_written(self, tmp_path: Path) -> None:
        installation = await self.open_installation(tmp_path)
        async with ground_on(installation) as ground:
            feed = installation.feed
            assert not await feed.written((GOODS, NODE), 0, 10)
            await self._enter(ground, (Enter(GOODS, "A"), Enter(NODE, "A"), Enter(GOODS, "B")))
            first = await feed.written((GOODS, NODE), 0, 100)
            assert len(first) == 3 * len(TENANTS)
            assert [each.change for each in first] == sorted(each.change for each in first)
            paged = list(await feed.written((GOODS, NODE), 0, 2))
            assert paged == list(first[:2])
            assert list(await feed.written((GOODS, NODE), paged[-1].change, 100)) == list(first[2:])
            await self._enter(ground, (Enter(GOODS, "A", active=False), Enter(SHIPMENTS, "S")))
            lately = await feed.written((GOODS, NODE), first[-1].change, 100)
            assert [(each.tenant, each.entry.key.code, each.entry.version) for each in lately] == [
                (tenant, "A", 2) for tenant in sorted(TENANTS, key=[each.tenant for each in lately].index)
            ]
            assert all(each.entry.facts["active"] is False and each.entry.changed_at for each in lately)
            again = await feed.written((GOODS,), 0, 100)
            assert [each.entry.key.code for each in again] == ["B", "B", "A", "A"]

    @staticmethod
    async def _enter(ground: Ground, commands: tuple[Enter, ...]) -> None:
        for tenant in TENANTS:
            for command in commands:
                await ground.shop(tenant).submit(command, f"{command}")
