"""Tiny theatres that can be solved by hand, by name, and the builder they share.

`build(...)` starts from the smallest lawful world (donor ALDER's depot D, sector S, a road of one day
between them, 100 units of item box at D, a need of 60 by day 3) and takes rows in place of its own:

    theatre, scenario = build(links=[link("D-S", "D", "S", transit=2)], needs=[need("N1", quantity=30)])
"""

from __future__ import annotations

from typing import Any

from data.theatre import Scenario, Theatre

Row = dict[str, Any]


def item(name: str = "box", **cells: Any) -> Row:
    return {"item": name, "supply_class": "I", "unit": "each", "mass": 1.0, "value": 100.0, **cells}


def node(name: str, kind: str = "hub", **cells: Any) -> Row:
    return {"node": name, "kind": kind, "latitude": 50.0, "longitude": 20.0, **cells}


def link(name: str, tail: str, head: str, **cells: Any) -> Row:
    return {"link": name, "tail": tail, "head": head, "mode": "road", "distance": 100.0, "transit": 1, **cells}


def lift(donor: str = "ALDER", **cells: Any) -> Row:
    return {"donor": donor, "mode": "road", "cargo": "general", "capacity": 1e6, **cells}


def lot(name: str = "L1", **cells: Any) -> Row:
    return {"lot": name, "donor": "ALDER", "node": "D", "item": "box", "on_hand": 100.0, **cells}


def need(name: str = "N1", **cells: Any) -> Row:
    return {"need": name, "sector": "S", "recipient": "HOST", "item": "box", "quantity": 60.0, "rdd": 3, **cells}


def build(horizon: int = 10, settings: Row | None = None, **tables: list[Row]) -> tuple[Theatre, Scenario]:
    """Return the smallest world with these rows in place of its own tables."""
    rows: dict[str, list[Row]] = {
        "donors": [{"donor": "ALDER", "burden_share": 1.0}],
        "recipients": [{"recipient": "HOST"}],
        "items": [item()],
        "nodes": [node("D", "depot"), node("S", "sector")],
        "links": [link("D-S", "D", "S")],
        "modes": [{"mode": "road"}],
        "lift": [lift()],
        "stocks": [lot()],
        "scenario": [{"name": "test", "horizon": horizon, **(settings or {})}],
        "needs": [need()],
        **tables,
    }
    scenario_tables = ("scenario", "needs", "triggers", "disruptions")
    asked = {name: _columns(rows.pop(name)) for name in scenario_tables if name in rows}
    theatre = Theatre.of("world", {name: _columns(table) for name, table in rows.items()})
    return theatre, Scenario.of(theatre, asked)


def _columns(rows: list[Row]) -> dict[str, list[Any]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}
