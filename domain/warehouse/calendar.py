"""Calendars (日历): on which days a node works, until when what is ordered counts as that day's, when it leaves."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final

from domain.kernel.quantity import flag, identifier
from domain.kernel.refusal import InvalidInput, Refusal

CALENDAR: Final = "calendar"
"""The register that calendars are entered in."""

WEEK: Final = 7
MAX_DATES: Final = 1_000
"""Most holidays, and most shifted workdays, of a calendar: of thirty years and more."""

MAX_ZONE: Final = 64

HORIZON: Final = 60
"""Days that are looked at for one that is worked; beyond, the node counts as closed."""

REMEMBERED: Final = 4_096
"""Moments on clocks that are remembered: every question asks for those of the same few days."""

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_ONE_DAY: Final = timedelta(days=1)


class UnknownCalendar(Refusal):
    """Calendars that nobody entered (`codes`).

    Enter them (`set-calendars`), then send the same again.
    """

    code = "calendar.unknown"


def clock(value: object, field: str) -> str:
    """`value` if it is a time of day, HH:MM. Raises InvalidInput."""
    if type(value) is not str or not _CLOCK.fullmatch(value):
        raise InvalidInput(f"{field} must be a time of day, 00:00 to 23:59", field=field)
    return value


def days(values: Iterable[object], field: str) -> frozenset[date]:
    """The dates that texts YYYY-MM-DD name. Raises InvalidInput."""
    found = set()
    for value in values:
        try:
            if type(value) is not str or len(value) != len("2026-01-01"):
                raise ValueError
            found.add(date.fromisoformat(value))
        except ValueError:
            raise InvalidInput(f"{field} are dates, YYYY-MM-DD", field=field) from None
    if len(found) > MAX_DATES:
        raise InvalidInput(f"{field}: more than {MAX_DATES}", field=field, most=MAX_DATES)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of nodes, by the wall clock of their `zone` (a name of the IANA database).

    `week`: for Monday to Sunday the time of day until which an order counts as that day's; empty where that weekday is
    not worked. `leaves`: when what a day ships has left. `holidays` are not worked; `workdays`, days off that are made
    up for (调休), are, until `workday_until`.
    """

    code: str
    zone: str
    week: tuple[str, ...]
    leaves: str = "23:59"
    holidays: tuple[str, ...] = ()
    workdays: tuple[str, ...] = ()
    workday_until: str = "12:00"
    active: bool = True

    def __post_init__(self) -> None:
        identifier(self.code, "calendar")
        identifier(self.zone, "zone", most=MAX_ZONE)
        if len(self.week) != WEEK:
            raise InvalidInput("week has the cut-offs of seven days, Monday first", field="week")
        cut_offs = [clock(each, "week") for each in self.week if each != ""]
        cut_offs.append(clock(self.workday_until, "workday_until"))
        if clock(self.leaves, "leaves") < max(cut_offs):
            raise InvalidInput("nothing leaves before the day's cut-off", field="leaves")
        if days(self.holidays, "holidays") & days(self.workdays, "workdays"):
            raise InvalidInput("a day is either a holiday or a workday", field="workdays")
        flag(self.active, "active")

    def facts(self) -> dict[str, Any]:
        """What its register entry keeps: all but the code, which is the entry's key."""
        facts = asdict(self)
        del facts["code"]
        return facts

    @classmethod
    def of(cls, code: str, facts: Mapping[str, Any]) -> "Calendar":
        """The calendar that an entry keeps."""
        said = dict(facts)
        for name in ("week", "holidays", "workdays"):
            said[name] = tuple(said[name])
        return cls(code, **said)


@lru_cache(maxsize=REMEMBERED)
def instant(day: date, wall: time, zone: tzinfo) -> datetime:
    """When a clock on the wall shows that time, in UTC.

    Where clocks are set back and show it twice, the first time; where they are set forward and never show it, the
    moment of the change: the first at which they show a later time.
    """
    local = datetime.combine(day, wall, zone)
    found = local.astimezone(UTC)
    if _shown(found, zone) == local.replace(tzinfo=None):
        return found
    early, late = sorted((found, local.replace(fold=1).astimezone(UTC)))
    early -= timedelta(seconds=1)
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if _shown(middle, zone) < local.replace(tzinfo=None):
            early = middle
        else:
            late = middle
    return late


def _shown(at: datetime, zone: tzinfo) -> datetime:
    """What the clock on the wall shows."""
    return at.astimezone(zone).replace(tzinfo=None)


@lru_cache(maxsize=REMEMBERED)
def skipped(day: date, zone: tzinfo) -> bool:
    """Whether the zone never had that day: some islands crossed the date line."""
    noon = datetime.combine(day, time(12), zone)
    return _shown(noon.astimezone(UTC), zone).date() != day


class Days:
    """A calendar ready to be asked: its zone is given."""

    __slots__ = ("_holidays", "_leaves", "_until", "_week", "_workdays", "zone")

    def __init__(self, calendar: Calendar, zone: tzinfo) -> None:
        self.zone = zone
        self._week = [time.fromisoformat(each) if each else None for each in calendar.week]
        self._leaves = time.fromisoformat(calendar.leaves)
        self._holidays = days(calendar.holidays, "holidays")
        self._workdays = days(calendar.workdays, "workdays")
        self._until = time.fromisoformat(calendar.workday_until)

    def cut_off(self, day: date) -> datetime | None:
        """Until before when (UTC) an order counts as that day's; None if the day is not worked."""
        until = self._wall_cut_off(day)
        return None if until is None else instant(day, until, self.zone)

    def works(self, day: date) -> bool:
        return self._wall_cut_off(day) is not None

    def leaves(self, day: date) -> datetime:
        """By when (UTC) what that day ships has left."""
        return instant(day, self._leaves, self.zone)

    def begins(self, day: date) -> datetime:
        """When (UTC) the day begins; that is the end of the day before."""
        return instant(day, time.min, self.zone)

    def taken(self, at: datetime) -> date | None:
        """The day that an order of this moment counts as: today if it is before the cut-off, else the next that is
        worked; None if none is within the horizon."""
        today = at.astimezone(self.zone).date()
        cut_off = self.cut_off(today)
        if cut_off is not None and at < cut_off:
            return today
        return self.after(today, 1)

    def after(self, day: date, count: int) -> date | None:
        """The `count`-th working day after `day` (0: the day itself); None if it is not within the horizon."""
        last = day + HORIZON * _ONE_DAY
        while count > 0:
            day += _ONE_DAY
            if day > last:
                return None
            if self.works(day):
                count -= 1
        return day

    def _wall_cut_off(self, day: date) -> time | None:
        if day in self._workdays:
            until: time | None = self._until
        elif day in self._holidays:
            until = None
        else:
            until = self._week[day.weekday()]
        if until is not None and skipped(day, self.zone):
            return None
        return until


def every_day(zone: tzinfo) -> Days:
    """All days, until midnight: of a node without a calendar."""
    return Days(Calendar("-", "UTC", ("23:59",) * WEEK, workday_until="23:59"), zone)
