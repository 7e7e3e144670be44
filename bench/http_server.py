"""The server under measurement, a process of its own: `python -m bench.http_server <folder> [--probed]`.

It serves what `entrepot serve` does, with the same settings and the worker inside, and beside it, behind the same door:
typed handlers of the framework as yardsticks, the reserve as such a handler, and an application that does nothing. It
prints its port and a key on one line, and ends on SIGTERM.
"""

import argparse
import asyncio
import json
import random
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

from litestar import Controller, Litestar, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from application.kernel.call import Call
from application.kernel.deadlines import FireDeadlines
from application.kernel.group_commit import GroupCommitter
from application.kernel.pipeline import Observed
from application.kernel.relay import Relay
from application.permissions.create_key import CreateKey
from application.reconciliation.audit_ledger import AuditLedger
from application.sourcing.demand import DeliverTo, DemandLine, WantedGoods
from application.sourcing.make_promise import MakePromise as AskPromise
from application.stock.find_availability import FindAvailability
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.reserve_stock import ReserveStockHandler
from application.warehouse.set_sites import SetSites
from bench import workloads
from bench.profile import Phases
from contracts.http.v1.promises import MakePromise, Promise
from contracts.http.v1.queries import Availability
from contracts.http.v1.replies import MovedLine, PositionAfter, ReservationMoved
from contracts.http.v1.reservations import ReserveStock
from domain.permissions.key import Caller
from domain.permissions.scope import Scope
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.warehouse.coverage import Coverage
from domain.warehouse.site import Site
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.logs import set_up_logging
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.process import tuned
from entrypoints.composition.settings import DatabaseSettings, HttpSettings, RateSettings, Settings
from entrypoints.http import app, commands
from entrypoints.http.asgi import Receive, Send
from entrypoints.http.asgi import Scope as Asked
from entrypoints.http.commands import request_of
from entrypoints.http.door import Door
from entrypoints.http.metrics import Metrics
from entrypoints.http.questions import OneQuestion, Reader
from entrypoints.http.serve import run
from entrypoints.http.server import PatientProtocol, listen, server_of
from entrypoints.wire import bodies
from entrypoints.wire.commands import FORMS, command_of

TENANT: Final = "main"
OPENING: Final = 10**9
A_PAGE: Final = 500
SERVER: Final = "server: event loop, the rest"
THREADS: Final = "threads: SQLite reads, COMMIT"

PROBES: Final[Sequence[tuple[str, Any, str]]] = (
    ("server: reading HTTP", PatientProtocol, "data_received"),
    ("server: writing HTTP", RequestResponseCycle, "send"),
    ("door", Door, "__call__"),
    ("door: key, rate", Door, "_let_in"),
    ("door: answer's headers", Door, "_send"),
    ("door: metrics", Metrics, "observe"),
    ("framework", Litestar, "__call__"),
    ("route", commands.OneCommand, "__call__"),
    ("route: body", commands, "read_body"),
    ("route: parse", commands, "parsed"),
    ("route: convert", bodies, "command_of"),
    ("question: etag, encode", OneQuestion, "__call__"),
    ("question: parse", Reader, "__call__"),
    ("question: ask", Installation, "ask"),
    ("handle: observe", Observed, "__call__"),
    ("handle: registers, plan", ReserveStockHandler, "__call__"),
    ("handle: digest, queue", GroupCommitter, "_admit"),
    ("batch: decide, write", GroupCommitter, "_gather"),
    ("batch: decide, write", GroupCommitter, "_settle"),
    ("worker: relay", Relay, "__call__"),
    ("worker: deadlines", FireDeadlines, "__call__"),
)
"""What runs in the one thread of the event loop, by where it is found."""

SHOWN: Final = tuple(dict.fromkeys([SERVER, *(phase for phase, _, _ in PROBES), THREADS]))


