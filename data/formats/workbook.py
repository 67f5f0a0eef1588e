"""A theatre as one Excel workbook: a sheet a table, a scenario's tables in sheets `TABLE@SCENARIO`.

    stocks  links  …  scenario@renewed_attack  needs@renewed_attack  triggers@renewed_attack

Where a workbook holds one scenario, its sheets may do without the `@`. A sheet's name has at most 31 characters: a
scenario with a longer name stands under a short one that ends in ~ and a number, and is known by the name that its
sheet `scenario@…` holds. Sheets whose name begins with # are notes, as is
the sheet `about`, which names the version of the tables.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from python_calamine import CalamineWorkbook, SheetTypeEnum

from data.contracts import SCENARIO, THEATRE
from data.formats.package import SAVE_AGAIN, inspect
from data.formats.raw import RawTable
from data.formats.sheet import read_sheet
from data.problems import FormatError, Problem, TableError
from data.tables import SCHEMA_VERSION

ABOUT = "about"
VERSION = "schema_version"
SUFFIXES = (".xlsx", ".xlsm")
SHORTENED = re.compile(r"~\d+$")


class _Place(NamedTuple):
    """What a sheet's name says: a table, and the scenario it belongs to ('' where the name has no @)."""

    sheet: str
    table: str
    scenario: str | None  # None: the theatre's own


class Workbook:
    """An open workbook. A sheet is read when its table is asked for, and kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.resolve().stem
        self._spoilt = inspect(path).spoilt
        self._read: dict[str, tuple[RawTable, list[Problem]]] = {}
        self._book = _guarded(path, lambda: CalamineWorkbook.from_path(str(path)))
        self._check_version()

    def scenarios(self) -> list[str]:
        """Return the names of the scenarios the workbook has sheets of, sorted."""
        return sorted({name for p in self._places if (name := self._full_name(p))})

    def tables(self, scenario: str | None = None) -> tuple[dict[str, RawTable], list[Problem]]:
        """Return the raw tables of the theatre, or a scenario's own, and what is wrong with their sheets."""
        tables: dict[str, RawTable] = {}
        problems: list[Problem] = [] if scenario is not None else self._unknown()
        for place in self._places:
            if self._full_name(place) != scenario:
                continue
            raw, found = self._sheet(place)
            problems += found
            if place.table in tables:
                what, other = "the table stands twice", tables[place.table].sheet
                problems.append(Problem(place.table, None, "", other, what, "keep one of the sheets", place.sheet))
            tables[place.table] = raw
        return tables, problems

    def whole(self, scenario: str) -> bool:
        """Return whether the scenario is there."""
        return scenario in self.scenarios()

    def _sheet(self, place: _Place) -> tuple[RawTable, list[Problem]]:
        if place.sheet not in self._read:
            contract = (THEATRE if place.scenario is None else SCENARIO)[place.table]
            try:
                sheet = _guarded(self.path, lambda: self._book.get_sheet_by_name(place.sheet), place.sheet)
            except TableError as error:  # of this sheet alone: what is wrong with the others is told too
                found = [replace(problem, table=place.table) for problem in error.problems]
                return self._read.setdefault(place.sheet, (RawTable(pd.DataFrame(), place.sheet), found))
            cells = sheet.to_python(skip_empty_area=False) if sheet.height else []
            merged = sheet.merged_cell_ranges or []
            spoilt = self._spoilt.get(place.sheet, [])
            self._read[place.sheet] = read_sheet(contract, place.sheet, cells, merged, spoilt)
        return self._read[place.sheet]

    def _full_name(self, place: _Place) -> str | None:
        """Return the name of the scenario a sheet belongs to, None for the theatre's; '' for a sheet of none."""
        return None if place.scenario is None else self._names[place.scenario.lower()]

    @cached_property
    def _names(self) -> dict[str, str]:
        """Return the scenario's name by what stands after the @, in small letters."""
        names: dict[str, str] = {}
        for place in self._places:
            if place.scenario is not None:
                names.setdefault(place.scenario.lower(), place.scenario)
        for place in self._places:
            if place.table == "scenario" and (place.scenario == "" or SHORTENED.search(place.scenario or "")):
                frame = self._sheet(place)[0].frame
                if len(frame) and "name" in frame.columns:
                    said = str(frame["name"].iloc[0]).strip()
                    names[str(place.scenario).lower()] = said or str(place.scenario)
        if names.get("") == "":  # sheets without @ that name none: a scenario if one of them has a row
            rows = sum(len(self._sheet(p)[0].frame) for p in self._places if p.scenario == "")
            names[""] = "scenario" if rows else ""
        return names

    @cached_property
    def _places(self) -> list[_Place]:
        return [p for name in self._sheets if (p := _place(name))]

    @cached_property
    def _sheets(self) -> list[str]:
        """Return the names of the sheets that hold tables, in the workbook's order."""
        found = [s.name for s in self._book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
        return [name for name in found if not name.strip().startswith("#") and name.strip().lower() != ABOUT]

    def _unknown(self) -> list[Problem]:
        problems = []
        for name in self._sheets:
            if _place(name) or not _guarded(self.path, lambda n=name: self._book.get_sheet_by_name(n), name).height:
                continue
            mend = (
                f"name it after a table ({', '.join(THEATRE)}), after a scenario's "
                f"({', '.join(f'{table}@SCENARIO' for table in SCENARIO)}), or begin it with # if it is a note"
            )
            problems.append(Problem(name, None, "", "", "unknown sheet", mend, name))
        return problems

    def _check_version(self) -> None:
        about = next((s.name for s in self._book.sheets_metadata if s.name.strip().lower() == ABOUT), None)
        if about is None:
            return
        rows = _guarded(self.path, lambda: self._book.get_sheet_by_name(about), about).to_python()
        for row in rows:
            if len(row) > 1 and str(row[0]).strip() == VERSION and row[1] != SCHEMA_VERSION:
                version = f"{row[1]:g}" if isinstance(row[1], float) else row[1]
                known = f"known: {SCHEMA_VERSION}"
                raise FormatError(f"schema version {version} in sheet '{about}' is not known here ({known})")


def _place(sheet: str) -> _Place | None:
    table, at, scenario = sheet.strip().partition("@")
    table, scenario = table.strip().lower(), scenario.strip()
    if table in THEATRE and not at:
        return _Place(sheet, table, None)
    if table in SCENARIO and (scenario or not at):
        return _Place(sheet, table, scenario)
    return None


def _guarded(path: Path, call: Any, sheet: str = "") -> Any:
    """Return what the reader of workbooks returns; whatever it cannot read is a problem with a mend."""
    try:
        return call()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # NB: a panic of the reader is no Exception
        said = str(error)[:60]
        problem = Problem(path.name, None, "", said, "the file is no whole .xlsx workbook", SAVE_AGAIN, sheet)
        raise TableError([problem]) from None
