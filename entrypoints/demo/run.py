"""`entrepot demo`: real shopping, replayed through the real application, and proof that nothing was sold twice."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from application.kernel.broker import Channels
from application.reconciliation.audit_ledger import AuditLedger, AuditReport
from entrypoints.composition.installation import open_installation
from entrypoints.composition.maintenance import migrate, scratch_databases
from entrypoints.composition.process import tuned
from entrypoints.composition.settings import SERVERS, Settings, load_settings, masked
from entrypoints.demo.beside import Beside, archived, forget, names_of_its_own, stands_alone
from entrypoints.demo.check import Reading, compare, read_ledger
from entrypoints.demo.dataset import LAST_WEEK, DemoDataMissing, Shopping, data_folder, read_shopping
from entrypoints.demo.plan import OPENING_WEEKS
from entrypoints.demo.promises import Promised, promise_stage
from entrypoints.demo.replay import TENANT, Replay
from entrypoints.demo.table import Rows, Verdict, introduction, show_table, write_json
from entrypoints.demo.tally import Tally

FOUR_WEEKS: Final = 4
YEAR: Final = LAST_WEEK - OPENING_WEEKS


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What to replay: `weeks` after the opening ones (None: four, or with `full` all that are left of the year), of the
    `stores` busiest stores (None: all). `keep` leaves the database under `folder`.
    """

    weeks: int | None = None
    full: bool = False
    stores: int | None = None
    seed: int = 1
    callers: int = 64
    keep: bool = False
    as_json: bool = False
    folder: Path = Path("var")

    @property
    def replayed(self) -> int:
        """How many weeks are replayed: 1 to 48."""
        return min(YEAR, max(1, self.weeks or (YEAR if self.full else FOUR_WEEKS)))


def run_demo(options: DemoOptions) -> int:
    """Run it and show what came of it. 0: every invariant holds; 1: one does not; 2: it cannot be run here."""
    console, progress = Console(highlight=False), Console(stderr=True, highlight=False)
    try:
        data = data_folder()
    except DemoDataMissing as missing:
        progress.print(f"error: {missing}", markup=False, soft_wrap=True)
        return 2
    shopping = read_shopping(data, last_week=OPENING_WEEKS + options.replayed, stores=options.stores)
    with _database(options) as url:
        settings = _settings(url)
        counted = len(shopping.stores), len(shopping.goods), shopping.lines
        if not options.as_json:
            for line in introduction(options.replayed, *counted, settings.database.technology):
                console.print(line)
        with _nothing_left(settings, options) as used:
            tally, audit, beside, late = asyncio.run(_play(settings, shopping, options, progress, used))
            reading = read_ledger(settings)
            promised = asyncio.run(_promise(settings, shopping, options, progress))
            if settings.objects.technology == "s3":
                beside += asyncio.run(archived(settings))
        verdict = Verdict(
            audit,
            [*compare(tally, reading), *differences(audit, reading), *late, *promised.wrong],
            beside,
            promised.rows,
        )
        (write_json if options.as_json else show_table)(console, tally, reading, verdict)
        if not options.as_json:
            _say_next(console, options, url, shopping, tally)
    return 0 if verdict.holds else 1


def _settings(url: str) -> Settings:
    """Those in force, on this database. Events are published where anything is set that wants to be told of them."""
    alone = stands_alone(load_settings())
    return load_settings(
        database={"url": url},
        log={"flow": False},
        worker={"enabled": True, "relay": not alone},
        **({} if alone else names_of_its_own()),
    )


