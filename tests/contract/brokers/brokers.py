"""The brokers that others reach, by the name of their server."""

from typing import Final

from adapters.kafka.channels import kafka_channels
from adapters.nats.channels import nats_channels
from adapters.rabbitmq.channels import rabbitmq
from adapters.redis.streams import redis_streams
from tests.contract.brokers.places import Open

BROKERS: Final[dict[str, Open]] = {
    "redis": redis_streams,
    "valkey": redis_streams,
    "rabbitmq": rabbitmq,
    "nats": nats_channels,
    "kafka": kafka_channels,
}
