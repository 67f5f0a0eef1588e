"""What can be bought and with whose money: sites that make scarce items, funds, and what donors use themselves.

An origin is whence a load may come: first the lots, then every pair of a site and a fund that may pay it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from data.synthetic.goods import KINDS as ITEM_KINDS
from data.synthetic.goods import Goods
from data.synthetic.ground import Ground
from data.synthetic.pool import Pool, level_days
from data.synthetic.sizes import Size, stream

MADE = ("ration", "diesel", "cartridge", "water", "spares", "generator")  # kinds of items that are scarce and made
BY_TOTAL, BY_RATE, BY_FUND = range(3)  # what holds a site back
ROLES = (BY_TOTAL, BY_RATE, BY_FUND, BY_TOTAL, BY_RATE, BY_RATE)  # of the sites of an item
PARTS = (0.05, 0.15, 0.3, 0.5)  # in which those whose transport is paid from funds have their money
PRICE = np.array([0.85, 1.0, 1.2])  # of the item's value: the dearest waits for money
# of the item's needed tonnes: what a site makes on a day, makes in all, and what its item's fund pays
RATE, TOTAL, FUND = np.array([0.02, 0.001, 0.03]), 0.0075, 0.04
ANY_FUND = 0.02


@dataclass(eq=False)
class Market:
    """Sites and funds as parallel arrays; an item of -1 is any, an approval of -1 the donor's."""

    site_item: np.ndarray
    site_node: np.ndarray
    site_donor: np.ndarray
    role: np.ndarray
    lead: np.ndarray
    site_approval: np.ndarray
    price: np.ndarray  # EUR a unit
    fund_item: np.ndarray
    fund_donor: np.ndarray
    fund_from: np.ndarray
    fund_approval: np.ndarray
    payers: np.ndarray  # donors whose transport is paid from funds
    turns: tuple[int, ...]  # days from which on the payers have each part of their money, the first one 0

    def ends(self, days: int) -> np.ndarray:
        """Return the last day of each part of the payers' money, before they have the next."""
        return np.append(self.turns[1:], days) - 1


@dataclass(frozen=True, eq=False)
class Origins:
    """Whence loads come, as parallel arrays: lots, then pairs of site and fund (no donor: -1, no stock's caveats)."""

    donors: list[str]
    lots: int
    lot_donor: np.ndarray
    lot_node: np.ndarray
    lot_item: np.ndarray
    release: np.ndarray
    expiry: np.ndarray
    eased: np.ndarray
    payer: np.ndarray  # position in Market.payers of who pays the transport; -1: without limit
    site: np.ndarray  # -1 for lots, as fund
    fund: np.ndarray
    lead: np.ndarray
    dear: np.ndarray  # thousand EUR a tonne


