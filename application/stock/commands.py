"""Every command of stock by its name: what messages, HTTP, the command line and the docs are made from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from application.stock.accept_return import AcceptReturn
from application.stock.announce_supply import AnnounceSupply
from application.stock.approve_counts import ApproveCounts
from application.stock.arrive_expected import ArriveExpected
from application.stock.carve_stock import CarveStock, RestoreStock
from application.stock.change_goods import ChangeGoods
from application.stock.change_node import ChangeNode
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.count_stock import CountStock
from application.stock.damage_reserved import DamageReserved
from application.stock.deallocate_reservation import DeallocateReservation
from application.stock.exchange_holds import ExchangeHolds
from application.stock.expire_reservation import ExpireReservation
from application.stock.extend_reservation import ExtendReservation
from application.stock.freeze_transfer import FreezeTransfer
from application.stock.hold_stock import HoldStock
from application.stock.keep_capture import KeepCapture
from application.stock.move_supply import MoveSupply
from application.stock.propose_counts import ProposeCounts
from application.stock.recall_shipment import RecallShipment
from application.stock.receive_shipment import ReceiveShipment
from application.stock.receive_stock import ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.reject_counts import RejectCounts
from application.stock.release_reservation import ReleaseReservation
from application.stock.report_sale import ReportSale
from application.stock.reserve_stock import ReserveStock
from application.stock.set_mappings import SetMappings
from application.stock.set_quotas import SetQuotas
from application.stock.set_safety_stock import SetSafetyStock
from application.stock.ship_reservation import ShipReservation
from application.stock.take_in import TakeIn
from application.stock.unhold_stock import UnholdStock
from application.stock.withdraw_supply import WithdrawSupply
from application.stock.write_off_stock import WriteOffStock

REGISTERING: Final[tuple[type[Any], ...]] = (RegisterGoods, ChangeGoods, RegisterNode, ChangeNode)
"""Handled by RegisterHandler."""

PLANNED: Final[tuple[type[Any], ...]] = (
    ReserveStock,
    ExchangeHolds,
    CountStock,
    ProposeCounts,
    ApproveCounts,
    SetQuotas,
    WithdrawSupply,
    MoveSupply,
    ArriveExpected,
)
"""Each handled by a handler of its own."""

PLAIN: Final[tuple[type[Any], ...]] = (
    ReceiveStock,
    ConfirmReservation,
    ReleaseReservation,
    DeallocateReservation,
    ExtendReservation,
    ShipReservation,
    DamageReserved,
    FreezeTransfer,
    ReceiveShipment,
    RecallShipment,
    AcceptReturn,
    HoldStock,
    UnholdStock,
    WriteOffStock,
    ReportSale,
    SetSafetyStock,
    CarveStock,
    RestoreStock,
    SetMappings,
    RejectCounts,
    AnnounceSupply,
)
"""Handled by StockHandler."""

OWN: Final[tuple[type[Any], ...]] = (ExpireReservation, TakeIn, KeepCapture)
"""The platform's own: no caller may send them."""

COMMANDS: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {command.name: command for command in (*REGISTERING, *PLANNED, *PLAIN, *OWN)}
)
"""Name → class; `name` and `reply` of each say what it is stored as and what it answers."""
