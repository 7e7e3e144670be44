"""A process that takes commands as messages and kills itself: `sender.py <database> <failpoint> <nth>`.

It sends its own commands, the same every time, over the channel within the process. Every reply is written to standard
output as it comes, and every acknowledgement after it. Without a failpoint it runs to its end.
"""

import asyncio
import os
import signal
import sys
from typing import Any

import msgspec

from application.kernel.broker import Channel, Delivery
from contracts.events.v1.cloudevents import from_structured
from contracts.events.v1.envelope import Event
from entrypoints.composition.installation import open_installation
from entrypoints.composition.settings import load_settings
from tests.contract.messages.channel import DEPOT, SENDERS, command, message_of, reserve

KEYS = 6
ROUNDS = 5
STOCK = 200


def stocked() -> list[Event]:
    return [
        command("register-goods", "g", {"goods": [{"code": "tea", "name": "Tea"}]}, DEPOT),
        command("register-node", "n", {"nodes": [{"code": "depot", "name": "Depot"}]}, DEPOT),
        command("receive-stock", "in", {"lines": [{"goods": "tea", "node": "depot", "quantity": STOCK}]}, DEPOT),
    ]


def carts() -> list[list[Event]]:
    """What each key sends, in its order: it reserves, and gives every second reservation back. Some is sent twice."""
    found = []
    for cart in range(KEYS):
        key = f"cart-{cart}"
        sent: list[Event] = []
        for n in range(ROUNDS):
            sent.append(reserve(f"{key}-{n}", n + 1, partitionkey=key))
            if n % 2:
                release = {"reservation": f"{key}-{n}"}
                sent.append(command("release-reservation", f"{key}-{n}-undo", release, partitionkey=key))
        found.append(sent + sent[:2])
    return found


def tell(*said: Any) -> None:
    os.write(1, msgspec.json.encode(said) + b"\n")


async def main(path: str, failpoint: str, nth: int) -> None:
    left = nth

    def reach(name: str) -> None:
        nonlocal left
        if name == failpoint:
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    async def hear(delivery: Delivery) -> None:
        reply = from_structured(delivery.message.data)
        tell("reply", reply.extensions["correlationid"], reply.datacontenttype, reply.id)

    url = f"sqlite:///{path}"
    settings = load_settings(database={"url": url}, messages={"senders": SENDERS, "replies": "all"})
    async with open_installation(settings, worker=True, reach=reach) as house:
        house.channels(Channel.REPLIES).subscribe("asker", hear)

        async def send(events: list[Event]) -> None:
            for event in events:
                await house.channels(Channel.COMMANDS).publish([message_of(event)])
                tell("taken", event.id)

        await send(stocked())
        await asyncio.gather(*map(send, carts()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
