"""Whole units: the relaxed plan's paths, chosen again with whole quantities, goal by goal.

First the relaxed plan is rounded down and filled up. Then a mixed-integer program over the paths met by the
passes (the restricted master) is solved for each tier's goals in turn, each result rounded and repaired, and
the better plan kept. The bounds stay those of the relaxed program, which hold for whole units too.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from data.goal_names import in_sentence
from optimizer.formulations.reinforce.goals import implied_goals
from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.setting import Setting
from optimizer.methods.engine import Engine
from optimizer.methods.incumbent import SLACK, incumbent_of, preferred
from optimizer.methods.lexicographic import Passes, take_if_better
from optimizer.methods.repair import Grid
from optimizer.outcome import Clock, Limits, OnProgress, Progress, Reason
from optimizer.program import Solver

SHARE_OF_PASSES = 0.6  # of a deadline, for the relaxed passes; the rest is for whole units
MOST_SECONDS = 10.0  # for one goal
SEARCH = f"the search for the best whole units stopped after {MOST_SECONDS:.0f} s each"


def passes_clock(clock: Clock) -> Clock:
    """Return the clock for the relaxed passes before whole units: a part of the deadline."""
    seconds = None if clock.limits.seconds is None else SHARE_OF_PASSES * clock.left
    return Clock(replace(clock.limits, seconds=seconds), clock.stop)


def polish(setting: Setting, passes: Passes, solver: Solver, clock: Clock, on_progress: OnProgress) -> None:
    """Replace the relaxed incumbent by the best plan found in whole units over the paths met."""
    relaxed, met = passes.incumbent, passes.incumbent.met
    passes.grid, passes.divided = Grid.LAWFUL, relaxed.paths
    passes.incumbent = incumbent_of(setting, relaxed.paths, met)
    take_if_better(setting, passes, met)
    if passes.start is not None and passes.start.whole is not None:
        take_if_better(setting, passes, passes.start.whole)
    if clock.over() is not None or not len(met):
        return
    master = Master.of(setting, met)
    program, cut = master.program(), []
    for tier in np.unique(setting.needs.tier):
        for name, cost in master.tier_goals(int(tier)).items():
            goal = f"tier{tier}_{name}"
            if clock.over() is not None:
                return
            factor = 1.0 / float(np.median(cost[cost > 0]))
            outcome = solver.solve(program.with_goal(cost * factor), Clock(_within(clock), clock.stop))
            if outcome.limit is not None and clock.over() is None:
                cut.append(in_sentence(goal))
                passes.notes = (f"{SEARCH} for {', '.join(cut)}",)
            if outcome.reason not in (Reason.OPTIMAL, Reason.FEASIBLE):
                since = f"whole units from the {in_sentence(goal)} on are as rounded"
                passes.notes = (*passes.notes, f"{since}: {outcome.detail}")
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


def tighten(engine: Engine, passes: Passes, clock: Clock, on_progress: OnProgress) -> None:
    """Prove better bounds for the plan in whole units, whose goals are above those the passes carried.

    A bound proven while earlier goals were held at the relaxed program's values says little once they are
    at those of whole units; each goal whose gap is too large is asked once more under the plan's own values.
    """
    values, scales = passes.incumbent.score.objectives, passes.incumbent.score.scales
    implied = implied_goals(engine.setting.needs)
    held: dict[str, float] = {}
    passes.carried = {name: values[name] + SLACK * scales[name] for name in passes.carried}
    for goal in list(passes.carried):
        gap = (values[goal] - passes.proven()[goal]) / scales[goal]
        if gap > clock.limits.gap and goal not in implied and clock.over() is None:
            target = 0.3 * clock.limits.gap * scales[goal]
            found = engine.minimise(goal, dict(held), target, clock, on_progress)
            passes.bounds[goal] = (*passes.bounds[goal], *found.bounds)
            if found.reason is not Reason.OPTIMAL and found.limit is None:
                why = found.detail or "its proof came no nearer"
                passes.notes = (*passes.notes, f"the bound of the {in_sentence(goal)} was not proven anew: {why}")
            now = passes.proven()[goal]
            on_progress(Progress("bounds", goal, passes.solved, values[goal], now, clock.elapsed))
        held[goal] = passes.carried[goal]
    for name, same in implied.items():
        if same in passes.bounds:
            passes.bounds[name] = passes.bounds[same]
