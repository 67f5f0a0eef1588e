"""The rounds of the column method for large programs: first-order steps on a master that has all rows.

Earlier goals are weights in the cost, not rows: t + Σ Λ_j t_j has its least where every t_j has, if the Λ_j are large
enough, and such a program always has room. A bound B of the sum bounds the goal itself by B − Σ Λ_j limit_j. Where
the t_j are found above their limits at the end, their weights grow.

Each round takes some steps, prices all commodities at where they lead, enters the best column of every need, and fits
the flow to the rows (`greedy.fit`): the best fitted flow that keeps the earlier goals is what is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.formulations.reinforce.pool import Pool
from optimizer.formulations.reinforce.pricing import Labels
from optimizer.formulations.reinforce.terms import Load, Term, Terms
from optimizer.methods.best import Best
from optimizer.methods.engine import Found
from optimizer.methods.first_order import FirstOrder, Iterate
from optimizer.methods.greedy import fit
from optimizer.methods.matrix import scaled
from optimizer.methods.questions import MasterProgram, Question, build_master
from optimizer.outcome import Clock, OnProgress, Progress, Reason

STEPS = 200  # first-order steps of a round
HEAVY = 5.0  # weight of an earlier goal, both goals being about 1
LONG = 15  # rounds in which the bound has not come nearer: what is left is for another method
PART = 0.3  # of the target: what counts as nearer
LOSS = 1e-3  # of its size: the most that a flow at a deadline may take from an earlier goal
WORTH = 10.0  # what it must gain for each part that it takes
MOST_ROUNDS = 300  # of one goal


@dataclass(frozen=True, eq=False)
class Weighted:
    """A question whose earlier goals are weights in its cost: `rows` are those of shares and balance alone."""

    question: Question
    weights: dict[str, float]  # of earlier goals, by name
    inner: Question  # without the earlier goals

    @classmethod
    def of(cls, question: Question, carried: int, weights: dict[str, float]) -> Weighted:
        """Return the question with these weights; the first `carried` of its rows are earlier goals."""
        return cls(question, weights, replace(question, rows=question.rows[carried:]))

    @property
    def terms(self) -> list[tuple[Term, float]]:
        """Return the goal and the earlier ones, each with its weight."""
        earlier = self.question.rows[: len(self.weights)]
        return [(self.question.goal, 1.0), *((term, self.weights[term.name]) for term, _ in earlier)]

    def on(self, terms: Terms, load: Load) -> np.ndarray:
        """Return the weighted cost of each load, per flow."""
        return np.sum([weight * terms.on(term, load) for term, weight in self.terms], axis=0)

    def further(self) -> list[float]:
        """Return the weighted cost of the further columns."""
        names = self.question.further
        return [sum(w * term.further.get(name, 0.0) for term, w in self.terms) for name in names]

    def over(self, terms: Terms, load: Load, flow: np.ndarray, further: np.ndarray) -> dict[str, float]:
        """Return by how much each earlier goal is above its limit."""
        rows = self.question.rows[: len(self.weights)]
        return {term.name: self.value(term, terms, load, flow, further) - limit for term, limit in rows}

    def value(self, term: Term, terms: Terms, load: Load, flow: np.ndarray, further: np.ndarray) -> float:
        """Return the value of a term at a flow and further columns."""
        more = np.array([term.further.get(name, 0.0) for name in self.question.further])
        return term.const + float(terms.on(term, load) @ flow) + float(more @ further)

    def least_further(self, terms: Terms, load: Load, flow: np.ndarray) -> np.ndarray:
        """Return the least further columns that keep the rows of shares and balance at a flow."""
        least = dict.fromkeys(self.question.further, 0.0)
        nothing = np.zeros(len(self.question.further))
        for term, limit in self.inner.rows:
            above = self.value(term, terms, load, flow, nothing) - limit
            for name, coefficient in term.further.items():
                least[name] = max(least[name], above / -coefficient)
        return np.array(list(least.values()))


@dataclass
class Walk:
    """Where the steps have come to, in the units of the theatre; kept from round to round and from goal to goal."""

    flow: np.ndarray = field(default_factory=lambda: np.zeros(0))  # of each column of the pool
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0))  # price of each row of the pool
    needs: np.ndarray = field(default_factory=lambda: np.zeros(0))
    extra: dict[str, float] = field(default_factory=dict)  # price of rows of shares and balance, by name
    further: dict[str, float] = field(default_factory=dict)
    balance: float = 1.0

    def turn(self) -> None:
        """Forget the prices: those of one goal lead astray in the next."""
        self.rows, self.needs, self.extra = np.zeros(0), np.zeros(0), {}
        self.balance = 1.0

    def go(self, weighted: Weighted, pool: Pool, terms: Terms, steps: int, clock: Clock) -> MasterProgram:
        """Take a round's steps over all columns and rows of the pool, and return the master they were taken in."""
        used = np.bincount(pool.use.indices, minlength=len(pool.rows.limit)) > 0
        rows = np.flatnonzero(used & (pool.rows.limit > 0))
        master = build_master(weighted.inner, pool, terms, rows)
        shape = scaled(master)
        load = pool.load.take(master.columns)
        factor = weighted.question.factor
        cost = factor * np.concatenate([weighted.on(terms, load), weighted.further()]) * shape.width
        unit = float(np.abs(cost[cost != 0]).mean()) if cost.any() else 1.0
        height = shape.height / unit
        self.grow(pool)
        x = np.concatenate([self.flow[master.columns], [self.further.get(n, 0.0) for n in master.further_names]])
        extra = [self.extra.get(name, 0.0) for name in master.names]
        y = factor * np.concatenate([self.rows[rows], extra, self.needs]) * height
        method = FirstOrder(shape.matrix, shape.limit, cost / unit)
        end = method.walk(Iterate(x / shape.width, y, self.balance), steps, clock)
        values, prices, count = end.x * shape.width, end.y / height / factor, len(rows)
        self.flow[master.columns] = values[: len(master.columns)]
        self.further = dict(zip(master.further_names, values[len(master.columns) :].tolist(), strict=True))
        self.rows[:] = 0.0
        self.rows[rows] = prices[:count]
        self.extra = dict(zip(master.names, prices[count : shape.matrix.dense].tolist(), strict=True))
        self.needs, self.balance = prices[shape.matrix.dense :], end.balance
        return master

    def prices(self, master: MasterProgram, weighted: Weighted) -> np.ndarray:
        """Return the prices as `Columns.price` takes them: rows, needs, earlier goals, shares and balance."""
        carried = list(weighted.weights.values())
        extra = [self.extra[name] for name in master.names]
        return weighted.question.factor * np.concatenate([self.rows[master.active], self.needs, carried, extra])

    def grow(self, pool: Pool) -> None:
        """Make room for the columns that have entered."""
        self.flow = np.concatenate([self.flow, np.zeros(len(pool) - len(self.flow))])
        if not len(self.rows):
            self.rows, self.needs = np.zeros(len(pool.rows.limit)), np.zeros(len(pool.setting.needs.size))


