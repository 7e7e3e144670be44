"""The servers there are, by the name that everybody calls them."""

import json
from pathlib import Path
from typing import Final

from tests.services.java import Elasticsearch, Kafka, OpenSearch
from tests.services.packages import MariaDb, RabbitMq, Redis
from tests.services.server import SERVICES, Place, Server
from tests.services.wheels import Nats, Postgres, SeaweedFs, Valkey

ALL: Final[tuple[Server, ...]] = (
    Postgres(),
    MariaDb(),
    Redis(),
    Valkey(),
    Nats(),
    Kafka(),
    RabbitMq(),
    Elasticsearch(),
    OpenSearch(),
    SeaweedFs(),
)
SERVERS: Final = {server.name: server for server in ALL}


def shared_place(server: Server) -> Place:
    """Where the instance lives that all tests share: on its own ports, or on those that were taken instead."""
    instead = _instead(server)
    ports = tuple(json.loads(instead.read_text())) if instead.exists() else server.ports
    return Place(SERVICES / server.name, ports)


def move(server: Server, ports: tuple[int, ...]) -> Place:
    """Have it live on other ports from now on."""
    SERVICES.mkdir(exist_ok=True)
    _instead(server).write_text(json.dumps(ports))
    return shared_place(server)


def _instead(server: Server) -> Path:
    return SERVICES / f"{server.name}.ports"
