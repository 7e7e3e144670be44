"""Conditions as callers write them: `node:N1`, `code^A-`, `quantity>=10`, `at>=2026-03-01T00:00:00Z`."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from application.search.documents import SPANS, DocumentKind, Field, Shape, Value
from application.search.ports import Begins, By, Compares, Condition, Is, Query, Sign, Sort
from application.search.words import MOST_WANTED, Wanted, wanted
from domain.kernel.quantity import MAX_BALANCE, text
from domain.kernel.refusal import InvalidInput

MAX_CONDITIONS: Final = 20
MAX_VALUES: Final = 100
"""Most values of one field that any one of may be."""

MAX_WORDS: Final = 200
MAX_CONDITION: Final = 1_200
WRITTEN: Final = re.compile(r"([a-z_]{1,40})(:|\^|>=|<=|>|<)(.*)", re.DOTALL)
FORM: Final = "a condition is a field, one of : ^ >= <= > <, and a value: node:N1, code^A-, quantity>=10"


def query(kind: DocumentKind, words: str, where: Iterable[str]) -> Query:
    """Conditions on the same field with `:` are alternatives, all others hold together. Raises InvalidInput."""
    said = tuple(where)
    if len(said) > MAX_CONDITIONS + MAX_VALUES:
        raise InvalidInput(f"at most {MAX_CONDITIONS + MAX_VALUES} conditions", field="where", most=MAX_CONDITIONS)
    found: dict[object, Condition] = {}
    for each in said:
        condition = _condition(kind, each)
        known = found.get(condition.field.name) if isinstance(condition, Is) else None
        if isinstance(condition, Is) and isinstance(known, Is):
            condition = Is(condition.field, tuple(dict.fromkeys((*known.values, *condition.values))))
            if len(condition.values) > MAX_VALUES:
                raise InvalidInput(f"at most {MAX_VALUES} values of a field", field="where", most=MAX_VALUES)
        found[condition.field.name if isinstance(condition, Is) else condition] = condition
    if len(found) > MAX_CONDITIONS:
        raise InvalidInput(f"at most {MAX_CONDITIONS} conditions", field="where", most=MAX_CONDITIONS)
    return Query(kind, tuple(found.values()), _wanted(words))


def _wanted(words: str) -> tuple[Wanted, ...]:
    if not words:
        return ()
    asked = wanted(text(words, "q", most=MAX_WORDS))
    if not asked:
        raise InvalidInput("there is no word in what is looked for", field="q")
    if len(asked) > MOST_WANTED:
        raise InvalidInput(f"at most {MOST_WANTED} words", field="q", most=MOST_WANTED)
    return asked


def field_of(kind: DocumentKind, name: str, parameter: str) -> Field:
    """Raises InvalidInput."""
    found = kind.by_name.get(name)
    if found is None:
        raise InvalidInput(f"{kind.name} have no field {name!r:.60}", field=parameter, one_of=sorted(kind.by_name))
    return found


def _condition(kind: DocumentKind, said: str) -> Condition:
    parts = WRITTEN.fullmatch(text(said, "where", most=MAX_CONDITION))
    if parts is None:
        raise InvalidInput(FORM, field="where")
    name, sign, value = parts.groups()
    field = field_of(kind, name, "where")
    if sign == ":":
        return Is(field, (_value(field, value),))
    if sign == "^":
        if field.shape is not Shape.KEYWORD:
            raise InvalidInput(f"{name} is no text that could begin with something", field="where")
        return Begins(field, value)
    read = _value(field, value)
    if field.shape not in (Shape.WHOLE, Shape.TIME) or isinstance(read, str):
        raise InvalidInput(f"{name} is neither a number nor a time", field="where")
    return Compares(field, Sign(sign), read)


def _value(field: Field, said: str) -> Value:
    match field.shape:
        case Shape.KEYWORD:
            return said
        case Shape.FLAG if said in ("true", "false"):
            return said == "true"
        case Shape.FLAG:
            raise InvalidInput(f"{field.name} is true or false", field="where")
        case Shape.WHOLE:
            if not re.fullmatch("-?[0-9]{1,16}", said) or not -MAX_BALANCE <= int(said) <= MAX_BALANCE:
                raise InvalidInput(f"{field.name} is a whole number", field="where")
            return int(said)
    return _time(field, said)


def _time(field: Field, said: str) -> datetime:
    try:
        at = datetime.fromisoformat(said) if len(said) >= len("2026-01-01T00:00Z") else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1970 <= at.year <= 9_000:
        raise InvalidInput(f"{field.name} is a time with its zone: 2026-03-01T12:00:00Z", field="where")
    return at.astimezone(UTC)


def sort_of(kind: DocumentKind, said: str) -> Sort:
    """`at`, or falling `-at`; empty: as the kind says. Raises InvalidInput."""
    said = said or kind.sorted_by
    name = said.removeprefix("-")
    found = kind.by_name.get(name)
    if found is None or not found.sort:
        able = sorted(each.name for each in kind.columns if each.sort)
        raise InvalidInput(f"{kind.name} cannot be sorted by {name!r:.60}", field="sort", one_of=able)
    return Sort(found, said != name)


def by_of(kind: DocumentKind, said: str) -> By:
    """`goods`, `at.day`. Raises InvalidInput."""
    name, _, span = said.partition(".")
    field = field_of(kind, name, "by")
    if (field.shape is Shape.TIME) != (span in SPANS) or (span and span not in SPANS):
        one_of = [f"{name}.{each}" for each in SPANS] if field.shape is Shape.TIME else [name]
        raise InvalidInput(f"group by {' or '.join(one_of)}", field="by", one_of=one_of)
    if field.many:
        raise InvalidInput(f"{name} has several values: sums by it would count a document twice", field="by")
    return By(field, span)


def facet_of(kind: DocumentKind, said: str) -> Field:
    """A field whose values are few and said in words. Raises InvalidInput."""
    field = field_of(kind, said, "facet")
    if field.shape not in (Shape.KEYWORD, Shape.FLAG) or field.name == "id":
        raise InvalidInput(f"{said} has no values to count: choose a keyword", field="facet")
    return field


def sum_of(kind: DocumentKind, said: str) -> Field:
    """Raises InvalidInput."""
    field = field_of(kind, said, "sum")
    if field.shape is not Shape.WHOLE or field.name == "version":
        raise InvalidInput(f"{said} is no quantity", field="sum")
    return field
