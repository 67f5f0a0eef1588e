"""reinforce over given paths: the restricted program, small enough for whole units.

Sets       p paths (a lot, a need, moves and nights), n needs, l lots, r capacity rows, d donors, j tiers
Data       as in `arcflow.py`; U_rp use of capacity r by one unit on path p
Variables  x_p ≥ 0 units on path p (an integer for whole items), u_n ≥ 0 unmet

    minimise goal_i(x, u)
    subject to
    (stock)     Σ_{p from l, leaving in the row's days} x_p ≤ A_lt
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
from optimizer.program import Assembly, Program


@dataclass(frozen=True, eq=False)
class Master:
    """Paths with the rows that bind them: use·quantity ≤ limit, in units of the items."""

    setting: Setting
    paths: Paths
    use: sp.csc_matrix  # [row, path]: stock rows, then capacity rows
    limit: np.ndarray
    stock_rows: int
    credit: np.ndarray  # of each path: units of the need per unit carried
    late: np.ndarray  # days after the RDD

    @classmethod
    def of(cls, setting: Setting, paths: Paths) -> Master:
        """Return the master of these paths."""
        stock, available = _stock(setting, paths)
        capacity = path_use(setting, paths)
        limited = np.isfinite(setting.network.limit)
        use = sp.vstack([stock, capacity.tocsr()[limited]], format="csc")
        limit = np.concatenate([available, setting.network.limit[limited]])
        needs = setting.needs
        credit = 1.0 / needs.ratio(paths.need, paths.item)
        late = np.maximum(0, arrivals(setting, paths) - needs.rdd[paths.need])
        return cls(setting, paths, use, limit, stock.shape[0], credit, late)

    def program(self) -> Program:
        """Return the program over the paths, without a goal."""
        paths, needs = self.paths, self.setting.needs
        assembly = Assembly()
        whole = self.setting.theatre.items["whole"][paths.item]
        x = assembly.add_columns("path", np.full(len(paths), np.inf), {}, whole)
        wanted = needs.size / needs.unit
        unmet = assembly.add_columns("unmet", wanted, {})
        used = np.flatnonzero(np.diff(self.use.tocsr().indptr) > 0)
        for name, pick in (
            ("stock", used[used < self.stock_rows]),
            ("capacity", used[used >= self.stock_rows]),
        ):
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


def _stock(setting: Setting, paths: Paths) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return the stock rows [row, path] and what they allow; a path leaves within one slice of its lot."""
    slices, rows = setting.slices, setting.stock_rows
    of_lot: dict[int, list[int]] = {}
    for z, slice_ in enumerate(slices):
        of_lot.setdefault(slice_.lot, []).append(z)
    depart = departures(setting, paths)
    members: dict[int, list[int]] = {}
    for p in range(len(paths)):
        begun = [z for z in of_lot[int(paths.lot[p])] if slices[z].first <= depart[p]]
        members.setdefault(begun[-1], []).append(p)
    entries = [(r, p) for r, row in enumerate(rows) for z in row.slices for p in members.get(z, ())]
    row_, path_ = (np.array([e[i] for e in entries], int) for i in (0, 1))
    matrix = sp.csr_matrix((np.ones(len(entries)), (row_, path_)), shape=(len(rows), len(paths)))
    return matrix, np.array([row.available for row in rows])
