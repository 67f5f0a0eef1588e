"""Places of the drawn theatre: real cities and ports as depots and hubs, invented sectors on a grid."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from random import Random

SECTOR_NAMES = (
    "AVOCET", "BITTERN", "CURLEW", "DIPPER", "DUNLIN", "HERON", "KESTREL", "LAPWING", "MERLIN", "OSPREY",
    "PLOVER",
    "REDSTART", "SISKIN", "SWIFT", "TERN", "WHEATEAR",
)  # fmt: skip

# Grid of sectors: steps of at least 50 km up to 51.9° north, its corner at (LATITUDE, LONGITUDE).
STEP_LATITUDE, STEP_LONGITUDE = 0.5, 0.75
LATITUDE, LONGITUDE = 44.35, 21.15

# Invented transit zones: the zone of a place is that of the nearest anchor. They follow no border.
ANCHORS = {
    "AGATE": (40.0, -4.0),
    "BASALT": (47.0, 3.0),
    "FLINT": (52.5, 8.0),
    "GRANITE": (58.5, 17.0),
    "JASPER": (45.5, 12.5),
    "MARBLE": (51.5, 19.5),
    "SLATE": (47.5, 22.0),
    "TUFF": (43.0, 26.5),
}
HOME = ("ONYX", "OPAL")  # the supported side: west and east of this longitude
HOME_SPLIT = 32.0


@dataclass(frozen=True)
class Place:
    """A place with its code in the theatre, its kind there and where it lies."""

    code: str
    name: str
    kind: str
    zone: str
    latitude: float
    longitude: float


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the great-circle distance of two (latitude, longitude) in km."""
    (la, lo), (lb, lp) = ((math.radians(x) for x in p) for p in (a, b))
    h = math.sin((lb - la) / 2) ** 2 + math.cos(la) * math.cos(lb) * math.sin((lp - lo) / 2) ** 2
    return 12742.0 * math.asin(math.sqrt(h))


def zone_at(latitude: float, longitude: float) -> str:
    """Return the transit zone outside the supported side at this position."""
    return min(ANCHORS, key=lambda z: (kilometres(ANCHORS[z], (latitude, longitude)), z))


def snapped(latitude: float, longitude: float) -> tuple[float, float]:
    """Return the nearest point of the sectors' grid."""
    rows = round((latitude - LATITUDE) / STEP_LATITUDE)
    columns = round((longitude - LONGITUDE) / STEP_LONGITUDE)
    return round(LATITUDE + rows * STEP_LATITUDE, 2), round(LONGITUDE + columns * STEP_LONGITUDE, 2)


def read(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of one file of the geography."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def place_of(folder: Path, seed: int) -> dict[str, Place]:
    """Return the place for every id of places.csv; sectors get drawn names and grid positions."""
    rows = read(folder, "places")
    names = list(SECTOR_NAMES)
    Random(f"sectors {seed}").shuffle(names)
    out = {}
    for row in rows:
        at = float(row["lat"]), float(row["lon"])
        if row["role"] == "sector":
            code, at = names.pop(), snapped(*at)
            zone = HOME[at[1] > HOME_SPLIT]
            out[row["id"]] = Place(code, f"Sector {code.title()}", "sector", zone, *at)
            continue
        code = row["id"].split("-", 1)[1].upper().replace("_", " ").replace(" ", "_")
        kind = "hub" if row["role"] == "hub" else "depot"
        at = round(at[0], 2), round(at[1], 2)
        out[row["id"]] = Place(code, code.replace("_", " ").title(), kind, zone_at(*at), *at)
    return out


PORT_NAMES = {
    "GBSOU": "Port of Southampton", "FRLEH": "Port of Le Havre", "DEBRV": "Port of Bremerhaven",
    "BEANR": "Port of Antwerp", "NLRTM": "Port of Rotterdam", "SEGOT": "Port of Gothenburg",
    "PLGDN": "Port of Gdańsk", "LTKLJ": "Port of Klaipėda", "GRSKG": "Port of Thessaloniki",
    "BGVAR": "Port of Varna", "ROCND": "Port of Constanţa", "ITTRS": "Port of Trieste",
    "ESVLC": "Port of Valencia", "TRIST": "Port of Istanbul",
}  # fmt: skip

# Invented nodes: code → name, kind, latitude, longitude (positions coarse)
INVENTED = {
    "FARHAVEN": ("Farhaven, overseas port", "port", 40.0, -60.0),
    "NORTHPORT": ("Northport", "port", 60.5, 22.5),
    "AIR_FAR": ("Farhaven airfield", "airfield", 40.5, -60.0),
    "AIR_WEST": ("Airfield West", "airfield", 47.0, 5.5),
    "AIR_CENTRE": ("Airfield Centre", "airfield", 50.5, 12.0),
    "AIR_NORTH": ("Airfield North", "airfield", 50.25, 22.0),
    "AIR_SOUTH": ("Airfield South", "airfield", 44.25, 28.25),
    "POST_NORTH": ("Border post North", "border", 50.2, 23.2),
    "POST_TUNNEL": ("Border post behind the tunnel", "border", 48.6, 22.6),
    "POST_SOUTH": ("Border post South", "border", 48.2, 26.4),
    "POST_COAST": ("Border post Coast", "border", 46.3, 29.3),
    "GAUGE_NORTH": ("Gauge break North", "gauge_break", 49.9, 23.1),
    "GAUGE_TUNNEL": ("Gauge break behind the tunnel", "gauge_break", 48.4, 22.3),
    "GAUGE_SOUTH": ("Gauge break South", "gauge_break", 48.0, 26.2),
    "GAUGE_COAST": ("Gauge break Coast", "gauge_break", 45.7, 28.4),
    "GAUGE_BALTIC": ("Gauge break Baltic", "gauge_break", 54.2, 23.2),
}


def other_places(folder: Path) -> dict[str, Place]:
    """Return ports and invented nodes by code."""
    out = {}
    for row in read(folder, "ports"):
        code = row["unlocode_like_id"]
        if code in PORT_NAMES:
            at = float(row["lat"]), float(row["lon"])
            out[code] = Place(code, PORT_NAMES[code], "port", zone_at(*at), *at)
    for code, (name, kind, latitude, longitude) in INVENTED.items():
        zone = "OVERSEAS" if longitude < -30 else zone_at(latitude, longitude)
        out[code] = Place(code, name, kind, zone, latitude, longitude)
    return out
