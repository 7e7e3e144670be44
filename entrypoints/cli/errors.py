"""What went wrong, on one line of stderr that says what to do, and as an exit code."""

import sys
from typing import Final

from application.kernel.objects import ObjectsUnavailable
from application.kernel.ports import StoreError
from application.kernel.unanswered import Unanswered
from domain.kernel.refusal import Refusal
from entrypoints.cli.output import plain, write_json

REFUSED: Final = 1
USAGE: Final = 2
UNANSWERED: Final = 3

TO_DO: Final = {
    "request.mismatch": "choose another --request-id",
    "reservation.unknown": "check its id, or try again if its reserve may still be on its way",
    "reservation.exists": "choose another id, or look at it: entrepot stock reservation <id>",
    "reservation.cancelled": "reserve under another id",
    "reservation.state": "look at what it holds: entrepot stock reservation <id>",
    "stock.insufficient": "reserve less, name more nodes, or allow --partial",
    "stock.promised": "count again, naming who gives up: --displace <reservation>",
    "shipment.unknown": "check its id, or try again if its dispatch may still be on its way",
    "shipment.sender": "ship it from one node of one owner, under a shipment id of its own",
    "shipment.receiver": "name the node and owner that it is bound for",
    "shipment.insufficient": "look at what it still carries: entrepot stock movements --shipment <id>",
    "shipment.too_long": "dispatch what is left under another shipment id",
    "exchange.target": "name one --to GOODS@NODE for each goods of the line",
    "expected.insufficient": "wait for less, or announce more: entrepot expected announce",
    "expected.unknown": "look at what is expected: entrepot expected show <goods>",
    "expected.too_little": "take no more than is to come: entrepot expected show <goods>",
    "expected.not_arrived": "receive it first: entrepot expected arrive, or exchange its holds",
    "capacity.full": "choose another day or node: entrepot capacity show <node>",
    "account.unknown": "check its goods, node, owner and lot",
    "version.not_reached": "ask again later, or for an earlier version",
    "answer.too_large": "name fewer goods, name nodes, or ask with --detail total",
    "ledger.differs": "find out where: entrepot ledger audit --full",
    "ledger.overtaken": "see when it was last sealed: entrepot ledger show",
    "goods.exists": "change it instead: entrepot goods change <code>",
    "goods.version": "look at it again: entrepot goods show <code>",
    "node.exists": "change it instead: entrepot node change <code>",
    "node.version": "look at it again: entrepot node show <code>",
    "goods.unknown": "correct its code, or register it: entrepot goods register <code>",
    "goods.inactive": "activate it: entrepot goods change <code> --active",
    "node.unknown": "correct its code, or register it: entrepot node register <code>",
    "mapping.unknown": "say what they mean: entrepot mapping set <system> <kind> <outside> <inside>",
    "proposal.unknown": "see which there are: entrepot snapshot list",
    "proposal.decided": "look at it: entrepot snapshot list",
    "proposal.stale": "reject it: entrepot snapshot reject <proposal>; and import a newer snapshot",
    "proposal.moved": "try again, or approve fewer at once",
    "epcis.document": "send an EPCISDocument of schemaVersion 2.0 with an eventList",
    "epcis.too_large": "send it in parts; events are known by their eventID",
    "together.too_many": "send it in parts, or each event on its own",
    "key.unknown": "see which there are: entrepot key list",
    "key.expired": "make another: entrepot key create",
    "key.revoked": "make another: entrepot key create",
    "key.replaced": "rotate its successor; if nobody has that one's text, revoke it: entrepot key revoke",
    "search.off": "set ENTREPOT_SEARCH__URL",
    "search.kind": "see which there are: entrepot search find --help",
    "parked.elsewhere": "requeue in the process that runs its consumers",
    "movements.archived": "look into the files below ledger/ in the store of objects",
    "object.unknown": "check its name",
    "object.exists": "choose another name: objects never change",
    "object.too_large": "raise ENTREPOT_OBJECTS__LARGEST_BYTES",
    "object.damaged": "restore it from a copy",
    "node.inactive": "activate it: entrepot node change <code> --active",
}
"""What to do about a refusal, by its code, in the words of the command line."""


class Complaint(Exception):
    """Something the command line itself finds wrong; the message says what to do."""

    def __init__(self, message: str, *, code: str = "usage") -> None:
        super().__init__(message)
        self.code = code


def report(error: BaseException, request: str, *, as_json: bool) -> int:
    """Say it, and give the exit code."""
    match error:
        case Refusal():
            code, message, status = error.own_code, error.message, REFUSED
            hint = TO_DO.get(code, "")
        case Unanswered():
            code, message, status = error.code, _with_cause(error), UNANSWERED
            again = f"repeat the same command with --request-id {error.request}"
            hint = again if error.request else "try again a little later"
        case Complaint():
            code, message, status, hint = error.code, str(error), USAGE, ""
        case StoreError():
            code, message, status = "service.unavailable", str(error), UNANSWERED
            hint = "check ENTREPOT_DATABASE__URL and that the database can be written"
        case ObjectsUnavailable():
            code, message, status = "service.unavailable", str(error), UNANSWERED
            hint = "check ENTREPOT_OBJECTS__URL"
        case _:
            code, status = "internal.fault", UNANSWERED
            message = f"{type(error).__name__}: {error}"
            hint = "ENTREPOT_LOG__LEVEL=debug shows where"
    line = " ".join(f"error: {code}: {message}".split())
    sys.stderr.write(f"{line}; {hint}\n" if hint else f"{line}\n")
    if as_json:
        fault: dict[str, object] = {"code": code, "message": message, "request_id": request}
        if isinstance(error, Refusal):
            fault |= {"retryable": error.retryable, "facts": plain(error.facts)}
        elif isinstance(error, Unanswered):
            fault |= {"retryable": True, "retry_after": error.retry_after}
        write_json({"error": fault})
    return status


def _with_cause(error: Unanswered) -> str:
    """What it says, and what the database said: who is at the command line may be told."""
    return f"{error} ({error.__cause__})" if isinstance(error.__cause__, StoreError) else str(error)
