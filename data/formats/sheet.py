"""One sheet of a workbook to a raw table: which row holds the names, which unit each states, which rows hold cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from data.formats.csv_file import twice
from data.formats.limits import MOST_SHOWN
from data.formats.package import Spoilt, column_letters
from data.formats.raw import RawTable, cells_frame
from data.problems import Problem
from data.tables import Contract

Ranges = Sequence[tuple[tuple[int, int], tuple[int, int]]]
HEADER = re.compile(r"^(.*?)\s*(?:\[(.*)\])?$", re.DOTALL)


def header_text(name: str, unit: str) -> str:
    """Return what stands above a column: its name, and its unit in brackets."""
    return f"{name} [{unit}]" if unit else name


def read_sheet(
    contract: Contract, sheet: str, cells: list[list[Any]], merged: Ranges, spoilt: Sequence[Spoilt]
) -> tuple[RawTable, list[Problem]]:
    """Return the sheet's table, and what is wrong with the sheet; both empty where nothing stands in it."""
    table = contract.name
    top = next((i for i, row in enumerate(cells) if _filled(row)), None)
    if top is None:
        return RawTable(pd.DataFrame(), sheet), []
    heads = [HEADER.match(str(cell).strip()) for cell in cells[top]]
    names = [match[1] if match else "" for match in heads]
    known = {c.name: c for c in contract.columns}
    if not set(names) & set(known):
        problem = Problem(table, None, "", _shown(cells[top]), "the first row that is filled holds no column name",
                          "write the names in one row above the cells: " + ", ".join(known),
                          sheet, f"A{top + 1}")  # fmt: skip
        return RawTable(pd.DataFrame(), sheet), [problem]
    letters = {name: column_letters(i + 1) for i, name in enumerate(names) if name}
    first = next(i for i, name in enumerate(names) if name in known)  # most often the key: settles most rows
    kept, columns = _rows(cells, top + 1, first)
    frame = cells_frame({n: v for n, v in zip(names, columns, strict=True) if n})
    raw = RawTable(frame, sheet, letters, top + 1, [i + 1 for i in kept])
    problems = [raw.place(p) for p in twice(table, (n for n in names if n))]
    for match in heads:
        if match and match[1] in known and match[2] is not None and match[2].strip() != known[match[1]].unit:
            unit = known[match[1]].unit
            mend = f"give the values in {unit} and write [{unit}]" if unit else "the column has no unit: take it out"
            what = "the header names another unit"
            problems.append(raw.place(Problem(table, None, match[1], f"[{match[2]}]", what, mend)))
    problems += _nameless(raw, table, names, columns)
    problems += _merged(table, sheet, merged)
    problems += _without_value(raw, table, spoilt)
    return raw, problems


def _rows(cells: list[list[Any]], begin: int, first: int) -> tuple[Sequence[int], Sequence[Sequence[Any]]]:
    """Return the numbers of the rows that hold something, and the columns of these rows."""
    columns: list[tuple[Any, ...]] = list(zip(*cells[begin:], strict=True)) or [()] * len(cells[0])
    keys = columns[first]
    if all(keys) and set(map(type, keys)) <= {str} and not any(map(str.isspace, keys)):
        return range(begin, len(cells)), columns
    kept = [i for i, row in enumerate(cells[begin:], begin) if _filled(row)]
    return kept, list(zip(*(cells[i] for i in kept), strict=True)) or [()] * len(cells[0])


def _filled(row: Sequence[Any]) -> bool:
    return (
        any(row)
        and any(not isinstance(v, str) or v.strip() for v in row)
        or any(v is False or v == 0 and not isinstance(v, str) for v in row)
    )


def _shown(row: Sequence[Any]) -> str:
    return ", ".join(str(v) for v in row if v != "")[:60]


def _nameless(raw: RawTable, table: str, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> Iterator[Problem]:
    for i, (name, values) in enumerate(zip(names, columns, strict=True), 1):
        if name or not _filled(values):
            continue
        first = next(k for k, v in enumerate(values) if _filled((v,)))
        cell = f"{column_letters(i)}{raw.rows[first]}"
        what, mend = "the column has no name", f"name it in row {raw.header}, or clear the column"
        yield Problem(table, None, "", _shown(values[first : first + 1]), what, mend, raw.sheet, cell)


def _merged(table: str, sheet: str, merged: Ranges) -> Iterator[Problem]:
    for (row, column), (last_row, last_column) in merged[:MOST_SHOWN]:
        cell = f"{column_letters(column + 1)}{row + 1}"
        found = f"{cell}:{column_letters(last_column + 1)}{last_row + 1}"
        yield Problem(table, None, "", found, "cells are merged", "unmerge them and fill every one", sheet, cell)


def _without_value(raw: RawTable, table: str, spoilt: Sequence[Spoilt]) -> Iterator[Problem]:
    if not spoilt:
        return
    column = {letter: name for name, letter in raw.letters.items()}
    number = {row: i for i, row in enumerate(raw.rows, 1)}
    for cell, value, what, mend in spoilt:
        letters = cell.rstrip("0123456789")
        row = number.get(int(cell[len(letters) :] or 0))
        yield Problem(table, row, column.get(letters, ""), value, what, mend, raw.sheet, cell)
