"""How lines, parts and durations are written on the command line."""

import re
from datetime import timedelta
from typing import Final, NamedTuple

from domain.kernel.reservation import Pick
from entrypoints.cli.errors import Complaint

UNITS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

TRUE: Final = ("true", "yes", "1")
FALSE: Final = ("false", "no", "0")

LINES_HELP: Final = "GOODS=QUANTITY@NODE, quantity in the smallest unit; several are one command."
PICKS_HELP: Final = "Only a part: LINE, LINE=QUANTITY or LINE=QUANTITY@LEG; may be given again."


class Written(NamedTuple):
    """A line as it was written."""

    goods: str
    quantity: int
    nodes: tuple[str, ...]

    @property
    def node(self) -> str:
        """The one node. Raises Complaint where several are named."""
        if len(self.nodes) != 1:
            raise Complaint(f"{self.goods}: this command takes one node a line, not {','.join(self.nodes)}")
        return self.nodes[0]


def line(text: str) -> Written:
    """`GOODS=QUANTITY@NODE[,NODE…]`: read from the right, so that a code may hold = and @."""
    rest, at, nodes = text.rpartition("@")
    goods, equals, quantity = rest.rpartition("=")
    if not (at and equals and goods and nodes):
        raise Complaint(f"cannot read the line {text!r}: write GOODS=QUANTITY@NODE")
    return Written(goods, whole(quantity, text), tuple(nodes.split(",")))


def lines(texts: list[str]) -> list[Written]:
    return [line(each) for each in texts]


def goods_quantity(text: str) -> tuple[str, int]:
    """`GOODS=QUANTITY`."""
    goods, equals, quantity = text.rpartition("=")
    if not equals or not goods:
        raise Complaint(f"cannot read {text!r}: write GOODS=QUANTITY")
    return goods, whole(quantity, text)


def goods_at(text: str) -> tuple[str, str]:
    """`GOODS@NODE`."""
    goods, at, node = text.rpartition("@")
    if not (at and goods and node):
        raise Complaint(f"cannot read {text!r}: write GOODS@NODE")
    return goods, node


def picks(texts: list[str] | None) -> tuple[Pick, ...]:
    """`LINE`, `LINE=QUANTITY` or `LINE=QUANTITY@LEG`, each a part of a reservation."""
    found = []
    for text in texts or ():
        name, equals, rest = text.rpartition("=")
        if not equals:
            found.append(Pick(text))
            continue
        quantity, at, leg = rest.partition("@")
        found.append(Pick(name, whole(quantity, text), whole(leg, text) if at else None))
    return tuple(found)


def truth(text: str, within: str) -> bool:
    """Raises Complaint for what is neither."""
    if text.lower() not in TRUE + FALSE:
        raise Complaint(f"{within} is {text!r}: write true or false")
    return text.lower() in TRUE


def whole(text: str, within: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise Complaint(f"cannot read {within!r}: {text!r} is not a whole number")
    return int(text)


def number(text: str, within: str) -> float | None:
    """None where nothing is written. Raises Complaint for what is no decimal number."""
    if not text:
        return None
    if not re.fullmatch(r"-?[0-9]{1,6}(\.[0-9]{1,18})?", text):
        raise Complaint(f"cannot read {within!r}: {text!r} is not a number")
    return float(text)


def duration(text: str) -> timedelta:
    """`90s`, `30m`, `2h`, `1d`; a bare number is seconds."""
    found = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text)
    if found is None:
        raise Complaint(f"cannot read the duration {text!r}: write 90s, 30m, 2h or 1d")
    return timedelta(seconds=int(found[1]) * UNITS[found[2] or "s"])
