"""Tables in files: rows read from CSV and Parquet with their numbers, records written as CSV, Parquet, JSON lines."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import IO, Any, Final, NamedTuple

from entrypoints.cli.errors import Complaint
from entrypoints.cli.output import to_json

CELL_BYTES: Final = 1 << 20
TOO_LONG: Final = "field larger than field limit"
"""What the reader of CSV says of a cell beyond CELL_BYTES."""
PARQUET_ROWS: Final = 10_000
PARQUET_RECORDS: Final = 64
"""Rows read at once, and made into records at once: a cell may have a mebibyte."""
FORMATS: Final = ("csv", "parquet", "jsonl")
MOST_NAMED: Final = 10
LONGEST_NAMED: Final = 40
"""Of columns that are unknown: what is no table has one that goes on and on."""
BY_NAME: Final = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl", ".geojson": "geojson"}


class Row(NamedTuple):
    """One row: where it stands (the line it begins on; in Parquet its number from 1), what is in it, what ails it."""

    line: int
    cells: Mapping[str, str]
    fault: str = ""


class Source(NamedTuple):
    """An open file: its columns, its rows, and how far it was read, of how much."""

    columns: Sequence[str]
    rows: Iterator[Row]
    done: Callable[[], int]
    total: int


def format_of(path: Path, chosen: str = "", formats: Sequence[str] = FORMATS) -> str:
    """One of the formats: the one chosen, or by the file's name. Raises Complaint."""
    found = chosen or BY_NAME.get(path.suffix.lower(), "")
    if found not in formats:
        raise Complaint(f"cannot tell the format of {path}: give --format {'|'.join(formats)}")
    return found


def check_columns(
    file: Path, columns: Sequence[str], required: Sequence[str], optional: Sequence[str], also: Sequence[str] = ()
) -> None:
    """Raises Complaint unless the file has what is required, and each column once; `also` may be there, unnamed."""
    missing = [name for name in required if name not in columns]
    unknown = [name for name in columns if name not in (*required, *optional, *also)]
    twice = sorted({name for name in columns if list(columns).count(name) > 1})
    if missing or unknown or twice:
        faults = [
            f"{what} {', '.join(_named(name) for name in names[:MOST_NAMED])}{' …' if names[MOST_NAMED:] else ''}"
            for what, names in (("lacks", missing), ("has unknown", unknown), ("has twice", twice))
            if names
        ]
        known = ", ".join((*required, *(f"[{name}]" for name in optional)))
        raise Complaint(f"{file} {' and '.join(faults)}: its columns are {known}")


def _named(column: str) -> str:
    return repr(column) if len(column) <= LONGEST_NAMED else f"{column[:LONGEST_NAMED]!r}…"


@contextmanager
def reading(path: Path, format: str) -> Iterator[Source]:
    """The rows of a CSV (UTF-8, with a header) or Parquet file. Raises Complaint for a file that cannot be read."""
    try:
        if format == "parquet":
            yield _parquet_source(path)
        elif format == "csv":
            with path.open("rb") as file:
                yield _csv_source(path, file)
        else:
            raise Complaint("only CSV and Parquet can be read: give --format csv or parquet")
    except OSError as error:
        raise Complaint(f"cannot read {path}: {error.strerror or error}") from None


def _csv_source(path: Path, file: IO[bytes]) -> Source:
    # What is not UTF-8 comes as lone surrogates, which the domain refuses: a bad row, not a bad file.
    text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
    csv.field_size_limit(CELL_BYTES)
    reader = csv.reader(text, strict=True)
    columns = next(_lines(reader), None)
    if not columns:
        raise Complaint(f"{path} is empty: its first line must name the columns")
    if isinstance(columns, str):
        raise Complaint(f"cannot read {path}: its first line must name the columns ({columns})")
    names = [name.strip() for name in columns]

    def rows() -> Iterator[Row]:
        before = reader.line_num
        for cells in _lines(reader):
            line, before = before + 1, reader.line_num
            if not cells:
                continue
            if isinstance(cells, str) and TOO_LONG in cells:
                # Where the cell ends is not known: what comes next may stand inside of it, and look like rows.
                yield Row(line, {}, f"{cells}: nothing from line {line} on was read")
                return
            if isinstance(cells, str):
                # What it went through before it gave up is in no row: an open quote goes on over the lines below it.
                unread = f": lines {line} to {before} were not read" if before > line else ""
                yield Row(line, {}, cells + unread)
                continue
            fault = "" if len(cells) == len(columns) else f"{len(cells)} cells under {len(columns)} columns"
            yield Row(line, dict(zip(names, cells, strict=False)), fault)

    def done() -> int:
        # The wrapper closes the file when it is forgotten: it is kept as long as someone may ask.
        return path.stat().st_size if text.closed else file.tell()

    return Source(names, rows(), done, path.stat().st_size)


