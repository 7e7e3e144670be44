"""What questions on the network and on routing are answered with."""

from collections.abc import Mapping
from datetime import date, datetime

from contracts.http.v1.network import RelationEnd
from contracts.http.v1.parts import Answer
from contracts.http.v1.queries import Page


class CoverageTold(Answer):
    """A part of the world; what it has none of is left out. `postcodes`: each a nation and a beginning."""

    anywhere: bool = False
    nations: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    postcodes: tuple[tuple[str, str], ...] = ()
    km: float = 0.0
    polygons: tuple[tuple[tuple[tuple[float, float], ...], ...], ...] = ()


class TransitTold(Answer):
    """How many days a parcel is under way, to what lies so near."""

    from_days: int
    to_days: int
    within_km: float | None


class SiteFacts(Answer):
    """What is kept of a site."""

    lat: float | None
    lng: float | None
    nation: str
    region: str
    postcode: str
    calendar: str
    handling_days: int
    transit: tuple[TransitTold, ...]
    transit_calendar: str
    priority: int
    cost_order: int
    cost_unit: int
    orders_a_day: int | None
    units_a_day: int | None
    pickup: bool
    covers: CoverageTold | None
    excludes: CoverageTold | None
    active: bool


class RegisteredSite(Answer):
    """A node's site: its code, its facts, how often it was written and when last."""

    code: str
    facts: SiteFacts
    version: int
    changed_at: datetime | None


class SitePage(Page[RegisteredSite]):
    """Sites in byte order of their nodes' codes."""


class CalendarFacts(Answer):
    """What is kept of a calendar."""

    zone: str
    week: tuple[str, ...]
    leaves: str
    holidays: tuple[str, ...]
    workdays: tuple[str, ...]
    workday_until: str
    active: bool


class RegisteredCalendar(Answer):
    """A calendar: its code, its facts, how often it was written and when last."""

    code: str
    facts: CalendarFacts
    version: int
    changed_at: datetime | None


class CalendarPage(Page[RegisteredCalendar]):
    """Calendars in byte order of their codes."""


class RegionFacts(Answer):
    """What is kept of a region."""

    name: str
    nation: str
    level: int
    parent: str
    lat: float | None
    lng: float | None
    successors: tuple[str, ...]
    active: bool


class RegisteredRegion(Answer):
    """A region: its code, its facts, how often it was written and when last."""

    code: str
    facts: RegionFacts
    version: int
    changed_at: datetime | None


class RegionPage(Page[RegisteredRegion]):
    """Regions in byte order of their codes."""


class PostcodeFacts(Answer):
    """Where postcodes are."""

    region: str
    lat: float | None
    lng: float | None
    active: bool


class RegisteredPostcode(Answer):
    """Postcodes by nation and beginning, `US/902`: their facts, how often they were written and when last."""

    code: str
    facts: PostcodeFacts
    version: int
    changed_at: datetime | None


class PostcodePage(Page[RegisteredPostcode]):
    """Postcodes in byte order of nation and beginning."""


class RelationFacts(Answer):
    """What is kept of a supply relation."""

    from_kind: RelationEnd
    from_code: str
    to_kind: RelationEnd
    to_code: str
    priority: int
    owners: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    active: bool


class RegisteredRelation(Answer):
    """A supply relation: its code, its facts, how often it was written and when last."""

    code: str
    facts: RelationFacts
    version: int
    changed_at: datetime | None


class RelationPage(Page[RegisteredRelation]):
    """Supply relations in byte order of their codes."""


class PlaceResolved(Answer):
    """An address as it was understood. `regions`: its own, the one that lies in, and so on to the topmost.

    `point_from` says how the point was found: given, postcode, region (its own or the nearest above it that has one),
    node; `region_from`: given, successor (the code given is retired), postcode, nearest (to the point), node. Empty
    where there is none.
    """

    nation: str
    regions: tuple[str, ...]
    postcode: str
    lat: float | None
    lng: float | None
    point_from: str
    region_from: str


class CandidateTold(Answer):
    """A node that may serve the address. Ordered now, it leaves on `slot`, a day of the node's calendar, by `ship_by`,
    and arrives from `arrives_from` until just before `arrives_to`.

    `distance_km`: null where the place or the node has no point. `priority`: the node's and that of the buyer's way to
    it, added up. `owners`: whose stock there may be used (null: anybody's). `goods`: which of those asked for may come
    from there, each with the priority of its way (null: all of them). `pickup`: it is fetched there.
    """

    node: str
    lat: float | None
    lng: float | None
    distance_km: float | None
    priority: int
    cost_order: int
    cost_unit: int
    slot: date
    ship_by: datetime
    arrives_from: datetime
    arrives_to: datetime
    orders_a_day: int | None
    units_a_day: int | None
    owners: tuple[str, ...] | None
    goods: Mapping[str, int] | None
    pickup: bool


class RejectedTold(Answer):
    """A node that may not serve the address, and the first rule, in their order, that says so."""

    node: str
    rule: str


class RoutedAddress(Answer):
    """Who may serve an address.

    `candidates` in byte order of their nodes, at most 1,000, and how many `more` there are; how many nodes each rule
    `rejected`. With `explain=all`, a page of those rejected; `after` is what to ask for the next page with, null after
    the last.
    """

    place: PlaceResolved
    candidates: tuple[CandidateTold, ...]
    more: int
    rejected: Mapping[str, int]
    reasons: tuple[RejectedTold, ...]
    after: str | None
