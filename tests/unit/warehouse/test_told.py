"""What is set of the network is told, once, in the form that is published."""

from typing import Any

from application.warehouse.set_calendars import SetCalendars
from application.warehouse.set_postcodes import SetPostcodes
from application.warehouse.set_regions import SetRegions
from application.warehouse.set_relations import SetRelations
from application.warehouse.set_sites import SetSites
from contracts.events.v1.catalogue import EVENTS
from domain.warehouse.region import Postcode
from domain.warehouse.relation import Relation
from tests.unit.stock.desk import CODEC, Desk
from tests.unit.warehouse.networks import OFFICE
from tests.unit.warehouse.test_entering import FULL, HANGZHOU, ZHEJIANG

FORMS = {form.name: form for form in EVENTS}


def test_what_is_set_is_told_once_with_all_that_is_kept_of_it() -> None:
    at = Desk()
    sets: list[Any] = [
        SetRegions((ZHEJIANG, HANGZHOU)),
        SetCalendars((OFFICE,)),
        SetPostcodes((Postcode("CN", "31", "33"),)),
        SetRelations((Relation("r", "party", "shop", "node", "N"),)),
        SetSites((FULL,)),
    ]
    for command in (*sets, *sets):
        at.do(command)
    assert at.told() == [
        ("RegionSet", "region:33", 1),
        ("RegionSet", "region:3301", 1),
        ("CalendarSet", "calendar:office", 1),
        ("PostcodeSet", "postcode:CN/31", 1),
        ("RelationSet", "relation:r", 1),
        ("SiteSet", "site:N", 1),
    ]
    for event in at.events:
        form, said = FORMS[event.type], CODEC.encode(event.data)
        assert form.of == event.subject.partition(":")[0]
        read = form.data.model_validate_json(said).model_dump_json(exclude_unset=True)
        assert CODEC.decode(read.encode(), dict) == CODEC.decode(said, dict)
