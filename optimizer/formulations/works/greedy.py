"""A quick lawful schedule by days: works in an order of priority, each where it ends first.

Every crew and machine keeps a diary of its own, so that who builds what is known at once. Several orders are tried,
the best is changed at random while time is left.
"""

from __future__ import annotations

import random
import time
from bisect import insort
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from optimizer.formulations.works.instance import Choice, Instance
from optimizer.formulations.works.units import Units

Found = tuple[dict[int, Choice], Units]
Diary = list[tuple[int, int, str]]  # start, end, sector


def improve(
    instance: Instance, worth: Callable[[Mapping[int, Choice]], tuple[int, ...]], seconds: float, seed: int,
    before: Found | None = None, late: bool = False,
) -> Found:  # fmt: skip
    """Return the best schedule met within the seconds; `worth` is what is to be least. Mandatory works come first.

    With `late` works are laid as late as their due days allow, and those of what waits for them.
    """
    rng, until = random.Random(seed), time.monotonic() + seconds
    starts = [sorted(instance.starts(j), key=lambda c: (c[2], c[1])) for j in range(len(instance.jobs))]
    orders = [_by_value(instance, False), _by_value(instance, True)]
    if late:
        starts = _latest_first(instance, starts)
        orders.append(_by_draws(instance))
    if before:
        chosen = before[0]
        orders.insert(0, sorted(range(len(instance.jobs)), key=lambda j: (
            not instance.jobs[j].mandatory, chosen[j].start if j in chosen else instance.horizon, j)))  # fmt: skip
    best: Found | None = None
    best_worth: tuple[int, ...] = ()
    best_order = orders[0]
    if before:  # as it was, as far as materials go, and filled up
        board = Board(instance, starts)
        board.adopt(*before)
        best = board.place([j for j in orders[1] if j not in board.chosen])
        best_worth = worth(best[0])
    while True:
        order = orders.pop(0) if orders else _shuffled(rng, best_order)
        found = Board(instance, starts).place(order)
        value = worth(found[0])
        if best is None or value <= best_worth:
            best, best_worth, best_order = found, value, order
        if not orders and (time.monotonic() > until or not any(best_worth)):
            return best


def _latest_first(instance: Instance, starts: list[list[tuple[int, int, int]]]) -> list[list[tuple[int, int, int]]]:
    """Return the starts that are in time, for what waits too, the latest first."""
    until = [job.due for job in instance.jobs]
    for before, after, lag in reversed(instance.sorted_order):
        last = max((start for _, start, end in starts[after] if end <= until[after]), default=until[before] + lag)
        until[before] = min(until[before], last - lag)
    return [sorted((c for c in own if c[2] <= until[j]), key=lambda c: (-c[1], c[2])) for j, own in enumerate(starts)]


def _by_value(instance: Instance, due: bool) -> list[int]:
    """Return the works first tier first, by value for the crew-days they take, or by their due day."""
    def key(j: int) -> tuple[float, ...]:
        job = instance.jobs[j]
        effort = min((way.duration * max(1, way.crews) for way in job.ways), default=1)
        return (not job.mandatory, job.tier, job.due if due else 0, -job.value / max(1, effort), j)

    return sorted(range(len(instance.jobs)), key=key)


def _by_draws(instance: Instance) -> list[int]:
    """Return the works first tier first, by how much they draw: what waits for most is laid latest."""
    drawn = [max((sum(q for _, q in way.draws) for way in job.ways), default=0) for job in instance.jobs]
    jobs = instance.jobs
    return sorted(range(len(jobs)), key=lambda j: (not jobs[j].mandatory, jobs[j].tier, -drawn[j], j))


def _shuffled(rng: random.Random, order: list[int]) -> list[int]:
    """Return the order with a few works moved to other places, most of them forward."""
    out = order.copy()
    for _ in range(rng.randint(1, 4)):
        j = out.pop(rng.randrange(len(out)))
        out.insert(rng.randrange(len(out) + 1), j)
    return out


