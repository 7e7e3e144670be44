"""`entrepot site …`, `calendar …`, `region …`, `relation …`: the network that addresses are routed by."""

from dataclasses import replace
from typing import Annotated

import typer

from application.warehouse.list_network import ListNetwork
from application.warehouse.set_calendars import SetCalendars
from application.warehouse.set_regions import SetRegions
from application.warehouse.set_relations import SetRelations
from application.warehouse.set_sites import SetSites
from domain.warehouse.calendar import CALENDAR, Calendar
from domain.warehouse.coverage import Coverage
from domain.warehouse.region import POSTCODE, REGION, Region
from domain.warehouse.relation import RELATION, Relation
from domain.warehouse.site import SITE, Site
from entrypoints.cli.network_rows import prefix_of, transit_of
from entrypoints.cli.registers import list_register
from entrypoints.cli.session import session_of
from entrypoints.cli.supply_rows import zoned_time

site = typer.Typer(help="Sites: where nodes are, when they work, where they deliver, at what cost.")
calendar = typer.Typer(help="Calendars: working days and cut-offs, by the wall clock of a time zone.")
region = typer.Typer(help="Regions: a tree of codes, and which of them are retired.")
postcode = typer.Typer(help="Postcodes: where they are.")
relation = typer.Typer(help="Supply relations: who is supplied by whom, which goods come from where.")

Code = Annotated[str, typer.Argument(help="Its code.")]
Prefixed = Annotated[str, typer.Option(help="Only codes that begin so.")]
After = Annotated[str, typer.Option(help="Go on after this code.")]
Limit = Annotated[int, typer.Option(help="At most so many, 1 to 500.")]
Lat = Annotated[float | None, typer.Option(help="Degrees to the north.")]
Lng = Annotated[float | None, typer.Option(help="Degrees to the east.")]
Many = Annotated[list[str] | None, typer.Option(help="May be given again.")]


def add_to(root: typer.Typer) -> None:
    for name, app in (
        ("site", site),
        ("calendar", calendar),
        ("region", region),
        ("postcode", postcode),
        ("relation", relation),
    ):
        root.add_typer(app, name=name)


@site.command("set")
def set_site(
    context: typer.Context,
    node: Annotated[str, typer.Argument(help="The node.")],
    lat: Lat = None,
    lng: Lng = None,
    nation: Annotated[str, typer.Option(help="The nation that it lies in.")] = "",
    in_region: Annotated[str, typer.Option("--region", help="The region that it lies in.")] = "",
    by: Annotated[str, typer.Option("--calendar", help="Its calendar; by default, every day of UTC.")] = "",
    handling_days: Annotated[int, typer.Option(help="Working days until what is ordered leaves.")] = 0,
    transit: Annotated[str, typer.Option(help="Days under way: 0-1@100 1-3, within 100 km and beyond.")] = "",
    priority: Annotated[int, typer.Option(help="The smaller goes first.")] = 0,
    cost_order: Annotated[int, typer.Option(help="For each order, in the smallest unit of money.")] = 0,
    cost_unit: Annotated[int, typer.Option(help="For each unit.")] = 0,
    orders_a_day: Annotated[int | None, typer.Option(help="Most orders a day; by default, any number.")] = None,
    units_a_day: Annotated[int | None, typer.Option(help="Most units a day; by default, any number.")] = None,
    pickup: Annotated[bool, typer.Option(help="Goods can be fetched there.")] = False,
    anywhere: Annotated[bool, typer.Option(help="It delivers everywhere.")] = False,
    to_nation: Many = None,
    to_region: Many = None,
    to_postcode: Annotated[list[str] | None, typer.Option(help="US:902; may be given again.")] = None,
    km: Annotated[float, typer.Option(help="It delivers so far around itself.")] = 0.0,
    not_region: Many = None,
    not_postcode: Annotated[list[str] | None, typer.Option(help="US:902; may be given again.")] = None,
) -> None:
    """Say all of a node's site, in place of what was said before; polygons come from files (`import sites`)."""
    covers = Coverage(
        anywhere, tuple(to_nation or ()), tuple(to_region or ()), tuple(map(prefix_of, to_postcode or ())), km
    )
    excludes = Coverage(regions=tuple(not_region or ()), postcodes=tuple(map(prefix_of, not_postcode or ())))
    made = Site(
        node,
        lat,
        lng,
        nation,
        in_region,
        calendar=by,
        handling_days=handling_days,
        transit=transit_of(transit),
        priority=priority,
        cost_order=cost_order,
        cost_unit=cost_unit,
        orders_a_day=orders_a_day,
        units_a_day=units_a_day,
        pickup=pickup,
        covers=None if covers == Coverage() else covers,
        excludes=None if excludes == Coverage() else excludes,
    )
    session_of(context).command(SetSites((made,)))


