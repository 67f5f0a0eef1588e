"""The normal equations of the interior point: A D Aᵀ + E with the rows of needs eliminated, dense and small.

Solved by a Cholesky factor, then by conjugate gradients on it: near a solution the matrix is nearly singular.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from optimizer.methods.matrix import Matrix

FELT = 0.0  # share of a row's own slack term up to which it stays out of the factor
REFINED = 100  # steps of conjugate gradients on a solution of the normal equations, at most
EXACT = 1e-11  # of a right side: how exactly the normal equations are solved


class Normal:
    """A D Aᵀ + E, factorised: needs are eliminated first, their block being diagonal.

    With a* the column of the largest d of each need, b = a − a*, δ = Σ d + e of the need's row and s = Σ d b, a need
    leaves on the other rows

        Σ d a aᵀ − (Σ d a)(Σ d a)ᵀ / δ = Σ d b bᵀ − s sᵀ / δ + (e/δ) (a* sᵀ + s a*ᵀ) + (e/δ) (Σ d) a* a*ᵀ

    and written so, the largest d, which grows without end near a solution, does not cancel against itself.
    """

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        self._all = sp.vstack([matrix.rows, matrix.sums], format="csc")
        paths = matrix.paths
        self._of_need = sp.csr_matrix((np.ones(paths), (np.arange(paths), matrix.need)), (paths, matrix.needs))

    def factorise(self, d: np.ndarray, e: np.ndarray) -> None:
        """Take the diagonals D (of columns) and E (of rows); LinAlgError if they are not numbers any more."""
        a, paths, dense = self.matrix, self.matrix.paths, self.matrix.dense
        path, own, count = d[:paths], e[dense:], a.rows.shape[0]
        total = np.bincount(a.need, path, a.needs)
        self._needs = total + own
        first, other = self._against_star(path)
        carried = own / self._needs * total
        felt = other.power(2) @ path + first.power(2) @ carried
        # a row far from its limit hardly feels the others: it stays out of the factor, conjugate gradients see to it
        tight = felt[:count] > FELT * e[:count]
        self._tight = np.flatnonzero(np.concatenate([tight, np.ones(len(a.mixed), bool)]))
        keep = np.flatnonzero(np.concatenate([tight, np.ones(a.sums.shape[0], bool)]))
        self._loose = felt[:count] + e[:count]
        first, other = first[keep], other[keep]
        weighted = other @ sp.diags(path)
        moved = (weighted @ self._of_need).tocsr()
        small = (weighted @ other.T - (moved @ sp.diags(1.0 / self._needs)) @ moved.T).toarray()
        cross = ((first @ sp.diags(own / self._needs)) @ moved.T).toarray()
        small += cross + cross.T
        small += ((first @ sp.diags(carried)) @ first.T).toarray()
        self._across = ((self._all[keep] @ sp.diags(path)) @ self._of_need).tocsr()
        self._count = int(tight.sum())
        self._d, self._e = d, e
        self._factor = _cholesky(self._mixed(small) + (a.further[self._tight] * d[paths:]) @ a.further[self._tight].T
                                 + np.diag(e[self._tight]))

    def _against_star(self, d: np.ndarray) -> tuple[sp.csr_matrix, sp.csr_matrix]:
        """Return a* of each need and a − a* of each path, on rows and sums."""
        need = self.matrix.need
        star, served = np.zeros(self.matrix.needs, int), np.zeros(self.matrix.needs)
        order = np.argsort(d, kind="stable")
        star[need[order]] = order  # the last written is the largest
        served[need] = 1.0
        first = (self._all[:, star] @ sp.diags(served)).tocsc()
        return first.tocsr(), (self._all - first[:, need]).tocsr()

    def _mixed(self, small: np.ndarray) -> np.ndarray:
        """Return a matrix on rows and sums as one on rows and mixed rows."""
        mixed, count = self.matrix.mixed, self._count
        whole = np.empty((count + len(mixed),) * 2)
        whole[:count, :count] = small[:count, :count]
        whole[count:, :count] = mixed @ small[count:, :count]
        whole[:count, count:] = whole[count:, :count].T
        whole[count:, count:] = mixed @ small[count:, count:] @ mixed.T
        return whole

    def solve(self, right: np.ndarray) -> np.ndarray:
        """Return the solution for a right side (rows, mixed rows, needs) by conjugate gradients on the factor."""
        found = self._once(right)
        rest = right - self._times(found)
        wanted = EXACT * float(np.linalg.norm(right))
        best, least = found, float(np.linalg.norm(rest))
        better = self._once(rest)
        way, energy = better, float(rest @ better)
        for _ in range(REFINED):
            if not (wanted < least and 0.0 < energy < np.inf):
                break
            image = self._times(way)
            bend = float(way @ image)
            if not 0.0 < bend < np.inf:  # lost in rounding: no step along it is of use
                break
            along = energy / bend
            found, rest = found + along * way, rest - along * image
            size = float(np.linalg.norm(rest))
            if size < least:
                best, least = found, size
            better = self._once(rest)
            energy, before = float(rest @ better), energy
            way = better + (energy / before) * way
        return best

    def _times(self, y: np.ndarray) -> np.ndarray:
        return self.matrix.times(self._d * self.matrix.transposed(y)) + self._e * y

    def _once(self, right: np.ndarray) -> np.ndarray:
        a, dense, count = self.matrix, self.matrix.dense, self._count
        need = right[dense:] / self._needs
        off = self._across @ need
        own = right[self._tight] - np.concatenate([off[:count], a.mixed @ off[count:]])
        factor, scale = self._factor
        tight = scale * la.cho_solve((factor, True), scale * own, check_finite=False)
        back = np.concatenate([tight[:count], a.mixed.T @ tight[count:]])
        found = np.empty(len(right))
        found[: len(self._loose)] = right[: len(self._loose)] / self._loose
        found[self._tight] = tight
        found[dense:] = need - (self._across.T @ back) / self._needs
        return found


def _cholesky(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the factor of the matrix scaled to a diagonal of 1, and the scale; what is singular in float gets a
    little more on its diagonal."""
    scale = 1.0 / np.sqrt(np.maximum(matrix.diagonal(), 1e-300))
    matrix *= scale[:, None]
    matrix *= scale
    more = 0.0
    while True:
        try:
            factor, _ = la.cho_factor(matrix, lower=True, check_finite=more == 0.0)
            return factor, scale
        except la.LinAlgError:
            before, more = more, max(10.0 * more, 1e-15)
            if more > 1e-6:
                raise
            matrix[np.diag_indices(len(matrix))] += more - before
