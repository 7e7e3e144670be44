"""Keep a seeded sample of a cosmic-ray session: `python -m bench.sample_mutants SESSION COUNT [WITHIN …]`.

`WITHIN`: packages (`domain/supply`) and files (`domain/stock/quota.py`); without any, all that the session has.
"""

import argparse
import random
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing

SEED = 20_250_101


def main(session: str, count: int, within: Sequence[str] = (), seed: int = SEED) -> None:
    with closing(sqlite3.connect(session)) as connection, connection:
        # In the order of what they change: the ids of the jobs are drawn anew for every session.
        place = "module_path, operator_name, occurrence, start_pos_row, start_pos_col"
        all_of_them = connection.execute(f"SELECT job_id, module_path FROM mutation_specs ORDER BY {place}").fetchall()
        jobs = [job for job, path in all_of_them if not within or f"{path}/".startswith(tuple(f"{w}/" for w in within))]
        if not jobs:
            raise SystemExit(f"There is nothing to change in {', '.join(within)}.")
        kept = set(random.Random(seed).sample(jobs, min(count, len(jobs))))
        dropped = [(job,) for job, _ in all_of_them if job not in kept]
        for table in ("mutation_specs", "work_results", "work_items"):
            connection.executemany(f"DELETE FROM {table} WHERE job_id = ?", dropped)
    sys.stdout.write(f"{len(kept)} of {len(jobs)} mutants, seed {seed}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("session")
    parser.add_argument("count", type=int)
    parser.add_argument("within", nargs="*")
    parser.add_argument("--seed", type=int, default=SEED)
    main(**vars(parser.parse_args()))
