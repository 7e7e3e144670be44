"""Every operation of the interface as a method. Made from its document by `make contracts`: change it there."""

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Literal
from urllib.parse import quote

import httpx

from contracts.client.calls import Calls, Patience, read
from contracts.http.v1.bulk import BulkReply, BulkRequest
from contracts.http.v1.capacity import AdjustCapacity, Capacity, CapacityAdjusted
from contracts.http.v1.expected import (
    AnnounceSupply,
    ArriveExpected,
    ExpectedArrived,
    ExpectedSupply,
    MoveSupply,
    ReceiptPromises,
    SupplyAnnounced,
    SupplyMoved,
    SupplyWithdrawn,
    WithdrawSupply,
)
from contracts.http.v1.network import SetCalendars, SetPostcodes, SetRegions, SetRelations, SetSites
from contracts.http.v1.network_answers import (
    CalendarPage,
    PlaceResolved,
    PostcodePage,
    RegionPage,
    RelationPage,
    RoutedAddress,
    SitePage,
)
from contracts.http.v1.promises import (
    DropPromises,
    MakePromise,
    ManyPromised,
    ManyPromises,
    PinReservation,
    Promise,
    PromiseReserved,
    PromisesDropped,
    PromisesReplayed,
    RejectNode,
    ReservePooled,
    ReservePromise,
    ReserveWanted,
    WantedReserved,
)
from contracts.http.v1.queries import (
    Availability,
    BalanceThen,
    EventPage,
    GoodsPage,
    MappingPage,
    MovementPage,
    NodePage,
    ParkedPage,
    ProposalPage,
    Requeued,
    ReservationFound,
    ReservationPage,
)
from contracts.http.v1.quotas import CarveStock, ChannelStock, QuotaPage, RestoreStock, SetQuotas
from contracts.http.v1.registers import ChangeGoods, ChangeNode, RegisterGoods, RegisterNode, SetMappings
from contracts.http.v1.replies import (
    CountsProposed,
    CountsRejected,
    EntriesWritten,
    HoldsExchanged,
    PositionsMoved,
    ReservationMoved,
    ReservationShipped,
    ShipmentMoved,
    StockCounted,
)
from contracts.http.v1.reservations import (
    ConfirmReservation,
    DamageReserved,
    DeallocateReservation,
    ExchangeHolds,
    ExtendReservation,
    FreezeTransfer,
    ReleaseReservation,
    ReserveStock,
    ShipReservation,
)
from contracts.http.v1.searches import SearchPage, SumPage
from contracts.http.v1.stock import (
    AcceptReturn,
    ApproveCounts,
    CountStock,
    HoldStock,
    ProposeCounts,
    RecallShipment,
    ReceiveShipment,
    ReceiveStock,
    RejectCounts,
    ReportSale,
    SetSafetyStock,
    UnholdStock,
    WriteOffStock,
)
from contracts.http.v1.supply import SetItems, SetSupply
from contracts.http.v1.supply_answers import ItemPage, SupplyPage, SupplyResolved
from contracts.http.v1.tenancy import PolicyExplained, PolicyPage, PublishPolicies


