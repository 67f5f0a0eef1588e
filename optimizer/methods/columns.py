"""The column method: paths are priced and enter a master program; capacity rows enter when they fill.

A tier begins with a plan by hand's rule (`greedy.py`). Then each round solves the master over the columns and rows met
so far, as well as the gap to be closed asks for, prices all commodities at its duals (one sweep), adds the best column
of every need, and proves a bound: for any prices y ≥ 0 of the rows

    goal ≥ const − Σ y·limit + Σ_n min(0, least reduced cost of a credit to n) · q_n + the same for w,

rows not yet entered having price 0. Gap = value of the best flow that keeps every row − best bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np

from data.certify import Price
from optimizer.formulations.reinforce.pool import Pool
from optimizer.formulations.reinforce.pricing import Labels, Prices, Pricing
from optimizer.formulations.reinforce.setting import Setting
from optimizer.formulations.reinforce.sources import MILLION
from optimizer.formulations.reinforce.terms import Terms
from optimizer.methods.approach import Approach, sizes
from optimizer.methods.best import Best, prices_of
from optimizer.methods.certificate import prices_of_pool
from optimizer.methods.engine import Bound, Dual, Found
from optimizer.methods.greedy import refill, serve
from optimizer.methods.interior_master import InteriorMaster
from optimizer.methods.library_interior import LibraryInterior
from optimizer.methods.questions import MasterProgram, Question, Solved, asked, build_master
from optimizer.methods.simplex_master import SimplexMaster
from optimizer.methods.vertex import at_vertex
from optimizer.outcome import Clock, Limit, OnProgress, Progress, Reason
from optimizer.program import Basis, Master

BARRED = 1e7  # price of a row whose limit is 0: any price bounds, and none may use it
FULL = 0.9  # a row enters the master at this share of its limit
IDLE = 0.5  # a row without a price leaves at the end of a pass below this share of its limit
FIRST = 3  # columns a need gets in the first round of a goal
MOST_ROUNDS = 300  # of one goal; a run that needs them has gone wrong
LARGE = 300  # needs from which on masters are solved by interior point: small ones are done sooner by simplex
WIDE = 1000  # needs from which on first-order steps are taken before masters are solved
OVER = 0.1  # of the target: how well the last master of a goal is solved


class Restricted(Protocol):
    """Solves masters one after the other, each from where the one before ended."""

    def solve(self, question: Question, master: MasterProgram, outer: float, accuracy: float, clock: Clock) -> Solved:
        """Return the master solved: `outer` is the gap to be closed, `accuracy` the least that helps, in its costs."""
        ...

    def suggest(self, flow: np.ndarray) -> None:
        """Take a flow, one entry a column of the pool, as where the next solve begins."""
        ...


class Columns:
    """The pool, the active rows, the pricing and the master of one setting, kept from goal to goal.

    `restricted` is how masters are solved; if not given, large ones by interior point, others by simplex, the oracle.
    """

    name = "columns"

    def __init__(self, setting: Setting, master: Master, restricted: Restricted | None = None) -> None:
        self.setting, self._exact = setting, SimplexMaster(master)
        large = len(setting.needs.size) >= LARGE
        self._hybrid = restricted is None and large
        self._library = LibraryInterior(master)
        self._restricted = restricted or (InteriorMaster() if large else self._exact)
        self.terms, self.pool, self.pricing = Terms(setting), Pool(setting), Pricing(setting)
        self.deliveries = self.terms.deliveries()
        frame = setting.flows["delivery"]
        self._place = tuple(frame[c].to_numpy(int) for c in ("day", "state", "k"))
        self._slice_donor, self._slice_value = self.terms.slice_value()
        limit = self.pool.rows.limit
        self.active = np.zeros(len(limit), bool)
        self.barred = limit <= 0
        self._slice_price = self.terms.slice_price()
        self._flow = np.zeros(0)  # the last that kept every row
        self._wished: np.ndarray | None = None  # a flow for all tiers by hand's rule
        self._tier = 0  # the last tier whose needs are served
        first_order = restricted is None and len(setting.needs.size) >= WIDE
        self._approach = Approach(self.pool, self.terms, self.price, self.enter, master) if first_order else None
        self.inside = False  # whether limits of earlier goals leave room: then goals after the tiers need no vertex
        self._last: tuple[Question, MasterProgram, np.ndarray] | None = None
        self.bases: dict[str, Basis] = {}  # by goal, where its masters may begin; then where they ended

    def minimise(
        self, goal: str, carried: Mapping[str, float], target: float, clock: Clock, on_progress: OnProgress
    ) -> Found:
        """Return the best found for a goal, proven within the target unless a limit came first."""
        question = self.ask(goal, carried)
        best = Best(question)
        self._begin(question, best)
        if self._approach is not None:
            large = sizes(self.terms, self.pool.load, {goal: best.value, **carried})
            found = self._approach.minimise(best, self._flow, large, target, clock, on_progress)
            if found is not None:
                self._flow = self._flow if best.flow is None else best.flow
                return found
            self.fill_rows(self._approach.walk.flow, FULL, always=True)
        outer = np.inf
        for turn in range(MOST_ROUNDS):
            master = build_master(question, self.pool, self.terms, np.flatnonzero(self.active & ~self.barred))
            solved = self._solve(question, master, outer, OVER * target, clock)
            if solved.reason in (Reason.FAILED, Reason.IMPOSSIBLE):
                return Found(solved.reason, solved.limit, detail=solved.detail)
            if not solved.done:
                return replace(best.found(self.pool, Reason.FEASIBLE, solved.limit), detail=solved.detail)
            flow, value, broken = self._take(question, master, solved, best)
            y = solved.prices
            bound, reduced, labels = self.price(question, master, y)
            best.prove(bound, master, y)
            on_progress(Progress("columns", goal, turn + 1, best.value, best.bound, clock.elapsed))
            if not broken and value - best.bound <= target:
                self._end(master, flow, y)
                return best.found(self.pool, Reason.OPTIMAL, None, target)
            need_price = y[len(master.active) : len(master.active) + master.need_rows]
            entered = self.enter(reduced, labels, need_price, FIRST if turn == 0 or not question.goal.tier else 1)
            if not entered and not broken and solved.gap <= OVER * target * question.factor:
                return best.found(self.pool, Reason.OPTIMAL, None)
            if (limit := clock.over()) is not None:
                return best.found(self.pool, Reason.FEASIBLE, limit)
            outer = max(value - best.bound, target)
        return best.found(self.pool, Reason.FEASIBLE, Limit.ROUNDS)

    def _solve(self, question: Question, master: MasterProgram, outer: float, accuracy: float, clock: Clock) -> Solved:
        """Return the master solved; what interior points cannot do, the simplex method does.

        NB: under the goals of tiers and shares there is hardly an inside: if none is made, goals after them are solved
        by the simplex method, presolve included; if it is, by the library's interior point before the own.
        """
        vertex = self._hybrid and not question.goal.tier and not question.goal.further
        outer, accuracy = outer * question.factor, accuracy * question.factor
        if vertex and not self.inside:
            return self._exact.afresh(master, clock)
        ways = [self._restricted, self._library] if self.inside and self._hybrid else [self._restricted]
        ways = ways if len(master.columns) else [self._exact]
        for way in reversed(ways) if vertex else ways:
            solved = way.solve(question, master, outer, accuracy, clock)
            if solved.done or clock.over() is not None or way is self._exact:
                return solved
        return self._exact.afresh(master, clock) if vertex else self._exact.solve(question, master, 0.0, 0.0, clock)

    def _begin(self, question: Question, best: Best) -> None:
        """Serve the needs of a tier that comes for the first time, on top of the flow there is."""
        tier, needs = question.goal.tier or max(self.terms.tiers), self.setting.needs
        if (basis := self.bases.pop(question.goal.name, None)) is not None:
            self._exact.begin_at(basis)
            self.active[[row for kind, row in basis.rows if kind == "row"]] = True
            self.active &= ~self.barred
        if self._wished is None:
            self._wished = self._by_hand()
        if tier > self._tier:
            self._tier = tier
            flow = np.concatenate([self._flow, np.zeros(len(self.pool) - len(self._flow))])
            wished = np.concatenate([self._wished, np.zeros(len(self.pool) - len(self._wished))])
            asked = ((needs.tier <= tier) & ~self.terms.given_up)[self.pool.load.need]
            self._flow = refill(self.pool, flow, np.where(asked, wished, 0.0))
            self.active |= (self.pool.use @ self._flow > FULL * self.pool.rows.limit) & ~self.barred
            self._restricted.suggest(self._flow)
            if self._approach is not None:
                self._approach.suggest(self._flow)
        if not question.further:
            best.flow = np.concatenate([self._flow, np.zeros(len(self.pool) - len(self._flow))])
            best.value = float(self.terms.on(question.goal, self.pool.load) @ best.flow) + question.goal.const

    def _by_hand(self) -> np.ndarray:
        """Return a flow for all tiers by hand's rule, tier after tier; its columns are the first of the pool."""
        needs, flow = self.setting.needs, np.zeros(len(self.pool))
        for tier in self.terms.tiers:
            asked = np.flatnonzero(needs.tier == tier)
            asked = asked[np.argsort(-needs.short_weight[asked] * needs.size[asked], kind="stable")]
            worth = self.terms.on(self.terms.goal(f"tier{tier}_short"), self.deliveries)
            flow = serve(self.pool, self.pricing, self.deliveries, self._place, worth, flow, asked)
        return flow

    def _take(
        self, question: Question, master: MasterProgram, solved: Solved, best: Best
    ) -> tuple[np.ndarray, float, int]:
        """Return the flow of a solved master, its value, and how many rows outside the master it breaks."""
        flow = np.zeros(len(self.pool))
        flow[master.columns] = np.maximum(0.0, solved.values[: len(master.columns)])
        value = question.value(master, solved.values)
        broken = self.fill_rows(flow)
        if not broken or best.flow is None:
            best.flow, best.value = flow, value
        self._last = question, master, solved.values
        return flow, value, broken

    def _end(self, master: MasterProgram, flow: np.ndarray, y: np.ndarray) -> None:
        """Keep the flow of a goal, and let rows go that are far from full and have no price."""
        self._flow = flow
        if self._restricted is self._exact and (basis := self._exact.basis()) is not None:
            self.bases[master.goal] = basis
        idle = self.pool.use @ flow < IDLE * self.pool.rows.limit
        price = np.zeros(len(self.active))
        price[master.active] = y[: len(master.active)] * self.pool.rows.limit[master.active]
        self.active &= ~(idle & (price <= 1e-6 * price.max(initial=0.0)))

    def settle(self, clock: Clock) -> Found | None:
        """Return the last goal's plan with as few paths as a vertex has: solved again over those that carry something.

        None if there is none, or the simplex method does not come to an end.
        """
        if self._last is None:
            return None
        question, master, values = self._last
        flow = np.zeros(len(self.pool))
        flow[master.columns] = np.maximum(0.0, values[: len(master.columns)])
        way = self._library if self.inside else self._exact
        solved = at_vertex(question, self.pool, self.terms, way, flow, flow, clock)
        if solved is None:
            return None
        return Found(Reason.OPTIMAL, None, self.pool.paths(solved[0]), solved[1])

    def ask(self, goal: str, carried: Mapping[str, float]) -> Question:
        """Return the question of a goal under the values of the goals before it."""
        return asked(self.terms, self.deliveries, goal, carried)

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
        bound += question.least_further(carried, self.setting.sources.most_value / MILLION)
        capacity = np.zeros(len(self.setting.network.limit))
        capacity[self.pool.rows.capacity] = binding[self.pool.rows.stock :]
        labels = self.pricing.sweep(Prices(capacity, slices, question.factor if question.goal.transport else 0.0))
        reduced = self.pricing.handed(labels) + delivered
        asked = ~self.terms.given_up
        if question.goal.tier:
            asked &= needs.tier <= question.goal.tier
        reduced = np.where(asked[self.deliveries.need], reduced, np.inf)
        least = np.zeros(len(needs.size))
        np.minimum.at(least, self.deliveries.need, reduced / self.deliveries.credit)
        bound += float(least @ needs.size)
        return bound / question.factor, reduced, labels

    def bound(self, goal: str, carried: Mapping[str, float], dual: Dual) -> Bound:
        """Return what prices prove of a goal, wherever they come from; the rows they price enter the master."""
        question, rows = self.ask(goal, carried), dual.rows[~self.barred[dual.rows]]
        self.active[rows] = True
        master = build_master(question, self.pool, self.terms, rows, np.zeros(0, int))
        best, y = Best(question), prices_of(dual, question, master)
        best.prove(self.price(question, master, y)[0], master, y)
        return best.proven[0]

    def prices(self, dual: Dual) -> list[Price]:
        """Return the prices of a bound in table words, as a certificate has them."""
        return prices_of_pool(self.pool, dual)

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

    def fill_rows(self, flow: np.ndarray, share: float = FULL, always: bool = False) -> int:
        """Return how many rows this flow breaks; then (or always) activate those it fills beyond a share of them."""
        rows = self.pool.rows
        used = self.pool.use @ flow
        full = (used > share * rows.limit) & ~self.active & ~self.barred
        broken = int(((used > rows.limit * (1 + 1e-9) + 1e-9) & ~self.active & ~self.barred).sum())
        if broken or always:
            self.active |= full
        return broken
