"""The commands `template` and `convert`: the workbook to fill in, and a theatre from one format to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from api.commands.console import print_json, screen
from api.errors import ANSWERED, OutputError, UseError
from api.plan_folder import refuse_foreign, writable, write_whole
from data.formats import load, open_source
from data.formats.source import Source, is_workbook, own_tables, read_scenario, save_tables
from data.formats.workbook_writer import write_template
from data.problems import TableError
from data.tables import Table
from data.theatre import Theatre


def run_template(out: Path, as_json: bool) -> int:
    """Write the empty workbook; return 0."""
    if not is_workbook(out):
        raise UseError(f"'{out.name}' is no name of a workbook; end it in .xlsx")
    place = _new_file(out)
    _write_file(place, write_template)
    if as_json:
        print_json({"written": str(out)})
    else:
        screen().print(f"wrote {out}: fill it in, then: casemate check {out}", markup=False)
    return ANSWERED


def run_convert(given: str, out: Path, parquet: bool, as_json: bool) -> int:
    """Write the theatre and its scenarios in the format `out` names; return 0. Of bad tables nothing is written."""
    workbook = is_workbook(out)
    if workbook and parquet:
        raise UseError("--parquet writes a folder; name one without .xlsx")
    if not workbook and out.suffix.lower() in (".csv", ".parquet", ".xls", ".xlsm", ".ods"):
        raise UseError(f"'{out.name}': a theatre is written as a workbook (.xlsx) or as a folder; name one of them")
    place = _new_file(out) if workbook else out.expanduser().resolve()
    if not workbook:
        refuse_foreign(place, set(), "", "a theatre")
    source = open_source(given)
    theatre, scenarios = _checked(source)
    if workbook:
        _write_file(place, lambda file: save_tables(file, theatre.tables, scenarios))
    else:
        write_whole(place, lambda fresh: save_tables(fresh, theatre.tables, scenarios, parquet=parquet))
    written = "workbook" if workbook else "Parquet" if parquet else "CSV"
    if as_json:
        told = {"written": str(out), "format": written.lower(), "theatre": theatre.name, "scenarios": sorted(scenarios)}
        print_json({**told, "digest": {"theatre": theatre.digest}})
    else:
        count = sum(len(t) for held in (theatre.tables, *scenarios.values()) for t in held.values())
        told_of = f"{count} rows of {theatre.name} and {len(scenarios)} scenario(s)"
        screen().print(f"wrote {out} ({written}): {told_of}", markup=False)
    return ANSWERED


def _checked(source: Source) -> tuple[Theatre, dict[str, dict[str, Table]]]:
    """Return the theatre and each scenario's own tables, all of them sound; TableError lists what is not."""
    theatre = load(source)
    problems = []
    for name in source.scenarios():
        _, found = read_scenario(source, theatre, name)
        problems += [p if p.sheet else replace(p, table=f"{p.table}@{name}") for p in found]
    if problems:
        raise TableError(problems)
    return theatre, {name: own_tables(source, name) for name in source.scenarios()}


def _new_file(out: Path) -> Path:
    """Return the file to write, resolved; OutputError if something stands there."""
    place = out.expanduser().resolve()
    if place.exists():
        raise OutputError(f"'{out.name}' is there already and would be lost; name a new file")
    return place


def _write_file(place: Path, write: Callable[[Path], object]) -> None:
    """Call `write` on a file in a new folder beside its place, then put the file there."""
    with writable(place), TemporaryDirectory(prefix=".casemate", dir=place.parent) as fresh:
        write(Path(fresh) / place.name)
        (Path(fresh) / place.name).rename(place)
