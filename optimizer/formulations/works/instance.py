"""An instance of works in whole numbers: jobs with ways, pools of crews and plant, stores of material, order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Way:
    """One way (mode) to do a job: its working days, what it takes of pools and what it draws from stores."""

    name: str
    duration: int
    takes: tuple[tuple[int, int], ...] = ()  # pool, number
    draws: tuple[tuple[int, int], ...] = ()  # store, quantity
    crews: int = 0  # of what it takes, for crew-days


@dataclass(frozen=True)
class Job:
    """One work: its ways, the days it may lie in (start inclusive, end exclusive), its due day and worth."""

    name: str
    ways: tuple[Way, ...]
    sector: str = ""
    earliest: int = 0
    latest: int = 10**6  # it ends at the latest at the beginning of this day
    due: int = 10**6  # on time if it ends at the latest at the beginning of this day
    value: int = 0
    tier: int = 1
    mandatory: bool = True

    @property
    def shortest(self) -> int:
        """Return the working days it takes in its shortest way."""
        return min(way.duration for way in self.ways)


@dataclass(frozen=True)
class Group:
    """Alike crews or machines of one owner, on site from `first`, working until the beginning of `last`."""

    name: str
    size: int
    first: int = 0
    last: int = 10**6
    move: int = 0  # days from one sector to another
    barred: frozenset[tuple[int, int]] = frozenset()  # job and start day that caveats forbid


@dataclass(frozen=True)
class Pool:
    """All groups of one trade or kind."""

    name: str
    groups: tuple[Group, ...]
    table: str = "crews"

    @property
    def size(self) -> int:
        """Return how many there are in all."""
        return sum(group.size for group in self.groups)


@dataclass(frozen=True)
class Store:
    """What is on site of a material by each day, never falling; one number: the same on all days."""

    name: tuple[str, str]
    curve: tuple[int, ...]
    grain: int = 1  # of the smallest quantities of the table, how many one of these counts

    def at(self, day: int) -> int:
        """Return what has come by the day."""
        return self.curve[min(day, len(self.curve) - 1)]


@dataclass(frozen=True)
class Choice:
    """What is decided of a job: way, first day, and how many of each group (pool, group → number)."""

    way: int
    start: int
    end: int
    of: tuple[tuple[tuple[int, int], int], ...] = ()


@dataclass(frozen=True)
class Instance:
    """Works to schedule on days 0 … horizon − 1."""

    horizon: int
    jobs: tuple[Job, ...]
    pools: tuple[Pool, ...] = ()
    stores: tuple[Store, ...] = ()
    order: tuple[tuple[int, int, int], ...] = ()  # before, after, lag
    rest: dict[str, np.ndarray] = field(default_factory=dict)

    def end(self, job: int, way: int, start: int) -> int | None:
        """Return the day after the last one if the job starts then; None: it rests that day or does not fit."""
        sector, duration = self.jobs[job].sector, self.jobs[job].ways[way].duration
        rest = self.rest.get(sector)
        if rest is None:
            return start + duration if start + duration <= min(self.horizon, self.jobs[job].latest) else None
        if start >= self.horizon or (rest[start] and duration):
            return None
        worked = self._worked[sector]
        done = int(np.searchsorted(worked, worked[start] + duration))
        return done if done <= min(self.horizon, self.jobs[job].latest) else None

    @cached_property
    def _worked(self) -> dict[str, np.ndarray]:
        """Return for each sector with days of rest the working days before the beginning of each day."""
        return {s: np.concatenate([[0], np.cumsum(~rest)]) for s, rest in self.rest.items()}

    def starts(self, job: int) -> Iterator[tuple[int, int, int]]:
        """Yield way, start and end of every way to lay the job into its window, in precedence-tightened days."""
        first = self.heads[job]
        for way in range(len(self.jobs[job].ways)):
            for start in range(first, min(self.horizon, self.tails[job])):
                end = self.end(job, way, start)
                if end is not None and end <= self.tails[job]:
                    yield way, start, end

    @cached_property
    def heads(self) -> list[int]:
        """Return the first day each job can start, after all it waits for (working days only)."""
        out = [job.earliest for job in self.jobs]
        for before, after, lag in self.sorted_order:
            out[after] = max(out[after], out[before] + self.jobs[before].shortest + lag)
        return out

    @cached_property
    def tails(self) -> list[int]:
        """Return the day by whose beginning each job ends, before all that must wait for it."""
        out = [min(self.horizon, job.latest) for job in self.jobs]
        for before, after, lag in reversed(self.sorted_order):
            if self.jobs[after].mandatory:
                out[before] = min(out[before], out[after] - self.jobs[after].shortest - lag)
        return out

    @cached_property
    def sorted_order(self) -> list[tuple[int, int, int]]:
        """Return the precedences so that what comes first stands first."""
        return sorted(self.order, key=lambda pair: self.rank[pair[0]])

    @cached_property
    def following(self) -> list[set[int]]:
        """Return for each job those that come after it in the order, at once or later."""
        out: list[set[int]] = [set() for _ in self.jobs]
        for before, after, _ in reversed(self.sorted_order):
            out[before] |= {after} | out[after]
        return out

    @cached_property
    def rank(self) -> list[int]:
        """Return the place of each job in a topological order."""
        waits, following = [0] * len(self.jobs), [[] for _ in self.jobs]  # type: ignore[var-annotated]
        for before, after, _ in self.order:
            waits[after] += 1
            following[before].append(after)
        ready, rank = [j for j, n in enumerate(waits) if not n], [0] * len(self.jobs)
        for place in range(len(self.jobs)):
            job = ready.pop(0)
            rank[job] = place
            for after in following[job]:
                waits[after] -= 1
                if not waits[after]:
                    ready.append(after)
        return rank
