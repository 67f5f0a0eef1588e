"""Fortification works of a plan: what they are worth, how late they are, what they wait for on site."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from data.itinerary import Itinerary
from data.plan import Plan
from data.tables import EMPTY, Table
from data.theatre import Scenario, Theatre

Curves = dict[tuple[str, str], np.ndarray]  # quantity on site so far, by sector and item, for every day


def due_days(scenario: Scenario) -> np.ndarray:
    """Return the day by whose end each work is due, cut to the horizon."""
    return np.minimum(scenario.works["due"], scenario.horizon - 1)


def end_days(scenario: Scenario, built: Table) -> np.ndarray:
    """Return the last day of each work of the scenario; the horizon where it is not built."""
    out = np.full(len(scenario.works), scenario.horizon)
    code = built.codes("work", scenario.works)
    out[code[code >= 0]] = built["end"][code >= 0]
    return out


def unfinished(scenario: Scenario, built: Table) -> dict[str, float]:
    """Return by goal (tierK_works) the value of works that are not finished by their due day."""
    late = end_days(scenario, built) > due_days(scenario)
    return _by_tier(scenario, scenario.works["value"] * late)


def wanted(scenario: Scenario) -> dict[str, float]:
    """Return by goal (tierK_works) the value of all works: what the goal is if nothing is built."""
    return _by_tier(scenario, scenario.works["value"])


def _by_tier(scenario: Scenario, value: np.ndarray) -> dict[str, float]:
    tier = scenario.works["tier"]
    return {f"tier{k}_works": float(value[tier == k].sum()) for k in sorted(set(tier.tolist()))}


def tardiness(scenario: Scenario, built: Table) -> float:
    """Return Σ value · days after the due day; a work that is not built counts to the horizon."""
    late = np.maximum(0, end_days(scenario, built) - due_days(scenario))
    return float(scenario.works["value"] @ late)


def crew_days(built: Table) -> float:
    """Return the crew-days that the works bind, days of rest included."""
    return float(sum(len(row.crews) * (row.end - row.start + 1) for row in built.rows()))


def holdings_for_works(theatre: Theatre, scenario: Scenario) -> dict[tuple[str, str], float]:
    """Return what the supported nation holds for works, by sector and item: of items that no force there uses."""
    uses: dict[str, set[str]] = defaultdict(set)
    for row in theatre.factors.rows():
        uses[row.force_type].add(row.item)
    used = {(force.sector, item) for force in scenario.forces.rows() for item in uses[force.force_type]}
    return {
        (row.node, row.item): max(0.0, row.on_hand - row.reserved - row.unserviceable)
        for row in theatre.holdings.rows()
        if (row.node, row.item) not in used
    }


def on_site(theatre: Theatre, scenario: Scenario, plan: Plan) -> Curves:
    """Return what is on site for works by the end of each day: holdings, and what the plan brings without a need."""
    days = scenario.horizon
    out = {key: np.full(days, value) for key, value in holdings_for_works(theatre, scenario).items()}
    it = Itinerary.of(theatre, scenario, plan)
    nodes, items = theatre.nodes["node"], theatre.items["item"]
    for s in np.flatnonzero((it.need < 0) & (it.arrive < days)):
        key = str(nodes[it.destination[s]]), str(items[it.item[s]])
        out.setdefault(key, np.zeros(days))[it.arrive[s] :] += it.quantity[s]
    return out


def rest_days(theatre: Theatre, horizon: int) -> dict[str, np.ndarray]:
    """Return for every sector of the calendar which days works rest."""
    out: dict[str, np.ndarray] = {}
    for row in theatre.calendar.rows():
        if not row.works and row.day < horizon:
            out.setdefault(row.sector, np.zeros(horizon, bool))[row.day] = True
    return out


def last_days(scenario: Scenario) -> np.ndarray:
    """Return the last day on which each work may end: its deadline or the last day of the horizon."""
    deadline = scenario.works["deadline"]
    return np.minimum(np.where(deadline == EMPTY, scenario.horizon, deadline), scenario.horizon - 1)
