"""A connection with NATS that is made when it is first used, and anew once it was lost."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import ConnectionClosedError, MaxPayloadError, NoRespondersError
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NoAnswer

from application.kernel.broker import BrokerUnavailable

logger = logging.getLogger(__name__)

CONNECT_SECONDS: Final = 2
ANSWER_SECONDS: Final = 5.0
PING_SECONDS: Final = 5
"""Between signs of life: a connection is given up when two were left unanswered."""

Answer = Mapping[str, Any]


class Refused(BrokerUnavailable):
    """The server answered with an error; `number` is the one that JetStream gives it."""

    def __init__(self, description: str, number: int) -> None:
        super().__init__(description)
        self.number = number


class Session:
    """A connection as long as it lasts. What reads from it is told of the end by None."""

    def __init__(self) -> None:
        self.client = Client()
        self._readers: dict[str, asyncio.Queue[Msg | None]] = {}
        self._subscriptions: dict[str, Subscription] = {}

    async def open(self, servers: list[str], name: str) -> None:
        await self.client.connect(
            servers,
            name=name,
            error_cb=self._failed,
            closed_cb=self._closed,
            allow_reconnect=False,
            connect_timeout=CONNECT_SECONDS,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            ping_interval=PING_SECONDS,
            max_outstanding_pings=2,
        )

    async def read(self, subject: str, into: "asyncio.Queue[Msg | None]") -> None:
        """Put what comes on this subject there; None when the connection is lost. Raises BrokerUnavailable."""

        async def put(message: Msg) -> None:
            into.put_nowait(message)

        self._readers[subject] = into
        try:
            self._subscriptions[subject] = await self.client.subscribe(subject, cb=put)
        except (NatsError, OSError) as error:
            raise BrokerUnavailable(f"the connection with NATS was lost: {error!r}") from error

    async def forget(self, subject: str) -> None:
        """Have nothing more come on this subject; what the server sent by now was read when this returns."""
        self._readers.pop(subject, None)
        subscription = self._subscriptions.pop(subject, None)
        if subscription is not None and not self.client.is_closed:
            await subscription.drain()  # type: ignore[no-untyped-call]

    async def tell(self, subject: str, body: bytes, reply: str = "", headers: Mapping[str, str] | None = None) -> None:
        """Send a message that nobody answers. Raises BrokerUnavailable."""
        try:
            await self.client.publish(subject, body, reply, None if headers is None else dict(headers))
        except (NatsError, OSError) as error:
            raise BrokerUnavailable(f"the connection with NATS was lost: {error!r}") from error

    async def ask(self, subject: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Send a message and have its answer. Raises Refused, BrokerUnavailable."""
        given = None if headers is None else dict(headers)
        try:
            said = await self.client.request(subject, body, timeout=ANSWER_SECONDS, headers=given)
        except NoRespondersError as error:
            raise Refused("JetStream does not answer, or has no such stream", 0) from error
        except MaxPayloadError as error:
            raise BrokerUnavailable(
                f"a message of {len(body)} bytes is larger than the server takes: raise its max_payload, "
                f"now {self.client.max_payload}"
            ) from error
        except NoAnswer as error:
            raise BrokerUnavailable(f"NATS did not answer within {ANSWER_SECONDS:.0f} seconds") from error
        except (NatsError, OSError) as error:
            raise BrokerUnavailable(f"the connection with NATS was lost: {error!r}") from error
        answer: Answer = msgspec.json.decode(said.data)
        if fault := answer.get("error"):
            raise Refused(f"NATS: {fault.get('description', 'error')}", fault.get("err_code", 0))
        return answer

    async def close(self) -> None:
        await self.client.close()

    def abort(self) -> None:
        """Cut the line: nothing more is sent, not even a farewell."""
        transport = self.client._transport
        if transport is not None:
            transport.close()  # type: ignore[no-untyped-call]

    async def _failed(self, error: Exception) -> None:
        logger.info("the connection with NATS: %r", error)

    async def _closed(self) -> None:
        for queue in self._readers.values():
            queue.put_nowait(None)
        for waiting in list(self.client._resp_map.values()):  # else each waits until its time is up
            if not waiting.done():
                waiting.set_exception(ConnectionClosedError())


class Connection:
    """The session there is, or a new one."""

    def __init__(self, servers: list[str], name: str, prepare: Callable[[Session], Awaitable[None]]) -> None:
        self._servers = servers
        self._name = name
        self._prepare = prepare
        self._session: Session | None = None
        self._opening = asyncio.Lock()
        self._ended = False

    async def __call__(self) -> Session:
        """A session that stood a moment ago, `prepare`d. Raises BrokerUnavailable."""
        async with self._opening:
            if self._ended:
                raise BrokerUnavailable("the connection with NATS was given back")
            if self._session is None or self._session.client.is_closed:
                self._session = None
                session = Session()
                try:
                    await session.open(self._servers, self._name)
                except (NatsError, OSError, TimeoutError) as error:
                    raise BrokerUnavailable(f"NATS is not reached: {error!r}") from error
                try:
                    await self._prepare(session)
                except BaseException:
                    await session.close()
                    raise
                self._session = session
            return self._session

    async def close(self) -> None:
        async with self._opening:
            self._ended = True
            if self._session is not None:
                await self._session.close()

    def abort(self) -> None:
        self._ended = True
        if self._session is not None:
            self._session.abort()
