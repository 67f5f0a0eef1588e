"""What a plan is worth: the goals in their order, their scales, and the figures a briefing shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from data.credit import Credit, credit, latest_days
from data.itinerary import Itinerary
from data.plan import Plan
from data.purchases import ledger
from data.supply import days_of_supply, own_supply
from data.tables import Table
from data.theatre import Scenario, Theatre
from data.works import crew_days, tardiness, unfinished, wanted

LARGE_SHIPMENT = 5.0  # t, one lorry
SPECK = 1e-3  # of a need: less is the rounding of quantities, and listed last


@dataclass(frozen=True, eq=False)
class Score:
    """The goals' values and scales in goal order; frames and figures are worked out when asked for."""

    objectives: dict[str, float]
    scales: dict[str, float]
    itinerary: Itinerary
    credit: Credit
    built: Table | None = None  # works, where they count

    @cached_property
    def by_need(self) -> pd.DataFrame:
        """Return a row a need: what was asked, credited, short, unmet, late, and its last credited day."""
        needs = self.itinerary.scenario.needs
        names = ["need", "sector", "recipient", "item", "tier", "weight", "rdd", "quantity"]
        out = pd.DataFrame({name: needs[name] for name in names})
        out["lad"] = latest_days(self.itinerary.scenario)
        out["credited"] = needs["quantity"] - self.credit.unmet
        out["short"], out["unmet"], out["delay"] = self.credit.short, self.credit.unmet, self.credit.delay
        mass = self.itinerary.theatre.items["mass"]
        out["short_tonnes"] = self.credit.short * mass[needs.codes("item", self.itinerary.theatre.items)]
        return out

    @cached_property
    def burden(self) -> pd.DataFrame:
        """Return a row a donor: value given, its share, the agreed share and its bounds, and tonnes."""
        it = self.itinerary
        value, low, high, agreed = burden_bounds(it)
        total = float(value.sum())
        return pd.DataFrame(
            {
                "donor": it.theatre.donors["donor"],
                "value": value,
                "share": value / total if total else np.zeros(len(value)),
                "agreed_share": agreed,
                "share_low": low,
                "share_high": high,
                "tonnes": np.bincount(it.donor, it.tonnes, len(value)),
            }
        )

    @cached_property
    def arrivals(self) -> pd.DataFrame:
        """Return tonnes arriving and arrived so far, by sector and day, for sectors that have needs."""
        it = self.itinerary
        days = np.arange(it.scenario.horizon)
        out = []
        for name in sorted(set(it.scenario.needs["sector"])):
            here = (it.destination == it.theatre.nodes.position()[name]) & (it.arrive < len(days))
            tonnes = np.bincount(it.arrive[here], it.tonnes[here], len(days))
            out.append(
                pd.DataFrame({"sector": name, "day": days, "tonnes": tonnes, "so_far": tonnes.cumsum()})
            )
        return pd.concat(out, ignore_index=True)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Return a row a fund: pledged, available, spent and left, in EUR."""
        it = self.itinerary
        return ledger(it.theatre, it.scenario, it.origins.bought, transport_costs(it))

    @cached_property
    def own_supply(self) -> pd.DataFrame:
        """Return what giving leaves donors of their own days of supply, by donor and item of table donor_use."""
        return own_supply(self.itinerary)

    @cached_property
    def supply(self) -> pd.DataFrame:
        """Return days of supply, gross and planning, by sector, item and day, where forces use something."""
        return days_of_supply(self.itinerary)

    @cached_property
    def kpis(self) -> dict[str, float]:
        """Return the figures of a briefing's first page by name; shares are between 0 and 1."""
        it = self.itinerary
        moved = float(it.tonnes.sum())
        large, over_gauge = (
            float(it.tonnes[it.tonnes >= LARGE_SHIPMENT].sum()),
            float(it.tonnes[_regauged(it)].sum()),
        )
        out = {"tonnes_moved": moved}
        needs = it.scenario.needs
        asked = needs["quantity"] * it.theatre.items["mass"][needs.codes("item", it.theatre.items)]
        for tier in sorted(set(needs["tier"].tolist())):
            own = needs["tier"] == tier
            short = float(self.by_need["short_tonnes"].to_numpy()[own].sum())
            out[f"tier{tier}_tonnes_short"] = short
            out[f"tier{tier}_share_short"] = short / float(asked[own].sum())
        out |= {
            "shipments": float(len(it.shipment)),
            "tonnes_in_large_shipments": large,
            "share_in_large_shipments": large / moved if moved else 0.0,
            "tonnes_over_gauge_breaks": over_gauge,
            "share_over_gauge_breaks": over_gauge / moved if moved else 0.0,
            "cost": self.objectives["cost"],
            "purchases": float(it.origins.bought.cost.sum()),
            "donors_uncovered": float(self.own_supply.loc[self.own_supply["uncovered"] > 0, "donor"].nunique()),
            "donors_giving": float(len(set(it.donor.tolist()))),
        }
        return out if self.built is None else out | works_figures(it.scenario, self.built)


def works_figures(scenario: Scenario, built: Table) -> dict[str, float]:
    """Return the figures of works by name: built, on time, asked, value·days late, crew-days."""
    late = unfinished(scenario, built)
    value = sum(wanted(scenario).values())
    return {
        "works_asked": float(len(scenario.works)),
        "works_built": float(len(built)),
        "works_share_unfinished": sum(late.values()) / value if value else 0.0,
        "tardiness": tardiness(scenario, built),
        "crew_days": crew_days(built),
    }


