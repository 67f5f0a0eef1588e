"""A first plan by hand's rule: needs in order of priority, each by the way that is least crowded now.

What a row costs grows with how full it is, exponentially, as in the flow algorithms of Garg and Könemann (SIAM J.
Comput. 37 (2007) 630, doi:10.1137/S0097539704446232). Each of a few rounds prices all ways once, for a part of the
needs; the last rounds are for what is left of any. The loads keep every row: a lawful plan, but for the grid.
"""

from __future__ import annotations

import numpy as np

from optimizer.formulations.reinforce.pool import Pool
from optimizer.formulations.reinforce.pricing import Prices, Pricing
from optimizer.formulations.reinforce.terms import Load

PARTS = 5  # of the needs of a tier, by priority
AGAIN = 2  # rounds for what is left of them
STEEP = 8.0  # a full row costs e^8 times an empty one
BARRED = 1e7  # price of a row whose limit is 0
LEAST = 1e-6  # of a need: what is left below is nothing


def serve(
    pool: Pool,
    pricing: Pricing,
    deliveries: Load,
    place: tuple[np.ndarray, ...],
    worth: np.ndarray,
    flow: np.ndarray,
    asked: np.ndarray,
) -> np.ndarray:
    """Return the flow, one entry a column of the pool, with needs served on top of it; new columns enter the pool.

    `worth` is the goal per flow of each delivery (negative is good), `asked` the needs to serve, in order of priority.
    """
    needs, rows = pool.setting.needs, pool.rows
    left = rows.limit - pool.use @ flow
    lacking = needs.size - np.bincount(pool.load.need, pool.load.credit * flow, len(needs.size))
    parts = [*np.array_split(asked, PARTS), *([asked] * AGAIN)]
    for part in parts:
        part = part[lacking[part] > LEAST * needs.size[part]]
        if not len(part):
            continue
        labels = pricing.sweep(_prices(pool, pricing, left))
        price = pricing.handed(labels) / deliveries.credit * needs.size[deliveries.need]
        score = price + worth / deliveries.credit * needs.size[deliveries.need]
        score[~np.isfinite(score)] = np.inf
        order = np.lexsort((score, deliveries.need))
        need = deliveries.need[order]
        first = order[np.flatnonzero(np.diff(need, prepend=-1))]
        best = np.full(len(needs.size), -1)
        best[deliveries.need[first]] = np.where(np.isfinite(score[first]), first, -1)
        pick = best[part]
        pick = pick[pick >= 0]
        if not len(pick):
            continue
        day, state, k = (p[pick] for p in place)
        columns = pool.place_of(pricing.trace(labels, k, state, day, deliveries.need[pick]))
        flow = np.concatenate([flow, np.zeros(len(pool) - len(flow))])
        _load(pool, columns, flow, left, lacking)
    return flow


def refill(pool: Pool, flow: np.ndarray, wished: np.ndarray) -> np.ndarray:
    """Return the flow with as much as fits of a flow wished for on top, the largest part of a need first."""
    needs = pool.setting.needs
    left = pool.rows.limit - pool.use @ flow
    lacking = needs.size - np.bincount(pool.load.need, pool.load.credit * flow, len(needs.size))
    flow = flow.copy()
    columns = np.flatnonzero(wished > 0)
    share = wished[columns] * pool.load.credit[columns] / needs.size[pool.load.need[columns]]
    worth = needs.short_weight[pool.load.need[columns]] * needs.size[pool.load.need[columns]]
    _load(pool, columns[np.lexsort((-share, -worth, needs.tier[pool.load.need[columns]]))], flow, left, lacking)
    return flow


def fit(pool: Pool, wished: np.ndarray) -> np.ndarray:
    """Return a flow that keeps every row: of a flow wished for as much as fits, in the order of tiers and weights.

    What it loses at overfull rows is what weighs least. What a need lacks then is filled by the same columns.
    """
    needs, load = pool.setting.needs, pool.load
    flow, left, lacking = np.zeros(len(pool)), pool.rows.limit.copy(), needs.size.copy()
    columns = np.flatnonzero(wished * load.credit > LEAST * needs.size[load.need])
    need = load.need[columns]
    order = np.lexsort((-needs.short_weight[need] * needs.size[need], load.late[columns], needs.tier[need]))
    columns = columns[order]
    _load(pool, columns, flow, left, lacking, wished)
    _load(pool, columns, flow, left, lacking)
    return flow


def _prices(pool: Pool, pricing: Pricing, left: np.ndarray) -> Prices:
    rows, network = pool.rows, pool.setting.network
    open_ = rows.limit > 0
    price = np.full(len(rows.limit), BARRED)
    full = 1.0 - np.clip(left[open_] / rows.limit[open_], 0.0, 1.0)
    price[open_] = np.exp(STEEP * (full - 1.0)) / rows.limit[open_]
    capacity = np.zeros(len(network.limit))
    capacity[rows.capacity] = price[rows.stock :]
    return Prices(capacity, rows.of_slices @ price[: rows.stock])


def _load(
    pool: Pool,
    columns: np.ndarray,
    flow: np.ndarray,
    left: np.ndarray,
    lacking: np.ndarray,
    most: np.ndarray | None = None,
) -> None:
    """Put as much as fits on each column in turn, no more than `most`; `flow`, `left` and `lacking` follow."""
    use, load = pool.use, pool.load
    for j in columns.tolist():
        span = slice(use.indptr[j], use.indptr[j + 1])
        rows, uses = use.indices[span], use.data[span]
        some = uses > 0
        room = float((np.maximum(left[rows[some]], 0.0) / uses[some]).min(initial=np.inf))
        n, credit = load.need[j], load.credit[j]
        more = min(lacking[n] / credit, room, np.inf if most is None else most[j])
        if more > 0:
            flow[j] += more
            left[rows] -= uses * more
            lacking[n] -= credit * more
