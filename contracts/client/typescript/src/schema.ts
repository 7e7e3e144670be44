// Made from the document of the interface by `make contracts`: change it there.

/** Take lines back into stock; `order` is your own reference to what is returned. */
export interface AcceptReturn {
  readonly lines: readonly ReturnedLine[];
  readonly order?: string;
  readonly reason?: string;
}

/**
 * Balances, summed where several positions stand behind them.
 * `promisable` is what a reserve may take: available less the safety stock, position by position, never below 0.
 */
export interface Amounts {
  readonly promisable: number;
  readonly available: number;
  readonly reserved: number;
  readonly allocated: number;
  readonly in_transit: number;
  readonly held: number;
}

/** Count the differences that were proposed, on top of what moved since. */
export interface ApproveCounts {
  readonly proposals: readonly string[];
  readonly reason: string;
}

/** What became of a goods and lot on its way: a reason is required for what was lost or is over. */
export interface ArrivedLine {
  readonly goods: string;
  readonly arrived?: number;
  readonly damaged?: number;
  readonly lost?: number;
  readonly over?: number;
  readonly lot?: string;
  readonly reason?: string;
}

/**
 * Each goods that was asked for, once, in the order asked; nothing of it anywhere is an answer too.
 * `as_of` is the commit time of the data: all that was committed up to then is in it. `source` is who gave it: the
 * ledger (`memory`, where that is in the process), a `replica` of it, or a `cache`; of that, each goods may be as of
 * a later time.
 */
export interface Availability {
  readonly as_of: string;
  readonly source: string;
  readonly goods: readonly GoodsStock[];
}

/** An account after its movement number `version`, posted `at`; empty at version 0, before the first. */
export interface BalanceThen {
  readonly balances: Balances;
  readonly floor: number;
  readonly version: number;
  readonly at: string | null;
}

/** What an account holds, bucket by bucket. */
export interface Balances {
  readonly available: number;
  readonly reserved: number;
  readonly allocated: number;
  readonly in_transit: number;
  readonly held: number;
}