NUMBERS: Final = count(1)
ANSWERS: Final[dict[int, Availability]] = {}
"""What the yardstick of availability answers, by how many goods are asked for: true answers, made beforehand."""

PROMISES: Final[list[Promise]] = []
"""What the yardstick of promises answers: a true one."""

NETS: Final = (10, 100, 1_000)
"""How many nodes serve a nation of this name: a promise to it has so many candidates."""

PROMISED: Final = "PROMISED"


class Typed(Controller):
    """What the framework does with the same forms, and no more: the yardsticks; and the reserve written so."""

    path = "/bench"

    @post("/echo", opt={"scope": "sell"}, status_code=200)
    async def echo(self, data: ReserveStock, caller: NamedDependency[Caller]) -> ReservationMoved:
        lines = [
            MovedLine(
                line=str(number),
                leg=0,
                goods=each.goods,
                node=each.nodes[0],
                owner=each.owner,
                lot=each.lot,
                channel="-",
                quantity=each.quantity,
            )
            for number, each in enumerate(data.lines, 1)
        ]
        after = [
            PositionAfter(
                goods=each.goods,
                node=each.node,
                owner=each.owner,
                lot=each.lot,
                channel="-",
                available=OPENING,
                version=each.quantity,
            )
            for each in lines
        ]
        return ReservationMoved(
            reservation=caller.principal,
            status="held",
            due=datetime.now(UTC),
            lines=tuple(lines),
            positions=tuple(after),
            expected=(),
        )

    @get("/availability", opt={"scope": "read"})
    async def availability(
        self, goods: FromQuery[list[str]], caller: NamedDependency[Caller], node: FromQuery[list[str] | None] = None
    ) -> Availability:
        return ANSWERS[len(goods)]

    @post("/promise", opt={"scope": "read"}, status_code=200)
    async def promise(self, data: MakePromise, caller: NamedDependency[Caller]) -> Promise:
        return PROMISES[0]

    @post("/reserve", opt={"scope": "sell"}, status_code=200)
    async def reserve(
        self,
        request: Request[Any, Any, Any],
        data: ReserveStock,
        caller: NamedDependency[Caller],
        house: NamedDependency[Installation],
    ) -> ReservationMoved:
        command = command_of(FORMS["reserve-stock"], data, house.settings)
        deadline = asyncio.get_running_loop().time() + house.settings.http.seconds
        asked = request_of(dict(request.scope["headers"]))
        reply = await house.handle(Call(caller.tenant, caller.principal, asked, caller.principal, deadline), command)
        return ReservationMoved.model_validate(reply, from_attributes=True)


class Front:
    """Before the door: what measures, and an application that does nothing, to see what the server itself takes."""

    def __init__(self, door: Door, house: Installation, phases: Phases | None) -> None:
        self._door = door
        self._house = house
        self._phases = phases
        self._counting: AbstractContextManager[None] = nullcontext()
        self._since = (0, 0)

    async def __call__(self, scope: Asked, receive: Receive, send: Send) -> None:
        match scope["path"]:
            case "/bench/nothing":
                await _answer(send, b"{}")
            case "/bench/audit":
                report = await self._house.audit(AuditLedger(full=True))
                await _answer(send, json.dumps({"clean": report.clean, "movements": report.movements}).encode())
            case "/bench/begin" if self._phases is not None:
                self._counting = self._phases.counting()
                self._counting.__enter__()
                self._since = (time.process_time_ns(), time.thread_time_ns())
                await _answer(send, b"{}")
            case "/bench/end" if self._phases is not None:
                others = time.process_time_ns() - self._since[0] - (time.thread_time_ns() - self._since[1])
                self._counting.__exit__(None, None, None)
                spent = {phase: spent for (phase, _), spent in self._phases.spent.items()}
                await _answer(send, json.dumps({**spent, THREADS: others}).encode())
            case _:
                await self._door(scope, receive, send)


