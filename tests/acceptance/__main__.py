"""Run one or all: `python -m tests.acceptance [orlib] [brunel] [olist]`. Exits 1 when anything was missed."""

import sys
from collections.abc import Callable

from tests.acceptance.brunel import brunel
from tests.acceptance.data import Missing, Rules, console
from tests.acceptance.olist import olist
from tests.acceptance.orlib import orlib

SECTIONS: dict[str, Callable[[Rules], None]] = {"orlib": orlib, "brunel": brunel, "olist": olist}


def main(named: list[str]) -> int:
    missed: list[str] = []
    for name in named or SECTIONS:
        rules = Rules(name)
        try:
            SECTIONS[name](rules)
        except Missing as why:
            rules.broken.append(f"{name}: {why}")
        rules.print()
        missed += rules.broken
        console.print()
    for each in missed[:20]:
        console.print(f"[bold red]missed[/] {each}")
    console.print(f"{len(missed):,} missed" if missed else "everything holds")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