class Board:
    """What is placed so far: the diary of every unit, and what is left of every store."""

    def __init__(self, instance: Instance, starts: list[list[tuple[int, int, int]]]) -> None:
        self.instance, self.starts = instance, starts
        self.left = [np.array([s.at(t) for t in range(instance.horizon)], np.int64) for s in instance.stores]
        self.diaries: dict[tuple[int, int, int], Diary] = {}
        self.chosen: dict[int, Choice] = {}
        self.units: Units = {}
        self.waits: dict[int, list[tuple[int, int]]] = {}
        for before, after, lag in instance.order:
            self.waits.setdefault(after, []).append((before, lag))

    def place(self, order: list[int]) -> Found:
        """Return the schedule of placing works in this order; what waits for others is tried again after them."""
        todo = order
        while True:
            left = [j for j in todo if not self._try(j)]
            waiting = [j for j in left if j in self.waits and all(b in self.chosen for b, _ in self.waits[j])]
            if len(left) == len(todo) or not waiting:
                return self.chosen, self.units
            todo = waiting

    def adopt(self, chosen: Mapping[int, Choice], units: Units) -> None:
        """Place works as they stood in a schedule of the same crews and plant, those whose materials are there."""
        named = {(p, f"{group.name}/{n}"): (p, g, n) for p, pool in enumerate(self.instance.pools)
                 for g, group in enumerate(pool.groups) for n in range(1, group.size + 1)}  # fmt: skip
        for j in sorted(chosen, key=lambda j: (chosen[j].start, j)):
            ready = all(before in self.chosen for before, _ in self.waits.get(j, ()))
            if ready and self._stored(j, chosen[j].way, chosen[j].start):
                self._take(j, chosen[j], [named[unit] for unit in units[j]])

    def _try(self, j: int) -> bool:
        ready = 0
        for before, lag in self.waits.get(j, ()):
            if before not in self.chosen:
                return False
            ready = max(ready, self.chosen[before].end + lag)
        for way, start, end in self.starts[j]:
            if start >= ready and self._stored(j, way, start):
                team = self._team(j, way, start, end)
                if team is not None:
                    self._take(j, Choice(way, start, end), team)
                    return True
        return False

    def _stored(self, j: int, way: int, start: int) -> bool:
        return all(self.left[k][start:].min() >= q for k, q in self.instance.jobs[j].ways[way].draws)

    def _team(self, j: int, way: int, start: int, end: int) -> list[tuple[int, int, int]] | None:
        sector, team = self.instance.jobs[j].sector, []
        for p, number in self.instance.jobs[j].ways[way].takes:
            free = sorted(self._free(j, p, start, end, sector))[:number]
            if len(free) < number:
                return None
            team += [unit for _, unit in free]
        return team

    def _free(self, j: int, p: int, start: int, end: int, sector: str) -> Iterator[tuple[int, tuple[int, int, int]]]:
        """Yield how long each free unit has idled or travelled, and the unit: the least loss comes first."""
        for g, group in enumerate(self.instance.pools[p].groups):
            if start < group.first or end > group.last or (j, start) in group.barred:
                continue
            for n in range(1, group.size + 1):
                before, after = group.first, 10**6
                for begun, ended, where in self.diaries.get((p, g, n), ()):
                    apart = group.move if where != sector else 0
                    if begun < end and ended > start:
                        before = 10**6
                    elif ended <= start:
                        before = max(before, ended + apart)
                    else:
                        after = min(after, begun - apart)
                if before <= start and end <= after:
                    yield start - before, (p, g, n)

    def _take(self, j: int, choice: Choice, team: list[tuple[int, int, int]]) -> None:
        counts: dict[tuple[int, int], int] = {}
        self.units[j] = []
        for p, g, n in team:
            counts[p, g] = counts.get((p, g), 0) + 1
            insort(self.diaries.setdefault((p, g, n), []), (choice.start, choice.end, self.instance.jobs[j].sector))
            self.units[j].append((p, f"{self.instance.pools[p].groups[g].name}/{n}"))
        for k, q in self.instance.jobs[j].ways[choice.way].draws:
            self.left[k][choice.start :] -= q
        self.chosen[j] = Choice(choice.way, choice.start, choice.end, tuple(sorted(counts.items())))
