"""One pass of the column method as data: what is asked, and the master program that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from optimizer.formulations.reinforce.pool import Pool
from optimizer.formulations.reinforce.terms import Load, Term, Terms
from optimizer.outcome import Limit, Outcome, Reason
from optimizer.program import Block, Program

STRICT = 1e-3  # of the tolerance of other rows: how strictly rows of earlier goals are kept


@dataclass(frozen=True, eq=False)
class Question:
    """One pass: the goal, its carried rows, and the scale that brings its costs to the size of 1."""

    goal: Term
    rows: tuple[tuple[Term, float], ...]  # term ≤ limit
    further: tuple[str, ...]
    factor: float

    def value(self, master: MasterProgram, values: np.ndarray) -> float:
        """Return the goal's value at the values of a master's columns."""
        return float(master.cost @ values) / self.factor + self.goal.const

    def least_further(self, carried: np.ndarray, most: float) -> float:
        """Return the least that the further variables add at prices of the carried rows; shares are at most `most`."""
        total = 0.0
        for name in self.further:
            cost = self.goal.further.get(name, 0.0) * self.factor
            cost += sum(float(p) * term.further.get(name, 0.0) for p, (term, _) in zip(carried, self.rows, strict=True))
            total += min(0.0, cost) * (1.0 if name.startswith("worst") else most)
        return total


@dataclass(frozen=True, eq=False)
class MasterProgram:
    """min cost·x subject to rows·x ≤ limits, x ≥ 0, in blocks: binding rows, needs, carried, mixed.

    Columns are paths, then the further ones. Carried rows are those of earlier goals and of balance; mixed rows, of
    shares, are mixtures of the sums that donors give: mixed · (sums · x). `further` has carried and mixed rows.
    """

    goal: str
    cost: np.ndarray
    factor: float  # by which the goal's costs are multiplied
    binding: sp.csr_matrix
    binding_limit: np.ndarray
    active: np.ndarray  # positions of the binding rows among pool.rows
    columns: np.ndarray  # positions of the pool's columns
    need: np.ndarray  # of each path
    credit: np.ndarray  # of each path, per flow
    need_size: np.ndarray
    carried: sp.csr_matrix
    carried_limit: np.ndarray
    sums: sp.csr_matrix
    mixed: np.ndarray
    mixed_limit: np.ndarray
    further: np.ndarray  # [binding, carried, mixed row; further column]
    names: tuple[str, ...]  # of the carried and mixed rows
    further_names: tuple[str, ...]

    @property
    def need_rows(self) -> int:
        """Return how many needs there are."""
        return len(self.need_size)

    @property
    def sizes(self) -> np.ndarray:
        """Return what carried and mixed rows are divided by in `program`: one tolerance means the same for all."""
        return STRICT * np.array([_size(row) for row in self._extra()])

    def _extra(self) -> np.ndarray:
        own = np.vstack([self.carried.toarray(), self.mixed @ self.sums.toarray()])
        return np.hstack([own, self.further[len(self.active) :]])

    def prices(self, outcome: Outcome) -> np.ndarray:
        """Return the price of every row of `program`, at least 0, in the rows' own sizes."""
        y = np.maximum(0.0, -outcome.prices)
        y[len(self.active) + self.need_rows :] /= self.sizes
        return y

    @property
    def breakable(self) -> np.ndarray:
        """Return which carried rows hold a plan to the value of an earlier goal."""
        return np.flatnonzero(self.carried_limit)

    def program(self, over: float | None = None) -> Program:
        """Return the master as a program: binding rows, needs, carried and mixed rows.

        With `over`, the last columns break rows of earlier goals (`breakable`), each at this price, all being about 1.
        """
        extra, sizes = self._extra(), self.sizes
        place, most = np.arange(len(self.columns)), self.breakable if over is not None else np.zeros(0, int)
        credit = sp.csr_matrix((self.credit, (self.need, place)), shape=(self.need_rows, len(place)))
        rows = sp.vstack([self.binding, credit], format="csr")
        rows = sp.hstack([rows, sp.csr_matrix((rows.shape[0], self.further.shape[1]))], format="csr")
        matrix = sp.vstack([rows, sp.csr_matrix(extra / sizes[:, None])], format="csr")
        breaking = (np.full(len(most), -1.0), (rows.shape[0] + most, np.arange(len(most))))
        matrix = sp.hstack([matrix, sp.csr_matrix(breaking, shape=(matrix.shape[0], len(most)))], format="csc")
        limits = np.concatenate([self.carried_limit, self.mixed_limit]) / sizes
        height, width = matrix.shape
        return Program(
            np.concatenate([self.cost, np.full(len(most), STRICT * (over or 0.0))]),
            np.zeros(width),
            np.full(width, np.inf),
            np.zeros(width, bool),
            np.full(height, -np.inf),
            np.concatenate([self.binding_limit, self.need_size, limits]),
            matrix,
            (Block("rows", 0, height),),
            (Block("columns", 0, width),),
        )


