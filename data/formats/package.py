"""An .xlsx file before its cells are read: is it one, is it of bearable size, and which cells hold no value?

A workbook is a zip of XML. The reader of cells would unpack whatever it is given, take a table as large as its farthest
cell for granted, and read a formula without a value and an error as an empty cell. So every part is looked through once
before: sizes as unpacked, cells far out, cells without a place, formulas that nothing has calculated, errors.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from posixpath import join, normpath
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from data.formats.limits import (
    MOST_BYTES,
    MOST_PART,
    MOST_PARTS,
    MOST_SHEET_COLUMNS,
    MOST_SHEET_ROWS,
    MOST_SHOWN,
    MOST_TEXT,
    MOST_UNPACKED,
    size_text,
)
from data.formats.scan import Look, look
from data.problems import Problem, TableError

SAVE_AGAIN = "open it in Excel or LibreOffice and save it again as .xlsx"
CALCULATE = "open the workbook in Excel or LibreOffice and save it, or put in the value"

_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])")
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])")
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)(\d+)["']""")
_SHARED = re.compile(rb"""\st\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v[^>]*>\s*(\d+)""")
_OLD_KIND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # how .xls and encrypted files begin
_FORMULA = re.compile(rb"<(?:\w+:)?f(?=[\s/>])")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)<")
_KIND = re.compile(rb"""\st\s*=\s*["'](\w+)["']""")
_RECALCULATE = re.compile(rb"""fullCalcOnLoad\s*=\s*["'](?:1|true)["']""")


class Spoilt(NamedTuple):
    """A cell whose value cannot be trusted."""

    cell: str
    value: str
    problem: str
    mend: str


class Package(NamedTuple):
    """What is known of a workbook before its cells are read: the spoilt cells of each sheet."""

    spoilt: dict[str, list[Spoilt]]


