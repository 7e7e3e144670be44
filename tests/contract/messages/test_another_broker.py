"""The house over a broker that it does not contain, chosen by one setting: the work is shared between processes."""

import random
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from application.kernel.broker import Channel
from application.kernel.outbox import partition_of
from application.stock.availability import Availability, Detail
from application.stock.find_availability import FindAvailability
from contracts.conformance.broker import until
from contracts.events.v1.cloudevents import STRUCTURED, from_kafka, to_binary_kafka, to_structured
from contracts.events.v1.envelope import Event
from contracts.events.v1.messages import label_of
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import Settings, load_settings
from entrypoints.messages.consumer import GROUP
from tests.contract.messages.channel import DEPOT, SENDERS, command, reserve
from tests.contract.outbox.log_broker import LOGS, Log, Record

ROLES = ("deadlines", "relay", "consumers", "purge")


class Outside:
    """Those who share the log with the house: they know its records and nothing of ours."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def send(self, event: Event, *, binary: bool = False) -> None:
        label = label_of(to_structured(event))
        record: Record = to_binary_kafka(event) if binary else ([("content-type", STRUCTURED)], to_structured(event))
        self.log.records[Channel.COMMANDS, partition_of(label.tenant, label.key)].append(record)

    async def wake(self) -> None:
        async with self.log.news:
            self.log.news.notify_all()

    def read(self, channel: Channel) -> list[Event]:
        """All of a topic, partition by partition."""
        topics = [records for (topic, _), records in sorted(self.log.records.items()) if topic == channel]
        return [from_kafka(*record)[0] for records in topics for record in records]


def settings_in(folder: Path, *roles: str) -> Settings:
    return load_settings(
        database={"url": f"sqlite:///{folder / 'entrepot.db'}"},
        adapters={"broker": "tests.contract.outbox.log_broker:open_log"},
        messages={"senders": SENDERS, "replies": "all"},
        worker={role: role in roles for role in ROLES},
    )


@pytest.fixture
def log(tmp_path: Path) -> Log:
    migrate(settings_in(tmp_path))
    return LOGS.setdefault(settings_in(tmp_path).database.url, Log())


def stocked(quantity: int) -> list[Event]:
    key = {"partitionkey": "stock"}
    return [
        command("register-goods", "g", {"goods": [{"code": "tea", "name": "Tea"}]}, DEPOT, **key),
        command("register-node", "n", {"nodes": [{"code": "depot", "name": "Depot"}]}, DEPOT, **key),
        command(
            "receive-stock", "in", {"lines": [{"goods": "tea", "node": "depot", "quantity": quantity}]}, DEPOT, **key
        ),
    ]


async def left(house: Installation) -> int:
    found: Availability = await house.ask("north", FindAvailability(("tea",), detail=Detail.TOTAL))
    return found.goods[0].amounts.available


async def test_roles_in_processes_of_their_own_serve_what_comes_over_the_broker(tmp_path: Path, log: Log) -> None:
    outside = Outside(log)
    async with AsyncExitStack() as stack:
        consumers = await stack.enter_async_context(open_installation(settings_in(tmp_path, "consumers"), worker=True))
        await stack.enter_async_context(open_installation(settings_in(tmp_path, "relay"), worker=True))
        for event in stocked(100):
            outside.send(event, binary=True)
        await outside.wake()
        await until(lambda: len(outside.read(Channel.REPLIES)) == 3)
        for n in range(20):
            outside.send(reserve(f"o-{n}", partitionkey=f"cart-{n % 4}"), binary=n % 2 == 0)
            outside.send(reserve(f"o-{n}", partitionkey=f"cart-{n % 4}"), binary=n % 3 == 0)
        outside.send(reserve("never", source="/tenants/north/stranger"))
        await outside.wake()
        await until(lambda: len(outside.read(Channel.REPLIES)) == 43)
        assert await left(consumers) == 80
        answers = {(str(each.extensions["correlationid"]), each.id) for each in outside.read(Channel.REPLIES)}
        assert len(answers) == 23, "a repeat is answered with the same reply"
        (parked,) = await consumers.parked.parked(GROUP, 10)
        assert parked.message.request == "never"
        # What happened is told by the other process, in the order of each subject.
        reserved = "entrepot.event.v1.StockReserved"
        await until(lambda: sum(each.type == reserved for each in outside.read(Channel.EVENTS)) == 20)
    told = outside.read(Channel.EVENTS)
    for subject in {each.subject for each in told}:
        sequences = [str(each.extensions["sequence"]) for each in told if each.subject == subject]
        assert sequences == sorted(sequences)
    assert {each.source for each in told} == {"/tenants/north"}


async def test_a_consumer_that_is_cut_off_leaves_the_rest_to_the_next(tmp_path: Path, log: Log) -> None:
    outside = Outside(log)
    async with open_installation(settings_in(tmp_path, "consumers"), worker=True):
        for event in stocked(100):
            outside.send(event)
        await outside.wake()
        await until(lambda: len(outside.read(Channel.REPLIES)) == 3)
    for n in range(30):
        outside.send(reserve(f"o-{n}", partitionkey=f"cart-{n % 5}"))
    chance = random.Random(7)
    for _ in range(4):
        async with open_installation(settings_in(tmp_path, "consumers"), worker=True) as house:
            enough = len(outside.read(Channel.REPLIES)) + chance.randint(1, 4)
            await until(lambda enough=enough: len(outside.read(Channel.REPLIES)) >= enough)  # type: ignore[misc]
            broker: Any = house.channels(Channel.COMMANDS)
            broker.stop()  # in the middle of whatever it does; its place in the log was not moved on
    async with open_installation(settings_in(tmp_path, "consumers"), worker=True) as house:
        await until(lambda: len({each.id for each in outside.read(Channel.REPLIES)}) == 33)
        assert await left(house) == 70
    replies = outside.read(Channel.REPLIES)
    assert {each.datacontenttype for each in replies} == {"application/json"}
    assert len({each.extensions["correlationid"] for each in replies}) == 33