Price = Callable[[Question, MasterProgram, np.ndarray], tuple[float, np.ndarray, Labels]]
Enter = Callable[[np.ndarray, Labels, np.ndarray], int]


class Approach:
    """Minimises goals of one setting by rounds of first-order steps; `price` and `enter` are those of the method."""

    def __init__(self, pool: Pool, terms: Terms, price: Price, enter: Enter) -> None:
        self.pool, self.terms, self.price, self.enter = pool, terms, price, enter
        self.walk = Walk()

    def suggest(self, flow: np.ndarray) -> None:
        """Take a flow, one entry a column of the pool, as where the next steps begin."""
        self.walk.flow = flow.copy()

    def minimise(
        self, best: Best, sizes: Mapping[str, float], target: float, clock: Clock, on_progress: OnProgress
    ) -> Found | None:
        """Return the best found for a goal; None if its proof does not come nearer.

        `sizes` has about how large the goal and every earlier one are.
        """
        goal = best.question.goal.name
        weights = {name: HEAVY * sizes[goal] / size for name, size in sizes.items() if name != goal}
        weighted = Weighted.of(best.question, len(weights), weights)
        self.walk.turn()
        bounds: list[float] = []
        for turn in range(MOST_ROUNDS):
            self._round(best, weighted, clock)
            bounds.append(best.bound)
            on_progress(Progress("columns", goal, turn + 1, best.value, best.bound, clock.elapsed))
            if best.value - best.bound <= target:
                return best.found(self.pool, Reason.OPTIMAL, None)
            limit = clock.over()
            stuck = len(bounds) > LONG and bounds[-1] - bounds[-1 - LONG] <= PART * target
            if limit is not None or stuck:
                self._try(best, weighted, fit(self.pool, self.walk.flow), LOSS if limit else 0.0)
                return best.found(self.pool, Reason.FEASIBLE, limit) if limit else None
        return None

    def _round(self, best: Best, weighted: Weighted, clock: Clock) -> None:
        """Take steps, prove a bound at their prices, and let the best columns of every need enter."""
        master = self.walk.go(weighted, self.pool, self.terms, STEPS, clock)
        y = self.walk.prices(master, weighted)
        bound, reduced, labels = self.price(best.question, master, y)
        best.prove(bound, master, y)
        self._try(best, weighted, shrunk(self.pool, self.walk.flow))
        self.enter(reduced, labels, np.zeros(master.need_rows))
        self.walk.grow(self.pool)

    def _try(self, best: Best, weighted: Weighted, flow: np.ndarray, loss: float = 0.0) -> None:
        """Keep a flow that keeps every row if it is the best, and takes no more than a loss from earlier goals."""
        load, terms = self.pool.load, self.terms
        further = weighted.least_further(terms, load, flow)
        value = weighted.value(weighted.question.goal, terms, load, flow, further)
        over = weighted.over(terms, load, flow, further)
        lost = sum(max(0.0, much) * weighted.weights[name] for name, much in over.items()) / HEAVY
        size = max(1e-12, abs(best.value) if np.isfinite(best.value) else abs(value))
        if value + WORTH * lost < best.value and lost <= loss * size:
            best.value, best.flow = value, flow


