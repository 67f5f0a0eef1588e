"""The commands `compare` and `diff`: two plans side by side, and what differs between two questions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from api.briefing.words import amount, kpi_name, label, number, signed
from api.commands.console import print_json, screen
from api.commands.questions import read_question
from api.commands.summary import grid
from api.errors import ANSWERED, UseError
from api.plan_folder import PlanFolder, read_plan_folder, require
from data.compare import Comparison, compare, difference
from data.goal_names import goal_name

MOST = 12  # rows of a list on the screen; --json has all


def run_compare(a: Path, b: Path, as_json: bool) -> int:
    """Say what plan B does otherwise than plan A; return 0. Plans whose tables were changed are refused."""
    held = read_plan_folder(a), read_plan_folder(b)
    for one in held:
        require(one.document, "theatre", "method")
        one.check_digests()
    found = compare(*((h.theatre, h.scenario, h.plan) for h in held))
    digests = [h.document["digest"] for h in held]
    same = {name: digests[0][name] == digests[1][name] for name in ("theatre", "scenario")}
    if as_json:
        frames = {name: _records(getattr(found, name)) for name in ("goals", "kpis", "needs", "moved", "donors")}
        print_json({"a": str(a), "b": str(b), "same": same, **frames})
    else:
        _print(screen(), held, found, same, (a, b))
    return ANSWERED


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _print(
    out: Console, held: tuple[PlanFolder, ...], found: Comparison, same: Mapping[str, bool], names: tuple[Path, Path]
) -> None:
    theatre = held[1].theatre
    out.print(Text(held[1].scenario.settings.marking, style="bold"), justify="center")
    for letter, path, one in zip("AB", names, held, strict=True):
        out.print(Text(f"{letter}: {path} ({one.document['theatre']}, {one.scenario.name}, {one.document['method']})"))
    for what, is_same in same.items():
        if not is_same:
            out.print(Text(f"Note: the {what} is not the same; casemate diff shows what differs"))
    table = grid("Goal or figure", "A", "B", "B − A", right=(1, 2, 3))
    for row in found.goals.itertuples():
        scales = [{str(g["goal"]): g["scale"] for g in h.document["goals"]}.get(row.goal) or 1.0 for h in held]
        name, unit = goal_name(row.goal)
        a, b = (v / s if unit == "share" else v for v, s in zip((row.a, row.b), scales, strict=True))
        table.add_row(name, amount(a, unit), amount(b, unit), signed(b - a, unit))
    for row in found.kpis.itertuples():
        name, unit = kpi_name(row.kpi)
        if abs(row.difference) > 0 and row.kpi not in ("cost", "shipments"):
            table.add_row(name, amount(row.a, unit), amount(row.b, unit), signed(row.difference, unit))
    out.print(table)
    _needs(out, theatre, found.needs)
    _donors(out, theatre, found.donors)
    tonnes = (found.moved["tonnes_b"] - found.moved["tonnes_a"]).abs().sum() / 2 if len(found.moved) else 0.0
    out.print(Text(f"Moved otherwise: {number(tonnes)} t from {len(found.moved)} lots or orders; --json lists them."))


def _needs(out: Console, theatre: Any, frame: pd.DataFrame) -> None:
    later, earlier = int((frame["days_later"] > 0).sum()), int((frame["days_later"] < 0).sum())
    out.print(Text(f"Needs served otherwise: {len(frame)}; {earlier} arrive earlier in B, {later} later"))
    table = grid("Need", "Tier", "Item and sector", "In time A", "In time B", "Days later", right=(3, 4, 5))
    units = dict(zip(theatre.items["item"], theatre.items["unit"], strict=True))
    for row in frame[:MOST].itertuples():
        unit = units.get(row.item, "")
        told = f"{label(theatre.items, row.item)} at {label(theatre.nodes, row.sector)}"
        a, b = ("not asked" if pd.isna(v) else amount(v, unit) for v in (row.in_time_a, row.in_time_b))
        days = "–" if pd.isna(row.days_later) else signed(row.days_later, "")
        table.add_row(row.need, str(row.tier), told, a, b, days)
    out.print(table)
    if len(frame) > MOST:
        out.print(Text(f"and {len(frame) - MOST} more (--json lists them)"))


def _donors(out: Console, theatre: Any, frame: pd.DataFrame) -> None:
    out.print(Text("Who gives more or less", style="bold"))
    table = grid("Donor", "A", "B", "B − A", "Mass B − A", right=(1, 2, 3, 4))
    for row in frame[:MOST].itertuples():
        change, mass = row.value_b - row.value_a, row.tonnes_b - row.tonnes_a
        cells = amount(row.value_a, "EUR"), amount(row.value_b, "EUR"), signed(change, "EUR"), signed(mass, "t")
        table.add_row(label(theatre.donors, row.donor), *cells)
    out.print(table)


def run_diff(theatre: str, other: str | None, scenarios: list[str], as_json: bool) -> int:
    """List what differs between two scenarios of a theatre, or between two theatres; return 0."""
    if len(scenarios) > 2:
        raise UseError("--scenario is given at most twice: what differs is told of two")
    first = scenarios[0] if scenarios else None
    second = scenarios[1] if len(scenarios) > 1 else first
    a, b = read_question(theatre, first), read_question(other or theatre, second)
    rows = [row for one, two in zip(a, b, strict=True) for row in difference(one, two)]
    if as_json:
        print_json({"differences": rows})
        return ANSWERED
    out = screen()
    for row in rows:
        place = f"{row['table']}[{row['key']}]"
        if row["change"] == "changed":
            out.print(f"{place}.{row['column']}: {_cell(row['before'])} -> {_cell(row['after'])}", markup=False)
        else:
            out.print(f"{place} {row['change']}", markup=False)
    out.print(f"{len(rows)} difference(s)", markup=False)
    return ANSWERED


def _cell(value: Any) -> str:
    return "empty" if value in (None, (), "") else str(value)
