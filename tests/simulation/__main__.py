"""`python -m tests.simulation --seeds 200 [--first 0] [--storage memory|sqlite]`"""

import argparse
import sys
from collections import Counter

from tests.simulation.history import drawn
from tests.simulation.simulate import STORAGES, explain, play


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--storage", choices=STORAGES, help="only this storage")
    asked = parser.parse_args()
    failures, crashes, accepted, runs = 0, Counter[str](), 0, 0
    for seed in range(asked.first, asked.first + asked.seeds):
        steps = drawn(seed)
        for storage in (asked.storage,) if asked.storage else STORAGES:
            ran = play(storage, seed, steps)
            runs += 1
            accepted += ran.accepted
            crashes.update(ran.crashes)
            if ran.problems:
                failures += 1
                sys.stdout.write(explain(storage, seed, steps) + "\n\n")
    named = ", ".join(f"{name} {times}" for name, times in sorted(crashes.items()))
    sys.stdout.write(f"{runs} runs, {failures} failed; {accepted} commands accepted; crashes: {named or 'none'}\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
