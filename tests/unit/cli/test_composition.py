"""The containers: every provider can be built, adapters and kinds come from outside, flows are told, leaving drains."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dependency_injector import providers

from adapters.memory.database import MemoryDatabase
from adapters.memory.ledger import MemoryLedgerStore
from adapters.sql.database import SqliteDatabase
from adapters.sql.migrate import OldSchema
from application.kernel.call import Call
from application.kernel.pipeline import GONE, Flow, Observed
from application.kernel.unanswered import Stopping
from application.stock.expire_reservation import ExpireReservation
from application.stock.find_availability import FindAvailability
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.reserve_stock import ReserveStock, StockLine
from application.stock.take_in import TakeInTogether
from domain.kernel.account import AccountKind
from domain.kernel.movement import RESERVABLE
from domain.kernel.refusal import InsufficientBalance
from domain.stock.goods import Goods
from domain.stock.node import Node
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.outside import Given
from entrypoints.composition.process import COLLECT_AFTER, SWITCH_SECONDS, tuned
from entrypoints.composition.root import Root
from entrypoints.composition.settings import BadSettings, Settings
from entrypoints.wire.classes import CLASSES as COMMANDS

GIFT_CARD = AccountKind("gift_card", ("card",), frozenset(RESERVABLE), "gift_card.insufficient", "gift_card")
NOT_A_KIND = "gift_card"
HERE = __name__
opened: list[str] = []


@asynccontextmanager
async def open_ledger(given: Given) -> AsyncIterator[MemoryLedgerStore]:
    """An adapter from outside with a life of its own."""
    opened.append("open")
    yield MemoryLedgerStore(given.database)
    opened.append("closed")


def takes_nothing() -> None:
    """No factory of adapters."""


def settings_of(technology: str, folder: Path, **more: Any) -> Settings:
    url = "memory:" if technology == "memory" else f"sqlite:///{folder / 'test.db'}"
    settings = Settings(database={"url": url}, **more)
    if technology == "sqlite":
        migrate(settings)
    return settings


async def first_steps(installation: Installation) -> None:
    await installation.handle(Call("main", "ann", "1"), RegisterGoods((Goods("TEA", "Tea"),)))
    await installation.handle(Call("main", "ann", "2"), RegisterNode((Node("N", "North"),)))
    await installation.handle(Call("main", "ann", "3"), ReceiveStock((ReceivedLine("TEA", "N", 5),)))


@pytest.mark.parametrize("technology", ["memory", "sqlite"])
async def test_every_provider_is_built(technology: str, tmp_path: Path) -> None:
    optional = {"cache": {"url": "memory:"}, "traces": {"url": "http://127.0.0.1:1"}, "adapters": {"solver": "highs"}}
    settings = settings_of(technology, tmp_path, **optional)
    database = MemoryDatabase() if technology == "memory" else SqliteDatabase(tmp_path / "test.db")
    if isinstance(database, SqliteDatabase):
        await database.open()
    try:
        root = Root(settings=settings, database=database)
        built = {name: provider() for name, provider in root.providers.items()}
    finally:
        await root.leaving().aclose()
        if isinstance(database, SqliteDatabase):
            await database.close()
    assert len(built) > 25
    assert [name for name, made in built.items() if made is None] == []


@pytest.mark.parametrize("technology", ["memory", "sqlite"])
async def test_every_adapter_that_can_be_chosen_is_built(technology: str, tmp_path: Path) -> None:
    root = Root(settings=settings_of(technology, tmp_path), database=SimpleNamespace(tables={}, outbox={}))
    for selector in root.traverse(types=[providers.Selector]):
        assert selector.providers.keys() & {technology, "inprocess", "none", "local", "grid"}


async def test_every_command_but_an_expiry_which_the_timeout_center_submits_has_a_handler(tmp_path: Path) -> None:
    async with open_installation(settings_of("memory", tmp_path), worker=False) as installation:
        several = {TakeInTogether}  # of a command that is there
        assert set(installation.commands) - several == set(COMMANDS.values()) - {ExpireReservation}


@pytest.mark.parametrize("technology", ["memory", "sqlite"])
async def test_an_installation_handles_and_answers(technology: str, tmp_path: Path) -> None:
    async with open_installation(settings_of(technology, tmp_path)) as installation:
        await first_steps(installation)
        await installation.handle(Call("main", "ann", "4"), ReserveStock((StockLine("TEA", 2, ("N",)),)))
        found = await installation.ask("main", FindAvailability(("TEA",)))
        assert (found.goods[0].amounts.available, found.goods[0].amounts.reserved) == (3, 2)
    with pytest.raises(Stopping):
        await installation.handle(Call("main", "ann", "5"), ReserveStock((StockLine("TEA", 1, ("N",)),)))


async def test_leaving_finishes_what_waits(tmp_path: Path) -> None:
    settings = settings_of("sqlite", tmp_path, committer={"batch": 2})  # so that it takes many transactions
    async with open_installation(settings, worker=False) as installation:
        await first_steps(installation)
        receipt = ReceiveStock((ReceivedLine("TEA", "N", 1),))
        waiting = [asyncio.create_task(installation.handle(Call("main", "ann", f"r{n}"), receipt)) for n in range(50)]
        await asyncio.sleep(0)
    assert [reply.positions[0].available for reply in await asyncio.gather(*waiting)] == list(range(6, 56))


async def test_the_worker_publishes_what_was_told(tmp_path: Path) -> None:
    async with open_installation(settings_of("memory", tmp_path), worker=True) as installation:
        await first_steps(installation)
        for _ in range(500):
            if not await installation.outbox.pending():
                break
            await asyncio.sleep(0.01)
        assert not await installation.outbox.pending()


def test_what_a_process_made_before_it_works_is_not_looked_through_again() -> None:
    gc.unfreeze()
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    with tuned():
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold() == COLLECT_AFTER != thresholds
        assert sys.getswitchinterval() == pytest.approx(SWITCH_SECONDS)
    assert (gc.get_freeze_count(), gc.get_threshold(), sys.getswitchinterval()) == (0, thresholds, interval)


def test_what_was_left_out_before_stays_left_out() -> None:
    gc.freeze()
    with tuned():
        pass
    assert gc.get_freeze_count() > 0


async def test_an_old_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    settings = Settings(database={"url": f"sqlite:///{tmp_path}/none.db"})
    with pytest.raises(OldSchema, match="run: entrepot migrate"):
        async with open_installation(settings):
            pass


async def test_an_adapter_from_outside_is_opened_and_closed_with_the_installation(tmp_path: Path) -> None:
    opened.clear()
    settings = settings_of("memory", tmp_path, adapters={"ledger": f"{HERE}:open_ledger"})
    async with open_installation(settings, worker=False) as installation:
        assert opened == ["open"]
        await first_steps(installation)
    assert opened == ["open", "closed"]


async def test_a_kind_from_outside_is_known_by_its_very_self(tmp_path: Path) -> None:
    settings = settings_of("memory", tmp_path, kinds=f"{HERE}:GIFT_CARD")
    async with open_installation(settings, worker=False) as installation:
        assert installation.kinds["gift_card"] is GIFT_CARD
        assert installation.kinds["stock"].name == "stock"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"adapters": {"ledger": "no.such.module:open"}}, "ENTREPOT_ADAPTERS__LEDGER: cannot import no.such.module"),
        ({"adapters": {"ledger": f"{HERE}:nothing"}}, "has no nothing"),
        ({"adapters": {"ledger": f"{HERE}:takes_nothing"}}, "cannot be called with what is given"),
        ({"kinds": f"{HERE}:NOT_A_KIND"}, "is not an AccountKind but str"),
        (
            {"adapters": {"ledger": "redis"}},
            "ENTREPOT_ADAPTERS__LEDGER: must be memory or module:factory, not 'redis'",
        ),
        (
            {"adapters": {"stock_queries": "sqlite"}},
            "ENTREPOT_ADAPTERS__STOCK_QUERIES: must be memory or module:factory, not 'sqlite'",
        ),
        (
            {"adapters": {"solver": ""}},
            "ENTREPOT_ADAPTERS__SOLVER: must be highs, none or module:factory, not ''",
        ),
        (
            {"adapters": {"coverage_index": "h3"}},
            "ENTREPOT_ADAPTERS__COVERAGE_INDEX: must be grid or module:factory, not 'h3'",
        ),
    ],
)
async def test_what_cannot_be_had_from_outside_is_said(more: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as raised:
        async with open_installation(settings_of("memory", tmp_path, **more), worker=False):
            pass
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


async def test_every_step_is_told_with_how_it_went_and_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Flow] = []
    now = 0.0
    monkeypatch.setattr("application.kernel.pipeline.perf_counter", lambda: now)

    def tell(flow: Flow) -> None:
        told.append(flow)

    async def handle(call: Call, command: object) -> str:
        nonlocal now
        now += 1.5
        if command == "refuse":
            raise InsufficientBalance("too few", code="stock.insufficient")
        if command == "fail":
            raise KeyError(command)
        if command == "wait":
            await asyncio.sleep(60)
        return "done"

    observed = Observed(handle, tell)
    call = Call("main", "ann", "1")
    assert await observed(call, "do") == "done"
    for command, error in (("refuse", InsufficientBalance), ("fail", KeyError)):
        with pytest.raises(error):
            await observed(call, command)
    waiting = asyncio.create_task(observed(call, "wait"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert [(flow.success, flow.refused, flow.code) for flow in told] == [
        (True, False, ""),
        (False, True, "stock.insufficient"),
        (False, False, "internal.fault"),
        (False, False, GONE),
    ]
    assert {(flow.scene, flow.tenant, flow.request, flow.actor) for flow in told} == {("str", "main", "1", "ann")}
    assert [flow.seconds for flow in told] == [1.5] * 4
