"""A house whose commands come over the channel within the process, and what is sent to it."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from application.kernel.broker import Channel, Delivery, Parked, letter
from application.kernel.outbox import Message
from contracts.conformance.yard import START
from contracts.events.v1.cloudevents import from_structured, to_structured
from contracts.events.v1.envelope import Event
from contracts.events.v1.messages import label_of
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import load_settings
from entrypoints.messages.consumer import GROUP

SHOP: Final = "/tenants/north/shop"
DEPOT: Final = "/tenants/north/depot"
OTHER: Final = "/tenants/south/shop"
SENDERS: Final = f"{SHOP}=sell, {DEPOT}=adjust+admin+sell, {OTHER}=sell+adjust+admin"


def command(name: str, id: str, data: Mapping[str, Any], source: str = SHOP, **extensions: str) -> Event:
    body = json.dumps(data).encode()
    type = f"entrepot.command.v1.{name}"
    return Event(id, source, type, datacontenttype="application/json", data=body, extensions=extensions)


def reserve(id: str, quantity: int = 1, source: str = SHOP, **extensions: str) -> Event:
    lines = [{"goods": "tea", "quantity": quantity, "nodes": ["depot"]}]
    return command("reserve-stock", id, {"lines": lines}, source, **extensions)


def message_of(event: Event | bytes) -> Message:
    """As the adapter of a broker labels it."""
    envelope = event if isinstance(event, bytes) else to_structured(event)
    return letter(*label_of(envelope), data=envelope, at=START)


class Street:
    """The outside of the house: sends commands, and keeps the replies in the order they come."""

    def __init__(self, house: Installation) -> None:
        self.house = house
        self.replies: list[Event] = []
        house.channels(Channel.REPLIES).subscribe("asker", self._hear)

    async def _hear(self, delivery: Delivery) -> None:
        self.replies.append(from_structured(delivery.message.data))

    async def send(self, *events: Event | bytes) -> None:
        """Each on its own; returned when they were taken or parked."""
        for event in events:
            await self.house.channels(Channel.COMMANDS).publish([message_of(event)])

    async def parked(self) -> list[Parked]:
        return list(await self.house.parked.parked(GROUP, 100))

    def said(self) -> list[tuple[str, Any]]:
        """The request and the content of every reply."""
        return [(str(each.extensions["correlationid"]), json.loads(each.data or b"")) for each in self.replies]


@asynccontextmanager
async def open_street(folder: Path | None = None, **messages: str) -> AsyncIterator[Street]:
    """A house with ten units of tea of two tenants; in memory, or in a file of this folder."""
    url = "memory:" if folder is None else f"sqlite:///{folder / 'entrepot.db'}"
    settings = load_settings(database={"url": url}, messages={"senders": SENDERS, "replies": "all", **messages})
    if folder is not None:
        migrate(settings)
    async with open_installation(settings, worker=True) as house:
        street = Street(house)
        for source in (DEPOT, OTHER):
            await street.send(
                command("register-goods", "g", {"goods": [{"code": "tea", "name": "Tea"}]}, source),
                command("register-node", "n", {"nodes": [{"code": "depot", "name": "Depot"}]}, source),
                command("receive-stock", "in", {"lines": [{"goods": "tea", "node": "depot", "quantity": 10}]}, source),
            )
        assert not {each.message.request for each in await street.parked()} & {"g", "n", "in"}
        street.replies.clear()
        yield street
