"""Questions as SQL: one place where conditions, words, pages, facets and sums become statements."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from adapters.fts5.tables import Tables
from application.search.documents import Field, Shape, kept_span, micros
from application.search.ports import (
    COUNTED,
    Ask,
    AskSums,
    Begins,
    By,
    Compares,
    Condition,
    Group,
    Is,
    Query,
)
from application.search.words import Wanted

LAST: Final = "\U0010ffff"


class Statement(NamedTuple):
    text: str
    values: list[Any]


def _column(field: Field) -> str:
    return f'"{field.name}"'


def _value(value: object) -> object:
    return micros(value) if isinstance(value, datetime) else value


def where(tables: Tables, tenant: str, query: Query) -> Statement:
    """The documents of the tenant that are asked for."""
    parts, values = ["tenant = ?"], [tenant]
    for condition in query.where:
        text, more = _condition(tables, condition)
        parts.append(text)
        values += more
    if query.wanted:
        parts.append(f"number IN (SELECT rowid FROM {tables.words} WHERE {tables.words} MATCH ?)")
        values.append(" AND ".join(map(_match, query.wanted)))
    return Statement(" AND ".join(parts), values)


def _match(wanted: Wanted) -> str:
    """Words hold letters, digits and marks alone: no quote can be among them."""
    return f'"{" ".join(wanted.words)}"{" *" if wanted.begins else ""}'


def _condition(tables: Tables, condition: Condition) -> Statement:
    field = condition.field
    match condition:
        case Is(values=values):
            text = f"IN ({', '.join('?' * len(values))})"
            found = [_value(each) for each in values]
        case Begins(prefix=prefix):
            # Not LIKE, which folds case and knows wildcards.
            text, found = (f"BETWEEN ? AND ? || '{LAST}'", [prefix, prefix]) if prefix else ("IS NOT NULL", [])
        case Compares(sign=sign, value=value):
            text, found = f"{sign.value} ?", [_value(value)]
    if not field.many:
        return Statement(f"{_column(field)} {text}", found)
    inner = f"SELECT document FROM {tables.many} WHERE field = ? AND value {text}"
    return Statement(f"number IN ({inner})", [field.name, *found])


def page(tables: Tables, tenant: str, ask: Ask) -> Statement:
    """The documents of a page: their columns in the tables' order, then their number."""
    meant = where(tables, tenant, ask.query)
    column, way = _column(ask.sort.field), "DESC" if ask.sort.falling else "ASC"
    text, values = meant.text, list(meant.values)
    if ask.after is not None:
        sign = "<" if ask.sort.falling else ">"
        if ask.sort.field.name == "id":
            text, values = f"{text} AND id {sign} ?", [*values, ask.after.id]
        else:
            text = f"{text} AND ({column}, id) {sign} (?, ?)"
            values = [*values, ask.after.value, ask.after.id]
    order = f"id {way}" if ask.sort.field.name == "id" else f"{column} {way}, id {way}"
    names = ", ".join(f'"{name}"' for name in tables.columns)
    return Statement(
        f"SELECT {names}, number FROM {tables.documents} WHERE {text} ORDER BY {order} LIMIT ?", [*values, ask.limit]
    )


def count(tables: Tables, tenant: str, query: Query) -> Statement:
    meant = where(tables, tenant, query)
    return Statement(
        f"SELECT count(*) FROM (SELECT 1 FROM {tables.documents} WHERE {meant.text} LIMIT {COUNTED + 1})", meant.values
    )


def facet(tables: Tables, tenant: str, query: Query, field: Field, most: int) -> Statement:
    """Values and how many documents have them, the most frequent first, then by value."""
    meant = where(tables, tenant, query)
    if field.many:
        numbers = f"SELECT number FROM {tables.documents} WHERE {meant.text}"
        source = f"{tables.many} WHERE field = ? AND document IN ({numbers})"
        column, values = "value", [field.name, *meant.values]
    else:
        column, values = _column(field), meant.values
        source = f"{tables.documents} WHERE {meant.text} AND {column} IS NOT NULL"
    text = f"SELECT {column}, count(*) AS many FROM {source} GROUP BY {column} ORDER BY many DESC, {column} LIMIT ?"
    return Statement(text, [*values, most])


def groups(tables: Tables, tenant: str, ask: AskSums) -> Statement:
    """A row a group: its values, how many, its sums."""
    meant = where(tables, tenant, ask.query)
    columns = [f'"{_by_column(each)}"' for each in ask.by]
    text = " AND ".join([meant.text, *(f"{column} IS NOT NULL" for column in columns)])
    values = list(meant.values)
    if ask.after is not None:
        text += f" AND ({', '.join(columns)}) > ({', '.join('?' * len(columns))})"
        values += ask.after
    selected = [*columns, "count(*)", *(f"coalesce(sum({_column(each)}), 0)" for each in ask.sums)]
    grouped = f" GROUP BY {', '.join(columns)} ORDER BY {', '.join(columns)}" if columns else ""
    return Statement(
        f"SELECT {', '.join(selected)} FROM {tables.documents} WHERE {text}{grouped} LIMIT ?", [*values, ask.limit]
    )


def group_of(ask: AskSums, row: Sequence[Any]) -> Group:
    dimensions = len(ask.by)
    values = tuple(
        bool(value) if by.field.shape is Shape.FLAG else value
        for by, value in zip(ask.by, row[:dimensions], strict=True)
    )
    return Group(values, row[dimensions], tuple(row[dimensions + 1 :]))


def _by_column(by: By) -> str:
    return kept_span(by.field.name, by.span) if by.span else by.field.name
