"""Places and routes as every door tells them."""

from typing import Any

from application.warehouse.route_address import RoutedAddress
from domain.warehouse.address import Place
from domain.warehouse.routing import Candidate


def place_told(place: Place) -> dict[str, Any]:
    lat, lng = (None, None) if place.point is None else place.point
    return {
        "nation": place.nation,
        "regions": place.regions,
        "postcode": place.postcode,
        "lat": lat,
        "lng": lng,
        "point_from": place.point_from,
        "region_from": place.region_from,
    }


def route_told(routed: RoutedAddress) -> dict[str, Any]:
    return {
        "place": place_told(routed.place),
        "candidates": [_candidate_told(each) for each in routed.candidates],
        "more": routed.more,
        "rejected": routed.rejected,
        "reasons": [each._asdict() for each in routed.reasons],
        "after": routed.after or None,
    }


def _candidate_told(candidate: Candidate) -> dict[str, Any]:
    """A tuple would come without its names, and a set in any order."""
    told = candidate._asdict()
    if candidate.owners is not None:
        told["owners"] = sorted(candidate.owners)
    if candidate.distance_km is not None:
        told["distance_km"] = round(candidate.distance_km, 3)
    return told