async def _play(
    settings: Settings, shopping: Shopping, options: DemoOptions, console: Console, used: list[Channels]
) -> tuple[Tally, AuditReport, Rows, list[str]]:
    migrate(settings)
    async with open_installation(settings, worker=True) as installation:
        used.append(installation.channels)
        with tuned(), _bar(console) as watch:
            beside = None if stands_alone(settings) else Beside(installation)
            if beside is not None:
                await beside.begin()
            replay = Replay(installation, shopping, seed=options.seed, callers=options.callers, watch=watch)
            await replay.register()
            await replay.open_stock()
            await replay.play(OPENING_WEEKS + 1, OPENING_WEEKS + options.replayed)
            await replay.await_expiry()
            watch("audit the ledger", 0, 1)
            audit = await installation.audit(AuditLedger(full=True))
            watch("audit the ledger", 1, 1)
            if beside is None:
                return replay.tally, audit, [], []
            late = await beside.compare(audit.events, replay.tally, watch)
            return replay.tally, audit, beside.rows, late


async def _promise(settings: Settings, shopping: Shopping, options: DemoOptions, console: Console) -> Promised:
    """On the stock that the replay left, which is counted by then."""
    async with open_installation(settings, worker=False) as installation:
        with _bar(console) as watch:
            week = OPENING_WEEKS + options.replayed
            return await promise_stage(installation, shopping, week, options.seed, watch)


def differences(audit: AuditReport, reading: Reading) -> list[str]:
    """What the application's own audit found, and whether it saw as much of the ledger as was read beside it."""
    found = [f"the ledger audit: {each}" for each in audit.differences]
    if audit.movements != reading.prefixes:
        found.append(f"the ledger audit checked {audit.movements} prefixes of {reading.prefixes}")
    return found


@contextmanager
def _bar(console: Console) -> Iterator[Any]:
    """A progress bar for each phase, as it begins."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(32), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, refresh_per_second=4) as progress:
        tasks: dict[str, TaskID] = {}

        def watch(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = progress.add_task(phase, total=total)
            progress.update(tasks[phase], completed=done)

        yield watch


@contextmanager
def _nothing_left(settings: Settings, options: DemoOptions) -> Iterator[list[Channels]]:
    """However it ends, servers that are shared keep nothing of this run. Takes the channels that it used."""
    used: list[Channels] = []
    try:
        yield used
    finally:
        if not stands_alone(settings):
            asyncio.run(forget(settings, used, files=not options.keep))


@contextmanager
def _database(options: DemoOptions) -> Iterator[str]:
    """A fresh database, gone afterwards unless it is to be kept: beside the one that is set, where that is a server's,
    and else a file in a folder of its own; its URL.
    """
    configured = load_settings()
    if configured.database.url.startswith(SERVERS):
        databases = scratch_databases(configured)
        try:
            yield databases.make()
        finally:
            if not options.keep:
                databases.drop()
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="demo-", dir=options.folder))
    try:
        yield f"sqlite:///{folder / 'demo.db'}"
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


def _say_next(console: Console, options: DemoOptions, url: str, shopping: Shopping, tally: Tally) -> None:
    console.print("\nWhat to try next:", style="bold")
    me = _as_called()
    if options.keep:
        pieces = [place for place in tally.left if not shopping.goods[place[0]].is_fuel]
        goods, node = max(pieces, key=lambda place: (tally.left[place], place))
        use = f"ENTREPOT_DATABASE__URL={masked(url)} {me} --tenant {TENANT}"
        steps = [
            (f"{use} stock show {goods}", "where the product that moved most lies now"),
            (f"{use} stock movements --goods {goods} --node {node}", "all that ever happened to one position"),
            (f"{use} ledger audit --full", "the audit again, from zero"),
        ]
    else:
        steps = [
            (f"{me} demo --weeks 1 --keep", "keep the database, and be told how to look into it"),
            (f"{me} demo --scale full", "the whole year"),
            (f"{me} migrate", "a database of your own; then follow docs/tutorial.md"),
        ]
    for command, what in steps:
        console.print(f"  {command}", markup=False, soft_wrap=True)
        console.print(f"      {what}", style="dim")


def _as_called() -> str:
    """How this command is called here: by its name where that finds it, else by its path."""
    found, own = shutil.which("entrepot"), Path(sys.argv[0])
    return "entrepot" if own.name != "entrepot" or (found and Path(found).samefile(own)) else str(own)
