"""Numbers of crews and machines to named ones: who of a group builds what, following the group's moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from optimizer.formulations.works.instance import Choice, Instance

Units = dict[int, list[tuple[int, str]]]  # job → pool, unit as name/number


def units_of(instance: Instance, chosen: Mapping[int, Choice], moves: Mapping[Any, Mapping[Any, int]]) -> Units:
    """Return the units that build each job; `moves` are arrivals and departures by group (see (travel))."""
    out: Units = {j: [] for j in chosen}
    for p, pool in enumerate(instance.pools):
        for g, group in enumerate(pool.groups):
            jobs = [(c.start, j, dict(c.of).get((p, g), 0)) for j, c in chosen.items()]
            jobs = sorted((start, j, number) for start, j, number in jobs if number)
            if not jobs:
                continue
            picked = (
                _moving(instance, chosen, jobs, group, moves[p, g]) if (p, g) in moves
                else _staying(chosen, jobs, group.size)
            )  # fmt: skip
            for j, numbers in picked.items():
                out[j] += [(p, f"{group.name}/{n}") for n in sorted(numbers)]
    return out


def _staying(chosen: Mapping[int, Choice], jobs: list[tuple[int, int, int]], size: int) -> dict[int, list[int]]:
    free_from = dict.fromkeys(range(1, size + 1), 0)
    out = {}
    for start, j, number in jobs:
        idle = [n for n, day in free_from.items() if day <= start][:number]
        out[j] = idle
        free_from |= dict.fromkeys(idle, chosen[j].end)
    return out


def _moving(instance: Instance, chosen: Mapping[int, Choice], jobs: list[tuple[int, int, int]], group: Any,
            moves: Mapping[tuple[str, str, int], int]) -> dict[int, list[int]]:  # fmt: skip
    """Walk through the days: who leaves, who comes, who starts. Members of a group are alike, so anyone idle may."""
    free_from = dict.fromkeys(range(1, group.size + 1), group.first)
    place: dict[int, str | None] = dict.fromkeys(free_from)
    sectors = sorted({s for _, s, _ in moves if s})
    out = {}
    for day in range(group.first, instance.horizon):
        # who comes may leave on the same day, so that they come first
        for s in sectors:
            coming = [n for n, at in place.items() if at is None and free_from[n] <= day][: moves["arr", s, day]]
            for n in coming:
                place[n] = s
        for s in sectors:
            leaving = [n for n, at in place.items() if at == s and free_from[n] <= day][: moves["dep", s, day]]
            for n in leaving:
                place[n], free_from[n] = None, day + group.move
        for start, j, number in jobs:
            if start == day:
                here = instance.jobs[j].sector
                out[j] = [n for n, at in place.items() if at == here and free_from[n] <= day][:number]
                free_from |= dict.fromkeys(out[j], chosen[j].end)
    return out


def journeys(
    instance: Instance, chosen: Mapping[int, Choice], units: Mapping[int, Sequence[tuple[int, str]]],
    key: tuple[int, int], moves: Iterable[tuple[str, str, int]],
) -> dict[tuple[str, str, int], int]:  # fmt: skip
    """Return the moves of a group that go with a schedule of named units: they leave when done and come when needed."""
    group = instance.pools[key[0]].groups[key[1]]
    out = dict.fromkeys(moves, 0)
    stays: dict[str, list[tuple[int, int, str]]] = {}
    for j, team in units.items():
        for p, unit in team:
            if p == key[0] and unit.rpartition("/")[0] == group.name:
                stays.setdefault(unit, []).append((chosen[j].start, chosen[j].end, instance.jobs[j].sector))
    days = range(group.first, instance.horizon)
    for t in days:
        out["pool", "", t] = group.size
    for diary in stays.values():
        merged: list[list[Any]] = []
        for start, end, sector in sorted(diary):
            if merged and merged[-1][2] == sector:
                merged[-1][1] = end
            else:
                merged.append([start, end, sector])
        for number, (start, end, sector) in enumerate(merged):
            last = number == len(merged) - 1
            out["arr", sector, start] += 1
            if not last:
                out["dep", sector, end] += 1
            for t in range(start, instance.horizon if last else end):
                out["n", sector, t] += 1
            for t in range(start, instance.horizon if last else min(instance.horizon, end + group.move)):
                out["pool", "", t] -= 1
    return out
