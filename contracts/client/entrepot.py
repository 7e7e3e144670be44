"""Every operation of the interface as a method. Made from its document by `make contracts`: change it there."""

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Literal
from urllib.parse import quote

import httpx

from contracts.client.calls import Calls, Patience, read
from contracts.http.v1.bulk import BulkReply, BulkRequest
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
        agree.
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

    async def send_commands(self, body: BulkRequest, *, on_behalf_of: str | None = None) -> BulkReply:
        """Send many commands.

        1 to 500 commands in one request, each with its own request id and its own fate, in answers of the same
        order. Those that name the same reservation or shipment are done one after the other, in their order. Each
        needs the scope that it needs alone. `Idempotency-Key` is refused here.
        """
        return await self._calls.send_each("/v1/commands", body, BulkReply, on_behalf_of)

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
