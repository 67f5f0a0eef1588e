"""Where loads begin: the lots of table stocks, and what may be bought at a site with a fund on a day.

A purchase is a lot in time: it may leave its site's node from its order day and lead on. As nothing is gained
by buying what does not move, what is bought is what leaves, and one row a site and day (produce), one a site
with a total (total) and one a fund (fund) say how much that may be. A site makes what is ordered on the day it
is ordered, so orders as large as the daily rate lose nothing against larger ones made piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import floor

import numpy as np
import scipy.sparse as sp

from data.tables import EMPTY
from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce.capacity import by_day
from optimizer.formulations.reinforce.stock import (
    GRID,
    Slice,
    StockRow,
    first_days,
    lot_releases,
    released,
    stock_slices,
)

MILLION = 1e6
BEGIN_KINDS = ("stock", "produce", "total", "fund")


@dataclass(frozen=True, eq=False)
class Sources:
    """Parallel arrays, one entry a source: first the lots, then the purchases. Money in EUR per unit."""

    lots: int
    node: np.ndarray
    item: np.ndarray
    donor: np.ndarray  # who gives: the owner, or whose money pays
    release: np.ndarray  # first day; clearance counts from it
    expiry: np.ndarray
    value: np.ndarray  # to the donor: the item's value, or the price
    price: np.ndarray  # to be paid; 0 for lots
    site: np.ndarray  # -1 for lots, as fund and order
    fund: np.ndarray
    order: np.ndarray
    most_value: float  # EUR: what all that there is can be worth to its donors


@dataclass(frozen=True, eq=False)
class BeginRows:
    """use · (what each slice gives, in units) ≤ limit, rows in order of BEGIN_KINDS.

    A row of a fund is divided by its dearest flow, so that a solver's tolerance means the same for every row.
    """

    kind: np.ndarray  # name of the block of each row
    key: np.ndarray  # lot, site, site or fund
    day: np.ndarray  # 0 where the row is for all days
    limit: np.ndarray
    use: sp.csr_matrix  # [row, slice]

    def scale(self, item: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Return what a row's limit is multiplied by when flows are counted, not units; `item` is of each slice."""
        first = np.array([self.use.indices[a] if b > a else 0 for a, b in _spans(self.use)], int)
        return np.where(self.kind == "fund", 1.0, unit[item[first]] if len(item) else 1.0)


def begin_names(theatre: Theatre) -> Mapping[str, np.ndarray]:
    """Return, by kind of row, the names that `BeginRows.key` counts: of lots, sites, sites and funds."""
    lots, sites, funds = theatre.stocks["lot"], theatre.production["site"], theatre.funds["fund"]
    return dict(zip(BEGIN_KINDS, (lots, sites, sites, funds), strict=True))


def _spans(matrix: sp.csr_matrix) -> Iterator[tuple[int, int]]:
    return zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True)


Entry = tuple[str, int, int, float, tuple[int, ...], tuple[float, ...]]  # kind, key, day, limit, slices, use


def build_sources(
    theatre: Theatre, scenario: Scenario, unit: np.ndarray
) -> tuple[Sources, list[Slice], list[StockRow], BeginRows]:
    """Return the sources of a scenario, their slices, the rows of stock, and all rows that bind slices.

    `unit` is how many flows a unit of each item is.
    """
    slices, stock_rows = stock_slices(theatre, scenario)
    orders = list(_orders(theatre, scenario))
    lots = len(theatre.stocks)
    sites = theatre.production
    entries: list[Entry] = [
        ("stock", row.lot, row.day, row.available, row.slices, (1.0,) * len(row.slices)) for row in stock_rows
    ]
    begun = len(slices)
    for number, (site, _, day) in enumerate(orders):
        slices.append(Slice(lots + number, int(day + sites["lead"][site]), scenario.horizon - 1))
    per_flow = sites["price"] / unit[sites.codes("item", theatre.items)]
    entries += _rows_of_orders(theatre, scenario, orders, begun, per_flow)
    return _sources(theatre, scenario, orders), slices, stock_rows, _matrix(entries, len(slices))


