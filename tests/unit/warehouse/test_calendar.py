"""Working days and cut-offs, by the wall clock of the node."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.refusal import InvalidInput
from domain.warehouse.calendar import HORIZON, Calendar, Days, every_day, instant
from tests.shared_data import DATA, needs

WEEKDAYS = ("17:00",) * 5 + ("", "")
LONDON, NEW_YORK, SHANGHAI = "Europe/London", "America/New_York", "Asia/Shanghai"


def days(zone: str, week: tuple[str, ...] = ("01:30",) * 7, **more: object) -> Days:
    return Days(Calendar("c", zone, week, **more), ZoneInfo(zone))  # type: ignore[arg-type]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_an_order_counts_as_todays_until_just_before_the_cut_off() -> None:
    office = days(SHANGHAI, WEEKDAYS)
    assert office.taken(utc("2026-03-02T08:59:59.999999")) == date(2026, 3, 2)
    assert office.taken(utc("2026-03-02T09:00:00")) == date(2026, 3, 3)
    assert office.taken(utc("2026-03-06T09:00:00")) == date(2026, 3, 9), "the weekend is not worked"
    assert office.taken(utc("2026-03-06T17:00:00")) == date(2026, 3, 9), "by then it is Saturday there"


def test_working_days_are_counted_and_holidays_are_none() -> None:
    office = days(SHANGHAI, WEEKDAYS, holidays=("2026-03-04",), workdays=("2026-03-07",), workday_until="10:00")
    monday = date(2026, 3, 2)
    assert office.after(monday, 0) == monday
    assert [office.after(monday, count) for count in (1, 2, 3, 4, 5)] == [date(2026, 3, day) for day in (3, 5, 6, 7, 9)]
    assert office.cut_off(date(2026, 3, 7)) == utc("2026-03-07T02:00:00")
    assert office.cut_off(date(2026, 3, 4)) is None
    assert office.leaves(monday) == utc("2026-03-02T15:59:00")


def test_who_never_works_takes_nothing() -> None:
    closed = days(SHANGHAI, ("",) * 7)
    assert closed.taken(utc("2026-03-02T00:00:00")) is None
    assert closed.after(date(2026, 3, 2), 1) is None


def test_a_day_beyond_the_horizon_is_not_found() -> None:
    last = date(2026, 3, 2) + timedelta(days=HORIZON)
    near = days(SHANGHAI, ("",) * 7, workdays=(last.isoformat(),))
    beyond = days(SHANGHAI, ("",) * 7, workdays=((last + timedelta(days=1)).isoformat(),))
    assert near.after(date(2026, 3, 2), 1) == last
    assert beyond.after(date(2026, 3, 2), 1) is None


@pytest.mark.parametrize(
    ("zone", "day", "cut_off"),
    [
        (LONDON, date(2026, 3, 28), "2026-03-28T01:30:00"),
        (LONDON, date(2026, 3, 29), "2026-03-29T01:00:00"),  # 01:00 to 02:00 is skipped
        (LONDON, date(2026, 3, 30), "2026-03-30T00:30:00"),
        (LONDON, date(2026, 10, 25), "2026-10-25T00:30:00"),  # 01:00 to 02:00 comes twice: the first
        (LONDON, date(2026, 10, 26), "2026-10-26T01:30:00"),
        (NEW_YORK, date(2026, 11, 1), "2026-11-01T05:30:00"),
        (NEW_YORK, date(2026, 11, 2), "2026-11-02T06:30:00"),
        (SHANGHAI, date(2026, 3, 29), "2026-03-28T17:30:00"),
    ],
)
def test_the_cut_off_follows_the_wall_clock_through_both_changes(zone: str, day: date, cut_off: str) -> None:
    assert days(zone).cut_off(day) == utc(cut_off)


def test_a_cut_off_that_no_clock_shows_is_the_moment_of_the_change() -> None:
    new_york = days(NEW_YORK, ("02:30",) * 7)
    sunday = date(2026, 3, 8)  # 02:00 to 03:00 is skipped
    assert new_york.cut_off(sunday) == utc("2026-03-08T07:00:00")
    assert new_york.taken(utc("2026-03-08T06:59:59")) == sunday, "01:59:59 there"
    assert new_york.taken(utc("2026-03-08T07:00:00")) == date(2026, 3, 9), "03:00 there"


def test_what_passed_its_cut_off_once_does_not_come_back_with_the_hour() -> None:
    london = days(LONDON)
    sunday = date(2026, 10, 25)
    assert london.taken(utc("2026-10-25T00:29:59")) == sunday
    assert london.taken(utc("2026-10-25T00:30:00")) == date(2026, 10, 26)
    assert london.taken(utc("2026-10-25T01:15:00")) == date(2026, 10, 26), "01:15 there, for the second time"


@pytest.mark.parametrize("zone", [LONDON, NEW_YORK, SHANGHAI, "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"])
@given(data=st.data())
def test_a_moment_is_when_the_wall_clock_first_shows_that_time_or_a_later_one(zone: str, data: st.DataObject) -> None:
    tz = ZoneInfo(zone)
    day = data.draw(st.dates(date(2011, 12, 1), date(2027, 12, 31)))
    wall = time(data.draw(st.integers(0, 23)), data.draw(st.integers(0, 59)))
    found = instant(day, wall, tz)
    sought = datetime.combine(day, wall)

    def shown(at: datetime) -> datetime:
        return at.astimezone(tz).replace(tzinfo=None)

    assert shown(found) >= sought
    assert shown(found - timedelta(seconds=1)) < sought
    if datetime.combine(day, wall, tz).astimezone(UTC).astimezone(tz).replace(tzinfo=None) == sought:
        assert shown(found) == sought


@given(st.timedeltas(timedelta(0), timedelta(days=365)), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_who_orders_later_is_never_taken_earlier(into_the_year: timedelta, later: timedelta) -> None:
    at = utc("2026-01-01T00:00:00") + into_the_year
    for zone in (LONDON, NEW_YORK):
        calendar = days(zone, ("01:30", "02:30", "", "23:59", "00:00", "02:00", "01:00"))
        first, second = calendar.taken(at), calendar.taken(at + later)
        assert first is not None
        assert second is not None
        assert first <= second
        cut_off = calendar.cut_off(first)
        assert cut_off is not None
        assert at < cut_off


def test_a_day_that_an_island_skipped_is_not_worked() -> None:
    apia = days("Pacific/Apia", ("12:00",) * 7)
    assert [apia.works(date(2011, 12, day)) for day in (29, 30, 31)] == [True, False, True]
    assert apia.after(date(2011, 12, 29), 1) == date(2011, 12, 31)


def test_every_day_is_every_day() -> None:
    always = every_day(UTC)
    assert always.taken(utc("2026-03-07T23:58:59")) == date(2026, 3, 7)
    assert always.taken(utc("2026-03-07T23:59:00")) == date(2026, 3, 8)


@pytest.mark.parametrize(
    "fault",
    [
        {"week": ("17:00",) * 6},
        {"week": ("24:00",) * 7},
        {"week": ("9:00",) * 7},
        {"week": ("17:00",) * 7, "leaves": "16:59"},
        {"workday_until": "", "week": WEEKDAYS},
        {"workday_until": "23:00", "leaves": "22:00", "week": WEEKDAYS},
        {"holidays": ("2026-02-30",), "week": WEEKDAYS},
        {"holidays": ("20260228",), "week": WEEKDAYS},
        {"holidays": ("2026-05-01",), "workdays": ("2026-05-01",), "week": WEEKDAYS},
        {"holidays": tuple((date(2000, 1, 1) + timedelta(days=n)).isoformat() for n in range(1_001)), "week": WEEKDAYS},
        {"zone": "", "week": WEEKDAYS},
        {"active": 1, "week": WEEKDAYS},
    ],
)
def test_what_is_no_calendar_is_refused(fault: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        Calendar(**{"code": "c", "zone": "UTC", **fault})  # type: ignore[arg-type]


@needs("cn_workdays")
def test_chinas_holidays_and_shifted_workdays() -> None:
    with (DATA / "cn_workdays" / "cn_holidays_and_shifted_workdays.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kinds = {row["date"]: row["kind"] for row in rows}
    holidays = tuple(day for day, kind in kinds.items() if kind == "holiday")
    shifted = tuple(day for day, kind in kinds.items() if kind == "workday_shifted")
    office = days(SHANGHAI, WEEKDAYS, holidays=holidays, workdays=shifted, workday_until="15:00")
    for day, kind in kinds.items():
        assert office.works(date.fromisoformat(day)) is (kind == "workday_shifted")
    assert office.after(date(2025, 9, 30), 1) == date(2025, 10, 9), "after National Day and Mid-Autumn"
    assert office.works(date(2025, 9, 28)), "a Sunday that is made up for"
    assert office.works(date(2025, 10, 11)), "a Saturday that is made up for"
    assert office.taken(utc("2025-09-30T09:00:00")) == date(2025, 10, 9)
