"""One trace from a request over HTTP to whoever takes what it told; and nothing where nobody records."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters.telemetry.tracing import OpenTelemetry
from application.kernel.broker import Channel, Delivery
from application.kernel.outbox import Message
from application.kernel.pipeline import Observed
from application.kernel.taking import Taking
from application.kernel.traced import traced_consumer
from application.kernel.tracing import TRACE
from application.stock.find_availability import FindAvailability, FindAvailabilityHandler
from contracts.conformance.yard import HandClock
from contracts.events.v1.cloudevents import (
    from_amqp,
    from_kafka,
    from_nats,
    to_binary_amqp,
    to_binary_kafka,
    to_binary_nats,
)
from contracts.events.v1.messages import Read, Write, event_of, from_record, published, to_record
from domain.stock.goods import UnknownGoods
from entrypoints.composition.installation import open_installation, open_root
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import Settings
from tests.builders import call, receive
from tests.contract.messages.channel import command, message_of
from tests.contract.outbox.installations import MemoryYard
from tests.e2e.http.street import Caller, Street, memory, sqlite, street

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
KIOSK = "/tenants/acme/kiosk"
BINDINGS: Sequence[tuple[Write, Read]] = (
    (to_binary_kafka, from_kafka),
    (to_binary_amqp, from_amqp),
    (to_binary_nats, from_nats),
)
exporters: list[InMemorySpanExporter] = []


def recording(share: float) -> Callable[[Any], AbstractAsyncContextManager[OpenTelemetry]]:
    """A tracer whose spans are kept here; closed, it has told them all."""

    @asynccontextmanager
    async def open_tracer(given: Any) -> AsyncIterator[OpenTelemetry]:
        exporters.append(InMemorySpanExporter())
        tracer = OpenTelemetry("http://127.0.0.1:1", share, "0", "test", exporters[-1])
        yield tracer
        await tracer.close()

    return open_tracer


open_all, open_none = recording(1.0), recording(0.0)


def settings_of(technology: str, folder: Path, factory: str = "open_all", **rest: Any) -> Settings:
    if technology == "memory":
        base = memory()
    else:
        base = sqlite(folder / "test.db")
        migrate(base)
    tracer = {"adapters": {"tracer": f"{__name__}:{factory}"}, "cache": {"url": "memory:"}, **rest}
    made = Settings(**tracer)
    return base.model_copy(update={name: getattr(made, name) for name in tracer})


async def quiet(here: Street) -> None:
    async with asyncio.timeout(10):
        while await here.house.outbox.pending():  # noqa: ASYNC110 - the relay's doing
            await asyncio.sleep(0.005)
    assert here.house.caching is not None
    await here.house.caching.drain()


def line_of(spans: Sequence[ReadableSpan], name: str) -> list[str]:
    """The names from the root of the trace down to this span."""
    by_id = {span.context.span_id: span for span in spans}
    (span,) = (each for each in spans if each.name == name)
    line = [span.name]
    while span.parent is not None and span.parent.span_id in by_id:
        span = by_id[span.parent.span_id]
        line.insert(0, span.name)
    return line


@pytest.mark.parametrize("technology", ["memory", "sqlite"])
async def test_one_trace_leads_from_the_request_to_whoever_takes_what_it_told(technology: str, tmp_path: Path) -> None:
    settings = settings_of(technology, tmp_path)
    async with street(settings) as here:
        shop = await here.caller()
        await shop.stocked(3)
        await quiet(here)
        exporters[-1].clear()
        line = {"goods": "A", "quantity": 1, "nodes": ["N1"]}
        answer = await shop.do("reserve-stock", {"lines": [line]}, "order-1", traceparent=f"{CALLER}-01")
        assert answer.status_code == 200, answer.text
        await quiet(here)
    spans = [each for each in exporters[-1].get_finished_spans() if f"{each.context.trace_id:032x}" == CALLER[3:35]]
    post = "POST /v1/commands/reserve-stock"
    assert line_of(spans, "sql: write and commit") == [post, "ReserveStock", "commit", "sql: write and commit"]
    assert line_of(spans, "sql: lock and load accounts")[:3] == [post, "ReserveStock", "commit"]
    assert line_of(spans, "publish StockReserved") == [post, "ReserveStock", "publish StockReserved"]
    taken = line_of(spans, "availability process BalancesChanged")
    assert taken == [post, "ReserveStock", "availability process BalancesChanged"]
    by_name = {each.name: each for each in spans}
    root = by_name[post]
    assert root.parent is not None
    assert f"{root.parent.span_id:016x}" == CALLER[36:52]
    assert answer.headers["traceparent"] == f"00-{CALLER[3:35]}-{root.context.span_id:016x}-01"
    told: Mapping[str, Any] = root.attributes or {}
    assert (told["http.route"], told["http.response.status_code"]) == ("/v1/commands/reserve-stock", 200)
    assert (by_name["ReserveStock"].attributes or {})["entrepot.request"] == "order-1"
    shown = " ".join(str(each.attributes) for each in spans)
    assert (shop.key or "").split("_")[2] not in shown, "no secret is told"


async def test_what_is_told_bears_the_trace_to_the_outside(tmp_path: Path) -> None:
    async with street(settings_of("memory", tmp_path)) as here:
        shop = await here.caller()
        await shop.stocked(3)
        await quiet(here)
        end = await here.house.feed.end()
        await shop.do("receive-stock", RECEIPT, "r-1", traceparent=f"{CALLER}-01")
        await shop.do("receive-stock", RECEIPT, "r-2", traceparent=f"{CALLER}-00")
        await quiet(here)
        page = await here.house.feed.read("acme", end, 100)
    recorded = [each for each in page.messages if each.trace is not None]
    assert {each.type for each in recorded} == {"StockReceived", "BalancesChanged"}
    assert {each.type for each in page.messages if each.trace is None} == {"StockReceived", "BalancesChanged"}
    for each in recorded:
        assert each.trace is not None
        assert each.trace.startswith(CALLER[:36])
        assert published(each).traceparent == each.trace == event_of(each).extensions["traceparent"]
        for write, read in BINDINGS:
            headers, body = to_record(each, write, whole=False)
            back: Message = from_record(Message, read, headers, body, partition=each.partition, at=each.at, whole=False)
            assert (back, back.trace) == (each, each.trace)


RECEIPT = {"lines": [{"goods": "A", "node": "N1", "quantity": 1}]}


async def test_commands_that_are_committed_together_are_linked(tmp_path: Path) -> None:
    async with open_installation(settings_of("memory", tmp_path), worker=False) as house:
        assert house.tracer is not None
        tracer = house.tracer

        async def ask(number: int) -> None:
            with tracer(f"caller {number}", parent=""):
                await house.committer.submit(call(f"q{number}"), receive("A"))

        await asyncio.gather(*(ask(number) for number in range(5)))
        assert TRACE.get() == ""
        with pytest.raises(UnknownGoods):
            await house.handle(call("r"), receive("nothing"))
    spans = exporters[-1].get_finished_spans()
    commits = [each for each in spans if each.name == "commit"]
    assert len(commits) < 6
    assert sum(1 + len(each.links) for each in commits) == 6, "a refusal is decided in a transaction, too"
    assert all((each.attributes or {})["entrepot.commands"] == 1 + len(each.links) for each in commits)
    refused = [each for each in spans if each.name == "ReceiveStock"]
    assert {(each.attributes or {})["entrepot.refusal"] for each in refused} == {"goods.unknown"}
    assert {each.status.status_code.name for each in refused} == {"UNSET"}, "a refusal is a decision, not a fault"


async def test_a_command_that_comes_as_a_message_goes_on_with_its_senders_trace(tmp_path: Path) -> None:
    settings = settings_of("memory", tmp_path, messages={"senders": f"{KIOSK}=sell+adjust", "replies": "all"})
    async with street(settings) as here:
        shop = await here.caller()
        await shop.stocked(3)
        event = command("receive-stock", "m-1", RECEIPT, KIOSK)
        event.extensions["traceparent"] = f"{CALLER}-01"  # type: ignore[index]
        await here.house.channels(Channel.COMMANDS).publish([message_of(event)])
        await quiet(here)
    spans = [each for each in exporters[-1].get_finished_spans() if f"{each.context.trace_id:032x}" == CALLER[3:35]]
    assert line_of(spans, "sql: write and commit")[:2] == ["commands process receive-stock", "ReceiveStock"]


async def test_what_is_not_sampled_is_neither_recorded_nor_written_down(tmp_path: Path) -> None:
    async with street(settings_of("memory", tmp_path, "open_none")) as here:
        shop = await here.caller()
        await shop.stocked(3)
        answer = await shop.reserve()
        assert int(answer.headers["traceparent"][-2:], 16) & 1 == 0
        await quiet(here)
        page = await here.house.feed.read("acme", None, 100)
        assert len(page.messages) > 3
        assert {each.trace for each in page.messages} == {None}
    assert exporters[-1].get_finished_spans() == ()


@pytest.mark.parametrize("said", ["", "rubbish", "00-0-0-01", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "é"])
async def test_a_place_in_a_trace_that_is_none_begins_a_trace(tmp_path: Path, said: str) -> None:
    async with street(settings_of("memory", tmp_path)) as here:
        shop: Caller = await here.caller()
        headers = {name.encode(): value.encode("latin-1") for name, value in shop.headers(traceparent=said).items()}
        answer = await here.client.get("/v1/goods", headers=headers)
        assert answer.status_code == 200
    (span,) = (each for each in exporters[-1].get_finished_spans() if each.name == "GET /v1/goods")
    assert span.parent is None


async def test_a_collector_that_is_away_delays_nothing(tmp_path: Path) -> None:
    traces = Settings(traces={"url": "http://127.0.0.1:1/v1/traces", "share": 1.0}).traces
    async with asyncio.timeout(60):
        async with street(memory().model_copy(update={"traces": traces})) as here:
            shop = await here.caller()
            await shop.stocked(3)
            for _ in range(3):
                assert (await shop.reserve()).status_code == 200


async def test_where_nobody_records_nothing_is_wrapped(tmp_path: Path) -> None:
    settings = memory()
    async with open_root(settings) as root:
        assert root.tracer() is None
        assert root.committer()._store is root.ledger()
        assert root.relay()._broker is root.events()
    async with open_installation(settings, worker=False) as house:
        assert {type(handler) for handler in house.commands.values()} == {Observed}
        assert isinstance(house.queries[FindAvailability], FindAvailabilityHandler)


def test_where_nobody_records_no_driver_is_loaded() -> None:
    script = """
