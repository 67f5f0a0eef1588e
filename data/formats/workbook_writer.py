"""A theatre as an Excel workbook, and the empty one to fill in: a sheet a table, made from the contracts.

Every header states the unit and carries a note; lists offer the words and names that are allowed; the header and the
key stay in sight. A text is written as a text whatever it looks like, so none of them becomes a formula.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.worksheet import Worksheet

from data.column_words import default_text, sentence, within_text
from data.contracts import SCENARIO, THEATRE
from data.formats.limits import MOST_SHEET_ROWS, MOST_SHOWN
from data.formats.package import column_letters
from data.formats.report_book import set_print
from data.formats.sheet import header_text
from data.formats.workbook import ABOUT, SHORTENED, VERSION
from data.problems import Problem, TableError
from data.tables import SCHEMA_VERSION, Column, Contract, Kind, Table

MOST_TEXT = 32_767  # characters of a cell
MOST_NAME = 31  # characters of a sheet's name
MOST_TAG = MOST_NAME - 1 - max(map(len, SCENARIO))  # of the scenario's part of it
FORBIDDEN = set("[]:*?/\\")
FIRST_DATE = datetime.date(1900, 3, 1)  # before it Excel counts a day that never was
LAST = MOST_SHEET_ROWS  # rows a list or limit covers

GUIDE = (
    "Each sheet is a table. The first row names its columns, with the unit in brackets; point at a name to read what "
    "it means.",
    "A name on dark ground must be filled in every row; a key is in bold: no two rows have the same.",
    "A column may be left out if its cells may be empty, a sheet if its table may be. Empty rows are read over.",
    "Write numbers as numbers, dates as dates, short names as text. Formulas are fine once Excel has calculated them.",
    "A second scenario has sheets of its own: copy scenario, needs … and name them scenario@NAME, needs@NAME …",
    "A sheet whose name begins with # is a note and is not read.",
    "Check it with: casemate check WORKBOOK. Findings name sheet and cell.",
)


class _Exact(float):
    """A number that is written so that it reads back exactly: sixteen digits, as is usual, are not always enough."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


class _Sheet(NamedTuple):
    name: str
    contract: Contract
    table: Table | None


def write_workbook(path: Path, theatre: Mapping[str, Table], scenarios: Mapping[str, Mapping[str, Table]]) -> None:
    """Write the theatre's tables that have rows, and every table given of each scenario, as one workbook.

    TableError names what a workbook cannot hold: too many rows, too long a text, a name that cannot be a sheet's.
    """
    sheets = [_Sheet(name, table.contract, table) for name, table in theatre.items() if len(table)]
    tags = _tags(scenarios)
    for scenario, tables in scenarios.items():
        sheets += [_Sheet(f"{name}@{tags[scenario]}", table.contract, table) for name, table in tables.items()]
    problems = [p for sheet in sheets for p in _unfit(sheet)]
    for scenario, tag in tags.items():
        held = scenarios[scenario].get("scenario")
        if tag != scenario and (held is None or held["name"].tolist() != [scenario]):
            mend = f"name its folder in at most {MOST_TAG} characters, or as its column 'name' does"
            what = "the scenario has a name too long for a sheet"
            problems.append(Problem("scenario", None, "name", scenario, what, mend))
    if problems:
        raise TableError(problems)
    _write(path, sheets)


def write_template(path: Path) -> None:
    """Write the workbook to fill in: every table of a theatre and of one scenario, without rows."""
    _write(path, [_Sheet(name, contract, None) for name, contract in {**THEATRE, **SCENARIO}.items()])


def _tags(scenarios: Iterable[str]) -> dict[str, str]:
    """Return what stands after the @ for each scenario: its name, or a short one where that is too long."""
    tags: dict[str, str] = {}
    for name in scenarios:
        tag, number = name, 0
        while len(tag) > MOST_TAG or tag.lower() in {t.lower() for t in tags.values()} or number < _ends_short(name):
            number += 1
            tag = f"{name[: MOST_TAG - 1 - len(str(number))]}~{number}"
        tags[name] = tag
    return tags


def _ends_short(name: str) -> int:
    return int(SHORTENED.search(name) is not None)  # it would be taken for a short name