def draw_market(size: Size, seed: int, ground: Ground, goods: Goods, pool: Pool) -> Market:
    """Return the sites and funds of a size and seed: six sites and a fund for every item that is made."""
    rng = stream(seed, size, "market")
    made = made_items(goods)
    count = len(made)
    item = np.repeat(made, len(ROLES))
    role = np.tile(ROLES, count)
    value = goods.mass * np.array([ITEM_KINDS[k][10] for k in goods.kind])
    price = np.round(value[item] * PRICE[role] * rng.uniform(0.95, 1.05, len(item)), 2)
    wanted = np.isin(pool.lot_item, made)
    holds = np.bincount(pool.lot_donor[wanted], minlength=size.donors)
    payers = np.sort(np.argsort(-holds, kind="stable")[: 6 if size.name == "S" else 9])
    fund = np.append(made, -1)
    return Market(
        item, _nodes(size, ground, goods, item, rng), rng.integers(0, size.donors, len(item)), role,
        rng.integers(1, 3, len(item)), np.arange(len(item)) // len(ROLES) % 3, price,
        fund, rng.permutation(size.donors)[np.arange(len(fund)) % size.donors], np.arange(len(fund)) % 3,
        np.arange(len(fund)) % 2, payers,
        tuple(part * size.days // (len(PARTS) + 1) for part in range(len(PARTS))),
    )  # fmt: skip


def _nodes(
    size: Size, ground: Ground, goods: Goods, item: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return where sites stand: at hubs on land; if of explosives, at depots."""
    hubs = [n for n, kind in enumerate(ground.kind) if kind in ("hub", "border", "railhead", "gauge_break")]
    hazard = np.array([bool(d) for d in goods.division])[item]
    return np.where(hazard, rng.integers(0, size.depots, len(item)), rng.choice(hubs, len(item)))


def made_items(goods: Goods) -> np.ndarray:
    """Return the items that are scarce, and made at sites: the first variant of some kinds."""
    return np.array([goods.names.index(f"{kind}_01") for kind in MADE if f"{kind}_01" in goods.names])


def origins_of(size: Size, goods: Goods, pool: Pool, market: Market) -> Origins:
    """Return the lots, and behind them every pair of a site and a fund that may pay it."""
    pairs = [(s, f) for s in range(len(market.role)) for f in range(len(market.fund_item))
             if market.fund_item[f] in (-1, market.site_item[s])]  # fmt: skip
    site, fund = (np.array(column) for column in zip(*pairs, strict=True))
    lots, none = len(pool.lot_item), np.full(len(pool.lot_item), -1)
    approval = market.fund_approval
    released = np.maximum(market.fund_from, level_days(size)[0] + approval)
    first = np.maximum(market.site_approval[site], released[fund]) + market.lead[site]
    place = np.full(size.donors, -1)
    place[market.payers] = np.arange(len(market.payers))
    return Origins(
        pool.donors, lots,
        np.append(pool.lot_donor, np.full(len(site), -1)),
        np.append(pool.lot_node, market.site_node[site]),
        np.append(pool.lot_item, market.site_item[site]),
        np.append(pool.release, first),
        np.append(pool.expiry, np.full(len(site), size.days)),
        np.append(pool.eased, np.full(len(site), 4)),
        np.append(place[pool.lot_donor], place[market.fund_donor[fund]]),
        np.append(none, site), np.append(none, fund),
        np.append(np.zeros(lots, int), market.lead[site]),
        np.append(np.zeros(lots), (market.price / goods.mass[market.site_item])[site] / 1000.0),
    )  # fmt: skip


def bases(market: Market, goods: Goods, needed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return tonnes a day and in all by site, and thousand EUR by fund, before the dial; `needed` tonnes by item."""
    wanted = needed[market.site_item]
    rate = np.maximum(RATE[market.role] * wanted, goods.mass[market.site_item])
    total = np.where(market.role == BY_TOTAL, np.maximum(TOTAL * wanted, goods.mass[market.site_item]), np.inf)
    dear = market.price / goods.mass[market.site_item] / 1000.0
    fund = np.zeros(len(market.fund_item))
    for f, item in enumerate(market.fund_item):
        own = dear[market.site_item == item] if item >= 0 else dear
        fund[f] = own.mean() * (FUND * needed[item] if item >= 0 else ANY_FUND * needed[market.fund_item[:-1]].mean())
    return rate, total, fund


def market_tables(
    market: Market, ground: Ground, goods: Goods, pool: Pool, limits: tuple[np.ndarray, ...]
) -> dict[str, dict[str, Any]]:
    """Return tables production and funds; limits: t a day and in all by site, 10³ EUR by fund, 10³ EUR by payer."""
    rate, total, fund, money = limits
    item = market.site_item
    digits = np.where(goods.whole[item], 0, 1)

    def units(tonnes: np.ndarray) -> np.ndarray:
        scale = 10.0**digits
        return np.maximum(np.round(tonnes / goods.mass[item] * scale), 1) / scale

    count = len(item)
    production = {
        "site": [site_name(i, count) for i in range(count)],
        "donor": [pool.donors[d] for d in market.site_donor],
        "node": [ground.names[n] for n in market.site_node],
        "item": [goods.names[i] for i in item],
        "rate": units(rate), "lead": market.lead,
        "total": np.where(np.isfinite(total), units(np.where(np.isfinite(total), total, 0.0)), np.nan),
        "price": market.price, "approval_days": market.site_approval,
    }  # fmt: skip
    rows: list[dict[str, Any]] = []

    def add(donor: int, thousands: float, purpose: str, **cells: Any) -> None:
        rows.append({"fund": f"F{len(rows) + 1:02d}", "donor": pool.donors[donor], "purpose": purpose,
                     "amount": round(1000.0 * thousands), "item": "", "from_day": 0, "movable": False,
                     "trigger": 0, "approval_days": 0, **cells})  # fmt: skip

    for f, made in enumerate(market.fund_item):
        cells = {"from_day": int(market.fund_from[f]), "approval_days": int(market.fund_approval[f])}
        if made >= 0:
            add(int(market.fund_donor[f]), fund[f], "procurement", item=goods.names[made], **cells)
        else:
            add(int(market.fund_donor[f]), fund[f], "budget_support", movable=True, **cells)
    add(0, 10.0 * float(fund.mean()), "budget_support", trigger=1, approval_days=None)
    for p, donor in enumerate(market.payers):
        for day, part in zip(market.turns, PARTS, strict=True):
            add(int(donor), part * money[p], "transport", from_day=day)
    return {"production": production, "funds": {name: [row[name] for row in rows] for name in rows[0]}}


def site_name(site: int, count: int) -> str:
    """Return the name of a site, as wide as the last one's."""
    return f"P{site + 1:0{len(str(count))}d}"


def own_use(size: Size, seed: int, goods: Goods, pool: Pool) -> dict[str, Any]:
    """Return table donor_use: what donors use themselves of the items they hold, and when it is replaced."""
    rng = stream(seed, size, "market").spawn(1)[0]
    pairs = sorted(set(zip(pool.lot_donor.tolist(), pool.lot_item.tolist(), strict=True)))
    kept = [pair for pair, draw in zip(pairs, rng.random(len(pairs)), strict=True) if draw < 0.6]
    rate = np.round(rng.uniform(0.2, 3.0, len(kept)) / goods.mass[[i for _, i in kept]], 1)
    days = rng.choice([14, 30, 60, 0], len(kept))
    return {"donor": [pool.donors[d] for d, _ in kept], "item": [goods.names[i] for _, i in kept], "rate": rate,
            "replacement_days": [int(d) or None for d in days]}  # fmt: skip