def inspect(path: Path) -> Package:
    """Return what the workbook's parts say; TableError if it is none, too large, or not safe to read."""
    size = path.stat().st_size
    if size > MOST_BYTES:
        mend = f"keep it below {size_text(MOST_BYTES)}; give large tables as a folder of CSV or Parquet"
        raise _refused(path, size_text(size), "the workbook is too large", mend)
    try:
        with zipfile.ZipFile(path) as archive:
            return _inspect(path, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        with path.open("rb") as file:
            begins = file.read(len(_OLD_KIND))
        if begins == _OLD_KIND:
            mend = "take the password off, or save an old .xls as .xlsx"
            raise _refused(path, "", "the workbook is encrypted or of an old kind", mend) from None
        raise _refused(path, str(error)[:60], "the file is no whole .xlsx workbook", SAVE_AGAIN) from None


def _inspect(path: Path, archive: zipfile.ZipFile) -> Package:
    parts = archive.infolist()
    unpacked = sum(p.file_size for p in parts)
    largest = max((p.file_size for p in parts), default=0)
    if unpacked > MOST_UNPACKED or largest > MOST_PART or len(parts) > MOST_PARTS:
        found = f"{size_text(unpacked)} in {len(parts)} parts"
        mend = "clear unused rows and columns; give large tables as a folder of CSV or Parquet"
        raise _refused(path, found, "the workbook is too large when unpacked", mend)
    if len({p.filename for p in parts}) != len(parts):
        raise _refused(path, "", "the workbook has two parts of one name", SAVE_AGAIN)
    sheets = _sheet_parts(path, archive)
    stale = bool(_RECALCULATE.search(archive.read("xl/workbook.xml")))
    spoilt: dict[str, list[Spoilt]] = {}
    longest = references = 0
    for part in parts:
        xml = archive.read(part)  # NB: also proves that the part is as large as it says
        name = part.filename.lower()  # the reader of cells minds no capitals
        if name not in sheets and not name.endswith((".xml", ".rels")):
            continue
        seen = look(xml)
        if seen.declarations and b"<!DOCTYPE" in xml:
            raise _refused(path, part.filename, "the workbook declares a document type", SAVE_AGAIN)
        _check_places(path, sheets.get(name, part.filename), xml, seen)
        if name in sheets:
            spoilt[sheets[name]] = list(_spoilt(xml, seen, stale))
            references += seen.cells
        elif b"<sst" in xml or b":sst" in xml:
            longest = max(longest, *map(len, xml.split(b"/si>")))
    if longest * references > MOST_TEXT:
        _check_texts(path, archive, sheets)
    return Package(spoilt)


def _check_texts(path: Path, archive: zipfile.ZipFile, sheets: dict[str, str]) -> None:
    """Raise TableError if long texts that are stored once fill the memory when they are written out cell by cell."""
    lengths, total = np.zeros(1, np.int64), 0
    held = {part.filename.lower(): part for part in archive.infolist()}
    for name, part in held.items():
        xml = b"" if name in sheets else archive.read(part)
        if b"<sst" in xml or b":sst" in xml:
            lengths = np.array([len(text) for text in xml.split(b"/si>")], np.int64)
    for name in sheets:
        used = [int(n[:9]) for n in _SHARED.findall(archive.read(held[name]))] if name in held else []
        total += int(lengths[np.minimum(np.array(used, np.int64), len(lengths) - 1)].sum())
    if total > MOST_TEXT:
        mend = "shorten the long texts that many cells hold"
        raise _refused(path, size_text(total), "the workbook is too large when unpacked", mend)


def _sheet_parts(path: Path, archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the sheet's name by the name of the part that holds it."""
    try:
        book = ElementTree.fromstring(_small(archive, "xl/workbook.xml"))
        links = ElementTree.fromstring(_small(archive, "xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError) as error:
        raise _refused(path, str(error)[:60], "the file is no whole .xlsx workbook", SAVE_AGAIN) from None
    target = {e.get("Id"): e.get("Target", "") for e in links}
    named = {}
    for sheet in (e for e in book.iter() if e.tag.rpartition("}")[2] == "sheet"):
        link = next((v for k, v in sheet.attrib.items() if k.rpartition("}")[2] == "id"), None)
        part = target.get(link, "")
        place = part.lstrip("/") if part.startswith("/") else normpath(join("xl", part))
        named[place.lower()] = sheet.get("name", "")
    return named


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > 2**24:
        raise KeyError(f"{name} is too large")
    return archive.read(name)


def _check_places(path: Path, sheet: str, xml: bytes, seen: Look) -> None:
    """Raise TableError if a cell or row stands too far out, or does not say where it stands."""
    cells, rows = [], []
    if seen.odd_cells:
        cells = [_PLACE.search(tag) for tag in _tags(xml, _CELL)]
    if seen.odd_rows or seen.rows > MOST_SHEET_ROWS:
        rows = list(_tags(xml, _ROW))
    numbers = [int(place[2]) for place in (*cells, *map(_PLACE.search, rows)) if place]
    if len(rows) > MOST_SHEET_ROWS or max(numbers, default=0) > MOST_SHEET_ROWS:
        mend = "delete the rows below the table, also blank ones; give a larger table as CSV or Parquet"
        raise _refused(path, "", f"the sheet goes beyond row {MOST_SHEET_ROWS:,}", mend, sheet)
    if any(place and _column_number(place[1]) > MOST_SHEET_COLUMNS for place in cells):
        what = f"the sheet has cells beyond column {column_letters(MOST_SHEET_COLUMNS)}"
        raise _refused(path, "", what, "delete the columns right of the table, also blank ones", sheet)
    if None in cells:
        raise _refused(path, "", "the sheet has cells that do not say where they stand", SAVE_AGAIN, sheet)


def _tags(xml: bytes, begin: re.Pattern[bytes]) -> Iterator[bytes]:
    """Yield the text of each tag from its beginning on, at most 200 bytes."""
    for found in begin.finditer(xml):
        end = xml.find(b">", found.end(), found.end() + 200)
        yield xml[found.start() : end if end >= 0 else found.end() + 200]


def _spoilt(xml: bytes, seen: Look, stale: bool) -> Iterator[Spoilt]:
    """Yield formulas that nothing has calculated, and errors; `stale`: no value of a formula is to be trusted."""
    formulas = seen.formulas and _FORMULA.search(xml) is not None
    if not formulas and not seen.errors:
        return
    shown, starts = 0, [m.start() for m in _CELL.finditer(xml)]
    for start, end in zip(starts, [*starts[1:], len(xml)], strict=True):
        piece = xml[start : min(end, start + 20_000)]
        head = piece[: piece.find(b">") + 1]
        kind, place, value = _KIND.search(head), _PLACE.search(head), _VALUE.search(piece)
        cell = (place[1] + place[2]).decode().upper() if place else ""
        text = value[1].decode("utf-8", "replace") if value else ""
        if kind and kind[1] == b"e":
            what, mend = "the cell holds an error", "correct the formula, or put in the value"
        elif formulas and _FORMULA.search(piece) and (stale or not text and not (value and kind and kind[1] == b"str")):
            text, what, mend = "", "the formula has no calculated value", CALCULATE
        else:
            continue
        shown += 1
        if shown > MOST_SHOWN:
            yield Spoilt(cell, "", "from here on more cells have no value", CALCULATE)
            return
        yield Spoilt(cell, text, what, mend)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def column_letters(number: int) -> str:
    """Return the letters of a column, 1 being A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _refused(path: Path, value: str, what: str, mend: str, sheet: str = "") -> TableError:
    return TableError([Problem(path.name, None, "", value, what, mend, sheet)])
