"""Links of the drawn theatre: sensible neighbours on real road, rail and sea distances."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from data.draw.places import HOME, Place, kilometres, read, zone_at

Row = dict[str, Any]
NAUTICAL_MILE = 1.852
DETOUR = 1.25  # road or rail kilometres per great-circle kilometre where the geography has no row

SPEED = {"road": 500.0, "rail": 400.0, "sea": 900.0}  # km a day
COST = {"road": 0.11, "rail": 0.05, "sea": 0.012, "air": 1.3}  # EUR a t·km
LETTER = {"road": "R", "rail": "T", "sea": "S", "air": "A"}

# Where the supported side is entered: node → hubs before it, sectors behind it (ids of the geography), the
# share of the way from the first hub to the first sector at which it lies, and the mode.
ENTRIES: dict[str, tuple[tuple[str, ...], tuple[str, ...], float, str]] = {
    "POST_NORTH": (
        ("PL-przemysl", "PL-rzeszow", "PL-lublin"), ("UA-lviv", "UA-zhytomyr"), 0.2, "road"),
    "POST_TUNNEL": (("SK-kosice", "HU-debrecen"), ("UA-lviv", "UA-vinnytsya"), 0.35, "road"),
    "POST_SOUTH": (("RO-suceava",), ("UA-vinnytsya", "UA-zhytomyr"), 0.2, "road"),
    "POST_COAST": (
        ("MD-chisinau", "RO-galati"), ("UA-odesa", "UA-kropyvnytskyi", "UA-mykolayiv"), 0.3, "road"),
    "GAUGE_NORTH": (
        ("PL-przemysl", "PL-lublin"), ("UA-lviv", "UA-zhytomyr", "UA-kyiv"), 0.15, "rail"),
    "GAUGE_TUNNEL": (("SK-kosice", "HU-debrecen"), ("UA-lviv",), 0.35, "rail"),
    "GAUGE_SOUTH": (("RO-suceava",), ("UA-vinnytsya", "UA-odesa"), 0.15, "rail"),
    "GAUGE_COAST": (("RO-galati",), ("MD-chisinau", "UA-odesa"), 0.3, "rail"),
}  # fmt: skip

HUB_PAIRS = (
    ("PL-gdansk", "PL-lublin"), ("PL-gdansk", "PL-rzeszow"), ("PL-rzeszow", "PL-przemysl"),
    ("PL-lublin", "PL-przemysl"), ("SK-kosice", "PL-przemysl"),
    ("PL-przemysl", "RO-suceava"), ("HU-debrecen", "SK-kosice"),
    ("HU-debrecen", "RO-suceava"), ("RO-constanta", "RO-galati"), ("RO-constanta", "RO-suceava"),
    ("RO-galati", "RO-suceava"), ("RO-galati", "MD-chisinau"), ("RO-suceava", "MD-chisinau"),
)  # fmt: skip
GAUGE_INSIDE = ("MD-chisinau",)  # a hub whose railways are of the wide gauge: no narrow rail ends there
# Wide-gauge lines that begin at a hub: loads reach them by road, or through a gauge break.
WIDE_LINES = (("PL-lublin", "UA-zhytomyr"), ("SK-kosice", "UA-vinnytsya"))
WEST_RAILHEAD = "DE-leipzig"

# port, place on land, mode: short ways between them (great circle × DETOUR, at least 5 km)
TO_PORT = (
    ("GB-southampton", "GBSOU"), ("BE-antwerp", "BEANR"), ("NL-eindhoven", "NLRTM"), ("FR-metz", "FRLEH"),
    ("DK-aalborg", "SEGOT"), ("SE-orebro", "SEGOT"), ("NO-hamar", "SEGOT"), ("LT-kaunas", "LTKLJ"),
    ("LV-riga", "LTKLJ"), ("GR-larisa", "GRSKG"), ("BG-plovdiv", "BGVAR"), ("IT-verona", "ITTRS"),
    ("ES-zaragoza", "ESVLC"), ("PT-santarem", "ESVLC"), ("FI-tampere", "NORTHPORT"), ("DE-kaiserslautern",
    "DEBRV"),
)  # fmt: skip
FROM_PORT = (
    ("PLGDN", "PL-gdansk"), ("ROCND", "RO-constanta"), ("BGVAR", "RO-constanta"), ("ITTRS", "HU-debrecen"),
    ("BEANR", "DE-leipzig"), ("FRLEH", "DE-leipzig"), ("NLRTM", "DE-leipzig"),
)  # fmt: skip
SEA_PAIRS = (
    ("GBSOU", "PLGDN"), ("GBSOU", "BEANR"), ("FRLEH", "PLGDN"), ("DEBRV", "PLGDN"), ("BEANR", "PLGDN"),
    ("NLRTM", "PLGDN"), ("SEGOT", "PLGDN"), ("LTKLJ", "PLGDN"), ("ESVLC", "TRIST"), ("ITTRS", "TRIST"),
    ("GRSKG", "TRIST"), ("TRIST", "ROCND"), ("TRIST", "BGVAR"), ("ESVLC", "FRLEH"),
)  # fmt: skip
OPEN_SEA = (
    ("FARHAVEN", "BEANR"), ("FARHAVEN", "FRLEH"), ("FARHAVEN", "ESVLC"), ("NORTHPORT", "PLGDN"),
    ("NORTHPORT", "LTKLJ"),
)  # fmt: skip
AIRFIELDS = (
    ("FR-lyon", "AIR_WEST"), ("FR-metz", "AIR_WEST"), ("DE-kaiserslautern", "AIR_WEST"),
    ("DE-leipzig", "AIR_CENTRE"), ("CZ-brno", "AIR_CENTRE"), ("FARHAVEN", "AIR_FAR"),
    ("AIR_NORTH", "PL-rzeszow"), ("AIR_SOUTH", "RO-constanta"),
)  # fmt: skip
AIR_PAIRS = (
    ("AIR_WEST", "AIR_NORTH"), ("AIR_WEST", "AIR_SOUTH"), ("AIR_CENTRE", "AIR_NORTH"),
    ("AIR_FAR", "AIR_NORTH"), ("AIR_FAR", "AIR_SOUTH"),
)  # fmt: skip


class Distances:
    """Road and rail kilometres by id of the geography, sea kilometres by port."""

    def __init__(self, folder: Path) -> None:
        self.table: dict[str, dict[tuple[str, str], float]] = {}
        for mode, name, column in (
            ("road", "road_km", "km"),
            ("rail", "rail_km", "km"),
            ("sea", "sea_nm", ""),
        ):
            known: dict[tuple[str, str], float] = {}
            for row in read(folder, name):
                value = float(row[column]) if column else float(row["nautical_miles"]) * NAUTICAL_MILE
                if value > 0:
                    known[row["from"], row["to"]] = known[row["to"], row["from"]] = value
            self.table[mode] = known

    def get(self, mode: str, a: str, b: str) -> float | None:
        """Return the kilometres between two ids, None where the geography has no row."""
        return self.table[mode].get((a, b))


class LinkDraw:
    """Collects link rows; `places` is by id of the geography or by code of a port or invented node."""

    def __init__(self, places: Mapping[str, Place], distances: Distances, seed: int) -> None:
        self.places, self.distances = places, distances
        self.random = Random(f"links {seed}")
        self.rows: dict[str, Row] = {}

    def add(self, mode: str, tail: str, head: str, distance: float | None = None, **cells: Any) -> None:
        """Add one directed link; without a distance the great circle × DETOUR is taken."""
        a, b = self.places[tail], self.places[head]
        if distance is None:
            direct = kilometres((a.latitude, a.longitude), (b.latitude, b.longitude))
            distance = max(5.0, direct * (1.0 if mode == "air" else DETOUR))
        distance = float(round(distance))
        name = f"{LETTER[mode]}-{a.code}-{b.code}"
        row = {
            "link": name, "tail": a.code, "head": b.code, "mode": mode, "distance": distance,
            "transit": transit(mode, distance), "cost": round(4 + COST[mode] * distance, 1),
            "gauge": "1435" if mode == "rail" else "", "countries": "|".join(zones_between(a, b)),
        }  # fmt: skip
        self.rows[name] = {**row, **cells}

    def add_known(self, modes: Iterable[str], tail: str, head: str, **cells: Any) -> None:
        """Add a link for each mode for which the geography knows the distance."""
        for mode in modes:
            distance = self.distances.get(mode, tail, head)
            if distance is not None:
                self.add(mode, tail, head, distance, **cells)


def transit(mode: str, distance: float) -> int:
    """Return whole days of transit; short ways and flights on the continent take none."""
    if mode == "air":
        return 1 if distance > 3000 else 0
    if mode != "sea" and distance <= 60:
        return 0
    return max(1, math.ceil(distance / SPEED[mode]))


def zones_between(a: Place, b: Place) -> list[str]:
    """Return the zones on the straight way between two places, without the zones of its ends."""
    if a.zone in HOME or b.zone in HOME or "OVERSEAS" in (a.zone, b.zone):
        return []
    found = set()
    for i in range(1, 10):
        w = i / 10
        latitude = a.latitude * (1 - w) + b.latitude * w
        found.add(zone_at(latitude, a.longitude * (1 - w) + b.longitude * w))
    return sorted(found - {a.zone, b.zone})


def link_rows(places: Mapping[str, Place], distances: Distances, seed: int) -> list[Row]:
    """Return the rows of table `links` without limits."""
    draw = LinkDraw(places, distances, seed)
    _west(draw)
    _ports_and_air(draw)
    _entries(draw)
    _inside(draw)
    return list(draw.rows.values())


def _west(draw: LinkDraw) -> None:
    hubs = [i for i, p in draw.places.items() if p.kind == "hub" and i not in GAUGE_INSIDE and i != "PL-przemysl"]
    depots = [i for i, p in draw.places.items() if p.kind == "depot"]
    for depot in depots:
        for mode, count in (("road", 2), ("rail", 2)):
            known = [(draw.distances.get(mode, depot, hub), hub) for hub in hubs]
            near = sorted((km, hub) for km, hub in known if km is not None)
            for km, hub in near[:count]:
                if not (mode == "rail" and depot == "LT-kaunas"):
                    draw.add(mode, depot, hub, km)
    for depot in ("FR-metz", "DE-kaiserslautern", "NL-eindhoven", "BE-antwerp"):
        draw.add_known(("road",), depot, WEST_RAILHEAD)
    for depot in ("LV-riga", "EE-tartu"):
        draw.add("rail", depot, "LT-kaunas", draw.distances.get("road", depot, "LT-kaunas"), gauge="1520")
    draw.add("rail", "LT-kaunas", "GAUGE_BALTIC", 110.0, gauge="1520")
    draw.add(
        "rail",
        "GAUGE_BALTIC",
        "PL-lublin",
        (draw.distances.get("rail", "LT-kaunas", "PL-lublin") or 585) - 110,
    )
    for tail, head in HUB_PAIRS:
        modes = ("road",) if head in GAUGE_INSIDE else ("road", "rail")
        draw.add_known(modes, tail, head)


def _ports_and_air(draw: LinkDraw) -> None:
    for land, port in TO_PORT:
        draw.add("road", land, port)
    for port, land in FROM_PORT:
        draw.add("road", port, land)
        draw.add("rail", port, land)
    for tail, head in SEA_PAIRS:
        draw.add("sea", tail, head, draw.distances.get("sea", tail, head))
    for tail, head in OPEN_SEA:
        draw.add("sea", tail, head)
    for tail, head in AIRFIELDS:
        draw.add("road", tail, head)
    for tail, head in AIR_PAIRS:
        draw.add("air", tail, head)


def _entries(draw: LinkDraw) -> None:
    for node, (hubs, sectors, share, mode) in ENTRIES.items():
        first = draw.distances.get(mode, hubs[0], sectors[0]) or 100.0
        before = first * share
        tunnel = {"hazardous": False} if "TUNNEL" in node else {}
        for hub in hubs:
            way = draw.distances.get(mode, hub, sectors[0]) or first
            draw.add(mode, hub, node, max(20.0, way - (first - before)), **tunnel)
        for sector in sectors:
            way = draw.distances.get(mode, hubs[0], sector) or first
            gauge = {"gauge": "1520"} if mode == "rail" else {}
            draw.add(mode, node, sector, max(20.0, way - before), **gauge)


def _inside(draw: LinkDraw) -> None:
    """Add wide lines from hubs, and links between sectors, always away from the border, to the nearest."""
    for tail, head in WIDE_LINES:
        draw.add_known(("rail",), tail, head, gauge="1520")
    draw.add_known(("rail",), "MD-chisinau", "UA-odesa", gauge="1520")
    draw.add_known(("rail",), "MD-chisinau", "UA-kropyvnytskyi", gauge="1520")
    sectors = [i for i, p in draw.places.items() if p.kind == "sector"]
    hubs = [i for i, p in draw.places.items() if p.kind == "hub"]
    for mode in ("road", "rail"):
        far = {s: min(draw.distances.get(mode, h, s) or 1e9 for h in hubs) for s in sectors}
        for tail in sectors:
            chosen: list[str] = []
            onward = [(draw.distances.get(mode, tail, s) or 1e9, s) for s in sectors if far[s] > far[tail] + 20]
            for km, head in sorted(onward):
                behind = any((draw.distances.get(mode, w, head) or 1e9) < 0.9 * km for w in chosen)
                if len(chosen) < 2 and not behind:
                    chosen.append(head)
                    draw.add(mode, tail, head, km, gauge="1520" if mode == "rail" else "")
