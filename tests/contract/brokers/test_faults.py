"""Brokers killed, cut off and shared while events flow: nothing lost, effects once, order kept, and then it goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.kafka.channels import kafka_channels
from adapters.nats.channels import nats_channels
from application.kernel.broker import Channel, Delivery, Poison
from contracts.conformance.broker import Consumer, until
from contracts.conformance.yard import HandClock
from tests.contract.brokers.load import GROUP, Effects, Load
from tests.contract.brokers.places import At, Open, Processes
from tests.contract.outbox.installations import MemoryYard
from tests.services import PrivateServer, private_server

BROKERS: dict[str, Open] = {"nats": nats_channels, "kafka": kafka_channels}

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("broker", BROKERS)]


@asynccontextmanager
async def processes(broker: str, server: PrivateServer, yard: MemoryYard) -> AsyncIterator[Processes]:
    opened = Processes(BROKERS[broker], At(server.url), yard.parked())
    try:
        yield opened
    finally:
        await opened.close()


@pytest.mark.kill
async def test_a_server_killed_and_started_again_under_load_loses_nothing(tmp_path: Path, broker: str) -> None:
    yard = MemoryYard(HandClock())
    async with private_server(broker, tmp_path) as server, processes(broker, server, yard) as all:
        effects = Effects(yard)
        for _ in range(2):
            all.channels()(Channel.EVENTS).subscribe(GROUP, effects)
        load = Load(all.channels()(Channel.EVENTS), each=60)
        running = asyncio.ensure_future(load.run())
        await until(lambda: len(effects.done) > load.total // 4)
        await server.kill()
        before = load.accepted
        await asyncio.sleep(0.4)
        await server.start()
        await asyncio.wait_for(running, 60)
        assert load.refused
        assert before < load.total
        await effects.complete(load, within=60)
        assert await yard.parked().parked(GROUP, 10) == []


@pytest.mark.kill
async def test_what_a_server_accepted_is_there_though_it_was_killed_at_once(tmp_path: Path, broker: str) -> None:
    yard = MemoryYard(HandClock())
    async with private_server(broker, tmp_path) as server, processes(broker, server, yard) as all:
        effects, first = Effects(yard), all.channels()(Channel.EVENTS)
        first.subscribe(GROUP, effects)
        load = Load(first, each=1)
        await load.run()
        await effects.complete(load, within=20)
        first.stop()
        load = Load(all.channels()(Channel.EVENTS), each=40, batch=40)
        await load.run()
        await server.kill()
        await server.start()
        effects.done.clear()
        yard.database.tables["inbox"].clear()
        all.channels()(Channel.EVENTS).subscribe(GROUP, effects)
        await effects.complete(load, within=30)


async def test_a_server_that_stands_still_and_goes_on_loses_nothing(tmp_path: Path, broker: str) -> None:
    yard = MemoryYard(HandClock())
    async with private_server(broker, tmp_path) as server, processes(broker, server, yard) as all:
        effects = Effects(yard)
        for _ in range(2):
            all.channels()(Channel.EVENTS).subscribe(GROUP, effects)
        load = Load(all.channels()(Channel.EVENTS), each=40)
        running = asyncio.ensure_future(load.run())
        await until(lambda: len(effects.done) > load.total // 4)
        await server.suspend()
        await asyncio.sleep(4)
        await server.resume()
        await asyncio.wait_for(running, 60)
        await effects.complete(load, within=60)


async def test_processes_come_and_go_under_load_and_the_order_stays(tmp_path: Path, broker: str) -> None:
    yard = MemoryYard(HandClock())
    async with private_server(broker, tmp_path) as server, processes(broker, server, yard) as all:
        effects = Effects(yard, slow=0.005)
        one, two, three = (all.channels()(Channel.EVENTS) for _ in range(3))
        one.subscribe(GROUP, effects)
        load = Load(all.channels()(Channel.EVENTS), each=120)
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


async def test_poison_is_parked_under_load_and_its_key_goes_on(tmp_path: Path, broker: str) -> None:
    yard = MemoryYard(HandClock())
    async with private_server(broker, tmp_path) as server, processes(broker, server, yard) as all:
        load = Load(all.channels()(Channel.EVENTS), each=30)
        bad = {load.message(subject, 7).id for subject in load.subjects}
        effects, after_gap = Effects(yard), Consumer()

        async def handler(delivery: Delivery) -> None:
            if delivery.message.id in bad:
                raise Poison("of a version unknown here")
            if delivery.after_gap:
                after_gap.taken.append(delivery.message)
            await effects(delivery)

        for _ in range(2):
            all.channels()(Channel.EVENTS).subscribe(GROUP, handler)
        await load.run()
        async with asyncio.timeout(30):
            while len(effects.done) < load.total - len(bad):  # noqa: ASYNC110 - it comes from elsewhere
                await asyncio.sleep(0.02)
        for subject in load.subjects:
            assert effects.numbers(subject) == [n for n in range(1, 31) if n != 7]
            gaps = [each.number for each in after_gap.taken if each.subject == subject]
            assert sorted(set(gaps)) == list(range(8, 31)), "whoever takes what follows is told that one is missing"
        assert {each.message.id for each in await yard.parked().parked(GROUP, 99)} == bad
        healthy = all.opened[1](Channel.EVENTS)
        bad_ids, bad = set(bad), set()
        assert await healthy.requeue(GROUP, bad_ids) == len(load.subjects)
        async with asyncio.timeout(30):
            while await yard.parked().parked(GROUP, 99):  # noqa: ASYNC110 - it comes from elsewhere
                await asyncio.sleep(0.02)
        assert len(effects.done) == load.total
