"""Brokers killed, cut off and shared while events flow: nothing lost, effects once, order kept, and then it goes on."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from sqlalchemy import Row, select

from application.kernel.broker import Channel, Delivery, Poison
from application.kernel.outside_broker import OutsideBroker
from contracts.conformance.broker import Consumer, until
from contracts.conformance.yard import HandClock
from tests.contract.brokers.brokers import BROKERS
from tests.contract.brokers.consuming import EFFECTS
from tests.contract.brokers.load import GROUP, Effects, Load, listen
from tests.contract.brokers.places import At, Processes
from tests.contract.outbox.installations import MemoryYard, SqliteYard
from tests.faults.figures import Record, came_of_it
from tests.services import PrivateServer, private_server

ROOT: Final = Path(__file__).parents[3]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]


class Scene:
    """A server of these tests' own, and processes that reach it and share a database."""

    def __init__(self, broker: str, server: PrivateServer) -> None:
        self.server = server
        self.broker = broker
        self.yard = MemoryYard(HandClock())
        self.all = Processes(BROKERS[broker], At(server.url), self.yard.parked())

    def process(self) -> OutsideBroker:
        return self.all.channels()(Channel.EVENTS)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=BROKERS)
async def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[str, PrivateServer]]:
    broker: str = request.param
    async with private_server(broker, tmp_path_factory.mktemp(broker)) as server:
        yield broker, server


@pytest_asyncio.fixture(loop_scope="module")
async def scene(standing: tuple[str, PrivateServer]) -> AsyncIterator[Scene]:
    scene = Scene(*standing)
    yield scene
    await scene.all.close()


