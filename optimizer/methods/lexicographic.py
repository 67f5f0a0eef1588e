"""Goals one after the other: solve, make the plan lawful, re-score it, carry its value (rules 5, 6).

The engine is steered to keep what it reached before rounding, plus 1e-7 of the scale. A plan is taken if,
rounded and re-scored, it keeps the earlier goals but for the loss of rounding. Every bound is an affine
function of what earlier goals are allowed, proven from prices; in the answer it is taken at what was
carried, or at the final plan's re-scored value where that is above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from data.goal_names import in_sentence
from data.score import Score
from optimizer.formulations.reinforce.goals import implied_goals
from optimizer.formulations.reinforce.paths import Paths
from optimizer.formulations.reinforce.setting import Setting
from optimizer.methods.engine import Bound, Dual, Engine, Found, Start
from optimizer.methods.incumbent import LOSS, SLACK, WORTH, Incumbent, incumbent_of, preferred
from optimizer.methods.repair import Grid
from optimizer.outcome import Clock, Limit, OnProgress, Progress, Reason

# of the gap asked for: the slacks tried where the usual one is too little for later goals; whether to begin anew
ROOMS = ((0.05, False), (0.4, False), (0.4, True))
FEW = 0.1  # of the gap asked for: what filling up may cost a goal after the tiers,
EXACT = 1e-10  # and of scales what it may cost earlier ones: their prices are up to a million times a goal
NEAR = 0.9  # of the gap asked for: a plan proven so well by the start is not made anew
USED = 0.01  # of the slack: what a pass may take of goals whose plan was kept, which has used its own up
ZERO = Bound(0.0, {})  # no goal is negative


@dataclass
class Passes:
    """What the passes came to: the incumbent, the bounds of every goal passed, and why they ended.

    `divided` has the paths of the last plan that divided whole items.
    """

    incumbent: Incumbent
    start: Start | None = None
    divided: Paths | None = None
    bounds: dict[str, tuple[Bound, ...]] = field(default_factory=dict)
    carried: dict[str, float] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)  # goals in which the start's plan was good enough
    slack: float = SLACK
    grid: Grid = Grid.LAWFUL
    solved: int = 0
    reason: Reason = Reason.OPTIMAL
    limit: Limit | None = None
    detail: str = ""
    notes: tuple[str, ...] = ()  # what stopped short without ending the passes

    def with_slack(self) -> dict[str, float]:
        """Return what is carried into a pass that is solved: without any slack solvers find no inside."""
        scales = self.incumbent.score.scales
        return {
            name: now + USED * SLACK * scales[name] if name in self.kept else now for name, now in self.carried.items()
        }

    def limits(self) -> dict[str, float]:
        """Return what every goal passed allows the later ones: what was carried, or what the plan needs of it."""
        values = self.incumbent.score.objectives
        return {name: max(carried, values[name]) for name, carried in self.carried.items()}

    def over(self, scored: Score | None = None) -> float:
        """Return by how much the plan, or another one, is above what is carried, in shares of scales."""
        scored = scored or self.incumbent.score
        values, scales = scored.objectives, scored.scales
        return sum(max(0.0, values[name] - limit) / scales[name] for name, limit in self.carried.items())

    @property
    def finished(self) -> bool:
        """Return whether every goal is passed."""
        return self.reason is Reason.OPTIMAL

    def gaps(self) -> dict[str, float]:
        """Return the gap of every goal passed."""
        values, scales = self.incumbent.score.objectives, self.incumbent.score.scales
        return {name: (values[name] - bound) / scales[name] for name, bound in self.proven().items()}

    def gap(self) -> float:
        """Return the largest gap of the goals passed."""
        return max(self.gaps().values(), default=0.0)

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


def run(engine: Engine, clock: Clock, on_progress: OnProgress, start: Start | None = None) -> Passes:
    """Return the outcome of all passes over the relaxed program; a limit ends them with what is there.

    With a start its plan, made lawful, is the first incumbent, and goals that its prices prove are not solved.
    With whole items the incumbent divides them: it stands for the relaxed program until `whole_units.polish`.
    """
    passes = begun(engine.setting, start)
    go_on(engine, passes, tuple(passes.incumbent.score.objectives), clock, on_progress)
    passes = go_back(engine, passes, clock, on_progress)
    if passes.reason is Reason.OPTIMAL:
        settle(engine, passes, clock)
    if passes.limit is not None:  # what was met of later tiers is better than nothing of them
        take_if_better(engine.setting, passes, passes.incumbent.met)
    return passes


def begun(setting: Setting, start: Start | None = None) -> Passes:
    """Return passes that have not passed a goal yet: the empty plan, or that of a start."""
    nothing = Paths.of([])
    grid = Grid.FINE if setting.theatre.items["whole"].any() else Grid.LAWFUL
    first, met = (nothing, nothing) if start is None else (start.paths, start.met)
    return Passes(incumbent_of(setting, first, met, grid), start, grid=grid)


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


def go_back(engine: Engine, passes: Passes, clock: Clock, on_progress: OnProgress) -> Passes:
    """Return the passes; if a goal is not proven well enough, with more room and what that no longer proves anew.

    Each limit stands on the ones before it: the last goals can rest on the digits that rounding and solvers lose. Room
    is a small part of the gap asked for; what the plan takes of it is in what the answer says it allows.
    """
    for room, anew in ROOMS:
        if passes.limit is not None or not passes.solved or (passes.finished and passes.gap() <= clock.limits.gap):
            break
        passes = _again(engine, passes, room * clock.limits.gap, anew, clock, on_progress)
    return passes


def _again(engine: Engine, passes: Passes, slack: float, anew: bool, clock: Clock, on_progress: OnProgress) -> Passes:
    """Return the passes made again with this slack, anew or from the first goal that it leaves unproven, if better."""
    scored = passes.incumbent.score
    room = {name: slack * max(scored.scales[name], scored.objectives[name]) for name in passes.carried}
    wider = {name: limit + room[name] for name, limit in passes.limits().items()}
    again = replace(passes, slack=slack, carried=wider, kept=set(), reason=Reason.OPTIMAL, detail="")
    gaps, order = again.gaps(), [name for name in scored.objectives if name != "shipments"]
    first = 0 if anew else next(i for i, n in enumerate(order) if n not in gaps or gaps[n] > clock.limits.gap)
    again.carried = {name: limit for name, limit in wider.items() if name in order[:first]}
    again.bounds = {name: bounds for name, bounds in passes.bounds.items() if name in order[:first]}
    go_on(engine, again, order[first:], clock, on_progress)
    if again.finished and again.gap() < passes.gap():
        return again
    return replace(passes, solved=again.solved, limit=again.limit)


def settle(engine: Engine, passes: Passes, clock: Clock) -> None:
    """Take the last plan with fewer paths, if it keeps what was carried and proves as much."""
    found = engine.settle(clock)
    if found is None or found.paths is None:
        return
    old, gap = passes.incumbent, passes.gap()
    goal = [name for name in old.score.objectives if name in passes.carried][-1]
    passes.incumbent = _lawful(engine.setting, passes, found, goal, clock.limits.gap)
    if passes.over() > max(SLACK, passes.over(old.score)) or passes.gap() > max(clock.limits.gap, gap):
        passes.incumbent = old


def take_if_better(setting: Setting, passes: Passes, paths: Paths) -> None:
    """Make a plan of these paths, by priority as far as rows leave room, and keep it if it is preferred."""
    found = incumbent_of(setting, paths, passes.incumbent.met, passes.grid)
    if preferred(found.score, passes.incumbent.score, passes.carried):
        passes.incumbent = found


def _pass(engine: Engine, passes: Passes, goal: str, clock: Clock, on_progress: OnProgress) -> None:
    """Minimise one goal, keep the better plan, and carry the goal's value."""
    now, scale = passes.incumbent.score.objectives[goal], passes.incumbent.score.scales[goal]
    begun_before = passes.solved or passes.start is not None
    if now == 0.0 and (begun_before or goal == "share"):  # nothing is better than 0
        passes.bounds[goal] = (ZERO,)
        passes.carried[goal] = passes.slack * scale
        return
    if _proven_by_start(engine, passes, goal, NEAR * clock.limits.gap * scale):
        passes.carried[goal] = now  # its slack is used up already, and as much again would buy lower goals
        passes.kept.add(goal)
        return
    target = 0.2 * clock.limits.gap * scale  # leaves room for rounding and for what later goals take
    found = engine.minimise(goal, passes.with_slack(), target, clock, on_progress)
    passes.solved += 1
    if found.reason in (Reason.FAILED, Reason.IMPOSSIBLE):
        passes.detail = f"{in_sentence(goal)}: {found.detail}"
        # after a first goal there is a lawful plan to keep: it says how far it is proven, and why no further
        passes.reason = found.reason if passes.solved == 1 else Reason.FEASIBLE
        return
    passes.bounds[goal] = (*found.bounds, ZERO)
    _improve(engine.setting, passes, found, goal, clock.limits.gap)
    now = (values := passes.incumbent.score.objectives)[goal]
    on_progress(Progress("solving", goal, passes.solved, now, passes.proven()[goal], clock.elapsed))
    if found.reason is not Reason.OPTIMAL:
        passes.reason, passes.limit = Reason.FEASIBLE, found.limit
        if found.limit is None:  # it ended by itself: the answer says so
            passes.detail = f"{in_sentence(goal)}: {found.detail or 'its proof came no nearer'}"
    reached = now
    if found.value is not None:
        # a plan that earlier goals do not allow has a value that later ones could not keep beside theirs
        kept = all(values[name] <= limit for name, limit in passes.carried.items())
        reached = min(now, found.value + found.error) if kept else found.value + found.error
    passes.carried[goal] = reached + passes.slack * max(scale, now)
    if found.over:  # what such an engine took of earlier goals later ones may have, and what it bettered they may not
        passes.carried.update({name: values[name] for name in passes.carried if name != goal})


