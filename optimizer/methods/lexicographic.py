"""Goals one after the other: solve, make the plan lawful, re-score it, carry its value (rules 5, 6).

The engine is steered to keep what it reached before rounding, plus 1e-7 of the scale. A plan is taken if,
rounded and re-scored, it keeps the earlier goals but for the loss of rounding. Every bound is an affine
function of what earlier goals are allowed, proven from prices; in the answer it is taken at what was
carried, or at the final plan's re-scored value where that is above it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from data.certify import Price
from data.plan import Plan
from data.plan_tables import complete
from data.score import Score, score
from optimizer.formulations.reinforce.goals import implied_goals
from optimizer.formulations.reinforce.master import Master
from optimizer.formulations.reinforce.paths import Paths, tables
from optimizer.formulations.reinforce.setting import Setting
from optimizer.methods.repair import Grid, make_lawful
from optimizer.outcome import Clock, Limit, OnProgress, Progress, Reason

SLACK = 1e-7  # of a goal's scale: the only thing a lower goal may buy


@dataclass(frozen=True, eq=False)
class Dual:
    """The prices ≥ 0 that prove a bound, of the goal itself: of an engine's own rows, and of rows by name."""

    rows: np.ndarray
    price: np.ndarray
    named: Mapping[str, float]


@dataclass(frozen=True)
class Bound:
    """No plan that keeps every earlier goal j within limit_j has the goal below constant − Σ weight_j · limit_j."""

    constant: float
    weights: Mapping[str, float]
    dual: Dual | None = field(default=None, compare=False)

    def at(self, limits: Mapping[str, float]) -> float:
        """Return the bound under these limits of the earlier goals."""
        return self.constant - sum(weight * limits[name] for name, weight in self.weights.items() if weight)


@dataclass(frozen=True)
class Found:
    """What an engine found for one goal: paths with the engine's own value of it, and every bound it proved."""

    reason: Reason
    limit: Limit | None = None
    paths: Paths | None = None
    value: float | None = None
    bounds: tuple[Bound, ...] = ()
    detail: str = ""
    error: float = 0.0  # how far below any plan's the value may be: an interior point keeps rows only nearly


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


    def settle(self, clock: Clock) -> Found | None:
        """Return the last goal's plan with fewer paths, if the engine can; None if there is nothing to gain."""
        ...

    def prices(self, dual: Dual) -> list[Price]:
        """Return the prices of a bound in table words, as a certificate has them."""
        ...


LOSS = 1e-3  # of scales: the most that rounding may take from earlier goals
WORTH = 10.0  # what a goal must gain for each part that rounding takes from earlier ones
ZERO = Bound(0.0, {})  # no goal is negative


@dataclass
class Incumbent:
    """The best lawful plan so far, its paths, and every path met on the way to it."""

    paths: Paths
    plan: Plan
    score: Score
    met: Paths


@dataclass
class Passes:
    """What the passes came to: the incumbent, the bounds of every goal passed, and why they ended."""

    incumbent: Incumbent
    bounds: dict[str, tuple[Bound, ...]] = field(default_factory=dict)
    carried: dict[str, float] = field(default_factory=dict)
    grid: Grid = Grid.LAWFUL
    solved: int = 0
    reason: Reason = Reason.OPTIMAL
    limit: Limit | None = None
    detail: str = ""

    def limits(self) -> dict[str, float]:
        """Return what every goal passed allows the later ones: what was carried, or what the plan needs of it."""
        values = self.incumbent.score.objectives
        return {name: max(carried, values[name]) for name, carried in self.carried.items()}

    def duals(self) -> dict[str, Dual]:
        """Return the prices of the best bound of every goal passed that has any."""
        limits = self.limits()
        best = {goal: max(bounds, key=lambda bound: bound.at(limits)) for goal, bounds in self.bounds.items()}
        return {goal: bound.dual for goal, bound in best.items() if bound.dual is not None}

    def proven(self) -> dict[str, float]:
        """Return the best bound of every goal passed, under the limits of the goals before it."""
        limits = self.limits()
        out = {}
        for goal, bounds in self.bounds.items():
            best = max(bound.at(limits) for bound in bounds)
            out[goal] = max(0.0, best - 1e-12 * abs(best))
        return out


def incumbent_of(
    setting: Setting, paths: Paths, met: Paths, grid: Grid = Grid.LAWFUL, margin: float = 0.0
) -> Incumbent:
    """Return the plan on the grid nearest below these paths, scored; it is lawful if the grid is."""
    lawful = make_lawful(Master.of(setting, paths), grid, margin)
    plan = complete(setting.theatre, setting.scenario, *tables(setting, lawful))
    return Incumbent(lawful, plan, score(setting.theatre, setting.scenario, plan), met.together(paths))


