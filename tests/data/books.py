"""Workbooks for tests: made by hand cell by cell, and spoilt part by part."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from data.formats import save
from tests.worlds import build

SHEET = "xl/worksheets/sheet{}.xml"


def world_book(folder: Path) -> Path:
    """Write the smallest world as a workbook."""
    theatre, scenario = build()
    return save(folder / "world.xlsx", theatre, [scenario])


def with_sheet(book: Path, sheet: str, write: Callable[[Any, Any], None]) -> Path:
    """Return the workbook written anew with plain cells, the sheet's own writing in place of its cells."""
    from python_calamine import load_workbook

    old = load_workbook(book)
    cells = {name: old.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in old.sheet_names}
    new = xlsxwriter.Workbook(str(book), {"strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"})
    for name in dict.fromkeys([*cells, sheet]):
        page = new.add_worksheet(name)
        if name != sheet:
            fill(page, cells[name])
            continue
        fill(page, cells.get(name, []))
        write(page, new)
    new.close()
    return book


def fill(page: Any, rows: list[list[Any]]) -> None:
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(i, j, value) if value else None
            else:
                page.write(i, j, value)


def with_parts(book: Path, parts: Mapping[str, Callable[[bytes], bytes]]) -> Path:
    """Return the workbook with some parts of its package changed."""
    with zipfile.ZipFile(book) as old:
        held = {info.filename: old.read(info) for info in old.infolist()}
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in held.items():
            new.writestr(name, parts[name](content) if name in parts else content)
    return book


def calculated(book: Path) -> Path:
    """Return the workbook as a program that has calculated it leaves it: it asks for no calculation on opening."""
    return with_parts(book, {"xl/workbook.xml": lambda xml: xml.replace(b' fullCalcOnLoad="1"', b"")})
