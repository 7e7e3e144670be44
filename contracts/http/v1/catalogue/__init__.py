"""Every command a caller may send: its name on the wire, what it takes and answers, who may send it, an example.

The examples tell one story: sent in this order to a tenant that has nothing yet, every one of them is accepted.

One module a context; `form.py` says what a row is.
"""

from typing import Final

from contracts.http.v1.catalogue.expected import EXPECTED
from contracts.http.v1.catalogue.form import GOODS, KNOWN, LARGE, LIMITED, NODES, SHORT, CommandForm, Scope
from contracts.http.v1.catalogue.network import NETWORK
from contracts.http.v1.catalogue.promises import PROMISES
from contracts.http.v1.catalogue.quotas import QUOTAS
from contracts.http.v1.catalogue.registers import REGISTERS
from contracts.http.v1.catalogue.reservations import RESERVATIONS
from contracts.http.v1.catalogue.shipments import SHIPMENTS
from contracts.http.v1.catalogue.stock import STOCK
from contracts.http.v1.catalogue.supply import SUPPLY
from contracts.http.v1.catalogue.tenancy import POLICIES

__all__ = [
    "COMMANDS",
    "EXPECTED",
    "GOODS",
    "KNOWN",
    "LARGE",
    "LIMITED",
    "NETWORK",
    "NODES",
    "POLICIES",
    "PROMISES",
    "QUOTAS",
    "REGISTERS",
    "RESERVATIONS",
    "SHIPMENTS",
    "SHORT",
    "STOCK",
    "SUPPLY",
    "CommandForm",
    "Scope",
]

COMMANDS: Final = (
    *REGISTERS,
    *SUPPLY,
    *NETWORK,
    *POLICIES,
    *STOCK,
    *QUOTAS,
    *RESERVATIONS,
    *SHIPMENTS,
    *PROMISES,
    *EXPECTED,
)
"""One row a command, in the order of the story."""
