"""Where the demonstration puts its stores and sends its baskets."""

from collections import Counter

from entrypoints.demo.places import destination, read_places, sites


def test_stores_spread_over_real_places_and_no_two_lie_at_one() -> None:
    places = read_places()
    stores = [f"store-{number}" for number in range(457)]
    lying = sites(places, stores)
    assert [lying[node].city for node in ("warehouse-east", "warehouse-west")] == ["Columbus", "Cincinnati"]
    assert len({lying[store].zip for store in stores}) == len(stores)
    assert all(38.0 < place.lat < 42.5 and -85.0 < place.lng < -80.0 for place in lying.values())


def test_a_basket_goes_to_the_same_place_each_time_and_baskets_go_everywhere() -> None:
    places = read_places()
    goes = Counter(destination(places, 1, str(basket)) for basket in range(5_000))
    assert destination(places, 1, "77") == destination(places, 1, "77")
    assert len(goes) > len(places) * 0.95
    assert max(goes.values()) < 20
