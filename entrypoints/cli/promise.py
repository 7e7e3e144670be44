"""`entrepot promise …`: what can be supplied, from where, by when; held as it was promised; tried by another policy."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from application.sourcing.demand import DeliverTo, DemandLine, WantedGoods
from application.sourcing.drop_promises import DropPromises
from application.sourcing.find_promise import FindPromise
from application.sourcing.make_promise import MakePromise
from application.sourcing.pin_reservation import PinReservation
from application.sourcing.promise import Promise
from application.sourcing.reject_node import RejectNode
from application.sourcing.replay_promises import ReplayPromises
from application.sourcing.reserve_pooled import ReservePooled
from application.sourcing.reserve_promise import ReservePromise
from application.sourcing.reserve_wanted import ReserveWanted
from domain.sourcing.explain import RULES
from entrypoints.cli.errors import Complaint
from entrypoints.cli.notation import duration
from entrypoints.cli.session import Session, session_of

if TYPE_CHECKING:
    from entrypoints.composition.installation import Installation

app = typer.Typer(help="Promises: which goods, from which node, by when, and why not the others.")

DIGITS: Final = 20
"""No quantity has as many; what is longer is none."""

SHOWN: Final = 100

KINDS: Final = ("sku", "item", "goods")
Lines = Annotated[
    list[str],
    typer.Argument(metavar="LINE…", help="SKU=QUANTITY; item:CODE=QUANTITY or goods:CODE=QUANTITY for those."),
]
At = Annotated[str, typer.Option("--to", help="Where to: LAT,LNG.")]
Nation = Annotated[str, typer.Option(help="Where to: the nation.")]
Region = Annotated[str, typer.Option(help="Where to: the region's code.")]
Postcode = Annotated[str, typer.Option(help="Where to: the postcode, with the nation.")]
Pickup = Annotated[str, typer.Option(help="It is fetched at this node.")]
Buyer = Annotated[str, typer.Option(help="Who buys: a party's code.")]
Channel = Annotated[str, typer.Option(help="The sales channel whose quotas count.")]
Policy = Annotated[str, typer.Option(help="By which policy; by default, the business identity's.")]
Business = Annotated[str, typer.Option(help="The business line that selects the policy.")]
Scenario = Annotated[str, typer.Option(help="The scenario that selects the policy.")]
Whole = Annotated[bool, typer.Option("--whole", help="All of it from one node, or nothing.")]
Splits = Annotated[int | None, typer.Option(help="From at most so many nodes more than one.")]
Expected = Annotated[bool, typer.Option("--expected", help="What is only announced to arrive will do.")]
ReservationId = Annotated[str, typer.Option("--id", help="The reservation's id; by default, the request's.")]
Order = Annotated[str | None, typer.Option(help="Your reference, to find it by.")]
Hold = Annotated[str, typer.Option(help="For how long: 90s, 30m, 2h, 1d; by default, as the policy says.")]


def add_to(root: typer.Typer) -> None:
    root.add_typer(app, name="promise")


def _wanted(
    line: Lines,
    to: At = "",
    nation: Nation = "",
    region: Region = "",
    postcode: Postcode = "",
    pickup: Pickup = "",
    buyer: Buyer = "",
    channel: Channel = "",
    policy: Policy = "",
    business: Business = "",
    scenario: Scenario = "",
    whole: Whole = False,
    max_splits: Splits = None,
    expected: Expected = False,
) -> WantedGoods:
    """Raises Complaint, InvalidInput."""
    return WantedGoods(
        lines=tuple(_line(each, expected) for each in line),
        to=_place(to, nation, region, postcode, pickup),
        buyer=buyer,
        channel=channel,
        business=business,
        scenario=scenario,
        policy=policy,
        whole_only=whole,
        max_splits=max_splits,
    )


def asks_for(command: Callable[..., None]) -> Callable[..., None]:
    """The command, with all the options that say what is wanted in the place of `wanted`: they stand in one place."""
    options = signature(_wanted).parameters

    @wraps(command)
    def asked(**given: Any) -> None:
        wanted = _wanted(**{name: given.pop(name) for name in options})
        command(wanted=wanted, **given)

    shown: list[Parameter] = []
    for name, own in signature(command).parameters.items():
        shown += options.values() if name == "wanted" else (own,)
    asked.__dict__["__signature__"] = Signature(shown)  # typer reads the options from it
    return asked


@app.command()
@asks_for
def make(
    context: typer.Context,
    wanted: WantedGoods,
    explain: Annotated[bool, typer.Option("--explain", help="Show why the other nodes lost.")] = False,
    after: Annotated[str, typer.Option(help="Explain those after this node.")] = "",
    keep: Annotated[str, typer.Option(help="Keep it under this id, to reserve it or try policies on it later.")] = "",
) -> None:
    """Say what can be supplied, from where, by when. Nothing is held; what is to be reserved later is kept."""
    session = session_of(context)
    command: Any = MakePromise(wanted, keep=bool(keep), id=keep, explain="all" if explain else "", after=after)
    _show(session, session.run(lambda house: house.handle(session.call(), command)))


@app.command()
def show(context: typer.Context, promise: Annotated[str, typer.Argument(help="The id it is kept under.")]) -> None:
    """Show a kept promise as it was told."""
    session = session_of(context)

    async def ask(house: "Installation") -> Promise:
        found: Promise = await house.ask(session.tenant, FindPromise(promise))
        return found

    _show(session, session.run(ask))


@app.command()
def reserve(
    context: typer.Context,
    promise: Annotated[str, typer.Argument(help="The id it is kept under, or a token.")],
    reservation: ReservationId = "",
    order: Order = None,
    hold: Hold = "",
) -> None:
    """Hold exactly what was promised, or learn what moved, with a promise of the same made now."""
    session_of(context).command(ReservePromise(promise, reservation, order, _hold(hold)))


@app.command()
@asks_for
def buy(
    context: typer.Context,
    wanted: WantedGoods,
    partial: Annotated[bool, typer.Option("--partial", help="Rather some than nothing.")] = False,
    pooled: Annotated[bool, typer.Option("--pooled", help="Hold it in the goods' pools, at no node yet.")] = False,
    reservation: ReservationId = "",
    order: Order = None,
    hold: Hold = "",
) -> None:
    """Promise and reserve in one step."""
    session = session_of(context)
    if not pooled:
        session.command(ReserveWanted(wanted, reservation, order, _hold(hold), partial=partial))
        return
    if partial:
        raise Complaint("what is --pooled is held in full or not at all: leave out --partial")
    session.command(ReservePooled(wanted, reservation, order, _hold(hold)))


@app.command()
def pin(context: typer.Context, reservation: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """Choose the nodes for what a reservation holds in pools."""
    session_of(context).command(PinReservation(reservation))


@app.command()
def reject(
    context: typer.Context,
    reservation: Annotated[str, typer.Argument(help="Its id.")],
    node: Annotated[str, typer.Argument(help="The node that cannot supply it.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Find other nodes for what a node cannot supply."""
    session_of(context).command(RejectNode(reservation, node, reason))


