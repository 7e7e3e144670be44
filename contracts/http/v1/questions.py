"""Every question a caller may ask: its path, what it is asked with, what it is answered with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field, Strict

from contracts.http.v1.capacity import Capacity, SomeNodes
from contracts.http.v1.catalogue import Scope
from contracts.http.v1.expected import ExpectedSupply, ReceiptPromises
from contracts.http.v1.network_answers import (
    CalendarPage,
    PlaceResolved,
    PostcodePage,
    RegionPage,
    RelationPage,
    RoutedAddress,
    SitePage,
)
from contracts.http.v1.parts import (
    MAX_BALANCE,
    MAX_IDENTIFIER,
    NONE,
    Answer,
    Body,
    Day,
    Identifier,
    OptionalIdentifier,
    PointInTime,
    SnapshotId,
    SystemName,
)
from contracts.http.v1.promises import Promise, PromisesReplayed
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
    ReservationFound,
    ReservationPage,
)
from contracts.http.v1.quotas import ChannelStock, QuotaPage
from contracts.http.v1.registers import MappingKind
from contracts.http.v1.searches import (
    ExportQuestion,
    FoundDocument,
    SearchPage,
    SearchQuestion,
    SumPage,
    SumsQuestion,
)
from contracts.http.v1.supply_answers import ItemPage, SupplyPage, SupplyResolved
from contracts.http.v1.tenancy import PolicyExplained, PolicyPage

SEARCH: Final = ("search.kind", "search.off", "search.unavailable")
"""What any search may be refused with."""

ADDRESS: Final = ("address.unknown", "address.contradictory")
"""What any address may be refused with."""

MAX_ASKED: Final = 500
MAX_PAGE: Final = 500
LONGEST_WAIT: Final = 30
MAX_CAPACITY_DAYS: Final = 62
MAX_REJECTED: Final = 1_000

ProposalStatus = Literal["open", "approved", "rejected", "withdrawn"]
Limit = Annotated[int, Strict(), Field(ge=1, le=MAX_PAGE, description="Most items of the page.")]
After = Annotated[str, Field(max_length=512, description="What the page before ended with; left out for the first.")]
Goods = Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=MAX_ASKED, description="Codes of goods.")]
Nodes = Annotated[tuple[Identifier, ...], Field(max_length=MAX_ASKED, description="Codes of nodes; none: all of them.")]
Version = Annotated[int, Strict(), Field(ge=1, le=MAX_BALANCE)]
PastVersion = Annotated[int, Strict(), Field(ge=0, le=MAX_BALANCE)]
RequestId = Annotated[str, Field(min_length=1, max_length=MAX_IDENTIFIER + 24, pattern=r"^[^\x00-\x1f\x7f]+$")]


class AvailabilityQuestion(Body):
    """Of which goods, where, and how far broken down."""

    goods: Goods
    node: Nodes = ()
    detail: Literal["total", "node", "position"] = Field("node", description="How far it is broken down.")
    min_version: Version | None = Field(
        None,
        description="A version, named by a reply or an event, that the answer must have seen; of the one position of "
        "the one goods at the one node that are named.",
    )
    owner: Identifier = Field(NONE, description="The owner of the position that `min_version` is of.")
    lot: Identifier = Field(NONE, description="The lot of the position that `min_version` is of.")
    channel: Identifier = Field(NONE, description="The channel of the position that `min_version` is of.")


class ReservationQuestion(Body):
    """Which reservation."""

    id: Identifier = Field(description="Percent-encoded, slashes too.")


class ReservationsQuestion(Body):
    """Of which order, and which page."""

    order: Identifier = Field(description="Your own reference.")
    after: After = ""
    limit: Limit = 50


class AccountQuestion(Body):
    """Which account: a stock position by `goods` and `node`, or one of any kind by `kind` and the values of its key."""

    goods: Identifier | None = Field(None, description="The goods of a stock position.")
    node: Identifier | None = Field(None, description="The node of a stock position.")
    owner: Identifier = Field(NONE, description="The owner of a stock position.")
    lot: Identifier = Field(NONE, description="The lot of a stock position.")
    channel: Identifier = Field(NONE, description="The channel of a stock position.")
    kind: Identifier | None = Field(None, description="The kind of an account; its `key` comes with it.")
    key: Annotated[tuple[Identifier, ...], Field(max_length=6)] | None = Field(
        None, description="The values of the account's dimensions, in their order."
    )


class MovementsQuestion(AccountQuestion):
    """Of which request, reservation, shipment or account (exactly one of these), and which page."""

    request_id: RequestId | None = Field(None, description="The request that posted them.")
    reservation: Identifier | None = Field(None, description="The reservation whose holdings they are on.")
    shipment: Identifier | None = Field(None, description="The shipment they were posted for.")
    after: After = ""
    limit: Limit = 100


class BalanceQuestion(AccountQuestion):
    """Which account, and when: after a `version` of it, or `at` a time (exactly one of these)."""

    version: PastVersion | None = Field(None, description="After this movement of the account; 0: before the first.")
    at: datetime | None = Field(None, description="After its last movement at or before this time.")


class RegisterQuestion(Body):
    """Which codes, and which page."""

    prefix: OptionalIdentifier = Field("", description="What the codes begin with.")
    after: OptionalIdentifier = Field("", description="What the page before ended with; left out for the first.")
    limit: Limit = 100


class QuotasQuestion(Body):
    """Which quotas, and which page."""

    goods: Identifier | None = Field(None, description="Only those that are about this goods.")
    channel: Identifier | None = Field(None, description="Only this channel's.")
    after: OptionalIdentifier = Field("", description="What the page before ended with; left out for the first.")
    limit: Limit = 100


class ChannelStockQuestion(Body):
    """Of which goods, where, through which channel; as part of a SKU or item, where quotas are of those."""

    goods: Goods
    node: Nodes = ()
    channel: Identifier = Field(NONE, description="The sales channel; left out: no channel in particular.")
    sku: OptionalIdentifier = Field("", description="The SKU that they are sold as.")
    item: OptionalIdentifier = Field("", description="The item that they are sold as.")


class MappingsQuestion(Body):
    """Of which system, of which kind, and which page."""

    system: SystemName | None = Field(None, description="Only this outside system's.")
    kind: MappingKind | None = Field(None, description="Only those of goods, nodes or owners; `system` comes with it.")
    after: OptionalIdentifier = Field("", description="What the page before ended with; left out for the first.")
    limit: Limit = 100


class ResolveSupplyQuestion(Body):
    """Which SKU, for whom, when."""

    sku: Identifier = Field(description="Percent-encoded, slashes too.")
    buyer: OptionalIdentifier = Field("", description="A party's code; left out for nobody in particular.")
    at: PointInTime | None = Field(None, description="A time with its zone; left out for now.")


class PoliciesQuestion(Body):
    """Which page."""

    after: OptionalIdentifier = Field("", description="What the page before ended with; left out for the first.")
    limit: Limit = 100


class ExplainPolicyQuestion(Body):
    """For which business identity."""

    business: OptionalIdentifier = Field("", description="A line of business; left out for any.")
    scenario: OptionalIdentifier = Field("", description="What is done; left out for anything.")
    policy: OptionalIdentifier = Field("", description="A policy, or a criterion, that is named and goes before.")


class ProposalsQuestion(Body):
    """Of which snapshot, how they stand, and which page."""

    snapshot: SnapshotId | None = Field(None, description="Only this snapshot's.")
    status: ProposalStatus | None = Field(None, description="Only those that stand so.")
    after: OptionalIdentifier = Field("", description="What the page before ended with; left out for the first.")
    limit: Limit = 100


class AddressQuestion(Body):
    """Which address: a region, a nation and postcode, a point, or all of them; or the node where it is fetched."""

    nation: OptionalIdentifier = Field("", description="The code of a nation.")
    region: OptionalIdentifier = Field("", description="The code of a region, retired ones too.")
    postcode: Annotated[str, Field(max_length=32, pattern=r"^([0-9A-Za-z][0-9A-Za-z -]*)?$")] = Field(
        "", description="A postcode, with a nation or region; spaces, hyphens and small letters make no difference."
    )
    lat: Annotated[float, Field(ge=-90.0, le=90.0)] | None = Field(None, description="Degrees to the north.")
    lng: Annotated[float, Field(ge=-180.0, le=180.0)] | None = Field(None, description="Degrees to the east.")
    pickup: OptionalIdentifier = Field("", description="The node where it is fetched; nothing else comes with it.")


class RouteQuestion(AddressQuestion):
    """Which address, for whom and what, ordered when; and how much of who was rejected."""

    buyer: OptionalIdentifier = Field("", description="The party that orders; left out: nobody in particular.")
    goods: Annotated[tuple[Identifier, ...], Field(max_length=MAX_ASKED)] = Field(
        (), description="What is ordered; left out: anything."
    )
    at: datetime | None = Field(None, description="When it is ordered; left out: now.")
    explain: Literal["counts", "all"] = Field(
        "counts", description="all: a page of the nodes that were rejected, each with the first rule that says so."
    )
    after: OptionalIdentifier = Field("", description="What the page before ended with; left out for the first.")
    limit: Annotated[int, Strict(), Field(ge=1, le=MAX_REJECTED)] = Field(
        MAX_REJECTED, description="Most rejected nodes of the page."
    )


class EventsQuestion(Body):
    """After which place, and how long to wait for something."""

    after: After = ""
    limit: Limit = Field(
        100, description="About how many: at least one is read of each of 16 partitions, and others' are passed over."
    )
    wait: Annotated[int, Strict(), Field(ge=0, le=LONGEST_WAIT)] = Field(
        0, description="Seconds to wait for the first event, where there is none."
    )


class ParkedQuestion(Body):
    """Which page."""

    after: After = ""
    limit: Limit = 50


class ExpectedQuestion(Body):
    """Of which goods, and where."""

    goods: Goods
    node: Nodes = ()


class ReceiptPromisesQuestion(Body):
    """Of which expected receipt."""

    goods: Identifier
    node: Identifier
    on: Day = Field(description="The day that it is expected on.")
    owner: Identifier = NONE
    limit: Limit = 100


class CapacityQuestion(Body):
    """Of which nodes, and which days."""

    node: SomeNodes
    first: Day = Field(description="The first day.")
    days: Annotated[int, Strict(), Field(ge=1, le=MAX_CAPACITY_DAYS)] = Field(7, description="How many days.")


class PromiseQuestion(Body):
    """Which kept promise."""

    id: Identifier = Field(description="Percent-encoded, slashes too.")


class ReplayQuestion(Body):
    """By which policy, and which page."""

    policy: Identifier = Field(description="The policy that is tried.")
    after: After = ""
    limit: Annotated[int, Strict(), Field(ge=1, le=100, description="Most kept promises of the page.")] = 50


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """One question as callers see it: `GET` a path; what is asked and not in the path is in the query.

    `refusals` are the codes of its own, beside `input.invalid`.
    """

    name: str
    path: str
    asked: type[Body]
    answer: type[Answer]
    scope: Scope
    summary: str
    description: str
    refusals: tuple[str, ...] = ()


QUESTIONS: Final = (
    QuestionForm(
        "find-promise",
        "/v1/promises/{id}",
        PromiseQuestion,
        Promise,
        "read",
        "Find a kept promise",
        "A promise that was kept, as it was told then: what is there now may be otherwise, and reserving it says so.",
        ("promise.unknown",),
    ),
    QuestionForm(
        "replay-promises",
        "/v1/promise-replays",
        ReplayQuestion,
        PromisesReplayed,
        "read",
        "Try another policy on kept promises",
        "What another policy would have chosen from the very same stock, promise by promise, and what both come to "
        "over the page: splits, cost, distance. Nothing is changed.",
        ("policy.unknown",),
    ),
    QuestionForm(
        "find-availability",
        "/v1/availability",
        AvailabilityQuestion,
        Availability,
        "read",
        "Find what can be promised",
        "What can be promised of 1 to 500 goods, at all nodes or at these. The answer has an ETag of its content, "
        "whenever it was read: sent back as If-None-Match, it is answered 304 as long as nothing changed.",
        ("version.not_reached", "answer.too_large"),
    ),
    QuestionForm(
        "find-reservation",
        "/v1/reservations/{id}",
        ReservationQuestion,
        ReservationFound,
        "read",
        "Find a reservation",
        "A reservation as it stands, line by line and way by way.",
        ("reservation.unknown",),
    ),
    QuestionForm(
        "find-reservations",
        "/v1/reservations",
        ReservationsQuestion,
        ReservationPage,
        "read",
        "Find the reservations of an order",
        "Those that bear your own reference, page by page, in byte order of their ids.",
    ),
    QuestionForm(
        "find-movements",
        "/v1/movements",
        MovementsQuestion,
        MovementPage,
        "read",
        "Find movements",
        "The ledger's postings, page by page: of one account by version; of one request, reservation or shipment, "
        "command by command.",
    ),
    QuestionForm(
        "find-balance",
        "/v1/balances",
        BalanceQuestion,
        BalanceThen,
        "read",
        "Find a past balance",
        "What an account held after a version of it, or at a time.",
        ("account.unknown", "version.not_reached"),
    ),
    QuestionForm(
        "list-goods",
        "/v1/goods",
        RegisterQuestion,
        GoodsPage,
        "read",
        "List the goods",
        "Registered goods, active or not, page by page, in byte order of their codes.",
    ),
    QuestionForm(
        "list-nodes",
        "/v1/nodes",
        RegisterQuestion,
        NodePage,
        "read",
        "List the nodes",
        "Registered nodes, active or not, page by page, in byte order of their codes.",
    ),
    QuestionForm(
        "list-mappings",
        "/v1/mappings",
        MappingsQuestion,
        MappingPage,
        "read",
        "List the mappings",
        "What names of outside systems mean here, active or not, page by page, in byte order of their codes.",
    ),
    QuestionForm(
        "find-quotas",
        "/v1/quotas",
        QuotasQuestion,
        QuotaPage,
        "read",
        "Find quotas",
        "What sales channels may sell, of a goods, a channel, both or all: the cap, what is left of it, what was "
        "taken, and what it owes; page by page, in byte order of their codes.",
        ("answer.too_large",),
    ),
    QuestionForm(
        "find-channel-stock",
        "/v1/channel-stock",
        ChannelStockQuestion,
        ChannelStock,
        "read",
        "Find what a channel can promise",
        "What 1 to 500 goods can be promised through a sales channel, at all nodes or at these: what is set aside for "
        "it, and what it may take beside that, under all its caps at once.",
        ("answer.too_large",),
    ),
    QuestionForm(
        "list-items",
        "/v1/items",
        RegisterQuestion,
        ItemPage,
        "read",
        "List the sales items",
        "What is sold, active or not, page by page, in byte order of their codes.",
    ),
    QuestionForm(
        "list-supply",
        "/v1/supply",
        RegisterQuestion,
        SupplyPage,
        "read",
        "List the supply",
        "What can satisfy SKUs, all mappings of each, page by page, in byte order of the SKUs.",
    ),
    QuestionForm(
        "resolve-supply",
        "/v1/supply/{sku}",
        ResolveSupplyQuestion,
        SupplyResolved,
        "read",
        "Resolve a SKU",
        "What can stand for a SKU, for a buyer at a time, the preferred first, kits taken apart; and the first reason "
        "why any other mapping of it does not apply.",
    ),
    QuestionForm(
        "list-policies",
        "/v1/policies",
        PoliciesQuestion,
        PolicyPage,
        "read",
        "List the policies",
        "What is published, page by page, in the order of their names.",
    ),
    QuestionForm(
        "explain-policy",
        "/v1/policy-rules",
        ExplainPolicyQuestion,
        PolicyExplained,
        "read",
        "Explain a policy",
        "What holds for a business identity, setting by setting, and which policy says so.",
    ),
    QuestionForm(
        "list-sites",
        "/v1/sites",
        RegisterQuestion,
        SitePage,
        "read",
        "List the sites",
        "Where nodes are, when they work, where they deliver, page by page, in byte order of their codes.",
    ),
    QuestionForm(
        "list-calendars",
        "/v1/calendars",
        RegisterQuestion,
        CalendarPage,
        "read",
        "List the calendars",
        "Working days and cut-offs, active or not, page by page, in byte order of their codes.",
    ),
    QuestionForm(
        "list-regions",
        "/v1/regions",
        RegisterQuestion,
        RegionPage,
        "read",
        "List the regions",
        "Regions, active, retired or not, page by page, in byte order of their codes.",
    ),
    QuestionForm(
        "list-postcodes",
        "/v1/postcodes",
        RegisterQuestion,
        PostcodePage,
        "read",
        "List the postcodes",
        "Where postcodes are, page by page, in byte order of nation and postcode.",
    ),
    QuestionForm(
        "list-relations",
        "/v1/relations",
        RegisterQuestion,
        RelationPage,
        "read",
        "List the supply relations",
        "Who is supplied by whom, and which goods come from where, page by page, in byte order of their codes.",
    ),
    QuestionForm(
        "resolve-address",
        "/v1/places",
        AddressQuestion,
        PlaceResolved,
        "read",
        "Resolve an address",
        "Where an address is: its regions up to the topmost, its point, and how they were found.",
        ADDRESS,
    ),
    QuestionForm(
        "route-address",
        "/v1/routes",
        RouteQuestion,
        RoutedAddress,
        "read",
        "Route an address",
        "Which nodes may serve an address, when what is ordered leaves them and arrives; how many others each rule "
        "rejected, and with `explain=all` which.",
        ADDRESS,
    ),
    QuestionForm(
        "list-proposals",
        "/v1/count-proposals",
        ProposalsQuestion,
        ProposalPage,
        "read",
        "List the count proposals",
        "Differences between snapshots of other systems and the ledger, page by page, in byte order of their ids.",
    ),
    QuestionForm(
        "find-expected",
        "/v1/expected",
        ExpectedQuestion,
        ExpectedSupply,
        "read",
        "Find what is expected",
        "Receipts announced of 1 to 500 goods, at all nodes or at these, with what of them is promised.",
        ("answer.too_large",),
    ),
    QuestionForm(
        "find-receipt-promises",
        "/v1/expected-promises",
        ReceiptPromisesQuestion,
        ReceiptPromises,
        "read",
        "Find who was promised a receipt",
        "The reservations that wait for an expected receipt, in the order they were made, and what each of them lacks "
        "since less is expected.",
        ("expected.unknown",),
    ),
    QuestionForm(
        "find-capacity",
        "/v1/capacity",
        CapacityQuestion,
        Capacity,
        "read",
        "Find capacity",
        "What 1 to 50 nodes can send off on their days, in orders and in units, and what of it is left.",
    ),
    QuestionForm(
        "search-documents",
        "/v1/search/{kind}",
        SearchQuestion,
        SearchPage,
        "read",
        "Search",
        "Documents of a kind that have all the words and meet all the conditions, page by page, with facets. What does "
        "not change while you page is met exactly once.",
        SEARCH,
    ),
    QuestionForm(
        "add-up-documents",
        "/v1/sums/{kind}",
        SumsQuestion,
        SumPage,
        "read",
        "Add up",
        "How many documents of a kind there are, and the sums of their numbers, by up to 3 fields or spans of time.",
        SEARCH,
    ),
    QuestionForm(
        "read-events",
        "/v1/events",
        EventsQuestion,
        EventPage,
        "read",
        "Read the events",
        "Your events after a place, oldest first; order is kept within a subject. A page that may be empty; with "
        "`wait`, as soon as there is something. Asked for as `text/event-stream` it goes on for as long as you read, "
        "and Last-Event-ID says after which place. An event may come again: its `id` tells.",
        ("feed.gone", "service.busy"),
    ),
    QuestionForm(
        "list-parked",
        "/v1/parked",
        ParkedQuestion,
        ParkedPage,
        "admin",
        "List the parked messages",
        "Your messages that a group of consumers could not take, of every group, the oldest first.",
    ),
)
"""One row a question."""

EXPORT: Final = QuestionForm(
    "export-documents",
    "/v1/exports/{kind}",
    ExportQuestion,
    FoundDocument,
    "read",
    "Export",
    "All documents of a kind that have all the words and meet all the conditions, in byte order of their ids, "
    "written as they are read. Where it takes too long, is too much, or the index falls silent, the connection is "
    "broken off: go on with `after`, the id of the last document that came.",
    (*SEARCH, "service.busy"),
)
"""What is answered as it is read, in lines or rows: no single answer has it all."""
