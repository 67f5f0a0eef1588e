"""From a solver's numbers to a lawful plan: round down to the grid, cut overfull rows back, fill up again."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import numpy as np

from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.paths import Paths

STEP = 0.001  # units; quantities of a plan are whole multiples of it, of 1 for whole items
FINE = 1e-6  # units; the grid of a plan in which whole items may be divided, on the way to one in whole units


class Grid(StrEnum):
    """On which grid a plan is made: the lawful one, or one fine enough to stand for the relaxed program."""

    LAWFUL = "lawful"
    FINE = "fine"


# A row counts as overfull beyond this share of its limit, the float noise of a sum. The verifier, which is
# exact, has the last word: where it finds a breach below the noise, capacities are kept with the least margin that
# is enough instead: goals after the tiers can cost a million times what earlier ones lose by it.
NOISE = 1e-13
MARGINS = (1e-12, 1e-10, 1e-9)


def make_lawful(master: Master, grid: Grid = Grid.LAWFUL, margin: float = 0.0, more: bool = True) -> Paths:
    """Return the master's paths with quantities on the grid that keep every row; empty paths are left out.

    With a margin capacities are filled only up to that share below their limit. Without `more` no need gets more than
    the paths brought it, to the next step: what serves a need can cost a goal after the tiers.
    """
    if margin:
        limit = master.limit.copy()
        limit[~master.exact] *= 1.0 - margin
        master = replace(master, limit=limit)
    whole = master.setting.theatre.items["whole"][master.paths.item]
    step = np.where(whole, 1.0, STEP) if grid is Grid.LAWFUL else np.full(len(whole), FINE)
    count = np.floor(np.maximum(master.paths.quantity, 0.0) / step + 1e-6)
    left = master.limit - master.use @ (count * step)
    _cut_back(master, step, count, left)
    _fill_up(master, step, count, left, more)
    quantity = count / np.round(1.0 / step)  # divided, not multiplied: the float nearest to the decimal
    return master.paths.carrying(quantity).take(np.flatnonzero(count > 0))


def _priority(master: Master) -> np.ndarray:
    """Return the paths in the order in which they are served: by tier, on time first, then by weight."""
    needs, n = master.setting.needs, master.paths.need
    return np.lexsort((-needs.short_weight[n] * needs.unit[n], master.late > 0, needs.tier[n]))


def _cut_back(master: Master, step: np.ndarray, count: np.ndarray, left: np.ndarray) -> None:
    """Lower counts in place, last in priority first, until no row is overfull."""
    rank = np.empty(len(count), int)
    rank[_priority(master)] = np.arange(len(count))
    by_row = master.use.tocsr()
    noise = NOISE * np.maximum(1.0, np.abs(master.limit))
    # stock is counted in steps, and sums of steps are exact: of a large lot not even one step too much may go
    noise[master.exact] = np.minimum(noise[master.exact], STEP / 4)
    for row in np.flatnonzero(left < -noise):
        span = slice(by_row.indptr[row], by_row.indptr[row + 1])
        users, uses = by_row.indices[span], by_row.data[span]
        for i in np.argsort(-rank[users], kind="stable"):
            if left[row] >= -noise[row]:
                break
            p = users[i]
            off = min(count[p], np.ceil((-left[row] - noise[row]) / (uses[i] * step[p])))
            _shift(master, p, -off, step, count, left)


def _fill_up(master: Master, step: np.ndarray, count: np.ndarray, left: np.ndarray, more: bool) -> None:
    """Raise counts in place, first in priority first, as far as needs (or what they had) and rows leave room."""
    needs, paths = master.setting.needs, master.paths
    lacking = needs.size / needs.unit
    if not more:
        had = np.bincount(paths.need, np.maximum(paths.quantity, 0.0) * master.credit, len(lacking))
        np.maximum.at(one := np.zeros(len(lacking)), paths.need, step * master.credit)
        lacking = np.minimum(lacking, had + (1 - 1e-6) * one)  # what was solved for may lie just below the grid
    np.subtract.at(lacking, paths.need, count * step * master.credit)
    use = master.use
    for p in _priority(master):
        wanted = lacking[paths.need[p]] / (master.credit[p] * step[p])
        if wanted < 1 - 1e-6:
            continue
        span = slice(use.indptr[p], use.indptr[p + 1])
        rows, uses = use.indices[span], use.data[span]
        room = float((left[rows] / (uses * step[p])).min(initial=np.inf))
        up = np.floor(min(wanted, room) + 1e-6)
        if up >= 1:
            _shift(master, p, up, step, count, left)
            lacking[paths.need[p]] -= up * step[p] * master.credit[p]


def _shift(master: Master, path: int, by: float, step: np.ndarray, count: np.ndarray, left: np.ndarray) -> None:
    span = slice(master.use.indptr[path], master.use.indptr[path + 1])
    count[path] += by
    left[master.use.indices[span]] -= master.use.data[span] * by * step[path]
