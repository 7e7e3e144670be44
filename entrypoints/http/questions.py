"""Questions over HTTP: one generic route for all of them, past the framework.

Each is a row of the published questions, which says what may be asked and how, and a function here that asks it.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from hashlib import blake2b
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from application.sourcing.find_promise import FindPromise
from application.sourcing.replay_promises import PromisesReplayed, ReplayPromises
from application.stock.availability import AtLeast, Availability, Detail
from application.stock.balance_at import BalanceAt
from application.stock.find_availability import FindAvailability
from application.stock.find_channel_stock import FindChannelStock
from application.stock.find_expected import FindExpected, FindReceiptPromises
from application.stock.find_movements import FindMovements
from application.stock.find_quotas import FindQuotas
from application.stock.find_reservation import FindReservation, FindReservationsOfOrder
from application.stock.list_goods import ListGoods
from application.stock.list_mappings import ListMappings
from application.stock.list_nodes import ListNodes
from application.stock.list_proposals import ListProposals
from application.stock.queries import BalanceThen, OfAccount, OfCommand, OfReservation, OfShipment, Subject
from application.supply.list_items import ListItems
from application.supply.list_supply import ListSupply
from application.supply.resolve_supply import ResolveSupply
from application.tenancy.explain_policy import ExplainPolicy
from application.tenancy.list_policies import ListPolicies
from application.warehouse.find_capacity import FindCapacity
from application.warehouse.list_network import ListNetwork
from application.warehouse.resolve_address import ResolveAddress
from application.warehouse.route_address import RouteAddress
from contracts.http.v1 import questions as published
from contracts.http.v1.questions import QUESTIONS, QuestionForm
from domain.kernel.account import AccountKey
from domain.kernel.refusal import InvalidInput
from domain.permissions.scope import Scope
from domain.stock.position import Position
from domain.warehouse.address import Address
from domain.warehouse.calendar import CALENDAR
from domain.warehouse.region import POSTCODE, REGION
from domain.warehouse.relation import RELATION
from domain.warehouse.site import SITE
from entrypoints.composition.installation import Installation
from entrypoints.http.bounds import in_time
from entrypoints.http.knock import Knock, Lean, Reply
from entrypoints.http.parameters import id_in_path, parameters
from entrypoints.http.searches import search, sums
from entrypoints.wire.bodies import invalid
from entrypoints.wire.routes import place_told, route_told

ASK_AGAIN: Final = b"private, no-cache"
"""May be kept by who asked, who asks before using it whether it is still so."""

SHORTEST_TIME: Final = len("2026-01-01T00:00Z")


class OneQuestion:
    """`GET` a path: read, checked by its published model, asked, answered."""

    method = "GET"
    waits = False

    def __init__(self, house: Installation, form: QuestionForm, ask: "Ask") -> None:
        self.template = form.path
        self.needs: Scope | None = Scope(form.scope)
        self._house = house
        self._ask = ask
        self._read = reader_of(form.asked)
        self._in_path = form.path.partition("{")[2].rstrip("}")

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises InvalidInput, TooLate, what asking raises."""
        given = {self._in_path: id_in_path(name)} if self._in_path else {}
        asked = self._read(knock.scope["query_string"], given)
        return await in_time(knock, self._ask(self._house, knock, asked))


class Reader:
    """Reads a query by the model of what is asked: numbers where it has numbers, lists where it has lists."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._validate = model.__pydantic_validator__.validate_python
        shapes = {name: _shape(shape) for name, shape in model.model_json_schema()["properties"].items()}
        self._known = frozenset(shapes)
        self._many = frozenset(name for name, shape in shapes.items() if shape.get("type") == "array")
        self._numbers = frozenset(name for name, shape in shapes.items() if shape.get("type") == "integer")
        self._times = frozenset(name for name, shape in shapes.items() if shape.get("format") == "date-time")

    def __call__(self, query: bytes, given: Mapping[str, Any]) -> Any:
        """The model's instance. Raises InvalidInput."""
        read: dict[str, Any] = parameters(query, self._known - given.keys(), self._many)
        for name in self._numbers & read.keys():
            said = read[name]
            if said.isascii() and said.isdecimal() and len(said) <= 16:
                read[name] = int(said)
        for name in self._times & read.keys():
            if len(read[name]) < SHORTEST_TIME:  # a bare number would be taken for one
                raise InvalidInput(f"{name} is a time with its zone: 2026-03-01T12:00:00Z", field=name)
        try:
            return self._validate({**read, **given})
        except ValidationError as error:
            raise invalid(error) from None


