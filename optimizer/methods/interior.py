"""A primal-dual interior point for the master of the column method: min c·x subject to A x ≤ b, x ≥ 0.

Sets       j columns, i rows; every column but the further ones fills one need
Variables  x_j ≥ 0 with price z_j ≥ 0, slack s_i ≥ 0 with price y_i ≥ 0

    A x + s = b,    z = c + Aᵀ y,    x_j z_j = μ,    s_i y_i = μ,    μ → 0

Mehrotra's predictor and corrector (SIAM J. Optim. 2 (1992) 575, doi:10.1137/0802028) with Gondzio's centrality
correctors (Comput. Optim. Appl. 6 (1996) 137, doi:10.1007/BF00249643). The rows of the needs make a diagonal block
of the normal equations, as no column serves two needs; what is left is dense and small, one Cholesky a step.

A solve goes on from the last one: it takes the iterate whose own gap was still as large as the gap to be closed
now, so that there is room around it, and lifts the prices of needs until every column's price is positive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp

from optimizer.outcome import Clock

MOST_STEPS = 80  # Newton steps of one solve; more means that something is wrong
PATIENCE = 15  # steps without coming nearer before a run is given up
NEARER = 0.9  # of the distance before: what counts as nearer
NEAR = 2e-8  # to which rows are kept, all limits being about 1
STEP = 0.9995  # of the way to the nearest bound
CORRECTORS = 2
FELT = 0.0  # share of a row's own slack term from which on it is in the factor
REFINED = 100  # steps of conjugate gradients on a solution of the normal equations, at most
EXACT = 1e-11  # of a right side: how exactly the normal equations are solved
NEIGHBOUR = 0.1  # of the mean product: none of a start is smaller
SHORTER = (STEP, 0.98, 0.9, 0.75, 0.5, 0.25, 0.1)
CENTRAL = 1e-3  # of the mean product: none of an iterate is smaller, if a shorter step can help it
SMALLEST = 1e-16  # no variable of an iterate is smaller


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
            along = energy / float(way @ image)
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


@dataclass(frozen=True, eq=False)
class Point:
    """An iterate: columns and their prices, rows' slacks and prices, all positive."""

    x: np.ndarray
    z: np.ndarray
    s: np.ndarray
    y: np.ndarray

    @property
    def gap(self) -> float:
        """Return x·z + s·y, the gap of an iterate that keeps rows and prices."""
        return float(self.x @ self.z + self.s @ self.y)

    @property
    def mu(self) -> float:
        """Return the mean product of a variable and its price."""
        return self.gap / (len(self.x) + len(self.s))


@dataclass
class Run:
    """What a solve came to: its last point, the points on the way, how far rows were kept, whether it is done."""

    point: Point
    way: list[Point] = field(default_factory=list)
    broken: float = 0.0
    done: bool = False
    steps: int = 0


def minimise(
    matrix: Matrix, limit: np.ndarray, cost: np.ndarray, start: Point, accuracy: float, clock: Clock
) -> Run:
    """Return the run from a start to the first point that keeps the rows with a gap within the accuracy.

    A run that no longer comes nearer is not done; whoever asked has the simplex method.
    """
    normal, point, nearest, since = Normal(matrix), start, np.inf, 0
    run = Run(point)
    with np.errstate(all="ignore"):  # numbers that run away end the run
        for step in range(MOST_STEPS):
            primal = limit - matrix.times(point.x) - point.s
            dual = cost + matrix.transposed(point.y) - point.z
            broken, off = float(np.abs(primal).max(initial=0.0)), float(np.abs(dual).max(initial=0.0))
            if not np.isfinite(broken + off + point.gap):
                return run
            run.point, run.steps, run.broken = point, step, broken
            run.way.append(point)
            if broken <= NEAR and off <= NEAR and point.gap <= accuracy:
                run.done = True
                return run
            far = max(broken / NEAR, off / NEAR, point.gap / accuracy)
            nearest, since = (far, 0) if far < NEARER * nearest else (nearest, since + 1)
            if since > PATIENCE or clock.over() is not None:
                return run
            # while rows are not kept, prices may not run ahead: near a wall no step could mend them any more
            floor = 0.3 * accuracy / (len(point.x) + len(point.s)) if broken > NEAR else 0.0
            try:
                normal.factorise(point.x / point.z, point.s / point.y)
                point = _step(normal, point, primal, dual, floor)
            except (la.LinAlgError, ValueError):
                return run
    return run


