"""Whole units: the relaxed plan's paths, chosen again with whole quantities, goal by goal.

First the relaxed plan is rounded down and filled up. Then a mixed-integer program over the paths met by the
passes (the restricted master) is solved for each tier's goals in turn, each result rounded and repaired, and
the better plan kept. The bounds stay those of the relaxed program, which hold for whole units too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.setting import Setting
from optimizer.methods.lexicographic import SLACK, Passes, incumbent_of, preferred
from optimizer.methods.repair import Grid
from optimizer.outcome import Clock, Limits, OnProgress, Progress, Reason
from optimizer.program import Solver

SHARE_OF_PASSES = 0.6  # of a deadline, for the relaxed passes; the rest is for whole units
MOST_SECONDS = 10.0  # for one goal


def passes_clock(clock: Clock) -> Clock:
    """Return the clock for the relaxed passes before whole units: a part of the deadline."""
    seconds = None if clock.limits.seconds is None else SHARE_OF_PASSES * clock.left
    return Clock(replace(clock.limits, seconds=seconds), clock.stop)


def polish(setting: Setting, passes: Passes, solver: Solver, clock: Clock, on_progress: OnProgress) -> None:
    """Replace the relaxed incumbent by the best plan found in whole units over the paths met."""
    relaxed, met = passes.incumbent, passes.incumbent.met
    passes.grid = Grid.LAWFUL
    passes.incumbent = incumbent_of(setting, relaxed.paths, met)
    if clock.over() is not None or not len(met):
        return
    master = Master.of(setting, met)
    program = master.program()
    for tier in np.unique(setting.needs.tier):
        for name, cost in master.tier_goals(int(tier)).items():
            goal = f"tier{tier}_{name}"
            if clock.over() is not None or goal not in passes.carried:
                continue
            factor = 1.0 / float(np.median(cost[cost > 0]))
            outcome = solver.solve(program.with_goal(cost * factor), Clock(_within(clock), clock.stop))
            if outcome.reason not in (Reason.OPTIMAL, Reason.FEASIBLE):
                return
            quantity = np.maximum(outcome.values[: len(master.paths)], 0.0)
            found = incumbent_of(setting, master.paths.carrying(quantity), met)
            if preferred(found.score, passes.incumbent.score):
                passes.incumbent = found
            now, scale = found.score.objectives[goal], found.score.scales[goal]
            on_progress(Progress("whole units", goal, passes.solved, now, passes.proven().get(goal), clock.elapsed))
            reached = max(float(cost @ outcome.values), now)
            program = program.with_row(f"carry {goal}", cost * factor, (reached + SLACK * scale) * factor)
            program = replace(program, start=outcome.values)


def _within(clock: Clock) -> Limits:
    return replace(clock.limits, seconds=min(MOST_SECONDS, clock.left))
