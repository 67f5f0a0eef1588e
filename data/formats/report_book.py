"""Reports as a workbook to read and print: a sheet a table, its marking in the first row and on every printed page.

Names of columns carry their unit, and stay in sight with the marking; dates are dates, and no text is a formula.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from data.formats.one_table import MOST_CELL_ROWS, set_marks
from data.formats.sheet import header_text
from data.problems import FormatError

MARKING_ROW, HEAD_ROW, FIRST_ROW = 0, 1, 2
WIDEST = 44  # letters of a column
A4, A3 = 9, 8  # as the file names them
MOST_ON_A4 = 12  # columns that can still be read
DATE = "date"  # the unit of a column whose texts are dates, as 2030-03-01


class Heading(NamedTuple):
    """A column of a report: its name in the frame, what stands above it, and its unit ('' for none)."""

    column: str
    name: str
    unit: str = ""


class Page(NamedTuple):
    """A sheet: its name, its rows, its columns in order, and how many of them stay in sight."""

    name: str
    frame: pd.DataFrame
    headings: tuple[Heading, ...]
    kept: int = 1

    @property
    def fits(self) -> bool:
        """Return whether a sheet holds its rows."""
        return len(self.frame) <= MOST_CELL_ROWS


def write_report(path: Path, title: str, marking: str, pages: Iterable[Page]) -> None:
    """Write the report; FormatError if a sheet cannot hold its rows."""
    pages = list(pages)
    for page in pages:
        if not page.fits:
            raise FormatError(f"a sheet holds {MOST_CELL_ROWS:,} rows and '{page.name}' has {len(page.frame):,}; "
                              "use the CSV")  # fmt: skip
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": f"{marking}: {title}", "author": "Casemate",
                             "created": datetime.datetime(2030, 1, 1)})  # fmt: skip
        formats = {
            "marking": book.add_format({"bold": True, "font_size": 12}),
            "head": book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True,
                                     "valign": "top", "indent": 1}),
            "head right": book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True,
                                           "valign": "top", "align": "right"}),
            "text": book.add_format({"num_format": "@", "valign": "top", "indent": 1}),
            "long": book.add_format({"num_format": "@", "valign": "top", "text_wrap": True, "indent": 1}),
            "number": book.add_format({"num_format": "#,##0.###", "valign": "top"}),
            "whole": book.add_format({"num_format": "#,##0", "valign": "top"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top", "indent": 1}),
        }  # fmt: skip
        for page in pages:
            sheet = book.add_worksheet(page.name)
            _print(sheet, title, marking, page)
            sheet.write_string(MARKING_ROW, 0, marking, formats["marking"])
            for i, heading in enumerate(page.headings):
                _column(sheet, i, heading, page.frame[heading.column].tolist(), formats)


def _print(sheet: Worksheet, title: str, marking: str, page: Page) -> None:
    """Set what stays in sight on the screen, and what stands on every page on paper."""
    sheet.freeze_panes(FIRST_ROW, page.kept)
    sheet.set_row(HEAD_ROW, 32)
    sheet.autofilter(HEAD_ROW, 0, HEAD_ROW + max(1, len(page.frame)), len(page.headings) - 1)
    set_print(sheet, marking, title, len(page.headings), HEAD_ROW)


def set_print(sheet: Worksheet, marking: str, title: str, columns: int = 0, head: int = 0) -> None:
    """Set how a sheet is printed: all its columns on one page, its names and its marking on every one."""
    sheet.repeat_rows(0, head)
    sheet.set_landscape()
    sheet.set_paper(A4 if columns <= MOST_ON_A4 else A3)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.7)
    set_marks(sheet, marking, title)


def _column(sheet: Worksheet, i: int, heading: Heading, values: list[Any], formats: dict[str, Any]) -> None:
    text = header_text(heading.name, "" if heading.unit == DATE else heading.unit)
    numbers = any(not isinstance(v, str) for v in values)
    sheet.write_string(HEAD_ROW, i, text, formats["head right" if numbers else "head"])
    longest = max([len(word) for word in text.split()] + [len(_shown(v)) for v in values[:2000]])
    sheet.set_column(i, i, min(max(longest + 3, 8), WIDEST))
    for row, value in enumerate(values, FIRST_ROW):
        if value is None or value != value or value == "":
            continue
        if heading.unit == DATE:
            sheet.write_datetime(row, i, datetime.date.fromisoformat(str(value)), formats["date"])
        elif isinstance(value, str):
            sheet.write_string(row, i, value, formats["long" if len(value) > WIDEST else "text"])
        else:
            number = float(value)
            sheet.write_number(row, i, number, formats["whole" if number.is_integer() else "number"])


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:,.3f}".rstrip("0").rstrip(".")
