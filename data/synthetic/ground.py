"""Places and links: depots in the west, hubs between, sectors in the east, on invented ground."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np

from data.synthetic.sizes import Size, stream

HUB_KINDS = ("port", "hub", "border", "gauge_break", "port", "railhead")
MORE_HUB_KINDS = (
    "port",
    "hub",
    "airfield",
    "border",
    "hub",
    "gauge_break",
    "port",
    "railhead",
    "airfield",
    "gauge_break",
)
SPEED = {"road": 450.0, "rail": 600.0, "sea": 450.0, "air": 3000.0}  # km a day
COST = {"road": 0.09, "rail": 0.05, "sea": 0.02, "air": 0.9}  # EUR a tonne and km
WIDE, NARROW = "1520", "1435"


@dataclass(eq=False)
class Ground:
    """Nodes and links as parallel arrays; capacities come later."""

    x: np.ndarray
    y: np.ndarray
    kind: list[str]
    country: list[str]
    dwell: np.ndarray
    depots: int
    hubs: int
    sectors: int
    names: list[str]
    tail: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    head: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    mode: np.ndarray = field(default_factory=lambda: np.zeros(0, object))
    gauge: np.ndarray = field(default_factory=lambda: np.zeros(0, object))
    distance: np.ndarray = field(default_factory=lambda: np.zeros(0))
    transit: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    mlc: np.ndarray = field(default_factory=lambda: np.zeros(0))
    hazardous: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    clearance: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    crossed: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def first_sector(self) -> int:
        """Return the number of the first sector; depots come first, then hubs."""
        return self.depots + self.hubs

    def cells(self) -> dict[str, Any]:
        """Return the columns of table links that are no capacities."""
        width = len(str(len(self.tail)))
        return {
            "link": [f"A{i + 1:0{width}d}" for i in range(len(self.tail))],
            "tail": [self.names[i] for i in self.tail],
            "head": [self.names[i] for i in self.head],
            "mode": self.mode,
            "gauge": self.gauge,
            "distance": self.distance,
            "transit": self.transit,
            "cost": [round(COST[m] * d, 2) for m, d in zip(self.mode, self.distance, strict=True)],
            "mlc": [None if np.isnan(v) else v for v in self.mlc],
            "hazardous": self.hazardous,
            "clearance": self.clearance,
            "countries": ["|".join(c) for c in self.crossed],
        }


def draw_ground(size: Size, seed: int) -> Ground:
    """Return the places and links of a size and seed."""
    rng = stream(seed, size, "ground")
    ground = _places(size, rng)
    pairs = _pairs(size, ground)
    tail, head, mode, gauge = zip(*pairs, strict=True)
    ground.tail, ground.head = np.array(tail), np.array(head)
    ground.mode, ground.gauge = np.array(mode, object), np.array(gauge, object)
    _describe_links(size, ground, rng)
    return ground


def _places(size: Size, rng: np.random.Generator) -> Ground:
    height = 0.6 * size.width
    x = np.concatenate([
        rng.uniform(0.0, 0.45, size.depots), np.sort(rng.uniform(0.4, 0.8, size.hubs)),
        rng.uniform(0.86, 1.0, size.sectors),
    ])  # fmt: skip
    y = np.concatenate([_spread(rng, n) for n in (size.depots, size.hubs, size.sectors)])
    kinds = _hub_kinds(size)
    names = [f"D{i + 1:03d}" for i in range(size.depots)]
    names += [f"H{i + 1:03d}" for i in range(size.hubs)] + [f"S{i + 1:03d}" for i in range(size.sectors)]
    kind = ["depot"] * size.depots + kinds + ["sector"] * size.sectors
    columns = 4 if size.name == "S" else 5
    column = np.minimum((x / 1.0001 * columns).astype(int), columns - 1)
    country = [f"{chr(65 + c)}{1 + int(v > 0.5)}" for c, v in zip(column, y, strict=True)]
    dwell = np.array([{"gauge_break": 1, "port": 1, "border": int(rng.random() < 0.5)}.get(k, 0) for k in kind])
    return Ground(x * size.width, y * height, kind, country, dwell, size.depots, size.hubs, size.sectors, names)


def _spread(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.permutation((np.arange(count) + rng.uniform(0, 1, count)) / count)


def _hub_kinds(size: Size) -> list[str]:
    if size.hubs <= len(HUB_KINDS):
        return list(HUB_KINDS[: size.hubs])
    kinds = [MORE_HUB_KINDS[i * len(MORE_HUB_KINDS) // size.hubs] for i in range(size.hubs)]
    return kinds


Pair = tuple[int, int, str, str]


def _pairs(size: Size, ground: Ground) -> list[Pair]:
    """Return the links: what connects every place first, other modes next, near road neighbours up to the count."""
    x, y = ground.x, ground.y
    apart = np.hypot(x[:, None] - x[None], y[:, None] - y[None])
    found: dict[Pair, None] = {}
    hubs = np.arange(ground.depots, ground.first_sector)
    for i in range(ground.depots):
        for j in hubs[np.argsort(apart[i, hubs])[:3]]:
            found[i, int(j), "road", ""] = None
    for j in range(ground.first_sector, len(x)):
        for i in hubs[np.argsort(apart[hubs, j])[:3]]:
            found[int(i), j, "road", ""] = None
    for i in hubs.tolist():
        east = hubs[x[hubs] > x[i]]
        for j in east[np.argsort(apart[i, east])[:2]]:
            found[int(i), int(j), "road", ""] = None
    for pair in [*_rail(ground, apart), *_sea_and_air(ground, apart)]:
        found[pair] = None
    near = np.argsort(apart, axis=1, kind="stable")
    for rank in range(1, len(x)):
        for i in range(len(x)):
            j = int(near[i, rank])
            if len(found) >= size.links:
                return sorted(found)
            found[i, j, "road", ""] = None
            if len(found) < size.links:
                found[j, i, "road", ""] = None
    return sorted(found)


def _rail(ground: Ground, apart: np.ndarray) -> list[Pair]:
    """Return eastbound rail: 1435 mm up to the gauge breaks, 1520 mm from them on."""
    kind = np.array(ground.kind, object)
    breaks = np.flatnonzero(kind == "gauge_break")
    inner = np.flatnonzero((kind == "hub") | (kind == "border"))
    east = np.flatnonzero(kind == "railhead")
    sectors = np.arange(ground.first_sector, len(kind))
    yards = np.arange(ground.depots)[: (2 * ground.depots + 2) // 3]
    out: list[Pair] = []
    for i in yards.tolist():
        out += [(int(i), int(j), "rail", NARROW) for j in _nearest(apart, i, np.concatenate([inner, breaks]), 2)]
    for i in inner.tolist():
        out += [(int(i), int(j), "rail", NARROW) for j in _nearest(apart, i, breaks, 2)]
    for i in breaks.tolist():
        out += [(int(i), int(j), "rail", WIDE) for j in _nearest(apart, i, sectors, 3)]
        out += [(int(i), int(j), "rail", WIDE) for j in _nearest(apart, i, east, 1)]
    for i in east.tolist():
        out += [(int(i), int(j), "rail", WIDE) for j in _nearest(apart, i, sectors, 3)]
    return out


def _sea_and_air(ground: Ground, apart: np.ndarray) -> list[Pair]:
    kind = np.array(ground.kind, object)
    out: list[Pair] = []
    for mode, place, starts in (("sea", "port", 6), ("air", "airfield", 8)):
        stops = np.flatnonzero(kind == place)
        if not len(stops):
            continue
        middle = np.median(ground.x[stops])
        west, east = stops[ground.x[stops] < middle], stops[ground.x[stops] >= middle]
        for i in west:
            out += [(int(i), int(j), mode, "") for j in _nearest(apart, i, east, 2)]
        depots = np.arange(ground.depots)[:: max(1, ground.depots // starts)]
        for i in depots:
            out += [(int(i), int(j), mode, "") for j in _nearest(apart, i, east if len(east) else stops, 1)]
    return out


def _nearest(apart: np.ndarray, node: int, among: np.ndarray, count: int) -> np.ndarray:
    among = among[among != node]
    return among[np.argsort(apart[node, among], kind="stable")[:count]]


def _describe_links(size: Size, ground: Ground, rng: np.random.Generator) -> None:
    tail, head, count = ground.tail, ground.head, len(ground.tail)
    dx, dy = ground.x[head] - ground.x[tail], ground.y[head] - ground.y[tail]
    detour = np.array([{"road": 1.2, "rail": 1.25, "sea": 1.3, "air": 1.0}[m] for m in ground.mode])
    ground.distance = np.maximum(5.0, np.round(np.hypot(dx, dy) * detour, 1))
    ground.transit = np.array([max(1, ceil(d / SPEED[m])) for d, m in zip(ground.distance, ground.mode, strict=True)])
    road = ground.mode == "road"
    last_mile = road & (head >= ground.first_sector) & (tail < ground.first_sector) & (tail >= ground.depots)
    reverse = set(zip(head.tolist(), tail.tolist(), strict=True))
    one_way = np.array([(t, h) not in reverse for t, h in zip(tail.tolist(), head.tolist(), strict=True)])
    ground.transit[last_mile & one_way & (ground.distance < 0.2 * size.width)] = 0
    weak = road & (rng.random(count) < 0.2)
    ground.mlc = np.where(weak, rng.choice([30.0, 50.0, 60.0, 70.0], count), np.nan)
    ground.mlc[ground.mode == "air"] = 30.0
    ground.hazardous = ~(road & (rng.random(count) < 0.12)) & (ground.mode != "air")
    ground.clearance = np.where(ground.mode == "sea", rng.integers(0, 4, count), 0)
    ground.crossed = [_crossed(ground, size, i) for i in range(count)]


def _crossed(ground: Ground, size: Size, link: int) -> tuple[str, ...]:
    """Return the countries between the ends of a link, without those of its ends."""
    if ground.mode[link] in ("sea", "air"):
        return ()
    i, j = int(ground.tail[link]), int(ground.head[link])
    ends = {ground.country[i], ground.country[j]}
    columns = 4 if size.name == "S" else 5
    out: dict[str, None] = {}
    for part in (0.25, 0.5, 0.75):
        x = (ground.x[i] + part * (ground.x[j] - ground.x[i])) / size.width
        y = (ground.y[i] + part * (ground.y[j] - ground.y[i])) / (0.6 * size.width)
        out[f"{chr(65 + min(int(x / 1.0001 * columns), columns - 1))}{1 + int(y > 0.5)}"] = None
    return tuple(sorted(set(out) - ends))
