"""Where loads begin: lots, and what may be ordered of a site with a fund on a day (rules 2, 3, 13)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.effect import available, in_effect, release_days
from data.purchases import first_orders, may_buy
from data.tables import EMPTY
from data.theatre import Scenario, Theatre


@dataclass(frozen=True, eq=False)
class Sources:
    """Side by side: the lots, then the orders. `release` is the first day they may leave, `order` the day of order.

    `value` is what a unit is worth to its donor, `price` what is paid for it (0 for lots), in EUR; site, fund and order
    are -1 for lots.
    """

    lots: int
    node: np.ndarray
    item: np.ndarray
    donor: np.ndarray
    release: np.ndarray
    expiry: np.ndarray
    value: np.ndarray
    price: np.ndarray
    site: np.ndarray
    fund: np.ndarray
    order: np.ndarray


def sources_of(theatre: Theatre, scenario: Scenario) -> Sources:
    """Return all sources of a theatre under a scenario."""
    stocks, sites, funds, items = theatre.stocks, theatre.production, theatre.funds, theatre.items
    orders, pays, opens = [], release_days(theatre, scenario, "funds"), first_orders(theatre)
    for s, site in enumerate(sites.rows()):
        for f in np.flatnonzero(may_buy(theatre)):
            if funds["item"][f] in ("", site.item):
                first = max(int(opens[s]), int(pays[f]))
                orders += [(s, int(f), day) for day in range(first, scenario.horizon - site.lead)]
    site, fund, order = np.array(orders, int).reshape(-1, 3).T
    none = np.full(len(stocks), -1)
    own = stocks.codes("item", items)
    return Sources(
        len(stocks),
        np.concatenate([stocks.codes("node", theatre.nodes), sites.codes("node", theatre.nodes)[site]]),
        np.concatenate([own, sites.codes("item", items)[site]]),
        np.concatenate([stocks.codes("donor", theatre.donors), funds.codes("donor", theatre.donors)[fund]]),
        np.concatenate([release_days(theatre, scenario, "stocks"), order + sites["lead"][site]]),
        np.concatenate([stocks["expiry_day"], np.full(len(site), EMPTY)]),
        np.concatenate([items["value"][own], sites["price"][site]]),
        np.concatenate([np.zeros(len(stocks)), sites["price"][site]]),
        np.concatenate([none, site]),
        np.concatenate([none, fund]),
        np.concatenate([none, order]),
    )


class Stock:
    """What may leave each lot over a span of days, by the stock and by what a cut leaves of it."""

    def __init__(self, theatre: Theatre, scenario: Scenario) -> None:
        self._whole = available(theatre, scenario, theatre.stocks["on_hand"])
        on_hand = in_effect(theatre, scenario, "stocks", "on_hand")
        rows = [row for row in scenario.disruptions.rows() if row.table == "stocks" and row.to_day is None]
        cuts = {row.from_day or 0 for row in rows}
        self._after = {
            cut: (on_hand[:, cut], available(theatre, scenario, on_hand[:, cut]))
            for cut in sorted(cuts)
            if cut < scenario.horizon
        }
        self._on_hand = theatre.stocks["on_hand"]

    def closed(self) -> np.ndarray:
        """Return by lot and day whether nothing may leave then: some limit that counts it is 0."""
        none = self._whole <= 0
        for cut, (on_hand, after) in self._after.items():
            none[:, cut:] |= (on_hand != self._on_hand)[:, None] & (after[:, cut:] <= 0)
        return np.logical_or.accumulate(none[:, ::-1], axis=1)[:, ::-1]

    def limit(self, lot: int, since: int, day: int) -> float:
        """Return the most that may leave the lot on the days from `since` to `day`."""
        limits = [self._whole[lot, day]]
        for cut, (on_hand, after) in self._after.items():
            if cut <= since and on_hand[lot] != self._on_hand[lot]:
                limits.append(after[lot, day])
        return float(min(limits))
