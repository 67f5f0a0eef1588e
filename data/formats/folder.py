"""A theatre as a folder of CSV files, its scenarios in `scenarios/<name>/`, a plan as a folder of its own.

    europe/casemate.json  donors.csv  items.csv  …
    europe/scenarios/renewed_attack/scenario.csv  needs.csv  triggers.csv  …

A scenario with a `base` takes from that scenario every table for which it has no file of its own.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from data.contracts import PLAN, SCENARIO, THEATRE
from data.plan import Plan
from data.problems import FormatError, Problem, TableError
from data.tables import SCHEMA_VERSION, Contract, Table
from data.theatre import Scenario, TableSet, Theatre

SHIPPED = Path(__file__).parent.parent / "theatres"
MANIFEST = "casemate.json"
LARGEST = 200 * 2**20  # a larger text file is no table of a planner
NOTES = (".md", ".json", ".txt", ".html")


def find(name: str | Path) -> Path:
    """Return the folder of a theatre: a path, or the name of a shipped theatre."""
    path = Path(name)
    if path.is_dir():
        return path
    if (SHIPPED / str(name)).is_dir() and Path(str(name)).name == str(name):
        return SHIPPED / str(name)
    shipped = ", ".join(sorted(p.name for p in SHIPPED.iterdir() if p.is_dir())) if SHIPPED.is_dir() else "none"
    raise FormatError(f"no theatre '{name}': neither a folder nor a shipped theatre ({shipped}); check the path")


def load(name: str | Path) -> Theatre:
    """Return the theatre in a folder or of a shipped name; TableError or FormatError say what is wrong."""
    folder = find(name)
    _check_manifest(folder)
    return Theatre.of(folder.resolve().name, _read_tables(folder, THEATRE))


def scenario_names(name: str | Path) -> list[str]:
    """Return the names of the theatre's scenarios, sorted."""
    scenarios = find(name) / "scenarios"
    return sorted(p.name for p in scenarios.iterdir() if p.is_dir()) if scenarios.is_dir() else []


def load_scenario(name: str | Path, theatre: Theatre, scenario: str | Path) -> Scenario:
    """Return a scenario of the theatre in folder `name`, by its name or by its own folder's path."""
    own = Path(scenario) if Path(scenario).is_dir() else find(name) / "scenarios" / str(scenario)
    if not own.is_dir():
        known = ", ".join(scenario_names(name)) or "none"
        raise FormatError(f"theatre '{name}' has no scenario '{scenario}'; known: {known}")
    return Scenario.of(theatre, _scenario_tables(own, ()))


def _scenario_tables(folder: Path, seen: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    tables = _read_tables(folder, SCENARIO)
    rows = tables.get("scenario")
    base = str(rows["base"].iloc[0]).strip() if rows is not None and len(rows) and "base" in rows.columns else ""
    if not base:
        return tables
    problem = ""
    if base in (*seen, folder.name):
        problem = f"scenarios are each other's base: {' → '.join([*seen, folder.name, base])}"
    elif not (folder.parent / base).is_dir():
        problem = "no such scenario beside this one"
    if problem:
        raise TableError([Problem("scenario", 1, "base", base, problem, "correct or empty the cell")])
    return {**_scenario_tables(folder.parent / base, (*seen, folder.name)), **tables}


def _read_tables(folder: Path, contracts: Mapping[str, Contract]) -> dict[str, pd.DataFrame]:
    problems, tables = [], {}
    for path in sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")):
        if path.suffix.lower() != ".csv":
            if path.suffix.lower() not in NOTES:
                problems.append(Problem(path.name, None, "", "", "not a CSV file", "save the table as CSV in UTF-8"))
            continue
        if path.stem not in contracts:
            known = ", ".join(contracts)
            problems.append(Problem(path.stem, None, "", "", "unknown table", f"known: {known}"))
            continue
        frame, found = read_csv(path)
        problems += found
        tables[path.stem] = frame
    if problems:
        raise TableError(problems)
    return tables


def read_csv(path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the cells of a CSV file as text, and what keeps it from being one: encoding, separator, ragged rows."""
    name = path.stem
    if path.stat().st_size > LARGEST:
        size = f"{path.stat().st_size / 2**20:.0f} MiB"
        return pd.DataFrame(), [Problem(name, None, "", size, "the file is too large", "split it, or use Parquet")]
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mend = "save the file as CSV in UTF-8"
        return pd.DataFrame(), [Problem(name, None, "", f"byte {error.start}", "the file is not UTF-8 text", mend)]
    header = text.split("\n", 1)[0]
    if ";" in header and "," not in header or "\t" in header:
        mend = "save it with commas between cells and points in decimals"
        return pd.DataFrame(), [Problem(name, None, "", header[:60], "cells are separated by semicolons or tabs", mend)]
    if not text.strip():
        return pd.DataFrame(), [Problem(name, None, "", "", "the file is empty", "give at least the header line")]
    problems = [*_header(name, header), *_ragged(name, text)]
    if problems:
        return pd.DataFrame(), problems
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, skip_blank_lines=True), []


def _header(name: str, header: str) -> Iterable[Problem]:
    columns = [c.strip() for c in next(csv.reader([header]))]
    for column in sorted({c for c in columns if columns.count(c) > 1}):
        yield Problem(name, None, column, "", "the column stands twice", "keep one of them")


def _ragged(name: str, text: str) -> Iterable[Problem]:
    width = None
    for number, row in enumerate(csv.reader(io.StringIO(text))):
        if width is None:
            width = len(row)
        elif row and len(row) != width:
            what = f"the row has {len(row)} cells, the header {width}"
            yield Problem(name, number, "", "", what, "quote cells that hold a comma; write decimals with a point")


def _check_manifest(folder: Path) -> None:
    path = folder / MANIFEST
    if not path.is_file():
        return
    try:
        version = json.loads(path.read_text(encoding="utf-8")).get("schema_version")
    except (ValueError, AttributeError) as error:
        raise FormatError(f"{path.name} is not a JSON object ({error}); correct or remove it") from None
    if version != SCHEMA_VERSION:
        raise FormatError(f"schema version {version} in {path.name} is not known here (known: {SCHEMA_VERSION})")


def save(folder: str | Path, theatre: Theatre, scenarios: Iterable[Scenario] = ()) -> Path:
    """Write the theatre and its scenarios as a folder of CSV and return the folder."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).write_text(json.dumps({"schema_version": SCHEMA_VERSION}) + "\n", encoding="utf-8")
    write_tables(folder, theatre)
    for scenario in scenarios:
        write_tables(folder / "scenarios" / scenario.name, scenario)
    return folder


def write_tables(folder: Path, tables: TableSet, keep_empty: bool = False) -> None:
    """Write each table that has rows as `<table>.csv`, in canonical order."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.tables.items():
        if len(table) or keep_empty:
            (folder / f"{name}.csv").write_text(to_csv(table), encoding="utf-8")


def to_csv(table: Table) -> str:
    """Return the table as CSV text; numbers are written so that they read back exactly."""
    frame = table.frame()
    for column in table.contract.columns:
        if column.kind == "flag":
            frame[column.name] = frame[column.name].map({True: "yes", False: "no"})
        elif column.kind == "number":
            frame[column.name] = [_number_text(v) for v in frame[column.name].tolist()]
    return frame.to_csv(index=False, lineterminator="\n")


def _number_text(value: float) -> str:
    if value != value:
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


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
