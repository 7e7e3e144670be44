"""What reconciliation is told of stock: which accounts hold goods, and which carry them from one to another."""

from typing import Final

from domain.reconciliation.totals import Supply, Transit
from domain.stock.position import POSITION, SHIPMENT

SUPPLY: Final = Supply(POSITION, per="goods")
TRANSIT: Final = Transit(carrier=SHIPMENT, receiver=POSITION, shared=("goods", "lot"))