@app.command()
def replay(
    context: typer.Context,
    policy: Annotated[str, typer.Argument(help="The policy to try.")],
    after: Annotated[str, typer.Option(help="Go on after this promise.")] = "",
    limit: Annotated[int, typer.Option(help="Most kept promises: 1 to 100.")] = 50,
) -> None:
    """Try another policy on kept promises: splits, cost and distance, before and after."""
    session = session_of(context)

    async def ask(house: "Installation") -> Any:
        return await house.ask(session.tenant, ReplayPromises(policy, after, limit))

    found = session.run(ask)
    if session.as_json:
        session.show(found)
        return
    rows = [
        {
            "promise": each.promise,
            "by": each.policy,
            "splits": _change(each.before.splits, each.after.splits),
            "cost": _change(each.before.cost, each.after.cost),
            "km": _change(each.before.distance_m // 1000, each.after.distance_m // 1000),
            "short": _change(each.before.short, each.after.short),
            "nodes": ", ".join(each.nodes),
        }
        for each in found.items
    ]
    session.show({"policy": found.policy, "promises": rows, "left_out": found.left_out, "after": found.after or "-"})
    session.show({"all_before": found.before_all, "all_after": found.after_all})


@app.command()
def drop(context: typer.Context, promise: Annotated[list[str], typer.Argument(help="Ids of kept promises.")]) -> None:
    """Forget kept promises."""
    session_of(context).command(DropPromises(tuple(promise)))


def _line(said: str, expected: bool) -> DemandLine:
    """`[sku:|item:|goods:]CODE=QUANTITY`, read from the right. Raises Complaint."""
    named, equals, quantity = said.rpartition("=")
    kind, colon, code = named.partition(":")
    if not colon or kind not in KINDS:
        kind, code = "sku", named
    if not equals or not code or not quantity.isdecimal() or len(quantity) > DIGITS:
        shown = said if len(said) <= SHOWN else said[:SHOWN] + "…"
        raise Complaint(f"{shown!r}: a line is SKU=QUANTITY, item:CODE=QUANTITY or goods:CODE=QUANTITY")
    sku, item, goods = (code if kind == each else "" for each in KINDS)
    return DemandLine(int(quantity), sku, item, goods, expected=expected)


def _place(to: str, nation: str, region: str, postcode: str, pickup: str) -> DeliverTo:
    """Raises Complaint."""
    lat: float | None = None
    lng: float | None = None
    if to:
        try:
            lat, lng = (float(each) for each in to.split(","))
        except ValueError:
            raise Complaint(f"--to is LAT,LNG, not {to!r}") from None
    return DeliverTo(nation, region, postcode, lat, lng, pickup)


def _hold(said: str) -> timedelta | None:
    return duration(said) if said else None


def _change(before: int, after: int) -> str:
    return f"{before} → {after}" if before != after else str(before)


def _show(session: Session, promise: Promise) -> None:
    """For people: the legs, what they leave out, and why the others lost, each rule in a sentence."""
    if session.as_json:
        session.show(promise)
        return
    single = {
        "promise": promise.promise or "(not kept)",
        "policy": promise.policy,
        "splits": promise.splits,
        "cost": promise.cost,
        "gap": promise.gap,
        "km": promise.distance_m // 1000,
        "valid_until": promise.valid_until,
        "as_of": promise.as_of,
    }
    legs = [
        {
            "line": each.line,
            "node": each.node,
            "quantity": each.quantity,
            "goods": ", ".join(_goods(goods) for goods in each.goods),
            "quota": ", ".join(sorted({goods.quota for goods in each.goods} - {""})),
            "leaves": _time(each.ship_by),
            "arrives": f"{_time(each.arrives_from)} to {_time(each.arrives_to)}",
            "km": "-" if each.distance_m is None else each.distance_m // 1000,
            "cost": each.cost,
        }
        for each in promise.legs
    ]
    lost = [
        {
            "node": each.node,
            "rule": each.rule,
            "by": "-" if each.difference is None else each.difference,
            "why": RULES.get(each.rule, each.detail),
        }
        for each in promise.lost
    ]
    session.show({**single, "legs": legs})
    for name, rows in (("short", promise.short), ("outside_routing", promise.outside), ("lost", lost)):
        if rows:
            session.show({name: rows})
    if promise.after:
        session.show({"after": promise.after})


def _goods(goods: Any) -> str:
    more = [f"lot {goods.lot}" if goods.lot != "-" else "", f"due {goods.expected}" if goods.expected else ""]
    return " ".join((f"{goods.quantity} {goods.goods}", *(each for each in more if each)))


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
