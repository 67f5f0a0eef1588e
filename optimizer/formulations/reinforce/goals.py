"""The goals of reinforce in their order (rule 5), each as costs over the program's columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce.needs import NeedTable
from optimizer.formulations.reinforce.setting import Setting
from optimizer.formulations.reinforce.sources import MILLION
from optimizer.program import Assembly, Program


@dataclass(frozen=True, eq=False)
class GoalRow:
    """A goal over the columns of the arc-flow program: its name, its tier (0: none), its cost on every column."""

    name: str
    tier: int
    cost: np.ndarray


def implied_goals(needs: NeedTable) -> dict[str, str]:
    """Return the goals that always equal another, by name: delay is short where LAD = RDD for a whole tier."""
    last = needs.lad - needs.rdd
    tiers = [int(t) for t in np.unique(needs.tier)]
    return {f"tier{t}_delay": f"tier{t}_short" for t in tiers if not last[needs.tier == t].any()}


def agreed_shares(theatre: Theatre) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and highest share of each donor: the band given, else the normalised burden share."""
    donors = theatre.donors
    total = donors["burden_share"].sum()
    agreed = donors["burden_share"] / total if total else donors["burden_share"]
    low = np.where(np.isnan(donors["share_low"]), agreed, donors["share_low"])
    high = np.where(np.isnan(donors["share_high"]), agreed, donors["share_high"])
    return (low, high) if total else (np.zeros(len(donors)), np.ones(len(donors)))


def add_shares(assembly: Assembly, setting: Setting, start: pd.DataFrame) -> None:
    """Add what each donor gives, in million EUR, and how far it is outside its agreed share."""
    theatre, sources = setting.theatre, setting.sources
    count = len(theatre.donors)
    every = np.arange(count)
    low, high = agreed_shares(theatre)
    given, above, below = (
        assembly.add_columns(name, np.full(count, np.inf), {"donor": every})
        for name in ("given", "above", "below")
    )
    source = setting.slice_source[start["slice"].to_numpy(int)]
    donor = sources.donor[source]
    rows = assembly.add_rows("given", np.zeros(count), np.zeros(count), {"donor": every})
    assembly.add_entries(rows, given, np.ones(count))
    value = sources.value[source] / setting.unit[sources.item[source]] / MILLION
    assembly.add_entries(rows[donor], start["column"].to_numpy(int), -value)
    free = np.full(count, -np.inf)
    for name, slack, sign, share in (("share_above", above, 1.0, high), ("share_below", below, -1.0, low)):
        rows = assembly.add_rows(name, free, np.zeros(count), {"donor": every})
        assembly.add_entries(rows, given, np.full(count, sign))
        assembly.add_entries(rows, slack, np.full(count, -1.0))
        row, other = np.repeat(rows, count), np.tile(given, count)
        assembly.add_entries(row, other, np.repeat(-sign * share, count))


def add_balance(
    assembly: Assembly,
    scenario: Scenario,
    handed: pd.DataFrame,
    needs: NeedTable,
    unmet: np.ndarray,
    unit: np.ndarray,
) -> None:
    """Add the worst unfilled share of any sector in each tier, where the scenario asks for balance."""
    tiers = np.unique(needs.tier) if scenario.settings.balance == "sectors" else np.zeros(0, int)
    worst = assembly.add_columns("worst", np.ones(len(tiers)), {"tier": tiers})
    pairs = sorted({(int(j), int(s)) for j, s in zip(needs.tier, needs.sector, strict=True) if j in tiers})
    place = {pair: i for i, pair in enumerate(pairs)}
    keys = {"tier": np.array([j for j, _ in pairs], int), "sector": np.array([s for _, s in pairs], int)}
    rows = assembly.add_rows("sector_balance", np.full(len(pairs), -np.inf), np.zeros(len(pairs)), keys)
    if not pairs:
        return
    row = rows[[place[int(j), int(s)] for j, s in zip(needs.tier, needs.sector, strict=True)]]
    whole = np.zeros(len(pairs))
    np.add.at(whole, row - rows[0], needs.short_weight * needs.size)
    assembly.add_entries(row, unmet, needs.short_weight / whole[row - rows[0]])
    late = handed[handed["late"] > 0]
    n = late["need"].to_numpy(int)
    weight = (
        needs.short_weight[n] * needs.credit(n, late["item"].to_numpy(int), unit) / whole[row[n] - rows[0]]
    )
    assembly.add_entries(row[n], late["column"].to_numpy(int), weight)
    tier_column = dict(zip(tiers.tolist(), worst, strict=True))
    assembly.add_entries(rows, np.array([tier_column[j] for j, _ in pairs]), np.full(len(pairs), -1.0))


