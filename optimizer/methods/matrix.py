"""A master of the column method scaled, as blocks that are never written out.

Columns count shares of their need and rows shares of their limit, so that one tolerance means the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from optimizer.methods.questions import MasterProgram


@dataclass(frozen=True, eq=False)
class Matrix:
    """A of a scaled master, as blocks: sparse rows, rows that are mixtures of few sums, one need a column.

    A x = [rows · x, mixed · (sums · x), Σ of each need] on the paths, plus `further` on the further columns.
    """

    rows: sp.csr_matrix  # [row, path]
    sums: sp.csr_matrix  # [sum, path]
    mixed: np.ndarray  # [mixed row, sum]
    need: np.ndarray  # of each path
    needs: int
    further: np.ndarray  # [row or mixed row, further column]

    @property
    def paths(self) -> int:
        """Return how many columns are paths."""
        return len(self.need)

    @property
    def dense(self) -> int:
        """Return how many rows are not needs."""
        return self.rows.shape[0] + len(self.mixed)

    def of_paths(self, keep: np.ndarray) -> Matrix:
        """Return the blocks of these paths alone; the further columns stay."""
        return replace(self, rows=self.rows[:, keep], sums=self.sums[:, keep], need=self.need[keep])

    def times(self, x: np.ndarray) -> np.ndarray:
        """Return A x: rows, mixed rows, needs."""
        path, further = x[: self.paths], x[self.paths :]
        own = np.concatenate([self.rows @ path, self.mixed @ (self.sums @ path)]) + self.further @ further
        return np.concatenate([own, np.bincount(self.need, path, self.needs)])

    def transposed(self, y: np.ndarray) -> np.ndarray:
        """Return Aᵀ y: paths, then further columns."""
        own, count = y[: self.dense], self.rows.shape[0]
        path = self.rows.T @ own[:count] + self.sums.T @ (self.mixed.T @ own[count:]) + y[self.dense :][self.need]
        return np.concatenate([path, self.further.T @ own])

    def sizes(self) -> tuple[np.ndarray, np.ndarray]:
        """Return at least the sum of the sizes of the coefficients of every row, and of every column."""
        plain = Matrix(abs(self.rows), abs(self.sums), np.abs(self.mixed), self.need, self.needs, np.abs(self.further))
        columns = plain.paths + self.further.shape[1]
        return plain.times(np.ones(columns)), plain.transposed(np.ones(plain.dense + plain.needs))


@dataclass(frozen=True, eq=False)
class Scaled:
    """A master whose columns, rows and costs are all about 1; `width`, `height` and `size` say what 1 stands for."""

    matrix: Matrix
    limit: np.ndarray
    cost: np.ndarray
    width: np.ndarray  # flow of 1, of each column
    height: np.ndarray  # limit of 1, of each row in the order of `Matrix`
    size: float  # goal of 1, in scaled costs of the question

    def prices(self, y: np.ndarray, binding: int) -> np.ndarray:
        """Return row prices in scaled costs of the question, in a master's order: binding rows, needs, others."""
        priced, dense = y * self.size / self.height, self.matrix.dense
        return np.concatenate([priced[:binding], priced[dense:], priced[binding:dense]])


def scaled(master: MasterProgram) -> Scaled:
    """Return a master scaled: a path's 1 is its whole need, a row's 1 is its limit or what all needs bring to it."""
    paths, need, count = len(master.columns), master.need, len(master.active)
    flow = master.need_size[need] / master.credit
    bring, sums = (master.carried @ sp.diags(flow)).tocsr(), (master.sums @ sp.diags(flow)).tocsr()
    total = max((_brought(row, need, master.need_rows) for row in sums), default=1.0) if sums.shape[0] else 1.0
    wide = np.array([total if name[:5] in ("above", "below") else 1.0 for name in master.further_names])
    reach = np.abs(master.further[count:] * wide).max(axis=1, initial=0.0)
    carried = np.maximum([_brought(row, need, master.need_rows) for row in bring], reach[: bring.shape[0]])
    carried[carried == 0] = 1.0
    height = np.concatenate([master.binding_limit, carried, np.full(len(master.mixed), total)])
    rows = sp.vstack([master.binding @ sp.diags(flow), bring], format="csr")
    rows = (sp.diags(1.0 / height[: rows.shape[0]]) @ rows).tocsr()
    cost = master.cost * np.concatenate([flow, wide])
    size = _brought(sp.csr_matrix(cost[:paths]), need, master.need_rows) + float(np.abs(cost[paths:]).max(initial=0.0))
    size = size or 1.0
    limit = np.concatenate([master.binding_limit, master.carried_limit, master.mixed_limit]) / height
    return Scaled(
        Matrix(rows, sums / total, master.mixed, need, master.need_rows, master.further * wide / height[:, None]),
        np.concatenate([limit, np.ones(master.need_rows)]),
        cost / size,
        np.concatenate([flow, wide]),
        np.concatenate([height, master.need_size]),
        size,
    )


def _brought(row: sp.csr_matrix, need: np.ndarray, needs: int) -> float:
    """Return what all needs together could bring to a row."""
    most = np.zeros(needs)
    np.maximum.at(most, need[row.indices], np.abs(row.data))
    return float(most.sum())
