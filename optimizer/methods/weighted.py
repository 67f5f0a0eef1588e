"""A question whose earlier goals are weights in the cost, not rows.

t + Σ Λ_j t_j has its least where every earlier goal t_j has, if the Λ_j are large enough, and such a program always has
room. A bound B of the sum bounds the goal itself by B − Σ Λ_j limit_j, whatever the weights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.formulations.reinforce.pool import Pool
from optimizer.formulations.reinforce.terms import Load, Term, Terms
from optimizer.methods.matrix import Scaled, scaled
from optimizer.methods.questions import MasterProgram, Question, build_master


@dataclass(frozen=True, eq=False)
class Weighted:
    """A question whose earlier goals are weights in its cost: `rows` are those of shares and balance alone."""

    question: Question
    weights: dict[str, float]  # of earlier goals, by name
    room: dict[str, float]  # how far above its limit each earlier goal may be
    inner: Question  # without the earlier goals

    @classmethod
    def of(cls, question: Question, weights: dict[str, float], room: dict[str, float]) -> Weighted:
        """Return the question with these weights and room for its first rows, which are earlier goals."""
        return cls(question, weights, room, replace(question, rows=question.rows[len(weights) :]))

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
        """Return by how much each earlier goal is above its limit; below it is negative."""
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

    def rows(self, terms: Terms, load: Load) -> tuple[np.ndarray, np.ndarray]:
        """Return the earlier goals as rows on loads and further columns, and their limits with room, each weighted."""
        rows, limits = [], []
        for term, limit in self.question.rows[: len(self.weights)]:
            weight = self.weights[term.name]
            further = [term.further.get(name, 0.0) for name in self.question.further]
            rows.append(weight * np.concatenate([terms.on(term, load), further]))
            limits.append(weight * (limit + self.room[term.name] - term.const))
        width = len(load.need) + len(self.question.further)
        return np.array(rows).reshape(len(rows), width), np.array(limits)

    def with_more(self, more: np.ndarray) -> Weighted:
        """Return the question with more weight on each earlier goal, in parts of the weight it has."""
        added = zip(self.weights.items(), more.tolist(), strict=True)
        return replace(self, weights={name: weight * (1.0 + part) for (name, weight), part in added})


def whole_master(weighted: Weighted, pool: Pool, terms: Terms) -> tuple[MasterProgram, Scaled, np.ndarray, float]:
    """Return the master of all columns and rows of a pool, scaled, the costs with mean 1, and what 1 stands for.

    NB: a row left out has no price, and paths through it look free; a column left out is not found again, for the pool
    has it. What a solved master leaves out of it (`weighted_master.py`) is looked at anew each time.
    """
    used = np.bincount(pool.use.indices, minlength=len(pool.rows.limit)) > 0
    master = build_master(weighted.inner, pool, terms, np.flatnonzero(used & (pool.rows.limit > 0)))
    shape, load = scaled(master), pool.load.take(master.columns)
    cost = weighted.question.factor * np.concatenate([weighted.on(terms, load), weighted.further()]) * shape.width
    unit = float(np.abs(cost[cost != 0]).mean()) if cost.any() else 1.0
    return master, shape, cost / unit, unit
