"""What was tried on a server under a name of its own is deleted from it, whatever waits there for whom."""

from pathlib import Path

import nats
import pytest
from nats.js.errors import NotFoundError

from application.kernel.broker import Channel
from contracts.conformance.broker import Consumer, until
from contracts.conformance.yard import HandClock, message
from entrypoints.conformance.scratch_yard import ScratchYard
from tests.contract.brokers.brokers import BROKERS
from tests.contract.brokers.places import At, Processes
from tests.contract.outbox.installations import MemoryYard
from tests.services import url_of


@pytest.mark.parametrize("broker", BROKERS)
async def test_what_waited_for_a_group_is_gone_and_the_name_can_be_used_anew(broker: str) -> None:
    all = Processes(BROKERS[broker], At(url_of(broker)), MemoryYard(HandClock()).parked())
    cut, heard = Consumer(), Consumer()
    cut.gate.clear()
    try:
        first = all.channels()(Channel.EVENTS)
        first.subscribe("one", cut)
        await first.publish([message(1), message(2)])
        await until(lambda: bool(cut.seen))
        await all.close()
        again = all.channels()(Channel.EVENTS)
        again.subscribe("one", heard)
        await again.publish([message(3)])
        await until(lambda: bool(heard.taken))
        assert heard.ids() == ["1-3"]
    finally:
        await all.close()


async def test_the_suites_leave_nothing_and_what_is_configured_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, ours = url_of("nats"), At("").name
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", "memory:")
    monkeypatch.setenv("ENTREPOT_BROKER__URL", url)
    monkeypatch.setenv("ENTREPOT_BROKER__NAME", ours)
    yard = await ScratchYard(tmp_path, HandClock()).open()
    consumer, under_test = Consumer(), yard.broker()
    under_test.broker.subscribe("one", consumer)
    await under_test.broker.publish([message(1)])
    await until(lambda: bool(consumer.taken))
    name = f"{yard.roots[0].settings().broker.name}-events"
    client = await nats.connect(url)
    try:
        await client.jetstream().stream_info(name)
        await yard.close()
        for gone in (name, f"{ours}-events"):
            with pytest.raises(NotFoundError):
                await client.jetstream().stream_info(gone)
    finally:
        await client.close()