/** One command: what would be its own request. */
export interface BulkCommand {
  /** What the header Idempotency-Key would say. */
  readonly request_id: string;
  /** The command's name, as in its path. */
  readonly command: string;
  /** The command's body. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** What became of one command: the status and the answer that its own request would have had. */
export interface BulkOutcome {
  /** As it was given; null where it was not given as text. */
  readonly request_id: string | null;
  readonly status: number;
  /** The command's reply; left out where there is a problem. */
  readonly reply?: Readonly<Record<string, unknown>> | null;
  /** Why it was not done; left out where it was. */
  readonly problem?: Problem | null;
}

/** One outcome for each command, in the order given. */
export interface BulkReply {
  readonly outcomes: readonly BulkOutcome[];
}

/** 1 to 500 commands, decided on their own, in no order to rely on. A malformed one fails alone. */
export interface BulkRequest {
  readonly commands: readonly BulkCommand[];
}

/** One outcome for each event, in the order of the document. */
export interface Captured {
  readonly events: number;
  readonly taken_in: number;
  readonly refused: number;
  readonly outcomes: readonly EventOutcome[];
}

/** What a shipment still carries of a goods and lot after the command, and the version of that account. */
export interface Carried {
  readonly goods: string;
  readonly lot: string;
  readonly in_transit: number;
  readonly version: number;
}

/** Change registered goods. */
export interface ChangeGoods {
  readonly changes: readonly GoodsChange[];
}

/** Change registered nodes. */
export interface ChangeNode {
  readonly changes: readonly NodeChange[];
}

/** Bind what is held: all of it, or the parts picked. */
export interface ConfirmReservation {
  readonly reservation: string;
  readonly picks?: readonly Pick[];
}

/** Set positions to what was counted; `displace` names the reservations that give up what is not there. */
export interface CountStock {
  readonly lines: readonly CountedLine[];
  readonly reason: string;
  readonly displace?: readonly string[];
}

/** `counted` units of a goods were found at a node, held ones included. */
export interface CountedLine {
  readonly goods: string;
  readonly node: string;
  readonly counted: number;
  readonly owner?: string;
  readonly lot?: string;
}

/** What the count of one position changed: units found beyond the ledger, or missing. */
export interface CountedPosition {
  readonly goods: string;
  readonly node: string;
  readonly owner: string;
  readonly lot: string;
  readonly counted: number;
  readonly gain: number;
  readonly loss: number;
}

/** The proposals of the positions that differ, and how many do not. */
export interface CountsProposed {
  readonly snapshot: string;
  readonly same: number;
  readonly proposals: readonly ProposedCount[];
}

/** Which proposals were rejected, why, and by whom. */
export interface CountsRejected {
  readonly proposals: readonly string[];
  readonly reason: string;
  readonly actor: string;
}

/** Set confirmed units of a reservation aside because they are broken. */
export interface DamageReserved {
  readonly reservation: string;
  readonly picks: readonly Pick[];
  readonly reason: string;
}

/** Give back what is confirmed: all of it, or the parts picked. */
export interface DeallocateReservation {
  readonly reservation: string;
  readonly picks?: readonly Pick[];
}

/** A count proposal: its id, its facts, how often it was written and when last. */
export interface EnteredProposal {
  readonly code: string;
  readonly facts: ProposalFacts;
  readonly version: number;
  readonly changed_at: string | null;
}

/** The entries of one register that a command wrote, in the order given. */
export interface EntriesWritten {
  readonly register: string;
  readonly entries: readonly EntryAfter[];
}

/** A register entry after the command: its version (1 when it is new) and whether commands may name it. */
export interface EntryAfter {
  readonly code: string;
  readonly version: number;
  readonly active: boolean;
}

/** One event as CloudEvents 1.0, structured; `sequence` is its number within its subject. */
export interface EventEnvelope {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly sequence: string;
  readonly partitionkey: string;
  /** The request that caused it; left out when none did. */
  readonly requestid?: string | null;
  /** That request's place in a trace (W3C); left out where none was recorded. */
  readonly traceparent?: string | null;
}

/** What became of one event: the status and the answer that a request of its own would have had. */
export interface EventOutcome {
  /** Its eventID; where it has none, the hash of its content as a URI. */
  readonly event: string;
  /** The line of the document in which it begins, counted from 1. */
  readonly line: number;
  /** Its type and step. */
  readonly about: string;
  /** The request that it was taken in by, the same in every document. */
  readonly request_id: string;
  readonly status: number;
  /** What was done; left out where there is a problem. */
  readonly taken_in?: TakenIn | null;
  /** Why nothing was done; left out where something was. */
  readonly problem?: Problem | null;
}

/** Events, and the place after them, which is there on every page. `more`: there is another page already. */
export interface EventPage {
  readonly items: readonly EventEnvelope[];
  readonly after: string;
  readonly more: boolean;
}

/** Hold what is picked of a line elsewhere: `to` names one position for each goods that the line holds. */
export interface ExchangeHolds {
  readonly reservation: string;
  readonly pick: Pick;
  readonly to: readonly Target[];
}

/** Hold what is still held for `hold_for` from now. */
export interface ExtendReservation {
  readonly reservation: string;
  /** ISO 8601, from 1 second (`PT1S`) to 30 days (`P30D`), in days, hours, minutes and seconds. */
  readonly hold_for: string;
}

/** A value, and how many of the documents found have it. */
export interface FacetValue {
  readonly value: string | number | boolean;
  readonly count: number;
}

/** One document: as of which version and commit, and the fields of its kind. */
export interface FoundDocument {
  readonly id: string;
  readonly version: number;
  readonly at: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Reserve and confirm stock that will go to another node; its lines are numbered from "1". */
export interface FreezeTransfer {
  readonly reservation: string;
  readonly lines: readonly Units[];
  readonly order?: string | null;
}

/**
 * One goods. Its quantities are whole numbers of 10**-scale of its unit: 1,500 of scale 3 in `kg` are 1.5 kg.
 * The scale is fixed once registered.
 */
export interface Goods {
  readonly code: string;
  readonly name: string;
  readonly unit?: string;
  readonly scale?: number;
  readonly active?: boolean;
}

/**
 * What to change of one goods; null leaves a thing as it is.
 * With `version` (not 0) the change is only made to that version.
 */
export interface GoodsChange {
  readonly code: string;
  readonly name?: string | null;
  readonly unit?: string | null;
  readonly active?: boolean | null;
  readonly version?: number;
}

/** What is kept of a goods. */
export interface GoodsFacts {
  readonly name: string;
  readonly unit: string;
  readonly scale: number;
  readonly active: boolean;
}

/** Registered goods in byte order of their codes. */
export interface GoodsPage {
  readonly items: readonly RegisteredGoods[];
  readonly after: string | null;
}

/** A goods in total; `nodes` are empty unless asked for, and without those that never had any. */
export interface GoodsStock {
  readonly goods: string;
  readonly amounts: Amounts;
  readonly nodes: readonly NodeStock[];
}

/** A fixed quantity held once for these lines; `stage` is empty while no unit of them was granted. */
export interface GroupFound {
  readonly name: string;
  readonly kind: string;
  readonly account: Readonly<Record<string, string>>;
  readonly quantity: number;
  readonly lines: readonly string[];
  readonly stage: string;
}

/** `units` of an account for every unit of the line; `account` names its dimensions. */
export interface HeldOn {
  readonly kind: string;
  readonly account: Readonly<Record<string, string>>;
  readonly units: number;
}

/** Set available units aside: on hand, but promised to nobody. */
export interface HoldStock {
  readonly lines: readonly Units[];
  readonly reason: string;
}

/** The units exchanged (by the positions they are held on now), and all positions after, the old ones included. */
export interface HoldsExchanged {
  readonly reservation: string;
  readonly status: string;
  readonly lines: readonly MovedLine[];
  readonly positions: readonly PositionAfter[];
}

/** What was taken in one way, and where those units of the line are now. */
export interface LegFound {
  readonly holds: readonly HeldOn[];
  readonly held: number;
  readonly confirmed: number;
  readonly shipped: number;
  readonly released: number;
  readonly expired: number;
  readonly damaged: number;
}

/** A line of a reservation: what was asked for and granted, and the ways it was taken in. */
export interface LineFound {
  readonly line: string;
  readonly asked: number;
  readonly granted: number;
  readonly legs: readonly LegFound[];
}

/**
 * `outside`, a name that `system` uses, means `inside`: a goods, a node (or `-`, none of ours) or an owner.
 * One of the outside's `uom` (empty: one item) is `units` of the smallest unit of the goods.
 */
export interface Mapping {
  readonly system: string;
  readonly kind: "goods" | "node" | "owner";
  readonly outside: string;
  readonly inside: string;
  readonly units?: number;
  readonly uom?: string;
  readonly active?: boolean;
}

/** What is kept of a mapping. */
export interface MappingFacts {
  readonly system: string;
  readonly kind: string;
  readonly outside: string;
  readonly inside: string;
  readonly units: number;
  readonly uom: string;
  readonly active: boolean;
}

/** Mappings in byte order of their codes. */
export interface MappingPage {
  readonly items: readonly RegisteredMapping[];
  readonly after: string | null;
}

/** Units of a reservation's line that a command moved, and the position they are or were held on. */
export interface MovedLine {
  readonly line: string;
  readonly leg: number;
  readonly goods: string;
  readonly node: string;
  readonly owner: string;
  readonly lot: string;
  readonly channel: string;
  readonly quantity: number;
}

/**
 * One posting: `quantity` from one bucket to another, and what the account held after it.
 * `subject` is the reservation or shipment it was posted for; `actor` acted, `principal` was authenticated.
 */
export interface MovementFound {
  readonly kind: string;
  readonly account: Readonly<Record<string, string>>;
  readonly version: number;
  readonly movement: string;
  readonly source: string;
  readonly target: string;
  readonly quantity: number;
  readonly available: number;
  readonly reserved: number;
  readonly allocated: number;
  readonly in_transit: number;
  readonly held: number;
  readonly floor: number;
  readonly subject: string;
  readonly scene: string;
  readonly reason: string;
  readonly at: string;
  readonly request: string;
  readonly command: string;
  readonly actor: string;
  readonly principal: string;
}

/** Movements of an account by version, else command by command. */
export interface MovementPage {
  readonly items: readonly MovementFound[];
  readonly after: string | null;
}

/** One place that holds stock. */
export interface Node {
  readonly code: string;
  readonly name: string;
  readonly type?: "warehouse" | "store" | "virtual";
  readonly active?: boolean;
}

/**
 * What to change of one node; null leaves a thing as it is.
 * With `version` (not 0) the change is only made to that version.
 */
export interface NodeChange {
  readonly code: string;
  readonly name?: string | null;
  readonly type?: "warehouse" | "store" | "virtual" | null;
  readonly active?: boolean | null;
  readonly version?: number;
}

/** What is kept of a node. */
export interface NodeFacts {
  readonly name: string;
  readonly type: string;
  readonly active: boolean;
}

/** Registered nodes in byte order of their codes. */
export interface NodePage {
  readonly items: readonly RegisteredNode[];
  readonly after: string | null;
}

/** A goods at one node; `positions` are empty unless asked for. */
export interface NodeStock {
  readonly node: string;
  readonly amounts: Amounts;
  readonly positions: readonly PositionStock[];
}

/** A message that a consumer could not take, with the attempts made and the last failure. */
export interface ParkedMessage {
  readonly group: string;
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly attempts: number;
  readonly reason: string;
  readonly at: string;
}

/** Parked messages of a group, the oldest first. */
export interface ParkedPage {
  readonly items: readonly ParkedMessage[];
  readonly after: string | null;
}

/** A part of a reservation: a line, how many of its units (null: all there are), which leg (null: in order). */
export interface Pick {
  readonly line: string;
  readonly quantity?: number | null;
  readonly leg?: number | null;
}

/** Where a party keeps stock: a node, and whose stock it is there. */
export interface Place {
  readonly node: string;
  readonly owner?: string;
}

/** A position after the command: what can be promised of it now, and the version to ask a reader for. */
export interface PositionAfter {
  readonly goods: string;
  readonly node: string;
  readonly owner: string;
  readonly lot: string;
  readonly channel: string;
  readonly available: number;
  readonly version: number;
}

/** One position; `version` counts its movements, `floor` is its safety stock. */
export interface PositionStock {
  readonly owner: string;
  readonly lot: string;
  readonly channel: string;
  readonly amounts: Amounts;
  readonly floor: number;
  readonly version: number;
}

/** The positions that a command changed. */
export interface PositionsMoved {
  readonly positions: readonly PositionAfter[];
}

/** Why it was not done. Compare `code`; `title` and `detail` are for people and may change. */
export interface Problem {
  /** Where the code is explained: `/problems/<code>` on this server. */
  readonly type: string;
  /** What the code means. */
  readonly title: string;
  /** The HTTP status, again. */
  readonly status: number;
  /** What was wrong this time. */
  readonly detail: string;
  /** The path that was asked for. */
  readonly instance: string;
  /** Stable: programs may compare it. */
  readonly code: string;
  /** What is needed to act on it, as plain values; by code. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** The request's own id, where it had one. */
  readonly request_id: string | null;
  /** Whether the same request, unchanged and under the same id, is worth a repeat. */
  readonly retryable: boolean;
}

/** What is kept of a count proposal: what the snapshot said, what the ledger said then, what was decided. */
export interface ProposalFacts {
  readonly snapshot: string;
  readonly goods: string;
  readonly node: string;
  readonly owner: string;
  readonly lot: string;
  readonly at: string;
  readonly counted: number;
  readonly on_hand: number;
  readonly version: number;
  readonly status: string;
  readonly reason: string;
  readonly actor: string;
}

/** Count proposals in byte order of their ids; a page may be short, and still not be the last. */
export interface ProposalPage {
  readonly items: readonly EnteredProposal[];
  readonly after: string | null;
}

/** Compare a snapshot of another system with the ledger as it was at that time, and propose the differences. */
export interface ProposeCounts {
  readonly snapshot: string;
  readonly at: string;
  readonly lines: readonly CountedLine[];
}

/**
 * A difference found: `counted` in the snapshot, `on_hand` in the ledger at its time.
 * The status is open, approved, rejected or withdrawn.
 */
export interface ProposedCount {
  readonly proposal: string;
  readonly goods: string;
  readonly node: string;
  readonly owner: string;
  readonly lot: string;
  readonly counted: number;
  readonly on_hand: number;
  readonly difference: number;
  readonly status: string;
}

/** Take back what is in transit. */
export interface RecallShipment {
  readonly shipment: string;
  readonly lines: readonly RecalledLine[];
  readonly reason: string;
}

/** `quantity` of a goods and lot on its way. */
export interface RecalledLine {
  readonly goods: string;
  readonly quantity: number;
  readonly lot?: string;
}

/** Take in what a shipment carries, at its receiver's node. */
export interface ReceiveShipment {
  readonly shipment: string;
  readonly node: string;
  readonly lines: readonly ArrivedLine[];
  readonly owner?: string;
}

/** Goods enter stock from the outside; with `opening`, as the balance a position starts with. */
export interface ReceiveStock {
  readonly lines: readonly ReceivedLine[];
  readonly opening?: boolean;
  readonly scene?: string;
  readonly reason?: string;
}

/** `quantity` of a goods received at a node; `expires` is a fact of its lot. */
export interface ReceivedLine {
  readonly goods: string;
  readonly node: string;
  readonly quantity: number;
  readonly owner?: string;
  readonly lot?: string;
  readonly expires?: string;
}

/** Enter new goods. */
export interface RegisterGoods {
  readonly goods: readonly Goods[];
}

/** Enter new nodes. */
export interface RegisterNode {
  readonly nodes: readonly Node[];
}

/** A registered goods: its code, its facts, how often it was written and when last. */
export interface RegisteredGoods {
  readonly code: string;
  readonly facts: GoodsFacts;
  readonly version: number;
  readonly changed_at: string | null;
}

/** A mapping: its code, its facts, how often it was written and when last. */
export interface RegisteredMapping {
  readonly code: string;
  readonly facts: MappingFacts;
  readonly version: number;
  readonly changed_at: string | null;
}

/** A registered node: its code, its facts, how often it was written and when last. */
export interface RegisteredNode {
  readonly code: string;
  readonly facts: NodeFacts;
  readonly version: number;
  readonly changed_at: string | null;
}

/** Do not count the differences that were proposed. */
export interface RejectCounts {
  readonly proposals: readonly string[];
  readonly reason: string;
}

/** Give back what is held: all of it, or the parts picked. */
export interface ReleaseReservation {
  readonly reservation: string;
  readonly picks?: readonly Pick[];
}

/** Take available units out of stock that were sold without reserving. */
export interface ReportSale {
  readonly lines: readonly Units[];
  readonly reason?: string;
  readonly scene?: string;
}

/** How many of the messages named were parked, and are delivered again. */
export interface Requeued {
  readonly requeued: number;
}

/** A reservation as it stands. One that was cancelled before it was made has no lines and the status cancelled. */
export interface ReservationFound {
  readonly reservation: string;
  readonly status: string;
  readonly request: string;
  readonly order: string | null;
  readonly scene: string;
  readonly due: string | null;
  readonly created_at: string;
  readonly changed_at: string;
  readonly lines: readonly LineFound[];
  readonly groups: readonly GroupFound[];
}

/**
 * What became of a reservation: its status and due time after the command, the units moved, the positions after.
 * The status is cancelled, held, partly_confirmed, confirmed, partly_shipped, shipped, released or expired.
 */
export interface ReservationMoved {
  readonly reservation: string;
  readonly status: string;
  readonly due: string | null;
  readonly lines: readonly MovedLine[];
  readonly positions: readonly PositionAfter[];
}

/** Reservations of an order, in byte order of their ids. */
export interface ReservationPage {
  readonly items: readonly ReservationFound[];
  readonly after: string | null;
}

/** What left of a reservation: its status after, the units, the positions after; and what its shipment carries. */
export interface ReservationShipped {
  readonly reservation: string;
  readonly status: string;
  readonly lines: readonly MovedLine[];
  readonly positions: readonly PositionAfter[];
  readonly shipment: string;
  readonly goods: readonly Carried[];
}

/**
 * Hold every line for `hold_for`, or nothing (or, if `partial`, what there is).
 * `reservation` is unique within the tenant; left out, it is the request id. `order` is your own reference, to find
 * the reservation by. `hold_for` left out is the installation's setting.
 */
export interface ReserveStock {
  readonly lines: readonly StockLine[];
  readonly reservation?: string;
  readonly order?: string | null;
  readonly hold_for?: string | null;
  readonly partial?: boolean;
  readonly scene?: string;
}

/** `intact` and `damaged` units of a goods (together at least 1), given back at a node. */
export interface ReturnedLine {
  readonly goods: string;
  readonly node: string;
  readonly intact?: number;
  readonly damaged?: number;
  readonly owner?: string;
  readonly lot?: string;
}

/** `quantity` of a goods at a node that is promised to nobody; 0 takes it away. */
export interface SafetyStock {
  readonly goods: string;
  readonly node: string;
  readonly quantity: number;
  readonly owner?: string;
  readonly lot?: string;
}

/**
 * Documents in the order asked for.
 * `total` counts up to 10,000 of what is found; `more_than_total` says that there are more. `as_of` is the commit
 * time of the latest change of this kind that the index has taken in: one before it may still be on its way.
 */
export interface SearchPage {
  readonly items: readonly FoundDocument[];
  readonly after: string | null;
  readonly as_of: string;
  readonly total: number;
  readonly more_than_total: boolean;
  readonly facets: Readonly<Record<string, readonly FacetValue[]>>;
}

/** Say what names of outside systems mean here. */
export interface SetMappings {
  readonly mappings: readonly Mapping[];
}

/** Set safety stocks. */
export interface SetSafetyStock {
  readonly lines: readonly SafetyStock[];
  readonly reason?: string;
}

/** Ship what is confirmed: all of it, or the parts picked; with `shipment` and `receiver`, to another stock. */
export interface ShipReservation {
  readonly reservation: string;
  readonly picks?: readonly Pick[];
  readonly shipment?: string;
  readonly receiver?: Place | null;
}

/** Where a shipment leaves from or goes to. */
export interface ShipmentEnd {
  readonly node: string;
  readonly owner: string;
}

/** A shipment after a command: its ends, what it still carries of the goods the command moved, the positions. */
export interface ShipmentMoved {
  readonly shipment: string;
  readonly sender: ShipmentEnd;
  readonly receiver: ShipmentEnd;
  readonly goods: readonly Carried[];
  readonly positions: readonly PositionAfter[];
}

/** The differences found, what became of the reservations displaced, the positions after. */
export interface StockCounted {
  readonly reason: string;
  readonly actor: string;
  readonly counts: readonly CountedPosition[];
  readonly displaced: readonly ReservationMoved[];
  readonly positions: readonly PositionAfter[];
}

/**
 * `quantity` of a goods from the first of `nodes` that has it all; else from them in turn.
 * `line` names the line within its reservation; left out, it is its number, counted from 1.
 */
export interface StockLine {
  readonly goods: string;
  readonly quantity: number;
  readonly nodes: readonly string[];
  readonly line?: string;
  readonly owner?: string;
  readonly lot?: string;
}

/** One value for each that is grouped by, the number of documents, and a sum for each number asked for. */
export interface SumGroup {
  readonly by: Readonly<Record<string, string | number | boolean>>;
  readonly count: number;
  readonly sums: Readonly<Record<string, number>>;
}

/** Groups in the order of their values; `as_of` as on a page of documents. */
export interface SumPage {
  readonly items: readonly SumGroup[];
  readonly after: string | null;
  readonly as_of: string;
}

/** What was done for one event: the commands by name, in one transaction, and the positions after. */
export interface TakenIn {
  readonly commands: readonly string[];
  readonly positions: readonly PositionAfter[];
}

/** Where a goods of the line shall be held from now on. */
export interface Target {
  readonly goods: string;
  readonly node: string;
  readonly owner?: string;
  readonly lot?: string;
  readonly channel?: string;
}

/** Give held units back to what is available. */
export interface UnholdStock {
  readonly lines: readonly Units[];
  readonly reason: string;
}

/** `quantity` of a goods at a node; owner and lot where those are kept apart. */
export interface Units {
  readonly goods: string;
  readonly node: string;
  readonly quantity: number;
  readonly owner?: string;
  readonly lot?: string;
}

/** Of a goods: how many are well, broken, and of what was expected missing. */
export interface WmsLine {
  readonly goods: string;
  readonly quantity?: number;
  readonly damaged?: number;
  readonly missing?: number;
  readonly owner?: string;
  readonly lot?: string;
  readonly expires?: string;
}

/** One thing that happened in a warehouse. Its `id` is the same whenever it is sent again. */
export interface WmsMessage {
  readonly id: string;
  readonly type: "goods.received" | "goods.shipped" | "goods.short_shipped" | "stock.counted" | "goods.damaged";
  readonly node: string;
  readonly lines: readonly WmsLine[];
  /** When it happened there, for your own records. */
  readonly at?: string;
  /** What was shipped: the reservation of the ship request. */
  readonly reservation?: string;
  /** What arrived, or leaves for another node. */
  readonly shipment?: string;
  /** Where a shipment goes. */
  readonly receiver?: WmsReceiver | null;
  readonly reason?: string;
}

/** Where a shipment goes. */
export interface WmsReceiver {
  readonly node: string;
  readonly owner?: string;
}

/** What was done for a message; a repeat of it gets the same. */
export interface WmsTakenIn {
  readonly message: string;
  readonly type: string;
  readonly request_id: string;
  readonly status: number;
  readonly taken_in: TakenIn;
}

/** Take held units out of stock for good. */
export interface WriteOffStock {
  readonly lines: readonly Units[];
  readonly reason: string;
}
