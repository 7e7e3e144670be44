// Made from the document of the interface by `make contracts`: change it there.

import { Calls, type Options, type SendOptions } from "./calls.js";
import type {
  AcceptReturn,
  AdjustCapacity,
  AnnounceSupply,
  ApproveCounts,
  ArriveExpected,
  Availability,
  BalanceThen,
  BulkReply,
  BulkRequest,
  CalendarPage,
  Capacity,
  CapacityAdjusted,
  CarveStock,
  ChangeGoods,
  ChangeNode,
  ChannelStock,
  ConfirmReservation,
  CountStock,
  CountsProposed,
  CountsRejected,
  DamageReserved,
  DeallocateReservation,
  DropPromises,
  EntriesWritten,
  EventPage,
  ExchangeHolds,
  ExpectedArrived,
  ExpectedSupply,
  ExtendReservation,
  FreezeTransfer,
  GoodsPage,
  HoldStock,
  HoldsExchanged,
  ItemPage,
  MakePromise,
  ManyPromised,
  ManyPromises,
  MappingPage,
  MoveSupply,
  MovementPage,
  NodePage,
  ParkedPage,
  PinReservation,
  PlaceResolved,
  PolicyExplained,
  PolicyPage,
  PositionsMoved,
  PostcodePage,
  PromiseReserved,
  PromisesDropped,
  PromisesReplayed,
  ProposalPage,
  ProposeCounts,
  PublishPolicies,
  QuotaPage,
  RecallShipment,
  ReceiptPromises,
  ReceiveShipment,
  ReceiveStock,
  RegionPage,
  RegisterGoods,
  RegisterNode,
  RejectCounts,
  RejectNode,
  RelationPage,
  ReleaseReservation,
  ReportSale,
  Requeued,
  ReservationFound,
  ReservationMoved,
  ReservationPage,
  ReservationShipped,
  ReservePooled,
  ReservePromise,
  ReserveStock,
  ReserveWanted,
  RestoreStock,
  RoutedAddress,
  SearchPage,
  SetCalendars,
  SetItems,
  SetMappings,
  SetPostcodes,
  SetQuotas,
  SetRegions,
  SetRelations,
  SetSafetyStock,
  SetSites,
  SetSupply,
  ShipReservation,
  ShipmentMoved,
  SitePage,
  StockCounted,
  SumPage,
  SupplyAnnounced,
  SupplyMoved,
  SupplyPage,
  SupplyPromise,
  SupplyResolved,
  SupplyWithdrawn,
  UnholdStock,
  WantedReserved,
  WithdrawSupply,
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
   * Take 1 to 500 lines of held units out of stock for good, all or none. Hold them first, so that two people can
   * agree.
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
   * Make a promise.
   * Ask which goods, from which nodes, by when, at what cost, and why not the others. Nothing is held: reserve it by
   * its token, or, where it is to be kept, by its id.
   */
  makePromise(body: MakePromise, options: SendOptions = {}): Promise<SupplyPromise> {
    return this.calls.send("/v1/commands/make-promise", body, options);
  }

  /**
   * Reserve a promise.
   * Hold exactly what was promised: goods, quotas and the nodes' days, all or nothing. Where any of it is no longer
   * there, the refusal says what moved, and offers a promise of the same made now.
   */
  reservePromise(body: ReservePromise, options: SendOptions = {}): Promise<PromiseReserved> {
    return this.calls.send("/v1/commands/reserve-promise", body, options);
  }

  /**
   * Promise and reserve.
   * Choose and hold in one call: what moved in between is chosen again. All that is wanted, or, with `partial`, what
   * there is of it.
   */
  reserveWanted(body: ReserveWanted, options: SendOptions = {}): Promise<WantedReserved> {
    return this.calls.send("/v1/commands/reserve-wanted", body, options);
  }

  /**
   * Reserve from pools.
   * Hold what is wanted in the pools of its goods, all of it or nothing, at no node yet: who pays later, or ships
   * later, keeps no node from selling. Goods have a pool as soon as a quota sets some of them aside at large.
   */
  reservePooled(body: ReservePooled, options: SendOptions = {}): Promise<PromiseReserved> {
    return this.calls.send("/v1/commands/reserve-pooled", body, options);
  }

  /**
   * Pin a reservation.
   * Choose now, by the policy it was reserved under, from which nodes what is held in pools is to be taken. The
   * reservation keeps its id, its due time, and what was confirmed of it.
   */
  pinReservation(body: PinReservation, options: SendOptions = {}): Promise<PromiseReserved> {
    return this.calls.send("/v1/commands/pin-reservation", body, options);
  }

  /**
   * Reject a node.
   * A node cannot supply what is held there, or bound to leave. Other nodes are found for it under the same
   * reservation, held as it was held; this one is never chosen for it again.
   */
  rejectNode(body: RejectNode, options: SendOptions = {}): Promise<PromiseReserved> {
    return this.calls.send("/v1/commands/reject-node", body, options);
  }

  /**
   * Drop promises.
   * Forget 1 to 500 kept promises. Reservations made of them stay; their ids are not taken again while requests are
   * remembered.
   */
  dropPromises(body: DropPromises, options: SendOptions = {}): Promise<PromisesDropped> {
    return this.calls.send("/v1/commands/drop-promises", body, options);
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
   * Set sales items.
   * Say what 1 to 500 sales items are, all or none: what buyers see and order, with all SKUs of each. What is said
   * replaces what was said before. A SKU stays its item's for good: one that is no longer sold is inactive.
   */
  setItems(body: SetItems, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/set-items", body, options);
  }

  /**
   * Set supply.
   * Say what can satisfy 1 to 500 SKUs, all or none: goods, several of them as a kit, or other SKUs, two deep. What
   * is said of a SKU replaces what was said of it before.
   */
  setSupply(body: SetSupply, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/set-supply", body, options);
  }

  /**
   * Set regions.
   * Enter or change 1 to 500 regions, all or none, one after the other: parents before what lies in them, successors
   * before what is retired.
   */
  setRegions(body: SetRegions, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/set-regions", body, options);
  }

  /**
   * Set postcodes.
   * Say where 1 to 500 postcodes, or what they begin with, are, all or none: in a region, at a point, or both.
   */
  setPostcodes(body: SetPostcodes, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/set-postcodes", body, options);
  }

  /**
   * Set calendars.
   * Say on which days nodes work, and until when an order counts as a day's: 1 to 500 calendars, all or none.
   */
  setCalendars(body: SetCalendars, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/set-calendars", body, options);
  }

  /**
   * Set sites.
   * Say where 1 to 500 nodes are, when they work, where they deliver, and at what cost, all or none. What is said of
   * a node replaces what was said of it before.
   */
  setSites(body: SetSites, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/set-sites", body, options);
  }

  /**
   * Set supply relations.
   * Say who is supplied by whom, and which goods come from where: 1 to 500 relations, all or none. A party or a
   * goods that has any is served by no node but those that they lead to.
   */
  setRelations(body: SetRelations, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/set-relations", body, options);
  }

  /**
   * Publish policies.
   * Put 0 to 200 policies in the place of all that were published: by what a plan is better, and within what bounds,
   * for everybody, a business line, a scenario, or both. The most specific wins, setting by setting. Where two that
   * are equally specific say different things, nothing is published.
   */
  publishPolicies(body: PublishPolicies, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/publish-policies", body, options);
  }

  /**
   * Set quotas.
   * Say what sales channels may sell: 1 to 500 quotas, all or none. What is `shared` is a cap, counted with every
   * reservation that names its channel. What is `mutex` or `exclusive` is set aside: at a node it is carved out of
   * the stock there; at a goods, a SKU or an item it is kept from who sells outside the quota. A cap that is lowered
   * below what was consumed is a debt, paid by what is given back.
   */
  setQuotas(body: SetQuotas, options: SendOptions = {}): Promise<EntriesWritten> {
    return this.calls.send("/v1/commands/set-quotas", body, options);
  }

  /**
   * Carve stock for channels.
   * Set 1 to 500 lines of what may be promised at nodes aside for the channels of quotas that reserve there, all or
   * none: it is the channel's alone from then on.
   */
  carveStock(body: CarveStock, options: SendOptions = {}): Promise<PositionsMoved> {
    return this.calls.send("/v1/commands/carve-stock", body, options);
  }

  /**
   * Restore carved stock.
   * Give 1 to 500 lines of what was carved for channels and not sold back to everyone, all or none.
   */
  restoreStock(body: RestoreStock, options: SendOptions = {}): Promise<PositionsMoved> {
    return this.calls.send("/v1/commands/restore-stock", body, options);
  }

  /**
   * Announce supply.
   * 1 to 500 lines of goods are expected on a day, all or none: they may be promised to lines of reservations that
   * say until when they wait. It adds to what was announced for the day; where promises lack what was withdrawn from
   * under them, they get it first.
   */
  announceSupply(body: AnnounceSupply, options: SendOptions = {}): Promise<SupplyAnnounced> {
    return this.calls.send("/v1/commands/announce-supply", body, options);
  }

  /**
   * Move expected supply.
   * What was announced for a day comes on another. What was promised of it moves along, the last promise made first
   * where only a part is moved; where it comes later, whose promises that breaks is answered and told. One command
   * acts on at most 100 reservations: `left` is for another.
   */
  moveSupply(body: MoveSupply, options: SendOptions = {}): Promise<SupplyMoved> {
    return this.calls.send("/v1/commands/move-supply", body, options);
  }

  /**
   * Withdraw expected supply.
   * What was announced for a day will not come, all of it or some. First goes what nobody was promised; then
   * promises lack the rest, the last made first, and whose they are is answered and told. They keep what they hold
   * until they are released, exchanged, or more is announced.
   */
  withdrawSupply(body: WithdrawSupply, options: SendOptions = {}): Promise<SupplyWithdrawn> {
    return this.calls.send("/v1/commands/withdraw-supply", body, options);
  }

  /**
   * Receive what was expected.
   * What was announced for a day is here, and received into stock. Reservations that wait for it hold the stock from
   * then on, in the order they were made, and nobody can overtake them; the rest is available. One command acts on
   * at most 100 reservations and receives no more than they take: `left` is for another.
   */
  arriveExpected(body: ArriveExpected, options: SendOptions = {}): Promise<ExpectedArrived> {
    return this.calls.send("/v1/commands/arrive-expected", body, options);
  }

  /**
   * Adjust the capacity.
   * Bring the days of 1 to 50 nodes that are open to what their sites and calendars say now. Where that is less,
   * what is free is taken out, and what is taken stays taken: nothing is granted until the day is back at its
   * figure.
   */
  adjustCapacity(body: AdjustCapacity, options: SendOptions = {}): Promise<CapacityAdjusted> {
    return this.calls.send("/v1/commands/adjust-capacity", body, options);
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
   * Find a kept promise.
   * A promise that was kept, as it was told then: what is there now may be otherwise, and reserving it says so.
   */
  findPromise(id: string): Promise<SupplyPromise> {
    return this.calls.ask(`/v1/promises/${encodeURIComponent(id)}`);
  }

  /**
   * Try another policy on kept promises.
   * What another policy would have chosen from the very same stock, promise by promise, and what both come to over
   * the page: splits, cost, distance. Nothing is changed.
   */
  replayPromises(asked: {
    readonly policy: string;
    readonly after?: string;
    readonly limit?: number;
  }): Promise<PromisesReplayed> {
    return this.calls.ask("/v1/promise-replays", asked);
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
   * Find quotas.
   * What sales channels may sell, of a goods, a channel, both or all: the cap, what is left of it, what was taken,
   * and what it owes; page by page, in byte order of their codes.
   */
  findQuotas(asked: {
    readonly goods?: string;
    readonly channel?: string;
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<QuotaPage> {
    return this.calls.ask("/v1/quotas", asked);
  }

  /**
   * Find what a channel can promise.
   * What 1 to 500 goods can be promised through a sales channel, at all nodes or at these: what is set aside for it,
   * and what it may take beside that, under all its caps at once.
   */
  findChannelStock(asked: {
    readonly goods: readonly string[];
    readonly node?: readonly string[];
    readonly channel?: string;
    readonly sku?: string;
    readonly item?: string;
  }): Promise<ChannelStock> {
    return this.calls.ask("/v1/channel-stock", asked);
  }

  /**
   * List the sales items.
   * What is sold, active or not, page by page, in byte order of their codes.
   */
  listItems(asked: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<ItemPage> {
    return this.calls.ask("/v1/items", asked);
  }

  /**
   * List the supply.
   * What can satisfy SKUs, all mappings of each, page by page, in byte order of the SKUs.
   */
  listSupply(asked: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<SupplyPage> {
    return this.calls.ask("/v1/supply", asked);
  }

  /**
   * Resolve a SKU.
   * What can stand for a SKU, for a buyer at a time, the preferred first, kits taken apart; and the first reason why
   * any other mapping of it does not apply.
   */
  resolveSupply(sku: string, asked: {
    readonly buyer?: string;
    readonly at?: string;
  } = {}): Promise<SupplyResolved> {
    return this.calls.ask(`/v1/supply/${encodeURIComponent(sku)}`, asked);
  }

  /**
   * List the policies.
   * What is published, page by page, in the order of their names.
   */
  listPolicies(asked: {
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<PolicyPage> {
    return this.calls.ask("/v1/policies", asked);
  }

  /**
   * Explain a policy.
   * What holds for a business identity, setting by setting, and which policy says so.
   */
  explainPolicy(asked: {
    readonly business?: string;
    readonly scenario?: string;
    readonly policy?: string;
  } = {}): Promise<PolicyExplained> {
    return this.calls.ask("/v1/policy-rules", asked);
  }

  /**
   * List the sites.
   * Where nodes are, when they work, where they deliver, page by page, in byte order of their codes.
   */
  listSites(asked: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<SitePage> {
    return this.calls.ask("/v1/sites", asked);
  }

  /**
   * List the calendars.
   * Working days and cut-offs, active or not, page by page, in byte order of their codes.
   */
  listCalendars(asked: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<CalendarPage> {
    return this.calls.ask("/v1/calendars", asked);
  }

  /**
   * List the regions.
   * Regions, active, retired or not, page by page, in byte order of their codes.
   */
  listRegions(asked: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<RegionPage> {
    return this.calls.ask("/v1/regions", asked);
  }

  /**
   * List the postcodes.
   * Where postcodes are, page by page, in byte order of nation and postcode.
   */
  listPostcodes(asked: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<PostcodePage> {
    return this.calls.ask("/v1/postcodes", asked);
  }

  /**
   * List the supply relations.
   * Who is supplied by whom, and which goods come from where, page by page, in byte order of their codes.
   */
  listRelations(asked: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<RelationPage> {
    return this.calls.ask("/v1/relations", asked);
  }

  /**
   * Resolve an address.
   * Where an address is: its regions up to the topmost, its point, and how they were found.
   */
  resolveAddress(asked: {
    readonly nation?: string;
    readonly region?: string;
    readonly postcode?: string;
    readonly lat?: number;
    readonly lng?: number;
    readonly pickup?: string;
  } = {}): Promise<PlaceResolved> {
    return this.calls.ask("/v1/places", asked);
  }

  /**
   * Route an address.
   * Which nodes may serve an address, when what is ordered leaves them and arrives; how many others each rule
   * rejected, and with `explain=all` which.
   */
  routeAddress(asked: {
    readonly nation?: string;
    readonly region?: string;
    readonly postcode?: string;
    readonly lat?: number;
    readonly lng?: number;
    readonly pickup?: string;
    readonly buyer?: string;
    readonly goods?: readonly string[];
    readonly at?: string;
    readonly explain?: "counts" | "all";
    readonly after?: string;
    readonly limit?: number;
  } = {}): Promise<RoutedAddress> {
    return this.calls.ask("/v1/routes", asked);
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
   * Find what is expected.
   * Receipts announced of 1 to 500 goods, at all nodes or at these, with what of them is promised.
   */
  findExpected(asked: {
    readonly goods: readonly string[];
    readonly node?: readonly string[];
  }): Promise<ExpectedSupply> {
    return this.calls.ask("/v1/expected", asked);
  }

  /**
   * Find who was promised a receipt.
   * The reservations that wait for an expected receipt, in the order they were made, and what each of them lacks
   * since less is expected.
   */
  findReceiptPromises(asked: {
    readonly goods: string;
    readonly node: string;
    readonly on: string;
    readonly owner?: string;
    readonly limit?: number;
  }): Promise<ReceiptPromises> {
    return this.calls.ask("/v1/expected-promises", asked);
  }

  /**
   * Find capacity.
   * What 1 to 50 nodes can send off on their days, in orders and in units, and what of it is left.
   */
  findCapacity(asked: {
    readonly node: readonly string[];
    readonly first: string;
    readonly days?: number;
  }): Promise<Capacity> {
    return this.calls.ask("/v1/capacity", asked);
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

  /**
   * Promise many.
   * 1 to 200 demands from one read of balances, each promised by itself: none sees what another would take.
   * `Idempotency-Key` is refused here.
   */
  promiseMany(body: ManyPromises, options: Pick<SendOptions, "onBehalfOf"> = {}): Promise<ManyPromised> {
    return this.calls.sendEach("/v1/promises/bulk", body, options);
  }
}