def _lines(reader: Any) -> Iterator[Any]:
    """The rows of a CSV reader; for one that it cannot read, what is wrong with it."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield str(error)


def _parquet_source(path: Path) -> Source:
    pq = _parquet()
    import pyarrow as pa

    try:
        texts = [field.name for field in pq.read_schema(path) if _is_text(field.type)]
        # Each text once, however many rows have it: a file of a few kilobytes may say a megabyte a million times.
        file = pq.ParquetFile(path, read_dictionary=texts)
    except pa.ArrowInvalid as error:
        raise Complaint(f"{path} is not a Parquet file: {error}") from None
    nested = [field.name for field in file.schema_arrow if pa.types.is_nested(field.type)]
    if nested:
        raise Complaint(f"{path}: {', '.join(nested)} holds lists or records: write one value in each cell")
    done = 0

    def rows() -> Iterator[Row]:
        nonlocal done
        try:
            for batch in file.iter_batches(PARQUET_ROWS):
                _require_small(path, batch)
                for start in range(0, batch.num_rows, PARQUET_RECORDS):
                    for record in batch.slice(start, PARQUET_RECORDS).to_pylist():
                        done += 1
                        yield Row(done, {name: _cell(value) for name, value in record.items()})
        except (OSError, pa.ArrowException) as error:
            raise Complaint(f"cannot read {path} beyond row {done}: {error}") from None

    return Source(list(file.schema_arrow.names), rows(), lambda: done, file.metadata.num_rows)


def _is_text(type: Any) -> bool:
    import pyarrow as pa

    return any(each(type) for each in (pa.types.is_string, pa.types.is_binary))


def _require_small(path: Path, batch: Any) -> None:
    """Raises Complaint for a text that a CSV file could not have either."""
    import pyarrow as pa
    from pyarrow import compute

    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        texts = column.dictionary if pa.types.is_dictionary(column.type) else column
        if _is_text(texts.type) and (compute.max(compute.binary_length(texts)).as_py() or 0) > CELL_BYTES:
            raise Complaint(f"{path}: {name} has a cell of more than {CELL_BYTES} bytes")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bytes):  # text that was not declared to be one; what is none is refused like a CSV's
        return value.decode("utf-8", "surrogateescape")
    return str(value)


def _parquet() -> Any:
    try:
        from pyarrow import parquet
    except ImportError:
        raise Complaint("Parquet needs pyarrow: install entrepot[parquet], or use CSV") from None
    return parquet


# -- writing ----------------------------------------------------------------------------------------------------------

Write = Callable[[Sequence[Mapping[str, Any]]], None]


@contextmanager
def writing(path: Path | None, format: str, columns: Mapping[str, type]) -> Iterator[Write]:
    """A function that appends records with these columns (text, int or bool). Without a path: to stdout.

    A file appears whole or not at all: it is written beside its place and then moved there.
    """
    if path is None:
        import sys

        with _writer(sys.stdout.buffer, format, columns) as write:
            yield write
        sys.stdout.flush()
        return
    beside = path.with_name(f"{path.name}.{token_hex(4)}.part")  # another run may be writing one of the same name
    try:
        with beside.open("wb") as file, _writer(file, format, columns) as write:
            yield write
        beside.replace(path)
    except OSError as error:
        raise Complaint(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _writer(file: IO[bytes], format: str, columns: Mapping[str, type]) -> Iterator[Write]:
    if format == "parquet":
        with _parquet_writer(file, columns) as write:
            yield write
        return
    text = io.TextIOWrapper(file, "utf-8", errors="surrogateescape", newline="")
    rows = csv.writer(text, lineterminator="\n")
    if format == "csv":
        rows.writerow(columns)

    def append(records: Sequence[Mapping[str, Any]]) -> None:
        if format == "csv":
            rows.writerows([_shown(record[name]) for name in columns] for record in records)
        else:
            text.writelines(to_json({name: record[name] for name in columns}) + "\n" for record in records)

    try:
        yield append
        text.flush()
    finally:
        text.detach()


@contextmanager
def _parquet_writer(file: IO[bytes], columns: Mapping[str, type]) -> Iterator[Write]:
    parquet = _parquet()
    import pyarrow as pa

    types = {str: pa.string(), int: pa.int64(), bool: pa.bool_()}
    schema = pa.schema([(name, types[type]) for name, type in columns.items()])
    with parquet.ParquetWriter(file, schema) as writer:

        def append(records: Sequence[Mapping[str, Any]]) -> None:
            if records:
                writer.write_table(pa.Table.from_pylist([{n: r[n] for n in columns} for r in records], schema))

        yield append


def _shown(value: object) -> object:
    return ("true" if value else "false") if isinstance(value, bool) else value
