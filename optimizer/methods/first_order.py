"""A first-order method for the master of the column method: min c·x subject to A x ≤ b, x ≥ 0.

Steps of the primal-dual hybrid gradient,

    x⁺ = max(0, x − τ (c + Aᵀ y)),    y⁺ = max(0, y + σ (A (2 x⁺ − x) − b)),

with a step of its own for every column and row (Pock and Chambolle, ICCV 2011, doi:10.1109/ICCV.2011.6126441), begun
again from the mean of the steps, or from the last one if that is nearer, whenever it has halved the distance; the
balance between columns and rows follows how far each has come (Applegate et al., NeurIPS 2021, arXiv:2106.04970).

A step costs two products with A and no factor, so that all rows may be in the master from the beginning: none is broken
outside it, and the prices are those of the whole program.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.methods.matrix import Matrix
from optimizer.outcome import Clock

LOOK = 25  # steps between two looks at the distance
NEARER = 0.5  # of the distance at the last beginning: begin again
LONGEST = 600  # steps without beginning again
BALANCE = (1e-3, 1e3)  # the least and the greatest balance


@dataclass(frozen=True, eq=False)
class Iterate:
    """Columns and prices of rows, and the balance between their steps."""

    x: np.ndarray
    y: np.ndarray
    balance: float = 1.0


@dataclass(frozen=True, eq=False)
class Distance:
    """How far an iterate is from the best: the most by which a row is broken and a column dear, and the gap."""

    broken: float
    dear: float
    gap: float
    whole: float


class FirstOrder:
    """Steps for one program; rows and costs are to be of the size of 1."""

    def __init__(self, matrix: Matrix, limit: np.ndarray, cost: np.ndarray) -> None:
        self.matrix, self.limit, self.cost = matrix, limit, cost
        rows, columns = matrix.sizes()
        self.tau, self.sigma = 1.0 / np.maximum(columns, 1e-9), 1.0 / np.maximum(rows, 1e-9)

    def distance(self, x: np.ndarray, y: np.ndarray, balance: float) -> Distance:
        """Return how far columns and prices are from keeping rows, from paying all costs, and from one another."""
        broken = np.maximum(self.matrix.times(x) - self.limit, 0.0)
        dear = np.maximum(-self.cost - self.matrix.transposed(y), 0.0)
        gap = float(self.cost @ x + self.limit @ y)
        whole = np.sqrt(balance * (broken @ broken) + (dear @ dear) / balance + gap**2 / max(1, len(x)))
        return Distance(float(broken.max(initial=0.0)), float(dear.max(initial=0.0)), gap, float(whole))

    def walk(self, start: Iterate, steps: int, clock: Clock) -> Iterate:
        """Return the iterate after so many steps, or fewer if the clock runs out."""
        a, tau, sigma, balance = self.matrix, self.tau, self.sigma, start.balance
        x, y = start.x, start.y
        begin, since = (x, y), 0
        far = self.distance(x, y, balance).whole
        sum_x, sum_y, image = np.zeros_like(x), np.zeros_like(y), a.times(x)
        for step in range(1, steps + 1):
            new = np.maximum(x - (tau / balance) * (self.cost + a.transposed(y)), 0.0)
            there = a.times(new)
            y = np.maximum(y + (sigma * balance) * (2.0 * there - image - self.limit), 0.0)
            x, image, since = new, there, since + 1
            sum_x += x
            sum_y += y
            if step % LOOK and step < steps:
                continue
            mean = sum_x / since, sum_y / since
            there_too = self.distance(x, y, balance).whole
            reached = self.distance(*mean, balance).whole
            nearest, reached = (mean, reached) if reached < there_too else ((x, y), there_too)
            if reached < NEARER * far or since >= LONGEST or step == steps:
                x, y = nearest
                balance = self._balanced(balance, x - begin[0], y - begin[1])
                begin, since, far, image = (x, y), 0, reached, a.times(x)
                sum_x, sum_y = np.zeros_like(x), np.zeros_like(y)
            if clock.over() is not None:
                break
        return Iterate(x, y, balance)

    def _balanced(self, balance: float, dx: np.ndarray, dy: np.ndarray) -> float:
        far_x, far_y = np.sqrt((dx * dx / self.tau).sum()), np.sqrt((dy * dy / self.sigma).sum())
        if min(far_x, far_y) < 1e-12:
            return balance
        return float(np.clip(np.sqrt(balance * far_y / far_x), *BALANCE))
