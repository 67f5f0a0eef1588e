"""What a goal and the goals before it come to under prices: constants, credit and what donors give (rules 4–7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from data.certify.prices import Price
from data.credit import latest_days
from data.score import need_goals, need_weights
from data.theatre import Scenario, Theatre


@dataclass
class Claim:
    """goal ≥ Σ const − credit · worth + value given · given + cost of what moves and is bought, under its prices.

    `timely` and `day` say what a unit credited to each need takes off: in all cases of a credit in time, and a day
    before the last. Every entry of `const` is one addend, so that the sum can be rounded honestly.
    """

    const: list[float] = field(default_factory=list)
    timely: np.ndarray = field(default_factory=lambda: np.zeros(0))
    day: np.ndarray = field(default_factory=lambda: np.zeros(0))
    given: np.ndarray = field(default_factory=lambda: np.zeros(0))
    penalty: float = 0.0
    cost: float = 0.0


def claim_of(
    theatre: Theatre, scenario: Scenario, goal: str, prices: Iterable[Price], allows: Mapping[str, float]
) -> Claim:
    """Return the claim of a goal with the goals that its prices carry at what they are allowed to be."""
    needs, donors = scenario.needs, theatre.donors
    short, late = need_weights(theatre, scenario)
    days = latest_days(scenario) - needs["rdd"] + 1
    claim = Claim([], np.zeros(len(needs)), np.zeros(len(needs)), np.zeros(len(donors)))
    weights, own = {goal: 1.0}, list(prices)
    for row in own:
        if row.rule == "carry" and row.key in allows:
            weights[row.key] = weights.get(row.key, 0.0) + row.price
            claim.const.append(-row.price * allows[row.key])
    for name, weight in weights.items():
        tier, _, kind = name.removeprefix("tier").partition("_")
        mine = needs["tier"] == int(tier) if kind else np.zeros(len(needs), bool)
        if kind == "short":
            claim.timely += np.where(mine, weight * short, 0.0)
            claim.const += (weight * (short * needs["quantity"])[mine]).tolist()
        elif kind == "delay":
            claim.day += np.where(mine, weight * late, 0.0)
            claim.const += (weight * (late * days * needs["quantity"])[mine]).tolist()
        elif kind == "balance":
            _balance(claim, scenario, short, tier, weight, [row for row in own if row.rule == "sector"])
        elif name == "substitution":
            claim.penalty += weight
        elif name == "cost":
            claim.cost += weight
        elif name == "share":
            _share(claim, theatre, weight, [row for row in own if row.rule.startswith("share_")])
    return claim


def _balance(claim: Claim, scenario: Scenario, short: np.ndarray, tier: str, weight: float, rows: list[Price]) -> None:
    """Hold the worst unfilled share of a tier above a mixture of its sectors'; it is never above 1."""
    needs, total = scenario.needs, 0.0
    for row in rows:
        of, _, sector = row.key.partition("/")
        mine = (needs["tier"] == int(tier)) & (needs["sector"] == sector)
        if of != tier or not mine.any():
            continue
        whole = float((short * needs["quantity"])[mine].sum())
        claim.timely += np.where(mine, row.price * short / whole, 0.0)
        claim.const.append(row.price)
        total += row.price
    claim.const.append(-max(0.0, total - weight))


def _share(claim: Claim, theatre: Theatre, weight: float, rows: list[Price]) -> None:
    """Hold the deviation from shares above a mixture of what donors are above and below theirs."""
    donors = theatre.donors
    agreed = donors["burden_share"].sum()
    if not agreed:
        return
    low, high = (np.where(np.isnan(donors[c]), donors["burden_share"] / agreed, donors[c]) for c in
                 ("share_low", "share_high"))  # fmt: skip
    above, below = np.zeros(len(donors)), np.zeros(len(donors))
    for row in rows:
        if row.key in donors.position():
            (above if row.rule == "share_above" else below)[donors.position()[row.key]] += row.price
    both = np.minimum(above, below)  # what is above costs what is below as much less: prices of both prove less
    above, below = above - both, below - both
    over = np.maximum(1.0, (above + below) / weight * (1 + 1e-15))  # a donor is not above and below at once
    above, below = above / over, below / over
    claim.given += above - below + float(below @ low - above @ high)


def needed_for(theatre: Theatre, scenario: Scenario, allows: Mapping[str, float]) -> float:
    """Return how many shipments at least a plan has that keeps to what is allowed: 1 where the empty one does not."""
    nothing = scenario.needs["quantity"]
    days = latest_days(scenario) - scenario.needs["rdd"] + 1
    values = need_goals(theatre, scenario, nothing, nothing * days)
    return 1.0 if any(value > allows.get(name, np.inf) for name, value in values.items()) else 0.0
