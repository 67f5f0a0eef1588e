"""Do two solvers agree? Conditionally: value_k of one plan may lie below the true optimum of goal k when an
earlier goal is only nearly optimal, so the reference is asked with the earlier goals held at *our* values.
"""

from __future__ import annotations

import numpy as np

from data.theatre import Scenario, Theatre
from optimizer.formulations.reinforce import build
from optimizer.methods.lexicographic import SLACK
from optimizer.outcome import Answer, Clock, Limits, Reason
from optimizer.program import Program
from optimizer.solvers import solver as solver_named

TOLERANCE = 1e-6  # of a goal's scale
ROW_TOLERANCE = 1e-6  # by which solvers may overstep a row


def conditional_agreement(
    theatre: Theatre, scenario: Scenario, answer: Answer, solver: str, tol: float = TOLERANCE
) -> list[str]:
    """Return the goals in which a relaxed answer and the reference solver disagree, in words; none is best.

    For each goal k the reference minimises it with every goal j < k at most what the answer says it allows;
    its optimum has to lie in [bound_k − tol·scale_k, value_k + tol·scale_k].
    """
    arcflow = build(theatre, scenario)
    program = arcflow.program.relaxed()
    found = {goal.goal: goal for goal in answer.goals}
    apart = []
    for goal in arcflow.goals:
        ours = found[goal.name]
        if goal.cost.any():
            optimum, noise = _optimum(program, goal.cost, solver)
            low, high = ours.bound - tol * ours.scale - noise, ours.value + tol * ours.scale
            if not low <= optimum <= high:
                apart.append(f"{goal.name}: {solver} finds {optimum:.9g}, not in [{low:.9g}, {high:.9g}]")
            allows = ours.allows if np.isfinite(ours.allows) else ours.value + SLACK * ours.scale
            program = _held(program, goal.name, goal.cost, allows)
    return apart


def _size(cost: np.ndarray) -> float:
    return float(np.median(np.abs(cost[cost != 0])))


def _optimum(program: Program, cost: np.ndarray, solver: str) -> tuple[float, float]:
    """Return the reference's optimum, and what its tolerance on the held rows may have taken off it."""
    outcome = solver_named(solver).solve(program.with_goal(cost / _size(cost)), Clock(Limits()))
    assert outcome.reason is Reason.OPTIMAL, f"the reference ended '{outcome.reason}': {outcome.detail}"
    held = [block.start for block in program.rows if block.name.startswith("held ")]
    noise = ROW_TOLERANCE * float(np.abs(outcome.prices[held]).sum()) * _size(cost)
    return float(cost @ outcome.values), noise


def _held(program: Program, name: str, cost: np.ndarray, most: float) -> Program:
    return program.with_row(f"held {name}", cost / _size(cost), most / _size(cost))
