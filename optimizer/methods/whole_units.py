"""Whole units: the relaxed plan's paths, chosen again with whole quantities, tier by tier.

A mixed-integer program over the paths met by the passes (the restricted master), then rounding and repair.
The bounds stay those of the relaxed program, which hold for whole units too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.setting import Setting
from optimizer.methods.lexicographic import SLACK, Incumbent, Passes, incumbent_of
from optimizer.outcome import Clock, Limits, OnProgress, Progress, Reason
from optimizer.program import Solver

SHARE_OF_TIME = 0.5  # of what a deadline leaves, for each goal in turn
MOST_SECONDS = 20.0  # for one goal without a deadline


def polish(setting: Setting, passes: Passes, solver: Solver, clock: Clock, on_progress: OnProgress) -> None:
    """Replace the incumbent by the best plan in whole units over the paths met, where that is better."""
    if clock.over() is not None or not len(passes.incumbent.met):
        return
    master = Master.of(setting, passes.incumbent.met)
    program = master.program()
    for tier in np.unique(setting.needs.tier):
        for name, cost in master.tier_goals(int(tier)).items():
            if clock.over() is not None:
                return
            goal = f"tier{tier}_{name}"
            factor = 1.0 / float(np.median(cost[cost > 0]))
            budget = Clock(clock.limits, clock.stop)
            budget.limits = _within(clock)
            outcome = solver.solve(program.with_goal(cost * factor), budget)
            if outcome.reason not in (Reason.OPTIMAL, Reason.FEASIBLE):
                break
            quantity = np.maximum(outcome.values[: len(master.paths)], 0.0)
            found = incumbent_of(setting, master.paths.carrying(quantity), passes.incumbent.met)
            _keep_better(passes, found)
            now = found.score.objectives[goal]
            on_progress(Progress("whole units", goal, passes.solved, now, passes.proven().get(goal), clock.elapsed))
            scale = found.score.scales[goal]
            reached = max(float(cost @ outcome.values), now)
            program = program.with_row(f"carry {goal}", cost * factor, (reached + SLACK * scale) * factor)


def _within(clock: Clock) -> Limits:
    seconds = min(MOST_SECONDS, SHARE_OF_TIME * clock.left)
    return replace(clock.limits, seconds=seconds)


def _keep_better(passes: Passes, found: Incumbent) -> None:
    """Keep the lexicographically better plan; values within the slack of a scale count as equal."""
    old, new, scales = passes.incumbent.score.objectives, found.score.objectives, found.score.scales
    for name, value in new.items():
        if abs(value - old[name]) > SLACK * scales[name]:
            if value < old[name]:
                passes.incumbent = found
            return
