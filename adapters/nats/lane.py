"""One partition of a group, as this process takes part in it."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
from nats.aio.msg import Msg

from adapters.nats.connection import Session
from adapters.nats.streams import Streams
from application.kernel.broker import BrokerUnavailable
from application.kernel.outbox import Message
from application.kernel.outside_broker import Intake

ASKED_FOR: Final = 10_000
STANDS_SECONDS: Final = 5
"""A request for messages stands for so long; every second the server says that it does."""
PULL: Final = msgspec.json.encode({"batch": ASKED_FOR, "expires": STANDS_SECONDS * 10**9, "idle_heartbeat": 10**9})
SILENT_SECONDS: Final = 2.5
"""After so long a silence it stands no more, whatever became of it: it is made anew."""
ALIVE: Final = "100"
OVER: Final = ("404", "408")
"""What the server says instead of a message: a sign of life; that the request stands no more."""

Understand = Callable[[Msg, int, datetime], Message]


class Lane:
    """Takes what the server hands out of one partition, one message at a time.

    Of a partition only one message is in hand at any time, in all processes together; who takes the next one is the
    server's choice. So a process that did not take the last one does not know what became of it, and asks.
    """

    def __init__(self, session: Session, streams: Streams, group: str, partition: int, intake: Intake) -> None:
        self.partition = partition
        self.in_hand: str = ""
        """Where to say what becomes of the message in hand, if there is one."""
        self._session = session
        self._next = streams.next(group, partition)
        self._again = streams.again(group, partition)
        self._intake = intake
        self._came: asyncio.Queue[Msg | None] = asyncio.Queue()
        self._inbox = session.client.new_inbox()
        self._last = 0

    async def run(self, understand: Understand) -> None:
        """Until cancelled. Raises BrokerUnavailable, and what the intake raises."""
        await self._session.read(self._inbox, self._came)
        left = 0
        while True:
            if not left:
                await self._session.tell(self._next, PULL, self._inbox)
                left = ASKED_FOR
            try:
                async with asyncio.timeout(SILENT_SECONDS):
                    message = await self._came.get()
            except TimeoutError:
                left = 0
                continue
            if message is None:
                raise BrokerUnavailable("the connection with NATS was lost")
            said = message.headers or {}
            if status := said.get("Status") if not message.data else None:
                if status in OVER:
                    left = 0
                elif status != ALIVE:
                    why = said.get("Description", "").strip().partition("\n")[0]
                    raise BrokerUnavailable(f"NATS hands out nothing: {status} {why}")
                continue
            left -= 1
            await self._take(message, understand)

    async def _take(self, message: Msg, understand: Understand) -> None:
        self.in_hand = message.reply
        delivery = message.metadata.sequence.consumer
        if delivery != self._last + 1:
            await self._intake.begin(self.partition)
        self._last = delivery
        understood = understand(message, self.partition, message.metadata.timestamp)
        await self._intake.take(understood, self._settle, parked=message.subject == self._again)

    async def _settle(self) -> None:
        reply, self.in_hand = self.in_hand, ""
        await self._session.tell(reply, b"+ACK")

    async def give_back(self) -> None:
        """Ask for nothing more; what came and was not taken is to come again at once."""
        await self._session.forget(self._inbox)
        if self.in_hand:
            await self._session.tell(self.in_hand, b"-NAK")
        while not self._came.empty():
            message = self._came.get_nowait()
            if message is not None and message.reply:
                await self._session.tell(message.reply, b"-NAK")
