// Made from the document of the interface by `make contracts`: change it there.

import { Calls, type Options, type SendOptions } from "./calls.js";
import type {
  AcceptReturn,
  ApproveCounts,
  Availability,
  BalanceThen,
  BulkReply,
  BulkRequest,
  ChangeGoods,
  ChangeNode,
  ConfirmReservation,
  CountStock,
  CountsProposed,
  CountsRejected,
  DamageReserved,
  DeallocateReservation,
  EntriesWritten,
  EventPage,
  ExchangeHolds,
  ExtendReservation,
  FreezeTransfer,
  GoodsPage,
  HoldStock,
  HoldsExchanged,
  MappingPage,
  MovementPage,
  NodePage,
  ParkedPage,
  PositionsMoved,
  ProposalPage,
  ProposeCounts,
  RecallShipment,
  ReceiveShipment,
  ReceiveStock,
  RegisterGoods,
  RegisterNode,
  RejectCounts,
  ReleaseReservation,
  ReportSale,
  Requeued,
  ReservationFound,
  ReservationMoved,
  ReservationPage,
  ReservationShipped,
  ReserveStock,
  SearchPage,
  SetMappings,
  SetSafetyStock,
  ShipReservation,
  ShipmentMoved,
  StockCounted,
  SumPage,
  UnholdStock,
  WriteOffStock,
} from "./schema.js";

export { Refused, Unanswered, type Options, type Patience, type SendOptions } from "./calls.js";
export type * from "./schema.js";

/**
 * An installation, as one key sees it.
 * Every method throws Refused for what was decided against, and Unanswered when nothing can be learned for now.
 */
export class Entrepot {
  private readonly calls: Calls;

  constructor(baseUrl: string, key: string, options: Options = {}) {
    this.calls = new Calls(baseUrl, key, options);
  }

  /**
   * Reserve stock.
   * Hold 1 to 500 lines for a while, or nothing at all; with `partial`, what there is. Each line is taken from the
   * first of its nodes that has it all, else from them in turn. What is neither confirmed nor released in time
   * expires.
   */
  reserveStock(body: ReserveStock, options: SendOptions = {}): Promise<ReservationMoved> {
    return this.calls.send("/v1/commands/reserve-stock", body, options);
  }

  /**
   * Extend a reservation.
   * Hold what is still held for `hold_for` from now. It may bring the due time forward too.
   */
  extendReservation(body: ExtendReservation, options: SendOptions = {}): Promise<ReservationMoved> {
    return this.calls.send("/v1/commands/extend-reservation", body, options);
  }

  /**
   * Exchange holds.
   * Serve a line, or some units of it, from elsewhere without letting go of it: held units are held there, confirmed
   * ones confirmed there.
   */
  exchangeHolds(body: ExchangeHolds, options: SendOptions = {}): Promise<HoldsExchanged> {
    return this.calls.send("/v1/commands/exchange-holds", body, options);
  }

  /**
   * Confirm a reservation.
   * What was promised is paid, and now bound to leave: all that is held, or the parts picked. A confirm that commits
   * before an expiry wins.
   */
  confirmReservation(body: ConfirmReservation, options: SendOptions = {}): Promise<ReservationMoved> {
    return this.calls.send("/v1/commands/confirm-reservation", body, options);
  }

  /**
   * Release a reservation.
   * Give back what is held: all of it, or the parts picked. A full release of a reservation not yet seen has a
   * reserve that comes late refused; of one that ended, it releases nothing, again.
   */
  releaseReservation(body: ReleaseReservation, options: SendOptions = {}): Promise<ReservationMoved> {
    return this.calls.send("/v1/commands/release-reservation", body, options);
  }

  /**
   * Report reserved stock damaged.
   * Units that were bound to leave turn out broken: 1 to 500 parts of a reservation are set aside, on hand, promised
   * to nobody and not shipped.
   */
  damageReserved(body: DamageReserved, options: SendOptions = {}): Promise<ReservationMoved> {
    return this.calls.send("/v1/commands/damage-reserved", body, options);
  }

  /**
   * Deallocate a reservation.
   * What was bound to leave stays after all: all that is confirmed, or the parts picked. What is held stays held.
   */
  deallocateReservation(body: DeallocateReservation, options: SendOptions = {}): Promise<ReservationMoved> {
    return this.calls.send("/v1/commands/deallocate-reservation", body, options);
  }

