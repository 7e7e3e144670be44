"""The channels over NATS JetStream: a stream for each, and in it a subject for each partition."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

from adapters.nats.carrier import NatsCarrier
from adapters.nats.streams import Streams
from application.kernel.broker import Channel, ParkedMessages
from application.kernel.outside_broker import OutsideChannels, Server
from application.kernel.taking import Tries

SCHEME: Final = "nats://"


def servers_of(url: str) -> list[str]:
    """The servers that a URL names; who connects is said before each, or before the first for all of them."""
    hosts = urlsplit(url).netloc.split(",")
    who, at, _ = hosts[0].rpartition("@")
    return [SCHEME + (host if "@" in host else who + at + host) for host in hosts]


def replicas_of(url: str) -> int:
    """On how many servers a stream is kept: `?replicas=3`."""
    return int(parse_qs(urlsplit(url).query).get("replicas", ["1"])[0])


def nats_channels(
    server: Server,
    parked: ParkedMessages,
    tries: Tries | None = None,
    known: Mapping[Channel, Collection[str]] | None = None,
) -> OutsideChannels:
    """The channels of the server's URL, each with a connection of its own."""

    def carrier(channel: Channel) -> NatsCarrier:
        keep = timedelta(hours=server.retention_hours)
        takeover = timedelta(seconds=server.takeover_seconds)
        streams = Streams(server.name, channel, keep, takeover, replicas_of(server.url))
        return NatsCarrier(servers_of(server.url), streams)

    return OutsideChannels(carrier, parked, tries, known)