def _proven_by_start(engine: Engine, passes: Passes, goal: str, target: float) -> bool:
    """Return whether the incumbent is within the target of what the start's prices prove, and keep that bound."""
    dual = None if passes.start is None else passes.start.duals.get(goal)
    if dual is None:
        return False
    bound = engine.bound(goal, passes.carried, dual)
    if passes.incumbent.score.objectives[goal] - bound.at(passes.limits()) > target:
        return False
    passes.bounds[goal] = (bound, ZERO)
    return True


def _lawful(setting: Setting, passes: Passes, found: Found, goal: str, gap: float) -> Incumbent:
    """Return the lawful plan of what was found; after the tiers without what fills up needs, if that costs too much.

    What earlier goals leave open, the least of their slack, may be worth a part of share, substitution or cost.
    """
    assert found.paths is not None and found.value is not None  # callers have seen to it
    filled = incumbent_of(setting, found.paths, passes.incumbent.met, passes.grid)
    dear = filled.score.objectives[goal] - found.value > FEW * gap * filled.score.scales[goal]
    if goal.startswith("tier") or not (dear or passes.over(filled.score) > EXACT):
        return filled
    return incumbent_of(setting, found.paths, passes.incumbent.met, passes.grid, more=False)


def _improve(setting: Setting, passes: Passes, found: Found, goal: str, gap: float) -> None:
    """Replace the incumbent by the plan found if it keeps all earlier goals and is not worse in this one.

    What rounding loses in earlier goals (`over`, in shares of their scales) is accepted where it is small
    beside what this goal gains: without that, a thousandth of a unit could cost the whole of a later tier.
    """
    if found.paths is None or found.value is None:
        return
    new = _lawful(setting, passes, found, goal, gap)
    over = passes.over(new.score)
    gained = (passes.incumbent.score.objectives[goal] - new.score.objectives[goal]) / new.score.scales[goal]
    few = len(passes.carried) * found.over  # what the engine was free to take
    if gained >= 0 and (over <= max(SLACK, few) or (over <= LOSS and gained >= WORTH * over)):
        passes.incumbent = new
    else:
        passes.incumbent.met = new.met
