"""A primal-dual interior point for the master of the column method: min c·x subject to A x ≤ b, x ≥ 0.

Sets       j columns, i rows; every column but the further ones fills one need
Variables  x_j ≥ 0 with price z_j ≥ 0, slack s_i ≥ 0 with price y_i ≥ 0

    A x + s = b,    z = c + Aᵀ y,    x_j z_j = μ,    s_i y_i = μ,    μ → 0

Mehrotra's predictor and corrector (SIAM J. Optim. 2 (1992) 575, doi:10.1137/0802028) with Gondzio's centrality
correctors (Comput. Optim. Appl. 6 (1996) 137, doi:10.1007/BF00249643). The rows of the needs make a diagonal block
of the normal equations, as no column serves two needs; what is left is dense and small, one Cholesky a step.

Where it jams, all rows and prices being kept but a pair of them at a wall, it goes on from a point with more room.
A solve goes on from the last one: it takes the iterate whose own gap was still as large as the gap to be closed
now, so that there is room around it, and lifts the prices of needs until every column's price is positive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import scipy.linalg as la

from optimizer.methods.matrix import Matrix
from optimizer.methods.normal import Normal
from optimizer.outcome import Clock

MOST_STEPS = 80  # Newton steps of one solve; more means that something is wrong
PATIENCE = 15  # steps without coming nearer before a run is given up
JAMMED = 3  # such steps, rows and prices being kept: it stands at a wall, and is moved away from it,
AWAY = 10.0  # to where products of variables and prices are so many times their mean,
MOVES = 3  # so often in a solve
NEARER = 0.9  # of the distance before: what counts as nearer
NEAR = 2e-8  # to which rows are kept, all limits being about 1
STEP = 0.9995  # of the way to the nearest bound
CORRECTORS = 2
NEIGHBOUR = 0.1  # of the mean product: none of a start is smaller
SHORTER = (STEP, 0.98, 0.9, 0.75, 0.5, 0.25, 0.1)
CENTRAL = 1e-3  # of the mean product: none of an iterate is smaller, if a shorter step can help it
SMALLEST = 1e-16  # no variable of an iterate is smaller


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
    normal, point, nearest, since, moves = Normal(matrix), start, np.inf, 0, 0
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
            if since >= JAMMED and moves < MOVES and broken <= NEAR and off <= NEAR:
                point = start_of(matrix, limit, cost, point.x.copy(), point.y.copy(), AWAY * point.mu)
                nearest, since, moves = np.inf, 0, moves + 1
                continue
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
