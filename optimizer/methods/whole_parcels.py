"""Whole units of a joint plan, works first: one search over the paths of the relaxed plan.

Sets       p paths of the relaxed plan, n needs, w works kept, each with its needs N(w); tiers t in goal order: needs,
           then works of each
Variables  x_p and u_n as in `formulations/reinforce/master.py`, y_w, 1 if all that w takes comes, and z_r ≥ 0 million
           EUR by which a donor's share is missed

    minimise Σ_t STEP^−t (short_t + LATER · delay_t) / scale_t − Σ_w STEP^−t(w) value_w y_w / scale_t(w)
             + STEP^−T Σ_r z_r / share
    subject to the rows of the master, and
    (whole)     q_n y_w + u_n ≤ q_n    for n in N(w)
    (share)     Σ_p given_rp x_p ≤ z_r    for each donor above, and below, its share

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
from optimizer.formulations.reinforce.sources import MILLION
from optimizer.formulations.reinforce.terms import Terms
from optimizer.methods.parcels import Parcel
from optimizer.outcome import Clock, Reason
from optimizer.program import Program, Solver

STEP = 3.0  # times as much as a goal of a tier: what the one before it counts
MOST_SECONDS = 20.0  # for one search
LATER = 0.1  # what delay counts beside short of its tier


def completed(
    setting: Setting, paths: Paths, parcels: Mapping[str, Parcel], scales: Mapping[str, float], solver: Solver,
    clock: Clock, begin: bool = False,
) -> Paths | None:  # fmt: skip
    """Return the paths with whole quantities, works completed first; None if none were found in time.

    The search may `begin` at the quantities that the paths carry, which are whole then and keep every row.
    """
    master = Master.of(setting, paths)
    own, given = list(parcels.values()), _given(setting, paths)
    worth = [float(setting.needs.short_weight[list(p.needs)] @ setting.needs.size[list(p.needs)]) for p in own]
    built = [-_weight(setting, p.goal) * value / scales[p.goal] for p, value in zip(own, worth, strict=True)]
    missed = STEP ** -len(np.unique(setting.needs.tier)) * MILLION / max(1.0, scales["share"])
    tiers = _cost_of_tiers(setting, master, {p.goal for p in own}, scales)
    asked = _with_shares(_with_works(master.program(), setting, own), given)
    asked = asked.with_goal(np.concatenate([tiers, built, np.full(len(given), missed)]))
    if begin:
        asked = replace(asked, start=_point(setting, master, own, given))
    seconds = min(MOST_SECONDS, clock.left)
    outcome = solver.solve(asked, Clock(replace(clock.limits, seconds=seconds), clock.stop))
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


def _given(setting: Setting, paths: Paths) -> np.ndarray:
    """Return by how many million EUR one unit on each path brings each donor above, or below, its share."""
    value, donor = setting.sources.value[paths.lot] / MILLION, setting.sources.donor[paths.lot]
    rows = [term.given for term in Terms(setting).share_rows()]
    return np.array([row[donor] * value for row in rows if row is not None]).reshape(len(rows), len(paths))


def _point(setting: Setting, master: Master, parcels: list[Parcel], given: np.ndarray) -> np.ndarray:
    """Return the columns of a program for the quantities that its paths carry."""
    unmet = setting.needs.size / setting.needs.unit
    np.subtract.at(unmet, master.paths.need, master.credit * master.paths.quantity)
    whole = [float(unmet[list(parcel.needs)].max() <= 1e-9) for parcel in parcels]
    missed = np.maximum(0.0, given @ master.paths.quantity)
    return np.concatenate([master.paths.quantity, np.maximum(0.0, unmet), whole, missed])


def _with_works(program: Program, setting: Setting, parcels: list[Parcel]) -> Program:
    """Return the program with a column for each work, 1 if nothing of its needs is unmet."""
    unmet, wanted = program.column_block("unmet").start, setting.needs.size / setting.needs.unit
    wider = program.with_columns("work", np.ones(len(parcels)), whole=True)
    pairs = [(w, n) for w, parcel in enumerate(parcels) for n in parcel.needs]
    work, need = np.array(pairs, int).reshape(len(pairs), 2).T
    columns = np.concatenate([wider.column_block("work").start + work, unmet + need])
    values = np.concatenate([wanted[need], np.ones(len(pairs))])
    line = np.tile(np.arange(len(pairs)), 2)
    rows = sp.csr_matrix((values, (line, columns)), shape=(len(pairs), wider.matrix.shape[1]))
    return wider.with_rows("whole", rows, wanted[need])


def _with_shares(program: Program, given: np.ndarray) -> Program:
    """Return the program with a column for each row of a donor's share, by which it is missed."""
    count, paths = given.shape
    others = sp.csr_matrix((count, program.matrix.shape[1] - paths))
    rows = sp.hstack([sp.csr_matrix(given), others, -sp.identity(count)])
    return program.with_columns("missed", np.full(count, np.inf)).with_rows("share", rows, np.zeros(count))
