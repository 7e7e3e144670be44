"""Where Kafka is, and how its clients are made."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from application.kernel.broker import BrokerUnavailable

logger = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 10.0
CLOSING_SECONDS: Final = 5.0
MOST_BYTES: Final = 2**23
"""Of a message, and of a batch of them."""


@dataclass(frozen=True, slots=True)
class KafkaServer:
    """The servers of a cluster. `replicas`: on how many a message is kept; `in_sync`: on how many before it counts."""

    hosts: list[str]
    name: str
    replicas: int = 1
    in_sync: int = 1
    security: Mapping[str, Any] = field(default_factory=dict)

    def producer(self) -> AIOKafkaProducer:
        """Keeps each batch once and in its order, on all replicas that are in sync."""
        return AIOKafkaProducer(
            acks="all",
            enable_idempotence=True,
            max_batch_size=MOST_BYTES,
            max_request_size=MOST_BYTES,
            **self._common,
        )

    def consumer(self, group: str, **further: Any) -> AIOKafkaConsumer:
        """A member of a group that says itself how far it is."""
        return AIOKafkaConsumer(group_id=group, enable_auto_commit=False, **further, **self._common)

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """Raises BrokerUnavailable, for what goes wrong inside too."""
        admin = AIOKafkaAdminClient(**self._common)
        try:
            await admin.start()
            yield admin
        except (KafkaError, OSError, TimeoutError) as error:
            raise unavailable(error) from error
        finally:
            await within(CLOSING_SECONDS, admin.close())

    @property
    def _common(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self.hosts,
            "client_id": self.name,
            "request_timeout_ms": round(ANSWER_SECONDS * 1_000),
            **self.security,
        }


def server_of(url: str, name: str) -> KafkaServer:
    """`kafka://host:port,host:port?replicas=3&in_sync=2`; with `tls=true`, and `user:password@` by `mechanism=`."""
    driver = logging.getLogger("aiokafka")
    if driver.level == logging.NOTSET:  # it says many times a second what is raised here, and logged once
        driver.setLevel(logging.CRITICAL)
    parts = urlsplit(url)
    said = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    who, at, hosts = parts.netloc.rpartition("@")
    replicas = int(said.get("replicas", "1"))
    tls = said.get("tls") == "true"
    security: dict[str, Any] = {"ssl_context": ssl.create_default_context()} if tls else {}
    if at:
        user, _, password = who.partition(":")
        security["sasl_mechanism"] = said.get("mechanism", "PLAIN")
        security["sasl_plain_username"] = unquote(user)
        security["sasl_plain_password"] = unquote(password)
    security["security_protocol"] = ("SASL_" if at else "") + ("SSL" if tls else "PLAINTEXT")
    in_sync = int(said.get("in_sync", max(1, replicas - 1)))
    return KafkaServer(hosts.split(","), name, replicas, in_sync, security)


def unavailable(error: BaseException, *, accepted: int = 0) -> BrokerUnavailable:
    return BrokerUnavailable(f"Kafka: {error!r}", accepted=accepted)


_ENDING: set["asyncio.Future[None]"] = set()
"""What is still ending; the loop itself would forget it."""


async def within(seconds: float, ending: Awaitable[None]) -> None:
    """Have something end, whatever comes of it; go on after so many seconds though it has not.

    The driver sometimes does not hear that it is cancelled, so nobody waits to see whether it does.
    """
    task = asyncio.ensure_future(ending)
    _ENDING.add(task)
    task.add_done_callback(_ended)
    try:
        await asyncio.wait([task], timeout=seconds)
    finally:
        task.cancel()


def _ended(task: "asyncio.Future[None]") -> None:
    _ENDING.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.info("a connection with Kafka did not end well: %r", error)
