"""The query of a URL, and an id in its path: strictly read."""

from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from domain.kernel.refusal import InvalidInput
from entrypoints.http.body import require_text

MAX_PARAMETERS = 2_048


def parameters(query: bytes, known: Collection[str], many: Collection[str] = ()) -> dict[str, Any]:
    """By name: texts, and lists of them for `many`. Raises InvalidInput for an unknown one, one given twice, and what
    is not percent-encoded UTF-8.
    """
    if not query:
        return {}
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except ValueError:
        raise InvalidInput("the query is not name=value pairs, percent-encoded UTF-8", field="query") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in known:
            raise InvalidInput(f"there is no parameter {name!r:.40}", field=name[:40], one_of=sorted(known))
        if name in many:
            found.setdefault(name, []).append(value)
        elif name in found:
            raise InvalidInput(f"{name} was given twice", field=name)
        else:
            found[name] = value
    return found


def id_in_path(segment: str) -> str:
    """An id as it was sent: routes are told the path undecoded. Raises BodyMalformed where it is not UTF-8."""
    return require_text(unquote_to_bytes(segment.encode("latin-1")), "the path")