import asyncio, sys
from entrypoints.composition.installation import open_installation
from entrypoints.composition.settings import Settings

async def main():
    async with open_installation(Settings(database={"url": "memory:"})):
        print(sorted(name for name in sys.modules if name.partition(".")[0] in ("opentelemetry", "redis")))

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_whoever_takes_several_at_once_still_does_and_one_span_is_linked_to_all_their_traces() -> None:
    class Several:
        taken: Sequence[Message] = ()

        async def __call__(self, delivery: Delivery) -> None: ...

        async def together(self, messages: Sequence[Message]) -> None:
            self.taken = messages

    def told(number: int, trace: str | None) -> Message:
        at = datetime(2026, 1, 5, tzinfo=UTC)
        return Message(
            f"1-{number}", 1, "acme", 0, "account:A", number, "BalancesChanged", b"{}", None, at, trace=trace
        )

    first, other = f"{CALLER}-01", f"{CALLER}-01".replace("0af7", "1bf7")
    messages = [told(1, None), told(2, first), told(3, other)]
    several = Several()
    async with recording(1.0)(None) as tracer:
        takes = traced_consumer(tracer, "search", several)
        taking = Taking("search", takes, MemoryYard(HandClock()).parked())
        assert taking.at_once > 1
        assert await taking.together(messages)
        assert await taking.together(messages[:1]), "which belongs to no trace"
        assert Taking("one", traced_consumer(tracer, "one", several.__call__), taking._parked).at_once == 1
    assert several.taken == messages[:1]
    (span,) = exporters[-1].get_finished_spans()
    assert span.name == "search process together"
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == CALLER.split("-")[1]
    assert [f"{each.context.trace_id:032x}" for each in span.links] == [other.split("-")[1]]
