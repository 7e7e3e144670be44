"""Movements in plain words, for people who need not know the names of buckets."""

from typing import Final

from application.stock.find_movements import MovementFound
from domain.stock.position import NONE

WORDS: Final = {
    "OPEN": "{n} taken over when the books were opened",
    "RECEIVE": "{n} received",
    "RESERVE": "{n} set aside",
    "RELEASE": "{n} given back",
    "EXPIRE": "{n} given back, because the hold ran out",
    "CONFIRM": "{n} confirmed, and allocated",
    "DEALLOCATE": "{n} allocated before, taken back into what is available",
    "SHIP": "{n} shipped",
    "DAMAGE": "{n} found damaged, and held apart",
    "SET_FLOOR": "Safety stock set to {floor}",
    "DISPATCHED": "{n} sent on their way",
    "ARRIVE": "{n} arrived",
    "ARRIVE_DAMAGED": "{n} arrived damaged, and held apart",
    "TRANSIT_LOSS": "{n} lost on the way",
    "OVER_ARRIVE": "{n} more arrived than were sent",
    "RECALL_OUT": "{n} called back from the way",
    "RECALL_BACK": "{n} back from the way",
    "REPORT_SALE": "{n} sold at the till",
    "COUNT_GAIN": "{n} more found in a count",
    "COUNT_LOSS": "{n} missing in a count",
    "HOLD": "{n} held apart",
    "UNHOLD": "{n} no longer held apart",
    "WRITE_OFF": "{n} written off",
    "CARVE_OUT": "{n} given to a channel",
    "CARVE_IN": "{n} set aside for the channel, or given back by one",
}

SHORT: Final = {
    "OPEN": "Opened",
    "RECEIVE": "Received",
    "RESERVE": "Set aside",
    "RELEASE": "Given back",
    "EXPIRE": "Hold ran out",
    "CONFIRM": "Confirmed",
    "DEALLOCATE": "Taken back",
    "SHIP": "Shipped",
    "DAMAGE": "Damaged",
    "SET_FLOOR": "Safety stock",
    "DISPATCHED": "Sent here",
    "ARRIVE": "Arrived",
    "ARRIVE_DAMAGED": "Arrived damaged",
    "TRANSIT_LOSS": "Lost on the way",
    "OVER_ARRIVE": "Arrived beyond",
    "RECALL_OUT": "Called back",
    "RECALL_BACK": "Back again",
    "REPORT_SALE": "Sold at the till",
    "COUNT_GAIN": "Count: more",
    "COUNT_LOSS": "Count: less",
    "HOLD": "Held apart",
    "UNHOLD": "Let go",
    "WRITE_OFF": "Written off",
    "CARVE_OUT": "Carved out",
    "CARVE_IN": "Carved in",
}
"""The same for a column of a table."""


def sentence(movement: MovementFound) -> str:
    """What happened to which goods where: `3 of TEA at NORTH set aside`."""
    words = WORDS.get(movement.movement, "{n} moved from " + f"{bucket(movement.source)} to {bucket(movement.target)}")
    place = place_of(movement)
    if movement.movement == "SET_FLOOR":
        return f"{words.format(floor=f'{movement.floor:,}')} for {place}."
    # Not by `format`: a code may hold braces.
    return words.replace("{n}", f"{movement.quantity:,} of {place}") + "."


def short(name: str) -> str:
    """A movement's name in a word or two."""
    return SHORT.get(name, name.replace("_", " ").capitalize())


def bucket(name: str) -> str:
    return name.replace("_", " ")


def place_of(movement: MovementFound) -> str:
    """`TEA at NORTH (lot L1)`; of other kinds of account, its dimensions as they are."""
    named = movement.account
    if "goods" not in named or "node" not in named:
        return f"{movement.kind} " + ", ".join(value for value in named.values() if value != NONE)
    apart = [f"{part} {named[part]}" for part in ("owner", "lot", "channel") if named.get(part, NONE) != NONE]
    return f"{named['goods']} at {named['node']}" + (f" ({', '.join(apart)})" if apart else "")


def who(movement: MovementFound) -> str:
    """The actor, and the principal whose key was shown where that is another."""
    through = movement.principal
    return f"{movement.actor} through {through}" if through and through != movement.actor else movement.actor
