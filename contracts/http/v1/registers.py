"""What commands on the registers of goods and nodes are asked with."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.http.v1.parts import (
    MAX_LINES,
    Body,
    ExpectedVersion,
    Flag,
    Identifier,
    MappingUnits,
    Name,
    OutsideName,
    Scale,
    SystemName,
    UnitName,
    UnitOfMeasure,
)

NodeType = Literal["warehouse", "store", "virtual"]
MappingKind = Literal["goods", "node", "owner"]


class Goods(Body):
    """One goods. Its quantities are whole numbers of 10**-scale of its unit: 1,500 of scale 3 in `kg` are 1.5 kg.

    The scale is fixed once registered.
    """

    code: Identifier
    name: Name
    unit: UnitName = "piece"
    scale: Scale = 0
    active: Flag = True


class RegisterGoods(Body):
    """Enter new goods."""

    goods: Annotated[tuple[Goods, ...], Field(min_length=1, max_length=MAX_LINES)]


class GoodsChange(Body):
    """What to change of one goods; null leaves a thing as it is.

    With `version` (not 0) the change is only made to that version.
    """

    code: Identifier
    name: Name | None = None
    unit: UnitName | None = None
    active: Flag | None = None
    version: ExpectedVersion = 0


class ChangeGoods(Body):
    """Change registered goods."""

    changes: Annotated[tuple[GoodsChange, ...], Field(min_length=1, max_length=MAX_LINES)]


class Node(Body):
    """One place that holds stock."""

    code: Identifier
    name: Name
    type: NodeType = "warehouse"
    active: Flag = True


class RegisterNode(Body):
    """Enter new nodes."""

    nodes: Annotated[tuple[Node, ...], Field(min_length=1, max_length=MAX_LINES)]


class NodeChange(Body):
    """What to change of one node; null leaves a thing as it is.

    With `version` (not 0) the change is only made to that version.
    """

    code: Identifier
    name: Name | None = None
    type: NodeType | None = None
    active: Flag | None = None
    version: ExpectedVersion = 0


class ChangeNode(Body):
    """Change registered nodes."""

    changes: Annotated[tuple[NodeChange, ...], Field(min_length=1, max_length=MAX_LINES)]


class Mapping(Body):
    """`outside`, a name that `system` uses, means `inside`: a goods, a node (or `-`, none of ours) or an owner.

    One of the outside's `uom` (empty: one item) is `units` of the smallest unit of the goods.
    """

    system: SystemName
    kind: MappingKind
    outside: OutsideName
    inside: Identifier
    units: MappingUnits = 1
    uom: UnitOfMeasure = ""
    active: Flag = True


class SetMappings(Body):
    """Say what names of outside systems mean here."""

    mappings: Annotated[tuple[Mapping, ...], Field(min_length=1, max_length=MAX_LINES)]