@calendar.command("set")
def set_calendar(
    context: typer.Context,
    code: Code,
    zone: Annotated[str, typer.Argument(help="A time zone: Asia/Shanghai.")],
    week: Annotated[list[str], typer.Argument(help="Seven cut-offs, Monday first; - where it is not worked.")],
    leaves: Annotated[str, typer.Option(help="When what a day ships has left.")] = "23:59",
    holiday: Annotated[list[str] | None, typer.Option(help="YYYY-MM-DD; may be given again.")] = None,
    workday: Annotated[list[str] | None, typer.Option(help="A day off that is worked; may be given again.")] = None,
    workday_until: Annotated[str, typer.Option(help="The cut-off of such days.")] = "12:00",
) -> None:
    """Say all of a calendar, in place of what was said before."""
    cut_offs = tuple("" if each == "-" else each for each in week)
    made = Calendar(code, zone, cut_offs, leaves, tuple(holiday or ()), tuple(workday or ()), workday_until)
    session_of(context).command(SetCalendars((made,)))


@region.command("set")
def set_region(
    context: typer.Context,
    code: Code,
    name: Annotated[str, typer.Argument(help="Its name.")],
    nation: Annotated[str, typer.Argument(help="Its nation.")],
    level: Annotated[int, typer.Argument(help="More than that of what it lies in; 0 is topmost.")],
    parent: Annotated[str, typer.Option(help="What it lies in.")] = "",
    lat: Lat = None,
    lng: Lng = None,
    successor: Annotated[list[str] | None, typer.Option(help="It is retired: who succeeds it; again for more.")] = None,
) -> None:
    """Say all of a region, in place of what was said before."""
    made = Region(code, name, nation, level, parent, lat, lng, tuple(successor or ()))
    session_of(context).command(SetRegions((made,)))


@relation.command("set")
def set_relation(
    context: typer.Context,
    code: Code,
    start: Annotated[str, typer.Argument(help="KIND:CODE that is supplied: party:shop-7, goods:tea, node:quay.")],
    end: Annotated[str, typer.Argument(help="KIND:CODE that supplies it.")],
    priority: Annotated[int, typer.Option(help="The smaller goes first; added up along a way.")] = 0,
    owner: Annotated[list[str] | None, typer.Option(help="Whose stock at the node it opens; again for more.")] = None,
    since: Annotated[str, typer.Option(help="From this time on: 2026-03-01T00:00:00Z.")] = "",
    until: Annotated[str, typer.Option(help="Until just before this time.")] = "",
    end_it: Annotated[bool, typer.Option("--inactive", help="As if it were not there.")] = False,
) -> None:
    """Say who or what is supplied by whom, or from where."""
    from_kind, _, from_code = start.partition(":")
    to_kind, _, to_code = end.partition(":")
    made = Relation(
        code,
        from_kind,
        from_code,
        to_kind,
        to_code,
        priority,
        tuple(owner or ()),
        zoned_time(since, "--since"),
        zoned_time(until, "--until"),
    )
    session_of(context).command(SetRelations((replace(made, active=not end_it),)))


@site.command("list")
def list_sites(context: typer.Context, prefix: Prefixed = "", after: After = "", limit: Limit = 100) -> None:
    """List sites in the order of their nodes' codes."""
    list_register(session_of(context), ListNetwork(SITE, prefix, after, limit))


@calendar.command("list")
def list_calendars(context: typer.Context, prefix: Prefixed = "", after: After = "", limit: Limit = 100) -> None:
    """List calendars in the order of their codes."""
    list_register(session_of(context), ListNetwork(CALENDAR, prefix, after, limit))


@region.command("list")
def list_regions(context: typer.Context, prefix: Prefixed = "", after: After = "", limit: Limit = 100) -> None:
    """List regions in the order of their codes."""
    list_register(session_of(context), ListNetwork(REGION, prefix, after, limit))


@postcode.command("list")
def list_postcodes(context: typer.Context, prefix: Prefixed = "", after: After = "", limit: Limit = 100) -> None:
    """List postcodes in the order of nation and postcode."""
    list_register(session_of(context), ListNetwork(POSTCODE, prefix, after, limit))


@relation.command("list")
def list_relations(context: typer.Context, prefix: Prefixed = "", after: After = "", limit: Limit = 100) -> None:
    """List supply relations in the order of their codes."""
    list_register(session_of(context), ListNetwork(RELATION, prefix, after, limit))