@pytest.mark.kill
async def test_a_server_killed_and_started_again_under_load_loses_nothing(
    scene: Scene, record_property: Record
) -> None:
    effects = Effects(scene.yard)
    for _ in range(2):
        await listen(scene.process(), effects)
    load = Load(scene.process(), each=60, pause=0.05)
    running = asyncio.ensure_future(load.run())
    await until(lambda: len(effects.done) > load.total // 4)
    await scene.server.kill()
    before = load.accepted
    await asyncio.sleep(0.4)
    await scene.server.start()
    back_at = asyncio.get_running_loop().time()
    await asyncio.wait_for(running, 60)
    assert before < load.total
    await effects.complete(load, within=60)
    effects.came_of(record_property, load, back_at)
    assert await scene.yard.parked().parked(GROUP, 10) == []


@pytest.mark.kill
async def test_what_a_server_accepted_is_there_though_it_was_killed_at_once(
    scene: Scene, record_property: Record
) -> None:
    first = scene.process()
    await listen(first, Consumer())
    first.stop()
    load = Load(scene.process(), each=40, batch=40)
    await load.run()
    await scene.server.kill()
    await scene.server.start()
    back_at = asyncio.get_running_loop().time()
    effects = Effects(scene.yard)
    scene.process().subscribe(GROUP, effects)
    await effects.complete(load, within=30)
    effects.came_of(record_property, load, back_at)


async def test_a_server_that_stands_still_and_goes_on_loses_nothing(scene: Scene, record_property: Record) -> None:
    effects = Effects(scene.yard)
    for _ in range(2):
        await listen(scene.process(), effects)
    load = Load(scene.process(), each=40)
    running = asyncio.ensure_future(load.run())
    await until(lambda: len(effects.done) > load.total // 4)
    await scene.server.suspend()
    await asyncio.sleep(4)
    await scene.server.resume()
    back_at = asyncio.get_running_loop().time()
    await asyncio.wait_for(running, 60)
    await effects.complete(load, within=60)
    effects.came_of(record_property, load, back_at)


async def test_processes_come_and_go_under_load_and_the_order_stays(scene: Scene) -> None:
    effects = Effects(scene.yard, slow=0.005)
    one, two, three = (scene.process() for _ in range(3))
    await listen(one, effects)
    load = Load(scene.process(), each=120)
    running = asyncio.ensure_future(load.run())
    for process, more in ((two, 5), (three, 3)):
        await until(lambda more=more: len(effects.done) > load.total // more)  # type: ignore[misc]
        process.subscribe(GROUP, effects)
    await until(lambda: len(effects.done) > load.total // 2)
    await one.drain()  # as a process that is told to stop
    await until(lambda: len(effects.done) > load.total * 2 // 3)
    two.stop()  # as one that is killed
    await asyncio.wait_for(running, 60)
    await effects.complete(load, within=60)
    repeated = sum(count - 1 for count in effects.delivered.values())
    assert repeated < load.total // 2, "what was taken came again and again"


@asynccontextmanager
async def consuming(scene: Scene, yard: SqliteYard) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of its own that takes events."""
    given = (scene.broker, scene.server.url, scene.all.at.name, str(yard.path))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.contract.brokers.consuming", *given, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"ready\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]


@pytest.mark.kill
async def test_a_process_that_is_killed_is_replaced_by_another_and_each_effect_happens_once(
    scene: Scene, tmp_path: Path, record_property: Record
) -> None:
    yard = await SqliteYard(tmp_path, HandClock()).open()
    await yard.database.write(EFFECTS.metadata.create_all)

    async def effects() -> Sequence[Row[Any]]:
        asked = select(EFFECTS).order_by(EFFECTS.c.place)
        return await yard.database.read(lambda connection: connection.execute(asked).all())

    load = Load(scene.process(), each=100, pause=0.5)
    async with consuming(scene, yard) as one, consuming(scene, yard) as two, asyncio.timeout(90):
        running = asyncio.ensure_future(load.run())
        while len({each.process for each in await effects()}) < 2:  # noqa: ASYNC110 - others write it
            await asyncio.sleep(0.05)
        load.pause = 0.005  # before, it might all be done by the first before the second has its share
        while len(await effects()) < load.total // 4:  # noqa: ASYNC110 - others write it
            await asyncio.sleep(0.05)
        one.kill()
        async with consuming(scene, yard) as three:
            await running
            while len(done := await effects()) < load.total:  # noqa: ASYNC110 - others write it
                await asyncio.sleep(0.05)
    for subject in load.subjects:
        assert [each.number for each in done if each.subject == subject] == list(range(1, load.each + 1))
    assert {each.process for each in done} <= {one.pid, two.pid, three.pid}
    happened = len({(each.subject, each.number) for each in done})
    lost, doubled = load.accepted - happened, len(done) - happened
    came_of_it(record_property, acknowledged=load.accepted, lost=lost, doubled=doubled)
    assert await yard.parked().parked(GROUP, 10) == []
    await yard.close()


async def test_poison_is_parked_under_load_and_its_key_goes_on(scene: Scene) -> None:
    load = Load(scene.process(), each=30)
    bad = {load.message(subject, 7).id for subject in load.subjects}
    effects, after_gap = Effects(scene.yard), Consumer()

    async def handler(delivery: Delivery) -> None:
        if delivery.message.id in bad:
            raise Poison("of a version unknown here")
        if delivery.after_gap:
            after_gap.taken.append(delivery.message)
        await effects(delivery)

    for _ in range(2):
        await listen(scene.process(), handler)
    await load.run()
    async with asyncio.timeout(30):
        while len(effects.done) < load.total - len(bad):  # noqa: ASYNC110 - it comes from elsewhere
            await asyncio.sleep(0.02)
    for subject in load.subjects:
        assert effects.numbers(subject) == [n for n in range(1, 31) if n != 7]
        gaps = [each.number for each in after_gap.taken if each.subject == subject]
        assert sorted(set(gaps)) == list(range(8, 31)), "whoever takes what follows is told that one is missing"
    assert {each.message.id for each in await scene.yard.parked().parked(GROUP, 99)} == bad
    healthy = scene.all.opened[1](Channel.EVENTS)
    bad_ids, bad = set(bad), set()
    assert await healthy.requeue(GROUP, bad_ids) == len(load.subjects)
    async with asyncio.timeout(30):
        while await scene.yard.parked().parked(GROUP, 99):  # noqa: ASYNC110 - it comes from elsewhere
            await asyncio.sleep(0.02)
    assert len(effects.done) == load.total
