"""Goals one after the other: solve, make the plan lawful, re-score it, carry its value (rules 5, 6).

What is carried is the re-scored value of the incumbent plan, never the solver's number, plus a slack of
1e-7 of its scale or of the loss of rounding. Every bound is proven from prices under the carried values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from data.plan import Plan
from data.plan_tables import complete
from data.score import Score, score
from optimizer.formulations.reinforce.goals import implied_goals
from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.paths import Paths, tables
from optimizer.formulations.reinforce.setting import Setting
from optimizer.methods.repair import make_lawful
from optimizer.outcome import Clock, Limit, OnProgress, Progress, Reason

SLACK = 1e-7  # of a goal's scale: the only thing a lower goal may buy


@dataclass(frozen=True)
class Found:
    """What an engine found for one goal: paths with the engine's own value of it, and a proven bound."""

    reason: Reason
    limit: Limit | None = None
    paths: Paths | None = None
    value: float | None = None
    bound: float | None = None
    detail: str = ""


class Engine(Protocol):
    """Minimises one goal while every carried goal stays within its limit."""

    name: str

    @property
    def setting(self) -> Setting:
        """Return the setting whose goals it minimises."""
        ...

    def minimise(
        self, goal: str, carried: Mapping[str, float], target: float, clock: Clock, on_progress: OnProgress
    ) -> Found:
        """Return what was found; good enough is a value proven within `target` of its bound."""
        ...


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


def incumbent_of(setting: Setting, paths: Paths, met: Paths) -> Incumbent:
    """Return the lawful plan nearest below these paths, scored."""
    lawful = make_lawful(Master.of(setting, paths))
    plan = complete(setting.theatre, setting.scenario, *tables(setting, lawful))
    return Incumbent(lawful, plan, score(setting.theatre, setting.scenario, plan), met.together(paths))


def run(engine: Engine, clock: Clock, on_progress: OnProgress) -> Passes:
    """Return the outcome of all passes over the relaxed program; a limit ends them with what is there."""
    nothing = Paths.of([])
    passes = Passes(incumbent_of(engine.setting, nothing, nothing))
    implied = implied_goals(engine.setting.needs)
    for goal in list(passes.incumbent.score.objectives):
        if goal == "shipments":
            continue
        limit = clock.over()
        if limit is None and clock.limits.rounds is not None and passes.solved >= clock.limits.rounds:
            limit = Limit.ROUNDS
        if limit is not None:
            passes.reason, passes.limit = Reason.FEASIBLE, limit
            break
        if goal in implied:
            passes.bounds[goal] = passes.bounds[implied[goal]]
            continue
        _pass(engine, passes, goal, clock, on_progress)
        if passes.reason is not Reason.OPTIMAL:
            break
    return passes


def _pass(engine: Engine, passes: Passes, goal: str, clock: Clock, on_progress: OnProgress) -> None:
    """Minimise one goal, keep the better plan, and carry the goal's value."""
    now, scale = passes.incumbent.score.objectives[goal], passes.incumbent.score.scales[goal]
    if now == 0.0 and (passes.solved or goal == "share"):  # nothing is better than 0
        passes.bounds[goal] = 0.0
        passes.carried[goal] = SLACK * scale
        return
    target = 0.3 * clock.limits.gap * scale  # leaves room for rounding
    found = engine.minimise(goal, passes.carried, target, clock, on_progress)
    passes.solved += 1
    if found.reason in (Reason.FAILED, Reason.IMPOSSIBLE):
        passes.reason, passes.detail = found.reason, f"{goal}: {found.detail}"
        return
    if found.bound is not None:
        passes.bounds[goal] = max(0.0, found.bound - 1e-12 * abs(found.bound))
    loss = _improve(engine.setting, passes, found, goal)
    now = passes.incumbent.score.objectives[goal]
    on_progress(Progress("solving", goal, passes.solved, now, passes.bounds.get(goal), clock.elapsed))
    if found.reason is not Reason.OPTIMAL:
        passes.reason, passes.limit = Reason.FEASIBLE, found.limit
    passes.carried[goal] = now + max(SLACK * max(scale, now), loss)


def _improve(setting: Setting, passes: Passes, found: Found, goal: str) -> float:
    """Replace the incumbent by the plan found if it keeps all earlier goals and is not worse in this one.

    Return what rounding lost in this goal.
    """
    if found.paths is None or found.value is None:
        return 0.0
    new = incumbent_of(setting, found.paths, passes.incumbent.met)
    values, old = new.score.objectives, passes.incumbent.score.objectives
    kept = all(values[name] <= limit for name, limit in passes.carried.items())
    if kept and values[goal] <= old[goal]:
        passes.incumbent = new
    else:
        passes.incumbent.met = new.met
    return max(0.0, values[goal] - found.value)