class Entrepot:
    """An installation, as one key sees it. Close it, or use it as a context.

    Every method raises Refused for what was decided against, and Unanswered when nothing can be learned for now.
    """

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        patience: Patience | None = None,
        timeout: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._calls = Calls(base_url, key, patience=patience, timeout=timeout, transport=transport)

    async def close(self) -> None:
        """Give back the connections."""
        await self._calls.close()

    async def __aenter__(self) -> "Entrepot":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def reserve_stock(
        self, body: ReserveStock, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> ReservationMoved:
        """Reserve stock.

        Hold 1 to 500 lines for a while, or nothing at all; with `partial`, what there is. Each line is taken from
        the first of its nodes that has it all, else from them in turn. What is neither confirmed nor released in
        time expires.
        """
        return await self._calls.send("/v1/commands/reserve-stock", body, ReservationMoved, request_id, on_behalf_of)

    async def extend_reservation(
        self, body: ExtendReservation, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> ReservationMoved:
        """Extend a reservation.

        Hold what is still held for `hold_for` from now. It may bring the due time forward too.
        """
        return await self._calls.send(
            "/v1/commands/extend-reservation", body, ReservationMoved, request_id, on_behalf_of
        )

    async def exchange_holds(
        self, body: ExchangeHolds, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> HoldsExchanged:
        """Exchange holds.

        Serve a line, or some units of it, from elsewhere without letting go of it: held units are held there,
        confirmed ones confirmed there.
        """
        return await self._calls.send("/v1/commands/exchange-holds", body, HoldsExchanged, request_id, on_behalf_of)

    async def confirm_reservation(
        self, body: ConfirmReservation, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> ReservationMoved:
        """Confirm a reservation.

        What was promised is paid, and now bound to leave: all that is held, or the parts picked. A confirm that
        commits before an expiry wins.
        """
        return await self._calls.send(
            "/v1/commands/confirm-reservation", body, ReservationMoved, request_id, on_behalf_of
        )

    async def release_reservation(
        self, body: ReleaseReservation, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> ReservationMoved:
        """Release a reservation.

        Give back what is held: all of it, or the parts picked. A full release of a reservation not yet seen has a
        reserve that comes late refused; of one that ended, it releases nothing, again.
        """
        return await self._calls.send(
            "/v1/commands/release-reservation", body, ReservationMoved, request_id, on_behalf_of
        )

    async def damage_reserved(
        self, body: DamageReserved, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> ReservationMoved:
        """Report reserved stock damaged.

        Units that were bound to leave turn out broken: 1 to 500 parts of a reservation are set aside, on hand,
        promised to nobody and not shipped.
        """
        return await self._calls.send("/v1/commands/damage-reserved", body, ReservationMoved, request_id, on_behalf_of)

    async def deallocate_reservation(
        self, body: DeallocateReservation, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> ReservationMoved:
        """Deallocate a reservation.

        What was bound to leave stays after all: all that is confirmed, or the parts picked. What is held stays
        held.
        """
        return await self._calls.send(
            "/v1/commands/deallocate-reservation", body, ReservationMoved, request_id, on_behalf_of
        )

    async def receive_stock(
        self, body: ReceiveStock, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PositionsMoved:
        """Receive stock.

        Goods enter stock from the outside, 1 to 500 lines, all or none; with `opening`, as the balance a position
        starts with.
        """
        return await self._calls.send("/v1/commands/receive-stock", body, PositionsMoved, request_id, on_behalf_of)

    async def count_stock(
        self, body: CountStock, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> StockCounted:
        """Count stock.

        Set 1 to 500 positions to what was counted, all or none. More than the ledger says is a gain, less a loss.
        Where available units do not cover the loss, it is refused with the reservations that hold the rest;
        `displace` names those that give up what they hold of the counted positions.
        """
        return await self._calls.send("/v1/commands/count-stock", body, StockCounted, request_id, on_behalf_of)

    async def propose_counts(
        self, body: ProposeCounts, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> CountsProposed:
        """Propose counts.

        Compare 1 to 500 positions of another system's snapshot with the ledger as it was at the snapshot's time,
        and propose the differences. Nothing is counted before a proposal is approved; the same snapshot proposes
        nothing twice.
        """
        return await self._calls.send("/v1/commands/propose-counts", body, CountsProposed, request_id, on_behalf_of)

    async def approve_counts(
        self, body: ApproveCounts, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> StockCounted:
        """Approve counts.

        Count 1 to 500 proposed differences, all or none, on top of what moved since the snapshot. Refused where a
        position was counted since, and where a count is.
        """
        return await self._calls.send("/v1/commands/approve-counts", body, StockCounted, request_id, on_behalf_of)

    async def reject_counts(
        self, body: RejectCounts, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> CountsRejected:
        """Reject counts.

        Let 1 to 500 proposed differences be, all or none.
        """
        return await self._calls.send("/v1/commands/reject-counts", body, CountsRejected, request_id, on_behalf_of)

    async def set_safety_stock(
        self, body: SetSafetyStock, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PositionsMoved:
        """Set the safety stock.

        Set 1 to 500 safety stocks, all or none: what a reserve leaves untouched at a node; 0 takes one away. It may
        be more than lies there. What is promised already stays promised.
        """
        return await self._calls.send("/v1/commands/set-safety-stock", body, PositionsMoved, request_id, on_behalf_of)

    async def report_sale(
        self, body: ReportSale, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PositionsMoved:
        """Report a sale.

        Take 1 to 500 lines of available units out of stock that were sold over the counter, without reserving. They
        are gone, so the safety stock does not stand in the way.
        """
        return await self._calls.send("/v1/commands/report-sale", body, PositionsMoved, request_id, on_behalf_of)

    async def hold_stock(
        self, body: HoldStock, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PositionsMoved:
        """Hold stock.

        Set 1 to 500 lines of available units aside, all or none: on hand, but promised to nobody.
        """
        return await self._calls.send("/v1/commands/hold-stock", body, PositionsMoved, request_id, on_behalf_of)

    async def unhold_stock(
        self, body: UnholdStock, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PositionsMoved:
        """Unhold stock.

        Give 1 to 500 lines of held units back to what is available, all or none.
        """
        return await self._calls.send("/v1/commands/unhold-stock", body, PositionsMoved, request_id, on_behalf_of)

    async def write_off_stock(
        self, body: WriteOffStock, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PositionsMoved:
        """Write stock off.

        Take 1 to 500 lines of held units out of stock for good, all or none. Hold them first, so that two people
        can agree.
        """
        return await self._calls.send("/v1/commands/write-off-stock", body, PositionsMoved, request_id, on_behalf_of)

    async def accept_return(
        self, body: AcceptReturn, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PositionsMoved:
        """Accept a return.

        Take 1 to 500 lines back into stock, all or none, from someone who keeps no stock. Intact units are
        available, damaged ones held.
        """
        return await self._calls.send("/v1/commands/accept-return", body, PositionsMoved, request_id, on_behalf_of)

    async def freeze_transfer(
        self, body: FreezeTransfer, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> ReservationMoved:
        """Freeze a transfer.

        Reserve and confirm 1 to 500 lines that will go to another node, all or none, with no due time. Ship it with
        a shipment and its receiver, or deallocate it to call the transfer off.
        """
        return await self._calls.send("/v1/commands/freeze-transfer", body, ReservationMoved, request_id, on_behalf_of)

    async def ship_reservation(
        self, body: ShipReservation, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> ReservationShipped:
        """Ship a reservation.

        What was bound to leave leaves: all that is confirmed, or the parts picked. With `shipment` and `receiver`
        it goes to another stock, and is in transit there at once.
        """
        return await self._calls.send(
            "/v1/commands/ship-reservation", body, ReservationShipped, request_id, on_behalf_of
        )

    async def receive_shipment(
        self, body: ReceiveShipment, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> ShipmentMoved:
        """Receive a shipment.

        Take in 1 to 500 lines of what a shipment carries, all or none, at its receiver's node. Arrived units are
        available, damaged ones held, lost ones gone; what is over enters beside. What is not named stays in
        transit.
        """
        return await self._calls.send("/v1/commands/receive-shipment", body, ShipmentMoved, request_id, on_behalf_of)

    async def recall_shipment(
        self, body: RecallShipment, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> ShipmentMoved:
        """Recall a shipment.

        Take back 1 to 500 lines of what is in transit, all or none: they are available at the sender's again.
        """
        return await self._calls.send("/v1/commands/recall-shipment", body, ShipmentMoved, request_id, on_behalf_of)

    async def make_promise(
        self, body: MakePromise, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> Promise:
        """Make a promise.

        Ask which goods, from which nodes, by when, at what cost, and why not the others. Nothing is held: reserve
        it by its token, or, where it is to be kept, by its id.
        """
        return await self._calls.send("/v1/commands/make-promise", body, Promise, request_id, on_behalf_of)

    async def reserve_promise(
        self, body: ReservePromise, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PromiseReserved:
        """Reserve a promise.

        Hold exactly what was promised: goods, quotas and the nodes' days, all or nothing. Where any of it is no
        longer there, the refusal says what moved, and offers a promise of the same made now.
        """
        return await self._calls.send("/v1/commands/reserve-promise", body, PromiseReserved, request_id, on_behalf_of)

    async def reserve_wanted(
        self, body: ReserveWanted, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> WantedReserved:
        """Promise and reserve.

        Choose and hold in one call: what moved in between is chosen again. All that is wanted, or, with `partial`,
        what there is of it.
        """
        return await self._calls.send("/v1/commands/reserve-wanted", body, WantedReserved, request_id, on_behalf_of)

    async def reserve_pooled(
        self, body: ReservePooled, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PromiseReserved:
        """Reserve from pools.

        Hold what is wanted in the pools of its goods, all of it or nothing, at no node yet: who pays later, or
        ships later, keeps no node from selling. Goods have a pool as soon as a quota sets some of them aside at
        large.
        """
        return await self._calls.send("/v1/commands/reserve-pooled", body, PromiseReserved, request_id, on_behalf_of)

    async def pin_reservation(
        self, body: PinReservation, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PromiseReserved:
        """Pin a reservation.

        Choose now, by the policy it was reserved under, from which nodes what is held in pools is to be taken. The
        reservation keeps its id, its due time, and what was confirmed of it.
        """
        return await self._calls.send("/v1/commands/pin-reservation", body, PromiseReserved, request_id, on_behalf_of)

    async def reject_node(
        self, body: RejectNode, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PromiseReserved:
        """Reject a node.

        A node cannot supply what is held there, or bound to leave. Other nodes are found for it under the same
        reservation, held as it was held; this one is never chosen for it again.
        """
        return await self._calls.send("/v1/commands/reject-node", body, PromiseReserved, request_id, on_behalf_of)

    async def drop_promises(
        self, body: DropPromises, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PromisesDropped:
        """Drop promises.

        Forget 1 to 500 kept promises. Reservations made of them stay; their ids are not taken again while requests
        are remembered.
        """
        return await self._calls.send("/v1/commands/drop-promises", body, PromisesDropped, request_id, on_behalf_of)

    async def register_goods(
        self, body: RegisterGoods, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Register goods.

        Enter 1 to 500 new goods, all or none. From now on commands may name them.
        """
        return await self._calls.send("/v1/commands/register-goods", body, EntriesWritten, request_id, on_behalf_of)

    async def register_node(
        self, body: RegisterNode, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Register nodes.

        Enter 1 to 500 new nodes, all or none. From now on stock may lie there.
        """
        return await self._calls.send("/v1/commands/register-node", body, EntriesWritten, request_id, on_behalf_of)

    async def change_goods(
        self, body: ChangeGoods, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Change goods.

        Change 1 to 500 registered goods, all or none: their name and unit, or whether commands may name them.
        Deactivated ones are refused to new commands within a second.
        """
        return await self._calls.send("/v1/commands/change-goods", body, EntriesWritten, request_id, on_behalf_of)

    async def change_node(
        self, body: ChangeNode, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Change nodes.

        Change 1 to 500 registered nodes, all or none: their name and type, or whether commands may name them.
        Deactivated ones are refused to new commands within a second.
        """
        return await self._calls.send("/v1/commands/change-node", body, EntriesWritten, request_id, on_behalf_of)

    async def set_mappings(
        self, body: SetMappings, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Set mappings.

        Say what 1 to 500 names of outside systems mean here, all or none: of goods, of nodes, of owners. The keys
        of GS1 are names of the system `gs1`: `gtin:` with 14 digits, `gln:` with 13 (and `.` with an extension). A
        place that is none of ours means `-`.
        """
        return await self._calls.send("/v1/commands/set-mappings", body, EntriesWritten, request_id, on_behalf_of)

    async def set_items(
        self, body: SetItems, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Set sales items.

        Say what 1 to 500 sales items are, all or none: what buyers see and order, with all SKUs of each. What is
        said replaces what was said before. A SKU stays its item's for good: one that is no longer sold is inactive.
        """
        return await self._calls.send("/v1/commands/set-items", body, EntriesWritten, request_id, on_behalf_of)

    async def set_supply(
        self, body: SetSupply, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Set supply.

        Say what can satisfy 1 to 500 SKUs, all or none: goods, several of them as a kit, or other SKUs, two deep.
        What is said of a SKU replaces what was said of it before.
        """
        return await self._calls.send("/v1/commands/set-supply", body, EntriesWritten, request_id, on_behalf_of)

    async def set_regions(
        self, body: SetRegions, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Set regions.

        Enter or change 1 to 500 regions, all or none, one after the other: parents before what lies in them,
        successors before what is retired.
        """
        return await self._calls.send("/v1/commands/set-regions", body, EntriesWritten, request_id, on_behalf_of)

    async def set_postcodes(
        self, body: SetPostcodes, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Set postcodes.

        Say where 1 to 500 postcodes, or what they begin with, are, all or none: in a region, at a point, or both.
        """
        return await self._calls.send("/v1/commands/set-postcodes", body, EntriesWritten, request_id, on_behalf_of)

    async def set_calendars(
        self, body: SetCalendars, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Set calendars.

        Say on which days nodes work, and until when an order counts as a day's: 1 to 500 calendars, all or none.
        """
        return await self._calls.send("/v1/commands/set-calendars", body, EntriesWritten, request_id, on_behalf_of)

    async def set_sites(
        self, body: SetSites, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Set sites.

        Say where 1 to 500 nodes are, when they work, where they deliver, and at what cost, all or none. What is
        said of a node replaces what was said of it before.
        """
        return await self._calls.send("/v1/commands/set-sites", body, EntriesWritten, request_id, on_behalf_of)

    async def set_relations(
        self, body: SetRelations, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Set supply relations.

        Say who is supplied by whom, and which goods come from where: 1 to 500 relations, all or none. A party or a
        goods that has any is served by no node but those that they lead to.
        """
        return await self._calls.send("/v1/commands/set-relations", body, EntriesWritten, request_id, on_behalf_of)

    async def publish_policies(
        self, body: PublishPolicies, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Publish policies.

        Put 0 to 200 policies in the place of all that were published: by what a plan is better, and within what
        bounds, for everybody, a business line, a scenario, or both. The most specific wins, setting by setting.
        Where two that are equally specific say different things, nothing is published.
        """
        return await self._calls.send("/v1/commands/publish-policies", body, EntriesWritten, request_id, on_behalf_of)

    async def set_quotas(
        self, body: SetQuotas, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> EntriesWritten:
        """Set quotas.

        Say what sales channels may sell: 1 to 500 quotas, all or none. What is `shared` is a cap, counted with
        every reservation that names its channel. What is `mutex` or `exclusive` is set aside: at a node it is
        carved out of the stock there; at a goods, a SKU or an item it is kept from who sells outside the quota. A
        cap that is lowered below what was consumed is a debt, paid by what is given back.
        """
        return await self._calls.send("/v1/commands/set-quotas", body, EntriesWritten, request_id, on_behalf_of)

    async def carve_stock(
        self, body: CarveStock, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PositionsMoved:
        """Carve stock for channels.

        Set 1 to 500 lines of what may be promised at nodes aside for the channels of quotas that reserve there, all
        or none: it is the channel's alone from then on.
        """
        return await self._calls.send("/v1/commands/carve-stock", body, PositionsMoved, request_id, on_behalf_of)

    async def restore_stock(
        self, body: RestoreStock, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> PositionsMoved:
        """Restore carved stock.

        Give 1 to 500 lines of what was carved for channels and not sold back to everyone, all or none.
        """
        return await self._calls.send("/v1/commands/restore-stock", body, PositionsMoved, request_id, on_behalf_of)

    async def announce_supply(
        self, body: AnnounceSupply, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> SupplyAnnounced:
        """Announce supply.

        1 to 500 lines of goods are expected on a day, all or none: they may be promised to lines of reservations
        that say until when they wait. It adds to what was announced for the day; where promises lack what was
        withdrawn from under them, they get it first.
        """
        return await self._calls.send("/v1/commands/announce-supply", body, SupplyAnnounced, request_id, on_behalf_of)

    async def move_supply(
        self, body: MoveSupply, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> SupplyMoved:
        """Move expected supply.

        What was announced for a day comes on another. What was promised of it moves along, the last promise made
        first where only a part is moved; where it comes later, whose promises that breaks is answered and told. One
        command acts on at most 100 reservations: `left` is for another.
        """
        return await self._calls.send("/v1/commands/move-supply", body, SupplyMoved, request_id, on_behalf_of)

    async def withdraw_supply(
        self, body: WithdrawSupply, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> SupplyWithdrawn:
        """Withdraw expected supply.

        What was announced for a day will not come, all of it or some. First goes what nobody was promised; then
        promises lack the rest, the last made first, and whose they are is answered and told. They keep what they
        hold until they are released, exchanged, or more is announced.
        """
        return await self._calls.send("/v1/commands/withdraw-supply", body, SupplyWithdrawn, request_id, on_behalf_of)

    async def arrive_expected(
        self, body: ArriveExpected, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> ExpectedArrived:
        """Receive what was expected.

        What was announced for a day is here, and received into stock. Reservations that wait for it hold the stock
        from then on, in the order they were made, and nobody can overtake them; the rest is available. One command
        acts on at most 100 reservations and receives no more than they take: `left` is for another.
        """
        return await self._calls.send("/v1/commands/arrive-expected", body, ExpectedArrived, request_id, on_behalf_of)

    async def adjust_capacity(
        self, body: AdjustCapacity, *, request_id: str | None = None, on_behalf_of: str | None = None
    ) -> CapacityAdjusted:
        """Adjust the capacity.

        Bring the days of 1 to 50 nodes that are open to what their sites and calendars say now. Where that is less,
        what is free is taken out, and what is taken stays taken: nothing is granted until the day is back at its
        figure.
        """
        return await self._calls.send("/v1/commands/adjust-capacity", body, CapacityAdjusted, request_id, on_behalf_of)

    async def send_commands(self, body: BulkRequest, *, on_behalf_of: str | None = None) -> BulkReply:
        """Send many commands.

        1 to 500 commands in one request, each with its own request id and its own fate, in answers of the same
        order. Those that name the same reservation or shipment are done one after the other, in their order. Each
        needs the scope that it needs alone. `Idempotency-Key` is refused here.
        """
        return await self._calls.send_each("/v1/commands", body, BulkReply, on_behalf_of)

    async def find_promise(self, id: str) -> Promise:
        """Find a kept promise.

        A promise that was kept, as it was told then: what is there now may be otherwise, and reserving it says so.
        """
        return await self._calls.ask(f"/v1/promises/{quote(id, safe='')}", {}, Promise)

    async def replay_promises(
        self, *, policy: str, after: str | None = None, limit: int | None = None
    ) -> PromisesReplayed:
        """Try another policy on kept promises.

        What another policy would have chosen from the very same stock, promise by promise, and what both come to
        over the page: splits, cost, distance. Nothing is changed.
        """
        return await self._calls.ask(
            "/v1/promise-replays", {"policy": policy, "after": after, "limit": limit}, PromisesReplayed
        )

    async def find_availability(
        self,
        *,
        goods: Sequence[str],
        node: Sequence[str] | None = None,
        detail: Literal["total", "node", "position"] | None = None,
        min_version: int | None = None,
        owner: str | None = None,
        lot: str | None = None,
        channel: str | None = None,
    ) -> Availability:
        """Find what can be promised.

        What can be promised of 1 to 500 goods, at all nodes or at these. The answer has an ETag of its content,
        whenever it was read: sent back as If-None-Match, it is answered 304 as long as nothing changed.
        """
        return await self._calls.ask(
            "/v1/availability",
            {
                "goods": goods,
                "node": node,
                "detail": detail,
                "min_version": min_version,
                "owner": owner,
                "lot": lot,
                "channel": channel,
            },
            Availability,
        )

    async def find_reservation(self, id: str) -> ReservationFound:
        """Find a reservation.

        A reservation as it stands, line by line and way by way.
        """
        return await self._calls.ask(f"/v1/reservations/{quote(id, safe='')}", {}, ReservationFound)

    async def find_reservations(
        self, *, order: str, after: str | None = None, limit: int | None = None
    ) -> ReservationPage:
        """Find the reservations of an order.

        Those that bear your own reference, page by page, in byte order of their ids.
        """
        return await self._calls.ask(
            "/v1/reservations", {"order": order, "after": after, "limit": limit}, ReservationPage
        )

    async def find_movements(
        self,
        *,
        goods: str | None = None,
        node: str | None = None,
        owner: str | None = None,
        lot: str | None = None,
        channel: str | None = None,
        kind: str | None = None,
        key: Sequence[str] | None = None,
        request_id: str | None = None,
        reservation: str | None = None,
        shipment: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> MovementPage:
        """Find movements.

        The ledger's postings, page by page: of one account by version; of one request, reservation or shipment,
        command by command.
        """
        return await self._calls.ask(
            "/v1/movements",
            {
                "goods": goods,
                "node": node,
                "owner": owner,
                "lot": lot,
                "channel": channel,
                "kind": kind,
                "key": key,
                "request_id": request_id,
                "reservation": reservation,
                "shipment": shipment,
                "after": after,
                "limit": limit,
            },
            MovementPage,
        )

    async def find_balance(
        self,
        *,
        goods: str | None = None,
        node: str | None = None,
        owner: str | None = None,
        lot: str | None = None,
        channel: str | None = None,
        kind: str | None = None,
        key: Sequence[str] | None = None,
        version: int | None = None,
        at: datetime | None = None,
    ) -> BalanceThen:
        """Find a past balance.

        What an account held after a version of it, or at a time.
        """
        return await self._calls.ask(
            "/v1/balances",
            {
                "goods": goods,
                "node": node,
                "owner": owner,
                "lot": lot,
                "channel": channel,
                "kind": kind,
                "key": key,
                "version": version,
                "at": at,
            },
            BalanceThen,
        )

    async def list_goods(
        self, *, prefix: str | None = None, after: str | None = None, limit: int | None = None
    ) -> GoodsPage:
        """List the goods.

        Registered goods, active or not, page by page, in byte order of their codes.
        """
        return await self._calls.ask("/v1/goods", {"prefix": prefix, "after": after, "limit": limit}, GoodsPage)

    async def list_nodes(
        self, *, prefix: str | None = None, after: str | None = None, limit: int | None = None
    ) -> NodePage:
        """List the nodes.

        Registered nodes, active or not, page by page, in byte order of their codes.
        """
        return await self._calls.ask("/v1/nodes", {"prefix": prefix, "after": after, "limit": limit}, NodePage)

    async def list_mappings(
        self,
        *,
        system: str | None = None,
        kind: Literal["goods", "node", "owner"] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> MappingPage:
        """List the mappings.

        What names of outside systems mean here, active or not, page by page, in byte order of their codes.
        """
        return await self._calls.ask(
            "/v1/mappings", {"system": system, "kind": kind, "after": after, "limit": limit}, MappingPage
        )

    async def find_quotas(
        self,
        *,
        goods: str | None = None,
        channel: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> QuotaPage:
        """Find quotas.

        What sales channels may sell, of a goods, a channel, both or all: the cap, what is left of it, what was
        taken, and what it owes; page by page, in byte order of their codes.
        """
        return await self._calls.ask(
            "/v1/quotas", {"goods": goods, "channel": channel, "after": after, "limit": limit}, QuotaPage
        )

    async def find_channel_stock(
        self,
        *,
        goods: Sequence[str],
        node: Sequence[str] | None = None,
        channel: str | None = None,
        sku: str | None = None,
        item: str | None = None,
    ) -> ChannelStock:
        """Find what a channel can promise.

        What 1 to 500 goods can be promised through a sales channel, at all nodes or at these: what is set aside for
        it, and what it may take beside that, under all its caps at once.
        """
        return await self._calls.ask(
            "/v1/channel-stock",
            {"goods": goods, "node": node, "channel": channel, "sku": sku, "item": item},
            ChannelStock,
        )

    async def list_items(
        self, *, prefix: str | None = None, after: str | None = None, limit: int | None = None
    ) -> ItemPage:
        """List the sales items.

        What is sold, active or not, page by page, in byte order of their codes.
        """
        return await self._calls.ask("/v1/items", {"prefix": prefix, "after": after, "limit": limit}, ItemPage)

    async def list_supply(
        self, *, prefix: str | None = None, after: str | None = None, limit: int | None = None
    ) -> SupplyPage:
        """List the supply.

        What can satisfy SKUs, all mappings of each, page by page, in byte order of the SKUs.
        """
        return await self._calls.ask("/v1/supply", {"prefix": prefix, "after": after, "limit": limit}, SupplyPage)

    async def resolve_supply(self, sku: str, *, buyer: str | None = None, at: datetime | None = None) -> SupplyResolved:
        """Resolve a SKU.

        What can stand for a SKU, for a buyer at a time, the preferred first, kits taken apart; and the first reason
        why any other mapping of it does not apply.
        """
        return await self._calls.ask(f"/v1/supply/{quote(sku, safe='')}", {"buyer": buyer, "at": at}, SupplyResolved)

    async def list_policies(self, *, after: str | None = None, limit: int | None = None) -> PolicyPage:
        """List the policies.

        What is published, page by page, in the order of their names.
        """
        return await self._calls.ask("/v1/policies", {"after": after, "limit": limit}, PolicyPage)

    async def explain_policy(
        self, *, business: str | None = None, scenario: str | None = None, policy: str | None = None
    ) -> PolicyExplained:
        """Explain a policy.

        What holds for a business identity, setting by setting, and which policy says so.
        """
        return await self._calls.ask(
            "/v1/policy-rules", {"business": business, "scenario": scenario, "policy": policy}, PolicyExplained
        )

    async def list_sites(
        self, *, prefix: str | None = None, after: str | None = None, limit: int | None = None
    ) -> SitePage:
        """List the sites.

        Where nodes are, when they work, where they deliver, page by page, in byte order of their codes.
        """
        return await self._calls.ask("/v1/sites", {"prefix": prefix, "after": after, "limit": limit}, SitePage)

    async def list_calendars(
        self, *, prefix: str | None = None, after: str | None = None, limit: int | None = None
    ) -> CalendarPage:
        """List the calendars.

        Working days and cut-offs, active or not, page by page, in byte order of their codes.
        """
        return await self._calls.ask("/v1/calendars", {"prefix": prefix, "after": after, "limit": limit}, CalendarPage)

    async def list_regions(
        self, *, prefix: str | None = None, after: str | None = None, limit: int | None = None
    ) -> RegionPage:
        """List the regions.

        Regions, active, retired or not, page by page, in byte order of their codes.
        """
        return await self._calls.ask("/v1/regions", {"prefix": prefix, "after": after, "limit": limit}, RegionPage)

    async def list_postcodes(
        self, *, prefix: str | None = None, after: str | None = None, limit: int | None = None
    ) -> PostcodePage:
        """List the postcodes.

        Where postcodes are, page by page, in byte order of nation and postcode.
        """
        return await self._calls.ask("/v1/postcodes", {"prefix": prefix, "after": after, "limit": limit}, PostcodePage)

    async def list_relations(
        self, *, prefix: str | None = None, after: str | None = None, limit: int | None = None
    ) -> RelationPage:
        """List the supply relations.

        Who is supplied by whom, and which goods come from where, page by page, in byte order of their codes.
        """
        return await self._calls.ask("/v1/relations", {"prefix": prefix, "after": after, "limit": limit}, RelationPage)

    async def resolve_address(
        self,
        *,
        nation: str | None = None,
        region: str | None = None,
        postcode: str | None = None,
        lat: float | None = None,
        lng: float | None = None,
        pickup: str | None = None,
    ) -> PlaceResolved:
        """Resolve an address.

        Where an address is: its regions up to the topmost, its point, and how they were found.
        """
        return await self._calls.ask(
            "/v1/places",
            {"nation": nation, "region": region, "postcode": postcode, "lat": lat, "lng": lng, "pickup": pickup},
            PlaceResolved,
        )

    async def route_address(
        self,
        *,
        nation: str | None = None,
        region: str | None = None,
        postcode: str | None = None,
        lat: float | None = None,
        lng: float | None = None,
        pickup: str | None = None,
        buyer: str | None = None,
        goods: Sequence[str] | None = None,
        at: datetime | None = None,
        explain: Literal["counts", "all"] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> RoutedAddress:
        """Route an address.

        Which nodes may serve an address, when what is ordered leaves them and arrives; how many others each rule
        rejected, and with `explain=all` which.
        """
        return await self._calls.ask(
            "/v1/routes",
            {
                "nation": nation,
                "region": region,
                "postcode": postcode,
                "lat": lat,
                "lng": lng,
                "pickup": pickup,
                "buyer": buyer,
                "goods": goods,
                "at": at,
                "explain": explain,
                "after": after,
                "limit": limit,
            },
            RoutedAddress,
        )

    async def list_proposals(
        self,
        *,
        snapshot: str | None = None,
        status: Literal["open", "approved", "rejected", "withdrawn"] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> ProposalPage:
        """List the count proposals.

        Differences between snapshots of other systems and the ledger, page by page, in byte order of their ids.
        """
        return await self._calls.ask(
            "/v1/count-proposals",
            {"snapshot": snapshot, "status": status, "after": after, "limit": limit},
            ProposalPage,
        )

    async def find_expected(self, *, goods: Sequence[str], node: Sequence[str] | None = None) -> ExpectedSupply:
        """Find what is expected.

        Receipts announced of 1 to 500 goods, at all nodes or at these, with what of them is promised.
        """
        return await self._calls.ask("/v1/expected", {"goods": goods, "node": node}, ExpectedSupply)

    async def find_receipt_promises(
        self, *, goods: str, node: str, on: str, owner: str | None = None, limit: int | None = None
    ) -> ReceiptPromises:
        """Find who was promised a receipt.

        The reservations that wait for an expected receipt, in the order they were made, and what each of them lacks
        since less is expected.
        """
        return await self._calls.ask(
            "/v1/expected-promises",
            {"goods": goods, "node": node, "on": on, "owner": owner, "limit": limit},
            ReceiptPromises,
        )

    async def find_capacity(self, *, node: Sequence[str], first: str, days: int | None = None) -> Capacity:
        """Find capacity.

        What 1 to 50 nodes can send off on their days, in orders and in units, and what of it is left.
        """
        return await self._calls.ask("/v1/capacity", {"node": node, "first": first, "days": days}, Capacity)

    async def search_documents(
        self,
        kind: str,
        *,
        q: str | None = None,
        where: Sequence[str] | None = None,
        sort: str | None = None,
        facet: Sequence[str] | None = None,
        facet_values: int | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> SearchPage:
        """Search.

        Documents of a kind that have all the words and meet all the conditions, page by page, with facets. What
        does not change while you page is met exactly once.
        """
        return await self._calls.ask(
            f"/v1/search/{quote(kind, safe='')}",
            {
                "q": q,
                "where": where,
                "sort": sort,
                "facet": facet,
                "facet_values": facet_values,
                "after": after,
                "limit": limit,
            },
            SearchPage,
        )

    async def add_up_documents(
        self,
        kind: str,
        *,
        q: str | None = None,
        where: Sequence[str] | None = None,
        by: Sequence[str] | None = None,
        sum: Sequence[str] | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> SumPage:
        """Add up.

        How many documents of a kind there are, and the sums of their numbers, by up to 3 fields or spans of time.
        """
        return await self._calls.ask(
            f"/v1/sums/{quote(kind, safe='')}",
            {"q": q, "where": where, "by": by, "sum": sum, "after": after, "limit": limit},
            SumPage,
        )

    async def read_events(
        self, *, after: str | None = None, limit: int | None = None, wait: int | None = None
    ) -> EventPage:
        """Read the events.

        Your events after a place, oldest first; order is kept within a subject. A page that may be empty; with
        `wait`, as soon as there is something. Asked for as `text/event-stream` it goes on for as long as you read,
        and Last-Event-ID says after which place. An event may come again: its `id` tells.
        """
        return await self._calls.ask("/v1/events", {"after": after, "limit": limit, "wait": wait}, EventPage)

    async def list_parked(self, *, after: str | None = None, limit: int | None = None) -> ParkedPage:
        """List the parked messages.

        Your messages that a group of consumers could not take, of every group, the oldest first.
        """
        return await self._calls.ask("/v1/parked", {"after": after, "limit": limit}, ParkedPage)

    async def requeue_parked(self, group: str, id: str) -> Requeued:
        """Deliver a parked message again.

        Behind what waits. It stays parked until it is taken.
        """
        return read(
            await self._calls.change("POST", f"/v1/parked/{quote(group, safe='')}/{quote(id, safe='')}/requeue"),
            Requeued,
        )

    async def give_up_parked(self, group: str, id: str) -> None:
        """Give up a parked message.

        It is forgotten: nobody will take it.
        """
        await self._calls.change("DELETE", f"/v1/parked/{quote(group, safe='')}/{quote(id, safe='')}")

    async def promise_many(self, body: ManyPromises, *, on_behalf_of: str | None = None) -> ManyPromised:
        """Promise many.

        1 to 200 demands from one read of balances, each promised by itself: none sees what another would take.
        `Idempotency-Key` is refused here.
        """
        return await self._calls.send_each("/v1/promises/bulk", body, ManyPromised, on_behalf_of)
