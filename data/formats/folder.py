"""A theatre as a folder of tables, its scenarios in `scenarios/<name>/`, a plan as a folder of its own.

    europe/casemate.json  donors.csv  items.csv  …
    europe/scenarios/renewed_attack/scenario.csv  needs.csv  triggers.csv  …

A table is a file, CSV or Parquet.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from data.contracts import PLAN, SCENARIO, THEATRE
from data.formats.csv_file import read_csv, to_csv
from data.formats.parquet_file import read_parquet, write_parquet
from data.formats.raw import RawTable
from data.plan import Plan
from data.problems import FormatError, Problem, TableError
from data.tables import SCHEMA_VERSION, Contract, Table
from data.theatre import TableSet

MANIFEST = "casemate.json"
NOTES = (".md", ".json", ".txt", ".html")
READ = {".csv": read_csv, ".parquet": read_parquet}


class Folder:
    """A folder of tables, read anew each time it is asked."""

    def __init__(self, path: Path, own: Path | None = None) -> None:
        """Take the theatre's folder; `own` is the folder of the one scenario that stands elsewhere."""
        self.path, self._own = path, own
        self.name = path.resolve().name
        _check_manifest(path)

    def scenarios(self) -> list[str]:
        """Return the names of the theatre's scenarios, sorted."""
        scenarios = self.path / "scenarios"
        return sorted(p.name for p in scenarios.iterdir() if p.is_dir()) if scenarios.is_dir() else []

    def whole(self, scenario: str) -> bool:
        """Return whether the scenario is there."""
        return bool(scenario) and self._scenario(scenario).is_dir()

    def tables(self, scenario: str | None = None) -> tuple[dict[str, RawTable], list[Problem]]:
        """Return the raw tables of the theatre, or a scenario's own, and what is wrong with their files."""
        folder, contracts = (self.path, THEATRE) if scenario is None else (self._scenario(scenario), SCENARIO)
        return _read_tables(folder, contracts)

    def _scenario(self, name: str) -> Path:
        return self._own.parent / name if self._own else self.path / "scenarios" / name


def _read_tables(folder: Path, contracts: Mapping[str, Contract]) -> tuple[dict[str, RawTable], list[Problem]]:
    problems, tables = [], {}
    for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
        suffix = path.suffix.lower()
        if not path.is_file():
            if suffix in READ:
                what, mend = "a folder stands where the table's file belongs", "put the file there or rename the folder"
                problems.append(Problem(path.stem, None, "", path.name, what, mend))
        elif suffix not in READ:
            if suffix not in NOTES:
                what, mend = "neither a CSV nor a Parquet file", "save the table as CSV in UTF-8"
                problems.append(Problem(path.name, None, "", "", what, mend))
        elif path.stem not in contracts:
            known = ", ".join(contracts)
            problems.append(Problem(path.stem, None, "", "", "unknown table", f"known: {known}"))
        elif path.stem in tables:
            what, mend = "the table stands twice, as CSV and as Parquet", "keep one of them"
            problems.append(Problem(path.stem, None, "", path.name, what, mend))
        else:
            frame, found = READ[suffix](path)
            problems += found
            tables[path.stem] = RawTable(frame)
    return tables, problems


def _check_manifest(folder: Path) -> None:
    path = folder / MANIFEST
    if not path.is_file():
        return
    try:
        version = json.loads(path.read_text(encoding="utf-8")).get("schema_version")
    except (ValueError, AttributeError, RecursionError) as error:
        said = str(error)[:100]
        raise FormatError(f"{path.name} is not a JSON object ({said}); correct or remove it") from None
    if version != SCHEMA_VERSION:
        found = f"schema version {str(version)[:20]} in {path.name}"
        raise FormatError(f"{found} is not known here (known: {SCHEMA_VERSION})")


def write_folder(
    folder: Path, theatre: Mapping[str, Table], scenarios: Mapping[str, Mapping[str, Table]], parquet: bool = False
) -> None:
    """Write the theatre's tables that have rows, and every table given of each scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_text(json.dumps({"schema_version": SCHEMA_VERSION}) + "\n", encoding="utf-8")
    _write(folder, {name: table for name, table in theatre.items() if len(table)}, parquet)
    for name, tables in scenarios.items():
        _write(folder / "scenarios" / name, tables, parquet)


def _write(folder: Path, tables: Mapping[str, Table], parquet: bool = False) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if parquet:
            write_parquet(folder / f"{name}.parquet", table)
        else:
            (folder / f"{name}.csv").write_text(to_csv(table), encoding="utf-8")


def write_tables(folder: Path, tables: TableSet, keep_empty: bool = False) -> None:
    """Write each table that has rows as `<table>.csv`, in canonical order."""
    _write(folder, {name: table for name, table in tables.tables.items() if len(table) or keep_empty})


def write_plan(folder: str | Path, plan: Plan) -> None:
    """Write the plan's tables as CSV, empty ones with their header."""
    write_tables(Path(folder), plan, keep_empty=True)


def read_plan(folder: str | Path) -> Plan:
    """Return the plan whose tables stand in this folder as CSV."""
    folder = Path(folder)
    if not folder.is_dir():
        raise FormatError(f"no plan folder '{folder}'; check the path")
    found = {p.stem for p in folder.glob("*.csv")} & set(PLAN)
    if "shipments" not in found:
        raise FormatError(f"'{folder}' holds no plan: shipments.csv is missing; give the folder a plan was written to")
    problems, tables = [], {}
    for name in sorted(found):
        tables[name], bad = read_csv(folder / f"{name}.csv")
        problems += bad
    if problems:
        raise TableError(problems)
    return Plan.of(tables)