  /**
   * Receive stock.
   * Goods enter stock from the outside, 1 to 500 lines, all or none; with `opening`, as the balance a position
   * starts with.
   */
  receiveStock(body: ReceiveStock, options: SendOptions = {}): Promise<PositionsMoved> {
    return this.calls.send("/v1/commands/receive-stock", body, options);
  }

  /**
   * Count stock.
   * Set 1 to 500 positions to what was counted, all or none. More than the ledger says is a gain, less a loss. Where
   * available units do not cover the loss, it is refused with the reservations that hold the rest; `displace` names
   * those that give up what they hold of the counted positions.
   */
  countStock(body: CountStock, options: SendOptions = {}): Promise<StockCounted> {
    return this.calls.send("/v1/commands/count-stock", body, options);
  }

  /**
   * Propose counts.
   * Compare 1 to 500 positions of another system's snapshot with the ledger as it was at the snapshot's time, and
   * propose the differences. Nothing is counted before a proposal is approved; the same snapshot proposes nothing
   * twice.
   */
  proposeCounts(body: ProposeCounts, options: SendOptions = {}): Promise<CountsProposed> {
    return this.calls.send("/v1/commands/propose-counts", body, options);
  }

  /**
   * Approve counts.
   * Count 1 to 500 proposed differences, all or none, on top of what moved since the snapshot. Refused where a
   * position was counted since, and where a count is.
   */
  approveCounts(body: ApproveCounts, options: SendOptions = {}): Promise<StockCounted> {
    return this.calls.send("/v1/commands/approve-counts", body, options);
  }

  /**
   * Reject counts.
   * Let 1 to 500 proposed differences be, all or none.
   */
  rejectCounts(body: RejectCounts, options: SendOptions = {}): Promise<CountsRejected> {
    return this.calls.send("/v1/commands/reject-counts", body, options);
  }

  /**
   * Set the safety stock.
   * Set 1 to 500 safety stocks, all or none: what a reserve leaves untouched at a node; 0 takes one away. It may be
   * more than lies there. What is promised already stays promised.
   */
  setSafetyStock(body: SetSafetyStock, options: SendOptions = {}): Promise<PositionsMoved> {
    return this.calls.send("/v1/commands/set-safety-stock", body, options);
  }

  /**
   * Report a sale.
   * Take 1 to 500 lines of available units out of stock that were sold over the counter, without reserving. They are
   * gone, so the safety stock does not stand in the way.
   */
  reportSale(body: ReportSale, options: SendOptions = {}): Promise<PositionsMoved> {
    return this.calls.send("/v1/commands/report-sale", body, options);
  }

  /**
   * Hold stock.
   * Set 1 to 500 lines of available units aside, all or none: on hand, but promised to nobody.
   */
  holdStock(body: HoldStock, options: SendOptions = {}): Promise<PositionsMoved> {
    return this.calls.send("/v1/commands/hold-stock", body, options);
  }

  /**
   * Unhold stock.
   * Give 1 to 500 lines of held units back to what is available, all or none.
   */
  unholdStock(body: UnholdStock, options: SendOptions = {}): Promise<PositionsMoved> {
    return this.calls.send("/v1/commands/unhold-stock", body, options);
  }

  /**
   * Write stock off.
   * Take 1 to 500 lines of held units out of stock for good, all or none. Hold them first, so that two people agree.
   */
  writeOffStock(body: WriteOffStock, options: SendOptions = {}): Promise<PositionsMoved> {
    return this.calls.send("/v1/commands/write-off-stock", body, options);
  }

  /**
   * Accept a return.
   * Take 1 to 500 lines back into stock, all or none, from someone who keeps no stock. Intact units are available,
   * damaged ones held.
   */
  acceptReturn(body: AcceptReturn, options: SendOptions = {}): Promise<PositionsMoved> {
    return this.calls.send("/v1/commands/accept-return", body, options);
  }

  /**
   * Freeze a transfer.
   * Reserve and confirm 1 to 500 lines that will go to another node, all or none, with no due time. Ship it with a
   * shipment and its receiver, or deallocate it to call the transfer off.
   */
  freezeTransfer(body: FreezeTransfer, options: SendOptions = {}): Promise<ReservationMoved> {
    return this.calls.send("/v1/commands/freeze-transfer", body, options);
  }

