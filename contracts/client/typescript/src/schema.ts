// Made from the document of the interface by `make contracts`: change it there.

/** Take lines back into stock; `order` is your own reference to what is returned. */
export interface AcceptReturn {
  readonly lines: readonly ReturnedLine[];
  readonly order?: string;
  readonly reason?: string;
}

/** Bring the days of these nodes that are open, from `first` on, to what their sites and calendars say now. */
export interface AdjustCapacity {
  /** Codes of nodes. */
  readonly nodes: readonly string[];
  readonly first: string;
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

/** Say what will come, and when. */
export interface AnnounceSupply {
  readonly lines: readonly AnnouncedLine[];
  readonly reason?: string;
  readonly scene?: string;
}

/** `quantity` more of a goods (smallest unit) is expected at a node on a day. */
export interface AnnouncedLine {
  readonly goods: string;
  readonly node: string;
  readonly on: string;
  readonly quantity: number;
  readonly owner?: string;
}

/** Count the differences that were proposed, on top of what moved since. */
export interface ApproveCounts {
  readonly proposals: readonly string[];
  readonly reason: string;
}

/** Receive `quantity` of an expected receipt into stock; `lot` and its day of expiry as in any receipt. */
export interface ArriveExpected {
  readonly goods: string;
  readonly node: string;
  readonly on: string;
  readonly quantity: number;
  readonly owner?: string;
  readonly lot?: string;
  readonly expires?: string;
  readonly scene?: string;
  readonly reason?: string;
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

/**
 * Working days by the wall clock of a time zone of the IANA database.
 * `week`: for Monday to Sunday the time of day until which an order counts as that day's; empty where that weekday
 * is not worked. `leaves`: when what a day ships has left. `holidays` are not worked; `workdays`, days off that are
 * made up for, are, until `workday_until`.
 */
export interface Calendar {
  readonly code: string;
  readonly zone: string;
  readonly week: readonly string[];
  readonly leaves?: string;
  readonly holidays?: readonly string[];
  readonly workdays?: readonly string[];
  readonly workday_until?: string;
  readonly active?: boolean;
}

/** What is kept of a calendar. */
export interface CalendarFacts {
  readonly zone: string;
  readonly week: readonly string[];
  readonly leaves: string;
  readonly holidays: readonly string[];
  readonly workdays: readonly string[];
  readonly workday_until: string;
  readonly active: boolean;
}

/** Calendars in byte order of their codes. */
export interface CalendarPage {
  readonly items: readonly RegisteredCalendar[];
  readonly after: string | null;
}

/** What a choice comes to: parcels beyond the first, money, metres, and units that nothing could serve. */
export interface Came {
  readonly splits: number;
  readonly cost: number;
  readonly distance_m: number;
  readonly short: number;
}

/**
 * A node that may serve the address. Ordered now, it leaves on `slot`, a day of the node's calendar, by `ship_by`,
 * and arrives from `arrives_from` until just before `arrives_to`.
 * `distance_km`: null where the place or the node has no point. `priority`: the node's and that of the buyer's way
 * to it, added up. `owners`: whose stock there may be used (null: anybody's). `goods`: which of those asked for may
 * come from there, each with the priority of its way (null: all of them). `pickup`: it is fetched there.
 */
export interface CandidateTold {
  readonly node: string;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly distance_km: number | null;
  readonly priority: number;
  readonly cost_order: number;
  readonly cost_unit: number;
  readonly slot: string;
  readonly ship_by: string;
  readonly arrives_from: string;
  readonly arrives_to: string;
  readonly orders_a_day: number | null;
  readonly units_a_day: number | null;
  readonly owners: readonly string[] | null;
  readonly goods: Readonly<Record<string, number>> | null;
  readonly pickup: boolean;
}

/** The days of each node in turn, as they were committed at `as_of`. */
export interface Capacity {
  readonly as_of: string;
  readonly source: string;
  readonly days: readonly NodeDay[];
}

/** The days that changed, by node and day. */
export interface CapacityAdjusted {
  readonly days: readonly DayAdjusted[];
}

/** Why one event was not taken in. */
export interface CaptureError {
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
  /** A command's request id, where one is known; else the X-Request-Id of the answer. */
  readonly request_id: string | null;
  /** Whether the same request, unchanged and under the same id, is worth a repeat. */
  readonly retryable: boolean;
  /** Its eventID; where it has none, the hash of its content as a URI. */
  readonly event: string;
  /** The line of the document in which it begins, counted from 1. */
  readonly line: number;
}

/** What became of a document, in the words of EPCIS 2.0. */
export interface CaptureJob {
  readonly captureID: string;
  readonly createdAt: string;
  readonly finishedAt: string;
  /** False: a job is done before it is told of. */
  readonly running: boolean;
  /** Whether every event was taken in. */
  readonly success: boolean;
  readonly captureErrorBehaviour: "proceed" | "rollback";
  /** Of each event that was not taken in, in their order. */
  readonly errors: readonly CaptureError[];
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

/** Set stock aside for channels, at nodes. */
export interface CarveStock {
  readonly lines: readonly CarvedLine[];
  readonly reason?: string;
}

/** `quantity` of the goods at the node that `quota` is of. */
export interface CarvedLine {
  readonly quota: string;
  readonly quantity: number;
  readonly owner?: string;
  readonly lot?: string;
}

/** Change registered goods. */
export interface ChangeGoods {
  readonly changes: readonly GoodsChange[];
}

/** Change registered nodes. */
export interface ChangeNode {
  readonly changes: readonly NodeChange[];
}

/**
 * A goods in total and by node. The nodes may share a cap: the total is then less than their sum.
 * `excluded`: at these nodes, another channel alone may sell it.
 */
export interface ChannelGoods {
  readonly goods: string;
  readonly promisable: number;
  readonly aside: number;
  readonly nodes: readonly ChannelNode[];
  readonly excluded: readonly string[];
}

/** What a channel can be promised of a goods at one node; `aside` of it is set aside for the channel. */
export interface ChannelNode {
  readonly node: string;
  readonly promisable: number;
  readonly aside: number;
}

/** What can be promised through a channel; `as_of`: the commit it is read from. */
export interface ChannelStock {
  readonly as_of: string;
  readonly channel: string;
  readonly goods: readonly ChannelGoods[];
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

/**
 * A part of the world: what lies in any of these.
 * `anywhere`; nations and regions by their codes, with all below them; postcodes by what they begin with; what is
 * within `km` of the node (0: nothing); and polygons as GeoJSON has them: the outline, then its holes, each a ring
 * of positions [lng, lat] with the first again at the end. An edge goes the short way round, over the antimeridian
 * too.
 */
export interface Coverage {
  readonly anywhere?: boolean;
  readonly nations?: readonly string[];
  readonly regions?: readonly string[];
  readonly postcodes?: readonly Prefix[];
  readonly km?: number;
  readonly polygons?: readonly (readonly (readonly (readonly number[])[])[])[];
}

/** A part of the world; what it has none of is left out. `postcodes`: each a nation and a beginning. */
export interface CoverageTold {
  readonly anywhere?: boolean;
  readonly nations?: readonly string[];
  readonly regions?: readonly string[];
  readonly postcodes?: readonly (readonly [string, string])[];
  readonly km?: number;
  readonly polygons?: readonly (readonly (readonly (readonly [number, number])[])[])[];
}

/** Set confirmed units of a reservation aside because they are broken. */
export interface DamageReserved {
  readonly reservation: string;
  readonly picks: readonly Pick[];
  readonly reason: string;
}

/**
 * What a node's day counts (`orders` or `units`), how many it can send off now, and what it could before.
 * `beyond` is by how much more is taken than that: nothing is granted until so much was given back.
 */
export interface DayAdjusted {
  readonly node: string;
  readonly day: string;
  readonly counts: string;
  readonly before: number;
  readonly figure: number;
  readonly beyond: number;
}

/** Give back what is confirmed: all of it, or the parts picked. */
export interface DeallocateReservation {
  readonly reservation: string;
  readonly picks?: readonly Pick[];
}

/**
 * Where it is wanted: by region code, by nation and postcode, by a point, or fetched at the node `pickup`.
 * The more is given, the better it is understood.
 */
export interface DeliverTo {
  readonly nation?: string;
  readonly region?: string;
  readonly postcode?: string;
  readonly lat?: number | null;
  readonly lng?: number | null;
  readonly pickup?: string;
}

/**
 * `quantity` of a SKU, of a sales item or of bare goods: exactly one of them is named.
 * `expected`: what is only announced to arrive will do (pre-order, back-order). `grams`: what one unit weighs.
 * `whole`: one node serves all of it. `suppliers`: only what they supply (none named: anybody). `line` names it;
 * unnamed ones get their number, counted from 1.
 */
export interface DemandLine {
  readonly quantity: number;
  readonly sku?: string;
  readonly item?: string;
  readonly goods?: string;
  readonly line?: string;
  readonly expected?: boolean;
  readonly grams?: number;
  readonly whole?: boolean;
  readonly suppliers?: readonly string[];
}

/** Forget kept promises. */
export interface DropPromises {
  readonly promises: readonly string[];
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

/**
 * An expected receipt after the command.
 * `to_come` is announced and not here, `available` of it may be promised; `lacking` is promised and not announced
 * any more.
 */
export interface ExpectedAfter {
  readonly goods: string;
  readonly node: string;
  readonly owner: string;
  readonly on: string;
  readonly to_come: number;
  readonly available: number;
  readonly lacking: number;
  readonly version: number;
}

/**
 * What came in, and who holds it: `turned` in the order they were made; the rest of it is available.
 * `left` is what this command did not come to: go on with a command for so much.
 */
export interface ExpectedArrived {
  readonly goods: string;
  readonly node: string;
  readonly owner: string;
  readonly on: string;
  readonly lot: string;
  readonly received: number;
  readonly left: number;
  readonly turned: readonly Turned[];
  readonly expected: ExpectedAfter;
  readonly positions: readonly PositionAfter[];
}

/** Units of a reservation's line that a command moved, and the expected receipt they are or were held on. */
export interface ExpectedLine {
  readonly line: string;
  readonly leg: number;
  readonly goods: string;
  readonly node: string;
  readonly owner: string;
  readonly on: string;
  readonly quantity: number;
}

/** Receipts by goods, node, day and owner, as they were committed at `as_of`; what has all arrived is left out. */
export interface ExpectedSupply {
  readonly as_of: string;
  readonly source: string;
  readonly receipts: readonly Receipt[];
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

/** A parcel of at most `upto` grams (null: of any weight) costs `base`, and `per_km` for every kilometre. */
export interface Freight {
  readonly base: number;
  readonly per_km?: number;
  readonly upto?: number | null;
}

/** A band of freight. */
export interface FreightTold {
  readonly base: number;
  readonly per_km: number;
  readonly upto: number | null;
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

/**
 * The units exchanged (by the positions they are held on now), and all positions after, the old ones included.
 * `expected` are those that are held on a receipt which has not arrived.
 */
export interface HoldsExchanged {
  readonly reservation: string;
  readonly status: string;
  readonly lines: readonly MovedLine[];
  readonly positions: readonly PositionAfter[];
  readonly expected: readonly ExpectedLine[];
}

/** What is kept of a sales item. */
export interface ItemFacts {
  readonly name: string;
  readonly skus: readonly SkuTold[];
  readonly active: boolean;
}

/** Sales items in byte order of their codes. */
export interface ItemPage {
  readonly items: readonly RegisteredItem[];
  readonly after: string | null;
}

/** A reservation that was promised units which will not be there by the day, with the caller's reference. */
export interface LatePromise {
  readonly reservation: string;
  readonly order: string | null;
  readonly quantity: number;
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

/** A node that supplies nothing: the first `rule` that rejected it, or `outranked`, and by how much. */
export interface Lost {
  readonly node: string;
  readonly rule: string;
  readonly detail: string;
  readonly difference: number | null;
}

/**
 * What can be supplied now. Nothing is held, and nothing stored unless it is to `keep`.
 * `explain` = `all` adds the nodes that supply nothing, each with the first rule that says why: at most `limit`
 * beyond the code `after`. `passed_over` are nodes that are left out. A kept promise has the id `id`, by default the
 * request's.
 */
export interface MakePromise {
  readonly wanted: WantedGoods;
  readonly keep?: boolean;
  readonly id?: string;
  readonly explain?: "" | "all";
  readonly after?: string;
  readonly limit?: number;
  readonly passed_over?: readonly string[];
}

/** One outcome for each demand, in the order given. */
export interface ManyPromised {
  readonly outcomes: readonly PromiseOutcome[];
}

/**
 * 1 to 200 demands, each promised by itself, from one read of balances where that is not too much: none sees what
 * another would take.
 */
export interface ManyPromises {
  readonly wanted: readonly WantedGoods[];
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

/** A mapping that does not apply: the first reason why, what that means, and which part it is about, if one. */
export interface MappingRejected {
  readonly mapping: string;
  readonly reason: string;
  readonly meaning: string;
  readonly of: string;
}

/** One way to satisfy a SKU. */
export interface MappingTold {
  readonly id: string;
  readonly parts: readonly PartTold[];
  readonly mode: "self" | "backend" | "shared";
  readonly supplier: string;
  readonly owner: string;
  readonly priority: number;
  readonly substitute: boolean;
  readonly buyers: readonly string[];
  readonly since: string | null;
  readonly until: string | null;
}

/** Say that `quantity` of an expected receipt (left out: all of it) comes on the day `to` instead. */
export interface MoveSupply {
  readonly goods: string;
  readonly node: string;
  readonly on: string;
  readonly to: string;
  readonly reason: string;
  readonly quantity?: number | null;
  readonly owner?: string;
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

/** A day of a node; what is not bounded is null. */
export interface NodeDay {
  readonly node: string;
  readonly day: string;
  readonly worked: boolean;
  readonly orders: Taken | null;
  readonly units: Taken | null;
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

/** One way to supply the SKU, kits flattened; `through` names the mappings of the SKUs within, as `sku/mapping`. */
export interface OptionResolved {
  readonly mapping: string;
  readonly mode: "self" | "backend" | "shared";
  readonly supplier: string;
  readonly owner: string;
  readonly priority: number;
  readonly substitute: boolean;
  readonly parts: readonly PartResolved[];
  readonly through: readonly string[];
}

/** How many nodes routing left out by a rule. */
export interface Outside {
  readonly rule: string;
  readonly nodes: number;
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

/** `units` of a goods (smallest unit) are in one unit of the SKU. */
export interface PartResolved {
  readonly goods: string;
  readonly units: number;
}

/** `units` of a goods, or of another SKU, in every unit of the SKU. */
export interface PartTold {
  readonly code: string;
  readonly units: number;
  readonly of: "goods" | "sku";
}

/** A part of a reservation: a line, how many of its units (null: all there are), which leg (null: in order). */
export interface Pick {
  readonly line: string;
  readonly quantity?: number | null;
  readonly leg?: number | null;
}

/** Say at which nodes what is held from pools is to be taken: chosen now. */
export interface PinReservation {
  readonly reservation: string;
}

/** Where a party keeps stock: a node, and whose stock it is there. */
export interface Place {
  readonly node: string;
  readonly owner?: string;
}

/**
 * An address as it was understood. `regions`: its own, the one that lies in, and so on to the topmost.
 * `point_from` says how the point was found: given, postcode, region (its own or the nearest above it that has one),
 * node; `region_from`: given, successor (the code given is retired), postcode, nearest (to the point), node. Empty
 * where there is none.
 */
export interface PlaceResolved {
  readonly nation: string;
  readonly regions: readonly string[];
  readonly postcode: string;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly point_from: string;
  readonly region_from: string;
}

/** Everything that holds for an identity; `policy` names whose measure decides, `version` the publication. */
export interface PolicyExplained {
  readonly business: string;
  readonly scenario: string;
  readonly policy: string;
  readonly version: number;
  readonly rules: readonly RuleExplained[];
}

/** Policies that are published, in the order of their names; `version` counts the publications. */
export interface PolicyPage {
  readonly items: readonly PolicyTold[];
  readonly after: string | null;
  readonly version: number;
}

/**
 * Everything that a policy can say; what is null or left out is left to less specific ones.
 * `mix`: by what a plan is better. `freight` (by rising weight; the last without end) and `split_cost` (for each
 * node after the first) are money, of the smallest unit. `whole_only`: all of an order from one node, or nothing.
 * `max_splits`: from so many nodes more than one at most. `whole_lines`: no line from several nodes.
 * `min_shelf_days`: no lot that expires within so many days. `suppliers`: only what these supply (none named:
 * anybody). `substitutes`: what stands in for a SKU will do. `expected`: what is only announced will do.
 * `hold_seconds`: how long what is reserved is held, `valid_seconds`: how long a promise is good.
 */
export interface PolicySettings {
  readonly mix?: readonly Weight[] | null;
  readonly freight?: readonly Freight[] | null;
  readonly split_cost?: number | null;
  readonly whole_only?: boolean | null;
  readonly max_splits?: number | null;
  readonly whole_lines?: boolean | null;
  readonly min_shelf_days?: number | null;
  readonly suppliers?: readonly string[] | null;
  readonly substitutes?: boolean | null;
  readonly expected?: boolean | null;
  readonly hold_seconds?: number | null;
  readonly valid_seconds?: number | null;
}

/** A policy as it is published. */
export interface PolicyTold {
  readonly name: string;
  readonly settings: SettingsTold;
  readonly business: string;
  readonly scenario: string;
  readonly only_named: boolean;
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

/** Where the postcodes of a nation that begin with `prefix` are: a region, a point, or both. */
export interface Postcode {
  readonly nation: string;
  readonly prefix: string;
  readonly region?: string;
  readonly lat?: number | null;
  readonly lng?: number | null;
  readonly active?: boolean;
}

/** Where postcodes are. */
export interface PostcodeFacts {
  readonly region: string;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly active: boolean;
}

/** Postcodes in byte order of nation and beginning. */
export interface PostcodePage {
  readonly items: readonly RegisteredPostcode[];
  readonly after: string | null;
}

/** The postcodes of a nation that begin with `prefix`: capitals and digits alone. */
export interface Prefix {
  readonly nation: string;
  readonly prefix: string;
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
  /** A command's request id, where one is known; else the X-Request-Id of the answer. */
  readonly request_id: string | null;
  /** Whether the same request, unchanged and under the same id, is worth a repeat. */
  readonly retryable: boolean;
}

/**
 * The answer to "can I have these, here, by when?".
 * `promise` is its id where it was kept, else empty; `token` hands it back to reserve exactly this, until
 * `valid_until` (empty for more than a token can hold: keep it instead). `splits` are the parcels beyond the first;
 * `cost` is in money whatever the policy; `objective` is in the policy's own measure, and `gap` how much of it a
 * better plan might save at most (0: there is none better). `short` names lines that are not promised in full.
 * `lost` has the nodes that were asked for; `after` goes into the question for the next page of them.
 */
export interface SupplyPromise {
  readonly promise: string;
  readonly token: string;
  readonly valid_until: string;
  readonly as_of: string;
  readonly policy: string;
  readonly legs: readonly PromisedLeg[];
  readonly parcels: readonly PromisedParcel[];
  readonly splits: number;
  readonly cost: number;
  readonly objective: number;
  readonly gap: number;
  readonly distance_m: number;
  readonly short: readonly Short[];
  readonly outside: readonly Outside[];
  readonly lost: readonly Lost[];
  readonly after: string;
}

/** What became of one demand: the status its own request would have had, with a promise or a problem. */
export interface PromiseOutcome {
  readonly status: number;
  /** Left out where there is a problem. */
  readonly promise?: SupplyPromise | null;
  /** Why there is none; left out where there is. */
  readonly problem?: Problem | null;
}

/** What can be supplied now; with `reserve`, held at once (and then nothing but `wanted` goes with it). */
export interface PromiseRequest {
  readonly wanted: WantedGoods;
  readonly keep?: boolean;
  readonly id?: string;
  readonly explain?: "" | "all";
  readonly after?: string;
  readonly limit?: number;
  readonly passed_over?: readonly string[];
  readonly reserve?: ReservingAtOnce | null;
}

/** The reservation, under its id. Confirm, release or ship it as any other. */
export interface PromiseReserved {
  readonly reservation: string;
  readonly status: string;
  readonly due: string | null;
  readonly goods: readonly ReservedGoods[];
}

/**
 * What a leg takes of one position: `quantity` in all, and what the channel has it by (`quota`, empty: plain).
 * `expires` is the lot's day, `expected` the day on which it arrives at the node; each empty where there is none.
 */
export interface PromisedGoods {
  readonly goods: string;
  readonly owner: string;
  readonly lot: string;
  readonly quantity: number;
  readonly quota: string;
  readonly expires: string;
  readonly expected: string;
}

/**
 * `quantity` units of a line from one node: they leave by `ship_by`, and arrive from … until before …
 * `cost` falls due by the unit, what the parcel costs stands with it; `day` is the node's, whose capacity it takes.
 * `distance_m` is null where the address or the node has no point.
 */
export interface PromisedLeg {
  readonly line: string;
  readonly node: string;
  readonly quantity: number;
  readonly sku: string;
  readonly mode: string;
  readonly supplier: string;
  readonly substitute: boolean;
  readonly goods: readonly PromisedGoods[];
  readonly day: string;
  readonly ship_by: string;
  readonly arrives_from: string;
  readonly arrives_to: string;
  readonly pickup: boolean;
  readonly cost: number;
  readonly distance_m: number | null;
}

/** A reservation that was promised units of a receipt; `lacking` of them were withdrawn: it will not have them. */
export interface PromisedOf {
  readonly reservation: string;
  readonly order: string | null;
  readonly status: string;
  readonly quantity: number;
  readonly lacking: number;
}

/** What one node sends: `handling` falls due for the order there, `freight` by weight and distance. */
export interface PromisedParcel {
  readonly node: string;
  readonly units: number;
  readonly grams: number;
  readonly distance_m: number | null;
  readonly handling: number;
  readonly freight: number;
}

/** How many of those named were kept until now, and how many are kept still. */
export interface PromisesDropped {
  readonly dropped: number;
  readonly kept: number;
}

/** One page: each promise, the sums of both policies over all of them, and how many had no snapshot to replay. */
export interface PromisesReplayed {
  readonly policy: string;
  readonly items: readonly Replayed[];
  readonly before_all: Came;
  readonly after_all: Came;
  readonly left_out: number;
  /** What to ask for the next page with; null after the last. */
  readonly after: string | null;
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

/** Say what holds for whom. */
export interface PublishPolicies {
  readonly policies: readonly PublishedPolicy[];
}

/**
 * Settings for everybody, or for those of one `business` line, of one `scenario`, or of both.
 * With `only_named` it holds for nobody but who names it.
 */
export interface PublishedPolicy {
  readonly name: string;
  readonly settings: PolicySettings;
  readonly business?: string;
  readonly scenario?: string;
  readonly only_named?: boolean;
}

/**
 * `channel` may sell up to `cap` of what it is `of`: a goods (with `node`, at that node), a SKU or an item.
 * `shared` caps and reserves nothing; `mutex` sets aside; `exclusive` does too, and nobody else may sell the goods.
 * At a node, what is set aside is carved: `cap` is left out. `goods` are those behind a SKU or item; left out, those
 * that supply says.
 */
export interface Quota {
  readonly code: string;
  readonly channel: string;
  readonly mode: "shared" | "mutex" | "exclusive";
  readonly dimension: "node" | "goods" | "sku" | "item";
  readonly of: string;
  readonly node?: string;
  readonly goods?: readonly string[];
  readonly cap?: number;
  readonly active?: boolean;
}

/** Quotas in byte order of their codes; `after` is what to ask for the next page with, empty after the last. */
export interface QuotaPage {
  readonly as_of: string;
  readonly quotas: readonly QuotaStanding[];
  readonly after: string;
}

/**
 * A quota and where it stands. `rest` can be taken now; `consumed` was taken and not given back, of it `reserved`
 * and `allocated` are still held; `debt` is what it still has to take back, because its cap was lowered under it.
 */
export interface QuotaStanding {
  readonly code: string;
  readonly channel: string;
  readonly mode: string;
  readonly dimension: string;
  readonly of: string;
  readonly node: string;
  readonly goods: readonly string[];
  readonly active: boolean;
  readonly cap: number;
  readonly rest: number;
  readonly consumed: number;
  readonly reserved: number;
  readonly allocated: number;
  readonly debt: number;
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

/**
 * An expected receipt: `to_come` is announced and not here, `available` of it may be promised.
 * `reserved` and `allocated` are promised; of these are `lacking` what was withdrawn from under them.
 */
export interface Receipt {
  readonly goods: string;
  readonly node: string;
  readonly owner: string;
  readonly on: string;
  readonly to_come: number;
  readonly available: number;
  readonly reserved: number;
  readonly allocated: number;
  readonly lacking: number;
  readonly version: number;
}

/** Who was promised a receipt, in the order they were made; `more` says that there are others. */
export interface ReceiptPromises {
  readonly receipt: Receipt;
  readonly promises: readonly PromisedOf[];
  readonly more: boolean;
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

/**
 * A region of a nation, below `parent` (empty: below none); its `level` is more than that one's and never changes.
 * With `successors` its code is retired: addresses that bear it, and coverage that names it, mean its successors.
 */
export interface Region {
  readonly code: string;
  readonly name: string;
  readonly nation: string;
  readonly level: number;
  readonly parent?: string;
  readonly lat?: number | null;
  readonly lng?: number | null;
  readonly successors?: readonly string[];
  readonly active?: boolean;
}

/** What is kept of a region. */
export interface RegionFacts {
  readonly name: string;
  readonly nation: string;
  readonly level: number;
  readonly parent: string;
  readonly lat: number | null;
  readonly lng: number | null;
  readonly successors: readonly string[];
  readonly active: boolean;
}

/** Regions in byte order of their codes. */
export interface RegionPage {
  readonly items: readonly RegisteredRegion[];
  readonly after: string | null;
}

/** Enter new goods. */
export interface RegisterGoods {
  readonly goods: readonly Goods[];
}

/** Enter new nodes. */
export interface RegisterNode {
  readonly nodes: readonly Node[];
}

/** A calendar: its code, its facts, how often it was written and when last. */
export interface RegisteredCalendar {
  readonly code: string;
  readonly facts: CalendarFacts;
  readonly version: number;
  readonly changed_at: string | null;
}

/** A registered goods: its code, its facts, how often it was written and when last. */
export interface RegisteredGoods {
  readonly code: string;
  readonly facts: GoodsFacts;
  readonly version: number;
  readonly changed_at: string | null;
}

/** A sales item: its code, its facts, how often it was written and when last. */
export interface RegisteredItem {
  readonly code: string;
  readonly facts: ItemFacts;
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

/** Postcodes by nation and beginning, `US/902`: their facts, how often they were written and when last. */
export interface RegisteredPostcode {
  readonly code: string;
  readonly facts: PostcodeFacts;
  readonly version: number;
  readonly changed_at: string | null;
}

/** A region: its code, its facts, how often it was written and when last. */
export interface RegisteredRegion {
  readonly code: string;
  readonly facts: RegionFacts;
  readonly version: number;
  readonly changed_at: string | null;
}

/** A supply relation: its code, its facts, how often it was written and when last. */
export interface RegisteredRelation {
  readonly code: string;
  readonly facts: RelationFacts;
  readonly version: number;
  readonly changed_at: string | null;
}

/** A node's site: its code, its facts, how often it was written and when last. */
export interface RegisteredSite {
  readonly code: string;
  readonly facts: SiteFacts;
  readonly version: number;
  readonly changed_at: string | null;
}

/** What can satisfy a SKU: its code, its facts, how often they were written and when last. */
export interface RegisteredSupply {
  readonly code: string;
  readonly facts: SupplyFacts;
  readonly version: number;
  readonly changed_at: string | null;
}

/** Do not count the differences that were proposed. */
export interface RejectCounts {
  readonly proposals: readonly string[];
  readonly reason: string;
}

/** This node cannot supply what is held there, or bound to leave: others are found for it. */
export interface RejectNode {
  readonly reservation: string;
  readonly node: string;
  readonly reason?: string;
}

/** A node that may not serve the address, and the first rule, in their order, that says so. */
export interface RejectedTold {
  readonly node: string;
  readonly rule: string;
}

/**
 * `from` is supplied by `to`: a party by parties and nodes, a goods by what stands for it and by nodes, a node by
 * nodes; from `since` until just before `until`.
 * Priorities add up along a way; the smaller goes first. `owners`, of a relation of a party or node with a node:
 * whose stock there it opens; none named, anybody's.
 */
export interface Relation {
  readonly code: string;
  readonly from_kind: "party" | "goods" | "node";
  readonly from_code: string;
  readonly to_kind: "party" | "goods" | "node";
  readonly to_code: string;
  readonly priority?: number;
  readonly owners?: readonly string[];
  readonly since?: string | null;
  readonly until?: string | null;
  readonly active?: boolean;
}

/** What is kept of a supply relation. */
export interface RelationFacts {
  readonly from_kind: "party" | "goods" | "node";
  readonly from_code: string;
  readonly to_kind: "party" | "goods" | "node";
  readonly to_code: string;
  readonly priority: number;
  readonly owners: readonly string[];
  readonly since: string | null;
  readonly until: string | null;
  readonly active: boolean;
}

/** Supply relations in byte order of their codes. */
export interface RelationPage {
  readonly items: readonly RegisteredRelation[];
  readonly after: string | null;
}

/** Give back what is held: all of it, or the parts picked. */
export interface ReleaseReservation {
  readonly reservation: string;
  readonly picks?: readonly Pick[];
}

/** One promise: by its own policy, by the other, and the nodes that this one would have sent from. */
export interface Replayed {
  readonly promise: string;
  readonly policy: string;
  readonly before: Came;
  readonly after: Came;
  readonly nodes: readonly string[];
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
 * `expected` are the units moved that are held on receipts which have not arrived. The status is cancelled, held,
 * partly_confirmed, confirmed, partly_shipped, shipped, released or expired.
 */
export interface ReservationMoved {
  readonly reservation: string;
  readonly status: string;
  readonly due: string | null;
  readonly lines: readonly MovedLine[];
  readonly positions: readonly PositionAfter[];
  readonly expected: readonly ExpectedLine[];
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

/** Hold what is wanted in the pools of its goods, at no node yet. */
export interface ReservePooled {
  readonly wanted: WantedGoods;
  readonly reservation?: string;
  readonly order?: string | null;
  readonly hold_for?: string | null;
  readonly scene?: string;
}

/**
 * Hold exactly what was promised: `promise` is the id of a kept one, or a token. Each call is a new reservation.
 * `hold_for` left out is the policy's, else the installation's setting.
 */
export interface ReservePromise {
  readonly promise: string;
  readonly reservation?: string;
  readonly order?: string | null;
  readonly hold_for?: string | null;
  readonly scene?: string;
}

/**
 * Hold every line for `hold_for`, or nothing (or, if `partial`, what there is).
 * `reservation` is unique within the tenant; left out, it is the request id. `order` is your own reference, to find
 * the reservation by. `hold_for` left out is the installation's setting. `channel` is the sales channel it is sold
 * through: its quotas are used and counted. With `ship_on`, it takes up that day of its nodes, of which each line
 * names one.
 */
export interface ReserveStock {
  readonly lines: readonly StockLine[];
  readonly reservation?: string;
  readonly order?: string | null;
  readonly hold_for?: string | null;
  readonly partial?: boolean;
  readonly scene?: string;
  readonly channel?: string;
  readonly ship_on?: string;
}

/** Promise and reserve in one call. `partial`: what there is of it will do. */
export interface ReserveWanted {
  readonly wanted: WantedGoods;
  readonly reservation?: string;
  readonly order?: string | null;
  readonly hold_for?: string | null;
  readonly partial?: boolean;
  readonly scene?: string;
}

/** Units of a goods that a line of the reservation holds; `node` is empty while it is held from the pool. */
export interface ReservedGoods {
  readonly line: string;
  readonly goods: string;
  readonly node: string;
  readonly owner: string;
  readonly lot: string;
  readonly channel: string;
  readonly quantity: number;
}

/** How what was promised is to be reserved. */
export interface Reserving {
  readonly reservation?: string;
  readonly order?: string | null;
  readonly hold_for?: string | null;
  readonly scene?: string;
}

/** How what is promised is to be reserved at once. `partial`: what there is of it will do. */
export interface ReservingAtOnce {
  readonly reservation?: string;
  readonly order?: string | null;
  readonly hold_for?: string | null;
  readonly scene?: string;
  readonly partial?: boolean;
}

/** Give back what was set aside for channels, at nodes. */
export interface RestoreStock {
  readonly lines: readonly CarvedLine[];
  readonly reason?: string;
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

/**
 * Who may serve an address.
 * `candidates` in byte order of their nodes, at most 1,000, and how many `more` there are; how many nodes each rule
 * `rejected`. With `explain=all`, a page of those rejected; `after` is what to ask for the next page with, null
 * after the last.
 */
export interface RoutedAddress {
  readonly place: PlaceResolved;
  readonly candidates: readonly CandidateTold[];
  readonly more: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly reasons: readonly RejectedTold[];
  readonly after: string | null;
}

/**
 * One setting as it holds (null: without a limit, or the installation's own), the policy that says so (empty: nobody
 * does) and the level it says it at.
 */
export interface RuleExplained {
  readonly field: string;
  readonly value: unknown;
  readonly policy: string;
  readonly level: "default" | "tenant" | "line" | "scenario" | "line and scenario" | "named";
}

/** `quantity` of a goods at a node that is promised to nobody; 0 takes it away. */
export interface SafetyStock {
  readonly goods: string;
  readonly node: string;
  readonly quantity: number;
  readonly owner?: string;
  readonly lot?: string;
}

/** What a buyer sees, with all its SKUs. Inactive, none of them can be ordered. */
export interface SalesItem {
  readonly code: string;
  readonly name: string;
  readonly skus: readonly Sku[];
  readonly active?: boolean;
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

/** Say on which days nodes work, and until when an order counts as a day's. */
export interface SetCalendars {
  readonly calendars: readonly Calendar[];
}

/** Say what is sold. */
export interface SetItems {
  readonly items: readonly SalesItem[];
}

/** Say what names of outside systems mean here. */
export interface SetMappings {
  readonly mappings: readonly Mapping[];
}

/** Say where postcodes are. */
export interface SetPostcodes {
  readonly postcodes: readonly Postcode[];
}

/** Say what channels may sell. */
export interface SetQuotas {
  readonly quotas: readonly Quota[];
}

/** Enter a tree of regions, and say which codes are retired. */
export interface SetRegions {
  readonly regions: readonly Region[];
}

/** Say who is supplied by whom, and which goods come from where. */
export interface SetRelations {
  readonly relations: readonly Relation[];
}

/** Set safety stocks. */
export interface SetSafetyStock {
  readonly lines: readonly SafetyStock[];
  readonly reason?: string;
}

/** Say where nodes are, when they work, where they deliver, and at what cost. */
export interface SetSites {
  readonly sites: readonly Site[];
}

/** Say what can satisfy SKUs. */
export interface SetSupply {
  readonly supplies: readonly Supply[];
}

/** What a policy says; null where it says nothing. */
export interface SettingsTold {
  readonly mix: readonly WeightTold[] | null;
  readonly freight: readonly FreightTold[] | null;
  readonly split_cost: number | null;
  readonly whole_only: boolean | null;
  readonly max_splits: number | null;
  readonly whole_lines: boolean | null;
  readonly min_shelf_days: number | null;
  readonly suppliers: readonly string[] | null;
  readonly substitutes: boolean | null;
  readonly expected: boolean | null;
  readonly hold_seconds: number | null;
  readonly valid_seconds: number | null;
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

/** A line that cannot be supplied in full. */
export interface Short {
  readonly line: string;
  readonly wanted: number;
  readonly promised: number;
}

/**
 * The routing profile of a node, `code`.
 * It ships to what it `covers` (null: nowhere) and does not `exclude`; with `pickup`, goods can be fetched there.
 * Without a `calendar` it works every day, by UTC. What is ordered leaves `handling_days` working days after the day
 * that it counts as, and is under way as `transit` says, from near to far (the last holds at any distance; without
 * any, 1 to 3 days), on the days of `transit_calendar`, or on all. The smaller `priority` goes first. Costs are in
 * the smallest unit of your money, for each order and each unit. A capacity that is null is without bound.
 */
export interface Site {
  readonly code: string;
  readonly lat?: number | null;
  readonly lng?: number | null;
  readonly nation?: string;
  readonly region?: string;
  readonly postcode?: string;
  readonly calendar?: string;
  readonly handling_days?: number;
  readonly transit?: readonly Transit[];
  readonly transit_calendar?: string;
  readonly priority?: number;
  readonly cost_order?: number;
  readonly cost_unit?: number;
  readonly orders_a_day?: number | null;
  readonly units_a_day?: number | null;
  readonly pickup?: boolean;
  readonly covers?: Coverage | null;
  readonly excludes?: Coverage | null;
  readonly active?: boolean;
}

/** What is kept of a site. */
export interface SiteFacts {
  readonly lat: number | null;
  readonly lng: number | null;
  readonly nation: string;
  readonly region: string;
  readonly postcode: string;
  readonly calendar: string;
  readonly handling_days: number;
  readonly transit: readonly TransitTold[];
  readonly transit_calendar: string;
  readonly priority: number;
  readonly cost_order: number;
  readonly cost_unit: number;
  readonly orders_a_day: number | null;
  readonly units_a_day: number | null;
  readonly pickup: boolean;
  readonly covers: CoverageTold | null;
  readonly excludes: CoverageTold | null;
  readonly active: boolean;
}

/** Sites in byte order of their nodes' codes. */
export interface SitePage {
  readonly items: readonly RegisteredSite[];
  readonly after: string | null;
}

/** What is ordered: one choice of an item, a size or a colour. Without a name it goes by the item's. */
export interface Sku {
  readonly code: string;
  readonly name?: string;
  readonly active?: boolean;
}

/** A SKU of an item. */
export interface SkuTold {
  readonly code: string;
  readonly name: string;
  readonly active: boolean;
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
 * `line` names the line within its reservation; left out, it is its number, counted from 1. With `expected_by`, it
 * may also be held on what is expected at the nodes up to that day, the earliest first.
 */
export interface StockLine {
  readonly goods: string;
  readonly quantity: number;
  readonly nodes: readonly string[];
  readonly line?: string;
  readonly owner?: string;
  readonly lot?: string;
  readonly expected_by?: string;
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

/** All that can satisfy a SKU. Inactive, it is as if there were nothing. */
export interface Supply {
  readonly sku: string;
  readonly mappings: readonly SupplyMapping[];
  readonly active?: boolean;
}

/** The expected receipts after the command. */
export interface SupplyAnnounced {
  readonly expected: readonly ExpectedAfter[];
}

/** What is kept of what can satisfy a SKU. */
export interface SupplyFacts {
  readonly mappings: readonly MappingTold[];
  readonly active: boolean;
}

/**
 * One way to satisfy a SKU: with its parts (several: a kit), a supplier's, from stock under `owner` (empty: under
 * any that the node lets be used).
 * It holds from `since` until just before `until`, for `buyers` (none named: for everybody). The least `priority`
 * number comes first, and every `substitute` after all that are none.
 */
export interface SupplyMapping {
  readonly id: string;
  readonly parts: readonly SupplyPart[];
  readonly mode?: "self" | "backend" | "shared";
  readonly supplier?: string;
  readonly owner?: string;
  readonly priority?: number;
  readonly substitute?: boolean;
  readonly buyers?: readonly string[];
  readonly since?: string | null;
  readonly until?: string | null;
}

/**
 * What comes on the other day, and both receipts after; `late` names who was promised it for an earlier one.
 * `left` is what this command did not come to: go on with a command for so much.
 */
export interface SupplyMoved {
  readonly moved: number;
  readonly left: number;
  readonly expected: ExpectedAfter;
  readonly to: ExpectedAfter;
  readonly late: readonly LatePromise[];
}

/** What can satisfy SKUs, in byte order of their codes. */
export interface SupplyPage {
  readonly items: readonly RegisteredSupply[];
  readonly after: string | null;
}

/** `units` of a goods (smallest unit), or of another SKU, in every unit of the SKU. */
export interface SupplyPart {
  readonly code: string;
  readonly units?: number;
  readonly of?: "goods" | "sku";
}

/** What can stand for a SKU, the preferred first; where `reason` is given, nothing can, and it says why. */
export interface SupplyResolved {
  readonly sku: string;
  readonly item: string;
  readonly buyer: string;
  readonly at: string;
  readonly reason: string;
  readonly meaning: string;
  readonly options: readonly OptionResolved[];
  readonly rejected: readonly MappingRejected[];
}

/** What will not come, the receipt after, and whose promises that breaks; `more` says that not all are named. */
export interface SupplyWithdrawn {
  readonly withdrawn: number;
  readonly expected: ExpectedAfter;
  readonly late: readonly LatePromise[];
  readonly more: boolean;
}

/**
 * What a day can send off (`figure`), what may still be taken, is reserved or bound to leave, and has left.
 * `beyond` is by how much more is taken than the figure, since it was lowered.
 */
export interface Taken {
  readonly figure: number;
  readonly rest: number;
  readonly reserved: number;
  readonly allocated: number;
  readonly gone: number;
  readonly beyond: number;
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

/** How many days a parcel is under way, to what lies `within_km` (null: at any distance). */
export interface Transit {
  readonly from_days: number;
  readonly to_days: number;
  readonly within_km?: number | null;
}

/** How many days a parcel is under way, to what lies so near. */
export interface TransitTold {
  readonly from_days: number;
  readonly to_days: number;
  readonly within_km: number | null;
}

/** Units of a reservation's line that are held on stock from now on, in units of the goods. */
export interface Turned {
  readonly reservation: string;
  readonly line: string;
  readonly quantity: number;
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

/**
 * 1 to 100 lines for one buyer and one place.
 * `to` says where, or the node that it is fetched at; without either it is refused `input.invalid`. `buyer` is a
 * party's code, `channel` the sales channel whose quotas count; `business` and `scenario` select the policy,
 * `policy` names one. `whole_only`: all of it from one node or nothing. `max_splits`: from at most so many nodes
 * more than one. `min_shelf_days`: no lot that expires within so many days. `by`: all of it must have arrived then.
 * Where the policy is stricter, it holds.
 */
export interface WantedGoods {
  readonly lines: readonly DemandLine[];
  readonly to?: DeliverTo | null;
  readonly buyer?: string;
  readonly channel?: string;
  readonly business?: string;
  readonly scenario?: string;
  readonly policy?: string;
  readonly whole_only?: boolean;
  readonly max_splits?: number | null;
  readonly min_shelf_days?: number;
  readonly by?: string | null;
}

/** The reservation that was made, and the promise it was made of. */
export interface WantedReserved {
  readonly reservation: string;
  readonly status: string;
  readonly due: string | null;
  readonly goods: readonly ReservedGoods[];
  readonly promise: SupplyPromise;
}

/** How much a criterion counts beside the others of a mix. */
export interface Weight {
  readonly criterion: "priority" | "nearest" | "most_stock" | "fewest_splits" | "least_cost" | "earliest";
  readonly weight?: number;
}

/** A criterion of a mix. */
export interface WeightTold {
  readonly criterion: "priority" | "nearest" | "most_stock" | "fewest_splits" | "least_cost" | "earliest";
  readonly weight: number;
}

/** Say that `quantity` of an expected receipt (left out: all of it) will not come. */
export interface WithdrawSupply {
  readonly goods: string;
  readonly node: string;
  readonly on: string;
  readonly reason: string;
  readonly quantity?: number | null;
  readonly owner?: string;
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
