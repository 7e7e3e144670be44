"""Set calendars: say on which days nodes work, and until when an order counts as a day's."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.call import Call
from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, entered, written
from application.kernel.entries import EnterHandler
from application.warehouse.enter import set_entry, touching
from application.warehouse.ports import Zones
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import InvalidInput
from domain.warehouse.calendar import CALENDAR, Calendar


@dataclass(frozen=True, slots=True)
class SetCalendars:
    """Enter or change 1 to 500 calendars, all or none; one that says what is known already changes nothing.

    What was promised before keeps its days.
    """

    name: ClassVar[str] = "SetCalendars"
    reply: ClassVar[type] = EntriesWritten

    calendars: tuple[Calendar, ...]

    def __post_init__(self) -> None:
        entered(self.calendars, "calendars")

    def touches(self) -> Touches:
        return touching(CALENDAR, self.calendars)

    def decide(self, ledger: Ledger) -> EntriesWritten:
        return written(
            CALENDAR, [set_entry(ledger, CALENDAR, "CalendarSet", each, Calendar.of) for each in self.calendars]
        )


class SetCalendarsHandler:
    """Refuses time zones that are not known here; then commits."""

    def __init__(self, enter: EnterHandler, zones: Zones) -> None:
        self._enter = enter
        self._zones = zones

    async def __call__(self, call: Call, command: SetCalendars) -> EntriesWritten:
        """Raises InvalidInput, the refusals of the command, Unanswered."""
        for calendar in command.calendars:
            try:
                self._zones(calendar.zone)
            except KeyError:
                raise InvalidInput(f"there is no time zone {calendar.zone!r}", field="zone") from None
        return await self._enter(call, command)
