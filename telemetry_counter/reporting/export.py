"""The daily rows of a report as CSV and as NDJSON, line by line."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

Row = Mapping[str, Any]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
CSV, NDJSON, JSON = "text/csv", "application/x-ndjson", "application/json"


def preferred_form(accept: str) -> str:
    """CSV, NDJSON or JSON, whichever the `Accept` header names first; JSON if it names none."""
    for choice in accept.lower().split(","):
        media_type = choice.partition(";")[0].strip()
        if media_type in (CSV, NDJSON, JSON):
            return media_type
        if media_type == "*/*":
            return JSON
    return JSON


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