  /**
   * Ship a reservation.
   * What was bound to leave leaves: all that is confirmed, or the parts picked. With `shipment` and `receiver` it
   * goes to another stock, and is in transit there at once.
   */
  shipReservation(body: ShipReservation, options: SendOptions = {}): Promise<ReservationShipped> {
    return this.calls.send("/v1/commands/ship-reservation", body, options);
  }

  /**
   * Receive a shipment.
   * Take in 1 to 500 lines of what a shipment carries, all or none, at its receiver's node. Arrived units are
   * available, damaged ones held, lost ones gone; what is over enters beside. What is not named stays in transit.
   */
  receiveShipment(body: ReceiveShipment, options: SendOptions = {}): Promise<ShipmentMoved> {
    return this.calls.send("/v1/commands/receive-shipment", body, options);
  }

  /**
   * Recall a shipment.
   * Take back 1 to 500 lines of what is in transit, all or none: they are available at the sender's again.
   */
  recallShipment(body: RecallShipment, options: SendOptions = {}): Promise<ShipmentMoved> {
    return this.calls.send("/v1/commands/recall-shipment", body, options);
  }

  /**
   * Register goods.
   * Enter 1 to 500 new goods, all or none. From now on commands may name them.
   */
  registerGoods(body: RegisterGoods, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/register-goods", body, options);
  }

  /**
   * Register nodes.
   * Enter 1 to 500 new nodes, all or none. From now on stock may lie there.
   */
  registerNode(body: RegisterNode, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/register-node", body, options);
  }

  /**
   * Change goods.
   * Change 1 to 500 registered goods, all or none: their name and unit, or whether commands may name them.
   * Deactivated ones are refused to new commands within a second.
   */
  changeGoods(body: ChangeGoods, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/change-goods", body, options);
  }

  /**
   * Change nodes.
   * Change 1 to 500 registered nodes, all or none: their name and type, or whether commands may name them.
   * Deactivated ones are refused to new commands within a second.
   */
  changeNode(body: ChangeNode, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/change-node", body, options);
  }

  /**
   * Set mappings.
   * Say what 1 to 500 names of outside systems mean here, all or none: of goods, of nodes, of owners. The keys of
   * GS1 are names of the system `gs1`: `gtin:` with 14 digits, `gln:` with 13 (and `.` with an extension). A place
   * that is none of ours means `-`.
   */
  setMappings(body: SetMappings, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/set-mappings", body, options);
  }

  /**
   * Send many commands.
   * 1 to 500 commands in one request, each with its own request id and its own fate, in answers of the same order.
   * Those that name the same reservation or shipment are done one after the other, in their order. Each needs the
   * scope that it needs alone. `Idempotency-Key` is refused here.
   */
  sendCommands(body: BulkRequest, options: Pick<SendOptions, "onBehalfOf"> = {}): Promise<BulkReply> {
    return this.calls.sendEach("/v1/commands", body, options);
  }

  /**
   * Find what can be promised.
   * What can be promised of 1 to 500 goods, at all nodes or at these. The answer has an ETag of its content,
   * whenever it was read: sent back as If-None-Match, it is answered 304 as long as nothing changed.
   */
  findAvailability(asked: {
    readonly goods: readonly string[];
    readonly node?: readonly string[];
    readonly detail?: "total" | "node" | "position";
    readonly min_version?: number;
    readonly owner?: string;
    readonly lot?: string;
    readonly channel?: string;
  }): Promise<Availability> {
    return this.calls.ask("/v1/availability", asked);
  }

  /**
   * Find a reservation.
   * A reservation as it stands, line by line and way by way.
   */
  findReservation(id: string): Promise<ReservationFound> {
    return this.calls.ask(`/v1/reservations/${encodeURIComponent(id)}`);
  }

  /**
   * Find the reservations of an order.
   * Those that bear your own reference, page by page, in byte order of their ids.
   */
  findReservations(asked: {
    readonly order: string;
    readonly after?: string;
    readonly limit?: number;
  }): Promise<ReservationPage> {
    return this.calls.ask("/v1/reservations", asked);
  }

