"""GeoJSON as rows: a feature a row, its properties the cells, its geometry one more."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from entrypoints.cli.errors import Complaint
from entrypoints.cli.files import Row, Source


def geojson_source(path: Path) -> Source:
    """The features of a file, numbered from 1. Raises Complaint."""
    try:
        said = json.loads(path.read_text(encoding="utf-8-sig"))
        features = said["features"] if said["type"] == "FeatureCollection" else [said]
        properties = [feature.get("properties") or {} for feature in features]
        columns = dict.fromkeys(name for each in properties for name, _ in each.items())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Complaint(f"{path} is no GeoJSON of features: {type(error).__name__} {error}") from None
    done = 0

    def rows() -> Iterator[Row]:
        nonlocal done
        for feature, each in zip(features, properties, strict=True):
            done += 1
            cells = {name: _cell(each.get(name)) for name in columns}
            cells["geometry"] = json.dumps(feature["geometry"]) if feature.get("geometry") else ""
            shown = {name: _shown(text) for name, text in cells.items()}
            no_text = next((name for name in cells if shown[name] != cells[name]), "")
            yield Row(done, shown, f"{no_text} holds half a character" if no_text else "")

    return Source([*columns, "geometry"], rows(), lambda: done, len(features))


def _cell(value: Any) -> str:
    """A list is what has spaces between; a code that is all digits should be a text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(_cell(each) if not isinstance(each, list) else json.dumps(each) for each in value)
    return str(value)


def _shown(text: str) -> str:
    """As it can be written: JSON may name half of a character, which is no text."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()
