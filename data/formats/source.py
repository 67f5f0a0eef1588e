"""Where a theatre is read from and written to: a folder of CSV or Parquet, a workbook, or a shipped name.

The format follows from what is given. A scenario with a `base` takes from that scenario every table for which it has
none of its own.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pandas as pd

from data.contracts import SCENARIO, THEATRE
from data.formats.folder import Folder, write_folder
from data.formats.raw import RawTables, placed
from data.formats.workbook import SUFFIXES, Workbook
from data.formats.workbook_writer import write_workbook
from data.problems import FormatError, Problem, TableError
from data.tables import Table
from data.theatre import Scenario, Theatre, read_tables

SHIPPED = Path(__file__).parent.parent / "theatres"


class Source(Protocol):
    """A place that holds a theatre and its scenarios."""

    name: str
    path: Path

    def scenarios(self) -> list[str]:
        """Return the names of the scenarios, sorted."""

    def whole(self, scenario: str) -> bool:
        """Return whether the scenario is there."""

    def tables(self, scenario: str | None = None) -> tuple[RawTables, list[Problem]]:
        """Return the raw tables of the theatre, or a scenario's own, and what keeps any from being read."""


def find(name: str | Path) -> Path:
    """Return where a theatre stands: a folder, a workbook, or the folder of a shipped name."""
    path = Path(name)
    if path.is_dir() or path.is_file():
        return path
    if (SHIPPED / str(name)).is_dir() and Path(str(name)).name == str(name):
        return SHIPPED / str(name)
    shipped = ", ".join(sorted(p.name for p in SHIPPED.iterdir() if p.is_dir())) if SHIPPED.is_dir() else "none"
    raise FormatError(
        f"no theatre '{name}': neither a folder nor a workbook nor a shipped theatre ({shipped}); check the path"
    )


def open_source(place: str | Path | Source) -> Source:
    """Return the theatre's place, opened; FormatError or TableError if it cannot be read at all."""
    if not isinstance(place, str | Path):
        return place
    path = find(place)
    if path.is_dir():
        return Folder(path)
    if path.suffix.lower() in SUFFIXES:
        return Workbook(path)
    mend = "give a workbook (.xlsx), or a folder of CSV or Parquet"
    raise FormatError(f"'{path.name}' is no theatre: a file of another kind; {mend}")


@contextmanager
def _unswept() -> Iterator[None]:
    """Keep Python from searching the many cells for cycles while they are made: there are none."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def load(place: str | Path | Source) -> Theatre:
    """Return the theatre of a folder, a workbook or a shipped name; TableError lists everything that is wrong."""
    theatre, problems = read_theatre(open_source(place))
    if problems:
        raise TableError(problems)
    return theatre


def scenario_names(place: str | Path | Source) -> list[str]:
    """Return the names of the theatre's scenarios, sorted."""
    return open_source(place).scenarios()


def load_scenario(place: str | Path | Source, theatre: Theatre, scenario: str | Path) -> Scenario:
    """Return a scenario of the theatre by its name or, if it has none of that name, by the folder given.

    A name may be written as people say it: "Renewed attack" is renewed_attack.
    """
    source = open_source(place)
    name, elsewhere = str(scenario), Path(scenario)
    if name not in source.scenarios() and not elsewhere.exists():
        name = _as_said(name, source.scenarios())
    if not (name in source.scenarios() and not isinstance(scenario, Path)) and elsewhere.is_dir():
        elsewhere = elsewhere.resolve()
        source, name = Folder(elsewhere, own=elsewhere), elsewhere.name
    if not source.whole(name):
        known = ", ".join(source.scenarios()) or "none"
        raise FormatError(f"theatre '{source.name}' has no scenario '{scenario}'; known: {known}")
    found, problems = read_scenario(source, theatre, name)
    if found is None:
        raise TableError(problems)
    return found


def _as_said(name: str, known: list[str]) -> str:
    """Return the one known name that differs in case, spaces and hyphens alone; the name itself if there is none."""
    alike = [one for one in known if _plain(one) == _plain(name)]
    return alike[0] if len(alike) == 1 else name


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.casefold())