def _orders(theatre: Theatre, scenario: Scenario) -> Iterator[tuple[int, int, int]]:
    """Yield site, fund and day of every order that may be placed and whose goods may leave within the horizon."""
    reached = first_days(scenario)
    default = {row.donor: row.approval_days for row in theatre.donors.rows()}
    open_from = {}
    for f, fund in enumerate(theatre.funds.rows()):
        if fund.purpose == "procurement" or (fund.purpose == "budget_support" and fund.movable):
            own = default[fund.donor] if fund.approval_days is None else fund.approval_days
            open_from[f] = max(fund.from_day, released(reached, fund.trigger, own, {}))
    for s, site in enumerate(theatre.production.rows()):
        approval = default[site.donor] if site.approval_days is None else site.approval_days
        for f, first in open_from.items():
            if theatre.funds.rows()[f].item in (None, site.item):
                for day in range(max(approval, first), scenario.horizon - site.lead):
                    yield s, f, day


def _rows_of_orders(
    theatre: Theatre, scenario: Scenario, orders: list[tuple[int, int, int]], begun: int, per_flow: np.ndarray
) -> Iterator[Entry]:
    """Yield the rows of produce, total and fund; slice `begun + i` is that of order i.

    `per_flow` is the price of a flow of each site.
    """
    sites, funds = theatre.production.rows(), theatre.funds.rows()
    rate = by_day(theatre, scenario, theatre.production, "rate")
    by_key: dict[tuple[str, int, int], list[int]] = {}
    for i, (site, fund, day) in enumerate(orders):
        for row in (("produce", site, day), ("total", site, 0), ("fund", fund, 0)):
            by_key.setdefault(row, []).append(i)
    for (kind, key, day), members in sorted(by_key.items(), key=lambda e: (BEGIN_KINDS.index(e[0][0]), e[0][1:])):
        slices = tuple(begun + i for i in members)
        if kind == "fund":
            dearest = max(per_flow[orders[i][0]] for i in members) or 1.0
            use = tuple(sites[orders[i][0]].price / dearest for i in members)
            yield kind, key, day, funds[key].amount / dearest, slices, use
        elif kind == "produce":
            yield kind, key, day, _on_grid(float(rate[key, day])), slices, (1.0,) * len(slices)
        elif sites[key].total is not None:
            yield kind, key, day, _on_grid(sites[key].total), slices, (1.0,) * len(slices)


def _on_grid(quantity: float) -> float:
    return floor(round(quantity * GRID, 6)) / GRID


def _matrix(entries: list[Entry], slices: int) -> BeginRows:
    count = [len(entry[4]) for entry in entries]
    row = np.repeat(np.arange(len(entries)), count)
    column = np.array([z for entry in entries for z in entry[4]], int)
    use = np.array([u for entry in entries for u in entry[5]], float)
    matrix = sp.csr_matrix((use, (row, column)), shape=(len(entries), slices))
    matrix.eliminate_zeros()  # what costs nothing uses no fund
    return BeginRows(
        np.array([entry[0] for entry in entries], object),
        np.array([entry[1] for entry in entries], int),
        np.array([entry[2] for entry in entries], int),
        np.array([entry[3] for entry in entries], float),
        matrix,
    )


def _sources(theatre: Theatre, scenario: Scenario, orders: list[tuple[int, int, int]]) -> Sources:
    stocks, sites, funds = theatre.stocks, theatre.production, theatre.funds
    site, fund, order = (np.array([o[i] for o in orders], int) for i in range(3))
    lots, none = len(stocks), np.full(len(stocks), -1)
    item = np.concatenate([stocks.codes("item", theatre.items), sites.codes("item", theatre.items)[site]])
    owner = stocks.codes("donor", theatre.donors), funds.codes("donor", theatre.donors)[fund]
    worth = theatre.items["value"][item[:lots]]
    price = np.concatenate([np.zeros(lots), sites["price"][site]])
    money = float(funds["amount"][np.unique(fund)].sum())
    return Sources(
        lots,
        np.concatenate([stocks.codes("node", theatre.nodes), sites.codes("node", theatre.nodes)[site]]),
        item,
        np.concatenate(owner),
        np.concatenate([lot_releases(theatre, scenario), order + sites["lead"][site]]),
        np.concatenate([stocks["expiry_day"], np.full(len(site), EMPTY)]),
        np.concatenate([worth, price[lots:]]),
        price,
        np.concatenate([none, site]),
        np.concatenate([none, fund]),
        np.concatenate([none, order]),
        float((stocks["on_hand"] * worth).sum()) + money,
    )
