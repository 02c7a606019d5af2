"""The daily rows of a report as CSV and as NDJSON, line by line."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

Row = Mapping[str, Any]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
CSV, NDJSON, JSON = "text/csv", "application/x-ndjson", "application/json"
FORMS = {
    CSV: CSV,
    "text/*": CSV,
    NDJSON: NDJSON,
    "application/ndjson": NDJSON,
    JSON: JSON,
    "application/*": JSON,
    "*/*": JSON,
}
"""What is answered to each media type that may be asked for."""

_QUALITY = re.compile(r"[01](?:\.[0-9]{0,3})?")


def preferred_form(accept: str) -> str:
    """CSV, NDJSON or JSON, which the `Accept` header prefers, the first of equals; JSON if it names none."""
    weighed = [(_weight(parameters), media_type.strip()) for media_type, _, parameters in _choices(accept)]
    known = [
        (weight, FORMS[media_type]) for weight, media_type in weighed if media_type in FORMS and weight > 0
    ]
    return max(known, key=lambda one: one[0], default=(0, JSON))[1]


def _choices(accept: str) -> Iterator[tuple[str, str, str]]:
    return (choice.partition(";") for choice in accept.lower().split(","))


def _weight(parameters: str) -> float:
    """Its q, as in "charset=utf-8;q=0.5"; 1 without one, and where it is no number."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q" and _QUALITY.fullmatch(value.strip()):
            return float(value)
    return 1.0


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """A header, then one line a row; nothing without a row."""
    line = io.StringIO()
    writer = csv.writer(line)
    header_is_out = False
    for row in rows:
        if not header_is_out:
            writer.writerow([guarded(name) for name in row])
            header_is_out = True
        writer.writerow([guarded(value) for value in row.values()])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def guarded(value: object) -> str:
    """A cell that a spreadsheet does not take for a formula; an empty one where nothing is known."""
    cell = "" if value is None else str(value)
    return "'" + cell if cell.startswith(FORMULA_STARTS) else cell


def ndjson_lines(rows: Iterable[Row]) -> Iterator[bytes]:
    return (orjson.dumps(row) + b"\n" for row in rows)
