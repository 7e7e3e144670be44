"""The servers there are, by the name that everybody calls them."""

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
    """Where the instance lives that all tests share."""
    return Place(SERVICES / server.name, server.ports)
