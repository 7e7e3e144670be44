"""By what a plan is better, and for whom."""

from typing import Final

from contracts.http.v1 import replies, tenancy
from contracts.http.v1.catalogue.form import CommandForm

POLICIES: Final = (
    CommandForm(
        "publish-policies",
        "PublishPolicies",
        tenancy.PublishPolicies,
        replies.EntriesWritten,
        "admin",
        "Publish policies",
        "Put 0 to 200 policies in the place of all that were published: by what a plan is better, and within what "
        "bounds, for everybody, a business line, a scenario, or both. The most specific wins, setting by setting. "
        "Where two that are equally specific say different things, nothing is published.",
        {
            "policies": [
                {
                    "name": "house",
                    "settings": {
                        "mix": [{"criterion": "least_cost"}],
                        "freight": [{"base": 450, "per_km": 1, "upto": 2_000}, {"base": 900, "per_km": 2}],
                        "split_cost": 300,
                        "suppliers": ["-", "roastery"],
                    },
                },
                {
                    "name": "wholesale",
                    "business": "wholesale",
                    "settings": {"whole_only": True, "min_shelf_days": 90, "hold_seconds": 86_400},
                },
                {
                    "name": "quick",
                    "only_named": True,
                    "settings": {
                        "mix": [{"criterion": "earliest", "weight": 10}, {"criterion": "nearest"}],
                        "substitutes": False,
                    },
                },
            ]
        },
        ("policy.conflict", "policy.impossible"),
    ),
)
