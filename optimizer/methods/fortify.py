"""Works and transport in turns, with one bound (see optimizer/formulations/fortify.py).

1. Bound: the relaxed question, every material due on the last day that serves its work. Its passes bound every goal;
   what it brings by when are the first curves of what is on site.
2. Schedule works on these curves (CP-SAT). Ask transport again for what the schedule takes, by the day it takes it, and
   with what is then left for works left out, in order of their value. Repeat while more value is finished.
3. Plan transport for the best schedule alone, and schedule once more on what then really is on site, which is lawful.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from data.plan import Plan
from data.theatre import Scenario, Theatre
from data.works import on_site
from optimizer.formulations.fortify import SEPARATOR, Ask, Order, Question, last_starts, plan_back, question
from optimizer.formulations.reinforce import prepare
from optimizer.formulations.works import Choice, Instance, instance_of
from optimizer.formulations.works.greedy import improve
from optimizer.formulations.works.instance import Store
from optimizer.methods import lexicographic, schedule, whole_units
from optimizer.methods.columns import Columns
from optimizer.methods.schedule import Scheduled
from optimizer.outcome import Clock, OnProgress, Progress
from optimizer.program import Master, Solver

BOUND, TURN, RESERVE = 0.3, 0.16, 0.1  # shares of a deadline: the bound, a turn, and the last schedule
TURNS = 3
COARSE = (1e-2, 3e-2)  # gap of the bound and of the turns, where a deadline presses
LEAST = 2.0  # s that the last schedule always has
LEFT_OUT = 1e-3  # weight of works left out, beside those of the schedule
SECONDS = 6.0  # of CP-SAT in one turn
PLENTY = 10**15


@dataclass
class Joint:
    """What the turns came to: the plan with its works, and what bounds its goals."""

    plan: Plan
    relaxed: lexicographic.Passes
    asked: Question
    scheduled: Scheduled
    crews: dict[str, int]  # bounds of works by crews alone, in the instance's whole numbers
    turns: int
    engine: Columns  # of the bound


class Turns:
    """Transport and works of one theatre and scenario, asked in turns under one clock."""

    def __init__(
        self, theatre: Theatre, scenario: Scenario, master: Master, solver: Solver, clock: Clock,
        on_progress: OnProgress, order: Order,
    ) -> None:  # fmt: skip
        self.theatre, self.scenario, self.order = theatre, scenario, order
        self.master, self.solver, self.clock, self.on_progress = master, solver, clock, on_progress
        self.value = dict(zip(scenario.works["work"], scenario.works["value"], strict=True))
        self.instance = instance_of(theatre, scenario, on_site(theatre, scenario, Plan.empty()))
        self.latest = last_starts(self.instance)
        self.bounding: Columns

    def within(self, share: float, most: float = np.inf, gap: float = 0.0, least: float = 0.0) -> Clock:
        """Return a clock with a share of the deadline, within what is left, and a coarser gap if one is set."""
        limits, whole = self.clock.limits, self.clock.limits.seconds
        if whole is None:
            return Clock(replace(limits, seconds=None if np.isinf(most) else most), self.clock.stop)
        seconds = max(least, min(most, share * whole, self.clock.left))
        return Clock(replace(limits, seconds=seconds, gap=max(limits.gap, gap)), self.clock.stop)

    def transport(self, asked: Question, clock: Clock, whole: bool) -> lexicographic.Passes:
        """Return the passes of a question of reinforce; whole items are divided unless `whole`."""
        engine = Columns(prepare(asked.theatre, asked.scenario), self.master)
        units = whole and bool(asked.theatre.items["whole"].any())
        passes = lexicographic.run(engine, whole_units.passes_clock(clock) if units else clock, self.on_progress)
        if units:
            whole_units.polish(engine.setting, passes, self.solver, clock, self.on_progress)
        return passes

    def asks(self, dates: Mapping[str, int], others: bool) -> dict[str, Ask]:
        """Return what to ask of transport for these works by their dates, and for the rest with what is left."""
        out = {work: Ask(day, self.value[work]) for work, day in dates.items()}
        if others:
            for j, day in self.latest.items():
                name = self.instance.jobs[j].name
                out.setdefault(name, Ask(day, LEFT_OUT * self.value[name]))
        return out

    def build(self, plan: Plan, start: Scheduled | None = None, *, last: bool = False) -> Scheduled:
        """Return the works scheduled on what a plan brings; tardiness and crew-days are for the last schedule."""
        instance = instance_of(self.theatre, self.scenario, on_site(self.theatre, self.scenario, plan))
        goals = tuple(schedule.goal_values(instance, {}))
        goals = goals if last else tuple(goal for goal in goals if goal.endswith("_works"))
        clock = self.within(RESERVE, SECONDS, least=LEAST if last else 0.0)
        return schedule.run(instance, clock, self.on_progress, goals=goals,
                            start=start)  # fmt: skip

    def late(self) -> Scheduled:
        """Return a schedule as late as due days and crews allow, materials no matter."""
        free = without_materials(self.instance)

        def worth(chosen: Mapping[int, Choice]) -> tuple[int, ...]:
            values = schedule.goal_values(free, chosen)
            return tuple(value for goal, value in values.items() if goal.endswith("_works"))

        seconds = min(schedule.QUICK, schedule.EACH * len(free.jobs), 0.05 * self.clock.left)
        chosen, units = improve(free, worth, seconds, self.clock.limits.seed, late=True)
        return Scheduled(free, chosen, units, schedule.goal_values(free, chosen))

    def dates(self, found: Scheduled) -> dict[str, int]:
        """Return the first day of each work of a schedule."""
        return {found.instance.jobs[j].name: choice.start for j, choice in found.chosen.items()}


def run(theatre: Theatre, scenario: Scenario, master: Master, solver: Solver, clock: Clock, on_progress: OnProgress,
        order: Order = Order.JOINT) -> Joint:  # fmt: skip
    """Return the best joint plan found in turns, lawful but for the verifier's last word, and its bounds."""
    turns = Turns(theatre, scenario, master, solver, clock, on_progress, order)
    relaxed, asked = _relaxed(turns)
    on_progress(Progress("works", "bound", 0, seconds=clock.elapsed))
    best = turns.build(plan_back(theatre, scenario, asked, relaxed.incumbent.plan))
    late, count = turns.late(), 0
    dates = turns.dates(late)
    most = TURNS if order is Order.JOINT else 1
    while count < most and _time_for_a_turn(clock) and not _finished(best):
        count += 1
        again = question(theatre, scenario, turns.asks(dates, True), order, dated=True)
        passes = turns.transport(again, turns.within(TURN, gap=COARSE[1]), whole=False)
        brought = plan_back(theatre, scenario, again, passes.incumbent.plan)
        found = turns.build(brought, late if count == 1 else best)
        if not better(found, best) and count > 1:
            break
        best = found if better(found, best) else best
        dates = turns.dates(best)
    last = question(theatre, scenario, turns.asks(turns.dates(best), False), order, dated=True)
    passes = turns.transport(last, turns.within(_left(turns.clock)), whole=True)
    brought = plan_back(theatre, scenario, last, passes.incumbent.plan)
    final = turns.build(brought, best, last=True)
    crews = _by_crews(turns, final)
    return Joint(brought, relaxed, asked, final, crews, count, turns.bounding)


