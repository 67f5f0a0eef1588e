"""Candidate routes: for each class of load, short ways from every node to every sector, all sectors at once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from data.synthetic.ground import Ground

FAR = 10**6


@dataclass(frozen=True)
class LoadClass:
    """What decides where a load may go: its cargo, division, military load class and what its donor forbids."""

    cargo: str
    division: str
    mlc: float | None
    modes: frozenset[str]
    countries: frozenset[str]


@dataclass(frozen=True, eq=False)
class Route:
    """A way as parallel arrays of its legs: link, day of departure after the first, day of arrival."""

    links: tuple[int, ...]
    depart: tuple[int, ...]
    arrive: tuple[int, ...]
    clearance: int  # days after release before it may start

    @property
    def days(self) -> int:
        """Return the days from the first departure to the arrival at the sector."""
        return self.arrive[-1]


@dataclass(eq=False)
class Atlas:
    """Finds routes and remembers them: `modes` that carry a cargo, `licensed` nodes of a division."""

    ground: Ground
    modes: dict[str, frozenset[str]]
    licensed: dict[str, np.ndarray]
    ways: int
    keep: int  # routes kept of those found
    noise: np.ndarray  # [way, link] days added to a link, so that the ways differ
    _trees: dict[LoadClass, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    _routes: dict[tuple[LoadClass, int, int], tuple[Route, ...]] = field(default_factory=dict)

    def routes(self, load: LoadClass, origin: int, sector: int) -> tuple[Route, ...]:
        """Return up to `keep` different routes, the easiest first; none where the class cannot get there."""
        key = (load, origin, sector)
        if key not in self._routes:
            self._routes[key] = self._trace(load, origin, sector)
        return self._routes[key]

    def _trace(self, load: LoadClass, origin: int, sector: int) -> tuple[Route, ...]:
        if load.division and not self.licensed[load.division][origin]:
            return ()
        cost, follow = self.trees(load)
        out = np.flatnonzero(self.ground.tail == origin)
        column = sector - self.ground.first_sector
        found: dict[tuple[int, ...], None] = {}
        for way in range(self.ways):
            for start in out[cost[way, out, column] < FAR].tolist():
                trail = [start]
                while self.ground.head[trail[-1]] != sector:
                    trail.append(int(follow[way, trail[-1], column]))
                if origin not in self.ground.head[trail]:
                    found[tuple(trail)] = None
        routes = sorted((self._timed(trail) for trail in found), key=self._ease)
        return tuple(routes[: self.keep])

    def _ease(self, route: Route) -> tuple[float, tuple[int, ...]]:
        """Return what routes are sorted by: days, and a day for every 600 km."""
        return route.days + float(self.ground.distance[list(route.links)].sum()) / 600.0, route.links

    def _timed(self, trail: tuple[int, ...]) -> Route:
        ground, day, wait = self.ground, 0, 0
        depart, arrive = [], []
        for link in trail:
            wait = max(wait, int(ground.clearance[link]) - day)
            depart.append(day)
            arrive.append(day + int(ground.transit[link]))
            day = arrive[-1] + int(ground.dwell[ground.head[link]])
        return Route(trail, tuple(depart), tuple(arrive), wait)

    def trees(self, load: LoadClass) -> tuple[np.ndarray, np.ndarray]:
        """Return [way, link, sector] the days from starting a link to the sector, and the link that follows."""
        if load not in self._trees:
            self._trees[load] = _shortest(self.ground, self.open_to(load), load.countries, self.noise)
        return self._trees[load]

    def open_to(self, load: LoadClass) -> np.ndarray:
        """Return which links a class of load may use."""
        ground = self.ground
        allowed = self.modes[load.cargo] - load.modes
        mask = np.array([m in allowed for m in ground.mode])
        mask &= np.array([not load.countries.intersection(c) for c in ground.crossed])
        if load.mlc is not None:
            mask &= np.isnan(ground.mlc) | (ground.mlc >= load.mlc)
        if load.division:
            mask &= ground.hazardous & self.licensed[load.division][ground.head]
        return mask


def _shortest(
    ground: Ground, mask: np.ndarray, shut: frozenset[str], noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    first, second = _turns(ground, mask, shut)
    starts = np.flatnonzero(np.diff(first, prepend=-1))
    sectors = np.arange(ground.first_sector, len(ground.kind))
    into = ground.head[:, None] == sectors[None]
    ways, links = noise.shape
    cost = np.full((ways, links, len(sectors)), float(FAR), np.float32)
    follow = np.full((ways, links, len(sectors)), -1, np.int32)
    for way in range(ways):
        own = (ground.transit + noise[way]).astype(np.float32)[:, None]
        own[~mask] = FAR
        dist = np.where(into, own, np.float32(FAR))
        wait = ground.dwell[ground.head[first[starts]]].astype(np.float32)[:, None] if len(starts) else None
        for _ in range(9 if len(starts) else 0):
            best = np.minimum.reduceat(dist[second], starts, axis=0)
            new = own[first[starts]] + wait + best
            if not (new < dist[first[starts]]).any():
                break
            dist[first[starts]] = np.minimum(dist[first[starts]], new)
        cost[way] = np.minimum(dist, FAR)
        follow[way] = _followers(dist, first, second, starts, into, links)
    return cost, follow


def _followers(
    dist: np.ndarray, first: np.ndarray, second: np.ndarray, starts: np.ndarray, into: np.ndarray, links: int
) -> np.ndarray:
    """Return [link, sector] the best link to go on with, -1 where there is none."""
    follow = np.full((links, dist.shape[1]), -1, np.int32)
    for begin, end in zip(starts, np.append(starts[1:], len(first)), strict=True):
        choice = dist[second[begin:end]].argmin(axis=0)
        follow[first[begin]] = second[begin:end][choice]
    follow[into] = -1
    return follow


def _turns(ground: Ground, mask: np.ndarray, shut: frozenset[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the lawful pairs of consecutive links, sorted by the first."""
    order = np.argsort(ground.tail, kind="stable")
    bounds = np.searchsorted(ground.tail[order], np.arange(len(ground.kind) + 1))
    usable = np.flatnonzero(mask)
    first = np.repeat(usable, bounds[ground.head[usable] + 1] - bounds[ground.head[usable]])
    second = np.concatenate([order[bounds[h] : bounds[h + 1]] for h in ground.head[usable]]) if len(usable) else first
    via = ground.head[first]
    closed = np.array([c in shut for c in ground.country])
    breaks = np.array([k == "gauge_break" for k in ground.kind])
    same = (ground.gauge[first] == ground.gauge[second]) | (ground.gauge[first] == "") | (ground.gauge[second] == "")
    keep = mask[second] & ~closed[via] & (same | breaks[via]) & (ground.head[second] != ground.tail[first])
    return first[keep], second[keep]
