"""Data of the events that are told: most say the same as the answer to the command that caused them."""

from collections.abc import Mapping

from contracts.http.v1.network_answers import CalendarFacts, PostcodeFacts, RegionFacts, RelationFacts, SiteFacts
from contracts.http.v1.parts import Answer
from contracts.http.v1.supply_answers import MappingTold, SkuTold


class BalancesChanged(Answer):
    """The absolute balances of one account after a transaction, in the smallest unit.

    At most one per account and transaction. A consumer that holds another version than `version_before` has missed one.
    """

    kind: str
    key: Mapping[str, str]
    version_before: int
    version: int
    available: int
    reserved: int
    allocated: int
    in_transit: int
    held: int
    floor: int


class GoodsTold(Answer):
    """A goods as it is registered now."""

    code: str
    name: str
    unit: str
    scale: int
    active: bool


class NodeTold(Answer):
    """A node as it is registered now."""

    code: str
    name: str
    type: str
    active: bool


class ItemTold(Answer):
    """A sales item as it is set now."""

    code: str
    name: str
    skus: tuple[SkuTold, ...]
    active: bool


class PoliciesTold(Answer):
    """Which policies are published: the number of the publication, and their names."""

    version: int
    policies: tuple[str, ...]


class SupplyTold(Answer):
    """All that can satisfy a SKU now."""

    sku: str
    mappings: tuple[MappingTold, ...]
    active: bool


class SiteTold(Answer):
    """A node's site as it is set now."""

    code: str
    facts: SiteFacts


class CalendarTold(Answer):
    """A calendar as it is set now."""

    code: str
    facts: CalendarFacts


class RegionTold(Answer):
    """A region as it is set now."""

    code: str
    facts: RegionFacts


class PostcodeTold(Answer):
    """Where postcodes are now; `code`: nation and beginning, `US/902`."""

    code: str
    facts: PostcodeFacts


class RelationTold(Answer):
    """A supply relation as it is set now."""

    code: str
    facts: RelationFacts