async def _answer(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def stock(house: Installation, places: Sequence[workloads.Position]) -> None:
    """Register everything, with an opening balance for each position."""

    async def do(command: Any) -> None:
        await house.handle(Call(TENANT, "bench", f"open-{next(NUMBERS)}"), command)

    nodes = sorted({node for _, node in places})
    await do(RegisterNode(tuple(Node(node, node) for node in nodes)))
    for start in range(0, len(places), A_PAGE):
        some = places[start : start + A_PAGE]
        await do(RegisterGoods(tuple(Goods(goods, goods) for goods, _ in some)))
        await do(ReceiveStock(tuple(ReceivedLine(goods, node, OPENING) for goods, node in some), opening=True))


async def lay_out(house: Installation) -> None:
    """Nodes for every size of NETS, each with stock of one goods; a true answer for the yardstick."""

    async def do(command: Any) -> Any:
        return await house.handle(Call(TENANT, "bench", f"net-{next(NUMBERS)}"), command)

    draw = random.Random(1)
    await do(RegisterGoods((Goods(PROMISED, PROMISED),)))
    for size in NETS:
        nodes = [f"P{size}-{number:04d}" for number in range(size)]
        for start in range(0, size, A_PAGE):
            some = nodes[start : start + A_PAGE]
            await do(RegisterNode(tuple(Node(node, node) for node in some)))
            await do(ReceiveStock(tuple(ReceivedLine(PROMISED, node, OPENING) for node in some), opening=True))
            places = [(draw.uniform(30, 45), draw.uniform(-120, -75)) for _ in some]
            sites = [
                Site(node, lat, lng, cost_order=draw.randint(100, 400), covers=Coverage(nations=(str(size),)))
                for node, (lat, lng) in zip(some, places, strict=True)
            ]
            await do(SetSites(tuple(sites)))
    wanted = WantedGoods((DemandLine(1, goods=PROMISED),), DeliverTo(nation=str(NETS[0]), lat=40.0, lng=-100.0))
    told = await do(AskPromise(wanted))
    PROMISES.append(Promise.model_validate_json(house.codec.encode(told)))


async def serve(options: argparse.Namespace) -> None:
    settings = Settings(
        database=DatabaseSettings(url=options.database or f"sqlite:///{options.folder / 'http.db'}"),
        http=HttpSettings(port=0),
        rate=RateSettings(per_second=1_000_000, burst=1_000_000),  # one key asks for everyone here
    )
    set_up_logging(settings.log)
    migrate(settings)
    places = workloads.positions(options.positions)
    phases = Phases(SERVER, time.thread_time_ns) if options.probed else None
    if phases is not None:
        probe(phases)
    app.ROUTERS.append(Typed)
    with listen(settings.http) as listening:
        async with open_installation(settings) as house:
            await stock(house, places)
            await lay_out(house)
            made = await house.keys.create(Call(TENANT, "bench", "key"), CreateKey("bench", frozenset(Scope), "bench"))
            for count in (1, 100):
                found = await house.ask(TENANT, FindAvailability(tuple(goods for goods, _ in places[1 : count + 1])))
                ANSWERS[count] = Availability.model_validate_json(house.codec.encode(found))
            door = app.http_app(house)
            line = {"port": listening.getsockname()[1], "key": made.text}
            server = server_of(Front(door, house, phases), door, settings.http, door.stop, partial(print_line, line))
            with tuned():
                await server.serve(sockets=[listening])


def print_line(line: object) -> None:
    print(json.dumps(line), flush=True)


def probe(phases: Phases) -> None:
    """Time what PROBES name, for as long as the process lives."""
    for phase, owner, name in PROBES:
        setattr(owner, name, phases.around(getattr(owner, name), phase))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--positions", type=int, default=10_000)
    parser.add_argument("--database", default="", help="its URL; a file in the folder, if none is said")
    parser.add_argument("--probed", action="store_true")
    run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
