"""Whether a horizon is too short even for works that may be broken off and taken up again.

Sets       j works, t intervals between the days on which windows begin and end, S sets of works of which no pair has an
           order and no pool has to serve more than its size
Data       p_j shortest duration of j, d_t days of t
Variables  x_St ≥ 0 days of t on which S is at work, each work of it being in its window; m_j ≥ 0 days that j lacks

    min Σ m_j    subject to    Σ_{S ∋ j, t} x_St + m_j ≥ p_j  (u_j),    Σ_S x_St ≤ d_t  (w_t)

Above 0, no schedule keeps the windows (Brucker and Knust, Eur. J. Oper. Res. 127 (2000) 355,
doi:10.1016/S0377-2217(99)00489-0; the sets are those of Mingozzi et al., Manage. Sci. 44 (1998) 714). Works in several
ways count by their shortest duration and by the least that they take of each pool, which asks for less. The proof
trusts no solver: any u between 0 and 1 bounds the sum by Σ u_j p_j − Σ d_t max_S Σ_{j ∈ S} u_j, summed anew here.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from optimizer.formulations.works import Instance, Job
from optimizer.outcome import Clock, Reason
from optimizer.program import Block, Master, Program

MOST_SETS = 20_000  # of all intervals together: with more the program takes longer than it is worth
LACKS = 1e-6  # days that all works together have to lack at least: less may be rounding

Sets = list[tuple[int, ...]]


def least(job: Job) -> dict[int, int]:
    """Return what a job takes of each pool at least, whatever its way."""
    ways = [dict(way.takes) for way in job.ways]
    return {p: min(way.get(p, 0) for way in ways) for p in set().union(*ways)}


def too_short(instance: Instance, solver: Master, clock: Clock) -> bool:
    """Return whether no schedule of mandatory works keeps the instance's windows; False if that cannot be told."""
    works = [j for j, job in enumerate(instance.jobs) if job.shortest]
    if any(instance.tails[j] - instance.heads[j] < instance.jobs[j].shortest for j in works):
        return True
    if any(lag < 0 for *_, lag in instance.order):
        return False  # what has an order may be at work at the same time
    days = sorted({day for j in works for day in (instance.heads[j], instance.tails[j])})
    found = _sets_by_interval(instance, works, days)
    if found is None:
        return False
    work, length = np.array([instance.jobs[j].shortest for j in works], float), np.diff(days).astype(float)
    u = _prices(work, length, found, solver, clock)
    if u is None:
        return False
    busiest = [max((sum(u[j] for j in one) for one in sets), default=0.0) for sets in found]
    return float(u @ work - length @ np.array(busiest)) > LACKS


def _sets_by_interval(instance: Instance, works: list[int], days: list[int]) -> list[Sets] | None:
    """Return for each interval the largest sets of works, by place among `works`, that may be at work in it.

    None if they are too many.
    """
    apart, takes = _apart(instance), [least(job) for job in instance.jobs]
    size = [pool.size for pool in instance.pools]
    place = {j: at for at, j in enumerate(works)}
    known: dict[tuple[int, ...], Sets] = {}
    out, count = [], 0
    for begin, end in zip(days, days[1:], strict=False):
        inside = tuple(j for j in works if instance.heads[j] <= begin and instance.tails[j] >= end)
        if inside not in known:
            known[inside] = []
            for one in _largest(inside, apart, takes, size):
                known[inside].append(tuple(place[j] for j in one))
                if count + len(known[inside]) > MOST_SETS:
                    return None
        out.append(known[inside])
        count += len(known[inside])
    return out


def _apart(instance: Instance) -> list[set[int]]:
    """Return for each work those that stand before or after it in the order."""
    out = [set(after) for after in instance.following]
    for before, all_after in enumerate(instance.following):
        for after in all_after:
            out[after].add(before)
    return out


def _largest(
    inside: tuple[int, ...], apart: list[set[int]], takes: list[dict[int, int]], size: list[int]
) -> Iterator[tuple[int, ...]]:
    """Yield every set of these works that can be at work together and to which none of them can be added."""

    def fits(j: int, left: list[int]) -> bool:
        return all(n <= left[p] for p, n in takes[j].items())

    def grown(
        chosen: tuple[int, ...], left: list[int], later: list[int], passed: list[int]
    ) -> Iterator[tuple[int, ...]]:
        later, passed = [j for j in later if fits(j, left)], [j for j in passed if fits(j, left)]
        if not later and not passed and chosen:
            yield chosen
        for at, j in enumerate(later):
            less = [n - takes[j].get(p, 0) for p, n in enumerate(left)]
            rest = [k for k in later[at + 1 :] if k not in apart[j]]
            before = [k for k in (*passed, *later[:at]) if k not in apart[j]]
            yield from grown((*chosen, j), less, rest, before)

    yield from grown((), list(size), list(inside), [])


def _prices(
    work: np.ndarray, days: np.ndarray, sets: list[Sets], solver: Master, clock: Clock
) -> np.ndarray | None:
    """Return the price u of each work, within 0 and 1; None if the program is not solved."""
    rows, columns, column = [], [], 0
    for t, some in enumerate(sets):
        for one in some:
            rows += [*one, len(work) + t]
            columns += [column] * (len(one) + 1)
            column += 1
    height, width = len(work) + len(days), column + len(work)
    rows, columns = [*rows, *range(len(work))], [*columns, *range(column, width)]
    matrix = sp.csc_matrix((np.ones(len(rows)), (rows, columns)), shape=(height, width))
    cost = np.concatenate([np.zeros(column), np.ones(len(work))])
    lower = np.concatenate([work, np.full(len(days), -np.inf)])
    upper = np.concatenate([np.full(len(work), np.inf), days])
    asked = Program(
        cost, np.zeros(width), np.full(width, np.inf), np.zeros(width, bool), lower, upper, matrix,
        (Block("rows", 0, height),), (Block("columns", 0, width),),
    )  # fmt: skip
    outcome = solver.afresh(asked, clock)
    if outcome.reason is not Reason.OPTIMAL or not outcome.has_prices:
        return None
    return np.clip(outcome.prices[: len(work)], 0.0, 1.0)
