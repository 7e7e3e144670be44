"""What is really on a topic, and in a stream: CloudEvents as their bindings say, both ways."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import nats
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from adapters.kafka.channels import kafka_channels
from adapters.kafka.server import server_of
from adapters.nats.channels import nats_channels
from application.kernel.broker import Channel
from application.kernel.outbox import Message, partition_of
from contracts.conformance.broker import Consumer, until
from contracts.conformance.yard import HandClock
from contracts.events.v1.cloudevents import from_kafka, from_nats, to_binary_nats, to_structured
from contracts.events.v1.envelope import Event, Malformed
from contracts.events.v1.messages import event_of, label_of, opened
from tests.contract.brokers.places import At, Processes
from tests.contract.messages.gherkin import Scenario, Step, scenarios
from tests.contract.messages.test_cloudevents_features import (
    FEATURES,
    FOLDER,
    World,
    attributes_are,
    data_is,
    kafka_headers,
    kafka_payload,
    supported,
)
from tests.contract.outbox.installations import MemoryYard
from tests.services import url_of
from tests.shared_data import needs

AT: Final = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
TOLD: Final = Message("1-7", 1, "größe & co", 0, "account:Ü/1", 3, "Told", b'{"n": 7}', "order 4711\u00e9", AT)
COMMAND: Final = Event(
    "order-1",
    "/tenants/north/shop",
    "entrepot.command.v1.reserve-stock",
    datacontenttype="application/json",
    data=b'{"lines": []}',
    extensions={"partitionkey": "cart \u00fc"},
)


def told() -> Message:
    place = partition_of(TOLD.tenant, TOLD.subject)
    return Message(TOLD.id, 1, TOLD.tenant, place, TOLD.subject, 3, "Told", TOLD.data, TOLD.request, AT)


# -- Kafka ------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def kafka() -> AsyncIterator[Processes]:
    all = Processes(kafka_channels, At(url_of("kafka")), MemoryYard(HandClock()).parked())
    yield all
    await all.close()


def kafka_scenarios() -> list[object]:
    if not FOLDER.is_dir():
        return [pytest.param(None, id="kafka", marks=needs(FOLDER.name))]
    feature = next(each for each in FEATURES if "kafka" in each)
    return [pytest.param(each, id=each.name) for each in scenarios(FOLDER / f"{feature}.feature")]


Send = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize("scenario", kafka_scenarios())
async def test_a_published_scenario_holds_for_what_came_over_a_real_topic(kafka: Processes, scenario: Scenario) -> None:
    world, consumer = World(), Consumer()
    commands = kafka.channels()(Channel.COMMANDS)
    commands.subscribe("orders", consumer)
    await commands.publish([])

    async def parsed(world: World, _: Step) -> None:
        async with AIOKafkaProducer(bootstrap_servers=server_of(kafka.at.url, "outside").hosts) as producer:
            headers = [(name, value.encode()) for name, value in world.headers]
            await producer.send_and_wait(f"{kafka.at.name}.commands", world.body, key=b"any", headers=headers)
        await until(lambda: len(consumer.taken) == 1)
        world.events = [opened(consumer.taken[0].data)]

    steps: dict[str, Callable[[World, Step], Any]] = {
        "Kafka Protocol Binding is supported": supported,
        "a Kafka message with payload:": kafka_payload,
        "Kafka headers:": kafka_headers,
        "parsed as Kafka message": parsed,
        "the attributes are:": attributes_are,
        "the data is equal to the following JSON:": data_is,
    }
    for step in scenario.steps:
        if (done := steps[step.text](world, step)) is not None:
            await done


async def test_an_event_lies_on_the_topic_in_binary_mode_under_its_key_in_its_partition(kafka: Processes) -> None:
    message = told()
    await kafka.channels()(Channel.EVENTS).publish([message])
    place = TopicPartition(f"{kafka.at.name}.events", message.partition)
    async with AIOKafkaConsumer(bootstrap_servers=server_of(kafka.at.url, "outside").hosts) as reader:
        reader.assign([place])
        await reader.seek_to_beginning(place)
        record = await reader.getone()
    headers = [(name, value.decode()) for name, value in record.headers]
    said = dict(headers)
    assert (said["ce_specversion"], said["ce_id"], said["content-type"]) == ("1.0", "1-7", "application/json")
    assert said["ce_subject"] == message.subject, "headers are UTF-8, as they are"
    assert record.value == message.data
    assert record.key.decode() == f"{message.tenant}/{message.subject}"
    assert from_kafka(headers, record.value) == (event_of(message),)


async def test_a_command_lies_on_the_topic_as_it_was_sent(kafka: Processes) -> None:
    envelope = to_structured(COMMAND)
    label = label_of(envelope)
    sent = Message(label.id, 0, label.tenant, 5, label.key, 0, label.type, envelope, label.request, AT)
    await kafka.channels()(Channel.COMMANDS).publish([sent])
    async with AIOKafkaConsumer(bootstrap_servers=server_of(kafka.at.url, "outside").hosts) as reader:
        place = TopicPartition(f"{kafka.at.name}.commands", 5)
        reader.assign([place])
        await reader.seek_to_beginning(place)
        record = await reader.getone()
    assert [*record.headers] == [("content-type", b"application/cloudevents+json")]
    assert record.value == envelope


# -- NATS -------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def jetstream() -> AsyncIterator[Processes]:
    all = Processes(nats_channels, At(url_of("nats")), MemoryYard(HandClock()).parked())
    yield all
    await all.close()


async def test_an_event_lies_in_the_stream_in_binary_mode_on_the_subject_of_its_partition(jetstream: Processes) -> None:
    message = told()
    await jetstream.channels()(Channel.EVENTS).publish([message])
    client = await nats.connect(jetstream.at.url)
    kept = await client.jetstream().get_msg(f"{jetstream.at.name}-events", 1)
    await client.close()
    assert kept.subject == f"{jetstream.at.name}.events.{message.partition}"
    headers = kept.headers or {}
    assert headers["ce-datacontenttype"] == "application/json"
    assert headers["ce-subject"] == "account:%C3%9C/1", "headers are ASCII, the rest percent-encoded"
    assert "content-type" not in headers
    assert kept.data == message.data
    ours = [(name, value) for name, value in headers.items() if not name.startswith("Nats-")]
    assert from_nats(ours, kept.data) == (event_of(message),)


async def test_a_command_comes_in_every_mode_that_nats_has(jetstream: Processes) -> None:
    consumer = Consumer()
    commands = jetstream.channels()(Channel.COMMANDS)
    commands.subscribe("orders", consumer)
    await commands.publish([])
    headers, body = to_binary_nats(COMMAND)
    whole = to_structured(COMMAND)
    sent: list[tuple[dict[str, str] | None, bytes]] = [
        (dict(headers), body),
        ({"Content-Type": "application/cloudevents+json; charset=utf-8"}, whole),
        (None, whole),  # as it was before NATS had headers
        ({"content-type": "application/json", **{n: v for n, v in headers if n != "ce-datacontenttype"}}, body),
    ]
    client = await nats.connect(jetstream.at.url)
    stream = client.jetstream()
    for given, data in sent:
        await stream.publish(f"{jetstream.at.name}.commands.3", data, headers=given)
    await stream.publish(f"{jetstream.at.name}.commands.3", b"hello", headers={"ce-id": "1"})
    await client.close()
    await until(lambda: len(consumer.taken) == 5)
    *good, odd = consumer.taken
    assert [opened(each.data) for each in good] == [COMMAND] * 4
    assert {(each.tenant, each.subject, each.request) for each in good} == {("north", "cart \u00fc", "order-1")}
    with pytest.raises(Malformed, match="specversion"):
        opened(odd.data)
