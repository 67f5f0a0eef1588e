"""Limits around the nominal use of every row, and the one factor on them that sets the congestion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.synthetic.balance import Balance
from data.synthetic.loading import Loading
from data.synthetic.market import made_items
from data.synthetic.pinch import Pinches
from data.synthetic.pool import HELD_BACK
from data.synthetic.pricing import Pricing
from data.synthetic.rows import KINDS, Rows
from data.synthetic.sizes import TARGETS, Size, stream

# how wide a row of a kind stands above its nominal use, before the common factor
WIDTH = {"link": 1.55, "link_volume": 1.4, "lift": 0.95, "handling": 1.15, "storage": 0.75, "storage_volume": 0.75,
         "explosive": 1.2, "transport": 0.9}  # fmt: skip
ROOMY = {"link": 0.6, "link_volume": 0.75, "lift": 0.1, "handling": 0.3, "storage": 0.3, "storage_volume": 0.3,
         "explosive": 0.3, "transport": 0.0}  # fmt: skip  # part of the rows that are no bottleneck
# (size, congestion) -> share the balance is to leave short where that is not the target itself (docs/generator.md)
AIM = {("S", "choked"): 0.388, ("M", "tight"): 0.215}
STOCK = {
    "loose": (1.3, 2.2, 0.95),
    "tight": (1.15, 1.9, 0.85),
    "choked": (1.0, 1.7, 0.6),
}  # low, high, of scarce items

START = {"loose": 0.1, "tight": -0.4, "choked": -0.8}  # logarithm of the factor
SETTLING = {"loose": 2.0, "tight": 1.0, "choked": 1.0}  # prices of a little shortage take longer to settle
FACTORS = (-3.0, 2.5)
NO_TOTAL = 1e9  # tonnes: of sites whose output in all is not limited


@dataclass(frozen=True, eq=False)
class Limits:
    """What stands in the tables, and by the balance the share left short and the places, days and rows that bind.

    Of every row its limit, tonnes of every lot, tonnes in all of every site, thousand EUR of every fund.
    """

    row: np.ndarray
    stock: np.ndarray
    total: np.ndarray
    fund: np.ndarray
    short: float
    binding: dict[str, tuple[int, int, int]]


def draw_bases(size: Size, seed: int, rows: Rows, use: np.ndarray) -> np.ndarray:
    """Return a limit for each row but those of sites: its nominal use on busy days, some near it, some well above."""
    rng = stream(seed, size, "limits")
    busy = np.sort(use, axis=1)[:, -max(2, size.days // 3) :].mean(axis=1)
    kinds = rows.kind_of()
    out = np.zeros(rows.count)
    for k, kind in enumerate(KINDS[:-1]):
        own = np.flatnonzero(kinds == k)
        used = use[own, -1] if kind == "transport" else busy[own]
        typical = float(np.median(used[used > 0])) if (used > 0).any() else 100.0
        wide = np.where(rng.random(len(own)) < ROOMY[kind], rng.uniform(1.6, 3.0, len(own)), 1.0)
        out[own] = np.maximum(used, 0.3 * typical) * WIDTH[kind] * wide * rng.lognormal(0, 0.2, len(own))
    _nest(rows, out)
    return out


def _nest(rows: Rows, base: np.ndarray) -> None:
    """Make the pools of lift without a caveated donor parts of the whole pool, as their rows are."""
    for (mode, cargo, without), number in rows.pools.items():
        if without:
            base[number] = base[rows.pools[mode, cargo, ""]]


def draw_stock(size: Size, seed: int, congestion: str, loading: Loading, taken: np.ndarray) -> np.ndarray:
    """Return the tonnes each lot gives to the pool at the highest trigger level reached."""
    rng = stream(seed, size, "limits").spawn(2)[1]
    items = loading.reach.pool.lot_item[: loading.lots]
    low, high, scarce = STOCK[congestion]
    ratio = rng.uniform(low, high, size.items)
    needed = np.bincount(loading.asks.item, loading.asks.tonnes, size.items)
    ratio[made_items(loading.rows.goods)] = scarce
    noise = rng.lognormal(0, 0.35, len(items))
    weight = (taken + 0.15 * needed[items] / np.maximum(1, np.bincount(items, minlength=size.items)[items])) * noise
    total = np.bincount(items, weight, size.items)
    share = weight / np.where(total > 0, total, 1)[items]
    goods = loading.rows.goods
    units = share * ratio[items] * needed[items] / goods.mass[items]
    units = np.where(goods.whole[items], np.maximum(np.round(units), 1), np.maximum(np.round(units, 1), 0.1))
    return units * goods.mass[items]


def turn(
    size: Size, congestion: str, seed: int, loading: Loading, base: np.ndarray, stock: np.ndarray,
    money: tuple[np.ndarray, np.ndarray],
) -> Limits:  # fmt: skip
    """Return the limits under which the balance leaves the wished share short.

    One factor on all rows but the pinched ones is moved to that end; `money` is totals of sites and funds.
    """
    aim = AIM.get((size.name, congestion), TARGETS[congestion])
    slope = min(0.55, 0.15 + aim)  # of the share by the logarithm of the factor
    at = START[congestion]
    total, fund = money
    by_day = (base[:, None] * loading.rows.by_day).ravel()
    limit = np.concatenate([by_day, stock, (1 - HELD_BACK) * stock, np.minimum(total, NO_TOTAL), fund])
    pinches = Pinches(size, seed, loading)
    moved = np.flatnonzero(pinches.group[: loading.rows.first["transport"] * loading.days] < 0)
    pinches.scale[: loading.rows.first["transport"] * loading.days] = np.exp(at)
    balance, pricing = Balance.of(loading, limit), Pricing(loading)
    balance.steps(pinches.scale, 2 * size.steps)
    for block in range(size.blocks):
        gain = 0.8 if block < size.blocks // 2 else 0.5
        off = balance.short() - aim
        at = float(np.clip(at + np.clip(gain * off / slope, -0.3, 0.3), *FACTORS))
        pinches.scale[moved] = np.exp(at)
        if size.blocks // 12 <= block < size.blocks - size.blocks // 6:
            pinches.move(balance, aim, 1.2 - block / size.blocks)
        if block < size.enlargements or (size.later and block % size.later == 0):
            balance = balance.enlarge(pricing)
        balance.steps(pinches.scale, round(SETTLING[congestion] * size.steps))
    return _limits(loading, base, limit, pinches.scale, balance)


def _limits(loading: Loading, base: np.ndarray, limit: np.ndarray, scale: np.ndarray, balance: Balance) -> Limits:
    by_place = scale[: loading.first_lot].reshape(-1, loading.days)[:, -1]
    lots, total, fund = (slice(loading.first_lot, loading.first_lot + loading.lots),
                         slice(loading.first_total, loading.first_fund), slice(loading.first_fund, None))  # fmt: skip
    totals = np.where(limit[total] < NO_TOTAL, scale[total] * limit[total], np.inf)
    return Limits(np.round(by_place, 4) * base, scale[lots] * limit[lots], totals,
                  scale[fund] * limit[fund], balance.short(), balance.binding(scale))  # fmt: skip
