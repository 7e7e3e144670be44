"""A sample of mutants is of what was asked for, and the same whenever it is drawn."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bench.sample_mutants import main

FILES = ("domain/stock/quota.py", "domain/stock/count.py", "domain/supply/item.py")


def sampled(folder: Path, name: str, count: int, *within: str) -> list[str]:
    """What is left of ten mutants of each file, each with an id of this session's own."""
    session = folder / name
    with closing(sqlite3.connect(session)) as connection, connection:
        columns = "job_id, module_path, operator_name, occurrence, start_pos_row, start_pos_col"
        connection.execute(f"CREATE TABLE mutation_specs ({columns})")
        for table in ("work_results", "work_items"):
            connection.execute(f"CREATE TABLE {table} (job_id)")
        rows = [(f"{name} {n} {path}", path, "op", n, n, 0) for path in FILES for n in range(10)]
        connection.executemany("INSERT INTO mutation_specs VALUES (?, ?, ?, ?, ?, ?)", rows)
    main(str(session), count, within)
    with closing(sqlite3.connect(session)) as connection:
        return [
            f"{path}:{row}" for path, row in connection.execute("SELECT module_path, occurrence FROM mutation_specs")
        ]


def test_the_same_sample_is_drawn_again_of_any_session(tmp_path: Path) -> None:
    assert sampled(tmp_path, "one", 7) == sampled(tmp_path, "other", 7)
    assert len(sampled(tmp_path, "third", 7)) == 7


def test_only_what_was_asked_for_is_sampled(tmp_path: Path) -> None:
    assert {each.split(":")[0] for each in sampled(tmp_path, "package", 99, "domain/stock")} == {*FILES[:2]}
    assert {each.split(":")[0] for each in sampled(tmp_path, "file", 99, FILES[0], "domain/supply")} == {
        FILES[0],
        FILES[2],
    }


def test_what_is_not_there_cannot_be_sampled(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="domain/sto"):
        sampled(tmp_path, "nothing", 9, "domain/sto")
