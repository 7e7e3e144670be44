"""The channels over Kafka: a topic for each, and in it the partitions that everyone agrees on."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Protocol

from adapters.kafka.carrier import KafkaCarrier
from adapters.kafka.server import KafkaServer, server_of
from adapters.kafka.topics import Topic
from application.kernel.broker import Channel, ParkedMessages
from application.kernel.outside_broker import OutsideChannels
from application.kernel.taking import Tries


class Settings(Protocol):
    """What is set of the broker."""

    @property
    def url(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def takeover_seconds(self) -> float: ...
    @property
    def retention_hours(self) -> int: ...


def kafka_channels(
    settings: Settings,
    parked: ParkedMessages,
    tries: Tries | None = None,
    known: Mapping[Channel, Collection[str]] | None = None,
) -> OutsideChannels:
    """The channels of the settings' URL, each with connections of its own."""
    server: KafkaServer = server_of(settings.url, settings.name)
    keep = timedelta(hours=settings.retention_hours)

    def carrier(channel: Channel) -> KafkaCarrier:
        topic = Topic(settings.name, channel, keep, server.replicas, server.in_sync)
        return KafkaCarrier(server, topic, settings.takeover_seconds)

    return OutsideChannels(carrier, parked, tries, known)