def _relaxed(turns: Turns) -> tuple[lexicographic.Passes, Question]:
    asks = {turns.instance.jobs[j].name: Ask(day, turns.value[turns.instance.jobs[j].name])
            for j, day in turns.latest.items()}  # fmt: skip
    asked = question(turns.theatre, turns.scenario, asks, turns.order, dated=False)
    turns.bounding = Columns(prepare(asked.theatre, asked.scenario), turns.master)
    return lexicographic.run(turns.bounding, turns.within(BOUND, gap=COARSE[0]), turns.on_progress), asked


def _left(clock: Clock) -> float:
    """Return the share of the deadline that is left for the last transport."""
    whole = clock.limits.seconds
    return 1.0 if whole is None else max(0.0, clock.left / whole - RESERVE)


def _time_for_a_turn(clock: Clock) -> bool:
    """Return whether a turn leaves enough of the deadline for the last transport."""
    whole = clock.limits.seconds
    return clock.over() is None and (whole is None or clock.left > (2 * TURN + RESERVE) * whole)


def without_materials(instance: Instance) -> Instance:
    """Return the instance with plenty of every material."""
    return replace(instance, stores=tuple(Store(store.name, (PLENTY,)) for store in instance.stores))


def _finished(found: Scheduled) -> bool:
    return not any(value for goal, value in found.values.items() if goal.endswith("_works"))


def better(new: Scheduled, old: Scheduled) -> bool:
    """Return whether more value is finished, tier by tier."""
    goals = [goal for goal in old.values if goal.endswith("_works")]
    return [new.values[g] for g in goals] < [old.values[g] for g in goals]


def _by_crews(turns: Turns, final: Scheduled) -> dict[str, int]:
    """Return for each tier the least value unfinished if materials were no matter, earlier tiers as reached."""
    free = without_materials(final.instance)
    out: dict[str, int] = {}
    held: dict[str, int] = {}
    for goal in [g for g in final.values if g.endswith("_works")]:
        if final.values[goal]:
            clock = turns.within(0.05, SECONDS)
            if clock.left > 0:
                found = schedule.run(free, clock, turns.on_progress, goals=(goal,), carried=held)
                out[goal] = found.bounds.get(goal, 0)
        held[goal] = final.values[goal]
    return out


def tighten(joint: Joint, limits: Mapping[str, float], gap: float, clock: Clock, on_progress: OnProgress) -> None:
    """Prove better bounds of the relaxed question under what the plan needs of earlier goals, while time is left."""
    held: dict[str, float] = {}
    scales = joint.relaxed.incumbent.score.scales
    for goal, limit in limits.items():
        if goal in joint.relaxed.bounds and limit > 0 and clock.over() is None:
            proven = max(bound.at(limits) for bound in joint.relaxed.bounds[goal])
            if limit - proven > gap * scales[goal]:
                found = joint.engine.minimise(goal, dict(held), 0.3 * gap * scales[goal], clock, on_progress)
                joint.relaxed.bounds[goal] = (*joint.relaxed.bounds[goal], *found.bounds)
        held[goal] = limit


def material_works(asked: Question) -> set[str]:
    """Return the works that asked transport for something."""
    return {name.partition(SEPARATOR)[0] for name in asked.names}


