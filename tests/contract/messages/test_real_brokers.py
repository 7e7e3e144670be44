"""The house over brokers that others run, chosen by one setting: commands enter, replies and events leave."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.kafka.channels import kafka_channels
from adapters.nats.channels import nats_channels
from adapters.rabbitmq.channels import rabbitmq
from adapters.redis.streams import redis_streams
from application.kernel.broker import Channel, Delivery
from application.kernel.call import Call
from application.kernel.outside_broker import OutsideChannels
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from contracts.conformance.broker import until
from contracts.conformance.outbox import DieAt, Killed
from contracts.conformance.yard import HandClock
from contracts.events.v1.cloudevents import from_structured
from contracts.events.v1.envelope import Event
from domain.stock.goods import Goods
from domain.stock.node import Node
from entrypoints.composition.installation import Installation, open_installation, open_root
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import Settings, load_settings
from entrypoints.messages.consumer import GROUP
from entrypoints.worker.worker import Job
from tests.contract.brokers.places import TRIES, At
from tests.contract.messages.channel import SENDERS, message_of, reserve
from tests.contract.messages.test_another_broker import ROLES, left, stocked
from tests.contract.outbox.installations import MemoryYard
from tests.services import url_of

TAKERS = {Channel.COMMANDS: (GROUP,)}
"""Those for whom commands must be kept, whoever sends them, and though they never ran."""

BROKERS: dict[str, Callable[..., OutsideChannels]] = {
    "redis": redis_streams,
    "rabbitmq": rabbitmq,
    "nats": nats_channels,
    "kafka": kafka_channels,
}
PATIENCE = 60.0


class Outside:
    """Those who share the broker with the house: they send commands, and hear the replies and what happens."""

    def __init__(self, channels: OutsideChannels) -> None:
        self._channels = channels
        self.replies: list[Event] = []
        self.events: list[Delivery] = []

    async def listen(self) -> None:
        async def reply(delivery: Delivery) -> None:
            self.replies.append(from_structured(delivery.message.data))

        async def event(delivery: Delivery) -> None:
            self.events.append(delivery)

        for channel, group, handler in ((Channel.REPLIES, "asker", reply), (Channel.EVENTS, "reader", event)):
            self._channels(channel).subscribe(group, handler)
            await self._channels(channel).publish([])

    async def send(self, *events: Event) -> None:
        for each in events:
            await self._channels(Channel.COMMANDS).publish([message_of(each)])

    def told(self, type: str = "") -> set[str]:
        """The ids of the events, of a type or of all."""
        return {each.message.id for each in self.events if type in ("", each.message.type)}

    def answered(self) -> set[str]:
        return {str(each.extensions["correlationid"]) for each in self.replies}


@pytest.fixture(params=BROKERS)
async def at(request: pytest.FixtureRequest) -> At:
    # RabbitMQ learns of a death from the connection; silence is for processes that starve.
    return At(url_of(request.param), takeover_seconds=20.0 if request.param == "rabbitmq" else 2.0)


@pytest.fixture
async def outside(at: At, request: pytest.FixtureRequest) -> AsyncIterator[Outside]:
    opens = BROKERS[request.node.callspec.params["at"]]
    channels = opens(at, MemoryYard(HandClock()).parked(), TRIES, TAKERS)
    outside = Outside(channels)
    await outside.listen()
    yield outside
    await channels.close()


def settings_of(at: At, folder: Path, *roles: str) -> Settings:
    return load_settings(
        database={"url": f"sqlite:///{folder / 'entrepot.db'}"},
        broker={"url": at.url, "name": at.name, "takeover_seconds": at.takeover_seconds},
        messages={"senders": SENDERS, "replies": "all"},
        worker={role: role in roles for role in ROLES},
    )


async def test_processes_share_the_commands_that_come_and_everything_is_answered_and_told(
    tmp_path: Path, at: At, outside: Outside
) -> None:
    migrate(settings_of(at, tmp_path))
    await outside.send(*stocked(100))  # before anybody is there to take them
    async with AsyncExitStack() as stack:
        houses = [
            await stack.enter_async_context(open_installation(settings_of(at, tmp_path, role), worker=True))
            for role in ("consumers", "relay", "consumers")
        ]
        await until(lambda: outside.answered() == {"g", "n", "in"}, PATIENCE)
        for n in range(20):
            each = reserve(f"o-{n}", partitionkey=f"cart-{n % 4}")
            await outside.send(each, each)
        await outside.send(reserve("never", source="/tenants/north/stranger"))
        await until(lambda: len(outside.answered()) == 23 and len(outside.replies) >= 43, PATIENCE)
        assert await left(houses[0]) == 80
        assert len({each.id for each in outside.replies}) == 23, "a repeat is answered with the same reply"
        async with asyncio.timeout(PATIENCE):
            while not (parked := await houses[1].parked.parked(GROUP, 10)):  # noqa: ASYNC110 - another's code parks it
                await asyncio.sleep(0.01)
        assert [each.message.request for each in parked] == ["never"]
        await until(lambda: len(outside.told("StockReserved")) == 20, PATIENCE)
    for subject in {each.message.subject for each in outside.events}:
        numbers = [each.message.number for each in outside.events if each.message.subject == subject]
        assert list(dict.fromkeys(numbers)) == sorted(set(numbers))


async def test_a_parked_command_is_requeued_from_a_process_that_takes_none(
    tmp_path: Path, at: At, outside: Outside
) -> None:
    settings = settings_of(at, tmp_path, "consumers")
    migrate(settings)
    kiosk = "/tenants/north/kiosk"
    async with open_installation(settings, worker=True) as house:
        await outside.send(*stocked(10), reserve("late", source=kiosk))
        await until(lambda: outside.answered() == {"g", "n", "in"}, PATIENCE)
        async with asyncio.timeout(PATIENCE):
            while not (parked := await house.parked.parked(GROUP, 10)):  # noqa: ASYNC110 - another's code parks it
                await asyncio.sleep(0.01)
    named = settings.model_copy(
        update={"messages": settings.messages.model_copy(update={"senders": f"{SENDERS}, {kiosk}=sell"})}
    )
    async with open_installation(settings, worker=False) as door:
        assert await door.channels(Channel.COMMANDS).requeue(GROUP, [parked[0].message.id]) == 1
    async with open_installation(named, worker=True) as house:
        await until(lambda: "late" in outside.answered(), PATIENCE)
        async with asyncio.timeout(PATIENCE):
            while await house.parked.parked(GROUP, 10):  # noqa: ASYNC110 - another's code removes it
                await asyncio.sleep(0.01)
        assert await left(house) == 9


async def go_on(job: Job) -> None:
    """Until it dies."""
    while True:
        await job()


async def receive(house: Installation, times: int) -> None:
    await house.handle(Call("north", "ann", "1"), RegisterGoods((Goods("tea", "Tea"),)))
    await house.handle(Call("north", "ann", "2"), RegisterNode((Node("depot", "Depot"),)))
    for n in range(times):
        await house.handle(Call("north", "ann", f"in-{n}"), ReceiveStock((ReceivedLine("tea", "depot", 1),)))


@pytest.mark.parametrize("death", ["relay.published", "relay.stamped"])
async def test_a_relay_killed_between_publishing_and_marking_publishes_again_and_effects_happen_once(
    tmp_path: Path, at: At, outside: Outside, death: str
) -> None:
    settings = settings_of(at, tmp_path)
    migrate(settings)
    async with open_installation(settings, worker=False) as house:
        await receive(house, 10)
    clock = HandClock()
    async with AsyncExitStack() as stack:
        dying: Any = await stack.enter_async_context(open_root(settings, time=clock.time(), reach=DieAt(death)))
        effects: Counter[str] = Counter()
        delivered: Counter[str] = Counter()
        inbox = dying.inbox()

        async def project(delivery: Delivery) -> None:
            delivered[delivery.message.id] += 1
            await inbox.once("projection", delivery.message, lambda _: effects.update([delivery.message.id]))

        dying.events().subscribe("projection", project)
        await dying.events().publish([])
        with pytest.raises(Killed):
            await go_on(dying.relay())
        clock.pass_by(timedelta(minutes=1))  # its leases lapse
        next_one: Any = await stack.enter_async_context(open_root(settings, time=clock.time()))
        relay = next_one.relay()
        async with asyncio.timeout(PATIENCE):
            while await next_one.outbox().pending():
                await relay()
        await relay.close()
        await until(lambda: len(outside.told()) >= 12 and set(effects) == outside.told(), PATIENCE)
        if death == "relay.published" and not at.url.startswith("nats:"):  # which knows a message again by its id
            assert max(delivered.values()) > 1, "what was published and not marked came again"
        assert set(effects.values()) == {1}
