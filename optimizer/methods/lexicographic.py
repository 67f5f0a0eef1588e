"""Goals one after the other: solve, make the plan lawful, re-score it, carry its value (rules 5, 6).

What is carried is the re-scored value of the incumbent plan, never the solver's number, plus a slack of
1e-7 of its scale or of the loss of rounding. Every bound is proven from prices under the carried values.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from data.plan import Plan
from data.plan_tables import complete
from data.score import Score, score
from optimizer.formulations.reinforce import ArcFlow
from optimizer.formulations.reinforce.goals import GoalRow
from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.paths import Paths, decompose, tables
from optimizer.methods.bounds import price_bound
from optimizer.methods.repair import make_lawful
from optimizer.outcome import Clock, Limit, OnProgress, Outcome, Progress, Reason
from optimizer.program import Program, Solver

SLACK = 1e-7  # of a goal's scale: the only thing a lower goal may buy


@dataclass
class Incumbent:
    """The best lawful plan so far, its paths, and every path met on the way to it."""

    paths: Paths
    plan: Plan
    score: Score
    met: Paths


@dataclass
class Passes:
    """What the passes came to: the incumbent, a bound for every goal passed, and why they ended."""

    incumbent: Incumbent
    bounds: dict[str, float] = field(default_factory=dict)
    carried: dict[str, float] = field(default_factory=dict)
    solved: int = 0
    reason: Reason = Reason.OPTIMAL
    limit: Limit | None = None
    detail: str = ""


def incumbent_of(arcflow: ArcFlow, paths: Paths, met: Paths) -> Incumbent:
    """Return the lawful plan nearest below these paths, scored."""
    lawful = make_lawful(Master.of(arcflow, paths))
    plan = complete(arcflow.theatre, arcflow.scenario, *tables(arcflow, lawful))
    return Incumbent(lawful, plan, score(arcflow.theatre, arcflow.scenario, plan), met.together(paths))


def run(arcflow: ArcFlow, solver: Solver, clock: Clock, on_progress: OnProgress) -> Passes:
    """Return the outcome of all passes over the relaxed program; a limit ends them with what is there."""
    nothing = Paths.of([])
    passes = Passes(incumbent_of(arcflow, nothing, nothing))
    program = arcflow.program.relaxed()
    for position, goal in enumerate(arcflow.goals):
        limit = clock.over()
        if limit is None and clock.limits.rounds is not None and passes.solved >= clock.limits.rounds:
            limit = Limit.ROUNDS
        if limit is not None:
            passes.reason, passes.limit = Reason.FEASIBLE, limit
            break
        program = _pass(arcflow, solver, clock, on_progress, passes, program, position, goal)
        if passes.limit is not None or passes.reason is not Reason.OPTIMAL:
            break
    return passes


def _pass(
    arcflow: ArcFlow,
    solver: Solver,
    clock: Clock,
    on_progress: OnProgress,
    passes: Passes,
    program: Program,
    position: int,
    goal: GoalRow,
) -> Program:
    """Solve one goal, keep the better plan, and return the program with the goal carried."""
    if goal.same_as:
        if goal.same_as in passes.bounds:
            passes.bounds[goal.name] = passes.bounds[goal.same_as]
        return program
    factor = _factor(goal.cost)
    now = passes.incumbent.score.objectives[goal.name]
    if not goal.cost.any() or (now == 0.0 and position > 0):
        passes.bounds[goal.name] = 0.0
        return _carried(program, passes, goal, factor, now)
    asked = program.with_goal(goal.cost * factor, _closed(arcflow, goal))
    outcome = solver.solve(asked, clock)
    passes.solved += 1
    if outcome.reason in (Reason.FAILED, Reason.IMPOSSIBLE):
        passes.reason, passes.detail = outcome.reason, f"{goal.name}: {outcome.detail}"
        return program
    if outcome.has_prices:
        proven = price_bound(asked, outcome.prices, arcflow.implied) / factor
        passes.bounds[goal.name] = max(0.0, proven - 1e-12 * abs(proven))
    loss = _improve(arcflow, passes, outcome, goal)
    now = passes.incumbent.score.objectives[goal.name]
    on_progress(
        Progress("solving", goal.name, passes.solved, now, passes.bounds.get(goal.name), clock.elapsed)
    )
    if outcome.reason is not Reason.OPTIMAL:
        passes.reason, passes.limit = Reason.FEASIBLE, outcome.limit
        return program
    return _carried(program, passes, goal, factor, now, loss)


def _factor(cost: np.ndarray) -> float:
    """Return what brings a goal's costs to the size of 1, so that a solver's tolerances mean the same."""
    sizes = np.abs(cost[cost != 0])
    return 1.0 / float(np.median(sizes)) if sizes.size else 1.0


def _closed(arcflow: ArcFlow, goal: GoalRow) -> np.ndarray | None:
    """Return the columns that serve needs of later tiers than the goal's; they stay at 0 in its pass."""
    if not goal.tier:
        return None
    closed = np.zeros(len(arcflow.program.cost), bool)
    handed = arcflow.flows["delivery"]
    later = arcflow.needs.tier[handed["need"].to_numpy(int)] > goal.tier
    closed[handed["column"].to_numpy(int)[later]] = True
    return closed


def _improve(arcflow: ArcFlow, passes: Passes, outcome: Outcome, goal: GoalRow) -> float:
    """Replace the incumbent if the outcome's plan is as good in all earlier goals and not worse in this one.

    Return what rounding lost in this goal.
    """
    if not outcome.has_values:
        return 0.0
    found = incumbent_of(arcflow, decompose(arcflow, outcome.values), passes.incumbent.met)
    new, old = found.score.objectives, passes.incumbent.score.objectives
    kept = all(new[name] <= limit for name, limit in passes.carried.items())
    if kept and (new[goal.name] <= old[goal.name]):
        passes.incumbent = found
    else:
        passes.incumbent.met = found.met
    return max(0.0, new[goal.name] - float(goal.cost @ outcome.values))


def _carried(
    program: Program, passes: Passes, goal: GoalRow, factor: float, value: float, loss: float = 0.0
) -> Program:
    scale = goal.scale if goal.scale is not None else max(1.0, value)
    allowed = value + max(SLACK * scale, loss)
    passes.carried[goal.name] = allowed
    return program.with_row(f"carry {goal.name}", goal.cost * factor, allowed * factor)