@dataclass(frozen=True, eq=False)
class Solved:
    """A master solved: columns (paths, then further) and prices of its rows, at least 0, in its own order.

    `done` says that the values keep every row and are within `gap` of the master's best, in its costs.
    """

    values: np.ndarray
    prices: np.ndarray
    gap: float = 0.0
    done: bool = True
    reason: Reason = Reason.OPTIMAL
    limit: Limit | None = None
    detail: str = ""


def asked(terms: Terms, deliveries: Load, goal: str, carried: Mapping[str, float]) -> Question:
    """Return the question of a goal under the values of the goals before it."""
    rows = [(terms.goal(name), limit) for name, limit in carried.items()]
    named = {name for term, _ in [*rows, (terms.goal(goal), 0.0)] for name in term.further}
    for tier in terms.tiers:
        if f"worst{tier}" in named:
            rows += [(term, 0.0) for term in terms.balance_rows(tier)]
    if "above0" in named:
        rows += [(term, 0.0) for term in terms.share_rows()]
    term = terms.goal(goal)
    size = np.concatenate([np.abs(terms.on(term, deliveries)), np.abs(list(term.further.values()))])
    if term.transport:
        size = terms.setting.theatre.links["cost"]
    factor = 1.0 / float(np.median(size[size > 0])) if (size > 0).any() else 1.0
    return Question(term, tuple(rows), tuple(sorted(named)), factor)


def build_master(
    question: Question, pool: Pool, terms: Terms, active: np.ndarray, columns: np.ndarray | None = None
) -> MasterProgram:
    """Return the master of a question over the active binding rows and the pool's columns, all or those given."""
    needs = pool.setting.needs
    tier = question.goal.tier or max(terms.tiers)
    if columns is None:
        wanted = (needs.tier <= tier) & ~terms.given_up
        columns = np.flatnonzero(wanted[pool.load.need] & ~pool.barred)
    load = pool.load.take(columns)
    carried = [(term, limit) for term, limit in question.rows if term.given is None]
    mixed = [(term, limit) for term, limit in question.rows if term.given is not None]
    further = np.zeros((len(active) + len(question.rows), len(question.further)))
    for i, (term, _) in enumerate(carried + mixed):
        further[len(active) + i] = [term.further.get(name, 0.0) for name in question.further]
    donors = terms.donors if mixed else 0
    place = np.arange(len(columns))
    rows = [sp.csr_matrix(terms.on(term, load)) for term, _ in carried]
    return MasterProgram(
        question.goal.name,
        np.concatenate([terms.on(question.goal, load), [question.goal.further.get(n, 0.0) for n in question.further]])
        * question.factor,
        question.factor,
        pool.rows_of(active, columns),
        pool.rows.limit[active],
        active,
        columns,
        load.need,
        load.credit,
        needs.size,
        sp.vstack(rows, format="csr") if rows else sp.csr_matrix((0, len(columns))),
        np.array([limit - term.const for term, limit in carried]),
        sp.csr_matrix((load.value, (load.donor, place)), shape=(terms.donors, len(columns)))[:donors],
        np.array([term.given for term, _ in mixed]).reshape(len(mixed), donors),
        np.array([limit - term.const for term, limit in mixed]),
        further,
        tuple(term.name for term, _ in carried + mixed),
        question.further,
    )


def _size(row: np.ndarray) -> float:
    sizes = np.abs(row[row != 0])
    return float(np.median(sizes)) if sizes.size else 1.0
