"""Whole units of a joint plan, works first: one search over the paths of the relaxed plan.

Sets       p paths of the relaxed plan, n needs, w works kept, each with its needs N(w); tiers t in goal order: needs,
           then works of each
Variables  x_p and u_n as in `formulations/reinforce/master.py`, and y_w, 1 if all that w takes comes

    minimise Σ_t STEP^−t (short_t + LATER · delay_t) / scale_t − Σ_w STEP^−t(w) value_w y_w / scale_t(w)
    subject to the rows of the master, and
    (whole)     q_n y_w + u_n ≤ q_n    for n in N(w)

A work whose material lacks one unit is not built: searched tier by tier in units alone, and filled up after rounding
down, many works lack one. What is given up of earlier goals for later ones is bounded by STEP, not by rule 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.paths import Paths
from optimizer.formulations.reinforce.setting import Setting
from optimizer.methods.parcels import Parcel
from optimizer.outcome import Clock, Reason
from optimizer.program import Block, Program, Solver

STEP = 10.0  # times as much as a tier: what the one before it counts
LATER = 0.1  # what delay counts beside short of its tier


def completed(
    setting: Setting, paths: Paths, parcels: Mapping[str, Parcel], scales: Mapping[str, float], solver: Solver,
    clock: Clock,
) -> Paths | None:  # fmt: skip
    """Return the paths with whole quantities, works completed first; None if none were found in time."""
    master = Master.of(setting, paths)
    program, own = master.program(), list(parcels.values())
    cost = np.concatenate([_cost_of_tiers(setting, master, {p.goal for p in own}, scales), np.zeros(len(own))])
    for at, parcel in enumerate(own):
        needs = list(parcel.needs)
        worth = float(setting.needs.short_weight[needs] @ setting.needs.size[needs])
        cost[len(cost) - len(own) + at] = -_weight(setting, parcel.goal) * worth / scales[parcel.goal]
    outcome = solver.solve(_with_works(program, setting, own).with_goal(cost), clock)
    if outcome.reason not in (Reason.OPTIMAL, Reason.FEASIBLE) or not outcome.has_values:
        return None
    return paths.carrying(np.maximum(outcome.values[: len(paths)], 0.0))


def _weight(setting: Setting, goal: str) -> float:
    """Return what a goal of a tier counts, the first tier 1."""
    tiers = np.unique(setting.needs.tier).tolist()
    return float(STEP ** -tiers.index(int(goal[4:].split("_")[0])))


def _cost_of_tiers(setting: Setting, master: Master, works: set[str], scales: Mapping[str, float]) -> np.ndarray:
    """Return the cost of path and unmet columns: short and delay of the tiers of needs."""
    total: np.ndarray = np.zeros(len(master.paths) + len(setting.needs.size))
    for tier in np.unique(setting.needs.tier).tolist():
        if f"tier{tier}_short" in works:
            continue
        for name, cost in master.tier_goals(tier).items():
            goal = f"tier{tier}_{name}"
            total += _weight(setting, goal) * (1.0 if name == "short" else LATER) * cost / max(scales[goal], 1e-9)
    return total


def _with_works(program: Program, setting: Setting, parcels: list[Parcel]) -> Program:
    """Return the program with a column for each work, 1 if nothing of its needs is unmet."""
    height, width = program.matrix.shape
    count = len(parcels)
    unmet, wanted = program.column_block("unmet").start, setting.needs.size / setting.needs.unit
    pairs = [(w, n) for w, parcel in enumerate(parcels) for n in parcel.needs]
    work, need = np.array(pairs, int).reshape(len(pairs), 2).T
    line, ones = np.arange(len(pairs)), np.ones(len(pairs))
    rows = sp.csc_matrix(
        (np.concatenate([wanted[need], ones]), (np.tile(line, 2), np.concatenate([width + work, unmet + need]))),
        shape=(len(pairs), width + count),
    )
    matrix = sp.hstack([program.matrix, sp.csc_matrix((height, count))])
    return replace(
        program,
        cost=np.zeros(width + count),
        lower=np.append(program.lower, np.zeros(count)),
        upper=np.append(program.upper, np.ones(count)),
        whole=np.append(program.whole, np.ones(count, bool)),
        row_lower=np.append(program.row_lower, np.full(len(pairs), -np.inf)),
        row_upper=np.append(program.row_upper, wanted[need]),
        matrix=sp.vstack([matrix, rows], format="csc"),
        rows=(*program.rows, Block("whole", height, len(pairs))),
        columns=(*program.columns, Block("work", width, count)),
    )
