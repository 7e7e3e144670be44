"""What the demonstration found, as a table for people or as JSON."""

import json
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.table import Table

from application.reconciliation.audit_ledger import AuditReport
from domain.stock.position import POSITION
from entrypoints.demo.check import Reading
from entrypoints.demo.plan import KEPT_FROM, OPENING_WEEKS
from entrypoints.demo.tally import Tally

Value = int | float | str
Rows = list[tuple[str, Value]]
MILLISECONDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether everything held: `wrong` says what did not; `audit` is what the application's own audit reports; `beside`
    what was found of all that stands beside the ledger, `promised` what was promised of the stock that was left.
    """

    audit: AuditReport
    wrong: list[str] = field(default_factory=list)
    beside: Rows = field(default_factory=list)
    promised: Rows = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.wrong and self.audit.clean


def sections(tally: Tally, reading: Reading, verdict: Verdict) -> list[tuple[str, list[tuple[str, Value]]]]:
    """The rows under their headings: text, and a number or a word."""
    audit = verdict.audit
    refused: list[tuple[str, Value]] = [
        (f"refused, {code}", count) for code, count in sorted(({POSITION.insufficient: 0} | tally.refused).items())
    ]
    short: list[tuple[str, Value]] = [
        (f"  {kind} lines found short", tally.short_lines[kind]) for kind in ("fuel", "other")
    ]
    seconds = tally.seconds or 1.0
    return [
        (
            "shopping",
            [
                ("baskets", tally.baskets),
                ("lines", tally.lines),
                ("lines skipped (quantity 0)", tally.skipped),
                ("baskets of nothing else", tally.empty),
                ("fuel lines (thousandths of a gallon)", tally.fuel_lines),
            ],
        ),
        (
            "reservations",
            [
                ("reserved", tally.reserved),
                ("  lines served by a warehouse", tally.from_warehouse),
                ("  confirmed and shipped", tally.shipped),
                ("  released", tally.released),
                ("  expired, by their deadlines", len(reading.expired)),
                *refused,
                *short,
            ],
        ),
        (
            "deliveries",
            [
                ("receipts from suppliers", tally.receipts),
                ("transfers to stores", tally.transfers),
                ("  cut to what the warehouse had", tally.cut_transfers),
                ("units transferred", tally.transferred),
                ("  damaged on the way", tally.damaged),
                ("  lost on the way", tally.lost),
            ],
        ),
        (
            "proof",
            [
                ("oversold, by the demo's own tally", tally.oversold_units),
                ("oversold, by the ledger", reading.oversold_units),
                ("ledger prefixes checked", reading.prefixes),
                ("ledger audit", "clean" if audit.clean else f"{audit.found} differences"),
                ("  accounts", audit.accounts),
                ("  reservations", audit.reservations),
                ("  goods on shipments", audit.shipments),
                ("  events", audit.events),
            ],
        ),
        *([("beside the ledger", verdict.beside)] if verdict.beside else []),
        *([("promises, on the stock that is left", verdict.promised)] if verdict.promised else []),
        (
            "speed",
            [
                ("commands", tally.commands),
                ("reservations a second", round(tally.reserved / seconds)),
                ("movements a second", round((reading.prefixes - tally.opened) / seconds)),
                ("reserve, p50 ms", round(tally.wait(0.5) * MILLISECONDS, 1)),
                ("reserve, p99 ms", round(tally.wait(0.99) * MILLISECONDS, 1)),
            ],
        ),
    ]


def show_table(console: Console, tally: Tally, reading: Reading, verdict: Verdict) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(min_width=40)
    table.add_column(justify="right")
    for heading, rows in sections(tally, reading, verdict):
        table.add_row(f"[bold]{heading}[/bold]", "")
        for name, value in rows:
            table.add_row(f"  {name}", f"{value:,}" if isinstance(value, int | float) else value)
    console.print(table)
    for line in verdict.wrong:
        console.print(f"wrong: {line}", style="red", markup=False)
    if verdict.holds:
        console.print("Every invariant holds.", style="green")


def write_json(console: Console, tally: Tally, reading: Reading, verdict: Verdict) -> None:
    found = {
        heading: {name.strip(): value for name, value in rows} for heading, rows in sections(tally, reading, verdict)
    }
    console.out(json.dumps({**found, "wrong": verdict.wrong}, indent=2), highlight=False)


DATABASES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}


def introduction(weeks: int, stores: int, goods: int, lines: int, database: str) -> list[str]:
    """What is about to happen, and what of it is invented."""
    return [
        (
            f"Replaying {weeks} week{'s' * (weeks > 1)} of real shopping ({lines:,} lines with the weeks before, "
            f"{stores} stores, {goods:,} products) through the real application, on {DATABASES[database]}."
        ),
        (
            f"Opening stock is invented from the demand of weeks 1 to {OPENING_WEEKS}: a store keeps what it sold at "
            f"least {KEPT_FROM} of, a warehouse what its stores sold of anything, and one of the two a dozen of every "
            "product. Each week's sales are bought again, and what a store keeps is sent to it."
        ),
        (
            "A basket is reserved whole or refused whole. A line is taken at its store; where the store does not keep "
            "the product or is short, at its warehouse, then at the other. Fuel is only ever taken at the store."
        ),
        (
            "Then baskets of the last week are ordered once more, to be delivered: promised by three policies on the "
            "same stock, and reserved. The shopping has no places: stores and buyers are put at real ZIP codes of "
            "Ohio by a rule (entrypoints/demo/places.py), and costs are invented."
        ),
    ]
