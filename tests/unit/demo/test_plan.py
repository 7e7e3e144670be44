"""What the demonstration invents is decided by the data and the seed alone."""

from collections import Counter

from entrypoints.demo.dataset import Basket, BasketLine, Goods
from entrypoints.demo.plan import (
    ASSORTMENT,
    DAY,
    LORRY,
    WAREHOUSES,
    Fate,
    Supply,
    deliver,
    demand_of,
    fate,
    nodes_of,
    opening,
    unload,
    warehouses_of,
)

BREAD = Goods("bread", "BREAD", "piece", 0)
FUEL = Goods("fuel", "GASOLINE", "gallon", 3)
GOODS = {each.code: each for each in (BREAD, FUEL)}
STORE = "store-1"
OWN, OTHER = warehouses_of(STORE)


def basket(id: str, *lines: tuple[str, int]) -> Basket:
    return Basket(0, id, STORE, tuple(BasketLine(*line) for line in lines), 0)


def test_demand_adds_up_what_baskets_ask_for() -> None:
    assert demand_of([basket("1", ("bread", 2)), basket("2", ("bread", 3), ("fuel", 9_000))]) == {
        ("bread", STORE): 5,
        ("fuel", STORE): 9_000,
    }


def test_stock_opens_with_what_stores_keep_what_warehouses_stand_in_for_and_a_dozen_of_everything() -> None:
    goods = GOODS | {"cake": Goods("cake", "CAKE", "piece", 0)}
    demand = {("bread", STORE): 5, ("cake", STORE): 1, ("fuel", STORE): 9_000}
    supplies = Counter({(goods, node): quantity for goods, node, quantity in opening(demand, goods)})
    dozens = Counter({(code, warehouses_of(code)[0]): ASSORTMENT for code in ("bread", "cake")})
    assert supplies == dozens + Counter(
        {("bread", STORE): 5, ("fuel", STORE): 9_000, ("bread", OWN): 5, ("cake", OWN): 1}
    )


def test_a_line_is_taken_at_the_store_that_keeps_it_then_at_the_warehouses_and_fuel_only_at_the_pump() -> None:
    assert nodes_of(STORE, BREAD, {("bread", STORE)}) == (STORE, OWN, OTHER)
    assert nodes_of(STORE, BREAD, set()) == (OWN, OTHER)
    assert nodes_of(STORE, FUEL, set()) == (STORE,)
    assert {OWN, OTHER} == set(WAREHOUSES)


def test_a_delivery_replaces_what_was_asked_for() -> None:
    demand = {("bread", STORE): 5, ("fuel", STORE): 9_000, ("cake", STORE): 1}
    goods = GOODS | {"cake": Goods("cake", "CAKE", "piece", 0)}
    delivery = deliver(6, 1_000, demand, goods, {("bread", STORE), ("fuel", STORE)}, seed=1)
    assert set(delivery.supplies) == {
        Supply("fuel", STORE, 9_000),
        Supply("bread", OWN, 5),
        Supply("cake", OWN, 1),
    }
    (transfer,) = delivery.transfers
    assert (transfer.source, transfer.store, transfer.lines) == (OWN, STORE, (("bread", 5),))
    assert 1_000 <= transfer.ships < 1_000 + DAY
    assert DAY <= transfer.arrives - transfer.ships < 2 * DAY


def test_what_fits_on_no_lorry_goes_on_several() -> None:
    goods = {code: Goods(code, code, "piece", 0) for code in map(str, range(LORRY + 1))}
    demand = {(code, STORE): 1 for code in goods}
    delivery = deliver(6, 0, demand, goods, set(demand), seed=1)
    assert sorted(len(transfer.lines) for transfer in delivery.transfers) == [1, LORRY]
    assert len({transfer.id for transfer in delivery.transfers}) == 2


def test_most_baskets_ship_some_are_released_some_expire_and_the_seed_decides_which() -> None:
    counted = Counter(fate(1, str(number)) for number in range(10_000))
    assert 400 < counted[Fate.RELEASED] < 600
    assert 400 < counted[Fate.EXPIRED] < 600
    assert [fate(1, str(n)) for n in range(50)] == [fate(1, str(n)) for n in range(50)]
    assert [fate(1, str(n)) for n in range(50)] != [fate(2, str(n)) for n in range(50)]


def test_what_leaves_the_lorry_is_never_more_than_what_was_loaded() -> None:
    unloaded = [unload(1, "w6", str(number), 3) for number in range(10_000)]
    assert all(0 <= good + damaged <= 3 and min(good, damaged) >= 0 for good, damaged in unloaded)
    assert 50 < sum(good + damaged < 3 for good, damaged in unloaded) < 200
    assert 100 < sum(damaged > 0 for _, damaged in unloaded) < 300
