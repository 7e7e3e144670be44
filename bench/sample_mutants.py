"""Keep a seeded sample of a cosmic-ray session: `python -m bench.sample_mutants SESSION COUNT [SEED]`."""

import random
import sqlite3
import sys
from contextlib import closing


def main(session: str, count: int, seed: int) -> None:
    with closing(sqlite3.connect(session)) as connection, connection:
        # In the order of what they change: the ids of the jobs are drawn anew for every session.
        place = "module_path, operator_name, occurrence, start_pos_row, start_pos_col"
        jobs = [job for (job,) in connection.execute(f"SELECT job_id FROM mutation_specs ORDER BY {place}")]
        kept = set(random.Random(seed).sample(jobs, min(count, len(jobs))))
        dropped = [(job,) for job in jobs if job not in kept]
        for table in ("mutation_specs", "work_results", "work_items"):
            connection.executemany(f"DELETE FROM {table} WHERE job_id = ?", dropped)
    sys.stdout.write(f"{len(kept)} of {len(jobs)} mutants, seed {seed}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 20_250_101)
