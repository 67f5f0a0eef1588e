"""reinforce over given paths: the restricted program, small enough for whole units.

Sets       p paths (a lot or order, a need, moves and nights), n needs, l lots, b sites, h funds, r capacity rows
Data       as in `arcflow.py`; U_rp use of capacity r by one unit on path p
Variables  x_p ≥ 0 units on path p (an integer for whole items), u_n ≥ 0 unmet

    minimise goal_i(x, u)
    subject to
    (stock)     Σ_{p from l, leaving in the row's days} x_p ≤ A_lt
    (produce)   Σ_{p ordered of b on t} x_p ≤ M_bt
    (total)     Σ_{p ordered of b} x_p ≤ T_b
    (fund)      Σ_{p paid by h} c_b x_p ≤ F_h
    (need)      Σ_p x_p / ρ_p + u_n = q_n
    (capacity)  Σ_p U_rp x_p ≤ C_r

Paths are the way in which the whole-unit plan, the repair of a rounded plan and later the column method see
reinforce. A goal of this program is a goal of the whole one, its bound is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from optimizer.formulations.reinforce.paths import Paths, arrivals, departures, path_use
from optimizer.formulations.reinforce.setting import Setting
from optimizer.formulations.reinforce.sources import BEGIN_KINDS
from optimizer.program import Assembly, Program


@dataclass(frozen=True, eq=False)
class Master:
    """Paths with the rows that bind them: use·quantity ≤ limit, in units of the items."""

    setting: Setting
    paths: Paths
    use: sp.csc_matrix  # [row, path]: rows of `Setting.begin`, then capacity rows
    limit: np.ndarray
    kind: np.ndarray  # of each row: its block
    credit: np.ndarray  # of each path: units of the need per unit carried
    late: np.ndarray  # days after the RDD

    @classmethod
    def of(cls, setting: Setting, paths: Paths) -> Master:
        """Return the master of these paths."""
        begin = setting.begin
        capacity = path_use(setting, paths)
        limited = np.isfinite(setting.network.limit)
        use = sp.vstack([begin.use[:, slices_of(setting, paths)], capacity.tocsr()[limited]], format="csc")
        limit = np.concatenate([begin.limit, setting.network.limit[limited]])
        kind = np.concatenate([begin.kind, np.full(int(limited.sum()), "capacity", object)])
        needs = setting.needs
        credit = 1.0 / needs.ratio(paths.need, paths.item)
        late = np.maximum(0, arrivals(setting, paths) - needs.rdd[paths.need])
        return cls(setting, paths, use, limit, kind, credit, late)

    @property
    def exact(self) -> np.ndarray:
        """Return which rows count units of items, which are whole on the grid of plans."""
        return np.isin(self.kind, ("stock", "produce", "total"))

    def program(self) -> Program:
        """Return the program over the paths, without a goal."""
        paths, needs = self.paths, self.setting.needs
        assembly = Assembly()
        whole = self.setting.theatre.items["whole"][paths.item]
        x = assembly.add_columns("path", np.full(len(paths), np.inf), {}, whole)
        wanted = needs.size / needs.unit
        unmet = assembly.add_columns("unmet", wanted, {})
        used = np.diff(self.use.tocsr().indptr) > 0
        for name in (*BEGIN_KINDS, "capacity"):
            pick = np.flatnonzero(used & (self.kind == name))
            rows = assembly.add_rows(name, np.full(len(pick), -np.inf), self.limit[pick], {})
            part = self.use.tocsr()[pick].tocoo()
            assembly.add_entries(rows[part.row] if len(rows) else part.row, x[part.col], part.data)
        rows = assembly.add_rows("need", wanted, wanted, {})
        assembly.add_entries(rows, unmet, np.ones(len(rows)))
        assembly.add_entries(rows[paths.need], x, self.credit)
        return assembly.program()

    def tier_goals(self, tier: int) -> dict[str, np.ndarray]:
        """Return the costs of short and delay of a tier over the columns of `program`."""
        needs, n = self.setting.needs, self.paths.need
        per_short, per_delay = needs.short_weight * needs.unit, needs.delay_weight * needs.unit
        own = needs.tier == tier
        short = np.where(own[n] & (self.late > 0), per_short[n] * self.credit, 0.0)
        delay = np.where(own[n], per_delay[n] * self.credit * self.late, 0.0)
        days = needs.lad - needs.rdd + 1
        return {
            "short": np.concatenate([short, np.where(own, per_short, 0.0)]),
            "delay": np.concatenate([delay, np.where(own, per_delay * days, 0.0)]),
        }


def slices_of(setting: Setting, paths: Paths) -> np.ndarray:
    """Return the slice each path leaves within: the last of its lot that has begun."""
    of_source: dict[int, list[int]] = {}
    for z, slice_ in enumerate(setting.slices):
        of_source.setdefault(slice_.lot, []).append(z)
    depart = departures(setting, paths).tolist()
    begun = (
        [z for z in of_source[source] if setting.slices[z].first <= day][-1]
        for source, day in zip(paths.lot.tolist(), depart, strict=True)
    )
    return np.fromiter(begun, int, len(paths))
