"""The goals of reinforce over paths: what a unit delivered, by whom and when, changes in each of them.

Every goal is const + Σ (coefficient of the path) x + Σ (coefficient of a further variable) w, so that it can
be minimised, or carried as a row. The further variables are `above` and `below` of each donor's share and
`worst` of each tier. The same coefficients price deliveries and slices, which is how a path finds its cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

import numpy as np

from optimizer.formulations.reinforce.goals import agreed_shares
from optimizer.formulations.reinforce.setting import Setting
from optimizer.formulations.reinforce.sources import MILLION


@dataclass(frozen=True, eq=False)
class Load:
    """Deliveries or paths side by side: need, item and donor codes, credit per flow, days late, value per flow."""

    need: np.ndarray
    item: np.ndarray
    donor: np.ndarray
    credit: np.ndarray
    late: np.ndarray
    value: np.ndarray  # million EUR per flow; 0 where the donor is not known yet
    transport: np.ndarray  # EUR per flow, with the price of what is bought; 0 where the way is not known yet

    def with_more(self, more: Load) -> Load:
        """Return these loads followed by more of them."""
        return Load(*(np.concatenate([getattr(self, f.name), getattr(more, f.name)]) for f in fields(Load)))

    def take(self, pick: np.ndarray) -> Load:
        """Return these loads at the given positions."""
        return Load(*(getattr(self, f.name)[pick] for f in fields(Load)))


@dataclass(frozen=True, eq=False)
class Term:
    """A linear expression: const + on(load) · x + Σ further[name] · w[name]."""

    name: str
    const: float = 0.0
    tier: int = 0
    short: np.ndarray | None = None  # per credit in time, by need
    delay: np.ndarray | None = None  # per credit and day before the last, by need
    penalty: bool = False
    transport: bool = False
    given: np.ndarray | None = None  # per million EUR given, by donor
    further: dict[str, float] = field(default_factory=dict)


class Terms:
    """Makes the terms of a setting and evaluates them on loads."""

    def __init__(self, setting: Setting) -> None:
        self.setting, self.needs = setting, setting.needs
        self.days = self.needs.lad - self.needs.rdd + 1
        self.donors = len(setting.theatre.donors)
        self.tiers = [int(t) for t in np.unique(self.needs.tier)]
        self.short_weight = self.needs.short_weight  # may be weighed anew where what it bounds allows
        self.given_up = np.zeros(len(self.needs.tier), bool)  # needs that get nothing and count as unmet

    def goal(self, name: str) -> Term:
        """Return the term of a goal by its name, as tier1_short, share or cost."""
        needs = self.needs
        if name.startswith("tier"):
            tier, kind = int(name[4:].split("_")[0]), name.split("_")[1]
            own = needs.tier == tier
            if kind == "short":
                weight = np.where(own, self.short_weight, 0.0)
                return Term(name, float(weight @ needs.size), tier, short=weight)
            if kind == "delay":
                weight = np.where(own, needs.delay_weight, 0.0)
                return Term(name, float((weight * self.days) @ needs.size), tier, delay=weight)
            return Term(name, 0.0, tier, further={f"worst{tier}": 1.0})
        if name == "share":
            further = {f"{side}{d}": MILLION for side in ("above", "below") for d in range(self.donors)}
            return Term(name, further=further)
        return Term(name, penalty=name == "substitution", transport=name == "cost")

    def share_rows(self) -> list[Term]:
        """Return the rows term ≤ 0 that hold what donors give to their shares, and what they exceed them by."""
        low, high = agreed_shares(self.setting.theatre)
        rows = []
        for d in range(self.donors):
            one = np.zeros(self.donors)
            one[d] = 1.0
            rows.append(Term(f"share_above {d}", given=one - high[d], further={f"above{d}": -1.0}))
            rows.append(Term(f"share_below {d}", given=low[d] - one, further={f"below{d}": -1.0}))
        return rows

    def balance_rows(self, tier: int) -> list[Term]:
        """Return the rows term ≤ 0 that put the unfilled share of each sector below the worst of its tier."""
        needs, rows = self.needs, []
        for sector in np.unique(needs.sector[needs.tier == tier]):
            own = np.where((needs.tier == tier) & (needs.sector == sector), needs.short_weight, 0.0)
            weight = own / float(own @ needs.size)
            rows.append(
                Term(f"sector {tier} {sector}", 1.0, tier, short=weight, further={f"worst{tier}": -1.0})
            )
        return rows

    def on(self, term: Term, load: Load) -> np.ndarray:
        """Return the term's coefficient on each load, per flow."""
        out = np.zeros(len(load.need))
        if term.short is not None:
            out -= np.where(load.late == 0, term.short[load.need] * load.credit, 0.0)
        if term.delay is not None:
            out -= term.delay[load.need] * load.credit * (self.days[load.need] - load.late)
        if term.penalty:
            out += self.needs.penalty(load.need, load.item) * load.credit / self.needs.unit[load.need]
        if term.transport:
            out += load.transport
        if term.given is not None:
            out += term.given[load.donor] * load.value
        return out

    def deliveries(self) -> Load:
        """Return the deliveries of the setting as loads; what depends on slice and way is 0."""
        frame = self.setting.flows["delivery"]
        need, item = frame["need"].to_numpy(int), frame["item"].to_numpy(int)
        nothing = np.zeros(len(need))
        credit = self.needs.credit(need, item, self.setting.unit)
        donor = np.zeros(len(need), int)
        return Load(need, item, donor, credit, frame["late"].to_numpy(int), nothing, nothing)

    def slice_value(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the donor of each slice, and the value of one flow of it in million EUR."""
        sources, source = self.setting.sources, self.setting.slice_source
        return sources.donor[source], sources.value[source] / self._unit(source) / MILLION

    def slice_price(self) -> np.ndarray:
        """Return what one flow of each slice costs to buy, in EUR; 0 for lots."""
        source = self.setting.slice_source
        return self.setting.sources.price[source] / self._unit(source)

    def _unit(self, source: np.ndarray) -> np.ndarray:
        return self.setting.unit[self.setting.sources.item[source]]
