"""Limits of nodes and links of the drawn theatre: handling, storage, explosives, load class, clearance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from data.draw.places import Place

Row = dict[str, Any]

# kind → handling t/day, storage t, dwell days; None: no limit
BY_KIND: dict[str, tuple[float | None, float | None, int]] = {
    "depot": (None, None, 0),
    "hub": (5000, 6000, 0),
    "port": (None, None, 1),
    "airfield": (110, 160, 0),
    "border": (2800, 2000, 0),
    "gauge_break": (2600, 3000, 1),
    "sector": (None, 2400, 0),
}
# What is scarce at far sectors (ids of the geography): of the node itself, and of every link that ends there.
SCARCE: dict[str, Row] = {
    "UA-kramatorsk": {"handling": 190.0, "storage": 260.0, "storage_volume": None},
    "UA-sumy": {"storage": None, "storage_volume": 420.0},
}
SCARCE_LINKS: dict[str, Row] = {
    "UA-sumy": {"capacity": 55.0},
    "UA-chernihiv": {"capacity_volume": 90.0},
}
VOLUME_LIMITED = (
    "sector",
    "hub",
    "airfield",
)  # of these kinds every other node is limited in m³ instead of tonnes
CUBE = 1.5  # m³ of storage for a tonne of it

LICENCES = {
    "depot": ("1.1|1.2|1.3|1.4", "1.1|1.2|1.3|1.4", "1.2|1.3|1.4", "1.3|1.4"),
    "hub": ("1.1|1.2|1.3|1.4", "1.2|1.3|1.4"),
    "port": ("1.1|1.2|1.3|1.4", "1.4"),
    "airfield": ("1.2|1.4",),
    "border": ("1.1|1.2|1.3|1.4",),
    "gauge_break": ("1.1|1.2|1.3|1.4",),
    "sector": ("1.1|1.2|1.3|1.4", "1.1|1.2|1.3|1.4", "1.1|1.2|1.3|1.4"),
}
# kind → kg of NEQ a division
EXPLOSIVE = {"depot": 150000.0, "hub": 50000.0, "port": 60000.0, "airfield": 4000.0, "border": 13000.0,
             "gauge_break": 13000.0, "sector": 26000.0}  # fmt: skip
OF_DIVISION = {"1.1": 1.0, "1.2": 0.8, "1.3": 1.2, "1.4": 1.0}

# Only the ways into the supported side and flights are limited, in t and m³ a day.
ENTRIES = ("border", "gauge_break")
CAPACITY = {"road": (800.0, 1500.0), "rail": (1200.0, 2400.0), "sea": (0.0, 0.0), "air": (30.0, 60.0)}
CUBIC = {"road": 1.25, "rail": 1.35, "sea": 3.0, "air": 2.5}  # m³ a tonne of capacity
MLC = {"road": (None, 20.0, 40.0, 60.0), "rail": (None,), "sea": (None,), "air": (20.0,)}
CLEARANCE = {"air": 5}  # days from release to leave to fly


def node_tables(places: Mapping[str, Place], seed: int) -> dict[str, list[Row]]:
    """Return tables nodes and explosive_limits."""
    random = Random(f"nodes {seed}")
    nodes: list[Row] = []
    limits: list[Row] = []
    count: dict[str, int] = {}
    scarce = {places[key].code: cells for key, cells in SCARCE.items()}
    for place in sorted(places.values(), key=lambda p: p.code):
        handling, storage, dwell = BY_KIND[place.kind]
        factor = random.uniform(0.7, 1.3)
        divisions = sorted(random.choice(LICENCES[place.kind]).split("|"))
        number = count[place.kind] = count.get(place.kind, 0) + 1
        held: Row = {"storage": _round(storage, factor)}
        if place.kind in VOLUME_LIMITED and number % 2:
            held = {"storage_volume": _round(storage and storage * CUBE, factor)}
        nodes.append({
            "node": place.code, "name": place.name, "kind": place.kind, "country": place.zone,
            "latitude": place.latitude, "longitude": place.longitude, "handling": _round(handling, factor),
            "dwell": dwell, "divisions": "|".join(divisions), **held, **scarce.get(place.code, {}),
        })  # fmt: skip
        for division in divisions:
            limit = EXPLOSIVE[place.kind] * OF_DIVISION[division] * random.uniform(0.8, 1.2)
            limits.append({"node": place.code, "hazard_division": division, "limit": _round(limit, 1)})
    return {"nodes": nodes, "explosive_limits": limits}


def limited(links: Sequence[Row], places: Mapping[str, Place], seed: int) -> list[Row]:
    """Return the links with their capacities, load classes and clearances."""
    random = Random(f"limits {seed}")
    kind = {place.code: place.kind for place in places.values()}
    scarce = {places[key].code: cells for key, cells in SCARCE_LINKS.items()}
    rows: list[Row] = []
    for link in sorted(links, key=lambda row: row["link"]):
        mode = link["mode"]
        capacity = float(round(random.uniform(*CAPACITY[mode]), -1))
        volume = float(round(capacity * CUBIC[mode] * random.uniform(0.9, 1.2), -1))
        row = {"mlc": random.choice(MLC[mode]), "hazardous": True, **link}
        if mode == "air" or kind[link["tail"]] in ENTRIES or kind[link["head"]] in ENTRIES:
            row.update({"capacity": capacity, "capacity_volume": volume})
        row.update(scarce.get(link["head"], {}))
        row["clearance"] = CLEARANCE.get(mode, 0)
        rows.append(row)
    return rows


def _round(value: float | None, factor: float) -> float | None:
    return None if value is None else float(round(value * factor, -1))