def goal_rows(setting: Setting, flows: Mapping[str, pd.DataFrame], program: Program) -> tuple[GoalRow, ...]:
    """Return the goals in order, but the number of shipments, which is no linear goal."""
    theatre, scenario, needs, unit = setting.theatre, setting.scenario, setting.needs, setting.unit
    width = program.matrix.shape[1]
    goals: list[GoalRow] = []
    for position, tier in enumerate(np.unique(needs.tier)):
        if scenario.settings.balance == "sectors":
            cost = np.zeros(width)
            cost[program.column_block("worst").start + position] = 1.0
            goals.append(GoalRow(f"tier{tier}_balance", int(tier), cost))
        goals += _tier_goals(int(tier), needs, flows["delivery"], program, unit)
    for name, block in (("share", ("above", "below")),):
        cost = np.zeros(width)
        for part in block:
            cost[program.column_block(part).span] = MILLION
        goals.append(
            GoalRow(name, 0, cost if theatre.donors["burden_share"].any() else np.zeros(width))
        )
    goals.append(GoalRow("substitution", 0, _substitution(needs, flows["delivery"], width, unit)))
    goals.append(GoalRow("cost", 0, _cost(setting, flows, width)))
    return tuple(goals)


def _tier_goals(
    tier: int, needs: NeedTable, handed: pd.DataFrame, program: Program, unit: np.ndarray
) -> list[GoalRow]:
    width = program.matrix.shape[1]
    unmet = np.arange(
        program.column_block("unmet").start, program.column_block("unmet").start + len(needs.size)
    )
    own = needs.tier == tier
    n = handed["need"].to_numpy(int)
    late = (handed["late"].to_numpy(int) > 0) & own[n]
    n, column = n[late], handed["column"].to_numpy(int)[late]
    days = handed["late"].to_numpy(int)[late]
    credit = needs.credit(n, handed["item"].to_numpy(int)[late], unit)
    short, delay = np.zeros(width), np.zeros(width)
    short[unmet[own]] = needs.short_weight[own]
    short[column] = needs.short_weight[n] * credit
    last = needs.lad - needs.rdd + 1
    delay[unmet[own]] = (needs.delay_weight * last)[own]
    delay[column] = needs.delay_weight[n] * credit * days
    return [GoalRow(f"tier{tier}_short", tier, short), GoalRow(f"tier{tier}_delay", tier, delay)]


def _substitution(needs: NeedTable, handed: pd.DataFrame, width: int, unit: np.ndarray) -> np.ndarray:
    cost = np.zeros(width)
    n, item = handed["need"].to_numpy(int), handed["item"].to_numpy(int)
    credited = needs.credit(n, item, unit) / needs.unit[n]
    cost[handed["column"].to_numpy(int)] = needs.penalty(n, item) * credited
    return cost


def _cost(setting: Setting, flows: Mapping[str, pd.DataFrame], width: int) -> np.ndarray:
    """Return what transport and purchases cost, in EUR."""
    theatre, network, unit, move, start = setting.theatre, setting.network, setting.unit, flows["move"], flows["start"]
    cost = np.zeros(width)
    source = setting.slice_source[start["slice"].to_numpy(int)]
    cost[start["column"].to_numpy(int)] = setting.sources.price[source] / unit[setting.sources.item[source]]
    item = move["item"].to_numpy(int)
    mass = theatre.items["mass"][item] / unit[item]
    cost[move["column"].to_numpy(int)] = (
        mass * theatre.links["cost"][network.moves.link[move["arc"].to_numpy(int)]]
    )
    return cost


def implied_bounds(setting: Setting, flows: Mapping[str, pd.DataFrame], program: Program) -> np.ndarray:
    """Return an upper bound on every column that some optimal plan keeps, whatever the goal.

    A flow carries at most what the slices of its commodity hold; what donors give is at most all there is.
    """
    start = flows["start"]
    most = setting.most()[start["slice"].to_numpy(int)] * setting.unit[start["item"].to_numpy(int)]
    total = pd.Series(most).groupby(start["k"].to_numpy()).sum()
    out = np.full(program.matrix.shape[1], np.inf)
    for frame in flows.values():
        out[frame["column"].to_numpy(int)] = total.reindex(frame["k"]).fillna(0.0).to_numpy()
    for name in ("given", "above", "below"):
        out[program.column_block(name).span] = setting.sources.most_value / MILLION
    return np.minimum(out, program.upper)
