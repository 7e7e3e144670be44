"""The network over HTTP: what the catalogue's examples enter is listed, resolved and routed, in the published forms."""

from contracts.http.v1.catalogue import COMMANDS
from contracts.http.v1.network_answers import PlaceResolved, RoutedAddress
from contracts.http.v1.questions import QUESTIONS
from tests.e2e.http.street import Caller

ENTERED = (
    "register-goods",
    "register-node",
    "set-regions",
    "set-postcodes",
    "set-calendars",
    "set-sites",
    "set-relations",
)
LISTS = ("list-sites", "list-calendars", "list-regions", "list-postcodes", "list-relations")


async def entered(shop: Caller) -> None:
    forms = {form.name: form for form in COMMANDS}
    for name in ENTERED:
        said = await shop.do(name, forms[name].example)
        assert said.status_code == 200, said.text


async def test_what_was_entered_is_listed(shop: Caller) -> None:
    await entered(shop)
    for form in QUESTIONS:
        if form.name in LISTS:
            answer = await shop.get(form.path)
            form.answer.model_validate_json(answer.content)
            assert answer.json()["items"], form.name


async def test_an_address_is_resolved_and_routed_with_reasons(shop: Caller) -> None:
    await entered(shop)
    place = PlaceResolved.model_validate_json((await shop.get("/v1/places?region=330103")).content)
    assert (place.regions, place.region_from) == (("330113", "330100", "330000"), "successor")
    asked = "/v1/routes?nation=CN&postcode=311-100&buyer=shop-7&goods=rice&at=2026-03-06T08:59:00Z"
    routed = RoutedAddress.model_validate_json((await shop.get(asked)).content)
    assert [(each.node, each.owners, each.priority) for each in routed.candidates] == [("harbour", ("-", "agent"), 2)]
    assert (routed.rejected, routed.reasons, routed.after) == ({"relation": 1}, (), None)
    explained = RoutedAddress.model_validate_json((await shop.get(f"{asked}&explain=all&limit=1")).content)
    assert [(each.node, each.rule) for each in explained.reasons] == [("old-town", "relation")]
    for wrong, code in {
        "/v1/routes?region=none": "address.unknown",
        "/v1/places?region=330113&nation=JP": "address.contradictory",
        "/v1/routes": "input.invalid",
        "/v1/routes?nation=CN&limit=5": "input.invalid",
        "/v1/routes?nation=CN&explain=all&limit=1001": "input.invalid",
        "/v1/places?lat=91&lng=0": "input.invalid",
        "/v1/places?lat=nan&lng=0": "input.invalid",
        "/v1/places?lat=1": "input.invalid",
        "/v1/places?postcode=%2A": "input.invalid",
    }.items():
        assert (await shop.get(wrong)).json()["code"] == code, wrong
