"""A quick lawful schedule by days: works in an order of priority, each where it ends first.

Every crew and machine keeps a diary of its own, so that who builds what is known at once. Several orders are tried;
then a few works at a time, near each other, are laid anew while time is left: ruin and recreate (Schrimpf et al.,
J. Comput. Phys. 159 (2000) 139, doi:10.1006/jcph.1999.6413).
"""

from __future__ import annotations

import random
import time
from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from optimizer.formulations.works.instance import Choice, Instance
from optimizer.formulations.works.units import Units

Found = tuple[dict[int, Choice], Units]
Diary = list[tuple[int, int, str]]  # start, end, sector
Unit = tuple[int, int, int]  # pool, group, number
Worth = Callable[[Mapping[int, Choice]], tuple[int, ...]]

MOVED = 8  # works laid anew at a time, at most


@dataclass(frozen=True)
class Wished:
    """Days of works by job, what each start costs by itself, and what a whole schedule does, the first being worst."""

    days: Mapping[int, int]
    cost: Mapping[tuple[int, int, int], float]  # of job, way and start
    dear: Callable[[Mapping[int, Choice]], tuple[int, ...]]

    def last(self, j: int, start: tuple[int, int, int]) -> tuple[bool, float, int]:
        """Return how late a start (way, first day, end) of a job is to be tried."""
        day = self.days.get(j, start[1])
        return start[1] != day, self.cost.get((j, *start[:2]), 0.0), abs(start[1] - day)


def improve(
    instance: Instance, worth: Worth, seconds: float, seed: int,
    before: Found | None = None, late: bool = False, wished: Wished | None = None,
) -> Found:  # fmt: skip
    """Return the best schedule met within the seconds; `worth` is what is to be least. Mandatory works come first.

    With `late` works are laid as late as their due days allow, and those of what waits for them; those with a
    day that is wished on it, or where it costs least.
    """
    rng, until = random.Random(seed), time.monotonic() + seconds
    starts = [sorted(instance.starts(j), key=lambda c: (c[2], c[1])) for j in range(len(instance.jobs))]
    orders = [_by_value(instance, False), _by_value(instance, True)]
    if late:
        starts = _latest_first(instance, starts)
        orders.append(_by_draws(instance))
    if wished:
        starts = [sorted(own, key=partial(wished.last, j)) for j, own in enumerate(starts)]
        orders = [sorted(range(len(instance.jobs)), key=lambda j: (wished.days.get(j, -1), j))]
    if before:
        chosen = before[0]
        orders.insert(0, sorted(range(len(instance.jobs)), key=lambda j: (
            not instance.jobs[j].mandatory, chosen[j].start if j in chosen else instance.horizon, j)))  # fmt: skip
    boards = [Board(instance, starts) for _ in orders]
    for board, order in zip(boards, orders, strict=True):
        board.place(order)
    if before:  # as it was, as far as materials go, and filled up
        board = Board(instance, starts)
        board.adopt(*before)
        board.place([j for j in orders[1] if j not in board.chosen])
        boards.insert(0, board)
    values = [worth(board.chosen) for board in boards]
    best_worth = min(values)
    board = boards[values.index(best_worth)]
    while any(best_worth) and time.monotonic() < until:
        best_worth = _changed(board, worth, best_worth, rng)
    return board.chosen, board.units


def _changed(board: Board, worth: Worth, now: tuple[int, ...], rng: random.Random) -> tuple[int, ...]:
    """Lay some works anew, with all that wait for them, and return what the schedule is worth; worse is undone."""
    jobs, rank = board.instance.jobs, board.instance.rank
    out = board.take_out(_some(board, rng))
    todo = [j for j in range(len(jobs)) if j not in board.chosen]
    rng.shuffle(todo)
    board.place(sorted(todo, key=lambda j: rank[j]) if rng.random() < 0.3 else todo)
    value = worth(board.chosen)
    if value <= now:
        return value
    board.take_out([j for j in todo if j in board.chosen])
    board.put_back(out)
    return now


def _some(board: Board, rng: random.Random) -> list[int]:
    """Return a few works that are near each other: in days, in a sector, or anywhere."""
    chosen, jobs = board.chosen, board.instance.jobs
    if not chosen:
        return []
    one, count = rng.choice(sorted(chosen)), rng.randint(1, MOVED)
    kind = rng.randrange(3)
    near = {
        0: lambda j: (abs(chosen[j].start - chosen[one].start), rng.random()),
        1: lambda j: (jobs[j].sector != jobs[one].sector, rng.random()),
        2: lambda j: (j != one, rng.random()),
    }[kind]
    return sorted(sorted(chosen), key=near)[:count]


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


class Board:
    """What is placed so far: the diary of every unit, and what is left of every store."""

    def __init__(self, instance: Instance, starts: list[list[tuple[int, int, int]]]) -> None:
        self.instance, self.starts = instance, starts
        self.left = [np.array([s.at(t) for t in range(instance.horizon)], np.int64) for s in instance.stores]
        self.diaries: dict[Unit, Diary] = {}
        self.chosen: dict[int, Choice] = {}
        self.units: Units = {}
        self.teams: dict[int, list[Unit]] = {}
        self.waits: dict[int, list[tuple[int, int]]] = {}
        self.following: dict[int, list[int]] = {}
        for before, after, lag in instance.order:
            self.waits.setdefault(after, []).append((before, lag))
            self.following.setdefault(before, []).append(after)

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

    def take_out(self, works: Iterable[int]) -> list[tuple[int, Choice, list[Unit]]]:
        """Take works out, with all that wait for them, and return how they lay, what others wait for first."""
        todo, out = list(works), []
        while todo:
            j = todo.pop()
            if j not in self.chosen:
                continue
            todo += self.following.get(j, ())
            choice, team = self.chosen.pop(j), self.teams.pop(j)
            del self.units[j]
            for unit in team:
                self.diaries[unit].remove((choice.start, choice.end, self.instance.jobs[j].sector))
            for k, q in self.instance.jobs[j].ways[choice.way].draws:
                self.left[k][choice.start :] += q
            out.append((j, choice, team))
        return out

    def put_back(self, out: Iterable[tuple[int, Choice, list[Unit]]]) -> None:
        """Lay works as they lay before they were taken out."""
        for j, choice, team in out:
            self._take(j, choice, team)

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

    def _team(self, j: int, way: int, start: int, end: int) -> list[Unit] | None:
        sector, team = self.instance.jobs[j].sector, []
        for p, number in self.instance.jobs[j].ways[way].takes:
            free = sorted(self._free(j, p, start, end, sector))[:number]
            if len(free) < number:
                return None
            team += [unit for _, unit in free]
        return team

    def _free(self, j: int, p: int, start: int, end: int, sector: str) -> Iterator[tuple[int, Unit]]:
        """Yield how long each free unit idles or travels, before or after, and the unit: the least loss comes first."""
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
                    yield min(start - before, after - end), (p, g, n)

    def _take(self, j: int, choice: Choice, team: list[Unit]) -> None:
        counts: dict[tuple[int, int], int] = {}
        self.units[j], self.teams[j] = [], team
        for p, g, n in team:
            counts[p, g] = counts.get((p, g), 0) + 1
            insort(self.diaries.setdefault((p, g, n), []), (choice.start, choice.end, self.instance.jobs[j].sector))
            self.units[j].append((p, f"{self.instance.pools[p].groups[g].name}/{n}"))
        for k, q in self.instance.jobs[j].ways[choice.way].draws:
            self.left[k][choice.start :] -= q
        self.chosen[j] = Choice(choice.way, choice.start, choice.end, tuple(sorted(counts.items())))