  /**
   * Find movements.
   * The ledger's postings, page by page: of one account by version; of one request, reservation or shipment, command
   * by command.
   */
  findMovements(asked: {
    readonly goods?: string;
    readonly node?: string;
    readonly owner?: string;
    readonly lot?: string;
    readonly channel?: string;
    readonly kind?: string;
    readonly key?: readonly string[];
    readonly request_id?: string;
    readonly reservation?: string;
    readonly shipment?: string;
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<MovementPage> {
    return this.calls.ask("/v1/movements", asked);
  }

  /**
   * Find a past balance.
   * What an account held after a version of it, or at a time.
   */
  findBalance(asked: {
    readonly goods?: string;
    readonly node?: string;
    readonly owner?: string;
    readonly lot?: string;
    readonly channel?: string;
    readonly kind?: string;
    readonly key?: readonly string[];
    readonly version?: number;
    readonly at?: string;
  } = {}): Promise<BalanceThen> {
    return this.calls.ask("/v1/balances", asked);
  }

  /**
   * List the goods.
   * Registered goods, active or not, page by page, in byte order of their codes.
   */
  listGoods(asked: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<GoodsPage> {
    return this.calls.ask("/v1/goods", asked);
  }

  /**
   * List the nodes.
   * Registered nodes, active or not, page by page, in byte order of their codes.
   */
  listNodes(asked: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<NodePage> {
    return this.calls.ask("/v1/nodes", asked);
  }

  /**
   * List the mappings.
   * What names of outside systems mean here, active or not, page by page, in byte order of their codes.
   */
  listMappings(asked: {
    readonly system?: string;
    readonly kind?: "goods" | "node" | "owner";
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<MappingPage> {
    return this.calls.ask("/v1/mappings", asked);
  }

  /**
   * List the count proposals.
   * Differences between snapshots of other systems and the ledger, page by page, in byte order of their ids.
   */
  listProposals(asked: {
    readonly snapshot?: string;
    readonly status?: "open" | "approved" | "rejected" | "withdrawn";
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<ProposalPage> {
    return this.calls.ask("/v1/count-proposals", asked);
  }

  /**
   * Search.
   * Documents of a kind that have all the words and meet all the conditions, page by page, with facets. What does
   * not change while you page is met exactly once.
   */
  searchDocuments(kind: string, asked: {
    readonly q?: string;
    readonly where?: readonly string[];
    readonly sort?: string;
    readonly facet?: readonly string[];
    readonly facet_values?: number;
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<SearchPage> {
    return this.calls.ask(`/v1/search/${encodeURIComponent(kind)}`, asked);
  }

  /**
   * Add up.
   * How many documents of a kind there are, and the sums of their numbers, by up to 3 fields or spans of time.
   */
  addUpDocuments(kind: string, asked: {
    readonly q?: string;
    readonly where?: readonly string[];
    readonly by?: readonly string[];
    readonly sum?: readonly string[];
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<SumPage> {
    return this.calls.ask(`/v1/sums/${encodeURIComponent(kind)}`, asked);
  }

  /**
   * Read the events.
   * Your events after a place, oldest first; order is kept within a subject. A page that may be empty; with `wait`,
   * as soon as there is something. Asked for as `text/event-stream` it goes on for as long as you read, and Last-
   * Event-ID says after which place. An event may come again: its `id` tells.
   */
  readEvents(asked: {
    readonly after?: string;
    readonly limit?: number;
    readonly wait?: number;
  } = {}): Promise<EventPage> {
    return this.calls.ask("/v1/events", asked);
  }

  /**
   * List the parked messages.
   * Your messages that a group of consumers could not take, of every group, the oldest first.
   */
  listParked(asked: {
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<ParkedPage> {
    return this.calls.ask("/v1/parked", asked);
  }

  /**
   * Deliver a parked message again.
   * Behind what waits. It stays parked until it is taken.
   */
  requeueParked(group: string, id: string): Promise<Requeued> {
    return this.calls.change("POST", `/v1/parked/${encodeURIComponent(group)}/${encodeURIComponent(id)}/requeue`);
  }

  /**
   * Give up a parked message.
   * It is forgotten: nobody will take it.
   */
  giveUpParked(group: string, id: string): Promise<void> {
    return this.calls.change("DELETE", `/v1/parked/${encodeURIComponent(group)}/${encodeURIComponent(id)}`);
  }
}
