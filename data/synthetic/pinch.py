"""Pinches: places of every kind of row that are tightened, each by itself, until they hold something up.

One factor on all limits lets a few kinds of rows take all the congestion. So some places of each kind are left out of
it: all links into a sector, lift of a cargo class, handling and storage of some sectors, scarce items, sites, funds.
They stand so that nothing goes round them, and a little shortage at each is enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.synthetic.balance import Balance
from data.synthetic.loading import Loading
from data.synthetic.market import made_items
from data.synthetic.rows import DIVISIONS
from data.synthetic.sizes import Size, stream

STEP = 0.92  # a place that holds nothing up is cut to this part of its limit, or of its busiest day if that is less
LEAST = 0.005  # of the first limit: a place is not cut below
# of what is to be short, of 4 % at most: a group of a kind is not to keep more away
DUE = {"handling": 0.08, "storage": 0.05, "storage_volume": 0.05, "link": 0.05, "link_volume": 0.05, "explosive": 0.05,
       "lift": 0.1, "stock": 0.2, "transport": 0.15}  # fmt: skip
LITTLE = 0.6  # of that: a group that keeps less away holds nothing up, whatever its prices say
FASTEST = 0.7  # to what part of its limit a place is cut at once, if it is not used
EASED = 1.04  # what a group is widened by that keeps more away


@dataclass(frozen=True, eq=False)
class Group:
    """Places that only together hold something up; `want` rows of them are to be full and priced."""

    kind: str
    places: list[np.ndarray]  # the rows of each
    want: int


class Pinches:
    """The groups, and by row of the loading the part of its limit that stands."""

    def __init__(self, size: Size, seed: int, loading: Loading) -> None:
        self.groups = list(_groups(size, seed, loading))
        self.scale = np.ones(loading.width)
        self.group = np.full(loading.width, -1)
        for number, group in enumerate(self.groups):
            self.group[np.concatenate(group.places)] = number

    def move(self, balance: Balance, aim: float, pace: float) -> None:
        """Cut the places of groups that hold too little up, widen those that hold up too much; by pace more or less."""
        binding, used = balance.held_up(self.scale)
        short = balance.short_by(self.group, len(self.groups))
        for group, kept_away in zip(self.groups, short, strict=True):
            rows, due = np.concatenate(group.places), DUE[group.kind] * min(aim, 0.04)
            if kept_away > due:
                self.scale[rows] *= EASED**pace
                continue
            idle = kept_away < LITTLE * due
            if idle or int(binding[rows].sum()) < group.want:
                for place in group.places:
                    if idle or not binding[place].any():
                        own = float(self.scale[place[0]])
                        part = own if group.kind == "stock" else np.clip(float(used[place].max()), FASTEST * own, own)
                        self.scale[place] = max(LEAST, STEP**pace * part)


def _groups(size: Size, seed: int, loading: Loading) -> list[Group]:
    rng = stream(seed, size, "pinch")
    rows, ground, days = loading.rows, loading.rows.ground, loading.days
    several = 3 if size.name == "S" else 5
    sectors = rng.permutation(np.arange(ground.first_sector, len(ground.kind)))

    def by_day(kind: str, place: int) -> np.ndarray:
        return (rows.first[kind] + place) * days + np.arange(days)

    def sector(k: int) -> int:
        return int(sectors[k % len(sectors)])

    out = []
    for k in range(several + 1):
        out.append(Group("handling", [by_day("handling", sector(k))], 3))
        out.append(Group("storage", [by_day("storage", sector(k))], 3))
        out.append(Group("storage_volume", [by_day("storage_volume", sector(several - 1 + k))], 3))
    for first, kind in ((several, "link"), (several + 1, "link_volume")):
        for k in range(several):
            into = np.flatnonzero(ground.head == sector(first + k))
            out.append(Group(kind, [by_day(kind, int(link)) for link in into], 3))
    for cargo in ("outsize", "chilled"):
        pools = [row for (_, carried, without), row in rows.pools.items() if carried == cargo and not without]
        if pools:
            out.append(Group("lift", [row * days + np.arange(days) for row in pools], 3 * len(pools)))
    licensed = [s for s in sectors.tolist() if "1.1" in rows.licences[s]]
    for place in licensed[: several + 1]:
        out.append(Group("explosive", [by_day("explosive", len(DIVISIONS) * place)], 2))
    out += _money(loading, days)
    return out


def _money(loading: Loading, days: int) -> list[Group]:
    """Return the groups of scarce items, sites, funds, and donors whose transport is paid from funds."""
    rows, market = loading.rows, loading.rows.market
    out = []
    for item in made_items(rows.goods):
        lots = np.flatnonzero(loading.reach.pool.lot_item[: loading.lots] == item)
        places = [np.array([loading.first_lot + lot, loading.first_lot + loading.lots + lot]) for lot in lots]
        out.append(Group("stock", places, 3))
    last = market.ends(days)
    out += [Group("transport", [(rows.first["transport"] + p) * days + last], 1) for p in range(len(market.payers))]
    return out
