"""What commands on channel stock are asked with, and what questions about it are answered with."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, Strict

from contracts.http.v1.parts import (
    MAX_LINES,
    MAX_QUANTITY,
    NONE,
    Answer,
    Body,
    Flag,
    Identifier,
    Quantity,
    Reason,
)

QuotaMode = Literal["shared", "mutex", "exclusive"]
QuotaDimension = Literal["node", "goods", "sku", "item"]
Cap = Annotated[int, Strict(), Field(ge=0, le=MAX_QUANTITY)]


class Quota(Body):
    """`channel` may sell up to `cap` of what it is `of`: a goods (with `node`, at that node), a SKU or an item.

    `shared` caps and reserves nothing; `mutex` sets aside; `exclusive` does too, and nobody else may sell the goods. At
    a node, what is set aside is carved: `cap` is left out. `goods` are those behind a SKU or item; left out, those that
    supply says.
    """

    code: Identifier
    channel: Identifier
    mode: QuotaMode
    dimension: QuotaDimension
    of: Identifier
    node: Identifier = NONE
    goods: Annotated[tuple[Identifier, ...], Field(max_length=MAX_LINES)] = ()
    cap: Cap = 0
    active: Flag = True


class SetQuotas(Body):
    """Say what channels may sell."""

    quotas: Annotated[tuple[Quota, ...], Field(min_length=1, max_length=MAX_LINES)]


class CarvedLine(Body):
    """`quantity` of the goods at the node that `quota` is of."""

    quota: Identifier
    quantity: Quantity
    owner: Identifier = NONE
    lot: Identifier = NONE


class CarveStock(Body):
    """Set stock aside for channels, at nodes."""

    lines: Annotated[tuple[CarvedLine, ...], Field(min_length=1, max_length=MAX_LINES)]
    reason: Reason = ""


class RestoreStock(Body):
    """Give back what was set aside for channels, at nodes."""

    lines: Annotated[tuple[CarvedLine, ...], Field(min_length=1, max_length=MAX_LINES)]
    reason: Reason = ""


class QuotaTold(Answer):
    """A quota as it is set now; `goods` are those behind a SKU or item."""

    code: str
    channel: str
    mode: str
    dimension: str
    of: str
    node: str
    goods: tuple[str, ...]
    cap: int
    active: bool


class QuotaStanding(Answer):
    """A quota and where it stands. `rest` can be taken now; `consumed` was taken and not given back, of it `reserved`
    and `allocated` are still held; `debt` is what it still has to take back, because its cap was lowered under it.
    """

    code: str
    channel: str
    mode: str
    dimension: str
    of: str
    node: str
    goods: tuple[str, ...]
    active: bool
    cap: int
    rest: int
    consumed: int
    reserved: int
    allocated: int
    debt: int


class QuotaPage(Answer):
    """Quotas in byte order of their codes; `after` is what to ask for the next page with, empty after the last."""

    as_of: datetime
    quotas: tuple[QuotaStanding, ...]
    after: str


class ChannelNode(Answer):
    """What a channel can be promised of a goods at one node; `aside` of it is set aside for the channel."""

    node: str
    promisable: int
    aside: int


class ChannelGoods(Answer):
    """A goods in total and by node. The nodes may share a cap: the total is then less than their sum.

    `excluded`: at these nodes, another channel alone may sell it.
    """

    goods: str
    promisable: int
    aside: int
    nodes: tuple[ChannelNode, ...]
    excluded: tuple[str, ...]


class ChannelStock(Answer):
    """What can be promised through a channel; `as_of`: the commit it is read from."""

    as_of: datetime
    channel: str
    goods: tuple[ChannelGoods, ...]
