"""What stands at its limit of what may be bought: the day's production, the site's total, the fund."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data.counting import FULL
from data.itinerary import Itinerary
from optimizer.formulations.reinforce.setting import Setting
from optimizer.shortfall_words import label, on_days


class Orders:
    """The slices of a setting that are bought, and which of the rows that bind them a plan fills."""

    def __init__(self, setting: Setting, it: Itinerary) -> None:
        self.setting = setting
        sources, source = setting.sources, setting.slice_source
        self.slices = np.flatnonzero(source >= sources.lots)
        place = {
            (int(sources.site[s]), int(sources.fund[s]), int(sources.order[s])): z
            for z, s in zip(self.slices.tolist(), source[self.slices].tolist(), strict=True)
        }
        ordered, bought = np.zeros(len(source)), it.origins.bought
        for i in range(len(bought)):
            z = place.get((int(bought.site[i]), int(bought.fund[i]), int(bought.order_day[i])))
            if z is not None:
                ordered[z] += bought.quantity[i]
        rows = setting.begin
        self.room = rows.limit - rows.use @ ordered
        self._by_slice = rows.use.tocsc()

    def full(self, z: int) -> list[int]:
        """Return the rows that leave no room for more of a slice; of whole items less than one is none."""
        span = slice(self._by_slice.indptr[z], self._by_slice.indptr[z + 1])
        rows, use = self._by_slice.indices[span], self._by_slice.data[span]
        whole = self.setting.theatre.items["whole"][self.setting.sources.item[self.setting.slice_source[z]]]
        hair = np.maximum((1 - FULL) * self.setting.begin.limit[rows], use * (1 - 1e-6) if whole else 0.0)
        return rows[(use > 0) & (self.room[rows] <= hair)].tolist()

    def prices(self, closed: float) -> np.ndarray:
        """Return the price of each bought slice: the number of its full rows, or `closed` where one allows nothing."""
        out = np.zeros(len(self.slices))
        for i, z in enumerate(self.slices.tolist()):
            rows = self.full(z)
            out[i] = closed if (self.setting.begin.limit[rows] <= 0).any() else len(rows)
        return out

    def words(self, slices: Sequence[int]) -> list[str]:
        """Return what is full for these slices, each site and fund once."""
        begin = self.setting.begin
        days: dict[tuple[str, int], list[int]] = {}
        for z in slices:
            for row in self.full(z):
                days.setdefault((str(begin.kind[row]), int(begin.key[row])), []).append(int(begin.day[row]))
        return [self._words(kind, key, on) for (kind, key), on in days.items()]

    def _words(self, kind: str, key: int, days: list[int]) -> str:
        theatre = self.setting.theatre
        if kind == "fund":
            fund = theatre.funds.rows()[key]
            return f"fund {fund.fund} of {label(theatre.donors, fund.donor)} is spent ({fund.amount:,.6g} EUR)"
        site = theatre.production.rows()[key]
        item = label(theatre.items, site.item)
        if kind == "total":
            return f"site {site.site} sells no more {item} than the {site.total:,.6g} ordered"
        rate = self.setting.begin.limit[(self.setting.begin.kind == kind) & (self.setting.begin.key == key)]
        least, most = f"{rate.min():,.6g}", f"{rate.max():,.6g}"
        each = most if least == most else f"{least}–{most}"
        return f"site {site.site} makes no more {item} than is ordered {on_days(sorted(set(days)))} ({each} a day)"

    def not_ready(self, items: Sequence[int], rdd: int) -> list[str]:
        """Return why nothing of these items can be bought in time, or nothing where no site makes any."""
        theatre, sources = self.setting.theatre, self.setting.sources
        made = np.flatnonzero(np.isin(theatre.production.codes("item", theatre.items), list(items)))
        if not len(made):
            return []
        source = self.setting.slice_source[self.slices]
        own = np.isin(sources.item[source], list(items))
        price = self.prices(np.inf)
        ready = source[own & np.isfinite(price)]
        if len(ready):
            first = ready[np.argmin(sources.release[ready])]
            day, site = int(sources.release[first]), theatre.production["site"][sources.site[first]]
            return [f"what site {site} makes is ready on day {day} at the earliest, after the RDD (day {rdd})"]
        site = theatre.production["site"][made[0]]
        if own.any():
            return [f"site {site} makes nothing, or the funds that may pay it hold nothing"]
        return [f"no fund may pay site {site} within the horizon"]