def _unfit(sheet: _Sheet) -> Iterator[Problem]:
    name, contract, table = sheet
    if len(name) > MOST_NAME or FORBIDDEN & set(name) or name.strip("' ") != name:
        mend = "name the scenario without any of " + " ".join(sorted(FORBIDDEN))
        yield Problem(contract.name, None, "", name, "the name cannot be a sheet's", mend)
    if table is None:
        return
    if len(table) >= MOST_SHEET_ROWS:
        mend = "write a folder of CSV or Parquet instead"
        yield Problem(contract.name, None, "", f"{len(table):,} rows", "the table is too long for a sheet", mend)
    for column in contract.columns:
        if column.kind in (Kind.TEXT, Kind.LIST) and len(table):
            long = [i for i, text in enumerate(table[column.name].tolist(), 1) if len(text) > MOST_TEXT]
            for i in long[:MOST_SHOWN]:
                mend = f"shorten it to {MOST_TEXT:,} characters"
                yield Problem(contract.name, i, column.name, "", "the text is too long for a cell", mend)


def _write(path: Path, sheets: list[_Sheet]) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"title": "Casemate theatre", "created": datetime.datetime(2030, 1, 1)})
    formats = {
        "must": book.add_format({"bg_color": "#1F3A5F", "font_color": "#FFFFFF", "bottom": 1}),
        "must key": book.add_format({"bg_color": "#1F3A5F", "font_color": "#FFFFFF", "bottom": 1, "bold": True}),
        "may": book.add_format({"bg_color": "#DCE6F1", "bottom": 1}),
        "may key": book.add_format({"bg_color": "#DCE6F1", "bottom": 1, "bold": True}),
        "text": book.add_format({"num_format": "@"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        "left": book.add_format({"align": "left"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "strong": book.add_format({"bold": True}),
    }
    marking = " / ".join(sorted({text for s in sheets if s.contract.name == "scenario" and s.table is not None
                                 for text in s.table["marking"].tolist()}))  # fmt: skip
    about = book.add_worksheet(ABOUT)
    _about(about, sheets, formats)
    set_print(about, marking, ABOUT)
    present = {s.contract.name: s for s in sheets if "@" not in s.name}
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.set_tab_color("#1F3A5F" if sheet.contract.name in THEATRE else "#2E7D4F")
        _head(page, sheet, formats)
        set_print(page, marking, sheet.name)
        _rules(page, sheet, present)
        _cells(page, sheet, formats)
    try:
        book.close()
    except XlsxWriterException as error:
        raise OSError(f"cannot write '{path.name}': {error}") from None


def _about(page: Worksheet, sheets: list[_Sheet], formats: Mapping[str, Any]) -> None:
    page.set_column(0, 0, 32)
    page.set_column(1, 1, 90)
    page.hide_gridlines(2)
    page.write_string(0, 0, "A theatre for Casemate", formats["title"])
    for row, text in enumerate(GUIDE, 2):
        page.merge_range(row, 0, row, 1, "", formats["wrap"])
        page.write_string(row, 0, text, formats["wrap"])
    row = len(GUIDE) + 3
    page.write_string(row, 0, VERSION, formats["strong"])
    page.write_number(row, 1, SCHEMA_VERSION, formats["left"])
    row += 2
    page.write_string(row, 0, "sheet", formats["strong"])
    page.write_string(row, 1, "holds", formats["strong"])
    for line, (name, contract, _) in enumerate(sheets, row + 1):
        needed = "exactly one row" if contract.single else "may be left out" if contract.optional else "must be given"
        page.write_url(line, 0, f"internal:'{name.replace(chr(39), chr(39) * 2)}'!A1", string=name)
        page.write_string(line, 1, f"{sentence(contract.meaning)} ({needed})", formats["wrap"])


def _head(page: Worksheet, sheet: _Sheet, formats: Mapping[str, Any]) -> None:
    keys = 0
    for i, column in enumerate(sheet.contract.columns):
        must = "must" if repr(column.default) == "required" else "may"
        text = header_text(column.name, column.unit)
        page.write_string(0, i, text, formats[f"{must} key" if column.key else must])
        page.write_comment(0, i, _note(column), {"x_scale": 2.2, "y_scale": 1.2, "author": ""})
        cell = {"date": formats["date"], "text": formats["text"], "list": formats["text"]}.get(str(column.kind))
        page.set_column(i, i, _width(text, column, sheet.table), cell)
        keys = i + 1 if column.key and i == keys else keys
    page.freeze_panes(1, keys)
    page.autofilter(0, 0, max(len(sheet.table or ()), 1), len(sheet.contract.columns) - 1)


def _note(column: Column) -> str:
    told = [sentence(column.meaning) + "."]
    if column.refers_to:
        told.append(f"Holds: {column.kind}, names a row of {column.refers_to.replace('|', ' or ')}.")
    else:
        told.append(f"Holds: {column.kind}{', parts joined by |' if column.kind is Kind.LIST else ''}.")
    told.append(f"Unit: {column.unit}." if column.unit else "")
    told.append(f"Within: {within_text(column)}." if within_text(column) else "")
    given = default_text(column).replace("*", "")
    told.append("Must be filled." if not given else "May be empty." if given == "empty" else f"If empty: {given}.")
    return "\n".join(line for line in told if line)


def _width(header: str, column: Column, table: Table | None) -> float:
    longest = len(header) + 3  # the button of the filter stands beside it
    if table is not None and column.kind in (Kind.TEXT, Kind.LIST):
        longest = max([longest, *(len(text) + 1 for text in table[column.name][:1000].tolist())])
    return float(min(max(longest, 8), 48))


def _rules(page: Worksheet, sheet: _Sheet, present: Mapping[str, _Sheet]) -> None:
    for i, column in enumerate(sheet.contract.columns):
        rule = _rule(column, present)
        if rule:
            title = f"{sheet.contract.name}.{column.name}"[:32]
            page.data_validation(1, i, LAST - 1, i, {**rule, "error_title": title, "ignore_blank": True})


def _rule(column: Column, present: Mapping[str, _Sheet]) -> dict[str, Any] | None:
    """Return what may be typed into a column's cells; None: anything."""
    choices = [c for c in column.choices if c] or (["yes", "no"] if column.kind is Kind.FLAG else [])
    if choices:
        return {"validate": "list", "source": choices, "error_message": "Choose one of the list."}
    if column.refers_to in present and len(present[column.refers_to].contract.key) == 1:
        target = present[column.refers_to]
        at = next(i for i, c in enumerate(target.contract.columns) if c.key)
        names = f"'{target.name}'!${column_letters(at + 1)}$2"
        source = f"=OFFSET({names},0,0,MAX(1,COUNTA({names}:${column_letters(at + 1)}${LAST})),1)"
        return {"validate": "list", "source": source, "error_message": f"Name a row of sheet {target.name}."}
    if column.kind not in (Kind.NUMBER, Kind.INTEGER):
        return None
    low, high = column.minimum, column.maximum
    rule: dict[str, Any] = {"validate": "integer" if column.kind is Kind.INTEGER else "decimal"}
    if low is None and high is None:
        return {**rule, "criteria": ">=", "value": -1e15, "error_message": "Write a number."}
    words = f"Write a {'whole ' if column.kind is Kind.INTEGER else ''}number: {within_text(column)}."
    if low is not None and high is not None and not column.above:
        return {**rule, "criteria": "between", "minimum": low, "maximum": high, "error_message": words}
    if low is not None:
        return {**rule, "criteria": ">" if column.above else ">=", "value": low, "error_message": words}
    return {**rule, "criteria": "<=", "value": high, "error_message": words}


def _cells(page: Worksheet, sheet: _Sheet, formats: Mapping[str, Any]) -> None:
    if sheet.table is None:
        return
    raw = sheet.table.raw()
    for i, column in enumerate(sheet.contract.columns):
        for row, value in enumerate(raw[column.name], 1):
            if value is None or value == ():
                continue
            if column.kind is Kind.NUMBER:
                page.write_number(row, i, _Exact(value))
            elif column.kind is Kind.INTEGER:
                page.write_number(row, i, value)
            elif column.kind is Kind.FLAG:
                page.write_string(row, i, "yes" if value else "no")
            elif column.kind is Kind.DATE and (day := datetime.date.fromisoformat(value)) >= FIRST_DATE:
                page.write_datetime(row, i, day, formats["date"])
            else:
                text = "|".join(value) if isinstance(value, tuple) else value
                page.write_string(row, i, text, formats["text"])