def run(engine: Engine, clock: Clock, on_progress: OnProgress) -> Passes:
    """Return the outcome of all passes over the relaxed program; a limit ends them with what is there.

    With whole items the incumbent divides them: it stands for the relaxed program until `whole_units.polish`.
    """
    passes = begun(engine.setting)
    go_on(engine, passes, tuple(passes.incumbent.score.objectives), clock, on_progress)
    if passes.reason is Reason.OPTIMAL:
        settle(engine, passes, clock)
    if passes.limit is not None:  # what was met of later tiers is better than nothing of them
        take_if_better(engine.setting, passes, passes.incumbent.met)
    return passes


def begun(setting: Setting) -> Passes:
    """Return passes that have not passed a goal yet: the empty plan."""
    nothing = Paths.of([])
    grid = Grid.FINE if setting.theatre.items["whole"].any() else Grid.LAWFUL
    return Passes(incumbent_of(setting, nothing, nothing), grid=grid)


def go_on(engine: Engine, passes: Passes, goals: Sequence[str], clock: Clock, on_progress: OnProgress) -> None:
    """Pass these goals, the next in order, until a limit; `passes` keeps what they come to."""
    implied = implied_goals(engine.setting.needs)
    for goal in goals:
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


def settle(engine: Engine, passes: Passes, clock: Clock) -> None:
    """Take the last plan with fewer paths, if it keeps what was carried as well."""
    found = engine.settle(clock)
    if found is None or found.paths is None:
        return
    new = incumbent_of(engine.setting, found.paths, passes.incumbent.met, passes.grid)
    values, old, scales = new.score.objectives, passes.incumbent.score.objectives, new.score.scales

    def over(goals: Mapping[str, float]) -> float:
        return sum(max(0.0, goals[name] - limit) / scales[name] for name, limit in passes.carried.items())

    if over(values) <= max(SLACK, over(old)):
        passes.incumbent = new


def take_if_better(setting: Setting, passes: Passes, paths: Paths) -> None:
    """Make a plan of these paths, by priority as far as rows leave room, and keep it if it is preferred."""
    found = incumbent_of(setting, paths, passes.incumbent.met, passes.grid)
    if preferred(found.score, passes.incumbent.score):
        passes.incumbent = found


def _pass(engine: Engine, passes: Passes, goal: str, clock: Clock, on_progress: OnProgress) -> None:
    """Minimise one goal, keep the better plan, and carry the goal's value."""
    now, scale = passes.incumbent.score.objectives[goal], passes.incumbent.score.scales[goal]
    if now == 0.0 and (passes.solved or goal == "share"):  # nothing is better than 0
        passes.bounds[goal] = (ZERO,)
        passes.carried[goal] = SLACK * scale
        return
    target = 0.3 * clock.limits.gap * scale  # leaves room for rounding
    found = engine.minimise(goal, passes.carried, target, clock, on_progress)
    passes.solved += 1
    if found.reason in (Reason.FAILED, Reason.IMPOSSIBLE):
        passes.detail = f"{goal}: {found.detail}"
        # after a first goal there is a lawful plan to keep: it says how far it is proven, and why no further
        passes.reason = found.reason if passes.solved == 1 else Reason.FEASIBLE
        return
    passes.bounds[goal] = (*found.bounds, ZERO)
    _improve(engine.setting, passes, found, goal)
    now = passes.incumbent.score.objectives[goal]
    on_progress(Progress("solving", goal, passes.solved, now, passes.proven()[goal], clock.elapsed))
    if found.reason is not Reason.OPTIMAL:
        passes.reason, passes.limit = Reason.FEASIBLE, found.limit
    reached = now if found.value is None else min(now, found.value + found.error)
    passes.carried[goal] = reached + SLACK * max(scale, now)


def _improve(setting: Setting, passes: Passes, found: Found, goal: str) -> None:
    """Replace the incumbent by the plan found if it keeps all earlier goals and is not worse in this one.

    What rounding loses in earlier goals (`over`, in shares of their scales) is accepted where it is small
    beside what this goal gains: without that, a thousandth of a unit could cost the whole of a later tier.
    """
    if found.paths is None:
        return
    new = incumbent_of(setting, found.paths, passes.incumbent.met, passes.grid)
    values, old = new.score.objectives, passes.incumbent.score.objectives
    scales = new.score.scales
    over = sum(max(0.0, values[name] - limit) / scales[name] for name, limit in passes.carried.items())
    gained = (old[goal] - values[goal]) / scales[goal]
    if gained >= 0 and (over <= SLACK or (over <= LOSS and gained >= WORTH * over)):
        passes.incumbent = new
    else:
        passes.incumbent.met = new.met


def preferred(new: Score, old: Score) -> bool:
    """Return whether a plan is lexicographically better, but for what rounding takes from earlier goals."""
    over = 0.0
    for name, value in new.objectives.items():
        gained = (old.objectives[name] - value) / new.scales[name]
        if gained > max(SLACK, WORTH * over):
            return True
        over += max(0.0, -gained)
        if over > LOSS:
            return False
    return False
