"""The groups of consumers that the settings call for, wherever they run."""

from application.kernel.broker import GROUP_OF_COMMANDS, Channel
from application.search.index_events import GROUP as INDEXING
from application.stock.follow_balances import GROUP as FOLLOWING
from application.stock.request_shipping import GROUP as SHIPPING
from entrypoints.composition.settings import Settings

OWN: tuple[str, ...] = ("none", "memory")
"""What keeps nothing, or keeps it for one process."""


def groups_of(settings: Settings) -> dict[Channel, tuple[str, ...]]:
    """By channel. Whoever publishes has the broker keep messages for these, though none of them ever ran."""
    called_for = {
        FOLLOWING: settings.adapter("availability_cache") not in OWN,
        INDEXING: settings.adapter("search") not in OWN,
        SHIPPING: bool(settings.wms.ship_to),
    }
    events = tuple(group for group, wanted in called_for.items() if wanted)
    return {Channel.EVENTS: events, Channel.COMMANDS: (GROUP_OF_COMMANDS,)}
