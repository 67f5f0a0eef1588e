"""Works goal by goal: value unfinished by tier, tardiness, crew-days; each carried as reached.

Every goal is a whole number, so a bound is rounded up to the next one. A limit returns the best schedule so far:
the empty one is always there, but where works are mandatory.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from optimizer.formulations.works import Choice, Instance, Model, build
from optimizer.formulations.works.greedy import improve
from optimizer.formulations.works.model import Cut
from optimizer.formulations.works.units import Units, units_of
from optimizer.outcome import Clock, Limit, OnProgress, Progress, Reason, silent

if TYPE_CHECKING:
    from optimizer.solvers import cpsat

QUICK, EACH, SMALL = 3.0, 0.02, 12  # s in all and a work, for a schedule by hand's rules; none for so few works
FLOOR_TIME = 0.15  # of what is left, for the bound of a goal by pools alone
MOST_OF_TIME = 0.7  # of what is left, for one goal


@dataclass
class Scheduled:
    """A schedule with the value and bound of each goal in the instance's whole numbers, and why it ended."""

    instance: Instance
    chosen: dict[int, Choice] = field(default_factory=dict)
    units: Units = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)
    bounds: dict[str, int] = field(default_factory=dict)
    reason: Reason = Reason.OPTIMAL
    limit: Limit | None = None
    detail: str = ""


def goal_values(instance: Instance, chosen: Mapping[int, Choice]) -> dict[str, int]:
    """Return the goals of a schedule, counted again from it."""
    out = {f"tier{k}_works": 0 for k in sorted({job.tier for job in instance.jobs})} | {"tardiness": 0, "crew_days": 0}
    for j, job in enumerate(instance.jobs):
        end = chosen[j].end if j in chosen else instance.horizon + 1
        out[f"tier{job.tier}_works"] += job.value * (end > job.due)
        out["tardiness"] += job.value * max(0, end - job.due)
        if j in chosen:
            out["crew_days"] += job.ways[chosen[j].way].crews * (end - chosen[j].start)
    return out


def run(
    instance: Instance, clock: Clock, on_progress: OnProgress, *, cuts: tuple[Cut, ...] = (),
    goals: tuple[str, ...] = (), without: frozenset[str] = frozenset(), start: Scheduled | None = None,
    carried: Mapping[str, int] | None = None,
) -> Scheduled:  # fmt: skip
    """Return the best schedule for these goals in their order (by default all), each bounded under those before it."""
    from optimizer.solvers import cpsat  # here, for its import takes seconds

    out = Scheduled(instance, values=goal_values(instance, {}))
    goals = goals or tuple(out.values)
    if not without and "makespan" not in goals:
        _quickly(out, goals, clock, start, cuts, carried or {})
    model = build(instance, cuts=cuts, without=without)
    small = build(instance, cuts=cuts, groups=False) if len(instance.jobs) > SMALL and not without else None
    for goal, most in (carried or {}).items():
        for program in (model, small):
            if program is not None:
                program.carry(goal, most)
    for number, goal in enumerate(goals):
        floor = 0
        if small is not None and goal != "crew_days" and out.values.get(goal, 1):
            floor = _floor(small, out, goal, clock, on_progress)
        if out.chosen and out.values.get(goal, floor + 1) <= floor:
            out.bounds[goal] = floor
            _carry(goal, out, model, small)
            continue
        if (limit := clock.over()) is not None:
            out.limit, out.reason = limit, _unproven(instance, out)
            break
        model.aim(goal)
        if out.chosen:
            model.hint(out.chosen, out.units)
        share = MOST_OF_TIME if number < len(goals) - 1 else 1.0
        seconds = max(0.5, share * clock.left) if math.isfinite(clock.left) else None
        found = cpsat.run(model.program, goal, clock, on_progress, gap=0.5, seconds=seconds)
        if found.value is None and found.reason is not Reason.NO_PLAN:
            out.limit, out.reason = found.limit, found.reason
            break
        out.bounds[goal] = max(floor, math.ceil(found.bound - 1e-6) if math.isfinite(found.bound) else 0)
        if found.value is not None:
            _take(model, out, found, goals[: number + 1])
            out.values.setdefault(goal, round(found.objective or 0))
        elif not out.chosen and any(job.mandatory for job in instance.jobs):
            out.limit, out.reason = found.limit, Reason.NO_PLAN
            break
        _carry(goal, out, model, small)
        on_progress(Progress("works", goal, 0, out.values[goal], out.bounds[goal], clock.elapsed))
        if found.reason is not Reason.OPTIMAL:
            out.reason, out.limit = Reason.FEASIBLE, found.limit
    return out


def _carry(goal: str, out: Scheduled, model: Model, small: Model | None) -> None:
    model.carry(goal, out.values[goal])
    if small is not None:
        small.carry(goal, out.values[goal])


def _floor(small: Model, out: Scheduled, goal: str, clock: Clock, on_progress: OnProgress) -> int:
    """Return the bound of a goal where crews and plant are counted by their pools alone."""
    from optimizer.solvers import cpsat

    small.aim(goal)
    if out.chosen:
        small.hint(out.chosen)
    seconds = max(0.3, FLOOR_TIME * clock.left) if math.isfinite(clock.left) else None
    found = cpsat.run(small.program, goal, clock, silent, gap=0.5, seconds=seconds)
    on_progress(Progress("works bound", goal, 0, None, found.bound, clock.elapsed))
    return max(0, math.ceil(found.bound - 1e-6)) if found.reason in (Reason.OPTIMAL, Reason.FEASIBLE) else 0


def _quickly(out: Scheduled, goals: tuple[str, ...], clock: Clock, start: Scheduled | None,
             cuts: tuple[Cut, ...], carried: Mapping[str, int]) -> None:  # fmt: skip
    """Begin with a schedule made by hand's rules, if it keeps what is carried and all mandatory works."""
    instance = out.instance

    def worth(chosen: Mapping[int, Choice]) -> tuple[int, ...]:
        values = goal_values(instance, chosen)
        missing = sum(job.mandatory and j not in chosen for j, job in enumerate(instance.jobs))
        over = sum(max(0, values[goal] - most) for goal, most in carried.items())
        return (missing, over, *(values[goal] for goal in goals))

    jobs = len(instance.jobs)
    seconds = min(QUICK, EACH * jobs, 0.3 * clock.left) if jobs > SMALL else 0.0
    before = None if start is None else (start.chosen, start.units)
    chosen, units = improve(instance, worth, seconds, clock.limits.seed, before)
    if any(worth(chosen)[:2]) or any(sum(c.get((j, way.start), 0) for j, way in chosen.items()) > b for c, b in cuts):
        return
    out.chosen, out.units, out.values = chosen, units, goal_values(instance, chosen)


def _unproven(instance: Instance, out: Scheduled) -> Reason:
    if out.chosen or not any(job.mandatory for job in instance.jobs):
        return Reason.FEASIBLE
    return Reason.NO_PLAN


def _take(model: Model, out: Scheduled, found: cpsat.Found, goals: tuple[str, ...]) -> None:
    """Take what was found, unless the schedule at hand is better in these goals."""
    assert found.value is not None
    chosen = model.read(found.value)
    values = goal_values(model.instance, chosen)
    at_hand = [out.values.get(goal, 0) for goal in goals]
    if out.chosen and [values.get(goal, 0) for goal in goals] > at_hand:
        return
    moves = {key: {at: found.value(v) for at, v in moved.items()} for key, moved in model.moves.items()}
    out.chosen, out.units, out.values = chosen, units_of(model.instance, chosen, moves), values
