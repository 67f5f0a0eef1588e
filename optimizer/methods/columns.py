"""The column method: paths are priced and enter a master program; capacity rows enter when they fill.

Each round solves the master over the columns and rows met so far, prices all commodities at its duals (one
sweep), adds the best column of every need, and proves a bound: for any prices y ≥ 0 of the rows

    goal ≥ const − Σ y·limit + Σ_n min(0, least reduced cost of a credit to n) · q_n + the same for w,

rows not yet entered having price 0. Gap = value of the lawful plan − best bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from optimizer.formulations.reinforce.paths import Paths
from optimizer.formulations.reinforce.pool import Pool
from optimizer.formulations.reinforce.pricing import Labels, Prices, Pricing
from optimizer.formulations.reinforce.setting import Setting
from optimizer.formulations.reinforce.sources import MILLION
from optimizer.formulations.reinforce.terms import Terms
from optimizer.methods.lexicographic import Bound, Found
from optimizer.methods.questions import MasterProgram, Question, build_master
from optimizer.outcome import Clock, Limit, OnProgress, Outcome, Progress, Reason
from optimizer.program import Master

BARRED = 1e7  # price of a row whose limit is 0: any price bounds, and none may use it
FULL = 0.9  # a row enters the master at this share of its limit
FIRST = 3  # columns a need starts with
MOST_ROUNDS = 1000  # of one goal; a run that needs them has gone wrong


@dataclass
class Best:
    """The best flow and the best bound of a question so far."""

    question: Question
    bound: float = -np.inf
    value: float = np.inf
    flow: np.ndarray | None = None
    proven: list[Bound] = field(default_factory=list)

    def prove(self, bound: float, carried: np.ndarray) -> None:
        """Note a bound with the prices of the carried rows, which are the weights of their limits."""
        self.bound = max(self.bound, bound)
        weights, constant = {}, bound
        for price, (term, limit) in zip(carried, self.question.rows, strict=True):
            if price and limit:  # rows without a limit hold shares and balance together
                weights[term.name] = float(price) / self.question.factor
                constant += weights[term.name] * limit
        self.proven.append(Bound(constant, weights))

    def found(self, engine: Columns, reason: Reason, limit: Limit | None) -> Found:
        """Return the best so far as what an engine answers."""
        if self.flow is None:
            return Found(reason, limit, bounds=tuple(self.proven))
        return Found(reason, limit, engine.pool.paths(self.flow), self.value, tuple(self.proven))


class Columns:
    """The pool, the active rows, the pricing and the master of one setting, kept from goal to goal."""

    name = "columns"

    def __init__(self, setting: Setting, master: Master) -> None:
        self.setting, self._solver = setting, master
        self.terms, self.pool, self.pricing = Terms(setting), Pool(setting), Pricing(setting)
        self.deliveries = self.terms.deliveries()
        frame = setting.flows["delivery"]
        self._place = tuple(frame[c].to_numpy(int) for c in ("day", "state", "k"))
        self._slice_donor, self._slice_value = self.terms.slice_value()
        limit = self.pool.rows.limit
        self.active = np.zeros(len(limit), bool)
        self.active[: self.pool.rows.stock] = True
        self.barred = limit <= 0
        self._slice_price = self.terms.slice_price()

    def minimise(
        self, goal: str, carried: Mapping[str, float], target: float, clock: Clock, on_progress: OnProgress
    ) -> Found:
        """Return the best found for a goal, proven within the target unless a limit came first."""
        question = self.ask(goal, carried)
        best = Best(question)
        if not len(self.pool):
            self._first_columns(question, best)
        for turn in range(MOST_ROUNDS):
            master, outcome, flow = self._solve_master(question, clock)
            if outcome.reason in (Reason.FAILED, Reason.IMPOSSIBLE):
                return Found(outcome.reason, outcome.limit, detail=outcome.detail)
            if flow is not None:
                best.flow, best.value = flow, question.value(master, outcome.values)
            if outcome.reason is not Reason.OPTIMAL:
                return best.found(self, outcome.reason, outcome.limit)
            y = master.prices(outcome)
            bound, reduced, labels = self.price(question, master, y)
            best.prove(bound, y[len(master.active) + master.need_rows :])
            on_progress(Progress("columns", goal, turn + 1, best.value, best.bound, clock.elapsed))
            if best.value - best.bound <= target:
                return best.found(self, Reason.OPTIMAL, None)
            need_price = y[len(master.active) : len(master.active) + master.need_rows]
            if not self.enter(reduced, labels, need_price):
                return best.found(self, Reason.OPTIMAL, None)
            if (limit := clock.over()) is not None:
                return best.found(self, Reason.FEASIBLE, limit)
        return best.found(self, Reason.FEASIBLE, Limit.ROUNDS)

    def _first_columns(self, question: Question, best: Best) -> None:
        """Price everything at nothing: the first columns are the cheapest ways of all, a few for each need."""
        master = build_master(question, self.pool, self.terms, np.flatnonzero(self.active & ~self.barred))
        bound, reduced, labels = self.price(question, master, np.zeros(len(master.limit)))
        best.prove(bound, np.zeros(len(question.rows)))
        self.enter(reduced, labels, np.zeros(master.need_rows), FIRST)

    def _solve_master(self, question: Question, clock: Clock) -> tuple[MasterProgram, Outcome, np.ndarray | None]:
        """Solve the master until no row outside it is broken; the flow is None where there are no values."""
        while True:
            master = build_master(question, self.pool, self.terms, np.flatnonzero(self.active & ~self.barred))
            rows = [("row", int(r)) for r in master.active] + [("need", n) for n in range(master.need_rows)]
            rows += [(term.name, 0) for term, _ in question.rows]
            columns = [("path", int(j)) for j in master.columns] + [(name, 0) for name in question.further]
            self._solver.load(master.program(), rows, columns)
            outcome = self._solver.run(clock)
            if not outcome.has_values:
                return master, outcome, None
            flow = np.zeros(len(self.pool))
            flow[master.columns] = np.maximum(0.0, outcome.values[: len(master.columns)])
            if not self.fill_rows(flow) or outcome.reason is not Reason.OPTIMAL:
                return master, outcome, flow

    def ask(self, goal: str, carried: Mapping[str, float]) -> Question:
        """Return the question of a goal under the values of the goals before it."""
        terms = self.terms
        rows = [(terms.goal(name), limit) for name, limit in carried.items()]
        named = {name for term, _ in [*rows, (terms.goal(goal), 0.0)] for name in term.further}
        if "above0" in named:
            rows += [(term, 0.0) for term in terms.share_rows()]
        for tier in terms.tiers:
            if f"worst{tier}" in named:
                rows += [(term, 0.0) for term in terms.balance_rows(tier)]
        asked = terms.goal(goal)
        size = np.concatenate([np.abs(terms.on(asked, self.deliveries)), np.abs(list(asked.further.values()))])
        if asked.transport:
            size = self.setting.theatre.links["cost"]
        factor = 1.0 / float(np.median(size[size > 0])) if (size > 0).any() else 1.0
        return Question(asked, tuple(rows), tuple(sorted(named)), factor)

    def price(self, question: Question, master: MasterProgram, y: np.ndarray) -> tuple[float, np.ndarray, Labels]:
        """Return the bound that these row prices prove, the reduced cost of each delivery, and the labels.

        y ≥ 0 prices the rows of the master; the bound is of the goal itself, not of its scaled costs.
        """
        needs = self.setting.needs
        binding = np.zeros(len(self.active))
        binding[master.active] = y[: len(master.active)]
        proven = binding.copy()
        binding[self.barred] = BARRED
        carried = y[len(master.active) + master.need_rows :]
        slices = self.pool.rows.of_slices @ binding[: self.pool.rows.stock]
        if question.goal.transport:
            slices = slices + question.factor * self._slice_price
        delivered = self.terms.on(question.goal, self.deliveries) * question.factor
        bound = question.goal.const * question.factor - float(proven @ self.pool.rows.limit)
        for price, (term, limit) in zip(carried, question.rows, strict=True):
            if not price:
                continue
            bound += float(price) * (term.const - limit)
            if term.given is not None:
                slices = slices + price * term.given[self._slice_donor] * self._slice_value
            else:
                delivered = delivered + price * self.terms.on(term, self.deliveries)
        bound += self._further(question, carried)
        capacity = np.zeros(len(self.setting.network.limit))
        capacity[self.pool.rows.capacity] = binding[self.pool.rows.stock :]
        labels = self.pricing.sweep(Prices(capacity, slices, question.factor if question.goal.transport else 0.0))
        reduced = labels.least[self._place] + delivered
        if question.goal.tier:
            reduced = np.where(needs.tier[self.deliveries.need] <= question.goal.tier, reduced, np.inf)
        least = np.zeros(len(needs.size))
        np.minimum.at(least, self.deliveries.need, reduced / self.deliveries.credit)
        bound += float(least @ needs.size)
        return bound / question.factor, reduced, labels

    def _further(self, question: Question, carried: np.ndarray) -> float:
        """Return the least that the further variables add, within what they can be."""
        value = self.setting.sources.most_value / MILLION
        total = 0.0
        for name in question.further:
            cost = question.goal.further.get(name, 0.0) * question.factor
            cost += sum(
                float(p) * term.further.get(name, 0.0) for p, (term, _) in zip(carried, question.rows, strict=True)
            )
            total += min(0.0, cost) * (1.0 if name.startswith("worst") else value)
        return total

    def enter(self, reduced: np.ndarray, labels: Labels, need_price: np.ndarray, most: int = 1) -> int:
        """Add the best columns of every need whose reduced cost is below what the need pays; return how many."""
        load = self.deliveries
        worth = reduced / load.credit + need_price[load.need]
        worth[~np.isfinite(worth)] = np.inf
        order = np.lexsort((worth, load.need))
        need = load.need[order]
        first = np.flatnonzero(np.diff(need, prepend=-1))
        rank = np.arange(len(need)) - np.repeat(first, np.diff(np.append(first, len(need))))
        pick = order[(rank < most) & (worth[order] < -1e-9)]
        if not len(pick):
            return 0
        day, state, k = (p[pick] for p in self._place)
        return self.pool.add(self.pricing.trace(labels, k, state, day, load.need[pick]))

    def fill_rows(self, flow: np.ndarray, share: float = FULL) -> int:
        """Activate the rows that this flow fills beyond a share of their limit; return how many are broken."""
        rows = self.pool.rows
        used = self.pool.use @ flow
        full = (used > share * rows.limit) & ~self.active & ~self.barred
        broken = int(((used > rows.limit * (1 + 1e-7) + 1e-7) & ~self.active).sum())
        if broken:
            self.active |= full
        return broken

    def paths(self, flow: np.ndarray) -> Paths:
        """Return the columns that carry something as paths."""
        return self.pool.paths(flow)
