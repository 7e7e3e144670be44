"""The registers of stock that people look things up in."""

from dataclasses import fields
from typing import Final

from domain.kernel.register import Register
from domain.stock.goods import GOODS, Goods
from domain.stock.node import NODE, Node

REGISTERS: Final = tuple(
    Register(name, tuple(field.name for field in fields(facts) if field.name != "code"))
    for name, facts in ((GOODS, Goods), (NODE, Node))
)
"""Goods and nodes; an entry's code is beside its facts."""
