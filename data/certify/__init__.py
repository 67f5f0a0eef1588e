"""How good can a plan be at most? The bound of every goal, worked out from prices and the tables alone.

No solver and none of the optimizer's code is imported here. Prices ≥ 0 of the limits prove

    goal_k ≥ Σ_j λ_j (const_j − allows_j) − Σ price · limit + Σ_n min(0, least cost of a unit credited to n) · q_n

for every plan whose goals j before k are at most allows_j, λ_j being the prices of those goals and λ_k = 1: whatever
the prices are, the least is searched here over every way there is (`sweep.py`). A certificate that was tampered with
can prove less, never something false. docs/formulations/certificate.md has the argument and the rounding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum

import numpy as np

from data.certify.claims import Claim, claim_of, needed_for
from data.certify.ground import lay
from data.certify.prices import Price, certificate_table, prices_of
from data.certify.rights import Group, Rights
from data.certify.sources import Sources, Stock, sources_of
from data.certify.sweep import Sweep, blocks, shrink
from data.certify.tolls import Limits, tolls
from data.credit import exchange, latest_days
from data.tables import Table
from data.theatre import Scenario, Theatre

__all__ = ["Price", "certificate_table", "prices_of", "proven_bounds"]

WITHOUT_TIER = ("share", "substitution", "cost")
MARGIN = 2.0**-46  # of every addend of a bound: more than its own rounding, and that of its factors, can be


def proven_bounds(
    theatre: Theatre, scenario: Scenario, certificate: Table, allows: Mapping[str, float], goals: Iterable[str]
) -> dict[str, float]:
    """Return the bound of each of these goals that the certificate proves, in their order; 0 where it proves none.

    A bound is of every plan of shipments to needs, none larger than what is credited, in which each goal of `allows`
    that the prices carry is at most what it is allowed; goals that come later are never carried.
    """
    prices, goals = prices_of(certificate), list(goals)
    # NB: a tier's goals need no price to be proven above 0: what no way leads to is short whatever is done
    asked = [g for g in goals if g.endswith(("_balance", "_short", "_delay")) or (g in prices and g in WITHOUT_TIER)]
    earlier = {goal: {g: allows[g] for g in goals[: goals.index(goal)] if g in allows} for goal in asked}
    out = dict.fromkeys(goals, 0.0)
    if asked:
        checker = _Checker(theatre, scenario)
        claims = [_Priced(checker, goal, prices.get(goal, []), earlier[goal]) for goal in asked]
        for claim in checker.searched(claims):
            out[claim.goal] = max(0.0, claim.bound())
    if "shipments" in out:
        out["shipments"] = needed_for(theatre, scenario, allows)
    return out


class _Checker:
    """The ground, rights and limits of a case, and the search over all of its ways."""

    def __init__(self, theatre: Theatre, scenario: Scenario) -> None:
        self.theatre, self.scenario = theatre, scenario
        self.ground, self.sources = lay(theatre, scenario), sources_of(theatre, scenario)
        self.rights = Rights(self.ground, self.sources)
        self.groups = self.rights.groups()
        self.limits, self.stock = Limits.of_case(self.ground, self.rights), Stock(theatre, scenario)
        self.closed = self.stock.closed()

    def searched(self, claims: list[_Priced]) -> list[_Priced]:
        """Return the claims with the least cost of a unit credited to every need, over all groups."""
        for block in blocks(self.groups, self.ground):
            sweep, handed = Sweep(self.ground, self.rights, self.sources, block), _Handed.of(self, block)
            for claim in claims:
                at = tolls(self.ground, self.rights, self.limits, claim.by_rule, claim.claim.cost, set(sweep.keys))
                labels = sweep.least(at, claim.start, claim.shrunk)
                claim.take(handed, labels[handed.day, handed.state, handed.k])
        return claims


@dataclass(frozen=True, eq=False)
class _Handed:
    """The days on which a group may be handed to its needs: the RDD for all in time, then each day to the LAD."""

    need: np.ndarray
    day: np.ndarray
    state: np.ndarray
    k: np.ndarray
    late: np.ndarray
    left: np.ndarray  # days before the last on which it counts, and that day
    ratio: np.ndarray
    penalty: np.ndarray

    @classmethod
    def of(cls, checker: _Checker, groups: list[Group]) -> _Handed:
        needs, theatre = checker.scenario.needs, checker.theatre
        k = np.repeat(np.arange(len(groups)), [len(g.needs) for g in groups])
        need = np.array([n for g in groups for n in g.needs], int)
        rdd, last = needs["rdd"].astype(int)[need], latest_days(checker.scenario).astype(int)[need]
        times = last - rdd + 1
        late = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        k, need, rdd, last = (np.repeat(a, times) for a in (k, need, rdd, last))
        item = np.array([g.item for g in groups], int)[k]
        ratio, penalty = exchange(theatre, needs.codes("item", theatre.items)[need], item)
        state = checker.ground.nodes + needs.codes("sector", theatre.nodes)[need]
        return cls(need, rdd + late, state, k, late, last - rdd + 1 - late, ratio, penalty)


class _Priced:
    """One goal's claim with its prices, and what the search finds for it."""

    def __init__(self, checker: _Checker, goal: str, prices: list[Price], allows: Mapping[str, float]) -> None:
        self.goal, self._scenario = goal, checker.scenario
        self.claim: Claim = claim_of(checker.theatre, checker.scenario, goal, prices, allows)
        limits = checker.limits
        self.by_rule = {rule: np.zeros(limit.shape) for rule, limit in limits.of.items()}
        self._paid = self.claim.const
        sources, horizon = checker.sources, checker.scenario.horizon
        self._stocked = np.zeros((sources.lots, horizon))
        self._totals = np.zeros(len(checker.theatre.production)), np.zeros(len(checker.theatre.funds))
        for row in prices:
            self._enter(checker, row)
        entries = Counter((row.rule, row.key, row.day if row.rule in self.by_rule else None) for row in prices)
        self.shrunk = shrink(checker.ground, max(entries.values(), default=0))
        self.start = self._starts(checker, sources)
        self._least = np.zeros(len(checker.scenario.needs))

    def _enter(self, checker: _Checker, row: Price) -> None:
        """Take the price of a limit; what names no limit that there is proves nothing."""
        theatre, horizon, at = checker.theatre, checker.scenario.horizon, -1
        if row.rule in self.by_rule:
            at = checker.limits.members[row.rule].get(row.key, -1)
            if at >= 0 and row.day < horizon and checker.limits.of[row.rule][at, row.day] > 0:
                self.by_rule[row.rule][at, row.day] += row.price
                self._paid.append(-row.price * float(checker.limits.of[row.rule][at, row.day]))
        elif row.rule == "stock":
            at = theatre.stocks.position().get(row.key, -1)
            if at >= 0 and row.since <= row.day < horizon:
                self._stocked[at, row.since : row.day + 1] += row.price
                self._paid.append(-row.price * checker.stock.limit(at, row.since, row.day))
        elif row.rule in ("total", "fund"):
            table, column = (theatre.production, "total") if row.rule == "total" else (theatre.funds, "amount")
            at = table.position().get(row.key, -1)
            if at >= 0 and not np.isnan(table[column][at]):
                self._totals[row.rule == "fund"][at] += row.price
                self._paid.append(-row.price * float(table[column][at]))

    def _starts(self, checker: _Checker, sources: Sources) -> np.ndarray:
        """Return what a unit of each source pays when it leaves on each day; infinite before its release."""
        horizon, lots = checker.scenario.horizon, sources.lots
        rate = checker.limits.closing("produce", self.by_rule["produce"])
        site, fund, order = sources.site[lots:], sources.fund[lots:], sources.order[lots:]
        total = np.where(checker.theatre.production["total"] == 0, np.inf, self._totals[0])
        money = np.where(checker.theatre.funds["amount"] == 0, np.inf, self._totals[1])[fund]
        price = sources.price[lots:]
        bought = rate[site, order] + total[site] + np.where(price > 0, money * np.where(price > 0, price, 1.0), 0.0)
        bought = bought + self.claim.cost * price
        stocked = np.where(checker.closed, np.inf, self._stocked)
        out = np.concatenate([stocked, np.repeat(bought[:, None], horizon, axis=1)]) * self.shrunk
        given = self.claim.given[sources.donor] * sources.value
        out += np.where(given > 0, given * self.shrunk, given * (2.0 - self.shrunk))[:, None]
        return np.where(np.arange(horizon)[None, :] >= sources.release[:, None], out, np.inf)

    def take(self, handed: _Handed, toll: np.ndarray) -> None:
        """Note the least that a unit credited to each need costs, with what it takes off the goals."""
        credit = np.where(handed.late == 0, self.claim.timely[handed.need], 0.0)
        grown = 2.0 - self.shrunk
        credit = (credit + self.claim.day[handed.need] * handed.left) * grown
        cost = toll * handed.ratio + self.claim.penalty * handed.penalty * self.shrunk - credit
        np.minimum.at(self._least, handed.need, np.where(cost < 0, cost * grown, 0.0))

    def bound(self) -> float:
        """Return the bound, each addend rounded against it."""
        parts = [*self._paid, *(self._least * self._scenario.needs["quantity"]).tolist()]
        return fsum([*parts, *(-MARGIN * abs(part) for part in parts)])
