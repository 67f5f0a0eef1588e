"""One table as a CSV file in UTF-8: commas between cells, points in decimals.

A text that a spreadsheet would take for a formula is written behind an apostrophe, and read back without it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from itertools import repeat
from pathlib import Path

import pandas as pd

from data.formats.limits import MOST_BYTES, MOST_ROWS, MOST_SHOWN, size_text
from data.formats.raw import cells_frame
from data.problems import Problem
from data.tables import Kind, Table

LIVE = re.compile(r"'*[=+\-@\t\r＝＋－＠]")  # how a cell begins that a spreadsheet would calculate, guarded or not


def guarded(text: str) -> str:
    """Return the text as a cell that no spreadsheet calculates: behind an apostrophe where it looks like a formula."""
    return f"'{text}" if LIVE.match(text) else text


def unguarded(cell: str) -> str:
    """Return the text of a cell that `guarded` has written."""
    return cell[1:] if cell[:1] == "'" and LIVE.match(cell) else cell


def read_csv(path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the cells of a CSV file as text, and what keeps it from being one: encoding, separator, ragged rows."""
    name = path.stem
    if path.stat().st_size > MOST_BYTES:
        found, mend = size_text(path.stat().st_size), f"keep it below {size_text(MOST_BYTES)}, or use Parquet"
        return pd.DataFrame(), [Problem(name, None, "", found, "the file is too large", mend)]
    raw, mend = path.read_bytes(), "save the file as CSV in UTF-8"
    try:
        text, odd = raw.decode("utf-8-sig"), raw.find(b"\0")  # no text has a zero byte, a program's file has
    except UnicodeDecodeError as error:
        text, odd = "", error.start
    if odd >= 0:
        return pd.DataFrame(), [Problem(name, None, "", f"byte {odd}", "the file is not UTF-8 text", mend)]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    header = text.split("\n", 1)[0]
    if ";" in header and "," not in header or "\t" in header:
        mend = "save it with commas between cells and points in decimals"
        return pd.DataFrame(), [Problem(name, None, "", header[:60], "cells are separated by semicolons or tabs", mend)]
    if not text.strip():
        return pd.DataFrame(), [Problem(name, None, "", "", "the file is empty", "give at least the header line")]
    lines = text.count("\n")
    if lines > MOST_ROWS + 1:
        return pd.DataFrame(), [too_many_rows(name, lines - 1)]
    try:
        columns, *rows = csv.reader(io.StringIO(text), strict=True)  # else an open quote takes all that follows
    except csv.Error as error:
        mend = "look for a quote that is not closed"
        return pd.DataFrame(), [Problem(name, None, "", str(error), "the file cannot be read as CSV", mend)]
    columns = [c.strip() for c in columns]
    problems = [*twice(name, columns), *_ragged(name, len(columns), rows)]
    if problems:
        return pd.DataFrame(), problems
    if "'" in text and any(cell[:1] == "'" for row in rows for cell in row):
        rows = [[unguarded(cell) for cell in row] for row in rows]
    cells = zip(*(row for row in rows if row), strict=True) if any(rows) else repeat(())
    return cells_frame(dict(zip(columns, cells, strict=False))), []


def twice(table: str, columns: Iterable[str]) -> Iterable[Problem]:
    """Yield every column that stands there more than once."""
    for column in sorted(c for c, count in Counter(columns).items() if count > 1):
        yield Problem(table, None, column, "", "the column stands twice", "keep one of them")


def too_many_rows(table: str, rows: int) -> Problem:
    """Return the refusal of a table that is longer than any planner's."""
    what = f"the table has more than {MOST_ROWS:,} rows"
    return Problem(table, None, "", f"{rows:,} rows", what, "sum rows up, or leave out what is not asked about")


def _ragged(name: str, width: int, rows: list[list[str]]) -> Iterable[Problem]:
    if set(map(len, rows)) <= {0, width}:
        return
    uneven = [(number, len(row)) for number, row in enumerate(rows, 1) if row and len(row) != width]
    for number, cells in uneven[:MOST_SHOWN]:
        what = f"the row has {cells} cells, the header {width}"
        yield Problem(name, number, "", "", what, "quote cells that hold a comma; write decimals with a point")
    if len(uneven) > MOST_SHOWN:
        yield Problem(name, None, "", "", f"{len(uneven) - MOST_SHOWN:,} more rows are uneven", "as above")


def to_csv(table: Table) -> str:
    """Return the table as CSV text; numbers are written so that they read back exactly."""
    frame = table.frame()
    for column in table.contract.columns:
        if column.kind == "flag":
            frame[column.name] = frame[column.name].map({True: "yes", False: "no"})
        elif column.kind == "number":
            frame[column.name] = [_number_text(v) for v in frame[column.name].tolist()]
        elif column.kind in (Kind.TEXT, Kind.LIST):
            frame[column.name] = [guarded(v) for v in frame[column.name].tolist()]
    return frame.to_csv(index=False, lineterminator="\n")


def _number_text(value: float) -> str:
    if value != value:
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
