"""The whole arc-flow program, one goal after the other, by any solver: the reference of the column method."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from data.certify import Price
from optimizer.formulations.reinforce import ArcFlow
from optimizer.formulations.reinforce.goals import GoalRow
from optimizer.formulations.reinforce.paths import decompose
from optimizer.methods.bounds import price_bound
from optimizer.methods.certificate import prices_of_program
from optimizer.methods.engine import Bound, Dual, Found
from optimizer.outcome import Clock, OnProgress, Outcome, Reason
from optimizer.program import Program, Solver


class Whole:
    """Minimises goals over the whole arc-flow program."""

    name = "whole"

    def __init__(self, arcflow: ArcFlow, solver: Solver) -> None:
        self.setting, self.arcflow, self.solver = arcflow, arcflow, solver
        self._goals = {goal.name: goal for goal in arcflow.goals}

    def minimise(
        self, goal: str, carried: Mapping[str, float], target: float, clock: Clock, on_progress: OnProgress
    ) -> Found:
        """Return what the solver found; its own tolerances are far below any target."""
        row = self._goals[goal]
        factor = cost_factor(row.cost)
        asked = self.program(row, carried)
        outcome = self.solver.solve(asked, clock)
        if outcome.reason in (Reason.FAILED, Reason.IMPOSSIBLE):
            return Found(outcome.reason, outcome.limit, detail=outcome.detail)
        bounds = (self._bound(asked, outcome, carried, factor),) if outcome.has_prices else ()
        if not outcome.has_values:
            return Found(outcome.reason, outcome.limit, bounds=bounds)
        value = float(row.cost @ outcome.values)
        return Found(outcome.reason, outcome.limit, decompose(self.arcflow, outcome.values), value, bounds)

    def settle(self, clock: Clock) -> Found | None:
        """Return None: solvers answer with vertices."""
        return None

    def bound(self, goal: str, carried: Mapping[str, float], dual: Dual) -> Bound:
        """Return that no goal is negative: prices from elsewhere are of rows that this program does not have."""
        return Bound(0.0, {})

    def program(self, goal: GoalRow, carried: Mapping[str, float]) -> Program:
        """Return the relaxed program of a goal with the carried ones as rows."""
        program = self.arcflow.program.relaxed()
        for name, limit in carried.items():
            row = self._goals[name]
            factor = cost_factor(row.cost)
            program = program.with_row(f"carry {name}", row.cost * factor, limit * factor)
        return program.with_goal(goal.cost * cost_factor(goal.cost), self._closed(goal))

    def _bound(self, asked: Program, outcome: Outcome, carried: Mapping[str, float], factor: float) -> Bound:
        """Return what the prices prove, as a function of what the earlier goals are allowed."""
        proven = price_bound(asked, outcome.prices, self.arcflow.implied) / factor
        weights = {}
        for name in carried:
            price = float(outcome.prices[asked.row_block(f"carry {name}").start])
            weights[name] = max(0.0, -price) * cost_factor(self._goals[name].cost) / factor
        constant = proven + sum(weights[name] * limit for name, limit in carried.items())
        price = np.maximum(0.0, -outcome.prices) / factor  # of rows that are limits: of others see `prices`
        dual = Dual(np.flatnonzero(price), price[price > 0], weights)
        return Bound(constant, weights, dual)

    def prices(self, dual: Dual) -> list[Price]:
        """Return the prices of a bound in table words, as a certificate has them."""
        return prices_of_program(self.arcflow, dual)

    def _closed(self, goal: GoalRow) -> np.ndarray | None:
        """Return the columns that serve needs of later tiers than the goal's; they stay at 0 in its pass."""
        if not goal.tier:
            return None
        closed = np.zeros(len(self.arcflow.program.cost), bool)
        need = self.arcflow.flows["delivery"]["need"].to_numpy(int)
        closed[self.arcflow.columns["delivery"][self.arcflow.needs.tier[need] > goal.tier]] = True
        return closed


def cost_factor(cost: np.ndarray) -> float:
    """Return what brings costs to the size of 1, so that a solver's tolerances mean the same for every goal."""
    sizes = np.abs(cost[cost != 0])
    return 1.0 / float(np.median(sizes)) if sizes.size else 1.0
