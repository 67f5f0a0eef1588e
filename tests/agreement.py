"""Do two solvers agree? Conditionally: value_k of one plan may lie below the true optimum of goal k when an
earlier goal is only nearly optimal, so the reference is asked with the earlier goals held at *our* values.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce import build
from optimizer.methods.incumbent import SLACK
from optimizer.outcome import Answer, Clock, Limits, Reason
from optimizer.program import Program
from optimizer.solvers import SOLVERS
from optimizer.solvers import solver as solver_named

TOLERANCE = 1e-6  # of a goal's scale
ROW_TOLERANCE = 1e-6  # by which solvers may overstep a row


@dataclass(frozen=True)
class Compared:
    """One goal of an answer beside what a reference solver finds under what the answer allows earlier goals.

    `low` and `high` are the bound and the value of the answer, each with the tolerance.
    """

    goal: str
    solver: str
    optimum: float
    low: float
    high: float
    scale: float
    seconds: float
    detail: str = ""

    @property
    def agrees(self) -> bool:
        """Return whether the optimum lies between the answer's bound and value; False where there is none."""
        return self.low <= self.optimum <= self.high

    @property
    def apart(self) -> float:
        """Return how far outside the optimum lies, in shares of the goal's scale; 0 where it agrees."""
        return max(0.0, self.low - self.optimum, self.optimum - self.high) / self.scale

    def __str__(self) -> str:
        if self.detail:
            return f"{self.goal}: {self.solver} ended without an optimum: {self.detail}"
        return f"{self.goal}: {self.solver} finds {self.optimum:.9g}, not in [{self.low:.9g}, {self.high:.9g}]"


def conditional_agreement(
    theatre: Theatre, scenario: Scenario, answer: Answer, solver: str, tol: float | None = None
) -> list[str]:
    """Return the goals in which a relaxed answer and the reference solver disagree, in words; none is best."""
    return [str(c) for c in compared(theatre, scenario, answer, solver, tol) if not c.agrees]


def compared(
    theatre: Theatre,
    scenario: Scenario,
    answer: Answer,
    solver: str,
    tol: float | None = None,
    seconds: float | None = None,
) -> Iterator[Compared]:
    """Yield each goal of a relaxed answer that has a cost, beside the reference's optimum of it.

    For each goal k the reference minimises it with every goal j < k at most what the answer says it allows;
    its optimum has to lie in [bound_k − tol·scale_k, value_k + tol·scale_k]. `tol` is the solver's accuracy
    unless given, and at least that of the answer's own solver; `seconds` is the time-out of one program.
    """
    if tol is None:
        tol = max(SOLVERS[name].accuracy for name in (solver, answer.solver))
    arcflow = build(theatre, scenario)
    program = arcflow.program.relaxed()
    found = {goal.goal: goal for goal in answer.goals}
    for goal in arcflow.goals:
        ours = found[goal.name]
        if not goal.cost.any():
            continue
        began = time.monotonic()
        optimum, noise, detail = _optimum(program, goal.cost, solver, seconds)
        low, high = ours.bound - tol * ours.scale - noise, ours.value + tol * ours.scale
        yield Compared(goal.name, solver, optimum, low, high, ours.scale, time.monotonic() - began, detail)
        allows = ours.allows if np.isfinite(ours.allows) else ours.value + SLACK * ours.scale
        program = _held(program, goal.name, goal.cost, allows)


def _size(cost: np.ndarray) -> float:
    return float(np.median(np.abs(cost[cost != 0])))


def _optimum(program: Program, cost: np.ndarray, solver: str, seconds: float | None) -> tuple[float, float, str]:
    """Return the reference's optimum, what its tolerance on the held rows may have taken off it, and why none."""
    outcome = solver_named(solver).solve(program.with_goal(cost / _size(cost)), Clock(Limits(seconds=seconds)))
    if outcome.reason is not Reason.OPTIMAL:
        return np.nan, 0.0, f"{outcome.reason}, {outcome.detail}"
    held = [block.start for block in program.rows if block.name.startswith("held ")]
    noise = ROW_TOLERANCE * float(np.abs(outcome.prices[held]).sum()) * _size(cost)
    return float(cost @ outcome.values), noise, ""


def _held(program: Program, name: str, cost: np.ndarray, most: float) -> Program:
    return program.with_row(f"held {name}", cost / _size(cost), most / _size(cost))
