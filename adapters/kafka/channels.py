"""The channels over Kafka: a topic for each, and in it the partitions that everyone agrees on."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from adapters.kafka.carrier import KafkaCarrier
from adapters.kafka.server import KafkaServer, server_of
from adapters.kafka.topics import Topic
from application.kernel.broker import Channel, ParkedMessages
from application.kernel.outside_broker import OutsideChannels, Server
from application.kernel.taking import Tries


def kafka_channels(
    at: Server,
    parked: ParkedMessages,
    tries: Tries | None = None,
    known: Mapping[Channel, Collection[str]] | None = None,
) -> OutsideChannels:
    """The channels of the settings' URL, each with connections of its own."""
    server: KafkaServer = server_of(at.url, at.name)
    keep = timedelta(hours=at.retention_hours)

    def carrier(channel: Channel) -> KafkaCarrier:
        topic = Topic(at.name, channel, keep, server.replicas, server.in_sync)
        return KafkaCarrier(server, topic, at.takeover_seconds)

    return OutsideChannels(carrier, parked, tries, known)
