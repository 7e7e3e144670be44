"""What an event says of goods, places and parties, read out of its members."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, Final

from adapters.acl.epcis.keys import GLN, GTIN, PARTY, Key, key_of
from adapters.acl.epcis.refusals import EventIncomplete, EventMalformed
from adapters.acl.epcis.vocabulary import word

ONE: Final = Decimal(1)
MOST: Final = Decimal(10**15)
LEAST: Final = Decimal("1e-9")
DIGITS: Final = 40
EXACT: Final = Context(prec=100)
"""For quantities, which have at most DIGITS digits: nothing is rounded to a whole number that is none."""
MAX_LISTED: Final = 5_000
"""Most identifiers and quantities of one event."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much there is of a trade item: `quantity` of `uom`, or so many items where that is empty."""

    key: Key
    quantity: Decimal
    uom: str = ""


def text(members: dict[str, Any], name: str) -> str:
    """A member that is text, "" where it is not there. Raises EventMalformed."""
    value = members.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise EventMalformed(f"{name} is text", field=name)
    return value


def listed(members: dict[str, Any], name: str) -> list[Any]:
    """A member that is a list. Raises EventMalformed."""
    value = members.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MAX_LISTED:
        raise EventMalformed(f"{name} is a list of at most {MAX_LISTED}", field=name)
    return value


def amounts(members: dict[str, Any], instances: str, classes: str) -> Iterator[Amount]:
    """What the lists of instances and of quantities say, one by one. Raises EventMalformed, EventIncomplete,
    KeyMalformed.
    """
    seen: set[tuple[str, str]] = set()  # whether it is written as a URN or as a link
    for each in listed(members, instances):
        key = _item(each, instances)
        if not key.serial:
            raise EventMalformed(f"{each[:120]!r} is a class, and {instances} lists instances", field=instances)
        if (key.key, key.serial) in seen:
            raise EventMalformed(f"{instances} names {each[:120]!r} twice", field=instances)
        seen.add((key.key, key.serial))
        yield Amount(key, ONE)
    for each in listed(members, classes):
        yield _quantity(each, classes)


def _item(value: Any, field: str) -> Key:
    if not isinstance(value, str):
        raise EventMalformed(f"{field} is a list of identifiers", field=field)
    key = key_of(value)
    if key.kind != GTIN:
        raise EventIncomplete(
            f"{value[:120]!r} says nothing of the goods: only trade items (GTIN) are counted",
            lacks="goods",
            identifier=value[:120],
        )
    return key


def _quantity(value: Any, field: str) -> Amount:
    if not isinstance(value, dict):
        raise EventMalformed(f"{field} is a list of quantities", field=field)
    key, quantity = _item(value.get("epcClass"), field), value.get("quantity")
    if key.serial:
        raise EventMalformed(f"{key.name} with a serial number is one item, and {field} lists classes", field=field)
    if quantity is None:
        raise EventIncomplete(f"{key.name} comes without a quantity", lacks="quantity", identifier=key.name)
    if isinstance(quantity, bool) or not isinstance(quantity, int | Decimal):
        raise EventMalformed(f"the quantity of {key.name} is a number", field=field)
    number = Decimal(quantity)
    if not (number.is_finite() and LEAST <= number <= MOST and len(number.as_tuple().digits) <= DIGITS):
        raise EventMalformed(f"the quantity of {key.name} is out of bounds", field=field)
    return Amount(key, number, text(value, "uom"))


def place(members: dict[str, Any], name: str) -> Key | None:
    """The place of `bizLocation` or `readPoint`. Raises EventMalformed, KeyMalformed."""
    value = members.get(name)
    if value is None:
        return None
    said = value.get("id") if isinstance(value, dict) else value
    if not isinstance(said, str):
        raise EventMalformed(f"{name} has an id", field=name)
    return _place(said, name)


def ends(members: dict[str, Any], name: str, member: str, kind: str) -> Key | None:
    """The first source or destination of this kind: `location`, `owning_party`. Raises EventMalformed, KeyMalformed."""
    for each in listed(members, name):
        if not isinstance(each, dict) or not isinstance(each.get(member), str):
            raise EventMalformed(f"{name} is a list of types with a {member}", field=name)
        if word(text(each, "type")) == kind:
            return _place(each[member], name)
    return None


def _place(said: str, field: str) -> Key:
    key = key_of(said)
    if key.kind not in (GLN, PARTY):
        raise EventMalformed(f"{said[:120]!r} is no place and no party", field=field)
    return key


def transactions(members: dict[str, Any], kind: str = "") -> Iterator[str]:
    """The business transactions, of one type where that is named. Raises EventMalformed."""
    for each in listed(members, "bizTransactionList"):
        if not isinstance(each, dict) or not isinstance(each.get("bizTransaction"), str):
            raise EventMalformed("bizTransactionList is a list of business transactions", field="bizTransactionList")
        if not kind or word(text(each, "type")) == kind:
            yield each["bizTransaction"]