@_unswept()
def read_theatre(source: Source) -> tuple[Theatre, list[Problem]]:
    """Return the theatre and every problem; with problems it holds what could be read, unchecked."""
    raw, unread = source.tables()
    broken = {p.table for p in unread}
    frames = _frames(raw, broken)
    try:
        theatre, problems = Theatre.of(source.name, frames), []
    except TableError as error:
        theatre, problems = Theatre(source.name, read_tables(THEATRE, frames)[0]), list(error.problems)
    told = placed([*unread, *_own(problems, broken)], raw)
    return replace(theatre, warnings=tuple(placed(theatre.warnings, raw))), told


@_unswept()
def read_scenario(
    source: Source, theatre: Theatre, name: str, broken: Collection[str] = ()
) -> tuple[Scenario | None, list[Problem]]:
    """Return the scenario, its base taken in, or none and every problem that is its own: not of a `broken` table."""
    try:
        raw, unread = _with_base(source, name, ())
    except TableError as error:  # the base leads nowhere: what the scenario holds is not known
        return None, list(error.problems)
    broken = {*broken, *(p.table for p in unread)}
    try:
        scenario, problems = Scenario.of(theatre, _frames(raw, broken)), []
    except TableError as error:
        scenario, problems = None, list(error.problems)
    told = placed([*unread, *_own(problems, broken)], raw)
    if scenario is None or told:
        return None, told
    return replace(scenario, warnings=tuple(placed(scenario.warnings, raw))), []


def own_tables(source: Source, name: str) -> dict[str, Table]:
    """Return the tables that the scenario has of its own, checked cell by cell; TableError if any is bad."""
    raw, problems = source.tables(name)
    tables, found = read_tables(SCENARIO, _frames(raw, ()))
    problems = [*problems, *(p for p in found if p.table in raw)]
    if problems:
        raise TableError(placed(problems, raw))
    return {name: tables[name] for name in raw}


def _frames(raw: RawTables, broken: Collection[str]) -> dict[str, pd.DataFrame]:
    return {name: table.frame for name, table in raw.items() if name not in broken}


def _own(problems: Iterable[Problem], broken: Collection[str]) -> list[Problem]:
    """Return the problems but those that only follow from a table that could not be read."""
    return [p for p in problems if p.table not in broken and not _follows(p, broken)]


def _follows(problem: Problem, broken: Collection[str]) -> bool:
    match = re.match(r"no such row in table '(\w+)'", problem.problem)
    return match is not None and match[1] in broken


def _with_base(source: Source, name: str, seen: tuple[str, ...]) -> tuple[RawTables, list[Problem]]:
    raw, problems = source.tables(name)
    frame = raw["scenario"].frame if "scenario" in raw else pd.DataFrame()
    base = str(frame["base"].iloc[0] or "").strip() if len(frame) and "base" in frame.columns else ""
    if not base:
        return raw, problems
    what = ""
    if base in (*seen, name):
        what = f"scenarios are each other's base: {' → '.join([*seen, name, base])}"
    elif not source.whole(base):
        what = "no such scenario beside this one"
    if what:
        wrong = Problem("scenario", 1, "base", base, what, "correct or empty the cell")
        raise TableError([*problems, raw["scenario"].place(wrong)])
    taken, found = _with_base(source, base, (*seen, name))
    return {**taken, **raw}, [*problems, *(p for p in found if p.table not in raw)]


def save(place: str | Path, theatre: Theatre, scenarios: Iterable[Scenario] = (), *, parquet: bool = False) -> Path:
    """Write the theatre and its scenarios, and return the place: a workbook if it ends in .xlsx, else a folder.

    The folder is of CSV unless `parquet` is set. TableError if a workbook cannot hold a table.
    """
    held = {s.name: {n: t for n, t in s.tables.items() if len(t)} for s in scenarios}
    return save_tables(Path(place), theatre.tables, held, parquet=parquet)


def save_tables(
    place: Path,
    theatre: Mapping[str, Table],
    scenarios: Mapping[str, Mapping[str, Table]],
    *,
    parquet: bool = False,
) -> Path:
    """Write these tables and return the place, as `save` does; of a scenario every table that is given."""
    if is_workbook(place):
        write_workbook(place, theatre, scenarios)
    else:
        write_folder(place, theatre, scenarios, parquet)
    return place


def is_workbook(place: str | Path) -> bool:
    """Return whether what is written to this path is a workbook."""
    return Path(place).suffix.lower() == ".xlsx"