@cache
def reader_of(model: type[BaseModel]) -> Reader:
    return Reader(model)


def questions(house: Installation) -> list[Lean]:
    """Their routes."""
    return [OneQuestion(house, form, ASKS[form.name]) for form in QUESTIONS if form.name in ASKS]


def _shape(shape: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without the null of what may be left out."""
    choices = [each for each in shape.get("anyOf", (shape,)) if each.get("type") != "null"]
    return choices[0] if len(choices) == 1 else shape


# -- one function a question ------------------------------------------------------------------------------------------

Ask = Callable[[Installation, Knock, Any], Awaitable[Reply]]


async def availability(house: Installation, knock: Knock, asked: published.AvailabilityQuestion) -> Reply:
    """The ETag is of the content, whenever it was read."""
    at_least = None
    if asked.min_version is None:
        _nothing_else(asked, "goods", "node", "detail")
    else:
        if len(asked.goods) != 1 or len(asked.node) != 1:
            raise InvalidInput("a version is of one goods at one node: name just these", field="min_version")
        position = Position(asked.goods[0], asked.node[0], asked.owner, asked.lot, asked.channel)
        at_least = AtLeast(position, asked.min_version)
    query = FindAvailability(asked.goods, asked.node, Detail(asked.detail), at_least)
    found: Availability = await house.ask(knock.caller.tenant, query)
    encode = house.codec.encode
    content = encode(found.goods)
    etag = b'W/"%b"' % blake2b(content, digest_size=12).hexdigest().encode("ascii")
    headers = [(b"etag", etag)]
    if _matches(etag, knock.headers.get(b"if-none-match")):
        return Reply(304, b"", headers=headers, cache=ASK_AGAIN)
    told = b'{"as_of":%b,"source":%b,"goods":%b}' % (encode(found.as_of), encode(found.source), content)
    return Reply(200, told, headers=headers, cache=ASK_AGAIN)


async def reservation(house: Installation, knock: Knock, asked: published.ReservationQuestion) -> Reply:
    return Reply(200, house.codec.encode(await house.ask(knock.caller.tenant, FindReservation(asked.id))))


async def reservations(house: Installation, knock: Knock, asked: published.ReservationsQuestion) -> Reply:
    found = await house.ask(knock.caller.tenant, FindReservationsOfOrder(asked.order, asked.after, asked.limit))
    return _page(house, found.reservations, found.after)


async def movements(house: Installation, knock: Knock, asked: published.MovementsQuestion) -> Reply:
    named = {
        "request_id": asked.request_id,
        "reservation": asked.reservation,
        "shipment": asked.shipment,
        "goods": asked.goods,
        "kind": asked.kind,
    }
    of: Subject
    name, value = _only(named)
    if name not in ("goods", "kind"):
        _nothing_else(asked, name, "after", "limit")
    match name, value:
        case "request_id", id:
            of = OfCommand(id)
        case "reservation", id:
            of = OfReservation(id)
        case "shipment", id:
            of = OfShipment(id)
        case _:
            of = OfAccount(_account(house, asked))
    found = await house.ask(knock.caller.tenant, FindMovements(of, asked.after, asked.limit))
    return _page(house, found.movements, found.after)


async def balance(house: Installation, knock: Knock, asked: published.BalanceQuestion) -> Reply:
    _, then = _only({"version": asked.version, "at": asked.at})
    found: BalanceThen = await house.ask(knock.caller.tenant, BalanceAt(_account(house, asked), then))
    told = {
        "balances": found.balances._asdict(),  # a tuple would come without its names
        "floor": found.floor,
        "version": found.version,
        "at": found.at,
    }
    return Reply(200, house.codec.encode(told))


async def goods(house: Installation, knock: Knock, asked: published.RegisterQuestion) -> Reply:
    found = await house.ask(knock.caller.tenant, ListGoods(asked.prefix, asked.after, asked.limit))
    return _page(house, found.entries, found.after)


async def nodes(house: Installation, knock: Knock, asked: published.RegisterQuestion) -> Reply:
    found = await house.ask(knock.caller.tenant, ListNodes(asked.prefix, asked.after, asked.limit))
    return _page(house, found.entries, found.after)


async def mappings(house: Installation, knock: Knock, asked: published.MappingsQuestion) -> Reply:
    if asked.kind is not None and asked.system is None:
        raise InvalidInput("a kind goes with its system", field="kind")
    query = ListMappings(asked.system or "", asked.kind or "", asked.after, asked.limit)
    found = await house.ask(knock.caller.tenant, query)
    return _page(house, found.entries, found.after)


async def quotas(house: Installation, knock: Knock, asked: published.QuotasQuestion) -> Reply:
    query = FindQuotas(asked.goods or "", asked.channel or "", asked.after, asked.limit)
    return Reply(200, house.codec.encode(await house.ask(knock.caller.tenant, query)))


async def channel_stock(house: Installation, knock: Knock, asked: published.ChannelStockQuestion) -> Reply:
    query = FindChannelStock(asked.goods, asked.node, asked.channel, asked.sku, asked.item)
    return Reply(200, house.codec.encode(await house.ask(knock.caller.tenant, query)))


async def items(house: Installation, knock: Knock, asked: published.RegisterQuestion) -> Reply:
    found = await house.ask(knock.caller.tenant, ListItems(asked.prefix, asked.after, asked.limit))
    return _page(house, found.entries, found.after)


async def supply(house: Installation, knock: Knock, asked: published.RegisterQuestion) -> Reply:
    found = await house.ask(knock.caller.tenant, ListSupply(asked.prefix, asked.after, asked.limit))
    return _page(house, found.entries, found.after)


async def supply_of(house: Installation, knock: Knock, asked: published.ResolveSupplyQuestion) -> Reply:
    found = await house.ask(knock.caller.tenant, ResolveSupply(asked.sku, asked.buyer, asked.at))
    return Reply(200, house.codec.encode(found))


async def policies(house: Installation, knock: Knock, asked: published.PoliciesQuestion) -> Reply:
    found = await house.ask(knock.caller.tenant, ListPolicies(asked.after, asked.limit))
    told = {"items": found.policies, "after": found.after or None, "version": found.version}
    return Reply(200, house.codec.encode(told))


async def policy_rules(house: Installation, knock: Knock, asked: published.ExplainPolicyQuestion) -> Reply:
    query = ExplainPolicy(asked.business, asked.scenario, asked.policy)
    return Reply(200, house.codec.encode(await house.ask(knock.caller.tenant, query)))


def of_network(register: str) -> "Ask":
    """Asks for a page of a register of routing."""

    async def ask(house: Installation, knock: Knock, asked: published.RegisterQuestion) -> Reply:
        query = ListNetwork(register, asked.prefix, asked.after, asked.limit)
        found = await house.ask(knock.caller.tenant, query)
        return _page(house, found.entries, found.after)

    return ask


async def place(house: Installation, knock: Knock, asked: published.AddressQuestion) -> Reply:
    found = await house.ask(knock.caller.tenant, ResolveAddress(_address(asked)))
    return Reply(200, house.codec.encode(place_told(found)))


async def route(house: Installation, knock: Knock, asked: published.RouteQuestion) -> Reply:
    explain = asked.limit if asked.explain == "all" else 0
    if not explain:
        _nothing_else(asked, *(asked.model_fields_set - {"after", "limit"}))
    query = RouteAddress(_address(asked), asked.buyer, asked.goods, asked.at, explain, asked.after)
    found = await house.ask(knock.caller.tenant, query)
    return Reply(200, house.codec.encode(route_told(found)))


async def proposals(house: Installation, knock: Knock, asked: published.ProposalsQuestion) -> Reply:
    query = ListProposals(asked.snapshot or "", asked.status or "", asked.after, asked.limit)
    found = await house.ask(knock.caller.tenant, query)
    return _page(house, found.entries, found.after)


async def expected(house: Installation, knock: Knock, asked: published.ExpectedQuestion) -> Reply:
    found = await house.ask(knock.caller.tenant, FindExpected(asked.goods, asked.node))
    return Reply(200, house.codec.encode(found))


async def receipt_promises(house: Installation, knock: Knock, asked: published.ReceiptPromisesQuestion) -> Reply:
    query = FindReceiptPromises(asked.goods, asked.node, asked.on, asked.owner, asked.limit)
    return Reply(200, house.codec.encode(await house.ask(knock.caller.tenant, query)))


async def capacity(house: Installation, knock: Knock, asked: published.CapacityQuestion) -> Reply:
    found = await house.ask(knock.caller.tenant, FindCapacity(asked.node, asked.first, asked.days))
    return Reply(200, house.codec.encode(found))


async def promise(house: Installation, knock: Knock, asked: published.PromiseQuestion) -> Reply:
    return Reply(200, house.codec.encode(await house.ask(knock.caller.tenant, FindPromise(asked.id))))


async def replays(house: Installation, knock: Knock, asked: published.ReplayQuestion) -> Reply:
    query = ReplayPromises(asked.policy, asked.after, asked.limit)
    found: PromisesReplayed = await house.ask(knock.caller.tenant, query)
    told = {name: getattr(found, name) for name in PromisesReplayed.__slots__}
    return Reply(200, house.codec.encode({**told, "after": found.after or None}))


ASKS: Final[Mapping[str, Ask]] = {
    "find-promise": promise,
    "replay-promises": replays,
    "find-availability": availability,
    "find-reservation": reservation,
    "find-reservations": reservations,
    "find-movements": movements,
    "find-balance": balance,
    "list-goods": goods,
    "list-nodes": nodes,
    "search-documents": search,
    "add-up-documents": sums,
    "list-mappings": mappings,
    "find-quotas": quotas,
    "find-channel-stock": channel_stock,
    "list-proposals": proposals,
    "find-expected": expected,
    "find-receipt-promises": receipt_promises,
    "find-capacity": capacity,
    "list-policies": policies,
    "explain-policy": policy_rules,
    "list-items": items,
    "list-supply": supply,
    "resolve-supply": supply_of,
    "list-sites": of_network(SITE),
    "list-calendars": of_network(CALENDAR),
    "list-regions": of_network(REGION),
    "list-postcodes": of_network(POSTCODE),
    "list-relations": of_network(RELATION),
    "resolve-address": place,
    "route-address": route,
}
"""By the question's name; the feed, which waits, is a route of its own."""


def _page(house: Installation, items: object, after: str) -> Reply:
    """`after` goes into the next question; null after the last page."""
    return Reply(200, house.codec.encode({"items": items, "after": after or None}))


def _address(asked: published.AddressQuestion) -> Address:
    return Address(asked.nation, asked.region, asked.postcode, asked.lat, asked.lng, asked.pickup)


def _matches(etag: bytes, said: bytes | None) -> bool:
    """Weakly, as RFC 9110 has it: whether either says W/ does not matter."""
    if said is None:
        return False
    return said.strip() == b"*" or etag[2:] in (each.strip().removeprefix(b"W/") for each in said.split(b","))


def _only(given: Mapping[str, Any]) -> tuple[str, Any]:
    """The one that was given. Raises InvalidInput."""
    named = [(name, value) for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise InvalidInput(f"give exactly one of {', '.join(given)}", field="query", one_of=list(given))
    return named[0]


def _nothing_else(asked: BaseModel, *names: str) -> None:
    """Refuses what would be passed over, beside these: the answer would be to another question. Raises InvalidInput."""
    for name in sorted(asked.model_fields_set.difference(names)):
        if getattr(asked, name) != type(asked).model_fields[name].default:
            raise InvalidInput(f"{name} does not go with the rest of the question", field=name)


def _account(house: Installation, asked: published.AccountQuestion) -> AccountKey:
    """A stock position, or the account of any kind by the values of its dimensions. Raises InvalidInput."""
    if asked.kind is None:
        if asked.goods is None or asked.node is None or asked.key is not None:
            raise InvalidInput("name goods and node, or a kind and its key", field="goods")
        return Position(asked.goods, asked.node, asked.owner, asked.lot, asked.channel).key
    kind = house.kinds.get(asked.kind)
    if kind is None:
        raise InvalidInput(f"there is no kind {asked.kind!r}", field="kind", one_of=sorted(house.kinds))
    _nothing_else(asked, *(asked.model_fields_set - {"owner", "lot", "channel"}))
    values = asked.key or ()
    if asked.goods is not None or asked.node is not None or len(values) != len(kind.dimensions):
        raise InvalidInput(f"the key of {asked.kind} is {', '.join(kind.dimensions)}", field="key")
    return kind.key(*values)