def _step(normal: Normal, at: Point, primal: np.ndarray, dual: np.ndarray, floor: float) -> Point:
    """Return the next iterate: predictor, corrector, then centrality correctors while they lengthen the step.

    The products of variables and prices are not aimed below `floor`.
    """
    columns = len(at.x)
    whole = Point(-at.x * at.z, np.zeros(columns), -at.s * at.y, np.zeros(0))
    move = _direction(normal, at, primal, dual, whole.x, whole.s)
    lengths = _lengths(at, move)
    after = _moved(at, move, lengths)
    mu = at.mu
    centre = max(floor, mu * min(1.0, max(after.mu, 0.0) / mu) ** 3)
    if min(lengths) < 0.1:  # near a wall: back towards the centre first
        centre = max(floor, mu)
        right_x, right_s = centre - at.x * at.z, centre - at.s * at.y
    else:
        right_x = centre - at.x * at.z - move.x * move.z
        right_s = centre - at.s * at.y - move.s * move.y
    move = _direction(normal, at, primal, dual, right_x, right_s)
    lengths = _lengths(at, move)
    for _ in range(CORRECTORS):
        if min(lengths) > 0.95:
            break
        longer = tuple(min(1.0, length + 0.2) for length in lengths)
        trial = _moved(at, move, longer)
        more_x, more_s = (_back(product, centre) for product in (trial.x * trial.z, trial.s * trial.y))
        other = _direction(normal, at, primal, dual, right_x + more_x, right_s + more_s)
        reached = _lengths(at, other)
        if min(reached) < min(lengths) + 0.02:
            break
        move, lengths, right_x, right_s = other, reached, right_x + more_x, right_s + more_s
    worst = min(CENTRAL, 0.5 * _least(at) / mu)
    for shorter in SHORTER:
        new = _moved(at, move, (shorter * lengths[0], shorter * lengths[1]), SMALLEST)
        if _least(new) >= worst * new.mu:
            break
    return new


def _least(point: Point) -> float:
    return float(min((point.x * point.z).min(), (point.s * point.y).min()))


def _back(product: np.ndarray, centre: float) -> np.ndarray:
    """Return what brings outlying products back towards the centre: Gondzio's correction."""
    return np.clip(np.clip(product, 0.1 * centre, 10.0 * centre) - product, -10.0 * centre, 10.0 * centre)


def _direction(
    normal: Normal, at: Point, primal: np.ndarray, dual: np.ndarray, right_x: np.ndarray, right_s: np.ndarray
) -> Point:
    """Return the Newton direction towards rows kept, prices kept, x z = x z + right_x and s y = s y + right_s."""
    matrix = normal.matrix
    part = (right_x - at.x * dual) / at.z
    y = normal.solve(matrix.times(part) + right_s / at.y - primal)
    z = dual + matrix.transposed(y)
    return Point((right_x - at.x * z) / at.z, z, (right_s - at.s * y) / at.y, y)


def _lengths(at: Point, move: Point) -> tuple[float, float]:
    """Return how far columns and slacks, and how far prices, may go before one of them is 0; at most 1."""
    return (
        min(_length(at.x, move.x), _length(at.s, move.s)),
        min(_length(at.z, move.z), _length(at.y, move.y)),
    )


def _length(value: np.ndarray, move: np.ndarray) -> float:
    down = move < 0
    return min(1.0, float((value[down] / -move[down]).min(initial=1.0)))


def _moved(at: Point, move: Point, lengths: tuple[float, ...], least: float = -np.inf) -> Point:
    first, second = lengths
    return Point(
        np.maximum(at.x + first * move.x, least),
        np.maximum(at.z + second * move.z, least),
        np.maximum(at.s + first * move.s, least),
        np.maximum(at.y + second * move.y, least),
    )


def start_of(
    matrix: Matrix, limit: np.ndarray, cost: np.ndarray, x: np.ndarray, y: np.ndarray, mu: float
) -> Point:
    """Return a point near x and y with room around it; entries that are NaN are new and get values of their own.

    Prices of needs are lifted until every path's price is positive: such prices are lawful, and what they prove is
    the bound of the round.
    """
    fresh = np.isnan(x)
    y = np.where(np.isnan(y), 0.0, y)
    z = cost + matrix.transposed(y)
    lift = np.zeros(matrix.needs)
    np.maximum.at(lift, matrix.need, -z[: matrix.paths])
    y[matrix.dense :] += lift
    z = cost + matrix.transposed(y)
    x = np.where(fresh, np.minimum(mu / np.maximum(z, np.sqrt(mu)), 0.1), x)
    further = slice(matrix.paths, None)
    x[further] = np.where(fresh[further], _enough(matrix, limit, x) + np.sqrt(mu), x[further])
    s = limit - matrix.times(x)
    (x, z), (s, y) = _apart(x, z, mu), _apart(s, y, mu)
    least = NEIGHBOUR * Point(x, z, s, y).mu  # what is far below the mean product would stand at a wall
    (x, z), (s, y) = _apart(x, z, least), _apart(s, y, least)
    return Point(x, z, s, y)


def _apart(value: np.ndarray, price: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Return values and prices whose products are at least this; of a pair too small, the smaller is raised."""
    value, price = np.maximum(value, 0.0), np.maximum(price, 0.0)
    low = value * price < least
    root = np.sqrt(least)
    first, second = low & (value >= price), low & (value < price)
    value, price = np.where(first, np.maximum(value, root), value), np.where(second, np.maximum(price, root), price)
    price = np.where(first, least / np.maximum(value, root), price)
    return np.where(second, least / np.maximum(price, root), value), price


def _enough(matrix: Matrix, limit: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return what each further column has to be so that no row which it can relieve is broken by these paths."""
    alone = np.concatenate([x[: matrix.paths], np.zeros(matrix.further.shape[1])])
    over = np.maximum(matrix.times(alone) - limit, 0.0)[: matrix.dense]
    relief = np.where(matrix.further < 0, -matrix.further, np.inf)
    return (over[:, None] / relief).max(axis=0, initial=0.0)


def roomy(way: list[Point], gap: float) -> Point:
    """Return the last point on the way whose own gap was at least this one; the first if none was."""
    return next(_from_last(way, gap), way[0])


def _from_last(way: list[Point], gap: float) -> Iterator[Point]:
    return (point for point in reversed(way) if point.gap >= gap)
