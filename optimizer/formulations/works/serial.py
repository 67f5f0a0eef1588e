"""Serial schedule generation: jobs one by one in a drawn order of priority, each as early as its pools allow.

A quick lawful schedule of an instance by intervals, whose makespan tightens every window (Kolisch 1996,
doi:10.1016/0272-6963(95)00032-1). Ways are drawn too; those that overdraw a store are mended where that is easy.
"""

from __future__ import annotations

import random

import numpy as np

from optimizer.formulations.works.instance import Choice, Instance

TRIES = 10


def schedule(instance: Instance, seed: int = 0, tries: int = TRIES) -> dict[int, Choice]:
    """Return the shortest schedule met in so many tries; empty if no draw of ways keeps the stores."""
    rng = random.Random(seed)
    floor = longest_path(instance)
    best: dict[int, Choice] = {}
    most = sum(max(way.duration for way in job.ways) for job in instance.jobs) + sum(lag for *_, lag in instance.order)
    shortest = most + 1
    after = _tails(instance)
    for turn in range(tries):
        ways = _ways(instance, rng, turn)
        if ways is None:
            continue
        noise = 0.0 if turn == 0 else 0.3 * rng.random()
        key = [-after[j] * (1 + noise * (rng.random() - 0.5)) for j in range(len(instance.jobs))]
        found = _serial(instance, ways, key, most)
        length = max((c.end for c in found.values()), default=0)
        if length < shortest:
            best, shortest = found, length
        if shortest <= floor:
            break
    return best


def longest_path(instance: Instance) -> int:
    """Return the length of the longest chain of works, each in its shortest way: no makespan is below it."""
    end = [instance.heads[j] + job.shortest for j, job in enumerate(instance.jobs)]
    return max(end, default=0)


def _tails(instance: Instance) -> list[int]:
    """Return for each job the length of the longest chain from its start to the end."""
    out = [job.shortest for job in instance.jobs]
    for before, after, lag in reversed(instance.sorted_order):
        own = instance.jobs[before].shortest
        out[before] = max(out[before], own + lag + out[after])
    return out


def _ways(instance: Instance, rng: random.Random, turn: int) -> list[int] | None:
    """Return a way for each job that together keep the stores; None if this draw does not."""
    chosen = []
    for job in instance.jobs:
        ways = list(range(len(job.ways)))
        short = min(ways, key=lambda w: (job.ways[w].duration, sum(q for _, q in job.ways[w].draws)))
        chosen.append(short if turn == 0 or rng.random() < 0.5 else rng.choice(ways))
    left = [store.at(0) for store in instance.stores]
    for j, w in enumerate(chosen):
        for store, quantity in instance.jobs[j].ways[w].draws:
            left[store] -= quantity
    jobs = list(range(len(chosen)))
    for _ in range(6 * len(jobs)):
        if min(left, default=0) >= 0:
            return chosen
        j = rng.choice(jobs)
        w = rng.randrange(len(instance.jobs[j].ways))
        new = left.copy()
        for store, quantity in instance.jobs[j].ways[chosen[j]].draws:
            new[store] += quantity
        for store, quantity in instance.jobs[j].ways[w].draws:
            new[store] -= quantity
        if sum(min(0, v) for v in new) >= sum(min(0, v) for v in left):
            chosen[j], left = w, new
    return chosen if min(left, default=0) >= 0 else None


def _serial(instance: Instance, ways: list[int], key: list[float], most: int) -> dict[int, Choice]:
    free = np.repeat([[pool.size] for pool in instance.pools], most, axis=1) if instance.pools else np.zeros((0, most))
    waits: dict[int, list[tuple[int, int]]] = {}
    for before, after, lag in instance.order:
        waits.setdefault(after, []).append((before, lag))
    done: dict[int, Choice] = {}
    todo = set(range(len(instance.jobs)))
    while todo:
        ready = [j for j in todo if all(b in done for b, _ in waits.get(j, ()))]
        j = min(ready, key=lambda j: (key[j], j))
        way = instance.jobs[j].ways[ways[j]]
        start = max([instance.jobs[j].earliest, *(done[b].end + lag for b, lag in waits.get(j, ()))])
        rows, need = [p for p, _ in way.takes], np.array([[n] for _, n in way.takes])
        while way.duration and rows:
            lacking = np.flatnonzero((free[rows, start : start + way.duration] < need).any(axis=0))
            if not len(lacking):
                break
            start += int(lacking[-1]) + 1
        if rows:
            free[rows, start : start + way.duration] -= need
        done[j] = Choice(ways[j], start, start + way.duration)
        todo.remove(j)
    return done