def score(theatre: Theatre, scenario: Scenario, plan: Plan, *, works: bool | None = None) -> Score:
    """Return the plan's goals, re-computed from its shipments, legs and works alone, lawful or not.

    Shipments that name unknown rows count for nothing. Works count if `works` is set, by default where the plan
    builds any.
    """
    itinerary = Itinerary.of(theatre, scenario, plan)
    got = credit(itinerary)
    values = need_goals(theatre, scenario, got.short, got.delay)
    needs, latest = scenario.needs, latest_days(scenario)
    nothing = needs["quantity"]
    scales = need_goals(theatre, scenario, nothing, nothing * (latest - needs["rdd"] + 1))
    others = {
        "share": share_deviation(itinerary),
        "substitution": float(got.points.sum()),
        "cost": transport_cost(itinerary) + float(itinerary.origins.bought.cost.sum()),
        "shipments": float(len(itinerary.shipment)),
    }
    built = plan.tables["works"] if works or (works is None and len(plan.tables["works"])) else None
    if built is not None:
        values, scales = with_works(values, unfinished(scenario, built)), with_works(scales, wanted(scenario))
    scales |= {name: max(1.0, value) for name, value in others.items()}
    return Score(values | others, scales, itinerary, got, built)


def with_works(needs: dict[str, float], works: dict[str, float]) -> dict[str, float]:
    """Return the goals of needs and works in one order: tier by tier, works after short and delay."""
    last = ("balance", "short", "delay", "works")

    def place(goal: str) -> tuple[int, int]:
        tier, _, name = goal.partition("_")
        return int(tier.removeprefix("tier")), last.index(name)

    together = needs | works
    return {goal: together[goal] for goal in sorted(together, key=place)}


def transport_cost(itinerary: Itinerary) -> float:
    """Return what transport costs, in EUR."""
    return float(itinerary.tonnes[itinerary.leg_of] @ itinerary.theatre.links["cost"][itinerary.link])


def transport_costs(it: Itinerary) -> np.ndarray:
    """Return what transport costs each donor, in EUR: of its lots, and of what its money bought."""
    cost = it.tonnes[it.leg_of] * it.theatre.links["cost"][it.link]
    return np.bincount(it.donor[it.leg_of], cost, len(it.theatre.donors))


def need_goals(
    theatre: Theatre, scenario: Scenario, short: np.ndarray, delay: np.ndarray
) -> dict[str, float]:
    """Return the goals of every tier, in order, for this short and delay of each need."""
    needs = scenario.needs
    lacking, lateness = need_weights(theatre, scenario)
    tier, goals = needs["tier"], {}
    for k in sorted(set(tier.tolist())):
        own = tier == k
        if scenario.settings.balance == "sectors":
            goals[f"tier{k}_balance"] = _worst_sector(needs["sector"][own], (lacking * short)[own],
                                                      (lacking * needs["quantity"])[own])  # fmt: skip
        goals[f"tier{k}_short"] = float(lacking[own] @ short[own])
        goals[f"tier{k}_delay"] = float(lateness[own] @ delay[own])
    return goals


def _worst_sector(sector: np.ndarray, lack: np.ndarray, whole: np.ndarray) -> float:
    names, code = np.unique(sector.astype(str), return_inverse=True)
    return float((np.bincount(code, lack, len(names)) / np.bincount(code, whole, len(names))).max())


def need_weights(theatre: Theatre, scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """Return what a unit short and a unit-day of delay of each need add to its tier's goals."""
    needs = scenario.needs
    if scenario.settings.measure == "tonnes":
        tonnes = needs["weight"] * theatre.items["mass"][needs.codes("item", theatre.items)]
        return tonnes, tonnes
    group = pd.DataFrame({name: needs[name] for name in ("sector", "recipient", "item", "tier")})
    together = (
        pd.Series(needs["quantity"]).groupby([group[name] for name in group]).transform("sum").to_numpy()
    )
    lacking = needs["weight"] / together
    return lacking, lacking / (latest_days(scenario) - needs["rdd"] + 1)


def burden_bounds(itinerary: Itinerary) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return, by donor, the value given and the lowest, highest and agreed share of the whole."""
    theatre = itinerary.theatre
    value = np.bincount(itinerary.donor, itinerary.given, len(theatre.donors))
    total = float(theatre.donors["burden_share"].sum())
    agreed = theatre.donors["burden_share"] / (total or 1.0)
    low, high = theatre.donors["share_low"], theatre.donors["share_high"]
    return value, np.where(np.isnan(low), agreed, low), np.where(np.isnan(high), agreed, high), agreed


def share_deviation(itinerary: Itinerary) -> float:
    """Return the value (EUR) by which donors give more or less than their shares; 0 where none is agreed."""
    if not itinerary.theatre.donors["burden_share"].any():
        return 0.0
    value, low, high, _ = burden_bounds(itinerary)
    total = value.sum()
    return float(np.maximum(0.0, np.maximum(value - high * total, low * total - value)).sum())


def _regauged(it: Itinerary) -> np.ndarray:
    """Return which shipments change from one gauge to another on their way."""
    gauge = it.theatre.links["gauge"][it.link]
    before, after = gauge[:-1], gauge[1:]
    changes = ~it.is_first[1:] & (before != "") & (after != "") & (before != after)
    out = np.zeros(len(it.shipment), bool)
    out[it.leg_of[1:][changes.astype(bool)]] = True
    return out
