"""One pass of the column method as data: what is asked, and the master program that answers it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from optimizer.formulations.reinforce.pool import Pool
from optimizer.formulations.reinforce.terms import Term, Terms
from optimizer.outcome import Outcome
from optimizer.program import Block, Program


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


@dataclass(frozen=True, eq=False)
class MasterProgram:
    """min cost·x subject to matrix·x ≤ limit, x ≥ 0; rows are binding rows, needs, then the carried."""

    cost: np.ndarray
    matrix: sp.csc_matrix
    limit: np.ndarray
    active: np.ndarray  # positions of the binding rows among pool.rows
    columns: np.ndarray  # positions of the pool's columns
    need_rows: int
    sizes: np.ndarray  # of the carried rows: what they are divided by, so that a tolerance means the same for all

    def prices(self, outcome: Outcome) -> np.ndarray:
        """Return the price of every row, at least 0, in the rows' own sizes."""
        y = np.maximum(0.0, -outcome.prices)
        y[len(y) - len(self.sizes) :] /= self.sizes
        return y

    def program(self) -> Program:
        """Return the master as a program."""
        height, width = self.matrix.shape
        return Program(
            self.cost,
            np.zeros(width),
            np.full(width, np.inf),
            np.zeros(width, bool),
            np.full(height, -np.inf),
            self.limit,
            self.matrix,
            (Block("rows", 0, height),),
            (Block("columns", 0, width),),
        )


def build_master(question: Question, pool: Pool, terms: Terms, active: np.ndarray) -> MasterProgram:
    """Return the master of a question over the pool and the active binding rows."""
    needs = pool.setting.needs
    tier = question.goal.tier or max(terms.tiers)
    columns = np.flatnonzero(needs.tier[pool.load.need] <= tier)
    width = len(columns) + len(question.further)
    binding = pool.use[:, columns].tocsr()[active]
    credit = sp.csr_matrix(
        (pool.load.credit[columns], (pool.load.need[columns], np.arange(len(columns)))),
        shape=(len(needs.size), len(columns)),
    )
    rows = sp.vstack([binding, credit], format="csr")
    rows = sp.hstack([rows, sp.csr_matrix((rows.shape[0], len(question.further)))], format="csr")
    carried = [_on_columns(term, terms, pool, columns, question) for term, _ in question.rows]
    limits = [limit - term.const for term, limit in question.rows]
    sizes = np.array([_size(row) for row in carried])
    extra = sp.csr_matrix(np.array(carried).reshape(len(carried), width) / sizes[:, None])
    return MasterProgram(
        _on_columns(question.goal, terms, pool, columns, question) * question.factor,
        sp.vstack([rows, extra], format="csc"),
        np.concatenate([pool.rows.limit[active], needs.size, np.array(limits) / sizes]),
        active,
        columns,
        len(needs.size),
        sizes,
    )


def _on_columns(term: Term, terms: Terms, pool: Pool, columns: np.ndarray, question: Question) -> np.ndarray:
    own = terms.on(term, pool.load)[columns]
    return np.concatenate([own, [term.further.get(name, 0.0) for name in question.further]])


def _size(row: np.ndarray) -> float:
    sizes = np.abs(row[row != 0])
    return float(np.median(sizes)) if sizes.size else 1.0
