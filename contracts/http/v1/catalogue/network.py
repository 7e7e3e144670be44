"""Where nodes are, when they work, and whom they serve."""

from typing import Final

from contracts.http.v1 import network, replies
from contracts.http.v1.catalogue.form import GOODS, NODES, CommandForm

NETWORK: Final = (
    CommandForm(
        "set-regions",
        "SetRegions",
        network.SetRegions,
        replies.EntriesWritten,
        "adjust",
        "Set regions",
        "Enter or change 1 to 500 regions, all or none, one after the other: parents before what lies in them, "
        "successors before what is retired.",
        {
            "regions": [
                {"code": "330000", "name": "浙江省", "nation": "CN", "level": 1},
                {"code": "330100", "name": "杭州市", "nation": "CN", "level": 2, "parent": "330000"},
                {
                    "code": "330113",
                    "name": "临平区",
                    "nation": "CN",
                    "level": 3,
                    "parent": "330100",
                    "lat": 30.419,
                    "lng": 120.2995,
                },
                {
                    "code": "330103",
                    "name": "下城区",
                    "nation": "CN",
                    "level": 3,
                    "parent": "330100",
                    "successors": ["330113"],
                },
            ]
        },
        ("region.unknown", "region.tree"),
    ),
    CommandForm(
        "set-postcodes",
        "SetPostcodes",
        network.SetPostcodes,
        replies.EntriesWritten,
        "adjust",
        "Set postcodes",
        "Say where 1 to 500 postcodes, or what they begin with, are, all or none: in a region, at a point, or both.",
        {"postcodes": [{"nation": "CN", "prefix": "3111", "region": "330113", "lat": 30.42, "lng": 120.3}]},
        ("region.unknown",),
    ),
    CommandForm(
        "set-calendars",
        "SetCalendars",
        network.SetCalendars,
        replies.EntriesWritten,
        "adjust",
        "Set calendars",
        "Say on which days nodes work, and until when an order counts as a day's: 1 to 500 calendars, all or none.",
        {
            "calendars": [
                {
                    "code": "office",
                    "zone": "Asia/Shanghai",
                    "week": ["17:00", "17:00", "17:00", "17:00", "17:00", "", ""],
                    "leaves": "20:00",
                    "holidays": ["2026-10-01", "2026-10-02"],
                    "workdays": ["2026-10-10"],
                    "workday_until": "15:00",
                }
            ]
        },
        (),
    ),
    CommandForm(
        "set-sites",
        "SetSites",
        network.SetSites,
        replies.EntriesWritten,
        "adjust",
        "Set sites",
        "Say where 1 to 500 nodes are, when they work, where they deliver, and at what cost, all or none. What is said "
        "of a node replaces what was said of it before.",
        {
            "sites": [
                {
                    "code": "harbour",
                    "lat": 30.25,
                    "lng": 120.17,
                    "nation": "CN",
                    "region": "330113",
                    "calendar": "office",
                    "handling_days": 1,
                    "transit": [{"from_days": 0, "to_days": 1, "within_km": 200.5}, {"from_days": 0, "to_days": 4}],
                    "priority": 1,
                    "cost_order": 500,
                    "cost_unit": 20,
                    "orders_a_day": 2_000,
                    "covers": {"nations": ["CN"], "regions": ["330103"]},
                    "excludes": {"postcodes": [{"nation": "CN", "prefix": "3100"}]},
                },
                {
                    "code": "old-town",
                    "lat": 30.42,
                    "lng": 120.3,
                    "pickup": True,
                    "covers": {
                        "km": 5.5,
                        "polygons": [[[[120.1, 30.1], [120.4, 30.1], [120.4, 30.5], [120.1, 30.1]]]],
                    },
                },
            ]
        },
        (*NODES, "calendar.unknown", "region.unknown"),
    ),
    CommandForm(
        "set-relations",
        "SetRelations",
        network.SetRelations,
        replies.EntriesWritten,
        "adjust",
        "Set supply relations",
        "Say who is supplied by whom, and which goods come from where: 1 to 500 relations, all or none. A party or a "
        "goods that has any is served by no node but those that they lead to.",
        {
            "relations": [
                {"code": "shop-7", "from_kind": "party", "from_code": "shop-7", "to_kind": "party", "to_code": "agent"},
                {
                    "code": "agent",
                    "from_kind": "party",
                    "from_code": "agent",
                    "to_kind": "node",
                    "to_code": "harbour",
                    "priority": 1,
                    "owners": ["agent", "-"],
                    "since": "2026-01-01T00:00:00Z",
                },
            ]
        },
        (*GOODS, *NODES),
    ),
)