def shrunk(pool: Pool, flow: np.ndarray) -> np.ndarray:
    """Return a flow with less on every column that uses an overfull row or serves an overserved need: it keeps all."""
    limit, needs, load = pool.rows.limit, pool.setting.needs, pool.load
    used = (pool.use @ flow) / np.where(limit > 0, limit, 1.0)
    over = np.maximum(used, 1.0)
    size = np.diff(pool.use.indptr)
    worst = np.ones(len(pool))
    some = np.flatnonzero(size)
    worst[some] = np.maximum.reduceat(over[pool.use.indices], pool.use.indptr[some])
    served = np.bincount(load.need, load.credit * flow, len(needs.size)) / needs.size
    return flow / np.maximum(worst, np.maximum(served, 1.0)[load.need])


def sizes(terms: Terms, load: Load, goals: list[str]) -> dict[str, float]:
    """Return about how large each goal may be, from the loads of the columns met."""
    out, setting = {}, terms.setting
    for name in goals:
        term, each = terms.goal(name), np.zeros(len(setting.needs.size))
        np.maximum.at(each, load.need, np.abs(terms.on(term, load)) * setting.needs.size[load.need] / load.credit)
        kinds = {further[:5] for further in term.further}
        out[name] = float(each.sum()) + ("worst" in kinds) + setting.sources.most_value * ("above" in kinds)
        out[name] = out[name] or 1.0
    return out
